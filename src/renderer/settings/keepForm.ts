import { type KeepLimit, type Kept, keepLimitSchema, keptSchema, type StoreFigures } from '../../shared/history.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { numberEntered } from '../app/editing/fields.ts'

/** All that is kept, finest first. */
const keptKinds: readonly Kept[] = keptSchema.options

/** What stands in the fields of one kind: days and gigabytes (10⁹ bytes) as text. */
export interface KeepEntry {
  readonly days: string
  readonly gigabytes: string
}
export type KeepForm = Readonly<Partial<Record<Kept, KeepEntry>>>
export type KeepLimits = Readonly<Partial<Record<Kept, KeepLimit>>>

/** The limits in force, by kind. */
export const limitsOf = (figures: Pick<StoreFigures, 'kept'>): KeepLimits => Object.fromEntries(figures.kept.map(({ kept, limit }) => [kept, limit]))

export const keepEntryOf = (limit: KeepLimit): KeepEntry => ({
  days: String(Number(limit.days.toFixed(2))),
  gigabytes: String(Number((limit.bytes / 1e9).toFixed(2))),
})

/** Nothing is refused. */
const numberOf = (text: string) => numberEntered(text) ?? Number.NaN

/** What is wrong in which field. */
export interface WrongField {
  readonly kept: Kept
  readonly field: keyof KeepEntry
}

/** What was typed, as limits; or every field that is wrong. */
export function readKeepForm(form: KeepForm): Result<KeepLimits, readonly WrongField[]> {
  const limits: Partial<Record<Kept, KeepLimit>> = {}
  const wrong: WrongField[] = []
  for (const kept of keptKinds) {
    const entry = form[kept]
    if (entry === undefined) continue
    const days = numberOf(entry.days)
    const bytes = Math.round(numberOf(entry.gigabytes) * 1e9)
    if (!keepLimitSchema.shape.days.safeParse(days).success) wrong.push({ kept, field: 'days' })
    if (!keepLimitSchema.shape.bytes.safeParse(bytes).success) wrong.push({ kept, field: 'gigabytes' })
    limits[kept] = { days, bytes }
  }
  return wrong.length > 0 ? err(wrong) : ok(limits)
}

/** What was typed and is right, kind by kind: for a forecast while something else is still wrong. */
export function rightLimits(form: KeepForm): KeepLimits {
  const right: Partial<Record<Kept, KeepLimit>> = {}
  for (const kept of keptKinds) {
    const entry = form[kept]
    const read = entry === undefined ? null : readKeepForm({ [kept]: entry })
    const limit = read?.ok ? read.value[kept] : undefined
    if (limit) right[kept] = limit
  }
  return right
}

/** What becomes of one kind if the load stays as it is today. */
export interface KeepForecast {
  readonly kept: Kept
  /** What so many days take; null: the load is not known yet. */
  readonly takesBytes: number | null
  /** The limit of bytes is reached first, after so many days; null: that of days is, or nobody can tell. */
  readonly holdsDays: number | null
}
export interface StoreForecast {
  readonly kinds: readonly KeepForecast[]
  /** All kinds together in the end, each within its limits; null: not known of all of them yet. */
  readonly takesBytes: number | null
  readonly limitBytes: number
  /** What is free, and what the history has already; null: the system does not tell. */
  readonly roomBytes: number | null
}

/** What limits mean at today's load. Pure. */
export function forecastOf(figures: Pick<StoreFigures, 'bytes' | 'kept' | 'freeBytes'>, limits: KeepLimits): StoreForecast {
  let takesAll: number | null = 0
  let limitBytes = 0
  const kinds = figures.kept.map(({ kept, limit: inForce, bytesPerDay }): KeepForecast => {
    const limit = limits[kept] ?? inForce
    limitBytes += limit.bytes
    if (bytesPerDay === null) {
      takesAll = null
      return { kept, takesBytes: null, holdsDays: null }
    }
    const takesBytes = limit.days * bytesPerDay
    if (takesAll !== null) takesAll += Math.min(takesBytes, limit.bytes)
    return { kept, takesBytes, holdsDays: takesBytes > limit.bytes ? limit.bytes / bytesPerDay : null }
  })
  return { kinds, takesBytes: takesAll, limitBytes, roomBytes: figures.freeBytes === null ? null : figures.freeBytes + figures.bytes }
}
