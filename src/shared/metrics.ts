/**
 * The central metric table. A row defines everything about a metric except its name, which is under `sentences.metrics` of the catalogues, and the
 * source of its values, which is in the engine (`metricOf` in `pathSamples.ts`, `serverRound.ts`, `hostSamples.ts` and
 * `probeSamples.ts`). Neither compiles while a metric is missing.
 *
 * - gauge: a value that was read. rate: increase of a counter per second of arrival time.
 * - increase: growth of a counter since the last poll (never negative: after a reset it counts from zero).
 * - state: a number that encodes a state (`streamStateCodes`).
 */
type MetricKind = 'gauge' | 'rate' | 'increase' | 'state'
/** Selects how `formatValue` (units.ts) formats a value. `count` has no unit. */
export type Unit =
  | 'bps'
  | 'bytes'
  | 'count'
  | 'perSecond'
  | 'packetsPerSecond'
  | 'ms'
  | 'mbps'
  | 'ticks'
  | 'percent'
  | 'celsius'
  | 'days'
  | 'dbfs'
  | 'lufs'
  | 'lu'
  | 'state'

/**
 * What the metric belongs to. The ids of a stream's metrics begin with `path.`, which is MediaMTX's word. History stores a host's figures under the host's id in
 * place of a server's: `host` with the path '', `device` with the name of a part of the host as the path (`disk:/`, `net:eth0` or `gpu:0`).
 */
export type MetricSubject = 'stream' | 'server' | 'host' | 'device' | 'probe'
/** A stack of charts: for one stream, one server, several servers together, a host, or a part of a host. */
export type ChartStackName = 'stream' | 'server' | 'servers' | 'machine' | 'media' | 'networks' | 'disk' | 'network' | 'gpu' | 'probe'
/** How a chart draws a metric. */
export interface MetricLane {
  /** Chart stacks that show it; lanes follow the order of this table. */
  readonly charts: readonly ChartStackName[]
  readonly shape: 'line' | 'bars' | 'steps'
  /** Line colour: neutral, except that `trouble` is reserved for trouble. */
  readonly tone: 'in' | 'out' | 'third' | 'trouble'
  /** Whether an empty lane is shown; lanes that are empty for most subjects are left out. */
  readonly whenEmpty: 'shown' | 'left out'
  /** Increases are drawn per minute, which is what people compare. */
  readonly perMinute?: boolean
  /** Metric from which the limit lines are drawn: latency budget ÷ 4 and ÷ 3. */
  readonly budget?: 'path.latency'
}
interface MetricRow {
  readonly of: MetricSubject
  readonly unit: Unit
  readonly kind: MetricKind
  /** Smallest step worth keeping; values are rounded to it when stored. 1 means integers, 100 hundreds. */
  readonly quantum: number
  /** null: no chart draws it. It is still stored, for exports, queries and rules. */
  readonly lane: MetricLane | null
  /** The usual values of this metric are learned per subject, by weekday and hour. */
  readonly baseline?: true
}

const laneOf =
  (shape: MetricLane['shape']) =>
  (charts: MetricLane['charts'], tone: MetricLane['tone'], whenEmpty: MetricLane['whenEmpty'] = 'shown'): MetricLane => ({ charts, shape, tone, whenEmpty })
const line = laneOf('line')
const bars = laneOf('bars')
const steps = laneOf('steps')

export const metrics = {
  'path.state': { of: 'stream', unit: 'state', kind: 'state', quantum: 1, lane: null },
  /**
   * Rates are stored with a resolution of 100 bit/s. They are bytes divided by the time between the arrivals of two answers: at 2 s,
   * 1 ms of arrival jitter is 0.05 %, which is already 100 bit/s at 200 kbit/s. Anything finer is noise that takes up space.
   */
  'path.bitrateIn': { of: 'stream', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['stream'], 'in'), baseline: true },
  'path.bitrateOut': { of: 'stream', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['stream'], 'out') },
  'path.rtt': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 0.001, lane: { ...line(['stream'], 'in', 'left out'), budget: 'path.latency' } },
  /** RTP: packets lost; SRT: an estimate (1.20.1 and newer) plus undecryptable packets. */
  'path.packetsLost': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: { ...bars(['stream'], 'trouble', 'left out'), perMinute: true } },
  'path.jitter': { of: 'stream', unit: 'ticks', kind: 'gauge', quantum: 0.1, lane: line(['stream'], 'third', 'left out') },
  'path.readers': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['stream'], 'third') },
  /** `path.readers` without machines: loopback, ffmpeg and the like, watched servers. A CDN counts as one. */
  'path.people': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  /** `path.people` without CDNs, whose viewers are not known. */
  'path.viewers': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'path.ownReaders': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  /** Packets lost in the last minute; decides whether a stream is in trouble because of losses. */
  'path.lostLastMinute': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  /** Time since the first poll with a loss after a minute without losses. */
  'path.lossMs': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'path.packetsRepaired': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'path.framesInError': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'path.framesDiscarded': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'path.latency': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'path.receiveBuffer': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['stream'], 'third', 'left out') },
  'path.receiveRate': { of: 'stream', unit: 'mbps', kind: 'gauge', quantum: 0.001, lane: null },
  /** Reports 1,700 to 3,000 regardless of the link: never base a judgement on it. */
  'path.linkCapacity': { of: 'stream', unit: 'mbps', kind: 'gauge', quantum: 0.1, lane: null },
  /** Number of forward destinations. */
  'path.forwards': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  /** State of its pulled source: 0 idle, 1 running, 2 failing. */
  'path.sourceState': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'path.forwardsFailing': { of: 'stream', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['stream'], 'trouble', 'left out') },
  /** Preview metrics are reported by this console's open players, so they show what a viewer here gets. A gap: no player is open, or it does not report. */
  'path.previewDelay': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['stream'], 'third', 'left out') },
  'path.previewRtt': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: null },
  'path.previewBuffer': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'path.previewFramesDropped': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'path.previewFreezes': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['stream'], 'trouble', 'left out') },
  'path.previewPacketsLost': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  /** How long the stream has been on air unrecorded, as of the last listing (every five minutes). A gap: it should not be recorded, or this is unknown. */
  'path.notRecorded': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1000, lane: steps(['stream'], 'trouble', 'left out') },
  /** Missing time in the last hour, excluding what `path.notRecorded` counts. */
  'path.recordingMissing': { of: 'stream', unit: 'ms', kind: 'gauge', quantum: 1000, lane: null },
  /** A new publisher, a new stream object, or a counter that decreased. */
  'path.counterResets': { of: 'stream', unit: 'count', kind: 'increase', quantum: 1, lane: null },

  /** 1: answered in time, 0: polled and failed. A gap: not polled. */
  'server.reachable': { of: 'server', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['server'], 'in') },
  'server.streamsInTrouble': { of: 'server', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['servers'], 'trouble') },
  'server.bitrateIn': { of: 'server', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['server', 'servers'], 'in') },
  'server.bitrateOut': { of: 'server', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['server', 'servers'], 'out') },
  'server.streamsLive': { of: 'server', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['server', 'servers'], 'third') },
  'server.readers': { of: 'server', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['server', 'servers'], 'third') },
  'server.answerMs': { of: 'server', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: line(['server'], 'in') },
  'server.pollBytes': { of: 'server', unit: 'bytes', kind: 'gauge', quantum: 1, lane: null },
  /** Days until the certificate of its API expires; negative: it has expired. */
  'server.certificateDays': { of: 'server', unit: 'days', kind: 'gauge', quantum: 0.1, lane: null },
  /** From its Date header, which has a resolution of one second. */
  'server.clockSkew': { of: 'server', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },

  /** 1: read in time, 0: tried and failed. A gap: not tried. */
  'host.reachable': { of: 'host', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['machine'], 'in') },
  'host.cpu': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['machine'], 'in') },
  'host.busiestCore': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['machine'], 'out', 'left out') },
  'host.load1': { of: 'host', unit: 'count', kind: 'gauge', quantum: 0.01, lane: line(['machine'], 'third', 'left out') },
  'host.memoryPercent': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['machine'], 'in') },
  'host.iowait': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['machine'], 'out', 'left out') },
  'host.steal': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['machine'], 'out', 'left out') },
  'host.swapUsed': { of: 'host', unit: 'bytes', kind: 'gauge', quantum: 65_536, lane: line(['machine'], 'third', 'left out') },
  'host.temperature': { of: 'host', unit: 'celsius', kind: 'gauge', quantum: 0.5, lane: line(['machine'], 'third', 'left out') },
  'host.answerMs': { of: 'host', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: null },
  'host.memoryUsed': { of: 'host', unit: 'bytes', kind: 'gauge', quantum: 65_536, lane: null },
  'host.clockSkew': { of: 'host', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'host.tcpRetransmits': { of: 'host', unit: 'perSecond', kind: 'rate', quantum: 0.1, lane: line(['networks'], 'third', 'left out') },
  'host.udpBufferErrors': { of: 'host', unit: 'perSecond', kind: 'rate', quantum: 0.1, lane: line(['networks'], 'third', 'left out') },
  /** Percent of one core: 200 is two cores. */
  'host.mediaCpu': { of: 'host', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['media'], 'in') },
  'host.mediaMemory': { of: 'host', unit: 'bytes', kind: 'gauge', quantum: 65_536, lane: line(['media'], 'out') },

  'host.mediaThreads': { of: 'host', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['media'], 'third', 'left out') },
  'host.mediaFiles': { of: 'host', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['media'], 'third', 'left out') },

  /** Share of a disk's space, of a network's link speed (the busier direction), or of a GPU's time. */
  'device.used': { of: 'device', unit: 'percent', kind: 'gauge', quantum: 0.01, lane: line(['disk', 'gpu'], 'in') },
  'device.read': { of: 'device', unit: 'bps', kind: 'rate', quantum: 1000, lane: line(['disk'], 'out', 'left out') },
  'device.written': { of: 'device', unit: 'bps', kind: 'rate', quantum: 1000, lane: line(['disk'], 'third', 'left out') },
  'device.received': { of: 'device', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['network'], 'in') },
  'device.sent': { of: 'device', unit: 'bps', kind: 'rate', quantum: 100, lane: line(['network'], 'out') },
  'device.errors': { of: 'device', unit: 'perSecond', kind: 'rate', quantum: 0.1, lane: line(['network'], 'third', 'left out') },
  'device.drops': { of: 'device', unit: 'perSecond', kind: 'rate', quantum: 0.1, lane: line(['network'], 'third', 'left out') },
  'device.encoder': { of: 'device', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['gpu'], 'out', 'left out') },
  'device.memory': { of: 'device', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: line(['gpu'], 'third', 'left out') },
  'device.temperature': { of: 'device', unit: 'celsius', kind: 'gauge', quantum: 0.5, lane: line(['gpu'], 'third', 'left out') },

  /** 1: could be read, 0: could not, even after retries. A gap: not tried. */
  'probe.up': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'in') },
  'probe.bitrate': { of: 'probe', unit: 'bps', kind: 'gauge', quantum: 100, lane: line(['probe'], 'in') },
  /** Mean of the last readings, at most twenty. */
  'probe.bitrateMean': { of: 'probe', unit: 'bps', kind: 'gauge', quantum: 100, lane: null },
  'probe.fps': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 0.01, lane: line(['probe'], 'out', 'left out') },
  'probe.declaredFps': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 0.01, lane: null },
  'probe.answerMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: line(['probe'], 'third') },
  'probe.dnsMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: null },
  'probe.connectMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: null },
  'probe.keyframeMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'third', 'left out') },
  'probe.gopMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'out', 'left out') },
  /** Median of a look. */
  'probe.gopUsualMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.gopLongestMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.gopFrames': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'probe.width': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'probe.height': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'third', 'left out') },
  'probe.audioChannels': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'probe.audioSampleRate': { of: 'probe', unit: 'perSecond', kind: 'gauge', quantum: 1, lane: null },
  /** Coefficient of variation of the last bit rates: standard deviation divided by mean. */
  'probe.variation': { of: 'probe', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: null },
  /** How far audio arrives ahead of video; negative: behind. */
  'probe.audioAhead': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'third', 'left out') },
  /** For our own test signal: the age of its pictures, and how far its sound is ahead of them (negative: behind). */
  'probe.canaryDelay': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'in', 'left out') },
  'probe.canarySoundAhead': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'third', 'left out') },
  /** Of its connection by SRT, as the watched server lists it. A gap: it reads from none, or otherwise. */
  'probe.srtRtt': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: line(['probe'], 'third', 'left out') },
  'probe.srtLatency': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.srtLost': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['probe'], 'trouble', 'left out') },
  'probe.srtRetransmitted': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  /** 2: good, 1: fair, 0: poor. */
  'probe.grade': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'third') },
  /** Number of differences from the stream's contract. A gap: there is no contract. */
  'probe.differences': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'trouble', 'left out') },
  /** For the last picture: the share that is dark, and its mean difference in brightness from the previous picture. */
  'probe.dark': { of: 'probe', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: null },
  'probe.motion': { of: 'probe', unit: 'percent', kind: 'gauge', quantum: 0.01, lane: line(['probe'], 'third', 'left out') },
  /** How long the condition has lasted; 0: absent. A gap: not checked, or no data to check. */
  'probe.blackMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  'probe.oneColourMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  'probe.colourBarsMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  'probe.frozenMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  'probe.noMotionMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  'probe.silentMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 100, lane: null },
  /** How many of these six conditions have lasted long enough to be a fault. */
  'probe.contentFaults': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'trouble', 'left out') },
  'probe.peak': { of: 'probe', unit: 'dbfs', kind: 'gauge', quantum: 0.1, lane: line(['probe'], 'third', 'left out') },
  'probe.clipped': { of: 'probe', unit: 'percent', kind: 'gauge', quantum: 0.1, lane: null },
  'probe.loudness': { of: 'probe', unit: 'lufs', kind: 'gauge', quantum: 0.1, lane: line(['probe'], 'out', 'left out') },
  /** Loudness relative to the target; negative: softer. */
  'probe.loudnessOffset': { of: 'probe', unit: 'lu', kind: 'gauge', quantum: 0.1, lane: null },
  /** For HLS: age and target duration of the stalest playlist, the one whose age is the highest multiple of its target duration. */
  'probe.playlistAgeMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: line(['probe'], 'third', 'left out') },
  'probe.playlistTargetMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.segmentLateMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.playlistsMissing': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'trouble', 'left out') },
  'probe.segmentsLong': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'probe.segmentsRewritten': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.discontinuities': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  /** For MPEG-TS with checks enabled, according to TR 101 290: total of the priority 1 errors of the last look, then single measurements. */
  'probe.tsErrors': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'trouble', 'left out') },
  'probe.patIntervalMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.pmtIntervalMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.pcrIntervalMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 0.1, lane: line(['probe'], 'third', 'left out') },
  'probe.ptsIntervalMs': { of: 'probe', unit: 'ms', kind: 'gauge', quantum: 1, lane: null },
  'probe.tsPidsMissing': { of: 'probe', unit: 'count', kind: 'gauge', quantum: 1, lane: null },
  'probe.tsSyncLosses': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsSyncByteErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsPatErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsPmtErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsContinuityErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['probe'], 'trouble', 'left out') },
  'probe.tsTransportErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsPcrErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsPcrJumps': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.tsPtsErrors': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.videoPackets': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.audioPackets': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  /** Subtitles, data, and tracks beyond the first of their kind. */
  'probe.otherPackets': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.keyframes': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: null },
  'probe.corruptPackets': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['probe'], 'trouble', 'left out') },
  'probe.corruptBytes': { of: 'probe', unit: 'bytes', kind: 'increase', quantum: 1, lane: null },
  'probe.ptsGaps': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['probe'], 'trouble', 'left out') },
  /** Share of the other consoles that can read the stream, among those whose result is known. */
  'probe.elsewhereUp': { of: 'probe', unit: 'percent', kind: 'gauge', quantum: 1, lane: steps(['probe'], 'in', 'left out') },
  'probe.ptsJumps': { of: 'probe', unit: 'count', kind: 'increase', quantum: 1, lane: bars(['probe'], 'trouble', 'left out') },
} as const satisfies Record<string, MetricRow>

export type MetricId = keyof typeof metrics
/** Metric ids of one kind of subject, such as `MetricIdOf<'stream'>`. */
export type MetricIdOf<S extends MetricRow['of']> = { [K in MetricId]: (typeof metrics)[K]['of'] extends S ? K : never }[MetricId]

export const metricIds = Object.keys(metrics) as readonly MetricId[]
export const pathMetricIds = metricIds.filter((id) => metrics[id].of === 'stream') as readonly MetricIdOf<'stream'>[]
export const serverMetricIds = metricIds.filter((id) => metrics[id].of === 'server') as readonly MetricIdOf<'server'>[]
export const hostMetricIds = metricIds.filter((id) => metrics[id].of === 'host') as readonly MetricIdOf<'host'>[]
export const deviceMetricIds = metricIds.filter((id) => metrics[id].of === 'device') as readonly MetricIdOf<'device'>[]
export const probeMetricIds = metricIds.filter((id) => metrics[id].of === 'probe') as readonly MetricIdOf<'probe'>[]
/** Metrics of servers and their paths. */
export const fleetMetricIds: readonly MetricId[] = [...pathMetricIds, ...serverMetricIds]
