import { z } from 'zod'
import { type EventKind, eventKinds } from '../events.ts'
import type { RuleKind } from './ruleKind.ts'

const schema = z.object({ kind: z.literal('event'), event: z.enum(eventKinds as [EventKind, ...EventKind[]]) })
type Event = z.infer<typeof schema>

/** Something that happened. */
export const event = {
  schema,
  keys: [],
  isMeant: () => false,
  begin: null,
  changed: (watches) => watches,
  problems: () => [],
  about: () => null,
} as const satisfies RuleKind<Event, object>
