import type { Clock } from '../../clock/clock.ts'
import { isPulled } from '../../i18n/media.ts'
import { type Alarm, isReach, topicOf } from '../../shared/alarms.ts'
import { type Cause, type CauseFacts, isUnknown, mostCauses, type Sureness } from '../../shared/causes.ts'
import type { NewEvent } from '../../shared/events.ts'
import { diskPath, type Host } from '../../shared/hosts.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { unrecordable } from '../../shared/recordings.ts'
import { type Elsewhere, elsewhereVerdict } from '../../shared/remoteProbes.ts'
import { deviceSubject, hostSubject, ownerIdOf, probeSubject, type Subject, serverSubject } from '../../shared/subjectNames.ts'
import { type Series, seriesNamed } from '../../shared/subjects.ts'
import { isTroubleKind } from '../../shared/troubles.ts'
import type { History } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Streams } from '../streams/streams.ts'
import type { AlarmRecord } from './alarmLife.ts'

interface CauseFinderDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly history: Pick<History, 'range'>
  readonly streams: Pick<Streams, 'get' | 'recordingOf' | 'lastOnAt' | 'entryOf'>
  /** The host that a server is known to run on; null: none is watched. */
  readonly hostOf: (serverId: string) => Host | null
  /** What remote probes know of a probe. */
  readonly elsewhereOf: (probeId: string) => readonly Elsewhere[]
  /** The current state of the canary that a probe reads back; null: the probe reads none. */
  readonly canaryOf: (probeId: string) => CanaryState | null
  readonly alarmsOf: (serverId: string) => readonly Alarm[]
  readonly found: (alarmId: string, causes: readonly Cause[]) => void
  readonly signal: AbortSignal
}

/** Length of history before and after the onset of an alarm that is searched for causes, ms. */
const aroundMs = 60_000
/** Length of history before that, ms: what the load of a host was while all was well. As much as is read of it at once. */
const earlierMs = 30 * 60_000
/** So many that each sample of that time has its own. */
const mostPoints = 5_000
/** Maximum number of alarms that wait for their causes; beyond it, alarms get none. */
const mostWaiting = 100

const metricsOfStream = [
  'path.bitrateIn',
  'path.packetsLost',
  'path.packetsRepaired',
  'path.framesDiscarded',
  'path.rtt',
  'path.latency',
] as const satisfies readonly MetricId[]
const metricsOfHost = ['host.cpu', 'host.udpBufferErrors', 'host.iowait'] as const satisfies readonly MetricId[]

/** Whether causes are searched for an alarm: it starts an incident on a stream, affects a whole server, or reports a failed probe. */
const isAsked = (alarm: AlarmRecord): boolean =>
  (alarm.subject.kind === 'stream' && alarm.incident === alarm.id && alarm.kind !== 'happened') || isReach(alarm) || isOfProbeDown(alarm)
const isOfProbeDown = ({ subject, why }: Pick<AlarmRecord, 'subject' | 'why'>): boolean => subject.kind === 'probe' && why.kind === 'probeDown'

/** Finds the causes of alarms, one alarm at a time, in the history of the minute around its onset. */
export function createCauseFinder({ clock, log, history, streams, hostOf, elsewhereOf, canaryOf, alarmsOf, found, signal }: CauseFinderDeps) {
  const ends = createProcessEnds()
  const removals = createPathRemovals()
  /** The end of its media server's process, unless the stream was published after it. */
  const endOf = ({ subject, since }: Pick<AlarmRecord, 'subject' | 'since'>): ProcessEnd | null => {
    const end = ends.at(ownerIdOf(subject), since)
    const onAt = end === null || subject.kind !== 'stream' ? null : streams.lastOnAt(subject.serverId, subject.path)
    return onAt !== null && end !== null && onAt > end.at && onAt <= since ? null : end
  }
  const removalOf = ({ kind, subject, since }: Pick<AlarmRecord, 'kind' | 'subject' | 'since'>): Cause | null =>
    subject.kind !== 'stream' || !isTroubleKind(kind) || topicOf({ kind }) !== 'air'
      ? null
      : removals.of(subject.serverId, subject.path, streams.entryOf(subject.serverId, subject.path), since)
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
    const ofSubject: readonly MetricId[] = subject.kind === 'stream' ? metricsOfStream : []
    const ofStream = ofSubject.map((metric) => seriesNamed(ownerIdOf(subject), subject.kind === 'stream' ? subject.path : null, metric))
    const [streamFigures, hostFigures] = [
      await readFigures(ofStream, from, at),
      await readFigures(host === null ? [] : metricsOfHost.map((metric) => seriesNamed(host.id, null, metric)), since - earlierMs, at),
    ]
    found(
      alarm.id,
      causesOf(
        { ...alarm, forMs: clock.now() - since, removal: removalOf(alarm) },
        evidenceOf(alarm, (metric) => streamFigures(metric, from, at), at - from),
        hostEvidence(host, endOf(alarm), {
          now: loadFigures((metric) => hostFigures(metric, from, at)),
          earlier: loadFigures((metric) => hostFigures(metric, since - earlierMs, from - 1)),
        }),
      ),
    )
  }

  /** Figures of a period of so few minutes that each sample is a point of its own. Returns those of a metric within a part of it. */
  const readFigures = async (series: readonly Series[], since: number, until: number) => {
    const columns = series.length === 0 ? [] : await history.range({ series: [...series], from: since, to: until + 1, points: mostPoints })
    return (metric: MetricId, from: number, to: number): readonly number[] => {
      const { at = [], mean = [] } = columns[series.findIndex((one) => one.metric === metric)] ?? {}
      return mean.filter((_, place) => (at[place] as number) >= from && (at[place] as number) <= to)
    }
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

  const evidenceOf = ({ subject }: AlarmRecord, valuesOf: (metric: MetricId) => readonly number[], windowMs: number): StreamEvidence | null => {
    if (subject.kind !== 'stream') return null
    const stream = streams.get(subject.serverId, subject.path)
    const format = streams.recordingOf(subject.serverId, subject.path)?.format ?? null
    const readers = (stream?.sessions ?? []).filter(({ role, own }) => role === 'reader' && !own)
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
    }
  }
  const hostEvidence = (host: Host | null, ended: ProcessEnd | null, load: { readonly now: HostLoad; readonly earlier: HostLoad }): HostEvidence => {
    if (host === null) return { is: 'notWatched' }
    const { id, state, stateSince, reading } = host
    if (state !== 'up') return { is: 'notRead', id, ended, forMs: Math.max(0, clock.now() - stateSince) }
    return { is: 'read', id, ended, ...load.now, earlier: load.earlier, disks: reading?.disks ?? [] }
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
    search: (alarms: readonly AlarmRecord[]): void => {
      waiting.push(...[...alarms.filter(isAsked), ...firstOfReturned(alarms)].slice(0, mostWaiting - waiting.length))
      if (waiting.length > 0) work ??= workOn()
    },
    /** Processes events: the end of a media server's process, or a removed path, may be detected later than its effects. */
    addEvents: (events: readonly NewEvent[]): void => {
      const [ended, changed] = [ends.addEvents(events), removals.addEvents(events)]
      for (const serverId of new Set([...ended, ...changed]))
        for (const alarm of alarmsOf(serverId)
          .filter(({ causes }) => causes !== undefined)
          .slice(0, mostWaiting)) {
          const [end, removal] = [ended.includes(serverId) ? endOf(alarm) : null, changed.includes(serverId) ? removalOf(alarm) : null]
          const seen = [...(end === null ? [] : [causeOfEnd(end)]), ...(removal === null ? [] : [removal])]
          if (seen.length > 0 && alarm.causes !== undefined) found(alarm.id, withSeen(alarm.causes, seen))
        }
    },
    /** Resolves when the running search has ended; null: none is running. */
    searching: (): Promise<void> | null => work,
  }
}

const sumOf = (values: readonly number[]): number | null => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0))
const meanOf = (values: readonly number[]): number | null => (values.length === 0 ? null : (sumOf(values) as number) / values.length)

const loadFigures = (valuesOf: (metric: MetricId) => readonly number[]): HostLoad => ({
  cpu: meanOf(valuesOf('host.cpu')),
  udpErrors: meanOf(valuesOf('host.udpBufferErrors')),
  iowait: meanOf(valuesOf('host.iowait')),
})

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

/** Poll and configuration are read at different times: a removed path may be seen this much earlier or later than what it ended, ms. */
const removedWithinMs = 15_000

/** The latest removal of paths from each server's configuration, from events. */
function createPathRemovals() {
  const removals = new Map<string, { readonly at: number; readonly from: number; readonly paths: readonly string[] }>()
  return {
    /** Processes events. Returns the servers from whose configuration paths were removed. */
    addEvents: (events: readonly NewEvent[]): readonly string[] =>
      events.flatMap((event) => {
        if (event.kind !== 'serverConfigurationChanged' || event.subject === null || event.facts.removed === undefined) return []
        const serverId = ownerIdOf(event.subject)
        removals.set(serverId, { at: event.at, from: event.facts.seenBefore, paths: event.facts.removed })
        return [serverId]
      }),
    /** The cause of an outage that began at `since`: the path's own entry, or the one it belonged to, was removed about then; null: it was not. */
    of: (serverId: string, path: string, entry: string, since: number): Cause | null => {
      const removal = removals.get(serverId)
      if (removal === undefined || since < removal.from - removedWithinMs || since > removal.at + removedWithinMs) return null
      const removed = [path, entry].find((name) => removal.paths.includes(name))
      return removed === undefined ? null : cause({ kind: 'pathRemoved', entry: removed, readAt: removal.at }, 'seen', serverSubject(serverId), null)
    },
  }
}

// What follows from what was found.

/** Figures of a stream in the minute before its alarm. null: unknown. */
export interface StreamEvidence {
  /** Last bit rate above 0, bit/s. */
  readonly bps: number | null
  readonly lost: number | null
  /** Retransmitted by SRT. */
  readonly repaired: number | null
  readonly rttMs: number | null
  readonly latencyMs: number | null
  /** Frames discarded for its readers. */
  readonly discarded: number | null
  readonly windowMs: number
  /** The format in which it should be recorded, and its codecs if none of them can be; otherwise none. */
  readonly notRecorded: { readonly format: string; readonly codecs: readonly string[] }
  /** Number of readers with discarded frames; `readers`: of all. */
  readonly slowReaders: number
  readonly readers: number
}

interface HostLoad {
  readonly cpu: number | null
  readonly udpErrors: number | null
  readonly iowait: number | null
}

/** Figures of the machine that its server runs on. `ended`: the end of the media server's process at that time; `earlier`: its load before that minute. */
export type HostEvidence =
  | { readonly is: 'notWatched' }
  | { readonly is: 'notRead'; readonly id: string; readonly forMs: number; readonly ended?: ProcessEnd | null }
  | (HostLoad & {
      readonly is: 'read'
      readonly id: string
      readonly ended?: ProcessEnd | null
      readonly earlier: HostLoad
      readonly disks: readonly { readonly mount: string; readonly usedPercent: number }[]
    })

/** `forMs`: for how long the trouble has lasted; `removal`: the cause that its path was removed from the configuration, if it was. */
type ExplainedAlarm = Pick<Alarm, 'kind' | 'subject' | 'why' | 'said'> & { readonly forMs: number; readonly removal?: Cause | null }

/** CPU percentage from which a host is a possible or a likely cause. */
const busyAt = { possible: 75, likely: 90 }
const waitsAt = 20
/** A percentage that is not at least this much higher than before, in points, was as high while all was well. */
const higherBy = 15
const fullAt = 95

/** Likely causes of an alarm, what was seen first, followed by what is unknown of its host and, if nothing explains it, of the rest. */
export function causesOf(alarm: ExplainedAlarm, stream: StreamEvidence | null, host: HostEvidence): readonly Cause[] {
  // A refusal of credentials has nothing to do with load. Of one that was disconnected its reason says by whom.
  if (alarm.kind === 'serverHalted' || ('kicked' in alarm.why && alarm.why.kicked !== undefined)) return []
  const load = loadOf(host)
  const ended = [...(alarm.removal ? [alarm.removal] : []), ...(host.is !== 'notWatched' && host.ended ? [causeOfEnd(host.ended)] : [])]
  const ofIt = stream === null ? [] : [...ofStream(alarm, stream, load.length + ended.length > 0)]
  const seen = [...ended, ...ofIt].filter(isSeen)
  // What was seen explains it without the load of its host.
  const found = [...seen, ...(seen.length > 0 || isRefusedAtOnce(alarm.why) ? [] : load), ...ofIt.filter((one) => !isSeen(one))]
  return [...found, ...unreadHost(host), ...unknownOf(found, stream, host)].slice(0, mostCauses)
}

/** A busy machine answers late; it does not refuse a connection, nor lose its name or way. */
const isRefusedAtOnce = (why: Alarm['why']): boolean =>
  why.kind === 'serverError' && why.error.kind === 'unreachable' && ['refused', 'noRoute', 'nameNotFound'].includes(why.error.reason)

/** Causes of a failed probe, from what remote probes know. */
function causesOfProbe(probeId: string, elsewhere: readonly Elsewhere[]): readonly Cause[] {
  const found = elsewhereVerdict('down', elsewhere)
  if (found === null) return []
  const kind = found.verdict === 'way' ? 'readElsewhere' : 'downElsewhere'
  return [cause({ kind, at: [...found.at] }, 'seen', probeSubject(probeId), 'probe.elsewhereUp')]
}

/** State of a canary when one of its readers fails. */
export interface CanaryState {
  readonly server: string
  /** Names of the protocols by which it is published, and by which it is and is not read back. */
  readonly publishBy: string
  readonly isPublished: boolean
  readonly readBy: readonly string[]
  readonly notReadBy: readonly string[]
}
/** Causes of a canary that can't be read back: it is not published, or by which protocols it can be read. */
function causesOfCanary(probeId: string, canary: CanaryState | null): readonly Cause[] {
  if (canary === null) return []
  const { server, publishBy, isPublished, readBy, notReadBy } = canary
  const seen = (facts: CauseFacts) => [cause(facts, 'seen', probeSubject(probeId), 'probe.up')]
  if (readBy.length > 0) return seen({ kind: 'canaryReadBy', server, by: [...readBy] })
  if (!isPublished) return seen({ kind: 'canaryNotPublished', server, by: publishBy })
  // With a single protocol this would repeat the alarm itself.
  return notReadBy.length > 1 ? seen({ kind: 'canaryReadByNone', server, by: [...notReadBy] }) : []
}

/** Adds causes that were detected later: the end of a media server's process, or that the path was removed from the configuration. */
export function withSeen(causes: readonly Cause[], seen: readonly Cause[]): readonly Cause[] {
  const isSaid = ({ facts: { kind } }: Cause) => explainedBySeen.has(kind) || seen.some(({ facts }) => facts.kind === kind)
  return [...seen, ...causes.filter((one) => !isSaid(one) && !isUnknown(one))].slice(0, mostCauses)
}
/** The publisher did not close a connection that its server ended, nor did the load of its host. */
const explainedBySeen: ReadonlySet<CauseFacts['kind']> = new Set(['publisherClosed', 'hostBusy', 'udpErrors', 'diskBusy', 'diskFull'])
export function causeOfEnd({ hostId, pid, next }: ProcessEnd): Cause {
  return cause({ kind: 'processEnded', pid, next }, 'seen', hostSubject(hostId), 'host.mediaMemory')
}

const isSeen = ({ sure }: Cause): boolean => sure === 'seen'
const cause = (facts: CauseFacts, sure: Sureness, of: Subject | null, metric: MetricId | null): Cause => ({ facts, sure, of, metric })

function* ofStream(
  { kind, subject, why, said: saidOfAny, forMs }: ExplainedAlarm,
  { bps, lost, repaired, rttMs, latencyMs, discarded, windowMs, notRecorded: { format, codecs }, slowReaders, readers }: StreamEvidence,
  isLoaded: boolean,
): Iterable<Cause> {
  if (subject.kind !== 'stream') return
  if (why.kind === 'limitCrossed' && why.metric === 'path.notRecorded' && codecs.length > 0)
    yield cause({ kind: 'unrecordable', format, codecs: [...codecs] }, 'seen', subject, 'path.notRecorded')
  // For a forward, `said` is the error of its destination.
  const said = why.kind === 'limitCrossed' ? undefined : saidOfAny
  if (said !== undefined) yield cause({ kind: 'sourceRefuses', said, forMs }, 'seen', subject, 'path.sourceState')
  const isHurt = (lost ?? 0) > 0 || (repaired ?? 0) > 0
  if (isHurt) {
    const isTight = rttMs !== null && latencyMs !== null && latencyMs < 3 * rttMs
    const metric = (lost ?? 0) > 0 ? 'path.packetsLost' : 'path.packetsRepaired'
    const facts = { kind: 'network', lost: lost ?? 0, repaired: repaired ?? 0, rttMs, latencyMs, windowMs } as const
    yield cause(facts, (lost ?? 0) > 0 || isTight ? 'likely' : 'possible', subject, metric)
  }
  if (kind === 'streamGone' && bps !== null && !isHurt && !isLoaded && said === undefined && !wasPulled(why) && !stalledFirst(why))
    yield cause({ kind: 'publisherClosed', bps }, 'likely', subject, 'path.bitrateIn')
  if ((discarded ?? 0) > 0) yield cause({ kind: 'framesDiscarded', frames: discarded ?? 0, windowMs }, 'possible', subject, 'path.framesDiscarded')
  if (slowReaders > 0 && slowReaders * 2 < readers)
    yield cause({ kind: 'onlyReaders', readers: slowReaders, of: readers }, 'seen', subject, 'path.framesDiscarded')
}
/** Its server closes what sends nothing. */
const stalledFirst = (why: Alarm['why']): boolean => 'withoutData' in why && why.withoutData !== undefined
const wasPulled = (why: Alarm['why']): boolean => (why.kind === 'streamOff' ? isPulled(why.sourceType) : why.kind === 'senderLeft' && why.pulled)

/** Load that was as high while all was well explains nothing. Where it is unknown whether it was, it is a possible cause at most. */
function loadOf(host: HostEvidence): readonly Cause[] {
  if (host.is !== 'read') return []
  const { id, cpu, udpErrors, iowait, earlier, disks } = host
  const of = hostSubject(id)
  const isHigher = (now: number, before: number | null) => before === null || now - before >= higherBy
  const sure = (level: Sureness, before: number | null): Sureness => (before === null ? 'possible' : level)
  return [
    ...(cpu !== null && cpu >= busyAt.possible && isHigher(cpu, earlier.cpu)
      ? [cause({ kind: 'hostBusy', cpu }, sure(cpu >= busyAt.likely ? 'likely' : 'possible', earlier.cpu), of, 'host.cpu')]
      : []),
    ...(udpErrors !== null && udpErrors > 2 * (earlier.udpErrors ?? 0)
      ? [cause({ kind: 'udpErrors', perSecond: udpErrors }, sure('likely', earlier.udpErrors), of, 'host.udpBufferErrors')]
      : []),
    ...(iowait !== null && iowait >= waitsAt && isHigher(iowait, earlier.iowait) ? [cause({ kind: 'diskBusy', iowait }, 'possible', of, 'host.iowait')] : []),
    ...disks
      .filter(({ usedPercent }) => usedPercent >= fullAt)
      .slice(0, 1)
      .map((disk) => cause({ kind: 'diskFull', mount: disk.mount, used: disk.usedPercent }, 'possible', deviceSubject(id, diskPath(disk)), 'device.used')),
  ]
}

function unreadHost(host: HostEvidence): readonly Cause[] {
  return host.is === 'notRead' ? [cause({ kind: 'hostNotRead', forMs: host.forMs }, 'seen', hostSubject(host.id), 'host.reachable')] : []
}

/** What is unknown, in one clause, if nothing explains the alarm. */
function unknownOf(found: readonly Cause[], stream: StreamEvidence | null, host: HostEvidence): readonly Cause[] {
  if (found.length > 0) return []
  if (stream !== null && stream.bps === null && stream.lost === null) return [cause({ kind: 'noFigures' }, 'seen', null, null)]
  return host.is === 'notWatched' ? [cause({ kind: 'hostNotWatched' }, 'seen', null, null)] : []
}
interface ProcessEnd {
  readonly hostId: string
  readonly at: number
  readonly pid: number
  /** The process that replaced it; null: none so far. */
  readonly next: number | null
}
