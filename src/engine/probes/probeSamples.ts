import { type MetricId, type MetricIdOf, probeMetricIds } from '../../shared/metrics.ts'
import { type ContentWatch, isContentFault, type Lasting, type LastingCheck, lastingChecks } from '../../shared/probeContent.ts'
import { type Grade, gradeCode } from '../../shared/probeGrades.ts'
import {
  latestSegmentMs,
  longestGopMs,
  missingPlaylists,
  type ProbeReading,
  stalestPlaylist,
  type Ts,
  totalOf,
  tsErrorsOf,
} from '../../shared/probeReadings.ts'
import type { Probe } from '../../shared/probes.ts'
import type { Elsewhere } from '../../shared/remoteProbes.ts'
import { probeSubject } from '../../shared/subjectNames.ts'
import type { SampleBatch } from '../history/history.ts'

export interface Measured {
  readonly reading: ProbeReading
  readonly grade: Grade
  /** Statistics of the last bit rates; null: too few. */
  readonly bitrate: Probe['bitrate']
  /** Number of differences from the agreed values; null: nothing was agreed. */
  readonly differences: number | null
  /** The content checks of pictures and sound; null: none. `lasting`: their ongoing results. */
  readonly watch: ContentWatch | null
  readonly lasting: readonly Lasting[]
  /** Its state as seen by other consoles. */
  readonly elsewhere: readonly Pick<Elsewhere, 'state'>[]
}

/** How long a condition has lasted, ms; 0: not present. null: this look could not determine it. */
const lastsOf =
  (check: LastingCheck) =>
  ({ reading, lasting }: Measured): number | null => {
    if (!reading.content?.evaluated.includes(check)) return null
    return lasting.find((one) => one.check === check)?.lastedMs ?? 0
  }

const tsFigure =
  (figure: keyof Ts) =>
  ({ reading }: Measured): number | null =>
    reading.ts?.[figure] ?? null

const metricOf: Readonly<Record<MetricIdOf<'probe'>, (measured: Measured) => number | null>> = {
  'probe.up': () => 1,
  // Not of our own test signals, whose bit rate means nothing.
  'probe.bitrate': ({ reading }) => (reading.canary === null ? reading.bitrateBps : null),
  'probe.fps': ({ reading }) => reading.video?.fps ?? null,
  'probe.declaredFps': ({ reading }) => reading.video?.declaredFps ?? null,
  'probe.answerMs': ({ reading }) => reading.response.answerMs,
  'probe.dnsMs': ({ reading }) => reading.response.dnsMs,
  'probe.connectMs': ({ reading }) => reading.response.connectMs,
  'probe.keyframeMs': ({ reading }) => reading.response.keyframeMs,
  'probe.gopMs': ({ reading }) => reading.gop?.lastMs ?? null,
  'probe.gopLongestMs': ({ reading }) => longestGopMs(reading),
  'probe.gopUsualMs': ({ reading }) => reading.gop?.usualMs ?? null,
  'probe.gopFrames': ({ reading }) => reading.gop?.frames ?? null,
  'probe.width': ({ reading }) => reading.video?.widthPx ?? null,
  'probe.height': ({ reading }) => reading.video?.heightPx ?? null,
  'probe.audioChannels': ({ reading }) => reading.audio?.channels ?? null,
  'probe.audioSampleRate': ({ reading }) => reading.audio?.sampleRateHz ?? null,
  'probe.bitrateMean': ({ reading, bitrate }) => (reading.canary === null ? (bitrate?.meanBps ?? null) : null),
  'probe.variation': ({ bitrate }) => bitrate && bitrate.variation * 100,
  'probe.audioAhead': ({ reading }) => reading.audioAheadMs,
  'probe.canaryDelay': ({ reading }) => reading.canary?.delayMs ?? null,
  'probe.canarySoundAhead': ({ reading }) => reading.canary?.soundAheadMs ?? null,
  'probe.srtRtt': ({ reading }) => reading.srt?.rttMs ?? null,
  'probe.srtLatency': ({ reading }) => reading.srt?.latencyMs ?? null,
  'probe.srtLost': ({ reading }) => reading.srt?.lost ?? null,
  'probe.srtRetransmitted': ({ reading }) => reading.srt?.retransmitted ?? null,
  'probe.grade': ({ grade }) => gradeCode(grade),
  'probe.differences': ({ differences }) => differences,
  'probe.dark': ({ reading }) => reading.content?.darkPercent ?? null,
  'probe.motion': ({ reading }) => reading.content?.motionPercent ?? null,
  'probe.blackMs': lastsOf('black'),
  'probe.oneColourMs': lastsOf('oneColour'),
  'probe.colourBarsMs': lastsOf('colourBars'),
  'probe.frozenMs': lastsOf('frozen'),
  'probe.noMotionMs': lastsOf('noMotion'),
  'probe.silentMs': lastsOf('silent'),
  'probe.contentFaults': ({ reading, lasting }) =>
    lastingChecks.some((check) => reading.content?.evaluated.includes(check))
      ? lasting.filter((one) => reading.content?.evaluated.includes(one.check) && isContentFault(one)).length
      : null,
  'probe.peak': ({ reading }) => reading.content?.peakDbfs ?? null,
  'probe.clipped': ({ reading }) => reading.content?.clippedPercent ?? null,
  'probe.loudness': ({ reading }) => reading.content?.loudnessLufs ?? null,
  'probe.loudnessOffset': ({ reading, watch }) =>
    watch === null || reading.content?.loudnessLufs == null ? null : reading.content.loudnessLufs - watch.targetLufs,
  'probe.playlistAgeMs': ({ reading }) => stalestPlaylist(reading.hls)?.ageMs ?? null,
  'probe.playlistTargetMs': ({ reading }) => stalestPlaylist(reading.hls)?.targetMs ?? null,
  'probe.segmentLateMs': ({ reading }) => reading.hls && latestSegmentMs(reading.hls),
  'probe.playlistsMissing': ({ reading }) => reading.hls && missingPlaylists(reading.hls),
  'probe.segmentsLong': ({ reading }) => reading.hls && totalOf(reading.hls, 'long'),
  'probe.segmentsRewritten': ({ reading }) => reading.hls && totalOf(reading.hls, 'rewritten'),
  'probe.discontinuities': ({ reading }) => reading.hls && totalOf(reading.hls, 'discontinuities'),
  'probe.tsErrors': ({ reading }) => reading.ts && tsErrorsOf(reading.ts),
  'probe.patIntervalMs': tsFigure('patMs'),
  'probe.pmtIntervalMs': tsFigure('pmtMs'),
  'probe.pcrIntervalMs': tsFigure('pcrMs'),
  'probe.ptsIntervalMs': tsFigure('ptsMs'),
  'probe.tsPidsMissing': tsFigure('pidErrors'),
  'probe.tsSyncLosses': tsFigure('syncLosses'),
  'probe.tsSyncByteErrors': tsFigure('syncByteErrors'),
  'probe.tsPatErrors': tsFigure('patErrors'),
  'probe.tsPmtErrors': tsFigure('pmtErrors'),
  'probe.tsContinuityErrors': tsFigure('continuityErrors'),
  'probe.tsTransportErrors': tsFigure('transportErrors'),
  'probe.tsPcrErrors': tsFigure('pcrIntervalErrors'),
  'probe.tsPcrJumps': tsFigure('pcrJumps'),
  'probe.tsPtsErrors': tsFigure('ptsErrors'),
  'probe.videoPackets': ({ reading }) => reading.packets.video,
  'probe.audioPackets': ({ reading }) => reading.packets.audio,
  'probe.otherPackets': ({ reading }) => reading.packets.other,
  'probe.keyframes': ({ reading }) => reading.keyframes,
  'probe.corruptPackets': ({ reading }) => reading.packets.corrupt,
  'probe.corruptBytes': ({ reading }) => reading.packets.corruptBytes,
  'probe.ptsGaps': ({ reading }) => reading.ptsGaps,
  'probe.elsewhereUp': ({ elsewhere }) => upPercent(elsewhere),
  'probe.ptsJumps': ({ reading }) => reading.ptsJumps,
}
/** Share of the remote probes that read it; null: of none it is known. */
function upPercent(elsewhere: readonly Pick<Elsewhere, 'state'>[]): number | null {
  const known = elsewhere.filter(({ state }) => state !== 'unknown')
  return known.length === 0 ? null : (known.filter(({ state }) => state === 'up').length / known.length) * 100
}
const figures = probeMetricIds.map((id) => metricOf[id])

/** The sample of one reading. `holdsMs`: how long it is valid, until the next one arrives, ms. */
export function sampleOf(probeId: string, at: number, measured: Measured, holdsMs: number): SampleBatch {
  return {
    owner: probeSubject(probeId),
    at,
    parts: null,
    metrics: probeMetricIds,
    values: Float64Array.from(figures, (figureOf) => figureOf(measured) ?? Number.NaN),
    holdsMs,
  }
}

const metricsOfFailure: readonly MetricId[] = ['probe.up', 'probe.grade', 'probe.elsewhereUp']
/** The sample of a stream that can't be read. */
export function failureSample(probeId: string, at: number, elsewhere: Measured['elsewhere'], holdsMs: number): SampleBatch {
  return {
    owner: probeSubject(probeId),
    at,
    parts: null,
    metrics: metricsOfFailure,
    values: Float64Array.of(0, gradeCode('poor'), upPercent(elsewhere) ?? Number.NaN),
    holdsMs,
  }
}
