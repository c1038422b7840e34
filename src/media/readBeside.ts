import { createSocket } from 'node:dgram'
import { isIPv4, isIPv6 } from 'node:net'
import { type Clock, sleep, timeLimit } from '../clock/clock.ts'
import type { WholeProbeRequest } from '../shared/media.ts'
import { err, ok } from '../shared/result.ts'
import { type Following, followPlaylists, longestPlaylist } from './followPlaylists.ts'
import { createHttpReader, type HttpReader } from './httpReader.ts'
import type { Looks } from './looks.ts'
import { isPlaylist } from './playlist.ts'
import type { PlaylistMemory } from './playlistMemory.ts'
import type { SourceAddress } from './sourceAddress.ts'
import { createTsMeter, type TsMeter } from './tsMeter.ts'

export interface BesideOptions {
  readonly clock: Clock
  readonly request: Pick<WholeProbeRequest, 'url' | 'userAgent' | 'answerMs'>
  readonly memory: PlaylistMemory
  readonly looks: Pick<Looks, 'signal' | 'measuredBy' | 'seen' | 'ended'>
}

/** Of a file it is not read further ahead than this, ms. */
const mostAheadMs = 10_000
const pauseMs = 300
/** What is neither playlist nor transport stream by then is something else, bytes. */
const decidedBytes = 16_384
/** A look may end this much before its end: the second connection came later, ms. */
const gapMs = 1_000
/** What waits of UDP, bytes: a second of 30 Mbit/s, where the system allows it. */
const socketBytes = 4_000_000
/** Never MPEG-TS nor playlists: no second connection for them. */
const otherFiles = /\.(?:flv|mp4|m4a|mp3|aac|ogg|webm|mkv)$/i

/**
 * Measures what carries a stream beside FFmpeg, which gives out packets only and whose input must be an address. So the stream is read a second time:
 * over HTTP by another request; over UDP by another socket, which works with multicast only. Of other schemes, and of UDP that is sent to this
 * machine alone, nothing is measured.
 */
export function readBeside(source: SourceAddress, options: BesideOptions): void {
  if (source.scheme === 'http' || source.scheme === 'https') {
    const url = new URL(source.url)
    if (!otherFiles.test(url.pathname)) readHttp(url, options)
  } else if (source.scheme === 'udp') readMulticast(source, options)
}

function readHttp(url: URL, { clock, request, memory, looks }: BesideOptions): void {
  const http = createHttpReader(url, request.userAgent)
  const { signal } = looks
  let following: Following | null = null
  let transport: Transport | null = null
  let isDecided = false
  looks.measuredBy({
    hasSeen: (lookMs) => following?.hasSeen() ?? transport?.hasSeen(lookMs) ?? isDecided,
    take: () => ({ hls: following?.take() ?? null, ts: transport?.take() ?? null }),
  })
  const run = async () => {
    const first = await readFirst(clock, http, url, request.answerMs, signal, (meter) => {
      transport = createTransport(clock, meter, looks.seen)
      return transport
    })
    if (first !== null && !signal.aborted) {
      const { answerMs } = request
      following = followPlaylists(first, url, { clock, http, memory, address: request.url, answerMs, signal, onLoad: looks.seen })
    }
  }
  void run()
    .catch(() => {})
    .finally(() => {
      isDecided = true
      looks.seen()
    })
  void looks.ended.then(http.close)
}

/** Reads what stands at an address: a playlist to its end, or a transport stream for as long as it comes. null: it is no playlist. */
async function readFirst(
  clock: Clock,
  http: HttpReader,
  url: URL,
  answerMs: number,
  signal: AbortSignal,
  onTransport: (meter: TsMeter) => Transport,
): Promise<Parameters<typeof followPlaylists>[0] | null> {
  const limit = timeLimit(clock, answerMs, signal)
  const own = new AbortController()
  const forward = () => own.abort()
  limit.signal.addEventListener('abort', forward, { once: true })
  signal.addEventListener('abort', forward, { once: true })
  try {
    const opened = await http.open(url, own.signal)
    if (!opened.ok) return null
    const { response, url: at } = opened.value
    const meter = createTsMeter()
    const chunks: Buffer[] = []
    let transport: Transport | null = null
    let bytes = 0
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        if (transport !== null) {
          await transport.add(chunk, signal)
          continue
        }
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > longestPlaylist) return err('tooLarge')
        if (isPlaylist(startOf(chunks))) continue
        meter.add(chunk)
        if (meter.isTs()) {
          // It may go on for ever.
          limit.signal.removeEventListener('abort', forward)
          transport = onTransport(meter)
          chunks.length = 0
        } else if (bytes > decidedBytes) return null
      }
    } catch {
      return isPlaylist(startOf(chunks)) && !signal.aborted ? err(limit.signal.aborted ? 'timedOut' : 'unreachable') : null
    } finally {
      transport?.end()
    }
    const text = Buffer.concat(chunks).toString()
    return isPlaylist(text) ? ok({ text, url: at }) : null
  } finally {
    signal.removeEventListener('abort', forward)
    limit[Symbol.dispose]()
  }
}
const startOf = (chunks: readonly Buffer[]): string => Buffer.concat(chunks.slice(0, 16)).subarray(0, 16).toString()

/** A transport stream that is measured as it comes. */
interface Transport {
  /** Waits where it comes faster than it plays. */
  readonly add: (chunk: Buffer, signal: AbortSignal) => Promise<void> | undefined
  readonly end: () => void
  readonly hasSeen: (lookMs: number) => boolean
  readonly take: () => ReturnType<TsMeter['take']>
}
function createTransport(clock: Clock, meter: TsMeter, onSeen: () => void): Transport {
  const beganMs = clock.monotonic()
  let lookBeganMs = beganMs
  let lookClockMs = 0
  let hasEnded = false
  const waitUntilPlayed = async (signal: AbortSignal) => {
    while (!signal.aborted && meter.clockMs() - (clock.monotonic() - beganMs) > mostAheadMs) await sleep(clock, pauseMs, signal).catch(() => {})
  }
  return {
    add: (chunk, signal) => {
      meter.add(chunk)
      onSeen()
      return meter.clockMs() - (clock.monotonic() - beganMs) > mostAheadMs ? waitUntilPlayed(signal) : undefined
    },
    end: () => {
      hasEnded = true
    },
    hasSeen: (lookMs) => hasEnded || meter.clockMs() - lookClockMs >= lookMs - gapMs,
    take: () => {
      const now = clock.monotonic()
      const taken = meter.take(now - lookBeganMs)
      lookBeganMs = now
      lookClockMs = meter.clockMs()
      return taken
    },
  }
}

const isMulticast = (host: string): boolean => (isIPv4(host) ? Number.parseInt(host, 10) >= 224 && Number.parseInt(host, 10) < 240 : /^ff/i.test(host))

function readMulticast({ url, host, parameters: { localaddr } }: SourceAddress, { clock, looks }: BesideOptions): void {
  if ((!isIPv4(host) && !isIPv6(host)) || !isMulticast(host)) return
  const transport = createTransport(clock, createTsMeter(), looks.seen)
  const socket = createSocket({ type: isIPv4(host) ? 'udp4' : 'udp6', reuseAddr: true, recvBufferSize: socketBytes })
  looks.measuredBy({ hasSeen: transport.hasSeen, take: () => ({ hls: null, ts: transport.take() }) })
  socket.on('message', (datagram) => void transport.add(datagram, looks.signal))
  // Without it the stream is still read: only this is not measured.
  socket.on('error', () => {
    transport.end()
    looks.seen()
  })
  // Bound to its group, so that other streams of this port are left out; Windows allows no such address.
  const port = Number(/:(\d+)$/.exec(url)?.[1])
  socket.bind({ port, ...(process.platform !== 'win32' && { address: host }) }, () => {
    try {
      socket.addMembership(host, localaddr)
    } catch {
      transport.end()
      looks.seen()
    }
  })
  void looks.ended.then(() => socket.close())
}
