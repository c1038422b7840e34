import { type Clock, timeLimit } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { every } from '../../clock/every.ts'
import { wallAt } from '../../clock/wallAt.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { createForwardsReader, type ForwardsHooks } from './forwardsReader.ts'
import { createPulledSourcesReader, type PulledSourcesHooks } from './pulledSourcesReader.ts'
import type {
  Answer,
  Ask,
  ConfigurationReading,
  MediaServerClient,
  PathReading,
  PollRound,
  Requests,
  ServerInfoReading,
  SessionListName,
  SessionReading,
} from './readings.ts'
import { sessionListOf } from './sessionLists.ts'
import { createSlowReader, type SlowReader, slowIntervalMs } from './slowReader.ts'

/** One answer may take this long; MediaMTX delays a wrong password by up to 4 s. */
export const answerLimitMs = 5_000
/** Servers are polled in groups, ten a second: with a hundred servers, waking for each one separately costs a sixth more (`npm run bench -- poll`). */
const phaseStepMs = 100
/** Up to this many sessions on a server each list is read in each round; beyond, in turns. */
export const sessionsEachRound = 300
/** When lists are read in turns, none gets older than this. */
export const sessionsMaxAgeMs = 10_000
/** An answer that arrives more than this after its slot is stamped with its arrival: its content was not yet true at the slot. */
const lateMs = 1_000
/** With each faster round, the remembered duration of the slowest one shrinks to this share. */
const slowestKept = 0.9
const firstRetryMs = 1_000
/** A server that is up again is shown as down for at most this long. Each try is one short request and costs almost nothing. */
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
/** Measured on 1.20.1: 28 ms of the server's CPU time per megabyte of answers. */
const serverCpuMsPerMegabyte = 28

/** Estimated use of one of the server's cores for answers of `bytesPerSecond`, percent. */
export const serverCpuPercent = (bytesPerSecond: number) => (bytesPerSecond / 1e6) * serverCpuMsPerMegabyte * (100 / 1000)

/**
 * The interval at which polling stays within `limitPercent` of one of the server's cores: the requested one,
 * lengthened in steps of half a second if necessary.
 */
export function affordableIntervalMs(askedMs: number, bytesPerRound: number, limitPercent: number): number {
  const percentAtAsked = serverCpuPercent(bytesPerRound / (askedMs / 1000))
  return percentAtAsked <= limitPercent ? askedMs : Math.ceil((askedMs * percentAtAsked) / limitPercent / 500) * 500
}

/** Wait before the next try after `failures` failures in a row: 1, 2, 4, then 5 s. */
export const retryDelayMs = (failures: number) => doublingMs(failures, firstRetryMs, lastRetryMs)

/**
 * Session lists whose types appear in these paths, with the least number of sessions that each must contain. `rtmpsAsRtmp`:
 * connections of both types are called RTMP, as before 1.17, and may be in either list.
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
 * Which lists to read in this round. Up to 300 sessions all of them; beyond that, those that would get older than 10 s
 * before their next turn, oldest first, and only as many as necessary, so that the cost is spread over rounds.
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

/** What else to read before a list of paths is judged, so that it is judged by current data. */
export interface Wanted {
  /** Read the server's info, to see whether its process is still the same. */
  readonly info: boolean
  /** Read the configuration again: a path appeared or went that only a newer one can explain. */
  readonly configuration: boolean
}

const nothing: Wanted = { info: false, configuration: false }

/** Cost and result of a round; a `null` error means that the paths were read. */
export interface RoundOutcome {
  readonly round: PollRound
  readonly error: ServerError | null
  /** Failed rounds in a row, this one included; 0 after a success. */
  readonly failures: number
  /** When the round asked the server, wall time. For a server that hangs, this may be seconds before the failure. */
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
  /** Clock skew for correcting times in this answer, ms. */
  readonly skewOf: (answer: Answer<PathReading>) => number
  /** Awaited before an answered round is handed over; does the long work in slices. */
  readonly prepare: (round: PollRound) => Promise<void>
  readonly onRound: (outcome: RoundOutcome) => void
  readonly onInfo: (info: ServerInfoReading) => void
  /** `askedAt`: when it was asked for, monotonic; the configuration is no older than that. */
  readonly onConfiguration: (reading: Result<ConfigurationReading, ServerError>, askedAt: number) => void
  /** A turn of reading forward destinations ended, or broke off. */
  readonly onForwardsRead: (result: Result<undefined, ServerError>) => void
  readonly onNotEnabled: (list: SessionListName) => void
  /** Called before each wait after a failure. */
  readonly onRetry: (atMs: number) => void
  /**
   * Called before each request and at the end of each answered round: the number of requests that this round and the one before it have made, and how
   * long an answered round currently takes, including the unfinished one. null: none was answered yet.
   */
  readonly onProgress: (requests: number, roundMs: number | null) => void
  /** Rounds begin and end here, for `settled`. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

/**
 * Polls one server until the signal is aborted or it answers 401.
 *
 * 1. One request is in flight at a time.
 * 2. A round that ends before its answer was handled has failed, whatever the cause, even a bug of ours.
 *    After a failure the next try comes after 1, 2, 4, then 5 s, or later where the answer that failed was so large that
 *    it would cost the server too much; after success in its slot.
 * 3. On 401 it ends: each further try would be logged by the server, and may get us locked out.
 * 4. Before paths are handed over, info and configuration are read again if the paths suggest that these have changed, and if that is quick.
 *    A configuration that takes longer is read between rounds, a request at a time. It is not part of any round, and each request has its
 *    own limit. After it, in the time that is left until the next slot, forward destinations and pulled sources are read in the same way. A reading that
 *    took all the time until the next slot is followed by the round at once.
 * 5. A session list that the server does not have is not requested again until the configuration has been read again.
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
  /** A request between two rounds lasted beyond the next slot. */
  let overran = false
  const progress = () => options.onProgress(requestsBefore + requests, slowestMs)

  /** Makes a request outside of rounds. */
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

  /** Resolves to whether the server's process is a new one; null: unknown. */
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
  /** What is read in the time that is left after the configuration. Once its server has refused it, it asks no more: the wrong password would only get us locked out. */
  const createReaderBeside = (
    everyMs: number,
    read: (asker: Ask) => Requests<Result<undefined, ServerError>>,
    onRead: (result: Result<undefined, ServerError>) => void,
  ): SlowReader => {
    let refusedBy: ServerError | null = null
    const begin = async function* (): Requests<Result<undefined, ServerError>> {
      if (refusedBy !== null) return err(refusedBy)
      const result = yield* read(askBeside)
      if (!result.ok && result.error.kind === 'unauthorized') refusedBy = result.error
      return result
    }
    const bytesRead = () => client.bytesRead() + besideRequests * requestBytes
    return createSlowReader({ clock, everyMs, begin, bytesRead, affordableMs: options.affordableMs, signal: ended, onRead })
  }
  const forwards = createReaderBeside(forwardsEveryMs, createForwardsReader(clock, client, options), options.onForwardsRead)
  const sources = createReaderBeside(sourcesEveryMs, createPulledSourcesReader(clock, client, options), () => undefined)
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

  /** Resolves to what else has to be read. */
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
    // An answer that could not be used cost the server as much.
    const bytes = client.bytesRead() - bytesBefore
    const wanted = options.wanted(paths.value.items)
    const restarted = wanted.info ? await readInfo() : null
    // If the server does not report its start time, its lists show whether earlier sessions are still there.
    if (wanted.info && restarted === null) await readLists([...lastReadAt.keys()].filter((list) => !sessions.some((read) => read.list === list)))
    if (ended.aborted) return nothing
    // Lists without sessions are no longer requested.
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

  /** Messages of bugs in rounds that were logged: each is logged once, and if messages keep changing, only the first ones. */
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
