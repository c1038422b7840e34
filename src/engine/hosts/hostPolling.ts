import { afterRunning } from '../../clock/clock.ts'
import { doublingMs } from '../../clock/doublingMs.ts'
import { every, hash32 } from '../../clock/every.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { hostAndPort } from '../../shared/hostOf.ts'
import type { HostReading } from '../../shared/hosts.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { HostCollector } from './hostCollector.ts'
import { hostError, quotedCause } from './hostErrors.ts'
import { readingCame } from './hostRound.ts'
import { failureSample } from './hostSamples.ts'
import { askGoroutines, event, type HostsState, mainTie, markFiles, routeOf, setState, type WaitedFiles, type Watched, waitedFilesOf } from './hostsState.ts'

/** This many tries must fail before a host that was read counts as down; a broken connection is reopened at once. */
const failuresUntilDown = 2
const firstRetryMs = 2_000
const longestRetryMs = 60_000
/** Hosts are polled in groups, four a second: waking for each one separately costs twice as much. With 300 hosts, the last one of a group is read about 20 ms late. */
const phaseStepMs = 250
const forecastEveryMs = 900_000
/** Longer than any time limit of a reading: a host without a reading by then no longer counts as up, and reading restarts. */
const overdueMs = 60_000
/** The same for a host that is not up, which has to wait for its turn to connect behind others that don't answer. */
const overdueUnconnectedMs = 600_000
/** While a host waits for a file (a line of known_hosts, another private key), the file is checked this often, so that changing it is enough. */
const fileCheckMs = 10_000

/** Failures that need an operator's decision or another credential, so they are not retried automatically. */
const waitsForOperator: ReadonlySet<HostFailure['kind']> = new Set(['hostKeyUnknown', 'hostKeyChanged', 'authRefused', 'keyUnusable', 'secretMissing'])

/** Time until the next try after this many failures, ms. It doubles, and varies slightly between hosts. */
export function retryMs(id: string, failures: number): number {
  return Math.round(doublingMs(failures, firstRetryMs, longestRetryMs) * (0.75 + (hash32(`${id} ${failures}`) % 1000) / 2000))
}

export function start(hosts: HostsState, watched: Watched): void {
  watched.failures = 0
  watched.awayFrom = null
  startReading(hosts, watched)
}

function startReading(hosts: HostsState, watched: Watched): void {
  watched.stop = hosts.list.newStop()
  if (watched.settings.paused) {
    watched.error = null
    watched.downRecorded = false
    setState(hosts, watched, 'paused', hosts.clock.now())
    hosts.gap(watched.id, hosts.clock.now())
    return
  }
  if (watched.state === 'paused' || watched.state === 'waiting') setState(hosts, watched, 'connecting', hosts.clock.now())
  const { signal } = watched.stop
  let abandon = (): void => {}
  signal.addEventListener('abort', () => abandon(), { once: true })
  const route = routeOf(hosts, watched.settings, watched.secret)
  if (watched.withheld !== null && route !== null && route.auth === null) {
    failed(hosts, watched, hosts.clock.now(), hostError('secretMissing', { target: hostAndPort(route.target), said: watched.withheld }))
    return
  }
  const collector = route === null ? hosts.localHost : hosts.createRemote(route)
  watched.collector = collector
  // Must be recorded before the files are read.
  watched.files = route === null ? null : hosts.list.track(markFiles(route))
  if (route !== null)
    signal.addEventListener(
      'abort',
      () => {
        if (watched.collector === collector) watched.collector = null
        collector.close()
      },
      { once: true },
    )
  const intervalMs = () => {
    const usual = watched.settings.intervalSeconds * 1000
    return watched.failures === 0 ? usual : Math.max(usual, retryMs(watched.id, watched.failures))
  }
  const loop = every(hosts.clock)(
    // Requests of a reading have their own time limits.
    {
      intervalMs,
      timeoutMs: null,
      seed: watched.id,
      phaseStepMs,
      signal,
      onBug: (error) => hosts.log.error({ hostId: watched.id, err: error }, 'reading a host failed'),
    },
    async (at, limited) => {
      const startedAt = hosts.clock.monotonic()
      const tie = mainTie(hosts, watched)
      const target = route === null ? watched.name : hostAndPort(route.target)
      const limitMs = watched.state === 'up' || route === null ? overdueMs : overdueUnconnectedMs
      const isOverdue = (): void => {
        if (signal.aborted) return
        watched.failures = Math.max(watched.failures, failuresUntilDown - 1)
        failed(hosts, watched, hosts.clock.now(), hostError('timeout', { target }))
        // This reading may never end.
        watched.stop.abort()
        startReading(hosts, watched)
      }
      const stopOverdue = afterRunning(hosts.clock, limitMs, isOverdue)
      try {
        const reading = new Promise<Awaited<ReturnType<HostCollector['read']>>>((resolve, reject) => {
          abandon = () => reject(signal.reason)
          collector.read(limited, tie === null ? undefined : 'port' in tie.pprof ? tie.pprof.port : 0).then(resolve, reject)
        })
        const outcome = await hosts.list.track(reading)
        if (signal.aborted) return
        if (!outcome.ok) return failed(hosts, watched, at, outcome.error)
        readingCame(hosts, watched, at, startedAt, outcome.value, collector)
        forecast(hosts, watched, outcome.value.disks, signal)
        askGoroutines(hosts, watched, tie, signal)
      } catch (error) {
        if (signal.aborted) throw error
        // After a bug there is no new reading either, and the old one must not be shown as if it were new.
        if (watched.error?.kind !== 'internal') hosts.log.error({ hostId: watched.id, err: error }, 'reading a host failed by a bug of ours')
        failed(hosts, watched, at, hostError('internal', { target, said: quotedCause(messageOf(error)) }))
      } finally {
        stopOverdue()
      }
    },
  )
  hosts.list.addLoop(loop, watched.id)
}

export function restart(hosts: HostsState, watched: Watched): void {
  watched.stop.abort()
  start(hosts, watched)
}

export function failed(hosts: HostsState, watched: Watched, at: number, error: HostFailure): void {
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
    watchFiles(hosts, watched, error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged' ? 'knownHosts' : 'key')
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

/** Retries once the file that the host waits for has changed. Sends nothing until then. */
function watchFiles(hosts: HostsState, watched: Watched, kind: WaitedFiles): void {
  const route = routeOf(hosts, watched.settings, watched.secret)
  const { files: atStart } = watched
  if (route === null || atStart === null || waitedFilesOf(route)[kind].length === 0) return
  watched.stop = hosts.list.newStop()
  const { signal } = watched.stop
  const loop = every(hosts.clock)(
    {
      intervalMs: fileCheckMs,
      timeoutMs: fileCheckMs,
      seed: watched.id,
      signal,
      onBug: (error) => hosts.log.error({ hostId: watched.id, err: error }, 'the files that a host waits for were not looked at'),
    },
    async () => {
      const [before, now] = await hosts.list.track(Promise.all([atStart, markFiles(route)]))
      if (now[kind] !== before[kind] && !signal.aborted) restart(hosts, watched)
    },
  )
  hosts.list.addLoop(loop, watched.id)
}

export function forecast(hosts: HostsState, watched: Watched, disks: HostReading['disks'], signal: AbortSignal): void {
  if (hosts.clock.monotonic() < watched.forecastAt) return
  watched.forecastAt = hosts.clock.monotonic() + forecastEveryMs
  const mounts = disks.map(({ mount }) => mount)
  if (mounts.length === 0) return
  hosts.list.track(hosts.fullAt(watched.id, mounts, signal)).then(
    (fullAt) => {
      watched.fullAt = fullAt
    },
    (error) => {
      if (!signal.aborted) hosts.log.error({ hostId: watched.id, err: error }, 'the forecast of its disks failed')
    },
  )
}
