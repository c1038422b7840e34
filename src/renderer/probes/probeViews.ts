import type { ParseKeys } from 'i18next'
import type { SeriesColumns } from '../../shared/history.ts'
import type { MetricIdOf } from '../../shared/metrics.ts'
import { compare } from '../../shared/naturalOrder.ts'
import { type ContentCheck, type ContentWatch, isSoundCheck } from '../../shared/probeContent.ts'
import { type Grade, type GradeReason, grades, type Stability, stabilityOf } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { readEveryMs, readingHoldsMs } from '../../shared/probeTurns.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { severities, worseSeverity } from '../../shared/severities.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import { formatDuration, formatFixed, formatNumber, formatValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { type AskHistory, readViews, valueAt } from '../fleet/pastValues.ts'
import type { MarkKind } from '../ui/Mark.tsx'

export type ProbeMetric = MetricIdOf<'probe'>
/** Values by metric, in the units of the metric table; null: unknown. */
export type ProbeValues = Readonly<Partial<Record<ProbeMetric, number | null>>>

/** State and grade combined, worst first: a probe that is up has its grade. unknown: not read at the time. */
export const verdicts = ['down', 'retrying', 'poor', 'fair', 'connecting', 'unknown', 'good', 'paused'] as const
type Verdict = (typeof verdicts)[number]

export interface ProbeView {
  /** Current state of the probe: its current name, address, project and settings are shown for past moments, too. */
  readonly probe: Probe
  readonly verdict: Verdict
  /** null: never read, or not read at the time. */
  readonly values: ProbeValues | null
  /** The view shows the past: nothing current may be shown with it, and no actions are possible. */
  readonly past: boolean
}

function valuesOf({ reading, bitrate }: Probe): ProbeValues | null {
  if (reading === null) return null
  const { response, video, audio, gop } = reading
  return {
    'probe.bitrate': reading.bitrateBps,
    'probe.variation': bitrate === null ? null : bitrate.variation * 100,
    'probe.answerMs': response.answerMs,
    'probe.fps': video?.fps ?? null,
    'probe.declaredFps': video?.declaredFps ?? null,
    'probe.width': video?.widthPx ?? null,
    'probe.height': video?.heightPx ?? null,
    'probe.gopMs': gop?.lastMs ?? null,
    'probe.audioChannels': audio?.channels ?? null,
    'probe.audioSampleRate': audio?.sampleRateHz ?? null,
    ...(reading.canary !== null && { 'probe.canaryDelay': reading.canary.delayMs, 'probe.canarySoundAhead': reading.canary.soundAheadMs }),
  }
}
/** The current view of a probe. If it can't be read, it contains the last values, shown with their age. */
export function liveProbe(probe: Probe): ProbeView {
  return { probe, verdict: probe.state === 'up' ? (probe.grade ?? 'connecting') : probe.state, values: valuesOf(probe), past: false }
}

export function isStaleProbe({ probe, past }: ProbeView, now: number): boolean {
  return !past && probe.readAt !== null && (probe.state !== 'up' || now - probe.readAt > readingHoldsMs(probe))
}
/** Verdict for the mark: unknown for a probe whose readings have stopped, even if the last one was good. */
export function verdictAt(view: ProbeView, now: number): Verdict {
  return view.probe.state === 'up' && view.verdict !== 'unknown' && isStaleProbe(view, now) ? 'unknown' : view.verdict
}

/** Whether it is being read, waits for its turn, or when it is read next; empty: not at all. */
export function nextReadText({ state, nextAt }: Pick<Probe, 'state' | 'nextAt'>, now: number): string {
  if (state === 'paused') return ''
  if (nextAt === null) return t('probes.readingNow')
  return nextAt <= now ? t('probes.due') : t('probes.nextIn', { time: formatDuration(nextAt - now) })
}

/** The worst reason for a displayed grade that is not good; null: none, or currently unknown. */
export function worstReasonAt(view: ProbeView, now: number): GradeReason | null {
  const verdict = verdictAt(view, now)
  return view.past || (verdict !== 'poor' && verdict !== 'fair') ? null : (view.probe.gradeReasons[0] ?? null)
}

const kinds: Readonly<Record<Verdict, MarkKind>> = {
  // Same severity as its alarm.
  down: 'major',
  retrying: 'idle',
  poor: 'minor',
  fair: 'warning',
  good: 'ok',
  connecting: 'idle',
  unknown: 'unknown',
  paused: 'maintenance',
}
export function markOfVerdict(verdict: Verdict): MarkKind {
  return kinds[verdict]
}

/** Mark of a probe: that of its worst open alarm, unless its verdict is worse: a stream may be fine to play and yet beyond the limit of a rule. */
export function markAt(view: ProbeView, now: number): MarkKind {
  const kind = markOfVerdict(verdictAt(view, now))
  const own = severities.find((severity) => severity === kind) ?? null
  return (view.past ? null : worseSeverity(own, view.probe.severity)) ?? kind
}

export function stabilityAt(values: ProbeValues): Stability | null {
  const variation = values['probe.variation'] ?? null
  return variation === null ? null : stabilityOf(variation / 100)
}

/** Sort rank: probes with an alarm first, by severity, then by verdict. */
function troubleRank({ probe, verdict, past }: ProbeView): number {
  const severity = past || probe.severity === null ? severities.length : severities.indexOf(probe.severity)
  return severity * verdicts.length + verdicts.indexOf(verdict)
}
const faultMs = ({ probe, past }: ProbeView): number =>
  past ? 0 : Math.max(0, ...probe.gradeReasons.map((reason) => (reason.kind === 'content' ? reason.lastedMs : 0)))
export function orderProbes(views: readonly ProbeView[]): readonly ProbeView[] {
  return [...views].sort((a, b) => troubleRank(a) - troubleRank(b) || faultMs(b) - faultMs(a) || compare(a.probe.name, b.probe.name))
}

interface ProbesFilter {
  readonly text: string
  readonly projects: readonly string[]
}
/** No projects: any. `saidOf`: the text that the list shows for a probe, which is searched too. */
export function filterProbes(probes: readonly Probe[], { text, projects }: ProbesFilter, saidOf: (probe: Probe) => string): readonly Probe[] {
  const wanted = searchTerms(text)
  if (wanted.length === 0 && projects.length === 0) return probes
  return probes.filter((probe) => {
    const { name, project, url } = probe
    if (projects.length > 0 && !projects.includes(project)) return false
    const words = searchText(`${name} ${project} ${url} ${wanted.length === 0 ? '' : saidOf(probe)}`)
    return wanted.every((word) => words.includes(word))
  })
}

export function countVerdicts(views: readonly ProbeView[]): Readonly<Record<Verdict, number>> {
  const counts = Object.fromEntries(verdicts.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  for (const { verdict } of views) counts[verdict]++
  return counts
}

/** Grade by its code in history: 2 good, 1 fair, 0 poor. A bucket of several may lie between. */
function gradeOfCode(code: number): Grade {
  return grades[Math.min(grades.length - 1, Math.max(0, grades.length - 1 - Math.round(code)))] ?? 'poor'
}

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

/** What history does not hold is unknown. */
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

export function reasonKey(reason: GradeReason): string {
  return reason.kind === 'figure' ? reason.figure : reason.kind === 'content' ? reason.check : reason.kind
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
export function videoText({ codec, profile, level }: NonNullable<ProbeReading['video']>): string {
  return [codecName(codec), profile, levelText(codec, level)].filter((part) => part !== null && part !== '').join(' ')
}
export function audioText({ codec, profile }: NonNullable<ProbeReading['audio']>): string {
  return [codecName(codec), profile].filter((part) => part !== null).join(' ')
}

/** "1920 × 1080"; '' : unknown. */
export function sizeText(width: number | null | undefined, height: number | null | undefined): string {
  return width == null || height == null || width === 0 || height === 0 ? '' : `${width} × ${height}`
}

export function fpsText(fps: number): string {
  return formatNumber(fps, 2)
}

export function soundMessage(aheadMs: number): string {
  return t(aheadMs < 0 ? 'probes.canaries.soundBehind' : 'probes.canaries.soundAhead', { time: formatValue(Math.abs(aheadMs), 'ms') })
}

type WhyKey<Key> = Key extends `probes.content.why.${infer Why}` ? Why : never
type NotEvaluatedWhy = WhyKey<ParseKeys>

/** What could not be judged in a reading, by reason, in the order of the checks. */
export function notJudged(watch: ContentWatch, reading: ProbeReading): readonly { readonly why: NotEvaluatedWhy; readonly checks: readonly ContentCheck[] }[] {
  const evaluated = reading.content?.evaluated ?? []
  const byWhy = new Map<NotEvaluatedWhy, ContentCheck[]>()
  for (const check of watch.checks) {
    if (evaluated.includes(check)) continue
    const why = whyNot(check, reading)
    byWhy.set(why, [...(byWhy.get(why) ?? []), check])
  }
  return [...byWhy].map(([why, checks]) => ({ why, checks }))
}

function whyNot(check: ContentCheck, { content, video, audio, keyframes }: ProbeReading): NotEvaluatedWhy {
  if (content === null) return 'notYet'
  const { undecoded } = content
  if (isSoundCheck(check)) return audio === null ? 'noAudio' : undecoded.includes('audio') ? 'undecoded' : 'tooLittle'
  if (video === null) return 'noVideo'
  if (undecoded.includes('video')) return 'undecoded'
  // Only a program gives no pixels to look at.
  return check === 'colourBars' && keyframes !== 0 ? 'noBars' : 'tooLittle'
}
