import type { TFunction } from 'i18next'
import { eventLabel } from '../../i18n/eventText.ts'
import type { Language } from '../../i18n/languages.ts'
import { type DeckEvent, momentOfEvent } from '../../shared/events.ts'
import { weightOfEvent } from '../fleet/eventMarks.ts'
import { serverStateText } from '../fleet/StateMark.tsx'
import type { TimeWindow } from './timeRange.ts'

export function worstKind(kinds: readonly (readonly [kind: string, count: number])[]): string {
  return kinds.reduce((worst, [kind]) => (worst === '' || weightOfEvent(kind) > weightOfEvent(worst) ? kind : worst), '')
}

/** WCAG 2.2 (2.5.8), for targets that are smaller. */
const apartPx = 24
const markPx = 16
const letterPx = 6.2

/**
 * Puts events on a lane `width` pixels wide, one about an outage where the outage began. Events nearer than `apartPx` share a mark, and words
 * stand only where they fit before the next mark. Of each mark: `x`, pixels from the left edge; `kind`, that of the most important of its
 * events; `label`, null where no text fits.
 */
export function laneMarks(events: readonly DeckEvent[], window: Pick<TimeWindow, 'from' | 'to'>, width: number, words: (event: DeckEvent) => string) {
  const span = window.to - window.from
  if (span <= 0 || width <= 0) return []
  const inside = events
    .map((event) => ({ event, at: Math.max(window.from, momentOfEvent(event)) }))
    .filter(({ event, at }) => event.at >= window.from && at <= window.to)
    .sort((a, b) => a.at - b.at || a.event.id - b.event.id)
  const groups: { at: number; x: number; events: DeckEvent[] }[] = []
  for (const { event, at } of inside) {
    const x = ((at - window.from) / span) * width
    const last = groups.at(-1)
    if (last && x - last.x < apartPx) last.events.push(event)
    else groups.push({ at, x, events: [event] })
  }
  return groups.flatMap((group, index) => {
    const worst = group.events.reduce((best, event) => (weightOfEvent(event.kind) > weightOfEvent(best.kind) ? event : best))
    const first = group.events[0]
    if (!first) return []
    const room = (groups[index + 1]?.x ?? width) - group.x - markPx - 4
    const text = group.events.length > 1 ? `${words(worst)} +${group.events.length - 1}` : words(worst)
    return [{ id: first.id, at: group.at, x: group.x, kind: worst.kind, label: text.length * letterPx <= room ? text : null, events: group.events }]
  })
}

/** A word or two. A server that cannot be read gets the same word as on its page. */
export function eventMessage({ kind, facts }: Pick<DeckEvent, 'kind' | 'facts'>, language: Language, t: TFunction): string {
  return kind === 'serverDown' ? serverStateText({ state: 'down', error: { kind: Object(facts.error).kind } }, t) : eventLabel(kind, language)
}
