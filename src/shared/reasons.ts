import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { eventFacts } from './events.ts'
import { epochMs } from './time.ts'

const plain = <K extends string>(kind: K) => z.object({ kind: z.literal(kind) })

/** Why something is as it is: a kind with facts. `reasonText` puts it into words. */
export const reasonSchema = z.discriminatedUnion('kind', [
  // What happened last, as the event says it.
  eventFacts.streamOff.extend({ kind: z.literal('streamOff') }),
  eventFacts.streamEnded.extend({ kind: z.literal('streamEnded') }),
  eventFacts.slateOn.extend({ kind: z.literal('slateOn') }),
  /** A source on demand that nobody reads. */
  plain('onDemand'),
  /** Its server came back without it: whether it comes back too is not known yet. */
  plain('notBack'),
  /** It went; whether it should be on air is judged by a newer configuration, in a few seconds. */
  plain('judgedSoon'),
  /** It was live when this console was stopped, and gone when it was started. */
  plain('goneBefore'),
  plain('noData'),
  /** Where nothing more is known: `pulled` by the server, or published. */
  z.object({ kind: z.literal('senderLeft'), pulled: z.boolean() }),
  plain('sourceFailed'),
  plain('notPulled'),
  z.object({ kind: z.literal('packetsLost'), count: z.number(), estimated: z.boolean() }),
  // Of a server, and why its streams are unknown.
  z.object({ kind: z.literal('serverError'), error: serverErrorSchema }),
  plain('noAnswer'),
  plain('serverDown'),
  plain('serverHalted'),
  plain('serverPaused'),
  plain('notAsked'),
  // Of this console.
  plain('consoleAway'),
  plain('noNetwork'),
  z.object({ kind: z.literal('notRunning'), from: epochMs, to: epochMs }),
  z.object({ kind: z.literal('slept'), from: epochMs, to: epochMs }),
  plain('notRecorded'),
  plain('nothingKept'),
  /** An English sentence that an older version kept. */
  z.object({ kind: z.literal('told'), text: z.string() }),
])
export type Reason = z.infer<typeof reasonSchema>
export type ReasonKind = Reason['kind']
/** Facts of one kind. */
export type ReasonOf<K extends ReasonKind> = Extract<Reason, { kind: K }>
