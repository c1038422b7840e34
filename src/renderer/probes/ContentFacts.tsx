import { useTranslation } from 'react-i18next'
import { lastingText } from '../../i18n/gradeText.ts'
import { metricLabel } from '../../i18n/metricText.ts'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import { type ContentCheck, type ContentWatch, contentFaultMs, isContentFault, type LastingCheck } from '../../shared/probeContent.ts'
import { contentGrade } from '../../shared/probeGrades.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import { formatDateTime, formatDuration, formatNumber, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { notJudged } from './contentViews.ts'
import { markOfVerdict } from './probeViews.ts'

/** Something that lasts in pictures or sound. */
interface Lasting {
  readonly check: LastingCheck
  readonly lastedMs: number
  /** From when on; null: of one look alone. */
  readonly since: number | null
}
interface ContentFactsProps {
  readonly watch: ContentWatch
  readonly reading: ProbeReading
  /** When it was read; null: just now. */
  readonly readAt: number | null
  readonly lasting: readonly Lasting[]
}
/** What was found in the pictures and the sound of a stream: what lasts, the figures of the last look, and what could not be judged. */
export function ContentFacts({ watch, reading, readAt, lasting }: ContentFactsProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const nameOf = (check: ContentCheck) => t(`probes.content.checks.${check}`)
  const { content } = reading
  const unevaluated = notJudged(watch, reading)
  return (
    <>
      {lasting.length > 0 ? (
        <ul className="mb-1.5 flex flex-col gap-1">
          {lasting.map((one) => (
            <LastingLine key={one.check} lasting={one} readAt={readAt} />
          ))}
        </ul>
      ) : (
        unevaluated.length === 0 && <p className="mb-1 text-muted">{t('probes.content.notFound')}</p>
      )}
      {content !== null && <Facts rows={figuresOf(content, watch)} />}
      {unevaluated.length > 0 && (
        <div className="mt-1.5">
          <div className="text-faint">{t('probes.content.notJudged')}</div>
          <ul className="flex flex-col gap-0.5">
            {unevaluated.map(({ why, checks }) => (
              <li key={why} data-why={why}>
                <span className="font-medium">{checks.map(nameOf).join(', ')}</span>: {t(`probes.content.why.${why}`)}.
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  )

  function figuresOf(
    { darkPercent, motionPercent, peakDbfs, clippedPercent, loudnessLufs, evaluated }: NonNullable<ProbeReading['content']>,
    { targetLufs }: ContentWatch,
  ): readonly Fact[] {
    const figure = (metric: MetricId, value: number | null, hint?: string): Fact => [
      metricLabel(metric, language),
      value === null ? null : formatValue(value, metrics[metric].unit),
      hint,
    ]
    const target = t('probes.content.target', { target: formatValue(targetLufs, 'lufs') })
    const isLoudnessEvaluated = evaluated.includes('loudness')
    return [
      figure('probe.dark', darkPercent),
      // Its limit is below 1 %.
      [metricLabel('probe.motion', language), motionPercent === null ? null : `${formatNumber(motionPercent, 2)} %`],
      figure('probe.peak', peakDbfs),
      figure('probe.clipped', clippedPercent),
      isLoudnessEvaluated && loudnessLufs === null
        ? [metricLabel('probe.loudness', language), `< ${formatValue(gateLufs, 'lufs')}`, target]
        : figure('probe.loudness', loudnessLufs, isLoudnessEvaluated ? target : undefined),
    ]
  }
}
/** See `Content.loudnessLufs`. */
const gateLufs = -70

/** "Frozen for 42 s": how bad it is, since when, and when it was seen last if that was not just now. */
function LastingLine({ lasting, readAt }: { readonly lasting: Lasting; readonly readAt: number | null }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { check, lastedMs, since } = lasting
  const isFault = isContentFault(lasting)
  const seenAt = since === null ? null : since + lastedMs
  const isOlder = seenAt !== null && readAt !== null && readAt - seenAt > 1_000
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <Mark
        kind={isFault ? markOfVerdict(contentGrade(check)) : 'idle'}
        size={11}
        word={lastingText(check, formatDuration(lastedMs), language)}
        quiet={!isFault}
      />
      {since !== null && (
        <span className="text-muted" title={formatDateTime(since, zone)}>
          {t('common.sinceTime', { time: formatTime(since, zone) })}
        </span>
      )}
      {isOlder && <span className="text-faint">{t('probes.content.seenLast', { time: formatTime(seenAt, zone) })}</span>}
      {!isFault && <span className="text-faint">{t('probes.content.faultBeyond', { time: formatSpan(contentFaultMs[check]) })}</span>}
    </li>
  )
}
