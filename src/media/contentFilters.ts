import type { ContentWatch } from '../shared/probeContent.ts'
import type { PictureFacts, SoundFacts } from './contentMeter.ts'
import { scaledTo, unspecifiedColours } from './pictureFilters.ts'

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
