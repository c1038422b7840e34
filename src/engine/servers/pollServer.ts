import { type Clock, timeLimit } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { every } from '../../clock/every.ts'
import { wallAt } from '../../clock/wallAt.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { createForwardsReader, type ForwardsHooks } from './forwardsReader.ts'
import { isAtLeast } from './isAtLeast.ts'
import { createPulledSourcesReader, type PulledSourcesHooks } from './pulledSourcesReader.ts'
import type {
  Answer,
  Ask,
  ConfigurationReading,
  MediaServerClient,
  PathReading,
  PollRound,
  ServerInfoReading,
  SessionListName,
  SessionReading,
} from './readings.ts'
import { sessionListOf } from './sessionLists.ts'
import { createSlowReader, slowIntervalMs } from './slowReader.ts'

/** One answer may take this long; MediaMTX delays a wrong password by up to 4 s. */
export const answerLimitMs = 5_000
/** Servers are asked in groups, ten a second: of a hundred, waking for each by itself costs a sixth more (`npm run bench -- poll`). */
const phaseStepMs = 100
/** Up to this many sessions on a server each list is read in each round; beyond, in turns. */
export const sessionsEachRound = 300
/** In turns, no list gets older than this. */
export const sessionsMaxAgeMs = 10_000
/** An answer that comes later than this after its slot has its arrival's time: what it says was not true in the slot yet. */
const lateMs = 1_000
/** Of how long the slowest round took so much stays with each faster one. */
const slowestKept = 0.9
const firstRetryMs = 1_000
/** A server that is up again is shown as down no longer than this; one short request each time costs next to nothing. */
const lastRetryMs = 5_000
const mostBugsLogged = 10
/** Of what is read beside configurations nothing is worth that a poll waits longer for it. */
const besideLimitMs = 2_000
/** As often as a destination that fails is tried again. */
const forwardsEveryMs = 5_000
/** Of pulled sources some have their turn this often; one in trouble at once. */
const sourcesEveryMs = 10_000
/** A request costs a server at least as much as an answer of so many bytes: counted where answers are small and many. */
const requestBytes = 10_000
/** Measured on 1.20.1: 28 ms of the server's CPU a megabyte answered. */
const serverCpuMsPerMegabyte = 28

/** Estimated use of one of the server's cores, percent, of answering so many bytes a second. */
export const serverCpuPercent = (bytesPerSecond: number) => (bytesPerSecond / 1e6) * serverCpuMsPerMegabyte * (100 / 1000)

/**
 * The interval to use so that polling stays within `limitPercent` of one of the server's cores: what was asked
 * for, or as many half seconds more as it takes.
 */
export function affordableIntervalMs(askedMs: number, bytesPerRound: number, limitPercent: number): number {
  const percentAtAsked = serverCpuPercent(bytesPerRound / (askedMs / 1000))
  return percentAtAsked <= limitPercent ? askedMs : Math.ceil((askedMs * percentAtAsked) / limitPercent / 500) * 500
}

/** Wait before the next try after `failures` failures in a row: 1, 2, 4, then 5 s. */
export const retryDelayMs = (failures: number) => doublingMs(failures, firstRetryMs, lastRetryMs)

/**
 * Session lists whose types appear in these paths, with how many sessions each must hold at least. `rtmpsAsRtmp`:
 * connections of both are called RTMP, as before 1.17, and may stand in either list.
 */
export function sessionListsIn(paths: readonly PathReading[], rtmpsAsRtmp = false): ReadonlyMap<SessionListName, number> {
  const counts = new Map<SessionListName, number>()
  const count = (type: string) => {
    const list = sessionListOf(type)
    if (list !== null) counts.set(list, (counts.get(list) ?? 0) + 1)
  }
  for (const path of paths) {
    if (path.sourceType !== null && path.available) count(path.sourceType)
    for (const reader of path.readers) count(reader.type)
  }
  if (rtmpsAsRtmp && counts.has('rtmpConns') && !counts.has('rtmpsConns')) counts.set('rtmpsConns', 0)
  return counts
}

/**
 * Which lists to read in this round. All of them up to 300 sessions; beyond that those that would pass 10 s
 * before their next turn, oldest first, and no more than needed to keep to that: the cost is spread over rounds.
 */
export function listsDue(
  inUse: ReadonlyMap<SessionListName, number>,
  lastReadAt: ReadonlyMap<SessionListName, number>,
  nowMs: number,
  intervalMs: number,
): readonly SessionListName[] {
  const lists = [...inUse.keys()]
  let sessions = 0
  for (const count of inUse.values()) sessions += count
  if (sessions <= sessionsEachRound) return lists
  const age = (list: SessionListName) => nowMs - (lastReadAt.get(list) ?? Number.NEGATIVE_INFINITY)
  const mustBeReadFromMs = Math.max(0, sessionsMaxAgeMs - intervalMs)
  const roundsInTurn = Math.max(1, Math.floor(mustBeReadFromMs / intervalMs))
  const mostARound = Math.ceil(lists.length / roundsInTurn)
  // Half an interval of slack: a slot opens a few ms early or late.
  const due = lists.filter((list) => age(list) > mustBeReadFromMs - intervalMs / 2).sort((a, b) => age(b) - age(a))
  const overdue = due.filter((list) => age(list) > sessionsMaxAgeMs - intervalMs / 2)
  return due.slice(0, Math.max(mostARound, overdue.length))
}

/** What else is to be read before a list of paths is judged, so that it is judged by what holds now. */
export interface Wanted {
  /** Whether the process is still the same. */
  readonly info: boolean
  /** A path went or came that one newer than the last one has to explain. */
  readonly configuration: boolean
}

const nothing: Wanted = { info: false, configuration: false }

/** What a round cost and how it went; `null` error means the paths were read. */
export interface RoundOutcome {
  readonly round: PollRound
  readonly error: ServerError | null
  /** Failed rounds in a row, this one included; 0 after a success. */
  readonly failures: number
  /** When it was asked, by the wall clock; failures and slots of a server that hangs lie seconds apart. */
  readonly askedAt: number
  readonly bytes: number
  readonly answer: Answer<PathReading> | null
}

export interface PollServerOptions extends ForwardsHooks, PulledSourcesHooks {
  readonly serverId: string
  readonly clock: Clock
  readonly log: Log
  readonly client: MediaServerClient
  readonly intervalMs: () => number
  /** How long to wait, at least `askedMs`, so that asking again is affordable where each time costs so many bytes. */
  readonly affordableMs: (askedMs: number, bytes: number) => number
  readonly signal: AbortSignal
  /** Asked of each list of paths before it is handed over. */
  readonly wanted: (paths: readonly PathReading[]) => Wanted
  /** What the times of the server that gave this answer are corrected by, ms. */
  readonly skewOf: (answer: Answer<PathReading>) => number
  /** Awaited before a round that was answered is handed over: what takes long is done here, in slices. */
  readonly prepare: (round: PollRound) => Promise<void>
  readonly onRound: (outcome: RoundOutcome) => void
  readonly onInfo: (info: ServerInfoReading) => void
  /** `askedAt`, monotonic: what was read is no older than this. */
  readonly onConfiguration: (reading: Result<ConfigurationReading, ServerError>, askedAt: number) => void
  /** A turn of reading forward destinations ended, or broke off. */
  readonly onForwardsRead: (result: Result<undefined, ServerError>) => void
  readonly onNotEnabled: (list: SessionListName) => void
  /** Called before each wait after a failure. */
  readonly onRetry: (atMs: number) => void
  /**
   * Called before each request and at the end of each answered round: how many requests this round and the one before it have made, and how
   * long an answered round takes lately, this one included as far as it has come. null: none was answered yet.
   */
  readonly onProgress: (requests: number, roundMs: number | null) => void
  /** Rounds begin and end here, for `settled`. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

/**
 * Polls one server until the signal is aborted or it answers 401.
 *
 * 1. One request is in flight at a time.
 * 2. A round that ends without its answer having been handled has failed, whatever ended it: a bug of ours too.
 *    After a failure the next try comes after 1, 2, 4, then 5 s, or later where the answer that failed was so large that
 *    it would cost the server too much; after success in its slot.
 * 3. On 401 it ends: each further try would be logged by the server, and may get us locked out.
 * 4. Before paths are handed over, what they are judged by is read, where they say that it may have changed and where that takes a moment
 *    only. A configuration that takes longer is read between rounds, a request at a time: of no round it is part, and each request has its
 *    own limit. After it, and as long as the next slot is not there, what forward destinations do is read in the same way. One that took all the time until the next slot is followed by the round at once.
 * 5. A protocol's list that is not there is not asked for again before the configuration was read again.
 */
export async function pollServer(options: PollServerOptions): Promise<void> {
  const { serverId, clock, log, client, signal, onRound } = options
  let failures = 0
  let retryMs = firstRetryMs
  let infoReadAt = Number.NEGATIVE_INFINITY
  const lastReadAt = new Map<SessionListName, number>()
  const missing = new Set<SessionListName>()
  let version: string | null = null
  let startedAt: number | null = null
  let rtmpsIsOff = false
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])

  let roundFrom = 0
  let requests = 0
  let requestsBefore = 0
  let slowestMs: number | null = null
  /** What was asked between two rounds took longer than that. */
  let overran = false
  const progress = () => options.onProgress(requestsBefore + requests, slowestMs)

  /** Of no round. */
  const askWithin = async <T>(limitMs: number, request: (limited: AbortSignal) => Promise<T>): Promise<T> => {
    requests++
    progress()
    using limit = timeLimit(clock, limitMs, ended)
    return await request(limit.signal)
  }
  const askAside: Ask = (request) => askWithin(answerLimitMs, request)
  let besideRequests = 0
  const askBeside: Ask = (request) => {
    besideRequests++
    return askWithin(besideLimitMs, request)
  }
  const ask: Ask = async (request) => {
    // Only a round whose paths were answered has a second request.
    if (requests > 0) slowestMs = Math.max(slowestMs ?? 0, clock.monotonic() - roundFrom)
    return await askAside(request)
  }

  /** Resolves to whether the process is another one than before; null where that is not known. */
  const readInfo = async (): Promise<boolean | null> => {
    const info = await ask((limited) => client.readInfo(limited))
    if (ended.aborted) return null
    if (!info.ok) {
      log.debug({ serverId, error: info.error }, 'info not read')
      return null
    }
    const restarted = startedAt === null || info.value.startedAt === null ? null : startedAt !== info.value.startedAt
    version = info.value.version
    startedAt = info.value.startedAt
    options.onInfo(info.value)
    return restarted
  }
  const configuration = createSlowReader({
    clock,
    everyMs: slowIntervalMs,
    begin: () => client.readConfiguration(askAside),
    bytesRead: client.bytesRead,
    affordableMs: options.affordableMs,
    signal: ended,
    onRead: (reading, askedAt) => {
      missing.clear()
      if (reading.ok) rtmpsIsOff = reading.value.off.includes('rtmps')
      options.onConfiguration(reading, askedAt)
    },
  })
  const readForwards = createForwardsReader(clock, client, options)
  const forwards = createSlowReader({
    clock,
    everyMs: forwardsEveryMs,
    begin: () => readForwards(askBeside),
    bytesRead: () => client.bytesRead() + besideRequests * requestBytes,
    affordableMs: options.affordableMs,
    signal: ended,
    onRead: options.onForwardsRead,
  })
  const readSources = createPulledSourcesReader(clock, client, options)
  const sources = createSlowReader({
    clock,
    everyMs: sourcesEveryMs,
    begin: () => readSources(askBeside),
    bytesRead: () => client.bytesRead() + besideRequests * requestBytes,
    affordableMs: options.affordableMs,
    signal: ended,
    onRead: () => undefined,
  })
  const dated = (slot: number, at: number) => (at - slot > lateMs ? at : slot)

  const fail = (slot: number, error: ServerError, bytes: number) => {
    failures++
    configuration.startOver()
    forwards.startOver()
    sources.startOver()
    retryMs = options.affordableMs(retryDelayMs(failures), bytes)
    const at = dated(slot, clock.now())
    if (error.kind === 'unauthorized') stop.abort()
    else options.onRetry(clock.now() + retryMs)
    onRound({
      round: { serverId, at, paths: err(error), sessions: [], intervalMs: options.intervalMs() },
      error,
      failures,
      askedAt: slot,
      bytes,
      answer: null,
    })
  }

  /** Resolves to what is to be read besides. */
  const readRound = async (slot: number): Promise<Wanted> => {
    const intervalMs = options.intervalMs()
    const bytesBefore = client.bytesRead()
    const paths = await ask((limited) => client.readPaths(limited))
    if (ended.aborted) return nothing
    if (!paths.ok) {
      fail(slot, paths.error, client.bytesRead() - bytesBefore)
      return nothing
    }
    const sessions: { list: SessionListName; answer: Answer<SessionReading> }[] = []
    const inUse = new Map([...sessionListsIn(paths.value.items, !rtmpsIsOff && !isAtLeast(version, 1, 17))].filter(([list]) => !missing.has(list)))
    const readLists = async (lists: readonly SessionListName[]) => {
      for (const list of lists) {
        const answer = await ask((limited) => client.readSessions(list, limited))
        if (ended.aborted) return
        if (answer.ok) {
          lastReadAt.set(list, clock.monotonic())
          sessions.push({ list, answer: answer.value })
        } else if (answer.error.kind === 'notEnabled') {
          missing.add(list)
          options.onNotEnabled(list)
        } else log.debug({ serverId, list, error: answer.error }, 'sessions not read')
      }
    }
    await readLists(listsDue(inUse, lastReadAt, clock.monotonic(), intervalMs))
    if (ended.aborted) return nothing
    // What was answered and could not be used cost the server as much.
    const bytes = client.bytesRead() - bytesBefore
    const wanted = options.wanted(paths.value.items)
    const restarted = wanted.info ? await readInfo() : null
    // A server that does not tell its start: what is still in its lists does.
    if (wanted.info && restarted === null) await readLists([...lastReadAt.keys()].filter((list) => !sessions.some((read) => read.list === list)))
    if (ended.aborted) return nothing
    // An empty list is not asked for any more.
    for (const list of lastReadAt.keys()) if (!inUse.has(list)) lastReadAt.delete(list)
    if (wanted.configuration) await configuration.readQuickly()
    if (ended.aborted) return nothing
    const at = dated(slot, wallAt(clock, paths.value.arrivedAt))
    const round: PollRound = { serverId, at, paths, sessions, intervalMs, restarted, skewMs: options.skewOf(paths.value) }
    await options.prepare(round)
    if (ended.aborted) return nothing
    onRound({ round, error: null, failures: 0, askedAt: slot, bytes, answer: paths.value })
    const info = failures > 0 || clock.monotonic() - infoReadAt >= slowIntervalMs
    failures = 0
    return { info, configuration: wanted.configuration }
  }

  /** Bugs of rounds, by their words: what comes again each second is logged once, and of those whose words keep changing the first ones. */
  const loggedBugs = new Set<string>()
  const runRound = async (at: number) => {
    roundFrom = clock.monotonic()
    requestsBefore = requests
    requests = 0
    overran = false
    const bytesBefore = client.bytesRead()
    let wanted = nothing
    try {
      wanted = await readRound(at)
    } catch (error) {
      if (ended.aborted) return
      const failure = internalError(error)
      if (!loggedBugs.has(failure.detail) && loggedBugs.size < mostBugsLogged) {
        loggedBugs.add(failure.detail)
        log.error({ serverId, err: error }, 'a poll failed by a bug of ours')
      }
      fail(at, failure, client.bytesRead() - bytesBefore)
    }
    if (failures > 0 || ended.aborted) return
    if (wanted.info) {
      infoReadAt = clock.monotonic()
      await readInfo()
      if (ended.aborted) return
    }
    slowestMs = Math.max(clock.monotonic() - roundFrom, (slowestMs ?? 0) * slowestKept)
    progress()
    const endedAt = clock.monotonic()
    const nextSlot = roundFrom + options.intervalMs()
    await configuration.goOn(wanted.configuration, nextSlot)
    // What else is read slowly has what time is left.
    if (clock.monotonic() < nextSlot && !ended.aborted) await forwards.goOn(false, nextSlot)
    if (clock.monotonic() < nextSlot && !ended.aborted && isAtLeast(version, 1, 21)) await sources.goOn(options.pulledUrgently(), nextSlot)
    overran = endedAt <= nextSlot && clock.monotonic() > nextSlot
  }

  await every(clock)(
    {
      intervalMs: options.intervalMs,
      delayMs: () => (failures > 0 ? retryMs : overran ? 0 : null),
      // Each request has a limit of its own.
      timeoutMs: null,
      seed: serverId,
      phaseStepMs,
      signal: ended,
      onMissed: (count) => log.debug({ serverId, count }, 'poll slots missed'),
      onBug: (error) => log.error({ serverId, err: error }, 'the end of a poll could not be handled'),
    },
    (at) => options.track(runRound(at)),
  )
}
