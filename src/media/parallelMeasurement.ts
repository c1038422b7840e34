import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, isIPv4, isIPv6, type Socket } from 'node:net'
import { type Clock, createSystemClock, sleep, timeLimit } from '../clock/clock.ts'
import type { MediaError, WholeProbeRequest } from '../shared/media.ts'
import { messageOf, ok, type Result } from '../shared/result.ts'
import { type CheckedWay, namesTooMany, playlistPath } from './checkingProxy.ts'
import type { Checks, ParallelMeasurement } from './checks.ts'
import { createHttpFetcher, type HttpFetcher, readWhole } from './httpFetcher.ts'
import type { OpenBytes } from './openInput.ts'
import { createLag } from './packetMeter.ts'
import { type AddressMemory, followPlaylists, isPlaylist, type Loaded, longestPlaylist } from './playlists.ts'
import type { FoundAddress, SourceAddress } from './sourceAddress.ts'
import { createTsMeter, type TsMeter } from './tsMeter.ts'

/** Maximum lead over real time when reading a file, ms. */
const mostAheadMs = 10_000
const pauseMs = 300
/** A look may end this much early, ms, because the second connection began later. */
const gapMs = 1_000
/** If SRT arrives later than this by its own clock, ms, it is read without pauses. A PCR comes every 40 to 100 ms. */
const mostBehindMs = 250
/** Receive buffer for UDP, bytes: a second of 30 Mbit/s, if the system allows it. */
const socketBytes = 4_000_000
/** Maximum number of bytes queued for FFmpeg; its sockets hold as much again. */
const waitingBytes = 4_000_000

export function createTransport(clock: Clock, meter: TsMeter, onSeen: () => void) {
  const beganMs = clock.monotonic()
  let checkBeganMs = beganMs
  let checkClockMs = 0
  let hasEnded = false
  const isAhead = () => meter.clockMs() - (clock.monotonic() - beganMs) > mostAheadMs
  const waitUntilPlayed = async (signal: AbortSignal) => {
    while (!signal.aborted && isAhead()) await sleep(clock, pauseMs, signal).catch(() => {})
  }
  const measure = (chunk: Buffer) => {
    meter.add(chunk)
    onSeen()
  }
  return {
    measure,
    /** Measures a chunk, and waits if the stream arrives faster than real time. */
    add: (chunk: Buffer, signal: AbortSignal): Promise<void> | undefined => {
      measure(chunk)
      return isAhead() ? waitUntilPlayed(signal) : undefined
    },
    end: (): void => {
      hasEnded = true
      onSeen()
    },
    hasSeen: (checkMs: number): boolean => hasEnded || meter.clockMs() - checkClockMs >= checkMs - gapMs,
    isStale: () => false,
    pauseMs: () => 0,
    take: () => {
      const now = clock.monotonic()
      const ts = meter.take(now - checkBeganMs)
      checkBeganMs = now
      checkClockMs = meter.clockMs()
      return { hls: null, ts }
    },
  }
}

const isMulticast = (host: string): boolean => (isIPv4(host) ? Number.parseInt(host, 10) >= 224 && Number.parseInt(host, 10) < 240 : /^ff/i.test(host))

const portOf = (url: string): number => Number(/:(\d+)$/.exec(url)?.[1])

type ForwarderChecks = Pick<Checks, 'signal' | 'setParallelMeasurement' | 'parallelChanged' | 'ended'>

/**
 * Measures bytes that can be received only once, and forwards them to FFmpeg over TCP on loopback: over UDP some would be lost whenever a side is late.
 * Accepts one connection, until the looks have ended. null: no port is free on loopback.
 */
async function openForwarder(source: SourceAddress, clock: Clock, checks: ForwarderChecks) {
  const meter = createTsMeter()
  const transport = createTransport(clock, meter, checks.parallelChanged)
  let reader: Socket | null = null
  let hasEnded = false
  const server = createServer((connected) => {
    // Only FFmpeg may connect, nobody else on this machine.
    server.close()
    reader = connected.on('error', () => {})
    if (hasEnded) reader.end()
    void checks.ended.then(() => connected.destroy())
  })
  if (!(await isListening(server, () => server.listen(0, loopback)))) return null
  const { port } = server.address() as AddressInfo
  const beganMs = clock.monotonic()
  const lagOf = createLag(10_000)
  checks.setParallelMeasurement(transport)
  void checks.ended.then(() => server.close())
  return {
    /** The address for FFmpeg to read. */
    source: { ...source, url: `tcp://${loopback}:${port}`, protocols: 'tcp', parameters: {} },
    // A live sender does not wait: what is not read in time is dropped.
    add: (bytes: Buffer): void => {
      transport.measure(bytes)
      if (reader !== null && reader.writableLength < waitingBytes) reader.write(bytes)
    },
    /** Whether the stream arrives later, by its own clock (PCR), than it did before. */
    isBehind: () => lagOf(meter.clockMs() - (clock.monotonic() - beganMs)) > mostBehindMs,
    end: (): void => {
      hasEnded = true
      transport.end()
      reader?.end()
    },
  }
}

/**
 * UDP sent to this machine alone reaches only one socket: ours, which forwards it. Returns the address for FFmpeg: the given one if there is nothing to
 * measure or its port is taken.
 */
export async function forwardUdp(source: SourceAddress, clock: Clock, checks: ForwarderChecks): Promise<SourceAddress> {
  const { scheme, url, host, parameters } = source
  if (scheme !== 'udp' || isMulticast(host)) return source
  const own = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: socketBytes })
  const { localaddr } = parameters
  const isOpen = await isListening(own, () => own.bind({ port: portOf(url), ...(localaddr !== undefined && { address: localaddr }) }))
  const forwarder = isOpen && !checks.signal.aborted ? await openForwarder(source, clock, checks) : null
  if (forwarder === null || checks.signal.aborted) {
    own.close()
    return source
  }
  own.on('message', forwarder.add)
  own.on('error', forwarder.end)
  void checks.ended.then(() => own.close())
  return forwarder.source
}

/**
 * Reads SRT as bytes over one connection, as caller or listener, and forwards it. Returns FFmpeg's way to it once the connection is established, or why it
 * can't be.
 */
export async function forwardSrt(
  source: SourceAddress,
  open: (signal: AbortSignal) => ReturnType<OpenBytes>,
  clock: Clock,
  checks: ForwarderChecks & Pick<Checks, 'broken'>,
  isUrgent: boolean,
): Promise<Result<CheckedWay, MediaError>> {
  const explain: CheckedWay['explain'] = (error) => error
  const own = new AbortController()
  const opened = await open(AbortSignal.any([checks.signal, own.signal]))
  if (!opened.ok) return opened
  // Opened only now that FFmpeg is about to connect: another process that connects first would get the stream in its place.
  const forwarder = await openForwarder(source, clock, checks)
  if (forwarder === null) {
    own.abort()
    await opened.value.read(
      () => {},
      () => true,
    )
    return ok({ source, explain, [Symbol.asyncDispose]: async () => {} })
  }
  const ended = (error: MediaError | null) => {
    forwarder.end()
    // After a regular end FFmpeg still has data to read.
    if (error !== null && !own.signal.aborted) checks.broken(error)
  }
  const reading = opened.value
    .read(forwarder.add, () => isUrgent || forwarder.isBehind())
    .then(ended, (error: unknown) => ended({ kind: 'decoderFailed', said: messageOf(error) }))
  const end = async () => {
    own.abort()
    await reading
  }
  return ok({ source: forwarder.source, explain, [Symbol.asyncDispose]: end })
}

const loopback = '127.0.0.1'

/** false: its port is taken, or this machine has no such address. */
async function isListening(socket: EventEmitter, open: () => void): Promise<boolean> {
  const listening = once(socket, 'listening').then(
    () => true,
    () => false,
  )
  open()
  return await listening
}

/** Measures a multicast stream by joining its group with a second socket. */
function readMulticast(
  { url, host, parameters: { localaddr } }: SourceAddress,
  clock: Clock,
  checks: Pick<Checks, 'signal' | 'setParallelMeasurement' | 'parallelChanged' | 'ended'>,
): void {
  if ((!isIPv4(host) && !isIPv6(host)) || !isMulticast(host)) return
  const transport = createTransport(clock, createTsMeter(), checks.parallelChanged)
  const socket = createSocket({ type: isIPv4(host) ? 'udp4' : 'udp6', reuseAddr: true, recvBufferSize: socketBytes })
  checks.setParallelMeasurement(transport)
  socket.on('message', transport.measure)
  // On an error FFmpeg still reads the stream; only the transport is not measured.
  socket.on('error', transport.end)
  // Bound to the group's address, so that other streams on this port are ignored; Windows does not allow that.
  socket.bind({ port: portOf(url), ...(process.platform !== 'win32' && { address: host }) }, () => {
    try {
      socket.addMembership(host, localaddr)
    } catch {
      transport.end()
    }
  })
  void checks.ended.then(() => socket.close())
}

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
 * time: over HTTP by another request, over UDP multicast by another socket (data that arrives only once is measured here on its way to FFmpeg).
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
  if (!isNamed && !request.transport && memory.knows('noPlaylist', request.url, clock.monotonic())) return
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
    if (!isNamed) memory.note('noPlaylist', request.url, clock.monotonic())
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
