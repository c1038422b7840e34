import type { Clock } from '../../clock/clock.ts'
import { type Alarm, isReach } from '../../shared/alarms.ts'
import type { Cause } from '../../shared/causes.ts'
import type { NewEvent } from '../../shared/events.ts'
import type { Host } from '../../shared/hosts.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { unrecordable } from '../../shared/recordings.ts'
import type { Elsewhere } from '../../shared/remoteProbes.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { type Series, seriesNamed } from '../../shared/subjects.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Streams } from '../streams/streams.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { type CanaryState, causesOf, causesOfCanary, causesOfProbe, type HostEvidence, type ProcessEnd, type StreamEvidence, withEnd } from './causes.ts'

interface CauseFinderDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly history: Pick<History, 'tail'>
  readonly streams: Pick<Streams, 'get' | 'totals' | 'recordingOf'>
  /** The host that a server is known to run on; null: none is watched. */
  readonly hostOf: (serverId: string) => Host | null
  /** What remote probes know of a probe. */
  readonly elsewhereOf: (probeId: string) => readonly Elsewhere[]
  /** The current state of the canary that a probe reads back; null: the probe reads none. */
  readonly canaryOf: (probeId: string) => CanaryState | null
  /** The open alarms of a server. */
  readonly alarmsOf: (serverId: string) => readonly Alarm[]
  /** Called with the causes found. */
  readonly found: (alarmId: string, causes: readonly Cause[]) => void
  readonly signal: AbortSignal
}

/** Length of history before and after the onset of an alarm that is searched for causes, ms. */
const aroundMs = 60_000
/** Maximum number of alarms that wait for their causes; beyond it, alarms get none. */
const mostWaiting = 100

const ofStream = [
  'path.bitrateIn',
  'path.packetsLost',
  'path.packetsRepaired',
  'path.framesDiscarded',
  'path.rtt',
  'path.latency',
] as const satisfies readonly MetricId[]
const ofHost = ['host.cpu', 'host.udpBufferErrors', 'host.iowait'] as const satisfies readonly MetricId[]

/** Whether causes are searched for an alarm: it starts an incident on a stream, affects a whole server, or reports a failed probe. */
const isAsked = (alarm: AlarmRecord): boolean =>
  (alarm.subject.kind === 'stream' && alarm.incident === alarm.id && alarm.kind !== 'happened') || isReach(alarm) || isOfProbeDown(alarm)
const isOfProbeDown = ({ subject, why }: Pick<AlarmRecord, 'subject' | 'why'>): boolean => subject.kind === 'probe' && why.kind === 'probeDown'

/** Finds the causes of alarms, one alarm at a time, in the history of the minute around its onset. */
export function createCauseFinder({ clock, log, history, streams, hostOf, elsewhereOf, canaryOf, alarmsOf, found, signal }: CauseFinderDeps) {
  const ends = createProcessEnds()
  const waiting: AlarmRecord[] = []
  let work: Promise<void> | null = null
  const searchOne = async (alarm: AlarmRecord) => {
    const { subject, since } = alarm
    if (subject.kind === 'probe') {
      found(alarm.id, [...causesOfCanary(subject.probeId, canaryOf(subject.probeId)), ...causesOfProbe(subject.probeId, elsewhereOf(subject.probeId))])
      return
    }
    // Only what was seen within a minute of its onset is evidence.
    const at = Math.min(clock.now(), since + aroundMs)
    const from = since - aroundMs
    const host = hostOf(ownerIdOf(subject))
    const ofSubject: readonly MetricId[] = subject.kind === 'stream' ? ofStream : []
    const series: readonly Series[] = [
      ...ofSubject.map((metric) => seriesNamed(ownerIdOf(subject), subject.kind === 'stream' ? subject.path : null, metric)),
      ...(host === null ? [] : ofHost.map((metric) => seriesNamed(host.id, null, metric))),
    ]
    const columns = series.length === 0 ? [] : await history.tail(series, from)
    const known = series.map(({ metric }, index) => {
      const { at: times = [], values = [] } = columns[index] ?? {}
      return { metric, values: values.filter((value, place): value is number => value !== null && (times[place] as number) <= at) }
    })
    const valuesOf = (metric: MetricId) => known.find((one) => one.metric === metric)?.values ?? []
    found(
      alarm.id,
      causesOf(
        { ...alarm, forMs: clock.now() - since },
        evidenceOf(alarm, valuesOf, at - from),
        hostEvidence(host, ends.at(ownerIdOf(subject), since), valuesOf),
      ),
    )
  }

  /** An alarm that returned after its end was told begins an incident with an id of its own: of the alarms in it, the first, where none was looked up yet. */
  const firstOfReturned = (alarms: readonly AlarmRecord[]): readonly AlarmRecord[] => {
    const inBatch = new Set(alarms.map(({ id }) => id))
    const ofStreams = alarms.filter(({ subject, kind }) => subject.kind === 'stream' && kind !== 'happened')
    return [...Map.groupBy(ofStreams, ({ incident }) => incident)].flatMap(([incident, begun]) => {
      const [first] = begun.toSorted((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1))
      if (first === undefined || inBatch.has(incident) || !begun.some(({ since, raisedAt }) => since > raisedAt)) return []
      const isGoingOn = alarmsOf(ownerIdOf(first.subject)).some((alarm) => alarm.incident === incident && !inBatch.has(alarm.id))
      return isGoingOn ? [] : [first]
    })
  }

  const evidenceOf = ({ subject, kind }: AlarmRecord, valuesOf: (metric: MetricId) => readonly number[], windowMs: number): StreamEvidence | null => {
    if (subject.kind !== 'stream') return null
    const { live } = streams.totals(subject.serverId)
    const stream = streams.get(subject.serverId, subject.path)
    const format = streams.recordingOf(subject.serverId, subject.path)?.format ?? null
    const readers = (stream?.sessions ?? []).filter(({ role, own }) => role === 'reader' && !own)
    // For other kinds of alarms, the stream is gone and not counted as live.
    const isLive = kind === 'packetsLost' || kind === 'limitCrossed' || kind === 'offUsual'
    return {
      bps: valuesOf('path.bitrateIn').findLast((value) => value > 0) ?? null,
      lost: sumOf(valuesOf('path.packetsLost')),
      repaired: sumOf(valuesOf('path.packetsRepaired')),
      rttMs: valuesOf('path.rtt').at(-1) ?? null,
      latencyMs: valuesOf('path.latency').at(-1) ?? null,
      discarded: sumOf(valuesOf('path.framesDiscarded')),
      windowMs,
      notRecorded: { format: format ?? '', codecs: unrecordable(format, stream?.tracks ?? []) },
      slowReaders: readers.filter(({ framesDiscarded }) => (framesDiscarded ?? 0) > 0).length,
      readers: readers.length,
      othersLive: live === null ? null : Math.max(0, live - (isLive ? 1 : 0)),
    }
  }
  const hostEvidence = (host: Host | null, ended: ProcessEnd | null, valuesOf: (metric: MetricId) => readonly number[]): HostEvidence => {
    if (host === null) return { is: 'notWatched' }
    const { id, state, stateSince, reading } = host
    if (state !== 'up') return { is: 'notRead', id, ended, forMs: Math.max(0, clock.now() - stateSince) }
    return {
      is: 'read',
      id,
      ended,
      cpu: meanOf(valuesOf('host.cpu')),
      udpErrors: meanOf(valuesOf('host.udpBufferErrors')),
      iowait: meanOf(valuesOf('host.iowait')),
      disks: reading?.disks ?? [],
    }
  }
  const workOn = async () => {
    // Lets the caller publish the alarms first.
    await Promise.resolve()
    for (let alarm = waiting.shift(); alarm !== undefined && !signal.aborted; alarm = waiting.shift()) {
      try {
        await searchOne(alarm)
      } catch (error) {
        // A failed search must not affect the alarm itself.
        if (!signal.aborted) log.warn({ error: String(error) }, 'why an alarm was raised could not be looked up')
      }
    }
    work = null
  }
  return {
    /** Queues new or returned alarms. */
    search: (alarms: readonly AlarmRecord[]): void => {
      waiting.push(...[...alarms.filter(isAsked), ...firstOfReturned(alarms)].slice(0, mostWaiting - waiting.length))
      if (waiting.length > 0) work ??= workOn()
    },
    /** Processes events: the end of a media server's process may be detected later than its effects. */
    addEvents: (events: readonly NewEvent[]): void => {
      for (const serverId of ends.addEvents(events))
        for (const { id, since, causes } of alarmsOf(serverId)
          .filter(({ causes }) => causes !== undefined)
          .slice(0, mostWaiting)) {
          const end = ends.at(serverId, since)
          if (end !== null && causes !== undefined) found(id, withEnd(causes, end))
        }
    },
    /** Resolves when the running search has ended; null: none is running. */
    searching: (): Promise<void> | null => work,
  }
}

const sumOf = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0))
const meanOf = (values: readonly number[]): number | null => (values.length === 0 ? null : (sumOf(values) as number) / values.length)

/** Maximum time between the end of a process and an alarm that it explains, in either direction, ms: machine and server are polled at different times. */
const endedWithinMs = 60_000
/** An effect may be seen this much later than the replacement, ms: the poll of the machine can see a fast restart before that of the server sees its streams gone. */
const seenLateMs = 15_000

/** The latest ends of each media server's process, from events. `replacedAt`: when another one was running. */
function createProcessEnds() {
  const ends = new Map<string, readonly (ProcessEnd & { readonly replacedAt: number })[]>()
  return {
    /** Processes events. Returns the servers whose process ended or was replaced. */
    addEvents: (events: readonly NewEvent[]): readonly string[] =>
      events.flatMap((event) => {
        if ((event.kind !== 'mediaServerEnded' && event.kind !== 'mediaServerRestarted') || event.subject === null || event.facts.serverId === undefined)
          return []
        const { serverId } = event.facts
        const isReplaced = event.kind === 'mediaServerRestarted'
        const pid = isReplaced ? event.facts.before : event.facts.pid
        const known = ends.get(serverId) ?? []
        // Its end may have been detected before its replacement.
        const at = known.find((end) => end.pid === pid)?.at ?? event.at
        const replacedAt = isReplaced ? event.at : Number.POSITIVE_INFINITY
        const end = { hostId: ownerIdOf(event.subject), at, pid, next: isReplaced ? event.facts.pid : null, replacedAt }
        ends.set(serverId, [...known.filter((one) => one.pid !== pid && event.at - one.at <= 2 * endedWithinMs), end])
        return [serverId]
      }),
    /** The end of the process of a server at about this time, the nearest of several; null: none is known. What begins well after its replacement has another cause. */
    at: (serverId: string, moment: number): ProcessEnd | null => {
      const far = ({ at }: ProcessEnd) => Math.abs(at - moment)
      const near = (ends.get(serverId) ?? []).filter((end) => far(end) <= endedWithinMs && moment <= end.replacedAt + seenLateMs)
      return near.toSorted((a, b) => far(a) - far(b))[0] ?? null
    },
  }
}
