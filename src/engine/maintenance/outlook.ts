import { type Span, windowsAhead } from '../../shared/maintenance.ts'
import type { Windows } from './windows.ts'

/** Current and next windows, valid for a span of time. */
export interface Outlook {
  readonly now: Span | null
  readonly next: readonly Span[]
  readonly valid: Span
}

const dayMs = 86_400_000
/** Maximum number of windows of one plan at the same time: the longest last a month, and may begin daily. */
const mostAtOnce = 40

/** Of several current windows, the one that ends last counts. */
export function outlookAt(windows: Windows, at: number): Outlook {
  const spans = windows.from(at, windowsAhead + mostAtOnce)
  const current = spans.filter(({ from }) => from <= at)
  const next = spans.filter(({ from }) => from > at)
  const edges = [...current.map(({ to }) => to), ...next.map(({ from }) => from), at + dayMs]
  return {
    now: current.reduce<Span | null>((latest, span) => (latest === null || span.to > latest.to ? span : latest), null),
    next: next.slice(0, windowsAhead),
    valid: { from: at, to: Math.min(...edges) },
  }
}
