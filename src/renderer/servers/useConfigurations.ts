import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { orpc } from '../app/client.ts'

/** What the comparisons of configurations are asked; `at` null: now. */
export interface AskedSettings {
  readonly q: string
  readonly own: boolean
  readonly tag: string | null
  readonly at: number | null
}
const inputOf = ({ q, own, tag, at }: AskedSettings) => ({ own, ...(q !== '' && { q }), ...(tag !== null && { tag }), ...(at !== null && { at }) })
/** Those of now are read again, ms. */
const againMs = 30_000
const optionsFor = (at: number | null) => ({ ...(at === null && { refetchInterval: againMs }), placeholderData: keepPreviousData, retry: false }) as const

export function useOddSettings(asked: AskedSettings) {
  return useQuery({ ...orpc.configurations.odd.queryOptions({ input: inputOf(asked) }), ...optionsFor(asked.at) })
}

/** `server`: ids; none: nothing is asked. */
export function useComparison(asked: AskedSettings & { readonly server: readonly string[]; readonly same: boolean }) {
  return useQuery({
    ...orpc.configurations.compare.queryOptions({ input: { ...inputOf(asked), server: [...asked.server], same: asked.same } }),
    ...optionsFor(asked.at),
    enabled: asked.server.length > 0,
  })
}

export function useFoundSettings({ q, tag, at }: AskedSettings) {
  return useQuery({
    ...orpc.configurations.search.queryOptions({ input: { q, ...(tag !== null && { tag }), ...(at !== null && { at }) } }),
    ...optionsFor(at),
    enabled: q !== '',
  })
}
