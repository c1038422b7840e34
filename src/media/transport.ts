import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4, isIPv6 } from 'node:net'
import { type Clock, sleep } from '../clock/clock.ts'
import type { Beside, Looks } from './looks.ts'
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
/** What waits of UDP, bytes: a second of 30 Mbit/s, where the system allows it. */
const socketBytes = 4_000_000

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

/**
 * What is sent by UDP to this machine alone comes to one socket only: here it is ours, which measures it and passes it on to a port of loopback, where
 * FFmpeg reads it. Returns the address for FFmpeg; the one that was given where there is nothing to measure, or its port is taken.
 */
export async function passOnUdp(source: SourceAddress, clock: Clock, looks: Pick<Looks, 'signal' | 'measuredBy' | 'seen' | 'ended'>): Promise<SourceAddress> {
  const { scheme, url, host, parameters } = source
  if (scheme !== 'udp' || isMulticast(host)) return source
  const own = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: socketBytes })
  const isOpen = await bound(own, portOf(url), parameters.localaddr)
  const inner = isOpen ? await freeUdpPort() : null
  if (inner === null || looks.signal.aborted) {
    own.close()
    return source
  }
  const transport = createTransport(clock, createTsMeter(), looks.seen)
  looks.measuredBy(transport)
  const onward = createSocket('udp4')
  own.on('message', (datagram) => {
    // A sender of UDP waits for nobody.
    transport.measure(datagram)
    onward.send(datagram, inner, loopback)
  })
  own.on('error', transport.end)
  // Before FFmpeg listens there, and after it has ended, nobody takes them.
  onward.on('error', () => {})
  void looks.ended.then(() => {
    own.close()
    onward.close()
  })
  return { ...source, url: `udp://${loopback}:${inner}`, parameters: { localaddr: loopback } }
}

const loopback = '127.0.0.1'

/** false: the port is taken, or this machine has no such address. */
async function bound(socket: Socket, port: number, address: string | undefined): Promise<boolean> {
  const opened = once(socket, 'listening').then(
    () => true,
    () => false,
  )
  socket.bind({ port, ...(address !== undefined && { address }) })
  return await opened
}

/** A port of loopback that nobody reads; null: there is none. */
async function freeUdpPort(): Promise<number | null> {
  const socket = createSocket('udp4')
  const port = (await bound(socket, 0, loopback)) ? socket.address().port : null
  socket.close()
  return port
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
