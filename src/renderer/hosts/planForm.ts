import { type PlanInput, planInputSchema } from '../../shared/planner.ts'

/** What stands in the planner's fields, as text: they live in the address. */
export interface PlanForm {
  readonly streams: string
  /** Of one stream, Mbit/s. */
  readonly mbit: string
  readonly readers: string
  /** Readers are those of each stream, or of all together. */
  readonly each: boolean
  readonly transcoding: boolean
}
export const planStart: PlanForm = { streams: '20', mbit: '4', readers: '5', each: true, transcoding: false }

export const readPlanForm = (params: URLSearchParams): PlanForm => ({
  streams: params.get('streams') ?? planStart.streams,
  mbit: params.get('mbit') ?? planStart.mbit,
  readers: params.get('readers') ?? planStart.readers,
  each: params.get('of') !== 'all',
  transcoding: params.get('transcoding') === 'yes',
})
export const writePlanForm = (before: URLSearchParams, form: PlanForm): URLSearchParams => {
  const next = new URLSearchParams(before)
  next.set('streams', form.streams)
  next.set('mbit', form.mbit)
  next.set('readers', form.readers)
  if (form.each) next.delete('of')
  else next.set('of', 'all')
  if (form.transcoding) next.set('transcoding', 'yes')
  else next.delete('transcoding')
  return next
}

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')))

/** The question to the planner; or which fields hold no number that it can take. */
export const planInputOf = (form: PlanForm): { readonly input: PlanInput | null; readonly wrong: readonly ('streams' | 'mbit' | 'readers')[] } => {
  const streams = numberOf(form.streams)
  const readers = numberOf(form.readers) * (form.each ? streams : 1)
  const read = planInputSchema.safeParse({ streams, bitrateBps: numberOf(form.mbit) * 1e6, readers: Math.round(readers), transcoding: form.transcoding })
  if (read.success) return { input: read.data, wrong: [] }
  const fields = { streams: 'streams', bitrateBps: 'mbit', readers: 'readers' } as const
  const wrong = read.error.issues.flatMap(({ path }) => fields[String(path[0]) as keyof typeof fields] ?? [])
  // Readers of each stream can't be counted without the streams: one mistake is said once.
  return {
    input: null,
    wrong: [...new Set(wrong)].filter((field) => !(field === 'readers' && wrong.includes('streams') && Number.isFinite(numberOf(form.readers)))),
  }
}
