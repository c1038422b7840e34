import { createSocket } from 'node:dgram'
import { type EventEmitter, once } from 'node:events'
import { type AddressInfo, createServer, isIPv4, isIPv6, type Socket } from 'node:net'
import { type Clock, sleep } from '../clock/clock.ts'
import type { MediaError } from '../shared/media.ts'
import { messageOf } from '../shared/messageOf.ts'
import { ok, type Result } from '../shared/result.ts'
import type { CheckedWay } from './checkingProxy.ts'
import type { Beside, Looks } from './looks.ts'
import type { OpenBytes } from './openBytes.ts'
import type { SourceAddress } from './sourceAddress.ts'
import { createTsMeter, type TsMeter } from './tsMeter.ts'

/** A transport stream that is measured as it comes. */
export interface Transport extends Beside {
  readonly measure: (chunk: Buffer) => void
  /** Measures it, and waits where it comes faster than it plays. */
  readonly add: (chunk: Buffer, signal: AbortSignal) => Promise<void> | undefined
  /** Nothing more comes. */
  readonly end: () => void
}

/** Of a file it is not read further ahead than this, ms. */
const mostAheadMs = 10_000
const pauseMs = 300
/** A look may end this much before its end: the second connection came later, ms. */
const gapMs = 1_000
/** Later than this by its own clock, what comes over SRT is read without a pause, ms. A PCR comes each 40 to 100 ms. */
const mostBehindMs = 250
/** What waits of UDP, bytes: a second of 30 Mbit/s, where the system allows it. */
const socketBytes = 4_000_000
/** What waits on its way to FFmpeg, bytes; its sockets have as much again. */
const waitingBytes = 4_000_000

export function createTransport(clock: Clock, meter: TsMeter, onSeen: () => void): Transport {
  const beganMs = clock.monotonic()
  let lookBeganMs = beganMs
  let lookClockMs = 0
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
    hasSeen: (lookMs) => hasEnded || meter.clockMs() - lookClockMs >= lookMs - gapMs,
    isStale: () => false,
    pauseMs: () => 0,
    take: () => {
      const now = clock.monotonic()
      const ts = meter.take(now - lookBeganMs)
      lookBeganMs = now
      lookClockMs = meter.clockMs()
      return { hls: null, ts }
    },
  }
}

const isMulticast = (host: string): boolean => (isIPv4(host) ? Number.parseInt(host, 10) >= 224 && Number.parseInt(host, 10) < 240 : /^ff/i.test(host))

const portOf = (url: string): number => Number(/:(\d+)$/.exec(url)?.[1])

type PassageLooks = Pick<Looks, 'signal' | 'measuredBy' | 'seen' | 'ended'>

/** Where bytes that come once are measured, and passed on to FFmpeg over TCP on loopback: over UDP some would be lost wherever one of the two is late. */
interface Passage {
  /** For FFmpeg. */
  readonly source: SourceAddress
  readonly add: (bytes: Buffer) => void
  /** By its own clock (PCR) it comes later than it did before. */
  readonly isBehind: () => boolean
  /** Nothing more comes. */
  readonly end: () => void
}

/** For one connection, and until the looks have ended. null: no port of loopback is free. */
async function openPassage(source: SourceAddress, clock: Clock, looks: PassageLooks): Promise<Passage | null> {
  const meter = createTsMeter()
  const transport = createTransport(clock, meter, looks.seen)
  let reader: Socket | null = null
  let hasEnded = false
  const server = createServer((connected) => {
    // Beside FFmpeg nobody else on this machine can read along.
    server.close()
    reader = connected.on('error', () => {})
    if (hasEnded) reader.end()
    void looks.ended.then(() => connected.destroy())
  })
  if (!(await isListening(server, () => server.listen(0, loopback)))) return null
  const { port } = server.address() as AddressInfo
  looks.measuredBy(transport)
  void looks.ended.then(() => server.close())
  return {
    source: { ...source, url: `tcp://${loopback}:${port}`, protocols: 'tcp', parameters: {} },
    // A sender of live media waits for nobody: what is not read in time is left out.
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

/** Whether a stream comes later by its own clock than it did before; also where it has none. */
function createBehind(clock: Clock, { clockMs }: TsMeter): () => boolean {
  const beganMs = clock.monotonic()
  let bestLeadMs = Number.NEGATIVE_INFINITY
  let asked = 0
  return () => {
    // The source's clock and ours drift apart: what was best is forgotten from time to time.
    if (++asked % 10_000 === 0) bestLeadMs = Number.NEGATIVE_INFINITY
    const leadMs = clockMs() - (clock.monotonic() - beganMs)
    bestLeadMs = Math.max(bestLeadMs, leadMs)
    return leadMs < bestLeadMs - mostBehindMs
  }
}

/**
 * What is sent by UDP to this machine alone comes to one socket only: here it is ours, which passes it on. Returns the address for FFmpeg; the one that
 * was given where there is nothing to measure, or its port is taken.
 */
export async function passOnUdp(source: SourceAddress, clock: Clock, looks: PassageLooks): Promise<SourceAddress> {
  const { scheme, url, host, parameters } = source
  if (scheme !== 'udp' || isMulticast(host)) return source
  const own = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: socketBytes })
  const { localaddr } = parameters
  const isOpen = await isListening(own, () => own.bind({ port: portOf(url), ...(localaddr !== undefined && { address: localaddr }) }))
  const passage = isOpen && !looks.signal.aborted ? await openPassage(source, clock, looks) : null
  if (passage === null || looks.signal.aborted) {
    own.close()
    return source
  }
  own.on('message', passage.add)
  own.on('error', passage.end)
  void looks.ended.then(() => own.close())
  return passage.source
}

/**
 * What comes by SRT is read as bytes over one connection, as caller or listener, and passed on. Returns the way of FFmpeg to it once the connection is
 * there, or why it can't be made.
 */
export async function passOnSrt(
  source: SourceAddress,
  open: (signal: AbortSignal) => ReturnType<OpenBytes>,
  clock: Clock,
  looks: PassageLooks & Pick<Looks, 'broken'>,
  isUrgent: boolean,
): Promise<Result<CheckedWay, MediaError>> {
  const explain: CheckedWay['explain'] = (error) => error
  const own = new AbortController()
  const opened = await open(AbortSignal.any([looks.signal, own.signal]))
  if (!opened.ok) return opened
  // Not before there is something to read: whoever else comes to its port first would get it in FFmpeg's place.
  const passage = await openPassage(source, clock, looks)
  if (passage === null) {
    own.abort()
    await opened.value.read(
      () => {},
      () => true,
    )
    return ok({ source, explain, [Symbol.asyncDispose]: async () => {} })
  }
  const ended = (error: MediaError | null) => {
    passage.end()
    // At its end FFmpeg has still something to read.
    if (error !== null && !own.signal.aborted) looks.broken(error)
  }
  const reading = opened.value
    .read(passage.add, () => isUrgent || passage.isBehind())
    .then(ended, (error: unknown) => ended({ kind: 'decoderFailed', said: messageOf(error) }))
  const end = async () => {
    own.abort()
    await reading
  }
  return ok({ source: passage.source, explain, [Symbol.asyncDispose]: end })
}

const loopback = '127.0.0.1'

/** false: it could not be opened, as its port is taken, or this machine has no such address. */
async function isListening(socket: EventEmitter, open: () => void): Promise<boolean> {
  const listening = once(socket, 'listening').then(
    () => true,
    () => false,
  )
  open()
  return await listening
}

/** Joins a multicast group by a second socket. */
export function readMulticast(
  { url, host, parameters: { localaddr } }: SourceAddress,
  clock: Clock,
  looks: Pick<Looks, 'signal' | 'measuredBy' | 'seen' | 'ended'>,
): void {
  if ((!isIPv4(host) && !isIPv6(host)) || !isMulticast(host)) return
  const transport = createTransport(clock, createTsMeter(), looks.seen)
  const socket = createSocket({ type: isIPv4(host) ? 'udp4' : 'udp6', reuseAddr: true, recvBufferSize: socketBytes })
  looks.measuredBy(transport)
  socket.on('message', transport.measure)
  // Without it the stream is still read: only this is not measured.
  socket.on('error', transport.end)
  // Bound to its group, so that other streams of this port are left out; Windows allows no such address.
  socket.bind({ port: portOf(url), ...(process.platform !== 'win32' && { address: host }) }, () => {
    try {
      socket.addMembership(host, localaddr)
    } catch {
      transport.end()
    }
  })
  void looks.ended.then(() => socket.close())
}
