import { type Span, windowsAhead } from '../../shared/maintenance.ts'
import type { Windows } from './windows.ts'

/** What lasts at a moment and what is next, true for all moments of a time. */
export interface Outlook {
  readonly now: Span | null
  readonly next: readonly Span[]
  readonly valid: Span
}

const dayMs = 86_400_000
/** Windows of one plan that can last at the same time: the longest are of a month and begin every day. */
const mostAtOnce = 40

/** Of several that last, the one that ends last counts. */
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
