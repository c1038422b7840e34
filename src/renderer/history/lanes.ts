import { type MetricId, metrics } from '../../shared/metrics.ts'

type LaneWord = 'bitrateIn' | 'bitrateOut' | 'rtt' | 'packetsLost' | 'jitter' | 'readers' | 'reachable' | 'streamsLive' | 'streamsInTrouble' | 'answerMs'

/** One row of a stack of charts: one metric, or two that share unit and scale. All of a page are a list like this. */
export interface Lane {
  readonly metric: MetricId
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

/** Counted things have whole ticks. */
export const isWhole = (metric: MetricId) => metrics[metric].unit === 'count' && metrics[metric].kind !== 'increase'

/**
 * SRT repairs what is lost while at least three to four round trips fit into the latency: from a quarter of it on a round
 * trip has no reserve, beyond a third packets come too late.
 */
export const roundTripLimits = (latencyMs: number | null): { readonly soundTo: number; readonly lostFrom: number } | null =>
  latencyMs === null || latencyMs <= 0 ? null : { soundTo: latencyMs / 4, lostFrom: latencyMs / 3 }
