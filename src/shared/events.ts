import { z } from 'zod'
import { configurationRefusedSchema } from './configurationRefused.ts'
import { hostFailureSchema, serverErrorSchema } from './errors.ts'
import { hostSubject, pathOf, type Subject, serverSubject, streamSubject, subjectSchema } from './subjects.ts'
import { epochMs } from './time.ts'

/** Most letters of a text in an event's facts; what others wrote is cut where it is read. */
const longestText = 4_000
const text = z.string().max(longestText)
const count = z.number()
/** How long something lasted, as far as two answers tell; left out: nothing is known of it. */
const lasted = { minMs: z.number().optional(), maxMs: z.number().optional() }
const known = { minMs: z.number(), maxMs: z.number() }
/** Who sends a stream, as far as known: MediaMTX's word for the type, and the host. */
const sender = { sourceType: text.nullable(), remoteAddr: text.nullable() }
const onset = {
  /** When the outage began, as its trouble has it: the last good data. */
  outageSince: epochMs.nullable().optional(),
  /** It happened while its server could not be asked. */
  seenLate: z.boolean().optional(),
}
const track = z.object({ codec: text, width: count.nullable(), height: count.nullable() })
/** A stream that went. */
const went = z.object({
  ...sender,
  ...lasted,
  /** Why nobody saw what became of it: its server could not be asked, or threw everybody out between two answers. */
  unseen: z.enum(['silence', 'restart', 'allAtOnce']).optional(),
  /** Its server stopped it because nobody read it. */
  onDemand: z.boolean().optional(),
  /** A source on demand that went while so many read it. */
  readersLost: count.optional(),
  ...onset,
})
const reader = {
  type: text,
  remoteAddr: text.nullable(),
  /** A muxer stands for all its viewers. */
  muxer: z.boolean(),
}
const key = { target: text.nullable(), keyType: text.nullable(), fingerprint: text.nullable(), knownFingerprint: text.nullable() }
const names = z.array(text).max(20)

/** A time in which this console saw nothing. */
export const gapFactsSchema = z.discriminatedUnion('cause', [
  /**
   * The event's time is that of the next launch. `stopped`: `from` is exact; else mtxdeck ended without a word after that sign of life, and
   * was away for `minMs` at least.
   */
  z.object({ cause: z.literal('notRunning'), from: epochMs, stopped: z.boolean(), minMs: z.number().optional() }),
  z.object({ cause: z.literal('slept'), sleptMs: z.number() }),
  /** Recorded twice, when it begins and when it ends. */
  z.object({ cause: z.literal('noNetwork'), begins: z.boolean() }),
])
export type GapFacts = z.infer<typeof gapFactsSchema>

/** The database of servers and settings, or the history. */
const store = z.enum(['main', 'history'])
export const damageSchema = z.discriminatedUnion('damage', [
  /** main.db was damaged or gone. `setAside`: where it lies now; `backup`: what was restored, null: an empty one was begun. */
  z.object({ damage: z.literal('mainLost'), gone: z.boolean(), setAside: text.nullable(), backup: text.nullable() }),
  /** A database was moved away while it was open, and written again. `setAside`: another file had been put in its place. */
  z.object({ damage: z.literal('moved'), store, file: text, setAside: text.nullable() }),
  /** The same, and mtxdeck ended before it was back. */
  z.object({ damage: z.literal('movedAtEnd'), store, file: text }),
  z.object({ damage: z.literal('historyBegunAnew'), setAside: text }),
  z.object({ damage: z.literal('archive'), file: text, setAside: text, because: text }),
  z.object({ damage: z.literal('day'), unreadableDay: text, because: text }),
  /** Minutes of a stream, of a server itself, or of all of a server (`whole`), that could not be stored. */
  z.object({ damage: z.literal('span'), from: epochMs, minutes: count, whole: z.boolean(), because: text }),
  z.object({ damage: z.literal('lastMinutes') }),
])
export type Damage = z.infer<typeof damageSchema>

/** What can happen, each kind with its facts: numbers, codes, names, and what others wrote. Never a secret, and no sentence. */
export const eventFacts = {
  /** Nothing known of how long it was away: it answers for the first time. */
  serverUp: z.object(lasted),
  serverDown: z.object({ error: serverErrorSchema, streams: count.nullable(), outageSince: epochMs.nullable() }),
  /** It missed three polls and answers again: nothing of it was known meanwhile, and it was never called down. */
  serverSilent: z.object(known),
  /** `agoMs`: how long before that was seen. `publishers`: a server that does not tell its start, and so many left or connected again at once. */
  serverRestarted: z.union([z.object({ startedAt: epochMs, agoMs: z.number() }), z.object({ publishers: count })]),
  serverUpgraded: z.object({ before: text, after: text }),
  streamOn: z.object({ ...sender, ...lasted, tracks: z.array(track).max(64), ...onset }),
  streamOff: went,
  /** It ended, and was not expected to go on: no trouble. */
  streamEnded: went,
  streamStalled: z.object({ ...sender, ...known, ...onset }),
  streamRecovered: z.object({ ...sender, ...lasted, ...onset }),
  /** `left`: its publisher did, just now; else nobody publishes. */
  slateOn: z.object({ ...sender, ...lasted, left: z.boolean(), ...onset }),
  publisherChanged: z.object({ before: text.nullable(), beforeType: text.nullable(), after: text.nullable(), sourceType: text.nullable() }),
  codecChanged: z.object({ before: text, after: text }),
  sizeChanged: z.object({ before: text, after: text }),
  readerJoined: z.object(reader),
  readerLeft: z.object({ ...reader, ...lasted }),
  /** Of a host. */
  hostUp: z.object(lasted),
  hostDown: z.object({ error: hostFailureSchema }),
  /** Stopped hard: another machine answers, or somebody stands in between. */
  hostKeyChanged: z.object({ error: hostFailureSchema }),
  /** Somebody compared the key that changed, and accepted it. */
  hostKeyAccepted: z.object(key),
  hostRestarted: z.object({ uptimeSeconds: z.number() }),
  /** The mediamtx process on a host is another one than before. */
  mediaServerEnded: z.object({ pid: count }),
  mediaServerRestarted: z.object({ pid: count, before: count }),
  /** This console itself: started, slept, lost its network. From here on figures were unknown. */
  consoleGap: gapFactsSchema,
  /** The configuration file was changed: its servers and hosts are watched as it says now. Some of their names, and how many they are. */
  configurationRead: z.object({
    file: text,
    added: names,
    changed: names,
    removed: names,
    serversAdded: count,
    serversChanged: count,
    serversRemoved: count,
    hostsAdded: count,
    hostsChanged: count,
    hostsRemoved: count,
  }),
  /** The configuration file was changed and can't be used: what was read before stays in force. `first`: what is wrong, of so many problems. */
  configurationRefused: configurationRefusedSchema,
  /** A file of the console's own store was damaged, and what became of what was in it. */
  storeDamaged: damageSchema,
  /** A server or host sent a value that cannot be true; it is kept as unknown. Recorded once per server and start. */
  valueRefused: z.object({}),
  /** A server sent more than is kept of one server; one row an hour that counts what was left out. */
  tooMuchSent: z.object({
    since: epochMs,
    count,
    changes: count,
    leftOutPaths: count,
    kinds: z.array(z.object({ kind: text, count })).max(100),
  }),
} as const

export type EventKind = keyof typeof eventFacts
export const eventKinds = Object.keys(eventFacts) as readonly EventKind[]
export const isEventKind = (kind: string): kind is EventKind => Object.hasOwn(eventFacts, kind)
/** What lists of events show: all but readers, who come and go by the thousand. */
export const feedKinds: readonly string[] = eventKinds.filter((kind) => kind !== 'readerJoined' && kind !== 'readerLeft')

/** What many streams of a server may do together: one event that counts them. `paths`: all of them, for who asks for one; answers leave them out. */
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
] as const satisfies readonly EventKind[]
export type ManyStreamsKind = (typeof manyStreamsKinds)[number]
export const isManyStreamsKind = (kind: string): kind is ManyStreamsKind => (manyStreamsKinds as readonly string[]).includes(kind)
export const manyStreamsSchema = z.object({ count, names, paths: z.array(text).max(500).optional(), ...onset })
export type ManyStreams = z.infer<typeof manyStreamsSchema>

/** Many readers who joined or left streams of a server together. */
export const manyReadersSchema = z.object({ readers: count, streams: count })
export type ManyReaders = z.infer<typeof manyReadersSchema>
export type ReaderKind = 'readerJoined' | 'readerLeft'

/** Facts of one event. */
export type OneFacts<K extends EventKind> = z.infer<(typeof eventFacts)[K]>
/** Facts of one event, or of many together. */
export type FactsOf<K extends EventKind> = OneFacts<K> | (K extends ManyStreamsKind ? ManyStreams : never) | (K extends ReaderKind ? ManyReaders : never)

/** Whom an event is about. */
export interface EventAbout {
  /** null: the console itself. */
  readonly subject: Subject | null
  /** What its server or host was called then. */
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
export const aboutServer = ({ id, name }: Named): EventAbout => ({ subject: serverSubject(id), ownerName: name })
export const aboutStream = ({ id, name }: Named, path: string): EventAbout => ({ subject: streamSubject(id, path), ownerName: name })
export const aboutHost = ({ id, name }: Named): EventAbout => ({ subject: hostSubject(id), ownerName: name })
const ofConsole: EventAbout = { subject: null, ownerName: null }
export const newEvent = <K extends EventKind>(kind: K, at: number, facts: FactsOf<K>, { subject, ownerName } = ofConsole): NewEvent =>
  ({ at, kind, subject, ownerName, facts }) satisfies EventOf<K> as unknown as NewEvent

export const eventSchema = z.object({
  /** Grows with time; the store gives it. */
  id: z.number(),
  at: epochMs,
  /** An open word list in storage: an unknown kind of a newer engine is shown with its facts. */
  kind: z.string(),
  /** Whom it is about; null: the console itself. */
  subject: subjectSchema.nullable(),
  /** What its server or host was called then. */
  ownerName: z.string().nullable(),
  /**
   * One sentence, complete in itself: over REST in the language that was asked for. Else empty, and `eventText` makes it;
   * events of older versions keep the English one that they were stored with.
   */
  text: z.string(),
  /** What `eventFacts` says of its kind, if it is of this version. Never a secret. */
  facts: z.record(z.string(), z.unknown()),
})
export type DeckEvent = z.infer<typeof eventSchema>
/** An event as it is kept. */
export type KeptEvent = Omit<DeckEvent, 'id'>

/** When the outage began whose begin an event tells, as its trouble has it: the last good data. null: it tells of none. */
export const outageSinceOfEvent = ({ at, facts: { outageSince } }: Pick<DeckEvent, 'at' | 'facts'>): number | null =>
  typeof outageSince === 'number' && outageSince < at ? outageSince : null
/** The moment that an event is of: the beginning of the outage that it tells, else when it was seen. */
export const momentOfEvent = (event: Pick<DeckEvent, 'at' | 'facts'>): number => outageSinceOfEvent(event) ?? event.at

/** How many streams an event of many is of; null: it is none. */
const countOfMany = ({ subject, kind, facts }: DeckEvent): number | null =>
  pathOf(subject) === null && isManyStreamsKind(kind) && typeof facts.count === 'number' ? facts.count : null

/** One row of a list of events: a single one, the changes of a stream that flaps, or what many streams of a server did within seconds. */
export interface EventRow {
  /** The newest of them; of many streams with their sum. */
  readonly event: DeckEvent
  /** All of them, newest first. */
  readonly events: readonly DeckEvent[]
}

/** What a stream does again and again when it flaps. */
const flappingKinds: ReadonlySet<string> = new Set(['streamOn', 'streamOff', 'streamEnded', 'streamStalled', 'streamRecovered', 'slateOn', 'publisherChanged'])
interface RunRule {
  /** Events with the same key may be one row. */
  readonly key: string
  /** Each within this long of the one before. */
  readonly withinMs: number
  readonly fewest: number
}
function runRuleOf(event: DeckEvent): RunRule | null {
  const { subject, kind } = event
  if (pathOf(subject) !== null) return flappingKinds.has(kind) ? { key: JSON.stringify(subject), withinMs: 600_000, fewest: 4 } : null
  // What ends within a second may fall into two polls, or name more streams than one event does.
  return countOfMany(event) === null ? null : { key: JSON.stringify([subject, kind]), withinMs: 5_000, fewest: 2 }
}

function rowOf(events: readonly [DeckEvent, ...DeckEvent[]]): EventRow {
  const [event] = events
  if (events.length === 1 || pathOf(event.subject) !== null) return { event, events }
  const sum = events.reduce((total, one) => total + (countOfMany(one) ?? 0), 0)
  // Older events have their streams as one text.
  const { paths: _, ...facts } = event.facts
  return { event: { ...event, text: '', facts: { ...facts, count: sum, names: [] } }, events }
}

/** Rows of a list of events, newest first as they come; a row of several stands at the place of its newest. Pure. */
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
