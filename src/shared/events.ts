import { z } from 'zod'
import { isPulled } from '../i18n/media.ts'
import { actReasonSchema, remedyActs } from './acts.ts'
import { diagnosisVerdictSchema } from './diagnosis.ts'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'
import { mediaErrorSchema } from './media.ts'
import { pathChanges, pathEditOutcomes } from './pathSettings.ts'
import { remedyOutcomes, remedyWhySchema } from './remedyInput.ts'
import { said } from './said.ts'
import { hostSubject, pathOf, type Subject, type SubjectKind, serverSubject, streamSubject } from './subjectNames.ts'
import { subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'
import { configurationRefusedSchema } from './validationErrors.ts'

/** Maximum length of a text in an event's facts; texts from outside are cut when they are read. */
const longestText = 4_000
const text = z.string().max(longestText)
const count = z.number()
/** How long something lasted: the limits known from two answers. Left out if unknown. */
const lasted = { minMs: z.number().optional(), maxMs: z.number().optional() }
const known = { minMs: z.number(), maxMs: z.number() }
/** Who sends a stream, as far as known: MediaMTX's name for the type, and the host. */
const sender = { sourceType: text.nullable(), remoteAddr: text.nullable() }
/** An operator, or the remedy of a rule, disconnected its publisher. */
const kicked = { kicked: z.object({ by: text, reason: actReasonSchema }).optional() }
const onset = {
  /** When the outage began, as in its trouble: the time of the last good data. */
  outageSince: epochMs.nullable().optional(),
}
const track = z.object({ codec: text, width: count.nullable(), height: count.nullable() })
/** A stream that left the air. */
const went = z.object({
  ...sender,
  ...lasted,
  ...kicked,
  /** Why the end was not observed: the server could not be reached, restarted, or disconnected everyone between two polls. */
  unseen: z.enum(['silence', 'restart', 'allAtOnce']).optional(),
  /** Its server stopped it because it had no readers. */
  onDemand: z.boolean().optional(),
  /** It sent nothing for so long before. */
  withoutData: z.object(known).optional(),
  /** It had this many readers, which left with it. As the reason of a trouble: only of a failed on-demand source, or a stream that nobody expected. */
  readersLost: count.optional(),
  /** How many of them were people; null: unknown. Left out: all of them, except of an on-demand source. */
  people: count.nullable().optional(),
  ...onset,
})
const key = { target: text.nullable(), keyType: text.nullable(), fingerprint: text.nullable(), knownFingerprint: text.nullable() }
const names = z.array(text).max(20)

/** A period in which this console observed nothing. */
export const gapFactsSchema = z.discriminatedUnion('cause', [
  /**
   * The event's time is that of the next launch. `stopped`: mtxdeck shut down normally and `from` is exact. Otherwise it ended
   * unexpectedly: `from` is its last sign of life, and it was away for at least `minMs`.
   */
  z.object({ cause: z.literal('notRunning'), from: epochMs, stopped: z.boolean(), minMs: z.number().optional() }),
  z.object({ cause: z.literal('slept'), sleptMs: z.number() }),
  /** Recorded twice, when it begins and when it ends. */
  z.object({ cause: z.literal('noNetwork'), begins: z.boolean() }),
])
export type GapFacts = z.infer<typeof gapFactsSchema>

/** The database of servers and settings, the history (history.db), the alarms with their messages, the sessions, the index of snapshots, or an archive of the history. */
const store = z.enum(['main', 'history', 'alarms', 'sessions', 'snapshots', 'archive'])
const damageSchema = z.discriminatedUnion('damage', [
  /**
   * The file was damaged or gone. `setAside`: the name of the damaged one now; null: it was gone. `backupAt`: when the backup was made that took its place;
   * null: an empty file did, or, for an archive, none.
   */
  z.object({ damage: z.literal('setAside'), store, file: text, setAside: text.nullable(), backupAt: epochMs.nullable() }),
  /** A part of the file can't be read, and is a gap. */
  z.object({ damage: z.literal('partUnreadable'), file: text }),
])
export type Damage = z.infer<typeof damageSchema>

/** Every kind of event with the schema of its facts: numbers, codes, names and texts from outside. Never a secret, never a sentence. */
export const eventFacts = {
  /** Without a duration: it answers for the first time. */
  serverUp: z.object(lasted),
  serverDown: z.object({ error: serverErrorSchema, streams: count.nullable(), outageSince: epochMs.nullable() }),
  /** It missed three polls and answers again. Its state was unknown meanwhile, but it was never reported down. */
  serverSilent: z.object(known),
  /** `publishers`: the server does not report its start time, but this many publishers left or reconnected at once. */
  serverRestarted: z.union([z.object({ startedAt: epochMs }), z.object({ publishers: count })]),
  serverUpgraded: z.object({ before: text, after: text }),
  /** The API of a server shows another certificate. Both are fingerprints. `validTo`: until when the new one is valid; null: not known. */
  certificateChanged: z.object({ before: text, after: text, validTo: epochMs.nullable() }),
  /**
   * Its configuration was changed after `seenBefore`. Number of changed settings, and the first with its values as text (null: was or is absent): removed
   * paths come before added ones, and these before all else. `removed`, `added`: some names of such paths, patterns first.
   */
  serverConfigurationChanged: z.object({
    setting: text,
    before: text.nullable(),
    after: text.nullable(),
    settings: count,
    seenBefore: epochMs,
    removed: names.optional(),
    added: names.optional(),
  }),
  streamOn: z.object({ ...sender, ...lasted, tracks: z.array(track).max(64), ...onset }),
  streamOff: went,
  /** It ended and was not expected to continue: no trouble. */
  streamEnded: went,
  /** `hungUp`: its publisher's connection is closed. */
  streamStalled: z.object({ ...sender, ...known, hungUp: z.boolean().optional(), ...onset }),
  streamRecovered: z.object({ ...sender, ...lasted, ...onset }),
  /** `left`: its publisher has just left; otherwise nobody is publishing. */
  slateOn: z.object({ ...sender, ...lasted, ...kicked, left: z.boolean(), ...onset }),
  publisherChanged: z.object({ before: text.nullable(), beforeType: text.nullable(), after: text.nullable(), sourceType: text.nullable() }),
  codecChanged: z.object({ before: text, after: text }),
  sizeChanged: z.object({ before: text, after: text }),
  /** It is on air outside the times of its plan. */
  onAirBeyondPlan: z.object({ plan: text }),
  /** Forwarding a stream fails. `all`: number of failing destinations; `destinations`: some of their names; `lastError`: from the server, without secrets. */
  forwardFailing: z.object({ destinations: names, all: count, lastError: text.nullable() }),
  /** Forwarding works again or, if `removed`, is no longer intended. */
  forwardRecovered: z.object({ destinations: names, all: count, removed: z.boolean() }),
  /** An operator disconnected publishers or readers: how many of a stream, or of the whole server, some of their addresses, and why. */
  sessionsKicked: z.object({ by: text, reason: actReasonSchema, sessions: count, role: z.enum(['publisher', 'reader', 'mixed']), addresses: names }),
  /**
   * An operator changed settings of a path through its server's API: how many, and the first of them with its values, secrets hidden. If the
   * entry was added or removed, `setting` is null.
   */
  pathSettingsChanged: z.object({
    by: text,
    reason: actReasonSchema,
    path: text,
    change: z.enum(pathChanges),
    setting: text.nullable(),
    before: text.nullable(),
    after: text.nullable(),
    settings: count,
    outcome: z.enum(pathEditOutcomes),
  }),
  /** An operator ran a diagnosis of a server or a stream. */
  diagnosed: z.object({ by: text, verdict: diagnosisVerdictSchema }),
  /** A user publishes a stream by WHIP through this console. */
  publishingRelayed: z.object({ by: text }),
  /** An operator deleted segments of a stream's recordings that begin between `from` and `to`, and why. `failed`: number that could not be deleted. */
  recordingsDeleted: z.object({ by: text, reason: text, segments: count, failed: count, from: epochMs, to: epochMs }),
  /** A rule's remedy was applied to the subject of its alarm. */
  remedyActed: z.object({ rule: text, act: z.enum(remedyActs), outcome: z.enum(remedyOutcomes), why: remedyWhySchema.nullable() }),
  /** An operator armed or disarmed a rule's remedy. */
  remedyArmed: z.object({ rule: text, armed: z.boolean(), by: text, reason: text }),
  /** A rule's remedy stopped by itself, after this many acts in a row that did not help. */
  remedyStopped: z.object({ rule: text, acts: count }),
  /** An operator downloaded the recording between `from` and `to`. */
  recordingDownloaded: z.object({ by: text, from: epochMs, to: epochMs }),
  hostUp: z.object(lasted),
  hostDown: z.object({ error: hostFailureSchema }),
  /** The host is not contacted any more: another machine answers, or someone is in between. */
  hostKeyChanged: z.object({ error: hostFailureSchema }),
  /** An operator accepted the changed key. */
  hostKeyAccepted: z.object(key),
  hostRestarted: z.object({ uptimeSeconds: z.number() }),
  /** The process of a media server on a host ended. */
  mediaServerEnded: z.object({ pid: count, serverId: z.string().optional() }),
  /** A stream that a probe reads, from the last good reading (`outageSince`) to the first again. */
  probeDown: z.object({ error: mediaErrorSchema, outageSince: epochMs.nullable() }),
  probeUp: z.object(known),
  mediaServerRestarted: z.object({ pid: count, before: count, serverId: z.string().optional() }),
  /** This console was not running, slept, or had no network: figures of that time are unknown. */
  consoleGap: gapFactsSchema,
  /** The configuration file was changed and is in force: how many servers, hosts and probes that concerns, and some of their names. */
  configurationRead: z.object({
    file: text,
    added: names,
    changed: names,
    removed: names,
    /** Missing in events of earlier versions. */
    counts: z.object({ added: count, changed: count, removed: count }).optional(),
  }),
  /** The configuration file was changed and can't be used: the previous one stays in force. `first` is the first of `problems` mistakes. */
  configurationRefused: configurationRefusedSchema,
  /** An operator added or changed an alarm rule, or removed what was entered about it. */
  ruleEdited: z.object({ rule: text, by: text, what: z.enum(['added', 'changed', 'removed']) }),
  /** The same for a notification channel; null: for a route. */
  channelEdited: z.object({ channel: text.nullable(), by: text, what: z.enum(['added', 'changed', 'removed', 'paused', 'resumed']) }),
  /** The same for the heartbeat to an external watchdog, or the drill of all channels. */
  readinessEdited: z.object({ part: z.enum(['heartbeat', 'drill', 'publicUrl']), by: text, what: z.enum(['added', 'changed', 'removed']) }),
  /** The same for a maintenance plan, or times on air. */
  planEdited: z.object({ use: z.enum(['maintenance', 'onAir']), plan: text, by: text, what: z.enum(['added', 'changed', 'removed']) }),
  /** A file of the console's own store was damaged; says what happened to its contents. */
  storeDamaged: damageSchema,
  /** A server sends more than is stored per server: what is beyond is left out. Recorded once an hour. */
  tooMuchSent: z.object({}),
} as const

export type EventKind = keyof typeof eventFacts
export const eventKinds = Object.keys(eventFacts) as readonly EventKind[]
export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(eventFacts, kind)
}
/** Subject kind of each event kind, except for events about many streams; null: a server or a host. Omitted kinds are about this console. */
const eventSubjects = {
  serverUp: 'server',
  serverDown: 'server',
  serverSilent: 'server',
  serverRestarted: 'server',
  serverUpgraded: 'server',
  certificateChanged: 'server',
  serverConfigurationChanged: 'server',
  streamOn: 'stream',
  streamOff: 'stream',
  streamEnded: 'stream',
  streamStalled: 'stream',
  streamRecovered: 'stream',
  slateOn: 'stream',
  publisherChanged: 'stream',
  codecChanged: 'stream',
  sizeChanged: 'stream',
  onAirBeyondPlan: 'stream',
  forwardFailing: 'stream',
  forwardRecovered: 'stream',
  sessionsKicked: null,
  pathSettingsChanged: 'server',
  diagnosed: null,
  publishingRelayed: 'stream',
  recordingsDeleted: 'stream',
  recordingDownloaded: 'stream',
  remedyActed: null,
  probeDown: 'probe',
  probeUp: 'probe',
  hostUp: 'host',
  hostDown: 'host',
  hostKeyChanged: 'host',
  hostKeyAccepted: 'host',
  hostRestarted: 'host',
  mediaServerEnded: 'host',
  mediaServerRestarted: 'host',
  tooMuchSent: 'server',
} as const satisfies Partial<Record<EventKind, SubjectKind | null>>
/** Kinds of events about something that is watched. */
export type WatchedEvent = keyof typeof eventSubjects
export const watchedEvents = Object.keys(eventSubjects) as readonly WatchedEvent[]
/** Subject kind of an event kind; null: a server or a host, or this console. */
export function subjectOfEvent(kind: EventKind): SubjectKind | null {
  return Object.hasOwn(eventSubjects, kind) ? eventSubjects[kind as WatchedEvent] : null
}

/** Kinds that many streams of a server may share in one event, which counts them. Its `paths` serve queries for a single stream; answers leave them out. */
export const manyStreamsKinds = [
  'streamOn',
  'streamOff',
  'streamEnded',
  'streamStalled',
  'streamRecovered',
  'slateOn',
  'publisherChanged',
  'codecChanged',
  'sizeChanged',
  'onAirBeyondPlan',
  'forwardFailing',
  'forwardRecovered',
] as const satisfies readonly EventKind[]
export type ManyStreamsKind = (typeof manyStreamsKinds)[number]
export function isManyStreamsKind(kind: string): kind is ManyStreamsKind {
  return (manyStreamsKinds as readonly string[]).includes(kind)
}
export const manyStreamsSchema = z.object({ count, names, paths: z.array(text).max(500).optional(), ...onset })
type ManyStreams = z.infer<typeof manyStreamsSchema>

export type OneFacts<K extends EventKind> = z.infer<(typeof eventFacts)[K]>
/** Facts of one event, or of many together. */
export type FactsOf<K extends EventKind> = OneFacts<K> | (K extends ManyStreamsKind ? ManyStreams : never)

/** Whether it is the same publisher that is back: from the same host, or what the server pulls. */
export function isReconnect({ before, after, sourceType }: Pick<OneFacts<'publisherChanged'>, 'before' | 'after' | 'sourceType'>): boolean {
  return isPulled(sourceType) || (before !== null && before === after)
}

export interface EventAbout {
  /** null: the console itself. */
  readonly subject: Subject | null
  /** Name of its server or host at that time. */
  readonly ownerName: string | null
}
interface EventOf<K extends EventKind> extends EventAbout {
  readonly at: number
  readonly kind: K
  readonly facts: FactsOf<K>
}
/** An event before it is stored. */
export type NewEvent = { readonly [K in EventKind]: EventOf<K> }[EventKind]

interface Named {
  readonly id: string
  readonly name: string
}
export function aboutServer({ id, name }: Named): EventAbout {
  return { subject: serverSubject(id), ownerName: name }
}
export function aboutStream({ id, name }: Named, path: string): EventAbout {
  return { subject: streamSubject(id, path), ownerName: name }
}
export function aboutHost({ id, name }: Named): EventAbout {
  return { subject: hostSubject(id), ownerName: name }
}
const ofConsole: EventAbout = { subject: null, ownerName: null }
export function newEvent<K extends EventKind>(kind: K, at: number, facts: FactsOf<K>, { subject, ownerName } = ofConsole): NewEvent {
  return { at, kind, subject, ownerName, facts } satisfies EventOf<K> as unknown as NewEvent
}

export const eventSchema = z.object({
  /** Assigned by the store; grows with time. */
  id: z.number(),
  at: epochMs,
  /** Any string: an unknown kind from a newer engine is shown with its facts. */
  kind: z.string(),
  /** What it is about; null: the console itself. */
  subject: subjectSchema.nullable(),
  /** Name of its server or host at that time. */
  ownerName: z.string().nullable(),
  /**
   * One self-contained sentence: over REST in the requested language, otherwise empty (`eventText` makes it).
   * Events of older versions keep the English sentence that they were stored with.
   */
  text: said('event', z.string()),
  /** Matches the schema in `eventFacts` if it was written by this version. Never a secret. */
  facts: z.record(z.string(), z.unknown()),
})
export type DeckEvent = z.infer<typeof eventSchema>
/** An event as stored. */
export type KeptEvent = Omit<DeckEvent, 'id'>

/** For an event that reports an outage, when the outage began: the time of the last good data, as in its trouble. null for other events. */
export function outageSinceOfEvent({ at, facts: { outageSince } }: Pick<DeckEvent, 'at' | 'facts'>): number | null {
  return typeof outageSince === 'number' && outageSince < at ? outageSince : null
}
/** The time to show for an event: the beginning of the outage it reports, otherwise when it was observed. */
export function momentOfEvent(event: Pick<DeckEvent, 'at' | 'facts'>): number {
  return outageSinceOfEvent(event) ?? event.at
}

/** How many streams a collective event counts; null for an event about one thing. */
const countOfMany = ({ subject, kind, facts }: DeckEvent): number | null =>
  pathOf(subject) === null && isManyStreamsKind(kind) && typeof facts.count === 'number' ? facts.count : null

/** One row of a list of events: a single one, the changes of a stream that flaps, or what many streams of a server did within seconds. */
export interface EventRow {
  /** The newest of `events`; for collective events, with the sum of their counts. */
  readonly event: DeckEvent
  /** All events of the row, newest first. */
  readonly events: readonly DeckEvent[]
}

/** Kinds that repeat when a stream flaps. */
const flappingKinds: ReadonlySet<string> = new Set(['streamOn', 'streamOff', 'streamEnded', 'streamStalled', 'streamRecovered', 'slateOn', 'publisherChanged'])
interface RunRule {
  /** Events with the same key may be one row. */
  readonly key: string
  /** Maximum time between one event and the next. */
  readonly withinMs: number
  readonly fewest: number
}
function runRuleOf(event: DeckEvent): RunRule | null {
  const { subject, kind } = event
  if (pathOf(subject) !== null) return flappingKinds.has(kind) ? { key: JSON.stringify(subject), withinMs: 600_000, fewest: 4 } : null
  // What happens within a second may fall into two polls, or involve more streams than one event lists.
  return countOfMany(event) === null ? null : { key: JSON.stringify([subject, kind]), withinMs: 5_000, fewest: 2 }
}

function rowOf(events: readonly [DeckEvent, ...DeckEvent[]]): EventRow {
  const [event] = events
  if (events.length === 1 || pathOf(event.subject) !== null) return { event, events }
  const sum = events.reduce((total, one) => total + (countOfMany(one) ?? 0), 0)
  const { paths: _, ...facts } = event.facts
  return { event: { ...event, text: '', facts: { ...facts, count: sum, names: [] } }, events }
}

/** Groups events, given newest first, into rows; a row of several takes the place of its newest. Pure. */
export function collapseEvents(events: readonly DeckEvent[]): readonly EventRow[] {
  const open = new Map<string, [DeckEvent, ...DeckEvent[]]>()
  const runs = new Map<DeckEvent, { readonly run: [DeckEvent, ...DeckEvent[]]; readonly fewest: number }>()
  for (const event of events) {
    const rule = runRuleOf(event)
    if (rule === null) continue
    let run = open.get(rule.key)
    if (run === undefined || (run.at(-1) ?? run[0]).at - event.at > rule.withinMs) {
      run = [event]
      open.set(rule.key, run)
    } else run.push(event)
    runs.set(event, { run, fewest: rule.fewest })
  }
  return events.flatMap((event): EventRow[] => {
    const { run, fewest } = runs.get(event) ?? { run: [event] as [DeckEvent], fewest: 1 }
    if (run.length < fewest) return [rowOf([event])]
    return run[0] === event ? [rowOf(run)] : []
  })
}
