import { type MetricIdOf, serverMetricIds } from '../../shared/metrics.ts'
import type { ServerTotals } from '../../shared/servers.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'

/** The result of a round for a server that answered. */
export interface AnsweredRound {
  readonly totals: ServerTotals
  readonly streamsInTrouble: number
  readonly answerMs: number | null
  readonly pollBytes: number
  readonly certificateDays: number | null
  readonly clockSkewMs: number | null
}

const metricOf: Readonly<Record<MetricIdOf<'server'>, (found: AnsweredRound) => number | null>> = {
  'server.reachable': () => 1,
  'server.streamsInTrouble': (found) => found.streamsInTrouble,
  'server.bitrateIn': (found) => found.totals.bitrateInBps,
  'server.bitrateOut': (found) => found.totals.bitrateOutBps,
  'server.streamsLive': (found) => found.totals.live,
  'server.readers': (found) => found.totals.readers,
  'server.answerMs': (found) => found.answerMs,
  'server.pollBytes': (found) => found.pollBytes,
  'server.certificateDays': (found) => found.certificateDays,
  'server.clockSkew': (found) => found.clockSkewMs,
}

/** The samples of one round for history; `found` is null where the server was asked and did not answer. */
export function serverSample(serverId: string, at: number, found: AnsweredRound | null): SampleBatch {
  const figureOf = (id: MetricIdOf<'server'>) => (found === null ? (id === 'server.reachable' ? 0 : null) : metricOf[id](found))
  return {
    owner: serverSubject(serverId),
    at,
    parts: null,
    metrics: serverMetricIds,
    values: Float64Array.from(serverMetricIds, (id) => figureOf(id) ?? Number.NaN),
  }
}
