import { z } from 'zod'

/** ITU-T X.733 perceived severities, the four active ones. */
export const severitySchema = z.enum(['critical', 'major', 'minor', 'warning'])
export type Severity = z.infer<typeof severitySchema>
export const severities = severitySchema.options
/** Sort order of severities: the worst is 0. */
export const severityRank: Readonly<Record<Severity, number>> = { critical: 0, major: 1, minor: 2, warning: 3 }
/** The worse of two; null: none. */
export function worseSeverity(one: Severity | null, other: Severity | null): Severity | null {
  if (one === null || other === null) return one ?? other
  return severityRank[one] <= severityRank[other] ? one : other
}

/** The worst severity of what is counted by the rank of each; null: nothing is. */
export function worstIn({ ranks }: { readonly ranks: readonly number[] }): Severity | null {
  return severities[ranks.findIndex((count) => count > 0)] ?? null
}
