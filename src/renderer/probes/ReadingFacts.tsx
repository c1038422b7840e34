import { lastingText } from '../../i18n/gradeText.ts'
import { metricLabel } from '../../i18n/metricText.ts'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import { type ContentCheck, type ContentWatch, contentFaultMs, isContentFault, type LastingCheck } from '../../shared/probeContent.ts'
import { contentGrade } from '../../shared/probeGrades.ts'
import { type Hls, isStale, latestSegmentMs, type ProbeReading, type Ts, totalOf } from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import { formatDateTime, formatDuration, formatNumber, formatSpan, formatTime, formatValue } from '../../shared/units.ts'
import { language, t } from '../app/words.ts'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Section } from '../ui/Panel.tsx'
import { audioText, fpsText, markOfVerdict, notJudged, sizeText, videoText } from './probeViews.ts'

const figure = (metric: MetricId, value: number | null, hint?: string): Fact => [
  metricLabel(metric, language),
  value === null ? null : formatValue(value, metrics[metric].unit),
  hint,
]
/** What should be 0 stands out where it is not. */
const fault = (metric: MetricId, value: number | null, hint?: string): Fact => [
  metricLabel(metric, language),
  value === null ? null : <span className={value > 0 ? 'font-semibold' : ''}>{formatValue(value, 'count')}</span>,
  hint,
]

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
export function ContentFacts({ watch, reading, readAt, lasting }: ContentFactsProps) {
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
        <span className="text-muted" title={formatDateTime(since)}>
          {t('common.sinceTime', { time: formatTime(since) })}
        </span>
      )}
      {isOlder && <span className="text-faint">{t('probes.content.seenLast', { time: formatTime(seenAt) })}</span>}
      {!isFault && <span className="text-faint">{t('probes.content.faultBeyond', { time: formatSpan(contentFaultMs[check]) })}</span>}
    </li>
  )
}

interface ReadingFactsProps {
  readonly reading: ProbeReading
  /** Of the last readings; null: this is the first. */
  readonly bitrate: Probe['bitrate']
  readonly checksTransport: boolean
  readonly bySrt: boolean
}
export function ReadingFacts(props: ReadingFactsProps) {
  return groupsOf(props).map(
    ([title, rows]) =>
      rows && (
        <Section key={title} title={title}>
          <Facts rows={rows} />
        </Section>
      ),
  )
}

/** Groups without rows are left out. */
function groupsOf({ reading, bitrate, checksTransport, bySrt }: ReadingFactsProps): readonly (readonly [title: string, rows: readonly Fact[] | null])[] {
  const { response, packets, video, audio, gop, hls, ts, srt } = reading
  const hlsFigures = (of: Hls): readonly Fact[] => [
    figure('probe.segmentLateMs', latestSegmentMs(of)),
    fault('probe.segmentsLong', totalOf(of, 'long')),
    fault('probe.segmentsRewritten', totalOf(of, 'rewritten')),
    fault('probe.discontinuities', totalOf(of, 'discontinuities')),
  ]
  const srtFigures = (of: NonNullable<ProbeReading['srt']>): readonly Fact[] => [
    figure('probe.srtRtt', of.rttMs),
    figure('probe.srtLatency', of.latencyMs),
    fault('probe.srtLost', of.lost),
    figure('probe.srtRetransmitted', of.retransmitted),
  ]
  const tsFigures = (of: Ts): readonly Fact[] => [
    fault('probe.tsSyncLosses', of.syncLosses),
    fault('probe.tsSyncByteErrors', of.syncByteErrors),
    fault('probe.tsPatErrors', of.patErrors, intervalText(of.patMs)),
    fault('probe.tsContinuityErrors', of.continuityErrors),
    fault('probe.tsPmtErrors', of.pmtErrors, intervalText(of.pmtMs)),
    fault('probe.tsPidsMissing', of.pidErrors),
    fault('probe.tsTransportErrors', of.transportErrors),
    fault('probe.tsPcrErrors', of.pcrIntervalErrors, intervalText(of.pcrMs)),
    fault('probe.tsPcrJumps', of.pcrJumps),
    fault('probe.tsPtsErrors', of.ptsErrors, intervalText(of.ptsMs)),
  ]
  const longestGopText = ({ gop: whole, gopAtLeastMs }: ProbeReading) =>
    gopAtLeastMs === null ? whole && formatValue(whole.longestMs, 'ms') : t('probes.fact.atLeast', { time: formatValue(gopAtLeastMs, 'ms') })
  const intervalText = (intervalMs: number | null) => (intervalMs === null ? undefined : t('probes.transport.longest', { time: formatValue(intervalMs, 'ms') }))
  return [
    [
      t('probes.group.answer'),
      [
        figure('probe.dnsMs', response.dnsMs),
        figure('probe.connectMs', response.connectMs),
        figure('probe.answerMs', response.answerMs),
        figure('probe.keyframeMs', response.keyframeMs),
      ],
    ],
    [
      t('probes.column.bitrate'),
      [
        [t('common.now'), formatValue(reading.bitrateBps, 'bps')],
        [t('probes.fact.mean'), bitrate && formatValue(bitrate.meanBps, 'bps')],
        [
          t('probes.fact.variation'),
          bitrate && formatValue(bitrate.variation * 100, 'percent'),
          bitrate ? t(`probes.stability.${bitrate.stability}`) : undefined,
        ],
      ],
    ],
    [
      t('stream.kind.video'),
      video === null
        ? [[t('common.codec'), t('probes.noVideo')]]
        : [
            [t('common.codec'), videoText(video)],
            [t('probes.column.picture'), sizeText(video.widthPx, video.heightPx), video.aspect ?? undefined],
            [
              metricLabel('probe.fps', language),
              video.fps === null ? null : t('probes.fps', { fps: fpsText(video.fps) }),
              video.declaredFps === null ? undefined : t('probes.declared', { fps: fpsText(video.declaredFps) }),
            ],
          ],
    ],
    [
      t('probes.group.gop'),
      [
        [t('common.now'), gop && formatValue(gop.lastMs, 'ms')],
        [t('probes.fact.usual'), gop && formatValue(gop.usualMs, 'ms')],
        [t('probes.fact.longest'), longestGopText(reading)],
      ],
    ],
    [
      t('stream.kind.audio'),
      audio === null
        ? [[t('common.codec'), t('probes.noAudio')]]
        : [
            [t('common.codec'), audioText(audio)],
            [t('probes.fact.channels'), formatNumber(audio.channels, 0), audio.layout ?? undefined],
            [metricLabel('probe.audioSampleRate', language), `${formatNumber(audio.sampleRateHz / 1000, 1)} kHz`],
            figure('probe.audioAhead', reading.audioAheadMs),
          ],
    ],
    [
      t('probes.group.packets'),
      [
        [t('probes.fact.look'), reading.mediaMs === null ? null : formatValue(reading.mediaMs, 'ms')],
        figure('probe.videoPackets', packets.video),
        figure('probe.audioPackets', packets.audio),
        fault(
          'probe.corruptPackets',
          packets.corrupt,
          packets.corruptBytes !== null && packets.corruptBytes > 0 ? formatValue(packets.corruptBytes, 'bytes') : undefined,
        ),
        fault('probe.ptsGaps', reading.ptsGaps),
        fault('probe.ptsJumps', reading.ptsJumps),
      ],
    ],
    ['SRT', srt !== null ? srtFigures(srt) : bySrt ? [[t('probes.content.notJudged'), t('probes.srtNeeds')]] : null],
    [t('probes.group.playlists'), hls && [...playlistFacts(hls), ...hlsFigures(hls)]],
    [t('probes.group.transport'), ts !== null ? tsFigures(ts) : checksTransport ? [[t('probes.content.notJudged'), t('probes.transport.needs')]] : null],
  ]
}

const playlistFacts = ({ playlists, more }: Hls): readonly Fact[] => [
  ...playlists.map((playlist): Fact => {
    const { kind, name, fault, hasEnded, ageMs, targetMs, bandwidthBps } = playlist
    const isBad = fault !== null || isStale(playlist)
    const state =
      fault !== null
        ? t(`probes.playlist.fault.${fault}`)
        : hasEnded
          ? t('streamState.ended')
          : ageMs === null
            ? null
            : t('probes.playlist.age', { time: formatValue(ageMs, 'ms') })
    const hints = [
      targetMs === null ? null : t('probes.playlist.target', { time: formatSpan(targetMs) }),
      bandwidthBps === null ? null : formatValue(bandwidthBps, 'bps'),
    ]
    return [
      [t(`stream.kind.${kind}`), name].filter((part) => part !== '').join(' '),
      <span key="state" className={isBad ? 'font-semibold' : ''}>
        {state}
      </span>,
      hints.filter((hint) => hint !== null).join(' · '),
    ]
  }),
  [t('probes.playlist.notFollowed'), more === 0 ? null : formatNumber(more, 0)],
]
