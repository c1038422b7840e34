import { err, ok, type Result } from '../../shared/result.ts'

/** What stands in the fields: days and gigabytes (10⁹ bytes) as text. */
export interface KeepForm {
  readonly days: string
  readonly gigabytes: string
}
export const keepFormOf = (figures: { readonly keepDays: number; readonly keepBytes: number }): KeepForm => ({
  days: String(Number(figures.keepDays.toFixed(2))),
  gigabytes: String(Number((figures.keepBytes / 1e9).toFixed(2))),
})

const numberOf = (text: string) => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')))

/** The input for the engine, or which fields are wrong. Limits as in the contract. */
export const readKeepForm = (form: KeepForm): Result<{ readonly keepDays: number; readonly keepBytes: number }, readonly (keyof KeepForm)[]> => {
  const keepDays = numberOf(form.days)
  const keepBytes = Math.round(numberOf(form.gigabytes) * 1e9)
  const wrong: (keyof KeepForm)[] = []
  if (!(keepDays >= 0.01 && keepDays <= 3650)) wrong.push('days')
  if (!(keepBytes >= 10e6)) wrong.push('gigabytes')
  return wrong.length > 0 ? err(wrong) : ok({ keepDays, keepBytes })
}

const dayMs = 86_400_000
/** How much a day takes, from what is stored by now; null in the first ten minutes, when nobody can tell. */
export const bytesPerDay = (figures: { readonly bytes: number; readonly from: number | null }, now: number): number | null =>
  figures.from === null || now - figures.from < 600_000 ? null : (figures.bytes / (now - figures.from)) * dayMs
