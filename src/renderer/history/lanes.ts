import { type MetricId, metrics } from '../../shared/metrics.ts'
import { deviceSubject, hostSubject, ownerIdOf, partOf, type Subject, type SubjectKind, type SubjectOf, serverSubject } from '../../shared/subjects.ts'
import type { en } from '../app/words/en.ts'

type LaneWord = keyof typeof en.history.lane

/** One row of a stack of charts: one metric, or two that share unit and scale. All of a page are a list like this. */
export interface Lane {
  readonly metric: MetricId
  /** Whose it is, where it is another's than that of the other lanes: a part of a host, or the host under a server. */
  readonly of?: Subject
  /** Named before its word, where lanes of several subjects stand together: `eth0`. */
  readonly subject?: string
  /** Its name in the catalogue of words. */
  readonly word: LaneWord
  readonly shape: 'line' | 'bars' | 'steps'
  /** Which of the neutral line colours. Colour is kept for trouble. */
  readonly tone: 'in' | 'out' | 'third' | 'trouble'
  /** Share of the height that is there. */
  readonly weight: number
  /** Lanes that most subjects have no samples of are left out when empty. */
  readonly whenEmpty: 'shown' | 'left out'
  /** Increases are drawn a minute, which is what people compare. */
  readonly perMinute?: boolean
  /** Metric whose value draws the limits: latency budget ÷ 4 and ÷ 3. */
  readonly budget?: MetricId
}

export const streamLanes: readonly Lane[] = [
  { metric: 'path.bitrateIn', word: 'bitrateIn', shape: 'line', tone: 'in', weight: 1.35, whenEmpty: 'shown' },
  { metric: 'path.bitrateOut', word: 'bitrateOut', shape: 'line', tone: 'out', weight: 1, whenEmpty: 'shown' },
  { metric: 'path.rtt', word: 'rtt', shape: 'line', tone: 'in', weight: 1.35, whenEmpty: 'left out', budget: 'path.latency' },
  { metric: 'path.packetsLost', word: 'packetsLost', shape: 'bars', tone: 'trouble', weight: 0.9, whenEmpty: 'left out', perMinute: true },
  { metric: 'path.jitter', word: 'jitter', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'path.readers', word: 'readers', shape: 'steps', tone: 'third', weight: 0.8, whenEmpty: 'shown' },
]

export const serverLanes: readonly Lane[] = [
  { metric: 'server.reachable', word: 'reachable', shape: 'steps', tone: 'in', weight: 0.6, whenEmpty: 'shown' },
  { metric: 'server.bitrateIn', word: 'bitrateIn', shape: 'line', tone: 'in', weight: 1.2, whenEmpty: 'shown' },
  { metric: 'server.bitrateOut', word: 'bitrateOut', shape: 'line', tone: 'out', weight: 1.2, whenEmpty: 'shown' },
  { metric: 'server.streamsLive', word: 'streamsLive', shape: 'steps', tone: 'third', weight: 0.8, whenEmpty: 'shown' },
  { metric: 'server.readers', word: 'readers', shape: 'steps', tone: 'third', weight: 0.8, whenEmpty: 'shown' },
  { metric: 'server.answerMs', word: 'answerMs', shape: 'line', tone: 'in', weight: 1, whenEmpty: 'shown' },
]

/** Of several servers together. */
export const sumLanes: readonly Lane[] = [
  { metric: 'server.streamsInTrouble', word: 'streamsInTrouble', shape: 'steps', tone: 'trouble', weight: 0.9, whenEmpty: 'shown' },
  { metric: 'server.streamsLive', word: 'streamsLive', shape: 'steps', tone: 'third', weight: 0.9, whenEmpty: 'shown' },
  { metric: 'server.bitrateIn', word: 'bitrateIn', shape: 'line', tone: 'in', weight: 1.1, whenEmpty: 'shown' },
  { metric: 'server.bitrateOut', word: 'bitrateOut', shape: 'line', tone: 'out', weight: 1.1, whenEmpty: 'shown' },
  { metric: 'server.readers', word: 'readers', shape: 'steps', tone: 'third', weight: 0.9, whenEmpty: 'shown' },
]

const machineLanes: readonly Lane[] = [
  { metric: 'host.reachable', word: 'reachable', shape: 'steps', tone: 'in', weight: 0.6, whenEmpty: 'shown' },
  { metric: 'host.cpu', word: 'cpu', shape: 'line', tone: 'in', weight: 1.3, whenEmpty: 'shown' },
  { metric: 'host.busiestCore', word: 'busiestCore', shape: 'line', tone: 'out', weight: 0.9, whenEmpty: 'left out' },
  { metric: 'host.load1', word: 'load', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'host.memoryPercent', word: 'memory', shape: 'line', tone: 'in', weight: 1, whenEmpty: 'shown' },
  { metric: 'host.iowait', word: 'iowait', shape: 'line', tone: 'out', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'host.steal', word: 'steal', shape: 'line', tone: 'out', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'host.swapUsed', word: 'swap', shape: 'line', tone: 'third', weight: 0.7, whenEmpty: 'left out' },
  { metric: 'host.temperature', word: 'temperature', shape: 'line', tone: 'third', weight: 0.7, whenEmpty: 'left out' },
]
const mediaLanes: readonly Lane[] = [
  { metric: 'host.mediaCpu', word: 'mediaCpu', shape: 'line', tone: 'in', weight: 1.2, whenEmpty: 'shown' },
  { metric: 'host.mediaMemory', word: 'mediaMemory', shape: 'line', tone: 'out', weight: 1, whenEmpty: 'shown' },
  { metric: 'host.mediaGoroutines', word: 'mediaGoroutines', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'host.mediaThreads', word: 'mediaThreads', shape: 'steps', tone: 'third', weight: 0.7, whenEmpty: 'left out' },
  { metric: 'host.mediaFiles', word: 'mediaFiles', shape: 'steps', tone: 'third', weight: 0.7, whenEmpty: 'left out' },
]
const networkLosses: readonly Lane[] = [
  { metric: 'host.tcpRetransmits', word: 'retransmits', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'host.udpBufferErrors', word: 'udpErrors', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
]
const diskLanes: readonly Lane[] = [
  { metric: 'device.used', word: 'used', shape: 'line', tone: 'in', weight: 1, whenEmpty: 'shown' },
  { metric: 'device.read', word: 'read', shape: 'line', tone: 'out', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'device.written', word: 'written', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
]
const networkLanes: readonly Lane[] = [
  { metric: 'device.received', word: 'received', shape: 'line', tone: 'in', weight: 1, whenEmpty: 'shown' },
  { metric: 'device.sent', word: 'sent', shape: 'line', tone: 'out', weight: 1, whenEmpty: 'shown' },
  { metric: 'device.errors', word: 'errors', shape: 'line', tone: 'third', weight: 0.6, whenEmpty: 'left out' },
  { metric: 'device.drops', word: 'drops', shape: 'line', tone: 'third', weight: 0.6, whenEmpty: 'left out' },
]
const gpuLanes: readonly Lane[] = [
  { metric: 'device.used', word: 'used', shape: 'line', tone: 'in', weight: 1, whenEmpty: 'shown' },
  { metric: 'device.encoder', word: 'encoder', shape: 'line', tone: 'out', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'device.memory', word: 'gpuMemory', shape: 'line', tone: 'third', weight: 0.8, whenEmpty: 'left out' },
  { metric: 'device.temperature', word: 'temperature', shape: 'line', tone: 'third', weight: 0.7, whenEmpty: 'left out' },
]

/** Groups of a host's charts. */
export const hostChartGroups = ['machine', 'networks', 'disks', 'gpu', 'media'] as const
export type HostChartGroup = (typeof hostChartGroups)[number]
/** More parts than this in one stack nobody reads. */
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
      : [
          { metric: 'server.streamsLive', word: 'streamsLive', shape: 'steps', tone: 'third', weight: 0.7, whenEmpty: 'left out', of: serverSubject(serverId) },
          { metric: 'server.bitrateOut', word: 'bitrateOut', shape: 'line', tone: 'out', weight: 0.8, whenEmpty: 'left out', of: serverSubject(serverId) },
        ]
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

/** Yes or no over time. */
/** What is kept of something for as long as it is watched at all. */
export const presenceMetrics = {
  server: 'server.reachable',
  stream: 'path.state',
  host: 'host.reachable',
  device: 'device.used',
} as const satisfies Record<SubjectKind, MetricId>

export const isReachable = (metric: MetricId): boolean => metric === 'server.reachable' || metric === 'host.reachable'

/** Counted things have whole ticks. */
export const isWhole = (metric: MetricId) => metrics[metric].unit === 'count' && metrics[metric].kind !== 'increase' && metrics[metric].quantum >= 1

/**
 * SRT repairs what is lost while at least three to four round trips fit into the latency: from a quarter of it on a round
 * trip has no reserve, beyond a third packets come too late.
 */
export const roundTripLimits = (latencyMs: number | null): { readonly soundTo: number; readonly lostFrom: number } | null =>
  latencyMs === null || latencyMs <= 0 ? null : { soundTo: latencyMs / 4, lostFrom: latencyMs / 3 }
