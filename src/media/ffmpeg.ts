import { accessSync, constants, statSync } from 'node:fs'
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path'
import { type Clock, timeLimit } from '../clock/clock.ts'
import type { MediaError, MediaTools, ToolProblem } from '../shared/media.ts'
import { redactText } from '../shared/redact.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { jpegFilters, maxPixels, readOptions, type TakeSnapshot } from './readOptions.ts'
import { runProgram } from './runProgram.ts'
import type { SourceAddress } from './sourceAddress.ts'

type Ffmpeg = NonNullable<MediaTools['ffmpeg']>

/** FFmpeg 5.0: since then a list of files on standard input can have options for each file, and RTSP has its own time limit. */
const leastLibavformat = 59
const checkLimitMs = 10_000
const maxListBytes = 1024 * 1024
const maxPictureBytes = 16 * 1024 * 1024
/** Largest single allocation; a picture of 8K with 16 bits per sample and colour takes less. */
export const maxAllocBytes = 256 * 1024 * 1024
/** CPU time after which it is killed. Time limits of stills end it earlier; this is for a process that was left running. */
const cpuLimitSeconds = 60

/** What looks into pictures and sound of probes. */
const contentFilters = ['blackframe', 'freezedetect', 'signalstats', 'metadata', 'astats', 'asetnsamples', 'ebur128', 'ametadata'].map((name) => [name])

/** Components that ffmpeg needs to read streams: those required for any still, and those that some streams need. Alternative names follow. */
const needs = [
  { list: '-demuxers', kind: 'demuxer', always: [['concat'], ['rtsp']], sometimes: [['mpegts'], ['hls']] },
  { list: '-protocols', kind: 'protocol', always: [['pipe'], ['tcp']], sometimes: [['tls'], ['http'], ['srt']] },
  {
    list: '-decoders',
    kind: 'decoder',
    always: [],
    sometimes: [['h264'], ['hevc'], ['av1', 'libdav1d', 'libaom-av1'], ['vp9', 'libvpx-vp9'], ['vp8', 'libvpx'], ['mpeg4'], ['mpeg2video'], ['mjpeg']],
  },
  { list: '-filters', kind: 'filter', always: [['scale'], ['select'], ['setparams'], ['format']], sometimes: contentFilters },
  { list: '-encoders', kind: 'encoder', always: [['mjpeg']], sometimes: [] },
] as const

/** Command that installs ffmpeg on this system. */
export const installCommand: string =
  process.platform === 'win32' ? 'winget install ffmpeg' : process.platform === 'darwin' ? 'brew install ffmpeg' : 'apt install ffmpeg'

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Finds ffmpeg: by the operator's setting, or on the PATH. On a Mac the usual folders are searched, too, because a window does not have a shell's PATH. */
function findFfmpeg(named: string): Result<string, ToolProblem> {
  if (named !== '') {
    if (!isAbsolute(named)) return err({ kind: 'notAbsolute', path: named })
    if (!basename(named).toLowerCase().includes('ffmpeg')) return err({ kind: 'notFfmpeg', path: named })
    return isProgram(named) ? ok(named) : err({ kind: 'notRunnable', path: named })
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...(process.platform === 'darwin' ? ['/opt/homebrew/bin', '/usr/local/bin'] : [])]
  const file = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg'
  const found = folders.filter((folder) => isAbsolute(folder)).find((folder) => isProgram(join(folder, file)))
  return found === undefined ? err({ kind: 'notOnPath' }) : ok(join(found, file))
}

/** The ffprobe that was installed with an ffmpeg: of the same version, if that is in its name; null: there is none. */
export function ffprobeBeside(ffmpegPath: string): string | null {
  const folder = dirname(ffmpegPath)
  const names = [basename(ffmpegPath).replace(/ffmpeg/i, 'ffprobe'), process.platform === 'win32' ? 'ffprobe.exe' : 'ffprobe']
  return names.map((name) => join(folder, name)).find(isProgram) ?? null
}

/** The programs that are run where `named` is asked for; none that are not there. */
export function programsFor(named: string): readonly string[] {
  const found = findFfmpeg(named.trim())
  return found.ok ? [found.value, ...[ffprobeBeside(found.value) ?? []].flat()] : []
}

/** Names in the output of `ffmpeg -decoders` and similar options: after a column of flags, sometimes several on one line. */
const namesIn = (text: string): ReadonlySet<string> =>
  new Set(text.split('\n').flatMap((line) => /^\s*(?:[A-Z.|]+\s+)?(?:d\s+)?([\w,-]+)/.exec(line)?.[1]?.split(',') ?? []))

const versionIn = (about: string): string | undefined => /^ffmpeg version (\S{1,60})/m.exec(about)?.[1]

/** Runs ffmpeg to find its version and the components that it lacks. */
async function check(path: string, clock: Clock): Promise<Result<Ffmpeg, ToolProblem>> {
  using limit = timeLimit(clock, checkLimitMs)
  const say = async (list: string, outside = false) =>
    (await runProgram(path, ['-hide_banner', list], { maxBytes: maxListBytes, signal: limit.signal, outside })).stdout.toString()
  const about = await say('-version')
  const version = versionIn(about)
  const libavformat = Number(/^libavformat\s+(\d+)\./m.exec(about)?.[1])
  if (version === undefined || Number.isNaN(libavformat))
    return err({ kind: versionIn(await say('-version', true)) === undefined ? 'noVersion' : 'notInSandbox', path })
  if (libavformat < leastLibavformat) return err({ kind: 'tooOld', path, version })
  const lacks: string[] = []
  for (const { list, kind, always, sometimes } of needs) {
    const names = namesIn(await say(list))
    const missing = (wanted: readonly (readonly string[])[]) =>
      wanted.filter((same) => !same.some((name) => names.has(name))).map(([name]) => `${kind} ${name}`)
    if (limit.signal.aborted) return err({ kind: 'noAnswer', path })
    const [vital] = missing(always)
    if (vital !== undefined) return err({ kind: 'lacks', path, part: vital })
    lacks.push(...missing(sometimes))
  }
  return ok({ path, version, lacks })
}

/** Finds and tests the machine's ffmpeg. It is not tested again until its file changes. */
export function createFfmpegCheck(clock: Clock): (named: string) => Promise<Result<Ffmpeg, ToolProblem>> {
  let known: { readonly key: string; readonly ffmpeg: Promise<Result<Ffmpeg, ToolProblem>> } | null = null
  return async (named) => {
    const found = findFfmpeg(named)
    if (!found.ok) return found
    const { mtimeMs, size } = statSync(found.value)
    const key = JSON.stringify([found.value, mtimeMs, size])
    if (known?.key !== key) known = { key, ffmpeg: check(found.value, clock) }
    const looked = known
    const ffmpeg = await looked.ffmpeg
    // The failure may be due to a busy machine, so it is not cached.
    if (!ffmpeg.ok && known === looked) known = null
    return ffmpeg
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/**
 * The address with its password, and FFmpeg's options, as a list of one file that ffmpeg reads from its standard input:
 * arguments and environment of a process can be read by others on the machine.
 */
export function listOf(source: SourceAddress, options: Readonly<Record<string, string>>): string {
  return ['ffconcat version 1.0', `file ${quote(source.url)}`, ...Object.entries(options).map(([name, value]) => `option ${name} ${quote(value)}`), ''].join(
    '\n',
  )
}

/** The first picture that stands by itself: before their first key frame older decoders of H265 give out grey ones. */
const filters = (widthPx: number): string => `select='key+eq(pict_type,I)',${jpegFilters(widthPx, 'yuvj420p')}`

/** Never holds anything of the stream's address. The list itself may open nothing but itself; what is in it has options of its own. */
const argumentsFor = (widthPx: number): readonly string[] => [
  ...['-hide_banner', '-nostdin', '-loglevel', 'verbose', '-nostats'],
  ...['-max_alloc', String(maxAllocBytes), '-timelimit', String(cpuLimitSeconds)],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'concat', '-f', 'concat', '-safe', '0'],
  ...['-threads', '1', '-max_pixels', String(maxPixels), '-an', '-sn', '-dn', '-i', 'pipe:0'],
  ...['-frames:v', '1', '-filter_threads', '1', '-vf', filters(widthPx)],
  ...['-c:v', 'mjpeg', '-threads', '1', '-q:v', '3', '-f', 'mjpeg', 'pipe:1'],
]

/** Width and height of a JPEG, from its frame header (SOF0 to SOF2); null: it is none, or not whole. */
export function jpegSize(jpeg: Buffer): readonly [number, number] | null {
  if (jpeg.length < 4 || jpeg.readUInt16BE(0) !== 0xffd8 || jpeg.readUInt16BE(jpeg.length - 2) !== 0xffd9) return null
  for (let at = 2; at + 9 <= jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg.readUInt16BE(at)
    if (marker >= 0xffc0 && marker <= 0xffc2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)]
  }
  return null
}

/** Converts its messages into an error. They contain the address with its password, so no whole line is passed on. */
export function toError(messages: string): MediaError {
  if (/Server returned (401|403)/.test(messages)) return { kind: 'unauthorized' }
  // As in openInput.ts.
  if (/Server returned 40[04]/.test(messages)) return { kind: 'notFound' }
  const opening = /^(?:Error opening input files?|pipe:0): (?!Error opening)(.{1,120})$/m.exec(messages)?.[1]
  if (opening !== undefined) {
    if (opening.startsWith('Invalid data found')) return { kind: 'undecodable', because: 'notMedia' }
    return { kind: 'unreachable', doing: 'opening', said: redactText(opening) }
  }
  if (/does not contain any stream|matches no streams/.test(messages)) return { kind: 'noVideo' }
  return { kind: 'undecodable', because: 'endedEarly' }
}

/** What it read from the network by its own report at its end, which is missing if it wrote too much before. `listBytes`: of the list on its standard input. */
function bytesReadIn(messages: string, listBytes: number): number | null {
  const demuxed = /^ {2}Total: \d+ packets \((\d+) bytes\) demuxed$/m.exec(messages)?.[1]
  if (demuxed === undefined) return null
  // Protocols such as HTTP and SRT count each byte; RTSP does not report, and its packets have to do.
  let read = 0
  for (const [, bytes] of messages.matchAll(/^\[AVIOContext @ \w+\] Statistics: (\d+) bytes read/gm)) read += Number(bytes)
  return Math.max(Number(demuxed), read - listBytes)
}

/** Takes a still with the machine's own ffmpeg: one process and one connection per still. */
export function ffmpegSnapshot(path: string): TakeSnapshot {
  return async (source, { widthPx, signal, ...limits }) => {
    const input = listOf(source, readOptions(source, limits))
    const { stdout, stderr, isOver } = await runProgram(path, argumentsFor(widthPx), { input, maxBytes: maxPictureBytes, signal })
    if (signal.aborted) return err({ kind: 'cancelled' })
    const size = isOver ? null : jpegSize(stdout)
    if (size === null) return err(toError(stderr))
    const [width, height] = size
    const codec = /Stream #.*: Video: (\w+)/.exec(stderr)?.[1] ?? 'unknown'
    return ok({ jpeg: Uint8Array.from(stdout), widthPx: width, heightPx: height, codec, bytesRead: bytesReadIn(stderr, Buffer.byteLength(input)) })
  }
}
