import { type Severity, severities } from '../../shared/severities.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'

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
/** Splits a sentence at a name, to emphasise it. If the name does not occur, everything is in `after`. Pure. */
export function cutAtName(text: string, name: string | null): readonly [before: string, name: string, after: string] {
  const place = name ? text.indexOf(name) : -1
  return name && place >= 0 ? [text.slice(0, place), name, text.slice(place + name.length)] : ['', '', text]
}
