import { type ChartStackName, type MetricId, type MetricLane, metricIds, metrics, type Unit } from '../../shared/metrics.ts'
import type { Subject, SubjectOf } from '../../shared/subjectNames.ts'
import { deviceSubject, hostSubject, ownerIdOf, partOf, serverSubject } from '../../shared/subjectNames.ts'
import type { DrawnSeries } from './joinSeries.ts'

export interface Lane extends Omit<MetricLane, 'charts'> {
  readonly metric: MetricId
  /** If it differs from the stack's: a part of a host, or the host under a server. */
  readonly of?: Subject
  /** Shown before the label if lanes of several subjects are combined: `eth0`. */
  readonly subject?: string
}

const lanesIn = (stack: ChartStackName): readonly Lane[] =>
  metricIds.flatMap((metric): Lane[] => {
    const { lane } = metrics[metric]
    return lane?.charts.includes(stack) ? [{ ...lane, metric }] : []
  })

export const streamLanes = lanesIn('stream')
export const serverLanes = lanesIn('server')
export const probeLanes = lanesIn('probe')
export const sumLanes = lanesIn('servers')
const machineLanes = lanesIn('machine')
const mediaLanes = lanesIn('media')
const networkLosses = lanesIn('networks')
const partLanes = { disk: lanesIn('disk'), net: lanesIn('network'), gpu: lanesIn('gpu') } as const
type PartKind = keyof typeof partLanes

export const hostChartGroups = ['machine', 'networks', 'disks', 'gpu', 'media'] as const
export type HostChartGroup = (typeof hostChartGroups)[number]
const mostParts = 4

export interface HostParts {
  readonly disks: readonly string[]
  readonly networks: readonly string[]
  readonly gpus: readonly string[]
}

export interface HostedServer {
  readonly id: string
  readonly name: string
}

/** Its parts by name and, with the machine, the load of the servers on it. */
export function hostLanes(group: HostChartGroup, hostId: string, parts: HostParts, servers: readonly HostedServer[]): readonly Lane[] {
  const ofParts = (kind: PartKind, titles: readonly string[], nameOf = (title: string, _place: number) => title) =>
    titles
      .slice(0, mostParts)
      .flatMap((title, place) =>
        partLanes[kind].map((lane): Lane => ({ ...lane, of: deviceSubject(hostId, `${kind}:${nameOf(title, place)}`), subject: title })),
      )
  const carried = servers.flatMap(({ id, name }) =>
    serverLanes
      .filter(({ metric }) => metric === 'server.streamsLive' || metric === 'server.bitrateOut')
      .map((lane): Lane => ({ ...lane, whenEmpty: 'left out', of: serverSubject(id), ...(servers.length > 1 && { subject: name }) })),
  )
  switch (group) {
    case 'machine':
      return [...machineLanes, ...carried]
    case 'disks':
      return ofParts('disk', parts.disks)
    case 'networks':
      return [...ofParts('net', parts.networks), ...networkLosses]
    case 'gpu':
      return ofParts('gpu', parts.gpus, (_, place) => String(place))
    case 'media':
      return [...mediaLanes, ...carried]
    default:
      return group satisfies never
  }
}

/** A part beside `disk:/`, `net:eth0` and `gpu:0`, which history uses. */
export const mediaPart = 'media'
/** A network also shows the whole machine's losses, which explain lost RTP. */
export function lanesOfHost(subject: SubjectOf<'host' | 'device'>): readonly Lane[] {
  const kind = partOf(subject)?.split(':', 1)[0]
  if (kind === mediaPart) return mediaLanes
  if (kind !== 'disk' && kind !== 'net' && kind !== 'gpu') return machineLanes
  const own = partLanes[kind].map((lane): Lane => ({ ...lane, of: subject }))
  return kind === 'net' ? [...own, ...networkLosses] : own
}

export function lanesOfServer(hostId: string | null): readonly Lane[] {
  return hostId === null
    ? serverLanes
    : [
        ...serverLanes,
        ...machineLanes
          .filter(({ metric }) => metric === 'host.cpu' || metric === 'host.memoryPercent')
          .map((lane): Lane => ({ ...lane, whenEmpty: 'left out', of: hostSubject(hostId) })),
      ]
}

/** Values as they are judged: an increase is that of one poll. */
export function figureLane(metric: MetricId): Lane {
  const { lane, kind } = metrics[metric]
  const shape = lane?.shape ?? (kind === 'increase' ? 'bars' : isWhole(metric) ? 'steps' : 'line')
  return { metric, shape, tone: lane?.tone ?? 'in', whenEmpty: 'shown' }
}

/** Nothing to show or, of a trouble that most subjects never have, only zeros. */
export function isLeftOut({ whenEmpty, tone, shape }: Lane, { max }: Pick<DrawnSeries, 'max'>): boolean {
  return whenEmpty === 'left out' && (max.length === 0 || (tone === 'trouble' && shape === 'steps' && max.every((value) => value === 0)))
}

export function laneKey(lane: Lane): string {
  return lane.of === undefined ? lane.metric : `${ownerIdOf(lane.of)} ${partOf(lane.of) ?? ''} ${lane.metric}`
}

/** Percentages of at most 100: a media server's CPU is relative to one core, and it may use several. */
export function isShare(metric: MetricId): boolean {
  return metrics[metric].unit === 'percent' && metric !== 'host.mediaCpu'
}

/** Levels below full scale: 0 is as loud as it gets. */
export function isLevel(unit: Unit): boolean {
  return unit === 'dbfs' || unit === 'lufs'
}

export function isReachable(metric: MetricId): boolean {
  return metric === 'server.reachable' || metric === 'host.reachable' || metric === 'probe.up'
}

export function isWhole(metric: MetricId) {
  return metrics[metric].unit === 'count' && metrics[metric].kind !== 'increase' && metrics[metric].quantum >= 1
}

/**
 * SRT repairs losses while at least three to four round trips fit into the latency. From a quarter of the latency on, a round
 * trip leaves no reserve; above a third, packets come too late.
 */
export function roundTripLimits(latencyMs: number | null): { readonly soundTo: number; readonly lostFrom: number } | null {
  return latencyMs === null || latencyMs <= 0 ? null : { soundTo: latencyMs / 4, lostFrom: latencyMs / 3 }
}
