import { type Clock, doublingMs, wallAt } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { type BetweenRoundsHooks, createBetweenRounds, slowIntervalMs } from './betweenRounds.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import { createPollRequests, type ProgressHooks } from './pollRequests.ts'
import type { Answer, PathReading, PollRound, ServerInfoReading } from './readings.ts'
import { createSessionTurns, type SessionTurnsHooks } from './sessionTurns.ts'

/** Servers are polled in groups, ten a second: with a hundred servers, waking for each one separately costs a sixth more (`npm run bench -- poll`). */
const phaseStepMs = 100
/** An answer that arrives more than this after its slot is stamped with its arrival: its content was not yet true at the slot. */
const lateMs = 1_000
const firstRetryMs = 1_000
/** A server that is up again is shown as down for at most this long. Each try is one short request and costs almost nothing. */
const lastRetryMs = 5_000
const mostBugsLogged = 10
/** Measured on 1.20.1: 28 ms of the server's CPU time per megabyte of answers. */
const serverCpuMsPerMegabyte = 28

/** Estimated use of one of the server's cores for answers of `bytesPerSecond`, percent. */
export function serverCpuPercent(bytesPerSecond: number) {
  return (bytesPerSecond / 1e6) * serverCpuMsPerMegabyte * (100 / 1000)
}

/**
 * The interval at which polling stays within `limitPercent` of one of the server's cores: the requested one,
 * lengthened in steps of half a second if necessary.
 */
export function affordableIntervalMs(askedMs: number, bytesPerRound: number, limitPercent: number): number {
  const percentAtAsked = serverCpuPercent(bytesPerRound / (askedMs / 1000))
  return percentAtAsked <= limitPercent ? askedMs : Math.ceil((askedMs * percentAtAsked) / limitPercent / 500) * 500
}

/** Wait before the next try after `failures` failures in a row: 1, 2, 4, then 5 s. */
export function retryDelayMs(failures: number) {
  return doublingMs(failures, firstRetryMs, lastRetryMs)
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

interface PollServerOptions extends ProgressHooks, SessionTurnsHooks, BetweenRoundsHooks {
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
  /** How long to wait after so many refusals (401) in a row, ms; null: its polling ends. */
  readonly refusedRetryMs: (refusals: number) => number | null
  /** Called before each wait after a failure. */
  readonly onRetry: (atMs: number) => void
  /** Rounds begin and end here, for `settled`. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

/**
 * Polls one server until the signal is aborted, or it answers 401 to credentials that it never took.
 *
 * 1. One request is in flight at a time.
 * 2. A round that ends before its answer was handled has failed, whatever the cause, even a bug of ours.
 *    After a failure the next try comes after 1, 2, 4, then 5 s, or later where the answer that failed was so large that
 *    it would cost the server too much; after success in its slot.
 * 3. On 401 it ends, or tries again as seldom as `refusedRetryMs` says: each try is logged by the server, and may get us locked out.
 * 4. Before paths are handed over, info and configuration are read again if the paths suggest that these have changed, and if that is quick.
 *    A configuration that takes longer is read between rounds, a request at a time. It is not part of any round, and each request has its
 *    own limit. After it, in the time that is left until the next slot, forward destinations and pulled sources are read in the same way. A reading that
 *    took all the time until the next slot is followed by the round at once.
 * 5. A session list that the server does not have is not requested again until the configuration has been read again.
 */
export async function pollServer(options: PollServerOptions): Promise<void> {
  const { serverId, clock, log, client, signal, onRound } = options
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const requests = createPollRequests(clock, options, ended)
  const { ask } = requests
  const sessionTurns = createSessionTurns({ serverId, clock, log, client, ask, signal: ended }, options)
  const between = createBetweenRounds(
    { clock, client, requests, affordableMs: options.affordableMs, signal: ended },
    {
      ...options,
      onConfiguration: (reading, askedAt) => {
        sessionTurns.configured(reading.ok ? reading.value : null)
        options.onConfiguration(reading, askedAt)
      },
    },
  )

  let failures = 0
  let refusals = 0
  let retryMs = firstRetryMs
  let infoReadAt = Number.NEGATIVE_INFINITY
  let version: string | null = null
  let startedAt: number | null = null
  /** A request between two rounds lasted beyond the next slot. */
  let overran = false

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

  const dated = (slot: number, at: number) => (at - slot > lateMs ? at : slot)

  const fail = (slot: number, error: ServerError, bytes: number) => {
    failures++
    between.startOver()
    const at = dated(slot, clock.now())
    const waitMs = error.kind === 'unauthorized' ? options.refusedRetryMs(++refusals) : retryDelayMs(failures)
    retryMs = options.affordableMs(waitMs ?? 0, bytes)
    if (waitMs === null) stop.abort()
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
    const inUse = sessionTurns.inUse(paths.value.items, version)
    const sessions = await sessionTurns.readDue(inUse, intervalMs)
    if (ended.aborted) return nothing
    // An answer that could not be used cost the server as much.
    const bytes = client.bytesRead() - bytesBefore
    const wanted = options.wanted(paths.value.items)
    const restarted = wanted.info ? await readInfo() : null
    // If the server does not report its start time, its lists show whether earlier sessions are still there.
    if (wanted.info && restarted === null) await sessionTurns.readOthers(sessions)
    if (ended.aborted) return nothing
    sessionTurns.keepOnly(inUse)
    if (wanted.configuration) await between.readConfigurationQuickly()
    if (ended.aborted) return nothing
    const at = dated(slot, wallAt(clock, paths.value.arrivedAt))
    const round: PollRound = { serverId, at, paths, sessions, intervalMs, restarted, skewMs: options.skewOf(paths.value) }
    await options.prepare(round)
    if (ended.aborted) return nothing
    onRound({ round, error: null, failures: 0, askedAt: slot, bytes, answer: paths.value })
    const info = failures > 0 || clock.monotonic() - infoReadAt >= slowIntervalMs
    failures = 0
    refusals = 0
    return { info, configuration: wanted.configuration }
  }

  /** Messages of bugs in rounds that were logged: each is logged once, and if messages keep changing, only the first ones. */
  const loggedBugs = new Set<string>()
  const runRound = async (at: number) => {
    requests.beginRound()
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
    requests.roundAnswered()
    const endedAt = clock.monotonic()
    const nextSlot = requests.roundFrom() + options.intervalMs()
    await between.goOn(wanted.configuration, nextSlot, version)
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
