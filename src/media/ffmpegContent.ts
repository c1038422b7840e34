import { createSystemClock, sleep } from '../clock/clock.ts'
import type { Evidence, WholeProbeRequest } from '../shared/media.ts'
import { type ContentCheck, type ContentWatch, isSoundCheck } from '../shared/probeContent.ts'
import type { Checks } from './checks.ts'
import {
  createContentMeter,
  createPictureFacts,
  leastStepMs,
  type PictureFacts,
  pictureFilter,
  type SoundFacts,
  soundFactsOf,
  soundFilter,
} from './contentMeter.ts'
import { jpegSize, listOf, maxAllocBytes } from './ffmpeg.ts'
import { maxPixels, probeOptions } from './readOptions.ts'
import { runProgram, splitLines } from './runProgram.ts'
import type { SourceAddress } from './sourceAddress.ts'

/** The tracks that can be checked. `sampleRateHz` null: no sound. */
export interface ContentTracks {
  readonly hasVideo: boolean
  readonly sampleRateHz: number | null
}

const clock = createSystemClock()
/** An ffmpeg that ended is restarted after this time, ms. */
const againMs = 5_000
/** Maximum size of a JPEG, bytes: they are 320 px wide. */
const longestJpeg = 500_000
/** This check needs pixels, but of ffmpeg's pictures only the filters' measurements are read. */
const needsPixels: ContentCheck = 'colourBars'
/** A look may end this much early, ms, because the next key frame may come later. */
const gapMs = 2_000

const metadataLine = /^\[Parsed_(a?)metadata_\d+ @ \w+\] (.*)$/

interface Wanted {
  readonly watch: ContentWatch
  readonly pictures: boolean
  readonly sampleRateHz: number | null
}
function wantedOf(content: ContentWatch, { hasVideo, sampleRateHz }: ContentTracks): Wanted {
  const checks = content.checks.filter((check) => check !== needsPixels)
  return {
    watch: { ...content, checks },
    pictures: hasVideo && checks.some((check) => !isSoundCheck(check)),
    sampleRateHz: checks.some(isSoundCheck) ? sampleRateHz : null,
  }
}

/**
 * Checks pictures and sound with the machine's own ffmpeg, which reads the stream a second time in parallel to ffprobe, until the looks have ended.
 * Resolves when it has read the stream to its end for the first time.
 */
export async function evaluateWithFfmpeg(
  ffmpegPath: string,
  source: SourceAddress,
  request: WholeProbeRequest,
  checks: Checks,
  tracks: ContentTracks,
): Promise<void> {
  if (request.content === null) return
  const wanted = wantedOf(request.content, tracks)
  const evaluator = createEvaluator(wanted, checks, request.wantsPicture)
  checks.setContentSource(evaluator.take, evaluator.hasSeen)
  if (!wanted.pictures && wanted.sampleRateHz === null) return
  const args = argumentsFor(wanted)
  const input = listOf(source, probeOptions(source, request))
  const read = async () => {
    evaluator.ended(false)
    // New for each run: a line or picture that the previous one left incomplete is of no use.
    const jpegs = splitJpegs(evaluator.jpeg)
    const onOutput = (chunk: Buffer) => {
      jpegs(chunk)
      return null
    }
    const readers = { onOutput, onMessages: createFactParser(evaluator) }
    await runProgram(ffmpegPath, args, { input, maxBytes: 0, signal: checks.signal, ...readers })
    evaluator.ended(true)
  }
  await read()
  void readAgain(read, checks.signal)
}

function createEvaluator({ watch, pictures: wantsPictures, sampleRateHz }: Wanted, checks: Checks, givesPicture: boolean) {
  const meter = createContentMeter(watch)
  let seen = { video: 0, audio: 0 }
  let hasEnded = false
  let evidence: Evidence | null = null
  /** The period that this look has covered, in the stream's time. */
  let beganMs = Number.NaN
  let seenMs = Number.NaN
  const see = (atMs: number) => {
    if (Number.isNaN(beganMs)) beganMs = atMs
    seenMs = atMs
  }
  return {
    /** Call with false when ffmpeg begins to read, and with true when it has ended. */
    ended: (is: boolean) => {
      hasEnded = is
    },
    picture: (facts: PictureFacts) => {
      seen.video++
      see(facts.atMs)
      meter.picture(facts)
      if (meter.hasNews()) checks.hurry()
    },
    sound: (facts: SoundFacts) => {
      seen.audio++
      if (!wantsPictures) see(facts.atMs)
      meter.sound(facts)
    },
    jpeg: (made: Evidence) => {
      evidence = made
    },
    // The packets of a stream that arrives faster than real time are measured long before they are decoded.
    hasSeen: (checkMs: number) => hasEnded || seenMs - beganMs >= checkMs - gapMs,
    take: () => {
      const undecoded = [
        ...(wantsPictures && hasEnded && seen.video === 0 ? (['video'] as const) : []),
        ...(sampleRateHz !== null && hasEnded && seen.audio === 0 ? (['audio'] as const) : []),
      ]
      seen = { video: 0, audio: 0 }
      const has = givesPicture || meter.hasFindings()
      beganMs = Number.NaN
      return { content: { ...meter.take(), undecoded }, evidence: has ? evidence : null }
    },
  }
}

/** Of a continuous probe, this second connection may break off alone. */
async function readAgain(read: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, againMs, signal).catch(() => {})
    if (!signal.aborted) await read()
  }
}

/** Never contains the stream's address: see `listOf`. */
const argumentsFor = ({ watch, pictures, sampleRateHz }: Wanted): readonly string[] => [
  ...['-hide_banner', '-nostdin', '-loglevel', 'info', '-nostats', '-max_alloc', String(maxAllocBytes)],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'concat', '-f', 'concat', '-safe', '0'],
  ...['-threads', '1', '-max_pixels', String(maxPixels), '-skip_frame:v', 'nokey', '-i', 'pipe:0'],
  ...(pictures
    ? [
        ...['-map', '0:v:0', '-filter_threads', '1', '-fps_mode', 'passthrough'],
        ...['-vf', `${notTooMany},${pictureFilter(watch)},metadata=mode=print`],
        ...['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-threads', '1', '-q:v', '5', '-f', 'mjpeg', 'pipe:1'],
      ]
    : []),
  ...(sampleRateHz === null ? [] : ['-map', '0:a:0', '-af', `${soundFilter(watch, sampleRateHz)},ametadata=mode=print`, '-f', 'null', '-']),
]
const notTooMany = `select=isnan(prev_selected_t)+lt(t\\,prev_selected_t)+gte(t-prev_selected_t\\,${leastStepMs / 1_000})`

/** Parses what the filters print for each frame: a line with its time, and a line for each measurement. */
function createFactParser(into: { readonly picture: (facts: PictureFacts) => void; readonly sound: (facts: SoundFacts) => void }): (text: string) => void {
  const pictureFacts = createPictureFacts()
  const pending = { video: { atMs: Number.NaN, metadata: new Map<string, string>() }, audio: { atMs: Number.NaN, metadata: new Map<string, string>() } }
  const finish = (kind: 'video' | 'audio', nextMs: number) => {
    const { atMs, metadata } = pending[kind]
    if (Number.isNaN(atMs) || metadata.size === 0) return
    const of = (key: string) => metadata.get(key) ?? null
    if (kind === 'video') into.picture(pictureFacts(of, atMs, false))
    else into.sound(soundFactsOf(of, nextMs, Math.max(0, nextMs - atMs)))
  }
  return splitLines((line) => {
    const [, isAudio, rest = ''] = metadataLine.exec(line) ?? []
    if (isAudio === undefined) return
    const kind = isAudio === 'a' ? 'audio' : 'video'
    const time = /^frame:.*pts_time:(-?[\d.]+)/.exec(rest)?.[1]
    if (time !== undefined) {
      const atMs = Number(time) * 1_000
      if (kind === 'audio') finish(kind, atMs)
      pending[kind] = { atMs, metadata: new Map() }
      return
    }
    const at = rest.indexOf('=')
    if (at < 0) return
    const name = rest.slice(0, at)
    pending[kind].metadata.set(name, rest.slice(at + 1))
    // The last measurement of a picture. Otherwise it would wait for the next picture, which may be ten seconds away.
    if (name === lastPictureFact) {
      finish('video', Number.NaN)
      pending.video = { atMs: Number.NaN, metadata: new Map() }
    }
  })
}
/** What `signalstats` prints last; FFmpeg keeps the order. */
const lastPictureFact = 'lavfi.signalstats.VBITDEPTH'

/** Splits a sequence of JPEGs; one that is too large is dropped. */
function splitJpegs(onJpeg: (made: Evidence) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf('ffd9', 0, 'hex'); end >= 0; end = rest.indexOf('ffd9', 0, 'hex')) {
      const jpeg = rest.subarray(0, end + 2)
      const size = jpegSize(jpeg)
      if (size !== null) onJpeg({ jpeg: Uint8Array.from(jpeg), widthPx: size[0], heightPx: size[1] })
      rest = rest.subarray(end + 2)
    }
    if (rest.length > longestJpeg) rest = Buffer.alloc(0)
  }
}
