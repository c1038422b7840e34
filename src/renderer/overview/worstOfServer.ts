import { type Severity, severities } from '../../shared/severities.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'

/** The worst severity among a server's streams, and how many streams are in trouble. Pure. */
export function worstOfServer(rows: readonly StreamRow[]): { readonly severity: Severity | null; readonly atWorst: number; readonly count: number } {
  const counts: Record<Severity, number> = { critical: 0, major: 0, minor: 0, warning: 0 }
  let count = 0
  for (const { severity } of rows) {
    if (severity === null) continue
    counts[severity]++
    count++
  }
  const severity = severities.find((each) => counts[each] > 0) ?? null
  return { severity, atWorst: severity === null ? 0 : counts[severity], count }
}
