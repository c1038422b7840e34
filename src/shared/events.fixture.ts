import { eventText } from '../i18n/eventText.ts'
import type { KeptEvent, NewEvent } from './events.ts'
import { pathOf } from './subjectNames.ts'

/** An event with its English sentence, and with facts that tests can access without checking the kind. */
export interface ReadEvent extends Omit<KeptEvent, 'facts'> {
  /** Path of its stream, if any. */
  readonly path: string | null
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export function readEvent(event: NewEvent | KeptEvent): ReadEvent {
  return {
    ...event,
    path: pathOf(event.subject),
    text: eventText(event, 'en'),
    facts: event.facts as unknown as ReadEvent['facts'],
  }
}
