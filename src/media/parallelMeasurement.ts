import { type Clock, createSystemClock, timeLimit } from '../clock/clock.ts'
import type { WholeProbeRequest } from '../shared/media.ts'
import { ok } from '../shared/result.ts'
import type { AddressMemory } from './addressMemory.ts'
import type { Checks, ParallelMeasurement } from './checks.ts'
import { playlistPath } from './directWay.ts'
import { followPlaylists, type Loaded, longestPlaylist } from './followPlaylists.ts'
import { createHttpFetcher, type HttpFetcher, readWhole } from './httpFetcher.ts'
import { isPlaylist } from './playlist.ts'
import { namesTooMany } from './playlistGuard.ts'
import type { FoundAddress } from './sourceAddress.ts'
import { createTransport, readMulticast } from './transport.ts'
import { createTsMeter, type TsMeter } from './tsMeter.ts'

interface ParallelOptions {
  readonly clock: Clock
  readonly request: Pick<WholeProbeRequest, 'url' | 'userAgent' | 'answerMs' | 'transport' | 'gate'>
  readonly memory: AddressMemory
  readonly checks: Pick<Checks, 'signal' | 'setParallelMeasurement' | 'parallelChanged' | 'ended' | 'whenAnswered' | 'broken'>
}

const transportPath = /\.(?:ts|m2ts|mts|mpegts)$/i
/** Paths of other formats: neither playlists nor MPEG-TS. */
const otherPath = /\.(?:flv|mp4|m4a|mp3|aac|ogg|webm|mkv)$/i

/**
 * Measures the transport of a stream in parallel to FFmpeg, which outputs only packets and needs an address as input. HLS playlists are always
 * followed, which takes an occasional small request. MPEG-TS is measured only on request, because the whole stream is read a second
 * time: over HTTP by another request, over UDP multicast by another socket (data that arrives only once is measured in `transport.ts` on its way to FFmpeg).
 */
export function startParallelMeasurement(found: FoundAddress, options: ParallelOptions): void {
  const { source } = found
  const { request, clock, checks } = options
  if (source.scheme === 'http' || source.scheme === 'https') {
    const { pathname } = new URL(source.url)
    if (!otherPath.test(pathname) && (request.transport || !transportPath.test(pathname)))
      void readHttp(found, options).catch(() => checks.setParallelMeasurement(nothing))
  } else if (source.scheme === 'udp' && request.transport) readMulticast(source, clock, checks)
}

/** No measurements: not yet (`undecided`), or never (`nothing`). */
const undecided: ParallelMeasurement = { hasSeen: () => false, isStale: () => false, pauseMs: () => 0, take: () => ({ hls: null, ts: null }) }
const nothing: ParallelMeasurement = { ...undecided, hasSeen: () => true }

async function readHttp(found: FoundAddress, options: ParallelOptions): Promise<void> {
  const { clock, request, memory, checks } = options
  const { signal } = checks
  const url = new URL(found.source.url)
  const isNamed = playlistPath.test(url.pathname)
  if (!isNamed && !request.transport && memory.hasNoPlaylist(request.url, clock.monotonic())) return
  const http = createHttpFetcher(found, request.userAgent, request.gate)
  void checks.ended.then(http.close)
  checks.setParallelMeasurement(undecided)
  // Some servers serve a transport stream to only one reader: FFmpeg must come first.
  if (!isNamed) await checks.whenAnswered
  const start = await readStart(http, url, options)
  if (signal.aborted) return
  if (start.kind === 'playlist' && start.isTooMuch) checks.broken({ kind: 'undecodable', because: 'playlistTooLarge' })
  else if (start.kind === 'playlist')
    checks.setParallelMeasurement(
      followPlaylists(start.loaded, url, { clock, http, memory, address: request.url, answerMs: request.answerMs, signal, onLoad: checks.parallelChanged }),
    )
  else if (start.kind === 'transport') {
    const transport = createTransport(clock, start.meter, checks.parallelChanged)
    checks.setParallelMeasurement(transport)
    try {
      for (let next = await start.body.next(); !next.done; next = await start.body.next()) await transport.add(next.value, signal)
    } catch {
      // The connection broke; FFmpeg's own connection may continue.
    }
    transport.end()
  } else {
    checks.setParallelMeasurement(nothing)
    if (!isNamed) memory.foundNoPlaylist(request.url, clock.monotonic())
  }
  checks.parallelChanged()
}

/** What was found at an address. */
type Start =
  | { readonly kind: 'playlist'; readonly loaded: Loaded; readonly isTooMuch: boolean }
  | { readonly kind: 'transport'; readonly body: AsyncIterator<Buffer>; readonly meter: TsMeter }
  | { readonly kind: 'other' }
const other: Start = { kind: 'other' }

/** Number of bytes after which the content is known not to be a transport stream or a playlist. */
const decidedBytes = { transport: 16_384, playlist: 16 } as const

/** Reads from an address until its kind is known; a playlist is read to its end. */
async function readStart(http: HttpFetcher, url: URL, { clock, request, checks }: ParallelOptions): Promise<Start> {
  // The limit ends once it is known to be a transport stream, which may be endless.
  using limit = timeLimit(clock, request.answerMs, checks.signal)
  const opened = await http.open(url, limit.signal)
  if (!opened.ok) {
    // An error status may mean that it requires an authentication that only FFmpeg supports.
    const isPlaylistGone = playlistPath.test(url.pathname) && opened.error !== 'status'
    return isPlaylistGone ? { kind: 'playlist', loaded: opened, isTooMuch: false } : other
  }
  const { body, url: at } = opened.value
  const mostBytes = request.transport ? decidedBytes.transport : decidedBytes.playlist
  const meter = createTsMeter()
  const chunks: Buffer[] = []
  try {
    for (let bytes = 0; bytes < mostBytes; ) {
      const next = await body.next()
      if (next.done) return other
      chunks.push(next.value)
      bytes += next.value.length
      if (isPlaylist(Buffer.concat(chunks).toString('utf8', 0, decidedBytes.playlist))) {
        const text = await readWhole(body, longestPlaylist, limit.signal, chunks)
        return {
          kind: 'playlist',
          loaded: text.ok ? ok({ text: text.value, url: at }) : text,
          isTooMuch: namesTooMany(text.ok ? text.value : Buffer.concat(chunks).toString()),
        }
      }
      meter.add(next.value)
      if (request.transport && meter.isTs()) return { kind: 'transport', body, meter }
    }
    await body.return?.()
  } catch {
    // The connection broke before the kind was known.
  }
  return other
}

/** Whether an address over HTTP, of which FFmpeg knows that it is no media, leads to a web page, as that of a gate that wants somebody to sign in. */
export async function isWebPage(
  found: FoundAddress,
  { userAgent, answerMs, gate }: Pick<WholeProbeRequest, 'userAgent' | 'answerMs' | 'gate'>,
  signal: AbortSignal,
): Promise<boolean> {
  const { scheme, url } = found.source
  if (scheme !== 'http' && scheme !== 'https') return false
  const http = createHttpFetcher(found, userAgent, gate)
  using limit = timeLimit(createSystemClock(), answerMs, signal)
  try {
    const opened = await http.open(new URL(url), limit.signal)
    const first = opened.ok ? await opened.value.body.next() : null
    return first?.done === false && /^\s*<(?:!doctype html|html)/i.test(first.value.toString('latin1', 0, 200))
  } catch {
    return false
  } finally {
    http.close()
  }
}
