import { z } from 'zod'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'

/** What can happen. An open word list in storage: an unknown kind of a newer engine is shown as its text. */
export const eventKindSchema = z.enum([
  'serverUp',
  'serverDown',
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

/** Some events of one stream in a row of a list. */
export interface EventRow {
  /** The newest of them. */
  readonly event: DeckEvent
  readonly count: number
  /** When the first of them was. */
  readonly since: number
}

/** What a stream does again and again when it flaps. */
const flappingKinds: ReadonlySet<string> = new Set(['streamOn', 'streamOff', 'streamEnded', 'streamStalled', 'streamRecovered', 'slateOn', 'publisherChanged'])
/** So many of one stream, each within this long of the one before, are one row. */
const fewestFlaps = 4
const flapsWithinMs = 600_000

/** Rows of a list of events, newest first as they come: a stream that flaps is one row that counts, at the place of its newest event. Pure. */
export const collapseEvents = (events: readonly DeckEvent[]): readonly EventRow[] => {
  const open = new Map<string, DeckEvent[]>()
  const runOf = new Map<DeckEvent, DeckEvent[]>()
  for (const event of events) {
    if (event.path === null || !flappingKinds.has(event.kind)) continue
    const key = `${event.serverId} ${event.path}`
    let run = open.get(key)
    const last = run?.at(-1)
    if (run === undefined || last === undefined || last.at - event.at > flapsWithinMs) {
      run = []
      open.set(key, run)
    }
    run.push(event)
    runOf.set(event, run)
  }
  return events.flatMap((event): EventRow[] => {
    const run = runOf.get(event)
    if (run === undefined || run.length < fewestFlaps) return [{ event, count: 1, since: event.at }]
    return run[0] === event ? [{ event, count: run.length, since: run.at(-1)?.at ?? event.at }] : []
  })
}
