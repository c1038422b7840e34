import type { CanaryError, CanaryReadProtocol } from '../shared/canaries.ts'
import type { PublishProtocol } from '../shared/media.ts'
import type { MetricId, Unit } from '../shared/metrics.ts'
import type { LastingCheck } from '../shared/probeContent.ts'
import type { ContractDifference, ContractItem, GradedFigure, GradeReason } from '../shared/probeGrades.ts'
import type { RemoteProbeError } from '../shared/remoteProbes.ts'
import { formatDuration, formatValue } from '../shared/units.ts'
import { serverErrorText, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { metricLabel } from './metricText.ts'
import { pictureText } from './pictureText.ts'
import { sayIn } from './say.ts'

/** Figures that are no metrics have names of their own. */
type OwnName = 'playlistAge' | 'framesMissing' | 'audioApart' | 'srtRtt'
const isOwnName = (name: string): name is OwnName => !name.includes('.')

/** What each graded figure is called, and its unit.  */
const graded: Readonly<Record<GradedFigure, { readonly name: MetricId | OwnName; readonly unit: Unit }>> = {
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
  srtLostPercent: { name: 'probe.srtLost', unit: 'percent' },
}

/** "Frozen for 2 min". `time`: how long, as it is written. */
export function lastingText(check: LastingCheck, time: string, language: Language): string {
  const say = sayIn(language)
  return say('grades.lasting', { what: say(`grades.checks.${check}`), time })
}

/** What keeps a grade from being good: "Answer time: 2,310 ms, above 2,000 ms". */
export function gradeReasonText(reason: GradeReason, language: Language, written: (ms: number, language: Language) => string = formatDuration): string {
  const say = sayIn(language)
  if (reason.kind === 'content') return lastingText(reason.check, written(reason.lastedMs, language), language)
  if (reason.kind !== 'figure') return say(reason.kind === 'noVideo' ? 'pictures.noVideo' : `grades.${reason.kind}`)
  const { name, unit } = graded[reason.figure]
  const what = isOwnName(name) ? say(`grades.names.${name}`) : metricLabel(name, language)
  return say('grades.figure', { what, value: formatValue(reason.value, unit, language), limit: formatValue(reason.limit, unit, language) })
}

/** Items that are figures of a probe, and called as these. */
const itemMetrics = {
  widthPx: 'probe.width',
  heightPx: 'probe.height',
  fps: 'probe.fps',
  bitrateBps: 'probe.bitrate',
  gopMs: 'probe.gopMs',
  audioLayout: 'probe.audioChannels',
  sampleRateHz: 'probe.audioSampleRate',
} as const satisfies { readonly [Item in ContractItem]?: MetricId }

export function contractItemText(item: ContractItem, language: Language): string {
  return item === 'videoCodec' || item === 'audioCodec' ? sayIn(language)(`contractItems.${item}`) : metricLabel(itemMetrics[item], language)
}

/** What is found in place of what was agreed: "Width 640 (1280)". */
export function differenceText({ item, agreed, found }: ContractDifference, language: Language): string {
  const range = typeof agreed === 'object' ? `${agreed.least}–${agreed.most}` : agreed
  return `${contractItemText(item, language)} ${found ?? sayIn(language)('dailyChecks.nothing')} (${range})`
}

/** Why a test signal is not published, or not read by this protocol, and what to do about it. */
export function canaryErrorText(error: CanaryError, protocol: CanaryReadProtocol | PublishProtocol, language: Language): Words {
  const say = sayIn(language)
  const facts = { ...error, by: protocol.toUpperCase(), because: error.kind === 'notPublished' ? pictureText(error.error, language) : '' }
  return { what: say(`canaries.what.${error.kind}`, facts), todo: say(`canaries.todo.${error.kind}`, facts) }
}

/** Why a remote probe can't be read, and what to do about it. */
export function remoteProbeErrorText(error: RemoteProbeError, language: Language): Words {
  const say = sayIn(language)
  if (error.kind !== 'connection')
    return { what: say(`remoteProbes.what.${error.kind}`, { ...error }), todo: say(`remoteProbes.todo.${error.kind}`, { ...error }) }
  const { kind } = error.error
  const words = serverErrorText(error.error, language)
  // What to do about certificates and secrets is the same for all servers; other advice is for media servers.
  return kind.startsWith('certificate') || kind === 'fingerprintChanged' || kind === 'secretMissing'
    ? words
    : { what: words.what, todo: say('remoteProbes.reach') }
}
