import { createSystemClock, sleep } from '../clock/clock.ts'
import type { WholeProbeRequest } from '../shared/media.ts'
import { ffprobeBeside, installCommand, listOf, maxAllocBytes, toError } from './ffmpeg.ts'
import { type ContentTracks, judgeWithFfmpeg } from './ffmpegContent.ts'
import type { Looks, ProbeStream } from './looks.ts'
import type { PacketKind } from './packetMeter.ts'
import { mostAheadMs, probeOptions, settles } from './probeOptions.ts'
import { runProgram } from './runProgram.ts'
import type { SourceAddress } from './sourceAddress.ts'
import { splitLines } from './splitLines.ts'
import { headerIn, type Tracks } from './streamLines.ts'

/**
 * Prints each packet as a line, and before them what the streams are. Never holds anything of the stream's address, which comes as a list on
 * standard input: the list itself may open nothing but itself; what is in it has options of its own. What is known of its streams is known
 * when it is opened, and is not looked for again.
 */
const programArguments: readonly string[] = [
  ...['-hide_banner', '-loglevel', 'info', '-max_alloc', String(maxAllocBytes)],
  ...['-analyzeduration', '1000000', '-probesize', '1000000', '-fpsprobesize', '0'],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'concat', '-f', 'concat', '-safe', '0', '-auto_convert', '0'],
  ...['-of', 'compact=p=0', '-show_entries', 'packet=stream_index,pts_time,dts_time,size,flags', '-i', 'pipe:0'],
]
const clock = createSystemClock()
/** How often it is looked whether more may be read, ms. */
const pauseMs = 300
const packetLine = /^stream_index=(\d+)\|pts_time=([^|]*)\|dts_time=([^|]*)\|size=(\d+)\|flags=([^|]*)/

/**
 * Inspecting counts as answering here, because it does not say when it begins: it may take half of the time for that. Without limit on its CPU
 * time: a continuous probe takes more and more.
 */
const optionsFor = (source: Parameters<ProbeStream>[0], request: WholeProbeRequest): Record<string, string> => ({
  ...probeOptions(source, request),
  analyzeduration: String(Math.min(request.lookMs, request.answerMs / 2) * 1_000),
})

/** Measures with the ffprobe beside the chosen ffmpeg: one process and one connection per probe, and another of each where something is looked for in pictures or sound. */
export const ffprobe =
  (ffmpegPath: string): ProbeStream =>
  async (source, request, looks) => {
    const path = ffprobeBeside(ffmpegPath)
    if (path === null) return { kind: 'noFfmpeg', problem: { kind: 'noFfprobe', path: ffmpegPath }, install: installCommand }
    let judged: Promise<void> | null = null
    const output = readOutput(source, looks, (tracks) => {
      judged = judgeWithFfmpeg(ffmpegPath, source, request, looks, tracks)
    })
    const { stderr, exitCode } = await runProgram(path, programArguments, {
      input: listOf(source, optionsFor(source, request)),
      maxBytes: 0,
      signal: looks.signal,
      onOutput: output.onPackets,
      onMessages: output.onMessages,
    })
    output.end()
    // What comes faster than it plays ends before it has been looked at.
    if (exitCode === 0) await judged
    return exitCode === 0 ? null : toError(stderr)
  }

/** Resolves when what was read is near to what plays. */
async function untilNear(looks: Looks): Promise<void> {
  while (looks.leadMs() > mostAheadMs && !looks.signal.aborted) await sleep(clock, pauseMs, looks.signal).catch(() => {})
}

/** Understands what it prints, and feeds it to `looks`. `onBegan`: what the stream has is known. */
function readOutput(source: SourceAddress, looks: Looks, onBegan: (tracks: ContentTracks) => void) {
  const streams: string[] = []
  let tracks: Tracks | null = null
  let waiting: string[] = []
  const addPacket = (line: string) => {
    const [, index, pts, dts, size, flags = ''] = packetLine.exec(line) ?? []
    if (index === undefined || tracks === null) return
    const kind: PacketKind = Number(index) === tracks.video ? 'video' : Number(index) === tracks.audio ? 'audio' : 'other'
    looks.add(kind, Number.parseFloat(pts ?? '') * 1_000, Number.parseFloat(dts ?? '') * 1_000, Number(size), flags.includes('K'), flags.includes('C'))
  }
  const begin = () => {
    if (tracks !== null) return
    const found = headerIn(streams)
    tracks = found.tracks
    looks.answered()
    // One letter for each mark, or a line in its place. Before FFmpeg 6.0 there was none for what is damaged.
    const [first = ''] = waiting
    looks.began({ ...found.header, tellsCorrupt: (packetLine.exec(first)?.[5] ?? '').length > 2, settles: settles(source) })
    onBegan({ hasVideo: found.header.video !== null, sampleRateHz: found.header.audio?.sampleRateHz ?? null })
    for (const line of waiting) addPacket(line)
    waiting = []
  }
  const packetLines = splitLines((line) => {
    if (tracks !== null) return addPacket(line)
    // What the streams are was printed before, but on another pipe: it is read in this turn, too.
    if (waiting.push(line) === 1) setImmediate(begin)
  })
  const messageLines = splitLines((line) => {
    if (tracks === null && line.startsWith('  Stream #0:')) streams.push(line)
  })
  return {
    onPackets: (chunk: Buffer): Promise<void> | null => {
      packetLines(chunk.toString('latin1'))
      return looks.leadMs() > mostAheadMs ? untilNear(looks) : null
    },
    onMessages: messageLines,
    end: () => {
      if (waiting.length > 0) begin()
    },
  }
}
