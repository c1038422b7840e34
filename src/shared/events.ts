import { z } from 'zod'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

/** What can happen. An open word list in storage: an unknown kind of a newer engine is shown as its text. */
export const eventKindSchema = z.enum([
  'serverUp',
  'serverDown',
  /** It missed three polls and answers again: nothing of it was known meanwhile, and it was never called down. */
  'serverSilent',
  'serverRestarted',
  'serverUpgraded',
  'streamOn',
  'streamOff',
  /** It ended, and was not expected to go on: no trouble. */
  'streamEnded',
  'streamStalled',
  'streamRecovered',
  'slateOn',
  'publisherChanged',
  'codecChanged',
  'sizeChanged',
  'readerJoined',
  'readerLeft',
  /** Of hosts: `serverId` is the host's id then, `serverName` its name. */
  'hostUp',
  'hostDown',
  /** Stopped hard: another machine answers, or somebody stands in between. */
  'hostKeyChanged',
  /** Somebody compared the key that changed, and accepted it. */
  'hostKeyAccepted',
  'hostRestarted',
  /** The mediamtx process on a host is another one than before. */
  'mediaServerEnded',
  'mediaServerRestarted',
  /** This console itself: started, slept, lost its network. From here on figures were unknown. */
  'consoleGap',
  /** The configuration file was changed: its servers and hosts are watched as it says now. */
  'configurationRead',
  /** The configuration file was changed and can't be used: what was read before stays in force. */
  'configurationRefused',
  /** A file of the console's own store was damaged and set aside; the text says what became of what was in it. */
  'storeDamaged',
  /** A server or host sent a value that can not be true; it is kept as unknown. Recorded once per server and start. */
  'valueRefused',
  /** A server sent more than is kept of one server; one row an hour that counts what was left out. */
  'tooMuchSent',
])
export type EventKind = z.infer<typeof eventKindSchema>
/** What lists of events show: all but readers, who come and go by the thousand. */
export const feedKinds: readonly string[] = eventKindSchema.options.filter((kind) => kind !== 'readerJoined' && kind !== 'readerLeft')

export const eventSchema = z.object({
  /** Grows with time; the store gives it. */
  id: z.number(),
  at: epochMs,
  kind: z.string(),
  /** Of a server, or of a host. */
  serverId: serverIdSchema.nullable(),
  /** Its name then. */
  serverName: z.string().nullable(),
  path: z.string().nullable(),
  /** One sentence in English, complete in itself. */
  text: z.string(),
  /** Facts behind the sentence: before, after, remote address, duration. Never a secret. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type DeckEvent = z.infer<typeof eventSchema>
/** An event before it is stored. */
export type NewEvent = Omit<DeckEvent, 'id'>

/** When the outage began whose begin an event tells, as its trouble has it: the last good data. null: it tells of none. */
export const outageSinceOfEvent = ({ at, facts: { outageSince } }: Pick<DeckEvent, 'at' | 'facts'>): number | null =>
  typeof outageSince === 'number' && outageSince < at ? outageSince : null
/** The moment that an event is of: the beginning of the outage that it tells, else when it was seen. */
export const momentOfEvent = (event: Pick<DeckEvent, 'at' | 'facts'>): number => outageSinceOfEvent(event) ?? event.at

/** What many streams of a server did together, by kind. Kinds that are left out are never so many. */
const manyVerbs: Readonly<Record<string, string>> = {
  streamOn: 'came on air',
  streamOff: 'went off air',
  streamEnded: 'ended',
  streamStalled: 'stalled',
  streamRecovered: 'recovered',
  slateOn: 'went to their slate',
  publisherChanged: 'have another publisher or a new connection of the same',
  codecChanged: 'changed their tracks',
  sizeChanged: 'changed the size of their picture',
}

/** The sentence of an event of many streams, `names` at its end; null: events of this kind are told one by one. */
export const manyStreamsText = (kind: string, count: number, serverName: string, names = ''): string | null =>
  manyVerbs[kind] === undefined ? null : `${count} streams of ${serverName} ${manyVerbs[kind]}${names}.`

/** How many streams an event of many is of; null: it is none. */
const countOfMany = ({ path, kind, facts }: DeckEvent): number | null =>
  path === null && manyVerbs[kind] !== undefined && typeof facts.count === 'number' ? facts.count : null

/** One row of a list of events: a single one, the changes of a stream that flaps, or what many streams of a server did within seconds. */
export interface EventRow {
  /** The newest of them; of many streams with the sum in its sentence. */
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
const runRuleOf = (event: DeckEvent): RunRule | null => {
  const { serverId, path, kind } = event
  if (path !== null) return flappingKinds.has(kind) ? { key: JSON.stringify([serverId, path]), withinMs: 600_000, fewest: 4 } : null
  // What ends within a second may fall into two polls, or name more streams than one event does.
  return countOfMany(event) === null ? null : { key: JSON.stringify([serverId, null, kind]), withinMs: 5_000, fewest: 2 }
}

const rowOf = (events: readonly [DeckEvent, ...DeckEvent[]]): EventRow => {
  const [event] = events
  if (events.length === 1 || event.path !== null) return { event, events }
  const count = events.reduce((sum, one) => sum + (countOfMany(one) ?? 0), 0)
  return { event: { ...event, text: manyStreamsText(event.kind, count, event.serverName ?? '') ?? event.text }, events }
}

/** Rows of a list of events, newest first as they come; a row of several stands at the place of its newest. Pure. */
export const collapseEvents = (events: readonly DeckEvent[]): readonly EventRow[] => {
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
