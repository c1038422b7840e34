import { z } from 'zod'
import { type EventKind, eventKinds, subjectOfEvent, type WatchedEvent, watchedEvents } from '../events.ts'
import { figureProblems, fixedProblems, nameSchema, type RuleKind } from './ruleKind.ts'

/** Events that a rule of one's own may watch: those of servers, streams and hosts. */
export const watchedEventSchema = nameSchema(watchedEvents)

const schema = z.object({ kind: z.literal('event'), event: z.enum(eventKinds as [EventKind, ...EventKind[]]) })
type Event = z.infer<typeof schema>
interface EventEntry {
  readonly event?: WatchedEvent | undefined
}

/** How long an event is an alarm, s. */
export const eventLastsSeconds = 300

/** Something that happened: an alarm for as long as its off-delay. */
export const event = {
  schema,
  keys: ['event'],
  isMeant: (entry) => entry.event !== undefined,
  begin: (entry) => ({ kind: 'event', event: entry.event ?? 'publisherChanged' }),
  changed: (watches) => watches,
  problems: (entry, watches) => (watches === null ? figureProblems(entry, 'event') : fixedProblems(entry, ['event'])),
  offDelaySeconds: eventLastsSeconds,
  about: (watches) => subjectOfEvent(watches.event),
} as const satisfies RuleKind<Event, EventEntry>
