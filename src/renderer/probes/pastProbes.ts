import type { SeriesColumns } from '../../shared/history.ts'
import type { Probe } from '../../shared/probes.ts'
import { readEveryMs, readingHoldsMs } from '../../shared/probeTurns.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { type AskHistory, readViews, valueAt } from '../fleet/pastValues.ts'
import { gradeOfCode, type ProbeMetric, type ProbeView, type Verdict } from './probeViews.ts'

/** What the list shows of the past. */
export const listedMetrics: readonly ProbeMetric[] = [
  'probe.up',
  'probe.grade',
  'probe.bitrate',
  'probe.variation',
  'probe.answerMs',
  'probe.fps',
  'probe.declaredFps',
  'probe.width',
  'probe.height',
  'probe.gopMs',
]

/** A probe at a moment, from the answers for these metrics. What history does not hold is unknown. */
export function pastProbe(probe: Probe, at: number, metrics: readonly ProbeMetric[], columns: readonly (SeriesColumns | undefined)[]): ProbeView {
  const values: Partial<Record<ProbeMetric, number | null>> = {}
  metrics.forEach((metric, place) => {
    values[metric] = valueAt(columns[place], at, readingHoldsMs(probe))
  })
  const up = values['probe.up'] ?? null
  const grade = values['probe.grade'] ?? null
  const verdict: Verdict = up === null ? 'unknown' : up < 0.5 ? 'down' : grade === null ? 'unknown' : gradeOfCode(grade)
  return { probe, verdict, values: verdict === 'unknown' || verdict === 'down' ? null : values, past: true }
}

/** `readViews` looks back three of these, and must reach every reading that still counts. */
const askedEveryMs = (probe: Probe): number => Math.max(readEveryMs(probe), readingHoldsMs(probe) / 3)

/** Reads probes at a moment, in their order. Those of one interval are asked for together: a long one reaches far back. */
export async function readPastProbes(probes: readonly Probe[], at: number, metrics: readonly ProbeMetric[], range: AskHistory): Promise<readonly ProbeView[]> {
  const intervals = [...new Set(probes.map(askedEveryMs))]
  const answers = await Promise.all(
    intervals.map((everyMs) =>
      readViews({
        asked: probes
          .filter((probe) => askedEveryMs(probe) === everyMs)
          .map((probe) => ({
            series: metrics.map((metric) => ({ subject: probeSubject(probe.id), metric })),
            viewOf: (columns) => pastProbe(probe, at, metrics, columns),
          })),
        at,
        everyMs,
        isUnknown: ({ verdict }) => verdict === 'unknown',
        range,
      }),
    ),
  )
  const byId = new Map(answers.flat().map((view) => [view.probe.id, view]))
  return probes.flatMap(({ id }) => byId.get(id) ?? [])
}
