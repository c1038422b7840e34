import { isPulled } from '../../i18n/media.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { type Cause, type CauseFacts, isUnknown, mostCauses, type Sureness } from '../../shared/causes.ts'
import { diskPath } from '../../shared/hosts.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { type Elsewhere, elsewhereVerdict } from '../../shared/remoteProbes.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { deviceSubject, hostSubject, probeSubject, serverSubject } from '../../shared/subjectNames.ts'

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
  /** Other live streams of its server. */
  readonly othersLive: number | null
}

/** Figures of the machine that its server runs on. `ended`: the end of the media server's process at that time. */
export type HostEvidence =
  | { readonly is: 'notWatched' }
  | { readonly is: 'notRead'; readonly id: string; readonly forMs: number; readonly ended?: ProcessEnd | null }
  | {
      readonly is: 'read'
      readonly id: string
      readonly ended?: ProcessEnd | null
      readonly cpu: number | null
      readonly udpErrors: number | null
      readonly iowait: number | null
      readonly disks: readonly { readonly mount: string; readonly usedPercent: number }[]
    }

/** `forMs`: for how long the trouble has lasted. */
type ExplainedAlarm = Pick<Alarm, 'kind' | 'subject' | 'why' | 'said'> & { readonly forMs: number }

/** CPU percentage from which a host is a possible or a likely cause. */
const busyAt = { possible: 75, likely: 90 }
const waitsAt = 20
const fullAt = 95

/** Likely causes of an alarm, what was seen first, followed by evidence against other causes and, if nothing explains it, by what is unknown. */
export function causesOf(alarm: ExplainedAlarm, stream: StreamEvidence | null, host: HostEvidence): readonly Cause[] {
  // A refusal of credentials has nothing to do with load.
  if (alarm.kind === 'serverHalted') return []
  const besides = stream === null ? [] : around(alarm, stream)
  // Its reason says who disconnected it.
  if ('kicked' in alarm.why && alarm.why.kicked !== undefined) return besides
  const load = loadOf(host)
  const ended = host.is !== 'notWatched' && host.ended ? [causeOfEnd(host.ended)] : []
  const ofIt = stream === null ? [] : [...ofStream(alarm, stream, load.length + ended.length > 0)]
  const seen = [...ended, ...ofIt].filter(isSeen)
  // What was seen explains it without the load of its host.
  const found = [...seen, ...(seen.length > 0 || isRefusedAtOnce(alarm.why) ? [] : load), ...ofIt.filter((one) => !isSeen(one))]
  return [...found, ...besides, ...ofHost(host, load.length > 0), ...unknownOf(found, stream, host)].slice(0, mostCauses)
}

/** A busy machine answers late; it does not refuse a connection, nor lose its name or way. */
const isRefusedAtOnce = (why: Alarm['why']): boolean =>
  why.kind === 'serverError' && why.error.kind === 'unreachable' && ['refused', 'noRoute', 'nameNotFound'].includes(why.error.reason)

/** Causes of a failed probe, from what remote probes know. */
export function causesOfProbe(probeId: string, elsewhere: readonly Elsewhere[]): readonly Cause[] {
  const found = elsewhereVerdict('down', elsewhere)
  if (found === null) return []
  const kind = found.verdict === 'way' ? 'readElsewhere' : 'downElsewhere'
  return [cause({ kind, at: [...found.at] }, 'seen', probeSubject(probeId), 'probe.elsewhereUp')]
}

/** State of a canary when one of its readers fails. */
export interface CanaryState {
  /** Name of its server. */
  readonly server: string
  /** Names of the protocols by which it is published, and by which it is and is not read back. */
  readonly publishBy: string
  readonly isPublished: boolean
  readonly readBy: readonly string[]
  readonly notReadBy: readonly string[]
}
/** Causes of a canary that can't be read back: it is not published, or by which protocols it can be read. */
export function causesOfCanary(probeId: string, canary: CanaryState | null): readonly Cause[] {
  if (canary === null) return []
  const { server, publishBy, isPublished, readBy, notReadBy } = canary
  const seen = (facts: CauseFacts) => [cause(facts, 'seen', probeSubject(probeId), 'probe.up')]
  if (readBy.length > 0) return seen({ kind: 'canaryReadBy', server, by: [...readBy] })
  if (!isPublished) return seen({ kind: 'canaryNotPublished', server, by: publishBy })
  // With a single protocol this would repeat the alarm itself.
  return notReadBy.length > 1 ? seen({ kind: 'canaryReadByNone', server, by: [...notReadBy] }) : []
}

/** Adds the end of a media server's process that was detected later. */
export function withEnd(causes: readonly Cause[], end: ProcessEnd): readonly Cause[] {
  return [causeOfEnd(end), ...causes.filter((one) => !explainedByEnd.has(one.facts.kind) && !isUnknown(one))].slice(0, mostCauses)
}
/** The publisher did not close a connection that ended with the server, nor did the load of its host. */
const explainedByEnd: ReadonlySet<CauseFacts['kind']> = new Set(['processEnded', 'publisherClosed', 'hostBusy', 'udpErrors', 'diskBusy', 'diskFull'])
const causeOfEnd = ({ hostId, pid, next }: ProcessEnd): Cause => cause({ kind: 'processEnded', pid, next }, 'seen', hostSubject(hostId), 'host.mediaMemory')

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

/** Causes from the load of a host. */
function loadOf(host: HostEvidence): readonly Cause[] {
  if (host.is !== 'read') return []
  const { id, cpu, udpErrors, iowait, disks } = host
  const of = hostSubject(id)
  return [
    ...(cpu !== null && cpu >= busyAt.possible ? [cause({ kind: 'hostBusy', cpu }, cpu >= busyAt.likely ? 'likely' : 'possible', of, 'host.cpu')] : []),
    ...(udpErrors !== null && udpErrors > 0 ? [cause({ kind: 'udpErrors', perSecond: udpErrors }, 'likely', of, 'host.udpBufferErrors')] : []),
    ...(iowait !== null && iowait >= waitsAt ? [cause({ kind: 'diskBusy', iowait }, 'possible', of, 'host.iowait')] : []),
    ...disks
      .filter(({ usedPercent }) => usedPercent >= fullAt)
      .slice(0, 1)
      .map((disk) => cause({ kind: 'diskFull', mount: disk.mount, used: disk.usedPercent }, 'possible', deviceSubject(id, diskPath(disk)), 'device.used')),
  ]
}

function around({ subject }: Pick<Alarm, 'subject'>, { othersLive }: StreamEvidence): readonly Cause[] {
  if (subject.kind !== 'stream' || othersLive === null || othersLive === 0) return []
  return [cause({ kind: 'othersLive', live: othersLive }, 'seen', serverSubject(subject.serverId), 'server.streamsLive')]
}

function ofHost(host: HostEvidence, isLoaded: boolean): readonly Cause[] {
  if (host.is === 'notWatched') return []
  const of = hostSubject(host.id)
  if (host.is === 'notRead') return [cause({ kind: 'hostNotRead', forMs: host.forMs }, 'seen', of, 'host.reachable')]
  return isLoaded || host.cpu === null ? [] : [cause({ kind: 'hostFine', cpu: host.cpu }, 'seen', of, 'host.cpu')]
}

/** What is unknown, in one clause, if nothing explains the alarm. */
function unknownOf(found: readonly Cause[], stream: StreamEvidence | null, host: HostEvidence): readonly Cause[] {
  if (found.length > 0) return []
  if (stream !== null && stream.bps === null && stream.lost === null) return [cause({ kind: 'noFigures' }, 'seen', null, null)]
  return host.is === 'notWatched' ? [cause({ kind: 'hostNotWatched' }, 'seen', null, null)] : []
}
/** The end of a media server's process. */
export interface ProcessEnd {
  readonly hostId: string
  readonly at: number
  readonly pid: number
  /** The process that replaced it; null: none so far. */
  readonly next: number | null
}
