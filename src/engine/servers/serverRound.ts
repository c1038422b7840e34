import { networkInterfaces } from 'node:os'
import { afterRunning, wallAt } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { goDurationMs } from '../../shared/goDuration.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { type MetricIdOf, serverMetricIds } from '../../shared/metrics.ts'
import type { Result } from '../../shared/result.ts'
import { measureSkew, mostSkewErrorMs, steadySkew } from '../../shared/serverClock.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'
import type { ShownCertificate } from '../http/serverTls.ts'
import { type FieldFault, faultCaution } from './apiFields.ts'
import { answerLimitMs } from './pollRequests.ts'
import type { Answer, ConfigurationReading, PathReading, PollRound, ServerInfoReading } from './readings.ts'
import { changed, event, intervalFor, type ServersState, setState, staleAfterOf } from './serversState.ts'
import { authServerOf, type Watched } from './watchedServer.ts'

/** This many tries must fail before an answering server counts as down: one lost answer is not an outage. */
const defaultFailures = 2
/** The most fields of one server that are named in the log. */
const mostFieldsLogged = 10
const dayMs = 86_400_000

interface AnsweredPoll {
  readonly round: PollRound
  readonly answer: Answer<PathReading>
  readonly bytes: number
}

export function succeeded(servers: ServersState, watched: Watched, { round, answer, bytes }: AnsweredPoll): void {
  const arrivedAt = wallAt(servers.clock, answer.arrivedAt)
  const back = returnOf(watched, answer.tookMs, arrivedAt)
  watched.downRecorded = false
  watched.awayFrom = null
  watched.silentMs = 0
  watched.failures = 0
  watched.error = null
  watched.accepted = true
  watched.nextTryAt = null
  watched.lastAnswerAt = arrivedAt
  watched.answerMs = answer.tookMs
  // Averaged over rounds, because not every round reads session lists.
  watched.bytesPerRound = watched.bytesPerRound === null ? bytes : watched.bytesPerRound * 0.8 + bytes * 0.2
  watched.unseen = false
  setState(watched, 'up', arrivedAt)
  if (back !== null) servers.record([back])
  if (servers.isOffline && !consoleIsOffline(servers)) setOffline(servers, false, round.at)
  servers.streams.observe(watched, round)
  const { answerMs, clockSkewMs, certificate } = watched
  const found = {
    totals: servers.streams.totals(watched.id),
    streamsInTrouble: servers.streams.inTroubleOf(watched.id),
    answerMs,
    pollBytes: bytes,
    certificateDays: certificate?.validTo == null ? null : (certificate.validTo - round.at) / dayMs,
    clockSkewMs,
  }
  servers.append(serverSample(watched.id, round.at, found))
  if (watched.stopAge === null) watchAge(servers, watched)
  servers.onRoundHandled?.(servers.clock.monotonic() - (round.sessions.at(-1)?.answer.arrivedAt ?? answer.arrivedAt))
}

interface FailedPoll {
  readonly round: PollRound
  readonly error: ServerError
  /** Failed rounds in a row, this one included. */
  readonly failures: number
  /** When the round asked the server, wall time. For a server that hangs, this may be seconds before the failure. */
  readonly askedAt: number
}

export function failed(servers: ServersState, watched: Watched, { round, error, failures, askedAt }: FailedPoll): void {
  watched.failures = failures
  const authServer = authServerOf(watched)
  const isRefused = error.kind === 'unauthorized'
  watched.error = isRefused && watched.accepted ? { ...error, tookBefore: true, ...(authServer !== null && { authServer }) } : error
  servers.log.debug({ serverId: watched.id, error, failures: watched.failures }, 'server not read')
  if (isCutOff(watched, error) && consoleIsOffline(servers)) {
    const isKnown = servers.isOffline
    watched.unseen = true
    setState(watched, 'unknown', round.at)
    setOffline(servers, true, round.at)
    for (const other of servers.list.all()) {
      if (other.answered) continue
      if (other.state === 'down' && other.failures > 0) setState(other, 'unknown', round.at)
      // Of 300 servers, each is tried every few seconds: what is marked already is not marked with each of them.
      if (other.state !== 'unknown' || (isKnown && other.unseen && other.awayFrom === null)) continue
      other.unseen = true
      interruptSilence(other, round.at)
      servers.streams.lost(other, round.at, 'console')
      changed(servers, other, round.at)
    }
    servers.gap(watched.id, round.at)
    return
  }
  watched.awayFrom ??= askedAt
  watched.awayTo = servers.clock.now()
  // The others are asked first.
  const failuresUntilDown = isCutOff(watched, error) && mayBeOffline(servers, watched) ? Number.POSITIVE_INFINITY : defaultFailures
  // What its own users are refused is final; another server's answer may be none.
  if (isRefused && (watched.state !== 'up' || !watched.accepted || authServer === null || watched.failures >= defaultFailures)) {
    // A retry that is refused again makes no event.
    const isNews = watched.state !== 'halted'
    setState(watched, 'halted', round.at)
    if (isNews) servers.record([event(watched, 'serverDown', round.at, { error: watched.error, streams: null, outageSince: watched.outageSince })])
    watched.downRecorded = true
    servers.streams.lost(watched, round.at, 'halted')
  } else if (watched.state !== 'down' && (watched.state === 'connecting' || watched.state === 'halted' || watched.failures >= failuresUntilDown))
    goDown(servers, watched, round.at, error)
  else if (watched.state === 'up') servers.streams.observe(watched, round)
  servers.append(serverSample(watched.id, round.at, null))
}

/** Updates and returns the steady difference of a server's clock from ours, ms, with the Date of this answer. */
export function skewOf(servers: ServersState, watched: Watched, { serverDate, arrivedAt, tookMs }: Answer<PathReading>): number {
  if (serverDate === null || tookMs > mostSkewErrorMs) return watched.steadySkewMs
  const at = wallAt(servers.clock, arrivedAt)
  watched.clockSkewMs = measureSkew(serverDate, at)
  const steadySkewMs = steadySkew(watched.steadySkewMs, watched.clockSkewMs)
  if (steadySkewMs !== watched.steadySkewMs) {
    watched.steadySkewMs = steadySkewMs
    updateStart(watched, at)
  }
  return steadySkewMs
}

/** Logs the first fields with impossible values. The server's cautions have all of them. */
export function logFaults(servers: ServersState, watched: Watched, faults: readonly FieldFault[]): void {
  const { faultyFields } = watched
  const named = faults.filter(({ field }) => !faultyFields.has(field)).slice(0, mostFieldsLogged - faultyFields.size)
  for (const { field } of named) faultyFields.add(field)
  if (named.length > 0) servers.log.warn({ serverId: watched.id, faults: named }, 'a server sends values that cannot be right')
  watched.faultCaution = faultCaution(faults)
}

/** Takes over the certificate that its API shows, and makes an event of another one than the last, also of an earlier launch. */
export function certificateSeen(servers: ServersState, watched: Watched, shown: ShownCertificate | null): void {
  const before = watched.certificate
  watched.certificate = shown
  if (shown === null || shown.fingerprint === before?.fingerprint) return
  const setting = `certificate:${watched.id}`
  // At another address another one is no news.
  const origin = new URL(watched.settings.url).origin
  const [lastOrigin, last] = (servers.rows.setting(setting) ?? '').split(' ')
  if (last === shown.fingerprint && lastOrigin === origin) return
  if (last !== undefined && lastOrigin === origin)
    servers.record([event(watched, 'certificateChanged', servers.clock.now(), { before: last, after: shown.fingerprint, validTo: shown.validTo })])
  servers.rows.noteSetting(setting, `${origin} ${shown.fingerprint}`)
}

/** Updates the start time by our clock; the server reports it by its own. */
function updateStart(watched: Watched, at: number): void {
  const { startedAt } = watched.info
  watched.startedAt = startedAt === null ? null : Math.min(at, startedAt - watched.steadySkewMs)
}

export function infoRead(servers: ServersState, watched: Watched, info: ServerInfoReading): void {
  const before = watched.info
  const at = servers.clock.now()
  const known = watched.infoKnown
  watched.info = info
  watched.infoKnown = true
  if (info.startedAt !== before.startedAt) updateStart(watched, at)
  if (known && before.startedAt !== null && info.startedAt !== null && info.startedAt !== before.startedAt) {
    const startedAt = watched.startedAt ?? at
    servers.record([event(watched, 'serverRestarted', at, { startedAt })])
    servers.streams.restarted(watched)
  }
  const lastVersion = servers.rows.setting(`version:${watched.id}`)
  if (info.version !== null && lastVersion !== null && lastVersion !== info.version)
    servers.record([event(watched, 'serverUpgraded', at, { before: lastVersion, after: info.version })])
  if (info.version !== null && lastVersion !== info.version) servers.rows.noteSetting(`version:${watched.id}`, info.version)
  changed(servers, watched, at)
}

/** Takes over what was read of its configuration, or that it was not; `askedAt`: when it was asked for, monotonic. */
export function configurationRead(servers: ServersState, watched: Watched, reading: Result<ConfigurationReading, ServerError>, askedAt: number): void {
  if (reading.ok) {
    const { off, paths, shown } = reading.value
    watched.configuration = { readAt: servers.clock.now(), error: null, reading: reading.value }
    watched.notEnabled = new Set(off)
    servers.configurationRead(watched.id, shown)
    servers.streams.configured(watched, paths, askedAt, goDurationMs(shown.global.readTimeout))
  } else {
    // A single lost answer does not mean that the configuration can't be read.
    const isKnown = watched.configuration.error !== null
    watched.configuration = { ...watched.configuration, error: reading.error }
    if (isKnown) servers.streams.configured(watched, null, askedAt)
  }
  changed(servers, watched, servers.clock.now())
}

export const heartbeatMs = 1_000
/** If neither the failed polls nor an answer took this long, the server was not silent; we did not ask it in time. */
const shortestSilenceMs = 1_000

const hasOutsideInterface = () => Object.values(networkInterfaces()).some((addresses) => addresses?.some((address) => !address.internal))

/** Asked of all servers whenever one fails. */
const hosts = new WeakMap<Watched['settings'], string>()
function hostOf({ settings }: Watched): string {
  const host = hosts.get(settings) ?? new URL(settings.url).hostname
  hosts.set(settings, host)
  return host
}
const remoteOf = (servers: ServersState): readonly Watched[] =>
  servers.list.all().filter((watched) => watched.state !== 'paused' && !isLoopback(hostOf(watched)))
/** So many hosts have to be unreachable at once before it is our own network that has failed. */
const leastCutOff = 3
/** That is not waited for longer than this, ms: servers that are asked more rarely decide nothing. */
const mostUndecidedMs = 15_000

/**
 * Whether it is open if our own network has failed: a remote server is unreachable, and of at least three hosts none has answered since. It is decided
 * once all were asked, and could have answered.
 */
function mayBeOffline(servers: ServersState, { awayFrom }: Watched): boolean {
  if (awayFrom === null) return false
  const remote = remoteOf(servers)
  const longestMs = Math.max(...remote.map((watched) => intervalFor(servers, watched))) + answerLimitMs
  return (
    servers.clock.now() - awayFrom < Math.min(mostUndecidedMs, longestMs) &&
    remote.every(({ lastAnswerAt }) => lastAnswerAt === null || lastAnswerAt < awayFrom) &&
    new Set(remote.map(hostOf)).size >= leastCutOff
  )
}

/** Whether the network may be why it could not be asked: nobody refused the connection. */
export function isCutOff(watched: Watched, error: ServerError | null): boolean {
  return error?.kind === 'unreachable' && error.reason !== 'refused' && !isLoopback(hostOf(watched))
}

/** Whether our own network has failed: there is only loopback, or all remote servers, on at least three hosts, are unreachable at once. */
function consoleIsOffline(servers: ServersState): boolean {
  if (!(servers.hasNetwork ?? hasOutsideInterface)()) return true
  const remote = remoteOf(servers)
  const cutOff = remote.filter((watched) => !watched.answered && watched.failures > 0 && isCutOff(watched, watched.error))
  return cutOff.length === remote.length && new Set(cutOff.map(hostOf)).size >= leastCutOff
}

function setOffline(servers: ServersState, begins: boolean, at: number): void {
  if (servers.isOffline === begins) return
  servers.isOffline = begins
  servers.record([newEvent('consoleGap', at, { cause: 'noNetwork', begins })])
  for (const watched of servers.list.all()) changed(servers, watched, at)
}

/**
 * The least time that a server was silent, known from the failed polls, or for a halted server from its refusal, since it was not
 * asked after that. Silences before and after a time in which it was not asked are not added up.
 */
function silentMsOf(watched: Watched, at: number): number {
  const { state, stateSince, awayFrom, awayTo, silentMs } = watched
  return Math.max(silentMs, state === 'halted' ? at - stateSince : awayFrom === null ? 0 : awayTo - awayFrom)
}

/** Ends the current silence, because the server is no longer asked, or could not be asked for a while. */
export function interruptSilence(watched: Watched, at: number): void {
  watched.silentMs = silentMsOf(watched, at)
  watched.awayFrom = null
}

/** The event for a server that answers again; null: none. If no poll had failed, the silence is the time that its answer took. */
function returnOf(watched: Watched, tookMs: number, at: number): NewEvent | null {
  const { state, outageSince, unseen, lastAnswerAt, downRecorded } = watched
  // A recorded outage always gets an end, whatever this console missed meanwhile.
  if (!downRecorded && (outageSince === null || (state === 'unknown' && unseen))) return null
  if (lastAnswerAt === null) return event(watched, 'serverUp', at, {})
  const minMs = Math.max(silentMsOf(watched, at), state === 'unknown' ? tookMs : 0)
  const wasNeverDown = state === 'unknown' && !downRecorded
  if (wasNeverDown && minMs < shortestSilenceMs) return null
  const maxMs = Math.max(minMs, at - lastAnswerAt)
  return event(watched, wasNeverDown ? 'serverSilent' : 'serverUp', at, { minMs, maxMs })
}

export function goDown(servers: ServersState, watched: Watched, at: number, error: ServerError): void {
  const wasUp = watched.state === 'up' || watched.state === 'unknown'
  setState(watched, 'down', at)
  watched.downRecorded = true
  servers.streams.lost(watched, at, 'down')
  const { unknownOnAir } = servers.streams.totals(watched.id)
  servers.record([event(watched, 'serverDown', at, { error, streams: wasUp ? unknownOnAir : null, outageSince: watched.outageSince })])
}

/** How long its last answer stays valid, ms; below 0: it is no longer valid. */
const ageLeftMs = (servers: ServersState, watched: Watched): number =>
  (watched.lastAnswerAt ?? servers.clock.now()) + staleAfterOf(servers, watched) - servers.clock.now()

export function watchAge(servers: ServersState, watched: Watched): void {
  const leftMs = watched.answered ? heartbeatMs : Math.max(0, ageLeftMs(servers, watched))
  watched.stopAge = afterRunning(servers.clock, leftMs + 1, () => evaluateLastAnswer(servers, watched))
}

/** After three missed polls the server's state is unknown, whether or not a request has failed yet. */
function evaluateLastAnswer(servers: ServersState, watched: Watched): void {
  watched.stopAge = null
  if (watched.state !== 'up' || watched.lastAnswerAt === null) return
  const at = servers.clock.now()
  if (watched.answered || ageLeftMs(servers, watched) >= 0) {
    watchAge(servers, watched)
    return
  }
  // Our own heartbeat is late: this process slept or hung, and did not read the server's answers.
  watched.unseen = at - servers.lastBeat > 2 * heartbeatMs
  if (watched.unseen) interruptSilence(watched, at)
  setState(watched, 'unknown', watched.lastAnswerAt)
  servers.streams.lost(watched, at, 'down')
  changed(servers, watched, at)
}

export interface AnsweredRound {
  readonly totals: ServerTotals
  readonly streamsInTrouble: number
  readonly answerMs: number | null
  readonly pollBytes: number
  readonly certificateDays: number | null
  readonly clockSkewMs: number | null
}

const metricOf: Readonly<Record<MetricIdOf<'server'>, (found: AnsweredRound) => number | null>> = {
  'server.reachable': () => 1,
  'server.streamsInTrouble': (found) => found.streamsInTrouble,
  'server.bitrateIn': (found) => found.totals.bitrateInBps,
  'server.bitrateOut': (found) => found.totals.bitrateOutBps,
  'server.streamsLive': (found) => found.totals.live,
  'server.readers': (found) => found.totals.readers,
  'server.answerMs': (found) => found.answerMs,
  'server.pollBytes': (found) => found.pollBytes,
  'server.certificateDays': (found) => found.certificateDays,
  'server.clockSkew': (found) => found.clockSkewMs,
}

/** The samples of one round for history; `found` is null where the server was asked and did not answer. */
export function serverSample(serverId: string, at: number, found: AnsweredRound | null): SampleBatch {
  const figureOf = (id: MetricIdOf<'server'>) => (found === null ? (id === 'server.reachable' ? 0 : null) : metricOf[id](found))
  return {
    owner: serverSubject(serverId),
    at,
    parts: null,
    metrics: serverMetricIds,
    values: Float64Array.from(serverMetricIds, (id) => figureOf(id) ?? Number.NaN),
  }
}
