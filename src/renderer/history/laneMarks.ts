import type { DeckEvent } from '../../shared/events.ts'
import type { MarkKind } from '../ui/Mark.tsx'

/** How an event is marked: by the shapes that states have everywhere. */
export type EventMark = 'ok' | 'critical' | 'major' | 'slate' | 'unknown' | 'plain'

const marks: Record<string, EventMark> = {
  serverUp: 'ok',
  serverDown: 'critical',
  serverRestarted: 'major',
  serverUpgraded: 'plain',
  streamOn: 'ok',
  streamOff: 'critical',
  streamStalled: 'critical',
  streamRecovered: 'ok',
  slateOn: 'slate',
  publisherChanged: 'major',
  codecChanged: 'major',
  sizeChanged: 'plain',
  readerJoined: 'plain',
  readerLeft: 'plain',
  hostUp: 'ok',
  hostDown: 'major',
  hostKeyChanged: 'critical',
  hostKeyAccepted: 'plain',
  hostRestarted: 'major',
  mediaServerRestarted: 'major',
  consoleGap: 'unknown',
  storeDamaged: 'major',
}
/** The mark of an event; kinds of a newer engine are plain. */
export const eventMark = (kind: string): EventMark => marks[kind] ?? 'plain'

/** Kinds that matter most keep their words when there is no room for all. */
const weight: Record<EventMark, number> = { critical: 4, major: 3, slate: 3, ok: 2, unknown: 2, plain: 1 }

const shapes: Record<EventMark, MarkKind> = { ok: 'ok', critical: 'critical', major: 'major', slate: 'slate', unknown: 'unknown', plain: 'idle' }
/** The shape of an event's mark. */
export const markKindOf = (kind: string): MarkKind => shapes[eventMark(kind)]
/** The kind that matters most among some; among equals the first. */
export const worstKind = (kinds: readonly (readonly [kind: string, count: number])[]): string =>
  kinds.reduce((worst, [kind]) => (worst === '' || weight[eventMark(kind)] > weight[eventMark(worst)] ? kind : worst), '')

/** One mark on the lane. `count` events are so near to each other that they share it; `label` is null where no words fit. */
export interface LaneMark {
  readonly id: number
  readonly at: number
  /** Pixels from the left edge of the lane. */
  readonly x: number
  /** Kind of the event that matters most of them. */
  readonly kind: string
  readonly label: string | null
  readonly events: readonly DeckEvent[]
}

/**
 * Puts events on a lane `width` pixels wide without any two overlapping: events nearer than `markWidth` share a mark, and
 * words stand only where they fit before the next mark, `charWidth` pixels a letter.
 */
export const laneMarks = (
  events: readonly DeckEvent[],
  window: { readonly from: number; readonly to: number },
  width: number,
  words: (event: DeckEvent) => string,
  markWidth = 16,
  charWidth = 6.2,
): readonly LaneMark[] => {
  const span = window.to - window.from
  if (span <= 0 || width <= 0) return []
  const inside = events.filter((event) => event.at >= window.from && event.at <= window.to).sort((a, b) => a.at - b.at || a.id - b.id)
  const groups: { x: number; events: DeckEvent[] }[] = []
  for (const event of inside) {
    const x = ((event.at - window.from) / span) * width
    const last = groups.at(-1)
    if (last && x - last.x < markWidth) last.events.push(event)
    else groups.push({ x, events: [event] })
  }
  return groups.flatMap((group, index): LaneMark[] => {
    const worst = group.events.reduce((best, event) => (weight[eventMark(event.kind)] > weight[eventMark(best.kind)] ? event : best))
    const first = group.events[0]
    if (!first) return []
    const room = (groups[index + 1]?.x ?? width) - group.x - markWidth - 4
    const text = group.events.length > 1 ? `${words(worst)} +${group.events.length - 1}` : words(worst)
    return [{ id: first.id, at: first.at, x: group.x, kind: worst.kind, label: text.length * charWidth <= room ? text : null, events: group.events }]
  })
}
