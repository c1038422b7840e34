import { type KeepLimit, keepLimitSchema, type StoreFigures } from '../../shared/history.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type Kept, keptKinds } from '../../shared/tiers.ts'
import { numberEntered } from '../app/editing/fields.ts'

/** Entries for one kind: days and gigabytes (10⁹ bytes) as text. */
export interface KeepEntry {
  readonly days: string
  readonly gigabytes: string
}
export type KeepForm = Readonly<Partial<Record<Kept, KeepEntry>>>
type KeepLimits = Readonly<Partial<Record<Kept, KeepLimit>>>

export function limitsOf(figures: Pick<StoreFigures, 'kept'>): KeepLimits {
  return Object.fromEntries(figures.kept.map(({ kept, limit }) => [kept, limit]))
}

export function keepEntryOf(limit: KeepLimit): KeepEntry {
  return {
    days: String(Number(limit.days.toFixed(2))),
    gigabytes: String(Number((limit.bytes / 1e9).toFixed(2))),
  }
}

/** Parses a number; an empty entry is NaN, which the schema refuses. */
const numberOf = (text: string) => numberEntered(text) ?? Number.NaN

interface WrongField {
  readonly kept: Kept
  readonly field: keyof KeepEntry
}

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

/** The valid limits, for a forecast while other entries are still wrong. */
export function rightLimits(form: KeepForm): KeepLimits {
  const each = Object.entries(form).map(([kept, entry]) => readKeepForm({ [kept]: entry }))
  return Object.assign({}, ...each.map((read) => (read.ok ? read.value : {})))
}

interface KeepForecast {
  readonly kept: Kept
  /** Space needed for the limit of days; null: the load is still unknown. */
  readonly takesBytes: number | null
  /** Days after which the limit of bytes is reached, if it comes before the limit of days; null: it does not, or unknown. */
  readonly holdsDays: number | null
}
export interface StoreForecast {
  readonly kinds: readonly KeepForecast[]
  /** Final size of all kinds together within their limits; null: not known for all of them yet. */
  readonly takesBytes: number | null
  readonly limitBytes: number
  /** Free space plus the history's current size; null: not reported by the system. */
  readonly roomBytes: number | null
}

/** Forecasts the effect of limits at today's load. Pure. */
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
