import {
  type Content,
  type ContentCheck,
  type ContentFinding,
  type ContentWatch,
  isContentFault,
  type LastingCheck,
  lastingChecks,
} from '../shared/probeContent.ts'
import { scaledTo, unspecifiedColours } from './readOptions.ts'

/** Measurements of one picture by FFmpeg's filters. `atMs`: in the stream's time. */
export interface PictureFacts {
  readonly atMs: number
  /** Share of dark pixels, %. */
  readonly darkPercent: number
  /** Mean brightness difference from the previous picture, %; null: first picture. */
  readonly motionPercent: number | null
  /** It is identical to the previous picture. */
  readonly isSame: boolean
  readonly isOneColour: boolean
  readonly isBars: boolean
}
/** Measurements of a piece of sound, about a tenth of a second long. */
export interface SoundFacts {
  /** End of the piece, in the stream's time. */
  readonly atMs: number
  readonly lengthMs: number
  /** -Infinity: digital silence, only zeros. */
  readonly peakDbfs: number
  readonly rmsDbfs: number
  /** Loudness of the last 400 ms, LUFS; null: not measured. */
  readonly momentaryLufs: number | null
}

/** A larger step between timestamps is a jump, ms. */
const longestStepMs = 60_000
/** Peaks at or above this count as full scale, dBFS: codecs round. */
const fullScaleDbfs = -0.1
/** A codec rounds off earlier clipping, but peaks stay this close to full scale, dBFS, and to the RMS, dB: 8 to 20 dB above it in speech and music. */
const nearFullScaleDbfs = -1
const squareCrestDb = 4
const lowestDbfs = -120
/** Upper bound, dB: damaged sound may decode to any float value. */
const highestDb = 60
/** Upper bound, longer than any stream, s. */
const longestSeconds = 1_000_000
/** Shorter silence is ignored, ms: there is some between words. */
const leastSilenceMs = 2_000
/** Number of momentary values, which arrive ten times a second, in one loudness figure. */
const mostMomentary = 600
/** Gates of ITU-R BS.1770-4: absolute, LUFS, and relative to the mean of values above it, LU. */
const absoluteGateLufs = -70
const relativeGateLu = -10

/** Judges the pictures and the sound of one stream, look by look. */
export function createContentMeter(watch: ContentWatch) {
  const isWatched = (check: ContentCheck) => watch.checks.includes(check)
  const runs = Object.fromEntries(lastingChecks.map((check) => [check, createRun()])) as Record<LastingCheck, Run>
  const momentary: number[] = []
  let allPictures = 0
  let pictures = 0
  let pieces = 0
  let clipped = 0
  let peakDbfs = Number.NEGATIVE_INFINITY
  let last: PictureFacts | null = null
  let known: ReadonlySet<string> = new Set()

  const found = (): ContentFinding[] =>
    lastingChecks.flatMap((check) => {
      const run = isWatched(check) ? runs[check].now() : null
      return run === null || (check === 'silent' && run.lastsMs < leastSilenceMs)
        ? []
        : [{ check, seconds: bounded(Math.round(run.lastsMs / 100) / 10, 0, longestSeconds) ?? 0, isFromStart: run.isFromStart }]
    })
  const isEvaluated = (check: ContentCheck): boolean => {
    if (check === 'silent' || check === 'clipped' || check === 'loudness') return pieces > 0
    return pictures > 0 && (allPictures > 1 || (check !== 'frozen' && check !== 'noMotion'))
  }

  return {
    picture: (facts: PictureFacts) => {
      const { atMs, darkPercent, motionPercent, isSame, isOneColour, isBars } = facts
      const beforeMs = last?.atMs ?? atMs
      last = facts
      pictures++
      allPictures++
      const isBlack = darkPercent >= watch.blackPercent
      runs.black.add(isBlack, atMs, atMs)
      runs.colourBars.add(isBars, atMs, atMs)
      runs.oneColour.add(isOneColour && !isBlack, atMs, atMs)
      // If another watched finding explains the lack of motion, only that one is reported. Black always does: in the dark, no motion is visible.
      const isExplained = isBlack || (isBars && isWatched('colourBars')) || (isOneColour && isWatched('oneColour'))
      if (motionPercent === null) return
      runs.frozen.add(isSame && !isExplained, atMs, beforeMs)
      runs.noMotion.add(motionPercent <= watch.motionPercent && !isExplained && !(isSame && isWatched('frozen')), atMs, beforeMs)
    },
    sound: ({ atMs, lengthMs, peakDbfs: peak, rmsDbfs, momentaryLufs }: SoundFacts) => {
      pieces++
      peakDbfs = Math.max(peakDbfs, peak)
      if (peak >= fullScaleDbfs || (peak >= nearFullScaleDbfs && peak - rmsDbfs <= squareCrestDb)) clipped++
      runs.silent.add(peak < watch.silentDbfs, atMs, atMs - lengthMs)
      if (momentaryLufs === null) return
      momentary.push(momentaryLufs)
      if (momentary.length > mostMomentary) momentary.shift()
    },
    hasFindings: () => found().length > 0,
    /** Whether there is a new finding, or one became a fault, since the last call. */
    hasNews: () => {
      const before = known
      known = new Set(found().flatMap(({ check, seconds }) => (isContentFault({ check, lastedMs: seconds * 1_000 }) ? [check, `fault ${check}`] : [check])))
      return [...known].some((one) => !before.has(one))
    },
    /** Returns the result of this look and starts the next; ongoing runs continue. */
    take: (): Omit<Content, 'undecoded'> => {
      const content = {
        pictures,
        darkPercent: bounded(pictures === 0 ? null : last?.darkPercent, 0, 100),
        motionPercent: bounded(pictures === 0 ? null : last?.motionPercent, 0, 100),
        peakDbfs: bounded(pieces === 0 ? null : peakDbfs, lowestDbfs, highestDb),
        clippedPercent: bounded(pieces === 0 ? null : (clipped / pieces) * 100, 0, 100),
        loudnessLufs: bounded(pieces === 0 ? null : loudnessOf(momentary), lowestDbfs, highestDb),
        findings: found().filter(({ check }) => isEvaluated(check)),
        evaluated: watch.checks.filter(isEvaluated),
      }
      pictures = 0
      pieces = 0
      clipped = 0
      peakDbfs = Number.NEGATIVE_INFINITY
      return content
    },
  }
}

/** Clamps a value to its limits; null: missing or NaN. */
const bounded = (value: number | null | undefined, least: number, most: number): number | null =>
  value == null || Number.isNaN(value) ? null : Math.min(most, Math.max(least, value))

/** Measures for how long a condition has held without interruption. */
function createRun() {
  let sinceMs: number | null = null
  let lastMs: number | null = null
  let isFromStart = true
  return {
    /** `sinceMs`: start of the condition if it did not hold before. */
    add: (isSo: boolean, atMs: number, from: number) => {
      const isJump = lastMs !== null && (atMs < lastMs || atMs - lastMs > longestStepMs)
      if (lastMs !== null && sinceMs === null) isFromStart = false
      const before = lastMs
      lastMs = atMs
      if (!isSo) sinceMs = null
      // A run continues over a jump in time, whose length is unknown and not counted.
      else if (isJump && before !== null) sinceMs = sinceMs === null ? atMs : atMs - (before - sinceMs)
      else sinceMs ??= from
    },
    now: (): { readonly lastsMs: number; readonly isFromStart: boolean } | null =>
      sinceMs === null || lastMs === null ? null : { lastsMs: lastMs - sinceMs, isFromStart },
  }
}
type Run = ReturnType<typeof createRun>

/** Integrated loudness of momentary values, with both gates of BS.1770; null: nothing is above the absolute gate. */
export function loudnessOf(momentary: readonly number[]): number | null {
  const loud = momentary.filter((lufs) => lufs > absoluteGateLufs)
  if (loud.length === 0) return null
  const gate = meanLufs(loud) + relativeGateLu
  return meanLufs(loud.filter((lufs) => lufs > gate))
}
const meanLufs = (all: readonly number[]): number => 10 * Math.log10(all.reduce((sum, lufs) => sum + 10 ** (lufs / 10), 0) / all.length)

// FFmpeg's filters that look at pictures and sound, and what they write into each frame's metadata.

/** Minimum interval between decoded key frames, ms: in MJPEG, every frame is a key frame. */
export const leastStepMs = 900
/** Pictures are judged at this width: finer than that is noise. */
const evaluatedWidthPx = 320
/** Black and white of video with 8 bits. */
const [black, white] = [16, 235]
/** Makes `freezedetect` report at the first repeated picture; how long it lasts is measured by `contentMeter.ts`. */
const atOnce = 'd=0.001'
/** A picture has one colour if its darkest and its brightest tenth differ by no more than this in each plane, of 255. */
const oneColourSpread = { Y: 10, U: 6, V: 6 } as const

/** Filters for pictures: they normalise colours, size and range, then measure darkness, repetition, and the spread of brightness and colour. */
export function pictureFilter({ darkPercent, frozenDb }: ContentWatch): string {
  return [
    unspecifiedColours,
    `scale=${scaledTo(evaluatedWidthPx)}:flags=area:out_range=tv`,
    'format=yuv420p',
    `blackframe=amount=0:threshold=${Math.round(black + ((white - black) * darkPercent) / 100)}`,
    `freezedetect=n=${frozenDb}dB:${atOnce}`,
    'signalstats',
  ].join(',')
}

/** Plausible sample rates; if the header states another one or none, the usual one is assumed. */
const [leastRateHz, mostRateHz] = [1_000, 768_000]
const defaultRateHz = 48_000

/** Filters for sound: they cut it into pieces of a tenth of a second and measure their peaks, and the loudness if requested. */
export function soundFilter({ checks }: ContentWatch, sampleRateHz: number): string {
  return [
    // ebur128 cuts pieces of this length, too.
    checks.includes('loudness')
      ? 'ebur128=metadata=1:framelog=verbose'
      : `asetnsamples=n=${Math.round((sampleRateHz >= leastRateHz && sampleRateHz <= mostRateHz ? sampleRateHz : defaultRateHz) / 10)}:p=0`,
    'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level+RMS_level',
  ].join(',')
}

type Metadata = (key: string) => string | null
const numberOf = (text: string | null): number => (text === null ? Number.NaN : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text))

/** Returns a function that converts metadata of pictures, in order: `freezedetect` marks only where repetition begins and ends. `isBars`: see `isColourBars`. */
export function createPictureFacts(): (metadata: Metadata, atMs: number, isBars: boolean) => PictureFacts {
  let isSame = false
  let isFirst = true
  return (metadata, atMs, isBars) => {
    const stats = (name: string) => numberOf(metadata(`lavfi.signalstats.${name}`))
    // The picture that ends a repetition carries both marks.
    if (metadata('lavfi.freezedetect.freeze_end') !== null) isSame = false
    else if (metadata('lavfi.freezedetect.freeze_start') !== null) isSame = true
    const facts = {
      atMs,
      darkPercent: numberOf(metadata('lavfi.blackframe.pblack')),
      motionPercent: isFirst ? null : (stats('YDIF') * 100) / 255,
      isSame,
      isOneColour: (['Y', 'U', 'V'] as const).every((plane) => stats(`${plane}HIGH`) - stats(`${plane}LOW`) <= oneColourSpread[plane]),
      isBars,
    }
    isFirst = false
    return facts
  }
}

export function soundFactsOf(metadata: Metadata, atMs: number, lengthMs: number): SoundFacts {
  const level = (name: string) => numberOf(metadata(`lavfi.astats.Overall.${name}_level`))
  const momentary = numberOf(metadata('lavfi.r128.M'))
  return { atMs, lengthMs, peakDbfs: level('Peak'), rmsDbfs: level('RMS'), momentaryLufs: Number.isNaN(momentary) ? null : momentary }
}
