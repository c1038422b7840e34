import type { KeptEvent, NewEvent } from './events.ts'
import { pathOf } from './subjects.ts'
import { eventText } from './words/eventText.ts'

/** An event as an operator reads it in English, its facts to be looked at whatever its kind is. */
export interface ReadEvent extends Omit<KeptEvent, 'facts'> {
  /** Of a stream. */
  readonly path: string | null
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export const readEvent = (event: NewEvent | KeptEvent): ReadEvent => ({
  ...event,
  path: pathOf(event.subject),
  text: eventText(event, 'en'),
  facts: event.facts as unknown as ReadEvent['facts'],
})
