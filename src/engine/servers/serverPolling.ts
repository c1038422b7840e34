import { every } from '../../clock/every.ts'
import type { ServerError } from '../../shared/errors.ts'
import { newEvent } from '../../shared/events.ts'
import { answerLimitMs } from './pollRequests.ts'
import { pollServer } from './pollServer.ts'
import { goDown, heartbeatMs, interruptSilence, serverSample, watchAge } from './serverRound.ts'
import { changed, event, intervalFor, type ServersState, setState } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

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
  servers.list.addLoop(pollServer(servers, watched, signal), watched.id)
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
function woke(servers: ServersState, sleptMs: number): void {
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
