import { createSystemClock, sleep } from '../clock/clock.ts'
import type { Evidence, WholeProbeRequest } from '../shared/media.ts'
import { type ContentCheck, type ContentWatch, isSoundCheck } from '../shared/probeContent.ts'
import { createPictureFacts, pictureFilter, soundFactsOf, soundFilter } from './contentFilters.ts'
import { createContentMeter } from './contentMeter.ts'
import { jpegSize, listOf, maxAllocBytes, unspecifiedColours } from './ffmpeg.ts'
import type { Looks } from './looks.ts'
import { probeOptions } from './probeOptions.ts'
import { maxPixels } from './readOptions.ts'
import { runProgram } from './runProgram.ts'
import type { SourceAddress } from './sourceAddress.ts'
import { splitLines } from './splitLines.ts'

/** What of a stream there is to look at. `sampleRateHz` null: no sound. */
export interface ContentTracks {
  readonly hasVideo: boolean
  readonly sampleRateHz: number | null
}

const clock = createSystemClock()
/** One that ended is started again after this time, ms. */
const againMs = 5_000
/** Pictures are at least so far apart, s: all frames of MJPEG are key frames. */
const leastStepSeconds = 0.9
/** Longest picture, bytes: they are 320 px wide. */
const longestJpeg = 500_000
/** A program gives no pixels here, only what its filters say. */
const needsPixels: ContentCheck = 'colourBars'

/** A look may end this much before its end: the next picture comes later, ms. */
const gapMs = 2_000

const metadataLine = /^\[Parsed_(a?)metadata_\d+ @ \w+\] (.*)$/

/** Looks into pictures and sound with the machine's own ffmpeg, which reads the stream a second time beside the ffprobe, until the looks have ended. Resolves when
 * it has read the stream to its end for the first time. */
export async function judgeWithFfmpeg(
  ffmpegPath: string,
  source: SourceAddress,
  request: WholeProbeRequest,
  looks: Looks,
  tracks: ContentTracks,
): Promise<void> {
  if (request.content === null) return
  const watch: ContentWatch = { ...request.content, checks: request.content.checks.filter((check) => check !== needsPixels) }
  const wantsPictures = tracks.hasVideo && watch.checks.some((check) => !isSoundCheck(check))
  const rateHz = watch.checks.some(isSoundCheck) ? tracks.sampleRateHz : null
  const meter = createContentMeter(watch)
  const seen = { video: 0, audio: 0 }
  let hasEnded = false
  let evidence: Evidence | null = null
  /** What this look has seen, in the stream's time. */
  let began = Number.NaN
  let seenMs = Number.NaN
  const see = (atMs: number) => {
    if (Number.isNaN(began)) began = atMs
    seenMs = atMs
  }
  looks.judgedBy(
    () => {
      const undecoded = [
        ...(wantsPictures && hasEnded && seen.video === 0 ? (['video'] as const) : []),
        ...(rateHz !== null && hasEnded && seen.audio === 0 ? (['audio'] as const) : []),
      ]
      Object.assign(seen, { video: 0, audio: 0 })
      const has = meter.hasFindings()
      began = Number.NaN
      return { content: { ...meter.take(), undecoded }, evidence: has ? evidence : null }
      // What comes faster than it plays is measured long before it is decoded.
    },
    (lookMs) => hasEnded || seenMs - began >= lookMs - gapMs,
  )
  if (!wantsPictures && rateHz === null) return

  const into = {
    picture: (metadata: Metadata, atMs: number, pictureFacts: ReturnType<typeof createPictureFacts>) => {
      seen.video++
      see(atMs)
      meter.picture(pictureFacts((key) => metadata.get(key) ?? null, atMs, false))
      if (meter.hasNews()) looks.hurry()
    },
    sound: (metadata: Metadata, atMs: number, lengthMs: number) => {
      seen.audio++
      if (!wantsPictures) see(atMs)
      meter.sound(soundFactsOf((key) => metadata.get(key) ?? null, atMs, lengthMs))
    },
  }
  const keep = (made: Evidence) => {
    evidence = made
  }
  const args = argumentsFor(watch, wantsPictures, rateHz)
  const input = listOf(source, probeOptions(source, request))
  const read = async () => {
    hasEnded = false
    // Anew each time: half a line or picture of the last one is of no use.
    await runProgram(ffmpegPath, args, { input, maxBytes: 0, signal: looks.signal, onOutput: splitJpegs(keep), onMessages: createFactReader(into) })
    hasEnded = true
  }
  await read()
  void readAgain(read, looks.signal)
}

/** A stream that is read on and on may break off for one reader only. */
async function readAgain(read: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(clock, againMs, signal).catch(() => {})
    if (!signal.aborted) await read()
  }
}

/** Never holds anything of the stream's address: see `argumentsFor` of stills. */
const argumentsFor = (watch: ContentWatch, wantsPictures: boolean, rateHz: number | null): readonly string[] => [
  ...['-hide_banner', '-nostdin', '-loglevel', 'info', '-nostats', '-max_alloc', String(maxAllocBytes)],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'concat', '-f', 'concat', '-safe', '0'],
  ...['-threads', '1', '-max_pixels', String(maxPixels), '-skip_frame:v', 'nokey', '-i', 'pipe:0'],
  ...(wantsPictures
    ? [
        ...['-map', '0:v:0', '-filter_threads', '1', '-fps_mode', 'passthrough'],
        ...[
          '-vf',
          `select=isnan(prev_selected_t)+lt(t\\,prev_selected_t)+gte(t-prev_selected_t\\,${leastStepSeconds}),${unspecifiedColours},${pictureFilter(watch)},metadata=mode=print`,
        ],
        ...['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-threads', '1', '-q:v', '5', '-f', 'mjpeg', 'pipe:1'],
      ]
    : []),
  ...(rateHz === null ? [] : ['-map', '0:a:0', '-af', `${soundFilter(watch, rateHz)},ametadata=mode=print`, '-f', 'null', '-']),
]

type Metadata = ReadonlyMap<string, string>
/** Reads what the filters print of each frame: a line with its time, and a line for each fact. */
function createFactReader(into: {
  readonly picture: (metadata: Metadata, atMs: number, facts: ReturnType<typeof createPictureFacts>) => void
  readonly sound: (metadata: Metadata, atMs: number, lengthMs: number) => void
}): (text: string) => void {
  const pictureFacts = createPictureFacts()
  const pending = { video: { atMs: Number.NaN, metadata: new Map<string, string>() }, audio: { atMs: Number.NaN, metadata: new Map<string, string>() } }
  const finish = (kind: 'video' | 'audio', nextMs: number) => {
    const { atMs, metadata } = pending[kind]
    if (Number.isNaN(atMs) || metadata.size === 0) return
    if (kind === 'video') into.picture(metadata, atMs, pictureFacts)
    else into.sound(metadata, nextMs, Math.max(0, nextMs - atMs))
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
    // The last fact of a picture: it needs not wait for the next one, which may be ten seconds off.
    if (name === lastPictureFact) {
      finish('video', Number.NaN)
      pending.video = { atMs: Number.NaN, metadata: new Map() }
    }
  })
}
/** What `signalstats` writes last: FFmpeg keeps the order. */
const lastPictureFact = 'lavfi.signalstats.VBITDEPTH'

/** Cuts JPEGs that come one after another into single ones; one that is too long is left out. */
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
