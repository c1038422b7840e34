import type { MetricId, Unit } from '../metrics.ts'
import type { LastingCheck } from '../probeContent.ts'
import type { GradedFigure, GradeReason } from '../probeGrades.ts'
import { formatDuration, formatValue } from '../units.ts'
import { catalogueOf } from './catalogue.ts'
import type { Language } from './languages.ts'
import { metricWords } from './metricText.ts'

interface GradeWords {
  readonly down: string
  readonly noVideo: string
  readonly noKeyframe: string
  readonly checks: Readonly<Record<LastingCheck, string>>
  readonly lasting: (facts: { readonly what: string; readonly time: string }) => string
  readonly figure: (facts: { readonly what: string; readonly value: string; readonly limit: string }) => string
  readonly names: Readonly<Record<'playlistAge' | 'framesMissing' | 'audioApart' | 'srtRtt' | 'srtLost', string>>
}
const catalogues = catalogueOf<GradeWords>('grades', undefined, ['lasting', 'figure'])

/** What each graded figure is called, and its unit. Those that are no metrics have words of their own. */
const graded: Readonly<Record<GradedFigure, { readonly name: MetricId | keyof GradeWords['names']; readonly unit: Unit }>> = {
  answerMs: { name: 'probe.answerMs', unit: 'ms' },
  keyframeMs: { name: 'probe.keyframeMs', unit: 'ms' },
  gopMs: { name: 'probe.gopLongestMs', unit: 'ms' },
  fpsMissingPercent: { name: 'framesMissing', unit: 'percent' },
  variationPercent: { name: 'probe.variation', unit: 'percent' },
  ptsGaps: { name: 'probe.ptsGaps', unit: 'count' },
  ptsJumps: { name: 'probe.ptsJumps', unit: 'count' },
  corrupt: { name: 'probe.corruptPackets', unit: 'count' },
  audioAheadMs: { name: 'audioApart', unit: 'ms' },
  playlistAgePercent: { name: 'playlistAge', unit: 'percent' },
  playlistsMissing: { name: 'probe.playlistsMissing', unit: 'count' },
  tsErrors: { name: 'probe.tsErrors', unit: 'count' },
  pcrIntervalMs: { name: 'probe.pcrIntervalMs', unit: 'ms' },
  srtRttPercent: { name: 'srtRtt', unit: 'percent' },
  srtLostPercent: { name: 'srtLost', unit: 'percent' },
}

/** "Frozen for 2 min". `time`: how long, as it is written. */
export function lastingText(check: LastingCheck, time: string, language: Language): string {
  const words = catalogues[language]
  return words.lasting({ what: words.checks[check], time })
}

/** What keeps a grade from being good: "Answer time: 2,310 ms, above 2,000 ms". */
export function gradeReasonText(reason: GradeReason, language: Language, written: (ms: number, language: Language) => string = formatDuration): string {
  const words = catalogues[language]
  if (reason.kind === 'content') return lastingText(reason.check, written(reason.lastedMs, language), language)
  if (reason.kind !== 'figure') return words[reason.kind]
  const { name, unit } = graded[reason.figure]
  const what = name in words.names ? words.names[name as keyof GradeWords['names']] : metricWords(name as MetricId, language).label
  return words.figure({ what, value: formatValue(reason.value, unit, language), limit: formatValue(reason.limit, unit, language) })
}
