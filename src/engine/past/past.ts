import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../clock/clock.ts'
import { oneAtATime } from '../../clock/semaphore.ts'
import type { Language } from '../../i18n/languages.ts'
import { reasonTextOrNull } from '../../i18n/reasonText.ts'
import { countsOf } from '../../shared/alarms.ts'
import { createFigureColumns, type EvaluatedStream, evaluatedServer, type FleetChanges, type GrowingFigures, mostAlarmsSent } from '../../shared/fleet.ts'
import type { Operator } from '../../shared/permissions.ts'
import type { Severity } from '../../shared/severities.ts'
import { isRecorded, keptSrtFigures, type Stream, type StreamReport } from '../../shared/streams.ts'
import { isoOrNull } from '../../shared/time.ts'
import type { AlarmsThen, FindAlarmsThen } from '../alarms/alarmsThen.ts'
import type { History, WholeMoment } from '../history/history.ts'
import { boundedByOperator } from '../refusing.ts'
import { createConsoleGaps } from './consoleGaps.ts'
import { type PastFleet, type PastServer, type PastStream, pastFleetOf, streamsPerTurn } from './pastMoment.ts'

interface PastDeps {
  readonly clock: Clock
  readonly history: Pick<History, 'moment' | 'events'>
  readonly alarmsThen: FindAlarmsThen
  /** A server's present name, for history without its facts, such as the day that the demo makes up. */
  readonly nameOf: (serverId: string) => string | null
  /** For tests. */
  readonly mostSlots?: number
}

/** Rebuilds the console at any past moment from history alone. One whose signal aborts before its turn is not read, and rejects with the signal's reason. */
export type Past = ReturnType<typeof createPast>

/** Recent answers to compute changes from: enough for one or two windows in playback. */
const mostRemembered = 4
/** Streams that get a slot; beyond this, numbering starts over. */
const defaultMostSlots = 500_000
/** A moment older than this no longer changes, and may be cached. */
const settledMs = 60_000

/** Slots of streams; they are the same in all answers with the same `launch`. */
interface Numbering {
  readonly launch: string
  readonly slots: Map<string, Map<string, number>>
  last: number
}

/** All that is known of a past moment. */
interface WholePast {
  readonly kept: WholeMoment
  readonly fleet: PastFleet
  readonly standing: AlarmsThen
}

interface Remembered {
  readonly launch: string
  readonly at: number
  readonly servers: ReadonlyMap<string, string>
  readonly facts: ReadonlyMap<number, EvaluatedStream>
}

export function createPast({ clock, history, alarmsThen, nameOf, mostSlots = defaultMostSlots }: PastDeps) {
  const gaps = createConsoleGaps(history.events)
  let numbering = createNumbering()
  let remembered: Remembered[] = []
  let newest: { readonly at: number; readonly whole: Promise<WholePast> } | null = null

  const read = async (at: number): Promise<WholePast> => {
    const [kept, then] = await Promise.all([history.moment(at), gaps.at(at)])
    const fleet = await pastFleetOf(at, kept, then, nameOf)
    return { kept, fleet, standing: await alarmsThen(at, fleet.servers) }
  }
  /** Cached, because a page and its parts request the same moment. */
  const readOnce = (at: number) => {
    if (newest?.at === at) return newest.whole
    const whole = read(at)
    if (clock.now() - at < settledMs) return whole
    const mine = { at, whole }
    newest = mine
    whole.catch(() => {
      if (newest === mine) newest = null
    })
    return whole
  }
  // Each holds the whole fleet.
  const inTurn = oneAtATime()
  const wholeAt = (at: number, signal = new AbortController().signal) => inTurn(signal, () => readOnce(at))

  return {
    fleet: async (
      { at: asked, launch: callerLaunch, before }: { readonly at: number; readonly launch: string | null; readonly before?: number | undefined },
      signal?: AbortSignal,
    ): Promise<FleetChanges> => {
      const at = Math.min(asked, clock.now())
      const { fleet, standing } = await wholeAt(at, signal)
      if (numbering.last > mostSlots) numbering = createNumbering()
      const mine = numbering
      const { launch } = mine
      const last = callerLaunch === launch && before !== undefined ? remembered.find((one) => one.launch === launch && one.at === before) : undefined

      const servers = new Map<string, string>()
      const evaluated = fleet.servers.map(({ server }) => evaluatedServer(server, standing.severityOfServer(server.id)))
      for (const server of evaluated) servers.set(server.id, JSON.stringify(server))
      const facts = new Map<number, EvaluatedStream>()
      const changed: EvaluatedStream[] = []
      const figures = createFigureColumns()
      let sinceTurn = 0
      for (const { server, streams } of fleet.servers) {
        for (const stream of streams) {
          if (++sinceTurn >= streamsPerTurn) {
            sinceTurn = 0
            await nextTurn()
          }
          const slot = slotOf(mine, server.id, stream.facts.path)
          const known = last?.facts.get(slot)
          const now: EvaluatedStream = { slot, ...stream.facts, severity: standing.severityOf(server.id, stream.facts.path) }
          const kept = known !== undefined && isDeepStrictEqual(known, now) ? known : now
          facts.set(slot, kept)
          if (kept === now) changed.push(now)
          push(figures, slot, stream)
        }
      }
      remembered = [{ launch, at, servers, facts }, ...remembered.filter((one) => one.at !== at || one.launch !== launch)].slice(0, mostRemembered)
      return {
        launch,
        revision: 0,
        reset: last === undefined,
        more: false,
        at,
        servers: evaluated.filter(({ id }) => last?.servers.get(id) !== servers.get(id)),
        removedServers: last === undefined ? [] : [...last.servers.keys()].filter((id) => !servers.has(id)),
        streams: changed,
        removedSlots: last === undefined ? [] : [...last.facts.keys()].filter((slot) => !facts.has(slot)),
        figures,
        alarms: standing.open({ limit: mostAlarmsSent }),
        incidents: standing.incidents.slice(0, mostAlarmsSent),
        alarmCounts: standing.counts,
        incidentCounts: countsOf(standing.incidents),
        alarmsKeptFrom: standing.keptFrom,
        consoleWhy: fleet.consoleWhy,
      }
    },
    /** The alarms of a moment, which are those of `fleet`, all of them. */
    alarms: async (asked: number, signal?: AbortSignal): Promise<AlarmsThen> => (await wholeAt(Math.min(asked, clock.now()), signal)).standing,
    /** null: there was no such stream then. */
    stream: async (serverId: string, path: string, asked: number, signal?: AbortSignal): Promise<Stream | null> => {
      const { kept, fleet } = await wholeAt(Math.min(asked, clock.now()), signal)
      const found = fleet.servers.find(({ server }) => server.id === serverId)
      const stream = found?.streams.find(({ facts }) => facts.path === path)
      return found === undefined || stream === undefined ? null : streamOf(found, stream, slotOf(numbering, serverId, path), kept)
    },
    /**
     * All streams for scripts, sorted by server and path, with reasons in `language`, by default English; made one by one as they are taken. Of before any
     * alarms were kept, `severity` is what the rules of today say.
     */
    reports: async (asked: number, language: Language = 'en', signal?: AbortSignal): Promise<Iterable<StreamReport>> =>
      reportsOf(await wholeAt(Math.min(asked, clock.now()), signal), language),
  }
}

const createNumbering = (): Numbering => ({ launch: `past-${randomBytes(8).toString('hex')}`, slots: new Map(), last: 0 })
function slotOf(numbering: Numbering, serverId: string, path: string): number {
  let ofServer = numbering.slots.get(serverId)
  if (ofServer === undefined) {
    ofServer = new Map()
    numbering.slots.set(serverId, ofServer)
  }
  let slot = ofServer.get(path)
  if (slot === undefined) {
    slot = ++numbering.last
    ofServer.set(path, slot)
  }
  return slot
}

function push(columns: GrowingFigures, slot: number, { figures }: PastStream): void {
  columns.slot.push(slot)
  columns.bitrateInBps.push(figures.bitrateInBps)
  columns.bitrateOutBps.push(figures.bitrateOutBps)
  columns.readers.push(figures.readers)
  columns.ownReaders.push(figures.ownReaders)
  columns.lostLastMinute.push(figures.lostLastMinute)
  columns.rttMs.push(figures.rttMs)
  columns.readAt.push(figures.readAt)
}

/** Counters since a session's start are not stored. */
const notStored = { packetsLost: null, packetsLostEstimated: false, packetsRepaired: null, framesInError: null, framesDiscarded: null }

/** Everything known of one stream. Its sessions are not stored. */
function streamOf({ server }: PastServer, { facts, figures, row }: PastStream, slot: number, kept: WholeMoment): Stream {
  const known = facts.state !== 'unknown'
  const value = (id: WholeMoment['metrics'][number]): number | null => {
    const column = kept.metrics.indexOf(id)
    const found = column < 0 || !known ? Number.NaN : (kept.values[row * kept.metrics.length + column] ?? Number.NaN)
    return Number.isNaN(found) ? null : found
  }
  const jitter = value('path.jitter')
  return {
    slot,
    ...facts,
    serverName: server.name,
    figures,
    readersByType: {},
    source: facts.sourceType === null ? null : { type: facts.sourceType, id: '', remoteAddr: facts.publisher, userAgent: null },
    ...notStored,
    jitter,
    srt: keptSrtFigures(value),
    rtp: jitter === null ? null : { packets: null, lost: null, inError: null, jitter, reportedLost: null, discarded: null },
    sessions: [],
    sessionsReadAt: null,
    forwards: null,
    pulled: null,
  }
}

function* reportsOf({ kept, fleet, standing }: WholePast, language: Language): Iterable<StreamReport> {
  for (const server of fleet.servers)
    for (const stream of server.streams.toSorted(({ facts: { path: a } }, { facts: { path: b } }) => (a < b ? -1 : a > b ? 1 : 0)))
      yield reportOf(streamOf(server, stream, 0, kept), standing.severityOf(server.server.id, stream.facts.path), language)
}

function reportOf(stream: Stream, severity: Severity | null, language: Language): StreamReport {
  const { figures, srt } = stream
  return {
    name: stream.path,
    server: stream.serverName,
    serverId: stream.serverId,
    state: stream.state,
    severity,
    reason: reasonTextOrNull(stream.why, language),
    expected: stream.expected,
    source: stream.sourceType === null ? null : { type: stream.sourceType },
    sourceType: stream.sourceType,
    tracks: stream.tracks.map(({ codec }) => codec),
    width: stream.width,
    height: stream.height,
    bytesReceived: null,
    bytesSent: null,
    bitrateInBps: figures.bitrateInBps,
    bitrateOutBps: figures.bitrateOutBps,
    // Of HLS viewers the server's own count is not stored.
    readers: figures.readers === null || stream.hlsViewersUnknown === true ? null : figures.readers + figures.ownReaders,
    readersByType: stream.readersByType,
    ownReaders: figures.ownReaders,
    clients: figures.readers,
    recording: isRecorded(stream),
    upSince: isoOrNull(stream.upSince),
    outageSince: isoOrNull(stream.outageSince),
    rtt: figures.rttMs,
    recvRateMbps: srt?.rateMbps ?? null,
    linkCapacityMbps: srt?.linkCapacityMbps ?? null,
    latencyMs: srt?.latencyMs ?? null,
    ...notStored,
    packetsDropped: null,
    packetsBelated: null,
    packetsRetransmitted: null,
    jitter: stream.jitter,
  }
}

/** Of so many moments one operator may ask at once, in all windows. One is read at a time, and a window asks for one at a time. */
const mostMoments = 8

/** The past as it answers each operator: whoever asks for too many moments at once is refused. */
export function boundedPast(past: Past): (operator: Operator) => Past {
  const boundedBy = boundedByOperator(mostMoments)
  return ({ id }) => {
    const bounded = <Answer>(at: number, ask: () => Promise<Answer>) => boundedBy(id, at, ask)
    return {
      fleet: (input, signal) => bounded(input.at, () => past.fleet(input, signal)),
      alarms: (at, signal) => bounded(at, () => past.alarms(at, signal)),
      stream: (serverId, path, at, signal) => bounded(at, () => past.stream(serverId, path, at, signal)),
      reports: (at, language, signal) => bounded(at, () => past.reports(at, language, signal)),
    }
  }
}
