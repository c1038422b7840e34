import { type ChartStackName, type MetricId, type MetricLane, metricIds, metrics } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, ownerIdOf, partOf, type Subject, type SubjectKind, type SubjectOf, serverSubject } from '../../shared/subjects.ts'

/** One row of a stack of charts: a metric, drawn as its row of the metric table says. */
export interface Lane extends Omit<MetricLane, 'charts'> {
  readonly metric: MetricId
  /** Whose it is, where it is another's than that of the other lanes: a part of a host, or the host under a server. */
  readonly of?: Subject
  /** Named before its label, where lanes of several subjects stand together: `eth0`. */
  readonly subject?: string
}

const lanesIn = (stack: ChartStackName): readonly Lane[] =>
  metricIds.flatMap((metric): Lane[] => {
    const { lane } = metrics[metric]
    return lane?.charts.includes(stack) ? [{ ...lane, metric }] : []
  })

export const streamLanes = lanesIn('stream')
export const serverLanes = lanesIn('server')
/** Of several servers together. */
export const sumLanes = lanesIn('servers')
const machineLanes = lanesIn('machine')
const mediaLanes = lanesIn('media')
const networkLosses = lanesIn('networks')
const diskLanes = lanesIn('disk')
const networkLanes = lanesIn('network')
const gpuLanes = lanesIn('gpu')

/** Groups of a host's charts. */
export const hostChartGroups = ['machine', 'networks', 'disks', 'gpu', 'media'] as const
export type HostChartGroup = (typeof hostChartGroups)[number]
/** More parts in one stack could not be read. */
const mostParts = 4

/** Names of the parts of a host that have charts of their own. */
export interface HostParts {
  readonly disks: readonly string[]
  readonly networks: readonly string[]
  readonly gpus: readonly string[]
}

/** What to draw of a host: its parts by name, and beside the machine what the server on it had to carry. */
export function hostLanes(group: HostChartGroup, hostId: string, parts: HostParts, serverId: string | null): readonly Lane[] {
  const ofParts = (kind: 'disk' | 'net' | 'gpu', names: readonly string[], titles: readonly string[], lanes: readonly Lane[]) =>
    names
      .slice(0, mostParts)
      .flatMap((name, place) => lanes.map((lane): Lane => ({ ...lane, of: deviceSubject(hostId, `${kind}:${name}`), subject: titles[place] ?? name })))
  const carried: readonly Lane[] =
    serverId === null
      ? []
      : serverLanes
          .filter(({ metric }) => metric === 'server.streamsLive' || metric === 'server.bitrateOut')
          .map((lane): Lane => ({ ...lane, weight: 0.8, whenEmpty: 'left out', of: serverSubject(serverId) }))
  switch (group) {
    case 'machine':
      return [...machineLanes, ...carried]
    case 'disks':
      return ofParts('disk', parts.disks, parts.disks, diskLanes)
    case 'networks':
      return [...ofParts('net', parts.networks, parts.networks, networkLanes), ...networkLosses]
    case 'gpu':
      return ofParts(
        'gpu',
        parts.gpus.map((_, place) => String(place)),
        parts.gpus,
        gpuLanes,
      )
    case 'media':
      return [...mediaLanes, ...carried]
    default:
      return group satisfies never
  }
}

/** Beside `disk:/`, `net:eth0` and `gpu:0`, as history names them: the process of the media server. */
export const mediaPart = 'media'
/** What to draw of a host or of one of its parts. Of the network: what the whole machine lost, too, which explains lost RTP. */
export function lanesOfHost(subject: SubjectOf<'host' | 'device'>): readonly Lane[] {
  const own = (lanes: readonly Lane[]) => lanes.map((lane): Lane => ({ ...lane, of: subject }))
  switch (partOf(subject)?.split(':', 1)[0]) {
    case 'disk':
      return own(diskLanes)
    case 'net':
      return [...own(networkLanes), ...networkLosses]
    case 'gpu':
      return own(gpuLanes)
    case mediaPart:
      return mediaLanes
    default:
      return machineLanes
  }
}

/** Lanes of the host under a server, below the server's own. */
export const lanesOfServer = (hostId: string | null): readonly Lane[] =>
  hostId === null
    ? serverLanes
    : [
        ...serverLanes,
        ...machineLanes
          .filter(({ metric }) => metric === 'host.cpu' || metric === 'host.memoryPercent')
          .map((lane): Lane => ({ ...lane, weight: 0.9, whenEmpty: 'left out', of: hostSubject(hostId) })),
      ]

/** Tells lanes of one stack apart. */
export const laneKey = (lane: Lane): string => (lane.of === undefined ? lane.metric : `${ownerIdOf(lane.of)} ${partOf(lane.of) ?? ''} ${lane.metric}`)

/** Shares of a whole that can't be more than all of it. A media server's CPU is of one core, of which it may use several. */
export const isShare = (metric: MetricId): boolean => metrics[metric].unit === 'percent' && metric !== 'host.mediaCpu'

/** What is kept of something for as long as it is watched at all. */
export const presenceMetrics = {
  server: 'server.reachable',
  stream: 'path.state',
  host: 'host.reachable',
  device: 'device.used',
} as const satisfies Record<SubjectKind, MetricId>

/** Yes or no over time. */
export const isReachable = (metric: MetricId): boolean => metric === 'server.reachable' || metric === 'host.reachable'

/** Counted things have whole ticks. */
export const isWhole = (metric: MetricId) => metrics[metric].unit === 'count' && metrics[metric].kind !== 'increase' && metrics[metric].quantum >= 1

/**
 * SRT repairs what is lost while at least three to four round trips fit into the latency: from a quarter of it on a round
 * trip has no reserve, beyond a third packets come too late.
 */
export const roundTripLimits = (latencyMs: number | null): { readonly soundTo: number; readonly lostFrom: number } | null =>
  latencyMs === null || latencyMs <= 0 ? null : { soundTo: latencyMs / 4, lostFrom: latencyMs / 3 }
