import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, isIPv4, isIPv6, type Socket } from 'node:net'
import { type Clock, sleep } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { messageOf } from '../shared/messageOf.ts'
import { ok, type Result } from '../shared/result.ts'
import type { CheckedWay } from './checkingProxy.ts'
import type { Checks, ParallelMeasurement } from './checks.ts'
import type { OpenBytes } from './openBytes.ts'
import type { SourceAddress } from './sourceAddress.ts'
import { createTsMeter, type TsMeter } from './tsMeter.ts'

/** The parallel measurement of a transport stream. */
export interface Transport extends ParallelMeasurement {
  readonly measure: (chunk: Buffer) => void
  /** Measures a chunk, and waits if the stream arrives faster than real time. */
  readonly add: (chunk: Buffer, signal: AbortSignal) => Promise<void> | undefined
  /** Call when the stream has ended. */
  readonly end: () => void
}

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

export function createTransport(clock: Clock, meter: TsMeter, onSeen: () => void): Transport {
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
    add: (chunk, signal) => {
      measure(chunk)
      return isAhead() ? waitUntilPlayed(signal) : undefined
    },
    end: () => {
      hasEnded = true
      onSeen()
    },
    hasSeen: (checkMs) => hasEnded || meter.clockMs() - checkClockMs >= checkMs - gapMs,
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

/** Measures bytes that can be received only once, and forwards them to FFmpeg over TCP on loopback: over UDP some would be lost whenever a side is late. */
interface Forwarder {
  /** The address for FFmpeg to read. */
  readonly source: SourceAddress
  readonly add: (bytes: Buffer) => void
  /** Whether the stream arrives later, by its own clock (PCR), than it did before. */
  readonly isBehind: () => boolean
  /** Call when the stream has ended. */
  readonly end: () => void
}

/** Accepts one connection, until the looks have ended. null: no port is free on loopback. */
async function openForwarder(source: SourceAddress, clock: Clock, checks: ForwarderChecks): Promise<Forwarder | null> {
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
  checks.setParallelMeasurement(transport)
  void checks.ended.then(() => server.close())
  return {
    source: { ...source, url: `tcp://${loopback}:${port}`, protocols: 'tcp', parameters: {} },
    // A live sender does not wait: what is not read in time is dropped.
    add: (bytes) => {
      transport.measure(bytes)
      if (reader !== null && reader.writableLength < waitingBytes) reader.write(bytes)
    },
    isBehind: createBehind(clock, meter),
    end: () => {
      hasEnded = true
      transport.end()
      reader?.end()
    },
  }
}

/** Returns a function that tells whether a stream arrives later, by its own clock, than it did before. */
function createBehind(clock: Clock, { clockMs }: TsMeter): () => boolean {
  const beganMs = clock.monotonic()
  let bestLeadMs = Number.NEGATIVE_INFINITY
  let asked = 0
  return () => {
    // The source's clock and ours drift apart, so the best lead is reset regularly.
    if (++asked % 10_000 === 0) bestLeadMs = Number.NEGATIVE_INFINITY
    const leadMs = clockMs() - (clock.monotonic() - beganMs)
    bestLeadMs = Math.max(bestLeadMs, leadMs)
    return leadMs < bestLeadMs - mostBehindMs
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
export function readMulticast(
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
