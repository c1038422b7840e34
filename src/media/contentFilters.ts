import type { ContentWatch } from '../shared/probeContent.ts'
import type { PictureFacts, SoundFacts } from './contentMeter.ts'
import { scaledTo, unspecifiedColours } from './pictureFilters.ts'

// FFmpeg's filters that look at pictures and sound, and what they write into each frame's metadata.

/** Of more key frames than this only some are decoded, ms: all frames of MJPEG are key frames. */
export const leastStepMs = 900
/** Pictures are judged at this width: finer than that is noise. */
export const judgedWidthPx = 320
/** Black and white of video with 8 bits. */
const [black, white] = [16, 235]
/** A second picture that is the same is enough: how long it lasts is counted by the reader. */
const soonest = 'd=0.001'
/** Brightness and colour of the darkest and the brightest tenth of one colour's picture differ by no more, of 255. */
const oneColourSpread = { Y: 10, U: 6, V: 6 } as const

/** For pictures: colours, size and range, then how much is dark, whether it is the same as before, and how it is spread. */
export function pictureFilter({ darkPercent, frozenDb }: ContentWatch): string {
  return [
    unspecifiedColours,
    `scale=${scaledTo(judgedWidthPx)}:flags=area:out_range=tv`,
    'format=yuv420p',
    `blackframe=amount=0:threshold=${Math.round(black + ((white - black) * darkPercent) / 100)}`,
    `freezedetect=n=${frozenDb}dB:${soonest}`,
    'signalstats',
  ].join(',')
}

/** Where the headers say nothing, or something that can't be. */
const [leastRateHz, mostRateHz] = [1_000, 768_000]
const usualRateHz = 48_000

/** For sound: pieces of a tenth of a second with their peaks, and the loudness where it is asked for. */
export function soundFilter({ checks }: ContentWatch, sampleRateHz: number): string {
  return [
    // ebur128 cuts pieces of this length, too.
    checks.includes('loudness')
      ? 'ebur128=metadata=1:framelog=verbose'
      : `asetnsamples=n=${Math.round((sampleRateHz >= leastRateHz && sampleRateHz <= mostRateHz ? sampleRateHz : usualRateHz) / 10)}:p=0`,
    'astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level+RMS_level',
  ].join(',')
}

type Metadata = (key: string) => string | null
const numberOf = (text: string | null): number => (text === null ? Number.NaN : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text))

/** Facts of pictures, in their order: `same` must be told from its beginning and end. `isBars`: see `isColourBars`. */
export function createPictureFacts(): (metadata: Metadata, atMs: number, isBars: boolean) => PictureFacts {
  let isSame = false
  let isFirst = true
  return (metadata, atMs, isBars) => {
    const stats = (name: string) => numberOf(metadata(`lavfi.signalstats.${name}`))
    // A picture that differs ends what its forerunner began, and says both.
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
