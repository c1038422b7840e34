import { Temporal } from 'temporal-polyfill'
import type { Span } from '../../shared/maintenance.ts'

export interface LocalDay extends Span {
  /** As `2026-10-24`. */
  readonly day: string
}

/** The days of a zone that a period touches, cut to it: 23 or 25 hours where its clocks are set. */
export function localDays({ from, to }: Span, zone: string): LocalDay[] {
  const days: LocalDay[] = []
  let begin = Temporal.Instant.fromEpochMilliseconds(Math.floor(from)).toZonedDateTimeISO(zone).startOfDay()
  while (begin.epochMilliseconds < to) {
    const next = begin.add({ days: 1 }).startOfDay()
    days.push({ day: begin.toPlainDate().toString(), from: Math.max(from, begin.epochMilliseconds), to: Math.min(to, next.epochMilliseconds) })
    begin = next
  }
  return days
}
