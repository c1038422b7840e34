import type { TFunction } from 'i18next'
import type { MetricId, Unit } from '../../shared/metrics.ts'
import type { GradedFigure, GradeReason } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { formatDuration, formatFixed, formatNumber, formatValue } from '../../shared/units.ts'
import type { Language } from '../../shared/words/languages.ts'
import { metricWords } from '../../shared/words/metricText.ts'

/** What each graded figure is called, and its unit. Those that are no metrics have words of their own. */
const graded: Readonly<Record<GradedFigure, { readonly metric: MetricId | null; readonly unit: Unit }>> = {
  answerMs: { metric: 'probe.answerMs', unit: 'ms' },
  keyframeMs: { metric: 'probe.keyframeMs', unit: 'ms' },
  gopMs: { metric: 'probe.gopLongestMs', unit: 'ms' },
  fpsMissingPercent: { metric: null, unit: 'percent' },
  variationPercent: { metric: 'probe.variation', unit: 'percent' },
  ptsGaps: { metric: 'probe.ptsGaps', unit: 'count' },
  ptsJumps: { metric: 'probe.ptsJumps', unit: 'count' },
  corrupt: { metric: 'probe.corruptPackets', unit: 'count' },
  audioAheadMs: { metric: null, unit: 'ms' },
  playlistAgePercent: { metric: null, unit: 'percent' },
  playlistsMissing: { metric: 'probe.playlistsMissing', unit: 'count' },
  tsErrors: { metric: 'probe.tsErrors', unit: 'count' },
  pcrIntervalMs: { metric: 'probe.pcrIntervalMs', unit: 'ms' },
  srtRttPercent: { metric: null, unit: 'percent' },
  srtLostPercent: { metric: null, unit: 'percent' },
}

const ownWords = {
  audioAheadMs: 'audioApart',
  fpsMissingPercent: 'framesMissing',
  playlistAgePercent: 'playlistAge',
  srtRttPercent: 'srtRtt',
  srtLostPercent: 'srtLost',
} as const

/** Tells reasons of one grade apart. */
export function reasonKey(reason: GradeReason): string {
  return reason.kind === 'figure' ? reason.figure : reason.kind === 'content' ? reason.check : reason.kind
}

/** What keeps a grade from being good: "Answer time: 2,310 ms, above 2,000 ms". */
export function gradeReasonWords(reason: GradeReason, language: Language, t: TFunction, written: (ms: number) => string = formatDuration): string {
  if (reason.kind === 'content') return t('probes.reason.content', { what: t(`probes.content.checks.${reason.check}`), time: written(reason.lastedMs) })
  if (reason.kind !== 'figure') return t(`probes.reason.${reason.kind}`)
  const { metric, unit } = graded[reason.figure]
  const what = metric === null ? t(`probes.reason.${ownWords[reason.figure as keyof typeof ownWords]}`) : metricWords(metric, language).label
  return t('probes.reason.figure', { what, value: formatValue(reason.value, unit), limit: formatValue(reason.limit, unit) })
}

/** Names by which people know FFmpeg's codecs; any other is written in capitals. */
const codecNames: Readonly<Record<string, string>> = { h264: 'H264', hevc: 'H265', opus: 'Opus', pcm_alaw: 'G711', pcm_mulaw: 'G711' }
export function codecName(codec: string): string {
  return codecNames[codec] ?? codec.toUpperCase()
}

/** A level as it is written: 4.1 of H.264 is counted as 41, of H.265 as 123. Of other codecs its number means something else each. */
function levelText(codec: string, level: number | null): string {
  if (level === null) return ''
  return codec === 'h264' ? formatFixed(level / 10, 1, 'en') : codec === 'hevc' ? formatFixed(level / 30, 1, 'en') : ''
}
/** "H264 High 4.1" */
export function videoWords({ codec, profile, level }: NonNullable<ProbeReading['video']>): string {
  return [codecName(codec), profile, levelText(codec, level)].filter((part) => part !== null && part !== '').join(' ')
}
export function audioWords({ codec, profile }: NonNullable<ProbeReading['audio']>): string {
  return [codecName(codec), profile].filter((part) => part !== null).join(' ')
}

/** "1920 × 1080"; '' : unknown. */
export function sizeText(width: number | null | undefined, height: number | null | undefined): string {
  return width == null || height == null || width === 0 || height === 0 ? '' : `${width} × ${height}`
}

/** Pictures per second, at most two decimals. */
export function fpsText(fps: number): string {
  return formatNumber(fps, 2)
}

/** How far the sound of a canary is from its picture. */
export function soundWords(aheadMs: number, t: TFunction): string {
  return t(aheadMs < 0 ? 'probes.canaries.soundBehind' : 'probes.canaries.soundAhead', { time: formatValue(Math.abs(aheadMs), 'ms') })
}
