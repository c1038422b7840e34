import { z } from 'zod'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'
import { eventFacts } from './events.ts'
import { mediaErrorSchema } from './media.ts'
import { type MetricId, metricIds } from './metrics.ts'
import { sendFailureSchema } from './sendFailures.ts'
import { subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'
import { watchedStates } from './watchedStates.ts'

const metric = z.enum(metricIds as [MetricId, ...MetricId[]])
const plain = <K extends string>(kind: K) => z.object({ kind: z.literal(kind) })

/** The reason for a state: a kind with facts. `reasonText` puts it into words. */
export const reasonSchema = z.discriminatedUnion('kind', [
  // The last event, with the event's facts.
  eventFacts.streamOff.extend({ kind: z.literal('streamOff') }),
  eventFacts.streamEnded.extend({ kind: z.literal('streamEnded') }),
  eventFacts.slateOn.extend({ kind: z.literal('slateOn') }),
  /** An on-demand source without readers. */
  plain('onDemand'),
  /** Its server came back without it; it may still come back. */
  plain('notBack'),
  /** It left the air. Whether it should be on air is decided in a few seconds, with the newest configuration. */
  plain('judgedSoon'),
  /** It was live when this console stopped and gone when it started again. */
  plain('goneBefore'),
  plain('noData'),
  /** Used when nothing more is known. `pulled`: the server pulled the source; otherwise it was published. */
  z.object({ kind: z.literal('senderLeft'), pulled: z.boolean() }),
  plain('sourceFailed'),
  plain('notPulled'),
  z.object({ kind: z.literal('packetsLost'), count: z.number(), estimated: z.boolean() }),
  // Reasons of alarms.
  /** Of a past moment: what was known of it then is not kept. */
  plain('notKept'),
  /** A figure crossed a limit; `value` is the worst since. */
  z.object({
    kind: z.literal('limitCrossed'),
    metric,
    /** The figure is the metric divided by this one; null: the metric itself. */
    per: metric.nullable(),
    side: z.enum(['above', 'below', 'beyond']),
    value: z.number(),
    limit: z.number(),
    /** Healed only on the other side of this one, whatever level it had reached. Older ones lack it. */
    clear: z.number().optional(),
    /** Healed only while this figure is beyond this limit. Left out: by its own alone. */
    clearWhen: z.object({ metric, side: z.enum(['above', 'below']), limit: z.number() }).optional(),
  }),
  /** Off what is usual at this hour of the week (`WeekHour`), which is known from so many weeks. */
  z.object({
    kind: z.literal('offUsual'),
    metric,
    side: z.enum(['above', 'below']),
    value: z.number(),
    /** How many spreads off it has to be on this side (`usualLimits`). Older ones lack it. */
    factor: z.number().optional(),
    low: z.number(),
    high: z.number(),
    weeks: z.number(),
    weekday: z.number().min(1).max(7),
    hour: z.number().min(0).max(23),
    zone: z.string(),
  }),
  /** A figure changed by `change` within a time, in percent of what it was or in its unit; negative: it fell. */
  z.object({
    kind: z.literal('changedFast'),
    metric,
    per: metric.nullable(),
    change: z.number(),
    isRelative: z.boolean(),
    withinMs: z.number(),
    limit: z.number(),
  }),
  /** It is there and has no such figure. */
  z.object({ kind: z.literal('figureAbsent'), metric }),
  /** No stream on air has a name by one of these patterns. */
  z.object({ kind: z.literal('streamsAbsent'), patterns: z.array(z.string()) }),
  /** In a state that a rule of the operator's own watches. */
  z.object({ kind: z.literal('streamInState'), state: z.enum(watchedStates.stream) }),
  z.object({ kind: z.literal('serverInState'), state: z.enum(watchedStates.server) }),
  z.object({ kind: z.literal('hostInState'), state: z.enum(watchedStates.host) }),
  /** It changed between live and not live so often within a time; of these changes, so many to not live. */
  z.object({ kind: z.literal('flapping'), losses: z.number(), changes: z.number(), withinMs: z.number() }),
  z.object({ kind: z.literal('diskFilling'), mount: z.string(), fullAt: epochMs }),
  z.object({ kind: z.literal('hostError'), error: hostFailureSchema }),
  /** A probe can't read its stream. */
  z.object({ kind: z.literal('probeDown'), error: mediaErrorSchema }),
  /** Of this console itself: a `ConsoleTrouble`, of whatever version. */
  z.object({ kind: z.literal('consoleTrouble'), trouble: z.record(z.string(), z.unknown()) }),
  /** Asked every `everySeconds` instead of every `askedSeconds`, because each round of answers has so many bytes. */
  z.object({ kind: z.literal('pollingSlowed'), askedSeconds: z.number(), everySeconds: z.number(), bytes: z.number() }),
  /** Its API answered without credentials. */
  plain('apiOpen'),
  /** Channels that put a message about an alarm aside, and why the first of them did. */
  z.object({ kind: z.literal('messageRefused'), channels: z.array(z.string()), failure: sendFailureSchema }),
  /** Channels that messages have waited for since, because they could not be sent, and why not to the first of them. */
  z.object({ kind: z.literal('channelUnreachable'), channels: z.array(z.string()), since: epochMs, failure: sendFailureSchema }),
  /** This console can read no stream at all. */
  z.object({ kind: z.literal('mediaFailing'), error: mediaErrorSchema }),
  /** Channels that the drill did not reach, and why not the first of them. */
  z.object({ kind: z.literal('drillFailed'), channels: z.array(z.string()), failure: sendFailureSchema }),
  /** An event. `eventText` puts it into words. */
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
  /** An English sentence stored by an earlier version. */
  z.object({ kind: z.literal('told'), text: z.string() }),
])
export type Reason = z.infer<typeof reasonSchema>
export type ReasonKind = Reason['kind']
/** Reasons of one kind. */
export type ReasonOf<K extends ReasonKind> = Extract<Reason, { kind: K }>
