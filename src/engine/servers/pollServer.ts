import { doublingMs, timeLimit, wallAt } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err } from '../../shared/result.ts'
import { createBetweenRounds, slowIntervalMs } from './betweenRounds.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import { createPollRequests, type PollRun } from './pollRequests.ts'
import type { PollRound, Wanted } from './readings.ts'
import { certificateSeen, configurationRead, failed, infoRead, logFaults, skewOf, succeeded } from './serverRound.ts'
import { accessFor, affordableMs, changed, intervalFor, type ServersState } from './serversState.ts'
import { createSessionTurns } from './sessionTurns.ts'
import { authServerOf, type Watched } from './watchedServer.ts'

/** Servers are polled in groups, ten a second: with a hundred servers, waking for each one separately costs a sixth more (`npm run bench -- poll`). */
const phaseStepMs = 100
/** An answer that arrives more than this after its slot is stamped with its arrival: its content was not yet true at the slot. */
const lateMs = 1_000
const firstRetryMs = 1_000
/** A server that is up again is shown as down for at most this long. Each try is one short request and costs almost nothing. */
const lastRetryMs = 5_000
/**
 * When a server is asked again that refuses what it took before, ms. One that asks another server about credentials answers 401, too, while that
 * one is away, if only for a second.
 */
const slowly = [60_000, 300_000, 900_000]
const quickly = [1_000, 10_000]
const mostBugsLogged = 10

/** Wait before the next try after `failures` failures in a row: 1, 2, 4, then 5 s. */
export function retryDelayMs(failures: number) {
  return doublingMs(failures, firstRetryMs, lastRetryMs)
}

/** How long to wait after so many refusals (401) in a row, ms; null: its polling ends. */
function refusedRetryMs(watched: Watched, refusals: number): number | null {
  if (!watched.accepted) return null
  const waits = authServerOf(watched) === null ? slowly : [...quickly, ...slowly]
  return waits[Math.min(refusals, waits.length) - 1] ?? null
}

const nothing: Wanted = { info: false, configuration: false }

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
export async function pollServer(servers: ServersState, watched: Watched, signal: AbortSignal): Promise<void> {
  const { clock, log, streams } = servers
  const { id: serverId } = watched
  const stop = new AbortController()
  const ended = AbortSignal.any([signal, stop.signal])
  const client = servers.createClient(accessFor(watched))
  const requests = createPollRequests(servers, watched, ended)
  const { ask } = requests
  const run: PollRun = { servers, watched, client, requests, signal: ended }
  const sessionTurns = createSessionTurns(run)
  const between = createBetweenRounds(run, (reading, askedAt) => {
    sessionTurns.configured(reading.ok ? reading.value : null)
    configurationRead(servers, watched, reading, askedAt)
  })

  let answers = 0
  let failures = 0
  let refusals = 0
  let retryMs = firstRetryMs
  let infoReadAt = Number.NEGATIVE_INFINITY
  let version: string | null = null
  let startedAt: number | null = null
  /** A request between two rounds lasted beyond the next slot. */
  let overran = false
  /** Names that were left out, requests that were made, and when, as far as they are counted. */
  let refusedNames = 0
  let requestsBefore = 0
  let countedAt: number | null = null

  // The second poll comes after the requested interval, whatever it costs, because rates need two answers.
  const intervalNow = () => (answers < 2 ? watched.settings.intervalSeconds * 1000 : intervalFor(servers, watched))

  const hear = (paths: number) => {
    const refused = client.refusedNames()
    servers.heard(watched, paths, refused - refusedNames)
    refusedNames = refused
  }

  const countRequests = () => {
    const [made, now] = [client.requestsMade(), clock.monotonic()]
    if (countedAt !== null && now > countedAt) {
      const perMinute = ((made - requestsBefore) * 60_000) / (now - countedAt)
      // Averaged like the bytes of a round.
      watched.requestsPerMinute = watched.requestsPerMinute === null ? perMinute : watched.requestsPerMinute * 0.8 + perMinute * 0.2
    }
    requestsBefore = made
    countedAt = now
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
    infoRead(servers, watched, info.value)
    return restarted
  }

  const dated = (slot: number, at: number) => (at - slot > lateMs ? at : slot)

  const fail = (slot: number, error: ServerError, bytes: number) => {
    failures++
    between.startOver()
    const at = dated(slot, clock.now())
    const waitMs = error.kind === 'unauthorized' ? refusedRetryMs(watched, ++refusals) : retryDelayMs(failures)
    retryMs = affordableMs(servers, waitMs ?? 0, bytes)
    if (waitMs === null) stop.abort()
    watched.nextTryAt = waitMs === null ? null : clock.now() + retryMs
    const round: PollRound = { serverId, at, paths: err(error), sessions: [], intervalMs: intervalNow() }
    watched.answered = false
    hear(0)
    countRequests()
    failed(servers, watched, { round, error, failures, askedAt: slot })
    roundHandled(run, at)
  }

  /** Resolves to what else has to be read. */
  const readRound = async (slot: number): Promise<Wanted> => {
    const intervalMs = intervalNow()
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
    const wanted = streams.wanted(serverId, paths.value.items)
    const restarted = wanted.info ? await readInfo() : null
    // If the server does not report its start time, its lists show whether earlier sessions are still there.
    if (wanted.info && restarted === null) await sessionTurns.readOthers(sessions)
    if (ended.aborted) return nothing
    sessionTurns.keepOnly(inUse)
    if (wanted.configuration) await between.readConfigurationQuickly()
    if (ended.aborted) return nothing
    const at = dated(slot, wallAt(clock, paths.value.arrivedAt))
    const round: PollRound = { serverId, at, paths, sessions, intervalMs, restarted, skewMs: skewOf(servers, watched, paths.value) }
    watched.answered = true
    // Must come first: the number of paths decides what is kept of them.
    hear(paths.value.items.length)
    // The long work, in slices.
    await streams.prepare(watched, round, servers.slices.begin(), signal)
    if (ended.aborted) return nothing
    watched.answered = false
    answers++
    countRequests()
    certificateSeen(servers, watched, client.certificate())
    succeeded(servers, watched, { round, answer: paths.value, bytes })
    roundHandled(run, at)
    lookAround(run, signal)
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
    const nextSlot = requests.roundFrom() + intervalNow()
    await between.goOn(wanted.configuration, nextSlot, version)
    overran = endedAt <= nextSlot && clock.monotonic() > nextSlot
  }

  const polling = every(clock)(
    {
      intervalMs: intervalNow,
      delayMs: () => (failures > 0 ? retryMs : overran ? 0 : null),
      // Each request has a limit of its own.
      timeoutMs: null,
      seed: serverId,
      phaseStepMs,
      signal: ended,
      onMissed: (count) => log.debug({ serverId, count }, 'poll slots missed'),
      onBug: (error) => log.error({ serverId, err: error }, 'the end of a poll could not be handled'),
    },
    (at) => {
      const round = runRound(at)
      watched.round = round
      const done = () => {
        if (watched.round === round) watched.round = null
      }
      round.then(done, done)
      return servers.list.track(round)
    },
  )
  await polling.finally(() => client.close())
}

/** A round ended, answered or not. */
function roundHandled({ servers, watched, client }: PollRun, at: number): void {
  const { clock } = servers
  watched.handledAt = clock.monotonic() + (watched.nextTryAt === null ? 0 : Math.max(0, watched.nextTryAt - clock.now()))
  logFaults(servers, watched, client.faults())
  changed(servers, watched, at)
}

/** How often it is looked which certificate a server shows to new connections, ms. */
const certificateEveryMs = 3_600_000
const checkLimitMs = 10_000
async function checkCertificate({ clock }: ServersState, client: MediaServerClient, parent: AbortSignal): Promise<void> {
  using limit = timeLimit(clock, checkLimitMs, parent)
  await client.checkCertificate(limit.signal)
}

/** How often a server that is open to all is asked whether it still is, ms. */
const opennessEveryMs = 600_000

/** What is asked seldom of a server that answers, beside its polls. */
function lookAround({ servers, watched, client }: PollRun, signal: AbortSignal): void {
  const { clock, log } = servers
  if (clock.monotonic() - watched.certificateCheckedAt >= certificateEveryMs) {
    watched.certificateCheckedAt = clock.monotonic()
    servers.list.track(checkCertificate(servers, client, signal))
  }
  // Once, and again while it is open: somebody may close it.
  if (watched.openToAll === false || (watched.openToAll && clock.monotonic() - watched.opennessAskedAt < opennessEveryMs)) return
  watched.openToAll ??= false
  watched.opennessAskedAt = clock.monotonic()
  servers.list.track(client.readOpenness(signal)).then(
    (open) => {
      watched.openToAll = open
      changed(servers, watched, clock.now())
    },
    (error) => {
      if (!signal.aborted) log.error({ serverId: watched.id, err: error }, 'openness not read')
    },
  )
}
