/**
 * THE metric table. Charts, rules, exports, /metrics and units all read it; there is no second list.
 *
 * - gauge: a value that was read. rate: increase of a counter per second of arrival time.
 * - increase: by how much a counter grew since the last poll (a reset starts from zero, never negative).
 * - state: a number that stands for a word (`streamStateCodes`).
 */
export type MetricKind = 'gauge' | 'rate' | 'increase' | 'state'
/** How `formatValue` (units.ts) writes it. `count` has no unit. */
export type Unit = 'bps' | 'bytes' | 'count' | 'perSecond' | 'packetsPerSecond' | 'ms' | 'mbps' | 'ticks' | 'percent' | 'celsius' | 'state'

/**
 * Whose it is. A host's figures lie in history under the host's id, where a server's lie under the server's: `host` under
 * the path '', `device` under the path of a part of it, `disk:/`, `net:eth0` or `gpu:0`.
 */
export type MetricSubject = 'path' | 'server' | 'host' | 'device'
interface MetricRow {
  readonly of: MetricSubject
  readonly label: string
  readonly unit: Unit
  readonly kind: MetricKind
  /** Smallest step worth keeping; values are rounded to it when stored. 1 means integers, 100 hundreds. */
  readonly quantum: number
}

export const metrics = {
  'path.state': { of: 'path', label: 'State', unit: 'state', kind: 'state', quantum: 1 },
  /**
   * Rates are kept to 100 bit/s. They are bytes divided by the time between two answers' arrivals: at 2 s a millisecond of
   * jitter in arrival is 0.05 %, which is 100 bit/s at 200 kbit/s already. What lies below is noise that takes room.
   */
  'path.bitrateIn': { of: 'path', label: 'Bitrate in', unit: 'bps', kind: 'rate', quantum: 100 },
  'path.bitrateOut': { of: 'path', label: 'Bitrate out', unit: 'bps', kind: 'rate', quantum: 100 },
  /** Readers without our own. */
  'path.readers': { of: 'path', label: 'Readers', unit: 'count', kind: 'gauge', quantum: 1 },
  /** This console's own: pictures that it shows. */
  'path.ownReaders': { of: 'path', label: 'Own readers', unit: 'count', kind: 'gauge', quantum: 1 },
  /** Packets that were lost for good on the publisher's way in: RTP lost; SRT an estimate (1.20.1 and newer) and the undecryptable. */
  'path.packetsLost': { of: 'path', label: 'Lost for good', unit: 'count', kind: 'increase', quantum: 1 },
  /** The same, of the last minute: what a stream is judged by. */
  'path.lostLastMinute': { of: 'path', label: 'Lost in the last minute', unit: 'count', kind: 'gauge', quantum: 1 },
  /** For how long packets have been lost: since the first poll with a loss after a minute without. Unknown while none is. */
  'path.lossMs': { of: 'path', label: 'Losing packets for', unit: 'ms', kind: 'gauge', quantum: 1 },
  /** SRT packets lost and sent again in time: what the link costs, not what the viewer sees. */
  'path.packetsRepaired': { of: 'path', label: 'Repaired', unit: 'count', kind: 'increase', quantum: 1 },
  'path.framesInError': { of: 'path', label: 'Frames in error', unit: 'count', kind: 'increase', quantum: 1 },
  /** Frames that the server threw away because readers were too slow, all readers of the path together. */
  'path.framesDiscarded': { of: 'path', label: 'Discarded to readers', unit: 'count', kind: 'increase', quantum: 1 },
  /** RFC 3550 jitter in RTP clock ticks, averaged by the server over tracks of different clocks: compare it with itself only. */
  'path.jitter': { of: 'path', label: 'RTP jitter', unit: 'ticks', kind: 'gauge', quantum: 0.1 },
  'path.rtt': { of: 'path', label: 'Round trip', unit: 'ms', kind: 'gauge', quantum: 0.001 },
  /** SRT latency budget (TSBPD delay) of the publisher. */
  'path.latency': { of: 'path', label: 'Latency budget', unit: 'ms', kind: 'gauge', quantum: 1 },
  'path.receiveRate': { of: 'path', label: 'SRT receive rate', unit: 'mbps', kind: 'gauge', quantum: 0.001 },
  /** An estimate of SRT that says 1,700 to 3,000 whatever happens: never judge by it. */
  'path.linkCapacity': { of: 'path', label: 'SRT link capacity (estimate)', unit: 'mbps', kind: 'gauge', quantum: 0.1 },
  /** Its counters were seen to start anew: another publisher, another stream object, or a count that fell. */
  'path.counterResets': { of: 'path', label: 'Counters started anew', unit: 'count', kind: 'increase', quantum: 1 },

  /** 1: answered in time, 0: asked and failed. A gap: not asked. */
  'server.reachable': { of: 'server', label: 'Reachable', unit: 'count', kind: 'gauge', quantum: 1 },
  'server.answerMs': { of: 'server', label: 'Answer time', unit: 'ms', kind: 'gauge', quantum: 0.1 },
  'server.bitrateIn': { of: 'server', label: 'Bitrate in', unit: 'bps', kind: 'rate', quantum: 100 },
  'server.bitrateOut': { of: 'server', label: 'Bitrate out', unit: 'bps', kind: 'rate', quantum: 100 },
  'server.readers': { of: 'server', label: 'Readers', unit: 'count', kind: 'gauge', quantum: 1 },
  'server.streamsLive': { of: 'server', label: 'Streams live', unit: 'count', kind: 'gauge', quantum: 1 },
  'server.streamsInTrouble': { of: 'server', label: 'Streams in trouble', unit: 'count', kind: 'gauge', quantum: 1 },
  /** What one round of polls made the server send. */
  'server.pollBytes': { of: 'server', label: 'Poll size', unit: 'bytes', kind: 'gauge', quantum: 1 },
  /** Its Date header against this machine; seconds are all it tells. */
  'server.clockSkew': { of: 'server', label: 'Clock skew', unit: 'ms', kind: 'gauge', quantum: 1 },

  /** 1: read in time, 0: tried and failed. A gap: not tried. */
  'host.reachable': { of: 'host', label: 'Reachable', unit: 'count', kind: 'gauge', quantum: 1 },
  'host.answerMs': { of: 'host', label: 'Answer time', unit: 'ms', kind: 'gauge', quantum: 0.1 },
  /** Of all cores together. */
  'host.cpu': { of: 'host', label: 'CPU', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  /** What runs on one thread ends here, however idle the others are. */
  'host.busiestCore': { of: 'host', label: 'Busiest core', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  /** Taken by the hypervisor for others. */
  'host.steal': { of: 'host', label: 'CPU steal', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'host.iowait': { of: 'host', label: 'Waiting for disks', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'host.load1': { of: 'host', label: 'Load, 1 min', unit: 'count', kind: 'gauge', quantum: 0.01 },
  'host.memoryPercent': { of: 'host', label: 'Memory', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'host.memoryUsed': { of: 'host', label: 'Memory used', unit: 'bytes', kind: 'gauge', quantum: 65_536 },
  'host.swapUsed': { of: 'host', label: 'Swap used', unit: 'bytes', kind: 'gauge', quantum: 65_536 },
  /** Of its hottest sensor. */
  'host.temperature': { of: 'host', label: 'Hottest sensor', unit: 'celsius', kind: 'gauge', quantum: 0.5 },
  /** Its clock minus this machine's. */
  'host.clockSkew': { of: 'host', label: 'Clock skew', unit: 'ms', kind: 'gauge', quantum: 1 },
  'host.tcpRetransmits': { of: 'host', label: 'TCP segments sent again', unit: 'perSecond', kind: 'rate', quantum: 0.1 },
  /** Datagrams that found a receive buffer full: RTP that was lost inside the machine. */
  'host.udpBufferErrors': { of: 'host', label: 'UDP datagrams dropped', unit: 'perSecond', kind: 'rate', quantum: 0.1 },
  /** Of one core: 200 is two cores. */
  'host.mediaCpu': { of: 'host', label: 'Media server CPU', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'host.mediaMemory': { of: 'host', label: 'Media server memory', unit: 'bytes', kind: 'gauge', quantum: 65_536 },
  'host.mediaThreads': { of: 'host', label: 'Media server threads', unit: 'count', kind: 'gauge', quantum: 1 },
  'host.mediaFiles': { of: 'host', label: 'Media server open files', unit: 'count', kind: 'gauge', quantum: 1 },
  'host.mediaGoroutines': { of: 'host', label: 'Media server goroutines', unit: 'count', kind: 'gauge', quantum: 1 },

  /** Of a disk's room, a network's link speed (the busier direction), or a GPU's time. */
  'device.used': { of: 'device', label: 'In use', unit: 'percent', kind: 'gauge', quantum: 0.01 },
  'device.read': { of: 'device', label: 'Read', unit: 'bps', kind: 'rate', quantum: 1000 },
  'device.written': { of: 'device', label: 'Written', unit: 'bps', kind: 'rate', quantum: 1000 },
  'device.received': { of: 'device', label: 'Received', unit: 'bps', kind: 'rate', quantum: 100 },
  'device.sent': { of: 'device', label: 'Sent', unit: 'bps', kind: 'rate', quantum: 100 },
  'device.errors': { of: 'device', label: 'Errors', unit: 'perSecond', kind: 'rate', quantum: 0.1 },
  'device.drops': { of: 'device', label: 'Drops', unit: 'perSecond', kind: 'rate', quantum: 0.1 },
  /** Of a GPU. */
  'device.memory': { of: 'device', label: 'GPU memory', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'device.encoder': { of: 'device', label: 'GPU encoder', unit: 'percent', kind: 'gauge', quantum: 0.1 },
  'device.temperature': { of: 'device', label: 'GPU temperature', unit: 'celsius', kind: 'gauge', quantum: 0.5 },
} as const satisfies Record<string, MetricRow>

export type MetricId = keyof typeof metrics
/** The ids of one subject kind: `MetricIdOf<'path'>`. */
export type MetricIdOf<S extends MetricRow['of']> = { [K in MetricId]: (typeof metrics)[K]['of'] extends S ? K : never }[MetricId]

export const metricIds = Object.keys(metrics) as readonly MetricId[]
export const pathMetricIds = metricIds.filter((id) => metrics[id].of === 'path') as readonly MetricIdOf<'path'>[]
export const serverMetricIds = metricIds.filter((id) => metrics[id].of === 'server') as readonly MetricIdOf<'server'>[]
export const hostMetricIds = metricIds.filter((id) => metrics[id].of === 'host') as readonly MetricIdOf<'host'>[]
export const deviceMetricIds = metricIds.filter((id) => metrics[id].of === 'device') as readonly MetricIdOf<'device'>[]
/** Those of servers and their paths. */
export const fleetMetricIds: readonly MetricId[] = [...pathMetricIds, ...serverMetricIds]
