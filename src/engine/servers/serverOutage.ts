import { networkInterfaces } from 'node:os'
import type { ServerError } from '../../shared/errors.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { isLoopback } from '../http/isLoopback.ts'
import { changed, event, type ServersState, setState, staleAfterOf } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

export const heartbeatMs = 1_000
/** Where neither failed polls nor an answer lasted so long, a server was not asked in time: it was not silent. */
const shortestSilenceMs = 1_000

const hasOutsideInterface = () => Object.values(networkInterfaces()).some((addresses) => addresses?.some((address) => !address.internal))

/** Our own network, not theirs: no interface but loopback, or every remote server out of reach at once on three hosts or more. */
export function consoleIsOffline(servers: ServersState): boolean {
  if (!(servers.hasNetwork ?? hasOutsideInterface)()) return true
  const remote = servers.list.all().filter((watched) => watched.state !== 'paused' && !isLoopback(new URL(watched.settings.url).hostname))
  const cutOff = remote.filter(
    (watched) => !watched.answered && watched.failures > 0 && watched.error?.kind === 'unreachable' && watched.error.reason !== 'refused',
  )
  return cutOff.length === remote.length && new Set(cutOff.map((watched) => new URL(watched.settings.url).hostname)).size >= 3
}

export function setOffline(servers: ServersState, begins: boolean, at: number): void {
  if (servers.isOffline === begins) return
  servers.isOffline = begins
  servers.record([newEvent('consoleGap', at, { cause: 'noNetwork', begins })])
  for (const watched of servers.list.all()) changed(servers, watched, at)
}

/**
 * How long a server was silent at least: known from the polls that failed, and of one that was halted from its refusal, since nobody
 * asked it after that. What was known before it could not be asked for a while, and what followed, do not add up.
 */
function silentMsOf(watched: Watched, at: number): number {
  const { state, stateSince, awayFrom, awayTo, silentMs } = watched
  return Math.max(silentMs, state === 'halted' ? at - stateSince : awayFrom === null ? 0 : awayTo - awayFrom)
}

/** It is not asked from now on, or could not be for a while. */
export function interruptSilence(watched: Watched, at: number): void {
  watched.silentMs = silentMsOf(watched, at)
  watched.awayFrom = null
}

/** What is to be said of a server that answers again; null: nothing. Its answer took part of the silence where no poll had failed. */
export function returnOf(watched: Watched, tookMs: number, at: number): NewEvent | null {
  const { state, outageSince, unseen, lastAnswerAt, toldDown } = watched
  // The outage that was recorded has an end, whatever this console missed meanwhile.
  if (!toldDown && (outageSince === null || (state === 'unknown' && unseen))) return null
  if (lastAnswerAt === null) return event(watched, 'serverUp', at, {})
  const minMs = Math.max(silentMsOf(watched, at), state === 'unknown' ? tookMs : 0)
  const wasNeverDown = state === 'unknown' && !toldDown
  if (wasNeverDown && minMs < shortestSilenceMs) return null
  const maxMs = Math.max(minMs, at - lastAnswerAt)
  return event(watched, wasNeverDown ? 'serverSilent' : 'serverUp', at, { minMs, maxMs })
}

export function goDown(servers: ServersState, watched: Watched, at: number, error: ServerError): void {
  const wasUp = watched.state === 'up' || watched.state === 'unknown'
  setState(watched, 'down', at)
  watched.toldDown = true
  servers.streams.lost(watched, at, 'down')
  // As every other place counts them: those that ended are not unknown.
  const { unknown } = servers.streams.totals(watched.id)
  servers.record([event(watched, 'serverDown', at, { error, streams: wasUp ? unknown : null, outageSince: watched.outageSince })])
}

/** How long its last answer still says how it is; less than 0: it doesn't. */
const ageLeftMs = (servers: ServersState, watched: Watched): number =>
  (watched.lastAnswerAt ?? servers.clock.now()) + staleAfterOf(servers, watched) - servers.clock.now()

export function watchAge(servers: ServersState, watched: Watched): void {
  const leftMs = watched.answered ? heartbeatMs : Math.max(0, ageLeftMs(servers, watched))
  watched.ageTimer = servers.clock.setTimeout(() => judgeLastAnswer(servers, watched), leftMs + 1)
}

/** Three polls were missed: nothing of the server is known now, whether or not a request has failed yet. */
function judgeLastAnswer(servers: ServersState, watched: Watched): void {
  watched.ageTimer = null
  if (watched.state !== 'up' || watched.lastAnswerAt === null) return
  const at = servers.clock.now()
  if (watched.answered || ageLeftMs(servers, watched) >= 0) {
    watchAge(servers, watched)
    return
  }
  // Our own heart is late: we slept or stood still, and what it answered was not read.
  watched.unseen = at - servers.lastBeat > 2 * heartbeatMs
  if (watched.unseen) interruptSilence(watched, at)
  setState(watched, 'unknown', watched.lastAnswerAt)
  servers.streams.lost(watched, at, 'down')
  changed(servers, watched, at)
}
