import { wallAt } from '../../clock/wallAt.ts'
import type { ServerError } from '../../shared/errors.ts'
import { measureSkew, mostSkewErrorMs, steadySkew } from '../../shared/serverClock.ts'
import type { ShownCertificate } from '../http/serverTls.ts'
import { type FieldFault, faultCaution } from './fieldFaults.ts'
import type { RoundOutcome } from './pollServer.ts'
import type { Answer, PathReading, ServerInfoReading } from './readings.ts'
import { consoleIsOffline, goDown, interruptSilence, isCutOff, mayBeOffline, returnOf, setOffline, watchAge } from './serverOutage.ts'
import { serverSample } from './serverSamples.ts'
import { changed, event, type ServersState, setState } from './serversState.ts'
import { authServerOf, type Watched } from './watchedServer.ts'

/** This many tries must fail before an answering server counts as down: one lost answer is not an outage. */
const defaultFailures = 2
/** The most fields of one server that are named in the log. */
const mostFieldsLogged = 10
/** The total number of faulty fields is logged at most this often. */
const fieldCountEveryMs = 3_600_000
const dayMs = 86_400_000

export function succeeded(servers: ServersState, watched: Watched, outcome: RoundOutcome): void {
  const { round, answer } = outcome
  if (!answer) return
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
  watched.bytesPerRound = watched.bytesPerRound === null ? outcome.bytes : watched.bytesPerRound * 0.8 + outcome.bytes * 0.2
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
    pollBytes: outcome.bytes,
    certificateDays: certificate?.validTo == null ? null : (certificate.validTo - round.at) / dayMs,
    clockSkewMs,
  }
  servers.append(serverSample(watched.id, round.at, found))
  if (watched.stopAge === null) watchAge(servers, watched)
  servers.onRoundHandled?.(servers.clock.monotonic() - (round.sessions.at(-1)?.answer.arrivedAt ?? answer.arrivedAt))
}

export function failed(servers: ServersState, watched: Watched, outcome: RoundOutcome, error: ServerError): void {
  const { round } = outcome
  watched.failures = outcome.failures
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
  watched.awayFrom ??= outcome.askedAt
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

/** Logs the first fields with impossible values, and the number of further ones once an hour. The server's cautions have all of them. */
export function logFaults(servers: ServersState, watched: Watched, faults: readonly FieldFault[]): void {
  const { faultyFields, faultsLogged } = watched
  const named = faults.filter(({ field }) => !faultyFields.has(field)).slice(0, Math.max(0, mostFieldsLogged - faultyFields.size))
  for (const { field } of faults) faultyFields.add(field)
  if (named.length > 0) servers.log.warn({ serverId: watched.id, faults: named }, 'a server sends values that cannot be right')
  const fields = faultyFields.size
  if (fields > Math.max(mostFieldsLogged, faultsLogged.fields) && servers.clock.monotonic() - faultsLogged.at >= fieldCountEveryMs) {
    watched.faultsLogged = { fields, at: servers.clock.monotonic() }
    servers.log.warn({ serverId: watched.id, fields }, 'more fields of a server have values that cannot be right')
  }
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
    servers.record([event(watched, 'serverRestarted', at, { startedAt, agoMs: at - startedAt })])
    servers.streams.restarted(watched, at)
  }
  const lastVersion = servers.rows.setting(`version:${watched.id}`)
  if (info.version !== null && lastVersion !== null && lastVersion !== info.version)
    servers.record([event(watched, 'serverUpgraded', at, { before: lastVersion, after: info.version })])
  if (info.version !== null && lastVersion !== info.version) servers.rows.noteSetting(`version:${watched.id}`, info.version)
  changed(servers, watched, at)
}
