import { afterRunning, doublingMs } from '../../clock/clock.ts'
import { every, hash32 } from '../../clock/every.ts'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostFailure } from '../../shared/errors.ts'
import type { HostReading, MediaProcess } from '../../shared/hosts.ts'
import { messageOf } from '../../shared/result.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import type { HostFigures } from './hostRates.ts'
import { failureSample, samplesOf } from './hostSamples.ts'
import { describe, event, type HostsState, mainTie, processOf, routeOf, setState, type Tie, tiesOf, type Watched, withMediaServer } from './hostsState.ts'

/** This many tries must fail before a host that was read counts as down; a broken connection is reopened at once. */
const failuresUntilDown = 2
const firstRetryMs = 2_000
const longestRetryMs = 60_000
/** Hosts are polled in groups, four a second: waking for each one separately costs twice as much. With 300 hosts, the last one of a group is read about 20 ms late. */
const phaseStepMs = 250
const forecastEveryMs = 900_000
/** A host that was up and has no reading after this long is down, although that one may still come: it waits for its turn to connect, or reading it takes very long. */
const overdueMs = 60_000
/** A start may seem this much later, by an answer that was read late. */
const startErrorMs = 5_000

/** Failures that need an operator's decision or another credential, so they are not retried automatically. */
const waitsForOperator: ReadonlySet<HostFailure['kind']> = new Set(['hostKeyUnknown', 'hostKeyChanged', 'authRefused', 'keyUnusable', 'secretMissing'])

/** Time until the next try after this many failures, ms. It doubles, and varies slightly between hosts. */
export function retryMs(id: string, failures: number): number {
  return Math.round(doublingMs(failures, firstRetryMs, longestRetryMs) * (0.75 + (hash32(`${id} ${failures}`) % 1000) / 2000))
}

/** Begins to read a host, or begins anew. */
export function start(hosts: HostsState, watched: Watched): void {
  const { clock } = hosts
  watched.stop.abort()
  watched.stop = hosts.list.newStop()
  watched.failures = 0
  watched.awayFrom = null
  if (watched.settings.paused) {
    watched.error = null
    watched.downRecorded = false
    setState(hosts, watched, 'paused', clock.now())
    hosts.gap(watched.id, clock.now())
    return
  }
  if (watched.state === 'paused' || watched.state === 'waiting') setState(hosts, watched, 'connecting', clock.now())
  const { signal } = watched.stop
  const route = routeOf(hosts, watched.settings, watched.secret)
  const collector = route === null ? hosts.localHost : hosts.createRemote(route)
  watched.collector = collector
  const end = () => {
    if (watched.collector === collector) watched.collector = null
    collector.close()
  }
  if (route !== null) signal.addEventListener('abort', end, { once: true })
  const intervalMs = () => {
    const usual = watched.settings.intervalSeconds * 1000
    return watched.failures === 0 ? usual : Math.max(usual, retryMs(watched.id, watched.failures))
  }
  const onBug = (error: unknown) => hosts.log.error({ hostId: watched.id, err: error }, 'reading a host failed')
  // Requests of a reading have their own time limits.
  const loop = every(clock)({ intervalMs, timeoutMs: null, seed: watched.id, phaseStepMs, signal, onBug }, async (at, limited) => {
    const startedAt = clock.monotonic()
    const target = route === null ? watched.name : hostAndPort(route.target)
    const isOverdue = () => {
      if (signal.aborted || watched.state !== 'up') return
      watched.failures = Math.max(watched.failures, failuresUntilDown - 1)
      failed(hosts, watched, clock.now(), hostError('timeout', { target }))
    }
    const stopOverdue = afterRunning(clock, overdueMs, isOverdue)
    try {
      const outcome = await hosts.list.track(collector.read(limited))
      if (signal.aborted) return
      if (!outcome.ok) return failed(hosts, watched, at, outcome.error)
      watched.answerMs = collector.answerMs() ?? clock.monotonic() - startedAt
      readingCame(hosts, watched, at, outcome.value)
      forecast(hosts, watched, outcome.value.disks, signal)
    } catch (error) {
      if (signal.aborted) throw error
      // After a bug there is no new reading either, and the old one must not be shown as if it were new.
      if (watched.error?.kind !== 'internal') hosts.log.error({ hostId: watched.id, err: error }, 'reading a host failed by a bug of ours')
      failed(hosts, watched, at, hostError('internal', { target, said: quotedCause(messageOf(error)) }))
    } finally {
      stopOverdue()
    }
  })
  hosts.list.addLoop(loop, watched.id)
}

function failed(hosts: HostsState, watched: Watched, at: number, error: HostFailure): void {
  watched.failures++
  watched.error = error
  hosts.log.debug({ hostId: watched.id, kind: error.kind, failures: watched.failures }, 'host not read')
  if (waitsForOperator.has(error.kind)) {
    setState(hosts, watched, 'waiting', at)
    const kind = error.kind === 'hostKeyChanged' ? 'hostKeyChanged' : 'hostDown'
    // A host that was never read did not go down; its page shows what the operator has to do.
    if (watched.reading !== null) watched.downRecorded = true
    if (kind === 'hostKeyChanged' || watched.reading !== null) hosts.record([event(watched, kind, at, { error })])
    hosts.append(failureSample(watched.id, at))
    watched.stop.abort()
    return
  }
  if (hosts.isOffline()) {
    // Our own network is down, so the host's state is unknown.
    hosts.gap(watched.id, at)
    return
  }
  watched.awayFrom ??= at
  watched.awayTo = hosts.clock.now()
  if (watched.state !== 'down' && (watched.state !== 'up' || watched.failures >= failuresUntilDown)) {
    setState(hosts, watched, 'down', at)
    watched.downRecorded = true
    hosts.record([event(watched, 'hostDown', at, { error })])
  }
  hosts.append(failureSample(watched.id, at))
}

function readingCame(hosts: HostsState, watched: Watched, slot: number, figures: HostFigures): void {
  const { downRecorded, reading: before, awayFrom, awayTo, goodAt, readAt } = watched
  // If connecting took longer than an interval, the reading no longer belongs to that slot.
  const at = figures.at - slot > watched.settings.intervalSeconds * 1000 ? figures.at : slot
  watched.failures = 0
  watched.awayFrom = null
  watched.downRecorded = false
  watched.goodAt = figures.at
  watched.error = null
  const ties = tiesOf(hosts, watched)
  for (const tie of ties) noteMedia(hosts, watched, tie, figures.mediaProcesses, at, goodAt ?? at)
  for (const serverId of watched.media.keys()) if (!ties.some((tie) => tie.serverId === serverId)) watched.media.delete(serverId)
  const reading = readingFor(hosts, watched, mainTie(hosts, watched), figures)
  watched.reading = reading
  watched.readAt = hosts.clock.monotonic()
  // It has been up for less time than has passed since the last reading.
  const { uptimeSeconds } = reading
  if (uptimeSeconds !== null && uptimeSeconds < (before?.uptimeSeconds ?? 0) && uptimeSeconds * 1000 < watched.readAt - readAt + 1000)
    hosts.record([event(watched, 'hostRestarted', at, { uptimeSeconds })])
  setState(hosts, watched, 'up', at)
  const minMs = awayFrom === null ? 0 : Math.max(0, awayTo - awayFrom)
  if (downRecorded) hosts.record([event(watched, 'hostUp', at, goodAt === null ? {} : { minMs, maxMs: Math.max(minMs, figures.at - goodAt) })])
  for (const batch of samplesOf(watched.id, at, reading, watched.answerMs)) hosts.append(batch)
  if (hosts.clock.monotonic() >= watched.describeAt) describe(hosts, watched, at)
}

/** The reading of a host with the process of one of its servers. `tie` null: of the host, where no server is its main one. */
export function readingFor(hosts: HostsState, watched: Watched, tie: Tie | null, figures: HostFigures): HostReading {
  const restarts = tie === null ? 0 : (watched.media.get(tie.serverId)?.restarts ?? 0)
  return withMediaServer(figures, ownProcess(hosts, watched, tie, figures.mediaProcesses), restarts)
}
/** Of several servers only a process that is seen at the port of its API. */
function ownProcess(hosts: HostsState, watched: Watched, tie: Tie | null, processes: readonly MediaProcess[]): MediaProcess | null {
  const process = processOf(processes, tie?.apiPort ?? null)
  return tiesOf(hosts, watched).length <= 1 || (tie !== null && process?.ports?.includes(tie.apiPort)) ? process : null
}

/**
 * Whether they are one process. A new one with the same id started after the old one was last seen (`seenAt`): by an answer that was read late, a start only
 * seems later than it was.
 */
const isSameProcess = (one: MediaProcess, other: MediaProcess, seenAt: number): boolean =>
  one.pid === other.pid &&
  (one.startedAt === null || other.startedAt === null || other.startedAt <= Math.max(one.startedAt, seenAt - 2 * startErrorMs) + startErrorMs)

/**
 * Records the end of the process of a media server on a host, and the start of another one of the same server. No restart unless both processes were seen on
 * the port of its API.
 */
function noteMedia(hosts: HostsState, watched: Watched, tie: Tie, processes: readonly MediaProcess[], at: number, seenAt: number): void {
  const { serverId, apiPort } = tie
  const process = ownProcess(hosts, watched, tie, processes)
  const media = watched.media.get(serverId) ?? { shown: null, ended: null, restarts: 0 }
  watched.media.set(serverId, media)
  const { shown } = media
  if (shown !== null && !processes.some((one) => isSameProcess(shown, one, seenAt))) {
    media.shown = null
    media.ended = { process: shown, recorded: false }
  }
  const { ended } = media
  if (process === null) {
    if (ended === null || ended.recorded) return
    ended.recorded = true
    hosts.record([event(watched, 'mediaServerEnded', at, { pid: ended.process.pid, serverId })])
    return
  }
  media.shown = process
  media.ended = null
  if (ended === null || ![ended.process, process].every(({ ports }) => ports?.includes(apiPort))) return
  media.restarts++
  hosts.record([event(watched, 'mediaServerRestarted', at, { pid: process.pid, before: ended.process.pid, serverId })])
}

function forecast(hosts: HostsState, watched: Watched, disks: HostReading['disks'], signal: AbortSignal): void {
  if (hosts.clock.monotonic() < watched.forecastAt || disks.length === 0) return
  watched.forecastAt = hosts.clock.monotonic() + forecastEveryMs
  const mounts = disks.map(({ mount }) => mount)
  hosts.list.track(hosts.fullAt(watched.id, mounts, signal)).then(
    (fullAt) => {
      watched.fullAt = fullAt
    },
    (error) => {
      if (!signal.aborted) hosts.log.error({ hostId: watched.id, err: error }, 'the forecast of its disks failed')
    },
  )
}
