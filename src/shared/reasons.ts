import { z } from 'zod'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'
import { eventFacts } from './events.ts'
import { mediaErrorSchema } from './media.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { sendFailureSchema } from './sendFailures.ts'
import { subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

const metric = z.enum(metricIds as [MetricId, ...MetricId[]])
const plain = <K extends string>(kind: K) => z.object({ kind: z.literal(kind) })

/** The reason for a state: a kind with facts. `reasonText` renders it as text. */
export const reasonSchema = z.discriminatedUnion('kind', [
  // The last event, with the event's facts.
  eventFacts.streamOff.extend({ kind: z.literal('streamOff') }),
  eventFacts.streamEnded.extend({ kind: z.literal('streamEnded') }),
  eventFacts.slateOn.extend({ kind: z.literal('slateOn') }),
  /** An on-demand source without readers. */
  plain('onDemand'),
  /** Its server came back without the stream, which may still come back. */
  plain('notBack'),
  /** It went off air. Whether it should be on air is decided within seconds, with the newest configuration. */
  plain('judgedSoon'),
  /** It was live when this console stopped and gone when it started again. */
  plain('goneBefore'),
  /** It is due, and this console has never seen it live. */
  plain('neverLive'),
  plain('noData'),
  /** No data arrives, and the publisher's connection is closed: its server waits for the session to time out. */
  plain('hungUp'),
  /** Used when nothing more is known. `pulled`: the server pulled the source; otherwise it was published. */
  z.object({ kind: z.literal('senderLeft'), pulled: z.boolean() }),
  plain('sourceFailed'),
  plain('notPulled'),
  z.object({ kind: z.literal('packetsLost'), count: z.number(), estimated: z.boolean() }),
  // Reasons of alarms.
  /** A metric crossed a limit; `value` is the worst since. */
  z.object({
    kind: z.literal('limitCrossed'),
    metric,
    /** The metric is divided by this one before comparison; null: not divided. */
    per: metric.nullable(),
    side: z.enum(['above', 'below', 'beyond']),
    value: z.number(),
    limit: z.number(),
    /** The alarm clears only beyond this value, whatever level it had reached. Older reasons lack it. */
    clear: z.number().optional(),
  }),
  /** Outside the usual range at this hour of the week (`WeekHour`), derived from `weeks` weeks. */
  z.object({
    kind: z.literal('offUsual'),
    metric,
    side: z.enum(['above', 'below']),
    value: z.number(),
    /** Threshold on this side as a multiple of the spread (`defaultLimits`). Older reasons lack it. */
    factor: z.number().optional(),
    low: z.number(),
    high: z.number(),
    weeks: z.number(),
    weekday: z.number().min(1).max(7),
    hour: z.number().min(0).max(23),
    zone: z.string(),
  }),
  /** A metric changed by `change` within `withinMs`, in percent of its former value; negative: it fell. */
  z.object({
    kind: z.literal('changedFast'),
    metric,
    per: metric.nullable(),
    change: z.number(),
    withinMs: z.number(),
    limit: z.number(),
  }),
  /** It changed between live and not live `changes` times within `withinMs`, of which `losses` times to not live. */
  z.object({ kind: z.literal('flapping'), losses: z.number(), changes: z.number(), withinMs: z.number() }),
  z.object({ kind: z.literal('diskFilling'), mount: z.string(), fullAt: epochMs }),
  z.object({ kind: z.literal('hostError'), error: hostFailureSchema }),
  /** A probe can't read its stream. */
  z.object({ kind: z.literal('probeDown'), error: mediaErrorSchema }),
  /** A `ConsoleTrouble` of this console itself, possibly stored by another version. */
  z.object({ kind: z.literal('consoleTrouble'), trouble: z.record(z.string(), z.unknown()) }),
  /** Streams of a server that did not come back with it (`isReturn`), or that left it within a minute. `paths`: at most 100 of them. */
  z.object({ kind: z.literal('streamsLost'), lost: z.number(), of: z.number(), isReturn: z.boolean(), paths: z.array(z.string()) }),
  /** Polled every `everySeconds` instead of the configured `askedSeconds`, because each poll returns `bytes`. */
  z.object({ kind: z.literal('pollingSlowed'), askedSeconds: z.number(), everySeconds: z.number(), bytes: z.number() }),
  /** Its API answered without credentials. */
  plain('apiOpen'),
  /** Channels that gave up on a message about an alarm, and the failure of the first one. */
  z.object({ kind: z.literal('messageRefused'), channels: z.array(z.string()), failure: sendFailureSchema }),
  /** Channels to which messages have been undeliverable since `since`, and the failure of the first one. */
  z.object({ kind: z.literal('channelUnreachable'), channels: z.array(z.string()), since: epochMs, failure: sendFailureSchema }),
  /** Channels that have been paused since `since`, and have messages waiting. */
  z.object({ kind: z.literal('channelPaused'), channels: z.array(z.string()), since: epochMs }),
  /** This console can read no stream at all. */
  z.object({ kind: z.literal('mediaFailing'), error: mediaErrorSchema }),
  /** Channels that the drill did not reach, and the failure of the first one. */
  z.object({ kind: z.literal('drillFailed'), channels: z.array(z.string()), failure: sendFailureSchema }),
  /** An event. `eventText` renders it as text. */
  z.object({
    kind: z.literal('happened'),
    event: z.object({
      kind: z.string(),
      at: epochMs,
      subject: subjectSchema.nullable(),
      ownerName: z.string().nullable(),
      facts: z.record(z.string(), z.unknown()),
    }),
  }),
  // Reasons of a server, which also explain why its streams are unknown.
  z.object({ kind: z.literal('serverError'), error: serverErrorSchema }),
  plain('noAnswer'),
  plain('serverDown'),
  plain('serverHalted'),
  plain('serverPaused'),
  plain('notAsked'),
  // Reasons of this console.
  plain('consoleAway'),
  plain('noNetwork'),
  z.object({ kind: z.literal('notRunning'), from: epochMs, to: epochMs }),
  z.object({ kind: z.literal('slept'), from: epochMs, to: epochMs }),
  plain('notRecorded'),
  plain('nothingKept'),
])
export type Reason = z.infer<typeof reasonSchema>
export type ReasonKind = Reason['kind']
export type ReasonOf<K extends ReasonKind> = Extract<Reason, { kind: K }>
