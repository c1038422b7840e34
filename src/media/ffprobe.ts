import { createSystemClock, sleep } from '../clock/clock.ts'
import type { WholeProbeRequest } from '../shared/media.ts'
import type { Checks, ProbeStream } from './checks.ts'
import { ffprobeBeside, installCommand, listOf, maxAllocBytes, toError } from './ffmpeg.ts'
import { type ContentTracks, evaluateWithFfmpeg } from './ffmpegContent.ts'
import type { PacketKind, StreamHeader } from './packetMeter.ts'
import { mostAheadMs, named, probeOptions, settles } from './readOptions.ts'
import { runProgram, splitLines } from './runProgram.ts'
import type { SourceAddress } from './sourceAddress.ts'

/**
 * Prints the streams, then each packet as a line. The arguments never contain the stream's address, which is passed as a concat list on standard
 * input. The whitelists allow the list itself to open only standard input; its entries have options of their own. Streams are inspected when an entry
 * is opened, and not again afterwards.
 */
const programArguments: readonly string[] = [
  ...['-hide_banner', '-loglevel', 'info', '-max_alloc', String(maxAllocBytes)],
  ...['-analyzeduration', '1000000', '-probesize', '1000000', '-fpsprobesize', '0'],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'concat', '-f', 'concat', '-safe', '0', '-auto_convert', '0'],
  ...['-of', 'compact=p=0', '-show_entries', 'packet=stream_index,pts_time,dts_time,size,flags', '-i', 'pipe:0'],
]
const clock = createSystemClock()
/** Interval for checking whether reading may continue, ms. */
const pauseMs = 300
const packetLine = /^stream_index=(\d+)\|pts_time=([^|]*)\|dts_time=([^|]*)\|size=(\d+)\|flags=([^|]*)/

/**
 * Inspection counts towards the answer time here, because ffprobe does not report when inspection begins: it may take up to half of that time. There is
 * no limit on CPU time, because that of a continuous probe grows without bound.
 */
const optionsFor = (source: Parameters<ProbeStream>[0], request: WholeProbeRequest): Record<string, string> => ({
  ...probeOptions(source, request),
  analyzeduration: String(Math.min(request.checkMs, request.answerMs / 2) * 1_000),
})

/** Measures with the ffprobe beside the chosen ffmpeg: one process and one connection per probe, and a second of each if content is checked. */
export function ffprobe(ffmpegPath: string): ProbeStream {
  return async (source, request, checks) => {
    const path = ffprobeBeside(ffmpegPath)
    if (path === null) return { kind: 'noFfmpeg', problem: { kind: 'noFfprobe', path: ffmpegPath }, install: installCommand }
    let evaluated: Promise<void> | null = null
    const output = readOutput(source, checks, (tracks) => {
      evaluated = evaluateWithFfmpeg(ffmpegPath, source, request, checks, tracks)
    })
    const { stderr, exitCode } = await runProgram(path, programArguments, {
      input: listOf(source, optionsFor(source, request)),
      maxBytes: 0,
      signal: checks.signal,
      onOutput: output.onPackets,
      onMessages: output.onMessages,
    })
    output.end()
    // A source that delivers faster than real time ends before its content has been checked.
    if (exitCode === 0) await evaluated
    return exitCode === 0 ? null : toError(stderr)
  }
}

/** Resolves when reading is no longer too far ahead of real time. */
async function untilNear(checks: Checks): Promise<void> {
  while (checks.leadMs() > mostAheadMs && !checks.signal.aborted) await sleep(clock, pauseMs, checks.signal).catch(() => {})
}

/** Parses ffprobe's output and feeds it to `checks`. `onBegan` is called when the stream's tracks are known. */
function readOutput(source: SourceAddress, checks: Checks, onBegan: (tracks: ContentTracks) => void) {
  const streams: string[] = []
  let tracks: Tracks | null = null
  let waiting: string[] = []
  const addPacket = (line: string) => {
    const [, index, pts, dts, size, flags = ''] = packetLine.exec(line) ?? []
    if (index === undefined || tracks === null) return
    const kind: PacketKind = Number(index) === tracks.video ? 'video' : Number(index) === tracks.audio ? 'audio' : 'other'
    checks.add(kind, Number.parseFloat(pts ?? '') * 1_000, Number.parseFloat(dts ?? '') * 1_000, Number(size), flags.includes('K'), flags.includes('C'))
  }
  const begin = () => {
    if (tracks !== null) return
    const found = headerIn(streams)
    tracks = found.tracks
    checks.answered()
    // One letter per flag, or an underscore in its place. FFmpeg before 6.0 has no flag for corrupt packets.
    const [first = ''] = waiting
    const tellsCorrupt = (packetLine.exec(first)?.[5] ?? '').length > 2
    // FFmpeg marks no key frames of VP9 that come by RTP.
    const tellsKeys = found.header.video?.codec !== 'vp9' || !settles(source)
    checks.began({ ...found.header, tellsCorrupt, settles: settles(source), tellsKeys })
    onBegan({ hasVideo: found.header.video !== null, sampleRateHz: found.header.audio?.sampleRateHz ?? null })
    for (const line of waiting) addPacket(line)
    waiting = []
  }
  const packetLines = splitLines((line) => {
    if (tracks !== null) return addPacket(line)
    // The streams were printed earlier, but on another pipe: by `setImmediate`, that output has been read too.
    if (waiting.push(line) === 1) setImmediate(begin)
  })
  const messageLines = splitLines((line) => {
    if (tracks === null && line.startsWith('  Stream #0:')) streams.push(line)
  })
  return {
    onPackets: (chunk: Buffer): Promise<void> | null => {
      packetLines(chunk.toString('latin1'))
      return checks.leadMs() > mostAheadMs ? untilNear(checks) : null
    },
    onMessages: messageLines,
    end: () => {
      if (waiting.length > 0) begin()
    },
  }
}

/** Indexes of the streams that are measured; null: there is none of this kind. */
export interface Tracks {
  readonly video: number | null
  readonly audio: number | null
}

/** More streams than any source has; the others are not looked at. */
const mostStreams = 100

/**
 * What FFmpeg's programs print about the streams of a source, such as
 * `  Stream #0:0[0x100]: Video: h264 (Main) ([27][0][0][0] / 0x001B), yuv420p(tv, bt709, progressive), 1280x720 [SAR 1:1 DAR 16:9], 25 fps, 25 tbr, 90k tbn`
 */
export function headerIn(lines: readonly string[]): { readonly header: Omit<StreamHeader, 'tellsCorrupt'>; readonly tracks: Tracks } {
  const streams = lines.slice(0, mostStreams).map(parseStream)
  const video = streams.find((stream) => stream?.type === 'Video')
  const audio = streams.find((stream) => stream?.type === 'Audio')
  return {
    header: { video: video ? videoHeader(video) : null, audio: audio ? audioHeader(audio) : null },
    tracks: { video: video?.index ?? null, audio: audio?.index ?? null },
  }
}

type Stream = NonNullable<ReturnType<typeof parseStream>>

function parseStream(line: string) {
  const [, index, type, codec = 'unknown', rest = ''] = /^ {2}Stream #0:(\d+)[^ ]*: (\w+): (\w+)(.*)$/.exec(line.slice(0, 2_000)) ?? []
  if (index === undefined || type === undefined) return null
  // Two brackets may follow: a profile, and the tag of the container, which has a number behind a slash.
  const profile = /^ \(([^()]*)\)/.exec(rest)?.[1]
  return { index: Number(index), type, codec: codec.slice(0, 100), profile: profile?.includes(' / 0x') ? null : named(profile), rest }
}

function videoHeader({ codec, profile, rest }: Stream): StreamHeader['video'] {
  const [, width, height] = /, \w+(?:\([^)]*\))?, (\d+)x(\d+)/.exec(rest) ?? []
  const aspect = /DAR (\d+:\d+)/.exec(rest)?.[1]
  // `fps` is measured. `tbr` is what the header promises, or where it promises nothing the unit of time, such as 90k.
  const fps = Number(/, ([\d.]+) tbr\b/.exec(rest)?.[1])
  const { widthPx, heightPx } = { widthPx: Math.min(Number(width ?? 0), 100_000), heightPx: Math.min(Number(height ?? 0), 100_000) }
  return {
    codec,
    profile,
    level: null,
    widthPx,
    heightPx,
    aspect: named(aspect),
    declaredFps: fps > 0 ? Math.min(fps, 10_000) : null,
  }
}

const namedLayouts: Readonly<Record<string, number>> = { mono: 1, stereo: 2, downmix: 2, quad: 4, hexagonal: 6, octagonal: 8, hexadecagonal: 16 }

function audioHeader({ codec, profile, rest }: Stream): StreamHeader['audio'] {
  const [, rate, layout = ''] = /, (\d+) Hz(?:, ([^,]+))?/.exec(rest) ?? []
  const [, full, low] = /^(\d+)\.(\d+)/.exec(layout) ?? []
  const channels = namedLayouts[layout.replace(/\(.*/, '')] ?? (full === undefined ? Number.parseInt(layout, 10) || 0 : Number(full) + Number(low))
  return { codec, profile, channels: Math.min(channels, 1_000), layout: named(layout), sampleRateHz: Math.min(Number(rate ?? 0), 10_000_000) }
}
