import type { Alarm } from '../../shared/alarms.ts'
import { type Cause, type CauseFacts, mostCauses, type Sureness } from '../../shared/causes.ts'
import { diskPath } from '../../shared/hosts.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { type Elsewhere, elsewhereVerdict } from '../../shared/sights.ts'
import { deviceSubject, hostSubject, probeSubject, serverSubject } from '../../shared/subjectNames.ts'
import type { Subject } from '../../shared/subjects.ts'
import { isPulled } from '../../shared/words/media.ts'
import type { ProcessEnd } from './processEnds.ts'

/** What the minute before an alarm shows of its stream. null: not known. */
export interface StreamEvidence {
  /** As it last arrived, bit/s. */
  readonly bps: number | null
  readonly lost: number | null
  /** Sent again by SRT. */
  readonly repaired: number | null
  readonly rttMs: number | null
  readonly latencyMs: number | null
  /** Frames discarded to its readers. */
  readonly discarded: number | null
  readonly windowMs: number
  /** Readers that frames are discarded to, of all. */
  readonly slowReaders: number
  readonly readers: number
  /** Other live streams of its server. */
  readonly othersLive: number | null
}

/** The machine under its server. `ended`: the process of its media server did at that time. */
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

/** `forMs`: for how long it has lasted. */
type Judged = Pick<Alarm, 'kind' | 'subject' | 'why' | 'said'> & { readonly forMs: number }

/** Percent of CPU from which a host may be to blame, and probably is. */
const busyAt = { possible: 75, likely: 90 }
const waitsAt = 20
const fullAt = 95

/** Why an alarm was raised, as far as these figures say: the most telling clause first, then what speaks against others, and what is not known. */
export function causesOf(alarm: Judged, stream: StreamEvidence | null, host: HostEvidence): readonly Cause[] {
  const load = loadOf(host)
  const ended = host.is !== 'notWatched' && host.ended ? [causeOfEnd(host.id, host.ended)] : []
  const own = stream === null ? [] : ofStream(alarm, stream, load.length + ended.length > 0)
  return [...ended, ...own, ...load, ...(stream === null ? [] : around(alarm, stream)), ...ofHost(host, load.length > 0)].slice(0, mostCauses)
}

/** Why a probe can't read its stream, as far as other consoles tell. */
export function causesOfProbe(probeId: string, elsewhere: readonly Elsewhere[]): readonly Cause[] {
  const found = elsewhereVerdict('down', elsewhere)
  if (found === null) return []
  const kind = found.verdict === 'way' ? 'readElsewhere' : 'downElsewhere'
  return [cause({ kind, at: [...found.at] }, 'seen', probeSubject(probeId), 'probe.elsewhereUp')]
}

/** What is known of a canary when one of its readers can't read it. */
export interface CanarySight {
  /** Name of its server. */
  readonly server: string
  /** Names of protocols: how it is published, and by which it is read back and is not. */
  readonly publishBy: string
  readonly isPublished: boolean
  readonly readBy: readonly string[]
  readonly notReadBy: readonly string[]
}
/** Why a canary can't be read back: where nothing is published nothing can be, and what others of its readers get is there. */
export function causesOfCanary(probeId: string, canary: CanarySight | null): readonly Cause[] {
  if (canary === null) return []
  const { server, publishBy, isPublished, readBy, notReadBy } = canary
  const seen = (facts: CauseFacts) => [cause(facts, 'seen', probeSubject(probeId), 'probe.up')]
  if (readBy.length > 0) return seen({ kind: 'canaryReadBy', server, by: [...readBy] })
  if (!isPublished) return seen({ kind: 'canaryNotPublished', server, by: publishBy })
  // Of a single protocol its own alarm says as much.
  return notReadBy.length > 1 ? seen({ kind: 'canaryReadByNone', server, by: [...notReadBy] }) : []
}

/** The same with an end of the media server's process that was seen later. */
export function withEnd(causes: readonly Cause[], hostId: string, end: ProcessEnd): readonly Cause[] {
  // No publisher closed what ended with its server.
  return [causeOfEnd(hostId, end), ...causes.filter(({ facts: { kind } }) => kind !== 'processEnded' && kind !== 'publisherClosed')].slice(0, mostCauses)
}
const causeOfEnd = (hostId: string, { pid, next }: ProcessEnd): Cause =>
  cause({ kind: 'processEnded', pid, next }, 'seen', hostSubject(hostId), 'host.mediaMemory')

const cause = (facts: CauseFacts, sure: Sureness, of: Subject | null, metric: MetricId | null): Cause => ({ facts, sure, of, metric })

function* ofStream(
  { kind, subject, why, said: saidOfAny, forMs }: Judged,
  { bps, lost, repaired, rttMs, latencyMs, discarded, windowMs, slowReaders, readers }: StreamEvidence,
  isLoaded: boolean,
): Iterable<Cause> {
  if (subject.kind !== 'stream') return
  // Of a forward it is what its destination said.
  const said = why.kind === 'limitCrossed' ? undefined : saidOfAny
  if (said !== undefined) yield cause({ kind: 'sourceRefuses', said, forMs }, 'seen', subject, 'path.sourceState')
  const isHurt = (lost ?? 0) > 0 || (repaired ?? 0) > 0
  if (isHurt) {
    const isTight = rttMs !== null && latencyMs !== null && latencyMs < 3 * rttMs
    const metric = (lost ?? 0) > 0 ? 'path.packetsLost' : 'path.packetsRepaired'
    const facts = { kind: 'network', lost: lost ?? 0, repaired: repaired ?? 0, rttMs, latencyMs, windowMs } as const
    yield cause(facts, (lost ?? 0) > 0 || isTight ? 'likely' : 'possible', subject, metric)
  }
  if (kind === 'streamGone' && bps !== null && !isHurt && !isLoaded && said === undefined && !wasPulled(why))
    yield cause({ kind: 'publisherClosed', bps }, 'likely', subject, 'path.bitrateIn')
  if ((discarded ?? 0) > 0) yield cause({ kind: 'framesDiscarded', frames: discarded ?? 0, windowMs }, 'possible', subject, 'path.framesDiscarded')
  if (slowReaders > 0 && slowReaders * 2 < readers)
    yield cause({ kind: 'onlyReaders', readers: slowReaders, of: readers }, 'seen', subject, 'path.framesDiscarded')
  if (bps === null && lost === null && said === undefined) yield cause({ kind: 'noFigures' }, 'seen', subject, null)
}
const wasPulled = (why: Alarm['why']): boolean => (why.kind === 'streamOff' ? isPulled(why.sourceType) : why.kind === 'senderLeft' && why.pulled)

/** What a host does too much of. */
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
  if (host.is === 'notWatched') return [cause({ kind: 'hostNotWatched' }, 'seen', null, null)]
  const of = hostSubject(host.id)
  if (host.is === 'notRead') return [cause({ kind: 'hostNotRead', forMs: host.forMs }, 'seen', of, 'host.reachable')]
  return isLoaded || host.cpu === null ? [] : [cause({ kind: 'hostFine', cpu: host.cpu }, 'seen', of, 'host.cpu')]
}
