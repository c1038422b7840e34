import { networkInterfaces } from 'node:os'
import { afterRunning } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import { answerLimitMs } from './pollRequests.ts'
import { changed, event, intervalFor, type ServersState, setState, staleAfterOf } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

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
export function mayBeOffline(servers: ServersState, { awayFrom }: Watched): boolean {
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
export function consoleIsOffline(servers: ServersState): boolean {
  if (!(servers.hasNetwork ?? hasOutsideInterface)()) return true
  const remote = remoteOf(servers)
  const cutOff = remote.filter((watched) => !watched.answered && watched.failures > 0 && isCutOff(watched, watched.error))
  return cutOff.length === remote.length && new Set(cutOff.map(hostOf)).size >= leastCutOff
}

export function setOffline(servers: ServersState, begins: boolean, at: number): void {
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
export function returnOf(watched: Watched, tookMs: number, at: number): NewEvent | null {
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
  // Counted as everywhere else: ended streams are not unknown.
  const { unknown } = servers.streams.totals(watched.id)
  servers.record([event(watched, 'serverDown', at, { error, streams: wasUp ? unknown : null, outageSince: watched.outageSince })])
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
