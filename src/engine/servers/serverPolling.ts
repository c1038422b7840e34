import { timeLimit } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { sameEndpointOf } from '../../shared/cautions.ts'
import type { ServerError } from '../../shared/errors.ts'
import { newEvent } from '../../shared/events.ts'
import { goDurationMs } from '../../shared/goDuration.ts'
import { answerLimitMs } from './pollRequests.ts'
import { pollServer, type RoundOutcome } from './pollServer.ts'
import { type MediaServerClient, protocolByList } from './readings.ts'
import {
  certificateSeen,
  failed,
  goDown,
  heartbeatMs,
  infoRead,
  interruptSilence,
  logFaults,
  serverSample,
  skewOf,
  succeeded,
  watchAge,
} from './serverRound.ts'
import { accessFor, affordableMs, changed, event, intervalFor, type ServersState, setState, staleAfterOf } from './serversState.ts'
import { authServerOf, type Watched } from './watchedServer.ts'

/**
 * When a server is asked again that refuses what it took before, ms. One that asks another server about credentials answers 401, too, while that
 * one is away, if only for a second.
 */
const slowly = [60_000, 300_000, 900_000]
const quickly = [1_000, 10_000]
/** If the wall clock advances this much more than our timers, the machine slept. */
const sleptAfterMs = 10_000
/** How often history records that a halted server can't be read; as often as a server that is down is polled. */
const haltedNotedEveryMs = 5_000
/** After this many polls without an answer or a failure, the server counts as overdue. */
const pollsUntilOverdue = 3

export function start(servers: ServersState, watched: Watched): void {
  watched.stop = servers.list.newStop()
  watched.handledAt = servers.clock.monotonic()
  if (watched.settings.paused) {
    interruptSilence(watched, servers.clock.now())
    watched.error = null
    setState(watched, 'paused', servers.clock.now())
    servers.streams.lost(watched, servers.clock.now(), 'paused')
    servers.gap(watched.id, servers.clock.now())
    changed(servers, watched, servers.clock.now())
    return
  }
  const { signal } = watched.stop
  signal.addEventListener('abort', () => {
    watched.stopAge?.()
    watched.stopAge = null
    watched.answered = false
  })
  // Stopping its polling also stopped the timer for the age of its last answer.
  if (watched.state === 'up') watchAge(servers, watched)
  servers.list.addLoop(poll(servers, watched, signal), watched.id)
}

function poll(servers: ServersState, watched: Watched, signal: AbortSignal): Promise<void> {
  const { clock, log } = servers
  const client = servers.createClient(accessFor(watched))
  let answers = 0
  let requestsBefore = 0
  let endedAt: number | null = null
  let refusedNames = 0
  const hear = (paths: number) => {
    const refused = client.refusedNames()
    servers.heard(watched, paths, refused - refusedNames)
    refusedNames = refused
  }
  return pollServer({
    serverId: watched.id,
    clock,
    log,
    client,
    affordableMs: (askedMs, bytes) => affordableMs(servers, askedMs, bytes),
    // The second poll comes after the requested interval, whatever it costs, because rates need two answers.
    intervalMs: () => (answers < 2 ? watched.settings.intervalSeconds * 1000 : intervalFor(servers, watched)),
    signal,
    track: (work) => {
      watched.round = work
      const done = () => {
        if (watched.round === work) watched.round = null
      }
      work.then(done, done)
      return servers.list.track(work)
    },
    wanted: (paths) => servers.streams.wanted(watched.id, paths),
    skewOf: (answer) => skewOf(servers, watched, answer),
    prepare: (round) => {
      watched.answered = true
      // Must come first: the number of paths decides what is kept of them.
      hear(round.paths.ok ? round.paths.value.items.length : 0)
      return servers.streams.prepare(watched, round, servers.slices.begin(), signal)
    },
    onRound: (outcome) => {
      if (signal.aborted) return
      watched.answered = false
      if (outcome.error === null) answers++
      if (outcome.answer === null) hear(0)
      const [requests, now] = [client.requestsMade(), clock.monotonic()]
      if (endedAt !== null && now > endedAt) {
        const perMinute = ((requests - requestsBefore) * 60_000) / (now - endedAt)
        // Averaged like the bytes of a round.
        watched.requestsPerMinute = watched.requestsPerMinute === null ? perMinute : watched.requestsPerMinute * 0.8 + perMinute * 0.2
      }
      requestsBefore = requests
      endedAt = now
      roundEnded(servers, watched, outcome, client, signal)
    },
    onInfo: (info) => infoRead(servers, watched, info),
    onConfiguration: (reading, askedAt) => {
      const isKnown = reading.ok || watched.configuration.error !== null
      watched.configuration = reading.ok
        ? { readAt: servers.clock.now(), error: null, reading: reading.value }
        : { ...watched.configuration, error: reading.error }
      if (reading.ok) {
        watched.notEnabled = new Set(reading.value.off)
        servers.configurationRead(watched.id, reading.value.shown)
      }
      // A single lost answer does not mean that the configuration can't be read.
      if (isKnown && !reading.ok) servers.streams.configured(watched, null, askedAt)
      else if (reading.ok) servers.streams.configured(watched, reading.value.paths, askedAt, goDurationMs(reading.value.shown.global.readTimeout))
      changed(servers, watched, servers.clock.now())
    },
    forwardedPaths: () => servers.streams.forwardedPaths(watched.id),
    unexplainedPaths: () => servers.streams.unexplainedForwards(watched.id),
    metricsAddress: () => (sameEndpointOf({ cautions: servers.sameEndpoints(watched) }, 'metrics') === null ? metricsAddressOf(watched) : null),
    onForwards: (reading) => servers.streams.forwarded(watched, reading),
    pulledPaths: () => servers.streams.pulledPaths(watched.id),
    hasUnexplainedSource: () => servers.streams.hasUnexplainedSource(watched.id),
    onPulledSource: (reading) => servers.streams.pulledSource(watched, reading),
    onForwardsRead: (result) => servers.streams.forwardsRead(watched, result.ok ? null : result.error),
    onNotEnabled: (list) => {
      watched.notEnabled.add(protocolByList[list])
    },
    refusedRetryMs: (refusals) => {
      const waits = watched.accepted ? (authServerOf(watched) === null ? slowly : [...quickly, ...slowly]) : []
      if (waits.length === 0) watched.nextTryAt = null
      return waits[Math.min(refusals, waits.length) - 1] ?? null
    },
    onRetry: (at) => {
      watched.nextTryAt = at
    },
    onProgress: (requests, roundMs) => {
      if (signal.aborted) return
      watched.requests = requests
      const before = staleAfterOf(servers, watched)
      watched.roundMs = roundMs
      // Windows must not show it as silent sooner than the engine does.
      if (staleAfterOf(servers, watched) !== before) servers.onChange(watched.id)
    },
  }).finally(() => client.close())
}

/** As entered, else as its configuration says. */
const metricsAddressOf = ({ settings, configuration }: Watched): string | null => settings.addresses.metrics ?? configuration.reading?.addresses.metrics ?? null

/** How often it is looked which certificate a server shows to new connections, ms. */
const certificateEveryMs = 3_600_000
const checkLimitMs = 10_000
async function checkCertificate({ clock }: ServersState, client: MediaServerClient, parent: AbortSignal): Promise<void> {
  using limit = timeLimit(clock, checkLimitMs, parent)
  await client.checkCertificate(limit.signal)
}

/** How often a server that is open to all is asked whether it still is, ms. */
const opennessEveryMs = 600_000

function roundEnded(servers: ServersState, watched: Watched, outcome: RoundOutcome, client: MediaServerClient, signal: AbortSignal): void {
  const { clock, log } = servers
  if (outcome.error === null) {
    certificateSeen(servers, watched, client.certificate())
    succeeded(servers, watched, outcome)
  } else failed(servers, watched, outcome, outcome.error)
  watched.handledAt = clock.monotonic() + (watched.nextTryAt === null ? 0 : Math.max(0, watched.nextTryAt - clock.now()))
  logFaults(servers, watched, client.faults())
  changed(servers, watched, outcome.round.at)
  if (outcome.error === null && clock.monotonic() - watched.certificateCheckedAt >= certificateEveryMs) {
    watched.certificateCheckedAt = clock.monotonic()
    servers.list.track(checkCertificate(servers, client, signal))
  }
  // Once, and again while it is open: somebody may close it.
  const isDue = watched.openToAll === null || (watched.openToAll && clock.monotonic() - watched.opennessAskedAt >= opennessEveryMs)
  if (outcome.error !== null || !isDue) return
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

export function startOrHalt(servers: ServersState, watched: Watched): void {
  if (watched.withheld === null || watched.settings.paused) {
    start(servers, watched)
    return
  }
  // Polling with a wrong password would only get us locked out.
  setState(watched, 'halted', servers.clock.now())
  watched.error = { kind: 'secretMissing', detail: watched.withheld.detail }
  if (!watched.downRecorded)
    servers.record([event(watched, 'serverDown', servers.clock.now(), { error: watched.error, streams: null, outageSince: watched.outageSince })])
  watched.downRecorded = true
  servers.streams.lost(watched, servers.clock.now(), 'halted')
  changed(servers, watched, servers.clock.now())
}

export function restart(servers: ServersState, watched: Watched): void {
  watched.stop.abort()
  const at = servers.clock.now()
  // Until it answers it keeps its state, so that its return makes an event.
  const isOut = watched.state === 'down' || watched.error?.kind === 'unauthorized'
  watched.failures = 0
  watched.accepted = false
  if (!isOut) watched.error = null
  watched.nextTryAt = null
  watched.openToAll = null
  watched.bytesPerRound = null
  watched.requestsPerMinute = null
  watched.info = { version: null, startedAt: null }
  watched.infoKnown = false
  watched.configuration = { readAt: null, error: null, reading: null }
  if (!isOut) setState(watched, 'connecting', at)
  startOrHalt(servers, watched)
  changed(servers, watched, at)
}

/** Called after the machine slept: all readings are outdated. */
export function woke(servers: ServersState, sleptMs: number): void {
  const at = servers.clock.now()
  servers.record([newEvent('consoleGap', at, { cause: 'slept', sleptMs })])
  for (const watched of servers.list.all()) {
    // Also for a server that had missed three polls before the sleep was noticed.
    watched.unseen = true
    interruptSilence(watched, at)
    if (watched.state !== 'up' && watched.state !== 'down') continue
    setState(watched, 'unknown', at)
    servers.streams.lost(watched, at, 'console')
    servers.gap(watched.id, at)
    watched.stop.abort()
    start(servers, watched) // polls at once
    changed(servers, watched, at)
  }
}

/**
 * Marks a server without an answer or failure for three polls as down, whatever bug caused that, and restarts its polling. A round that makes
 * progress is not overdue: each of its requests has a time limit, and so have the previous round's requests that followed its answer.
 */
function restartOverdue(servers: ServersState): void {
  const at = servers.clock.now()
  for (const watched of servers.list.all()) {
    if (watched.state !== 'up' && (watched.state !== 'unknown' || servers.isOffline)) continue
    const ageMs = servers.clock.monotonic() - watched.handledAt
    if (ageMs < pollsUntilOverdue * intervalFor(servers, watched) + answerLimitMs * watched.requests) continue
    const error: ServerError = { kind: 'overdue', ageMs: Math.round(ageMs) }
    servers.log.warn({ serverId: watched.id, ageMs }, 'no poll of a server has ended for so long: its polling starts again')
    watched.error = error
    goDown(servers, watched, at, error)
    watched.stop.abort()
    start(servers, watched)
    changed(servers, watched, at)
  }
}

/** Records samples for halted servers. They are not polled, and without samples it would look as if this console had not watched them. */
function recordHalted(servers: ServersState, at: number): void {
  if (at - servers.haltedNotedAt < haltedNotedEveryMs) return
  servers.haltedNotedAt = at
  for (const watched of servers.list.all()) if (watched.state === 'halted') servers.append(serverSample(watched.id, at, null))
}

/** Starts the heartbeat. One that is much too late by wall time means that the machine slept. */
export function startHeartbeat(servers: ServersState): void {
  const { clock, log, signal } = servers
  const heartbeat = every(clock)(
    { intervalMs: heartbeatMs, timeoutMs: heartbeatMs, seed: 'heartbeat', signal, onBug: (error) => log.error({ err: error }, 'heartbeat') },
    async () => {
      const now = clock.now()
      const slept = now - servers.lastBeat
      servers.lastBeat = now
      // While this process did not run, no poll could end.
      if (slept > 2 * heartbeatMs) for (const watched of servers.list.all()) watched.handledAt += slept - heartbeatMs
      if (slept > sleptAfterMs) woke(servers, slept)
      else restartOverdue(servers)
      recordHalted(servers, now)
    },
  )
  servers.list.addLoop(heartbeat, 'heartbeat')
}
