import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Elsewhere } from '../../shared/sights.ts'
import { mostVantages, type Vantage, type VantageInput, vantageInputSchema } from '../../shared/vantages.ts'
import type { Log } from '../ports.ts'
import { type KeyStore, keepSecret, readSecret } from '../storage/keptSecrets.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createVantagePoller, type VantagePoller } from './vantagePoller.ts'

export interface VantagesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly kept: KeyStore
  /** Id of this installation: a console that reads itself has no second vantage. */
  readonly installation: string
  readonly userAgent: string
  /** Names of this console's probes. */
  readonly probeNames: () => readonly string[]
  readonly signal: AbortSignal
}

/** Another console as it is added or changed; without a token, the one before stays. */
export type VantageEdit = Omit<VantageInput, 'token'> & { readonly token?: string | undefined }
export type VantageChangeError = 'NOT_FOUND' | 'READ_ONLY' | 'TOO_MANY' | 'TOKEN_MISSING' | 'UNAVAILABLE'

/** Other consoles that probe the same streams. */
export interface Vantages {
  readonly all: () => readonly Vantage[]
  /** What each of them sees of the probe of this name; those without such a probe are left out. */
  readonly elsewhere: (probeName: string) => Elsewhere[]
  readonly put: (edit: VantageEdit) => Result<Vantage, VantageChangeError>
  readonly remove: (name: string) => Result<null, VantageChangeError>
  readonly applyYaml: (inputs: readonly VantageInput[]) => void
  /** Resolves when none is being read. */
  readonly settled: () => Promise<void>
  /** Resolves when all have ended after the signal. */
  readonly ended: () => Promise<void>
}

const listKey = 'vantages'
const tokenKey = (name: string) => `vantage token ${idOf(name)}`
const idOf = (name: string) => name.toLowerCase()
const storedSchema = z.array(vantageInputSchema.omit({ token: true }))
type Stored = z.infer<typeof storedSchema>[number]

interface Watched {
  readonly input: Stored
  readonly origin: Vantage['origin']
  /** null: its token can't be read. */
  readonly token: string | null
  readonly poller: VantagePoller | null
  readonly stop: AbortController
}

/** `yamlVantages`: null: a bundle is shown, and none is read. */
export function createVantages(deps: VantagesDeps, yamlVantages: readonly VantageInput[] | null): Vantages {
  const { kept, signal } = deps
  let stored: readonly Stored[] = yamlVantages === null ? [] : (storedSchema.safeParse(storedJson(kept.read(listKey))).data ?? [])
  let ofFile = yamlVantages ?? []
  let watched: readonly Watched[] = []
  const ending = new Set<Promise<void>>()

  const begin = (input: Stored, origin: Vantage['origin'], token: string | null): Watched => {
    const stop = new AbortController()
    const of = { ...deps, signal: AbortSignal.any([signal, stop.signal]) }
    const poller = token === null ? null : createVantagePoller(of, { ...input, token })
    if (poller !== null) {
      ending.add(poller.ended)
      void poller.ended.finally(() => ending.delete(poller.ended))
    }
    return { input, origin, token, poller, stop }
  }
  /** Those of the file take precedence over stored ones of the same name. What has not changed is read on. */
  const configure = (): void => {
    const fileIds = new Set(ofFile.map(({ name }) => idOf(name)))
    const wanted = [
      ...ofFile.map(({ token, ...input }) => ({ input, origin: 'yaml' as const, token })),
      ...stored
        .filter(({ name }) => !fileIds.has(idOf(name)))
        .map((input) => ({ input, origin: 'stored' as const, token: readSecret(kept, tokenKey(input.name)) })),
    ].slice(0, mostVantages)
    const markOf = ({ input, origin, token }: Pick<Watched, 'input' | 'origin' | 'token'>) => JSON.stringify([input, origin, token])
    const before = new Map(watched.map((one) => [markOf(one), one]))
    watched = wanted.map((one) => {
      const same = before.get(markOf(one))
      before.delete(markOf(one))
      return same ?? begin(one.input, one.origin, one.token)
    })
    for (const { stop } of before.values()) stop.abort()
  }
  const find = (name: string) => watched.find(({ input }) => idOf(input.name) === idOf(name))
  const keep = (next: readonly Stored[]): void => {
    stored = next
    kept.note(listKey, JSON.stringify(next))
    configure()
  }
  const shown = ({ input, origin, poller }: Watched, probeNames: readonly string[]): Vantage => {
    const sights = poller?.sights()
    const { name, url, fingerprint } = input
    return {
      name,
      origin,
      url,
      fingerprint,
      state: poller?.state() ?? 'down',
      error: poller === null ? { kind: 'secretUnreadable' } : poller.error(),
      readAt: poller?.readAt() ?? null,
      shared: probeNames.filter((probe) => sights?.has(probe.toLowerCase())).length,
      probes: sights?.size ?? 0,
    }
  }
  configure()

  return {
    all: () => {
      const probeNames = deps.probeNames()
      return watched.map((one) => shown(one, probeNames))
    },
    elsewhere: (probeName) =>
      watched.flatMap(({ input, poller }) => {
        const sight = poller?.sights().get(probeName.toLowerCase())
        return sight === undefined ? [] : [{ ...sight, vantage: input.name }]
      }),
    put: ({ token, ...edit }) => {
      const before = find(edit.name)
      if (before?.origin === 'yaml') return err('READ_ONLY')
      if (before === undefined && watched.length >= mostVantages) return err('TOO_MANY')
      // A token stays with its address.
      const known = before?.input.url === edit.url ? before.token : null
      if (token === undefined && known === null) return err('TOKEN_MISSING')
      if (token !== undefined && !keepSecret(kept, tokenKey(edit.name), token)) return err('UNAVAILABLE')
      keep([...stored.filter(({ name }) => idOf(name) !== idOf(edit.name)), edit])
      return ok(shown(find(edit.name) as Watched, deps.probeNames()))
    },
    remove: (name) => {
      const before = find(name)
      if (before === undefined) return err('NOT_FOUND')
      if (before.origin === 'yaml') return err('READ_ONLY')
      keepSecret(kept, tokenKey(name), null)
      keep(stored.filter((one) => idOf(one.name) !== idOf(name)))
      return ok(null)
    },
    applyYaml: (inputs) => {
      ofFile = inputs
      configure()
    },
    settled: async () => {
      await Promise.allSettled(watched.map(({ poller }) => poller?.busy()))
    },
    ended: async () => {
      await Promise.allSettled(ending)
    },
  }
}
