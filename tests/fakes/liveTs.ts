import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const packetBytes = 188
const ticksPerMs = 90

/** Position of the timestamps that a TS packet holds; null: none. */
const pcrOf = (packet: Buffer): number | null =>
  (packet.readUInt8(3) & 0x20) !== 0 && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x10) !== 0 ? 6 : null
function pesOf(packet: Buffer): number | null {
  const flags = packet.readUInt8(3)
  if ((packet.readUInt8(1) & 0x40) === 0 || (flags & 0x10) === 0) return null
  const at = 4 + ((flags & 0x20) !== 0 ? 1 + packet.readUInt8(4) : 0)
  if (at + 19 > packetBytes || packet.readUIntBE(at, 3) !== 1 || packet.readUInt8(at + 3) < 0xc0) return null
  return at
}
function readTime(packet: Buffer, at: number): number {
  const [a, b, c] = [packet.readUInt8(at), packet.readUInt16BE(at + 1), packet.readUInt16BE(at + 3)]
  return (a & 0x0e) * 2 ** 29 + (b >> 1) * 2 ** 15 + (c >> 1)
}
function writeTime(packet: Buffer, at: number, ticks: number): void {
  const time = ticks % 2 ** 33
  packet.writeUInt8((packet.readUInt8(at) & 0xf1) | (Math.floor(time / 2 ** 30) << 1), at)
  packet.writeUInt16BE(((Math.floor(time / 2 ** 15) & 0x7fff) << 1) | 1, at + 1)
  packet.writeUInt16BE(((time & 0x7fff) << 1) | 1, at + 3)
}

/**
 * A round of an endless stream: the clip with its timestamps `round` times its length later, and its counters going on. The clip's length is a
 * whole number of pictures.
 */
export function tsRound(clip: Buffer, clipMs: number, round: number): Buffer {
  const shifted = Buffer.from(clip.subarray(0, clip.length - (clip.length % packetBytes)))
  const counts = new Map<number, number>()
  for (let from = 0; from < shifted.length; from += packetBytes) {
    const pid = shifted.readUInt16BE(from + 1) & 0x1fff
    if ((shifted.readUInt8(from + 3) & 0x10) !== 0) counts.set(pid, (counts.get(pid) ?? 0) + 1)
  }
  const ticks = round * clipMs * ticksPerMs
  for (let from = 0; from < shifted.length; from += packetBytes) {
    const packet = shifted.subarray(from, from + packetBytes)
    const pid = packet.readUInt16BE(1) & 0x1fff
    const flags = packet.readUInt8(3)
    if ((flags & 0x10) !== 0) packet.writeUInt8((flags & 0xf0) | ((flags + round * (counts.get(pid) ?? 0)) & 0x0f), 3)
    const pcr = pcrOf(packet)
    if (pcr !== null) {
      const base = packet.readUInt32BE(pcr) * 2 + (packet.readUInt8(pcr + 4) >> 7) + ticks
      packet.writeUInt32BE(Math.floor(base / 2) % 2 ** 32, pcr)
      packet.writeUInt8((packet.readUInt8(pcr + 4) & 0x7f) | ((base & 1) << 7), pcr + 4)
    }
    const pes = pesOf(packet)
    if (pes === null) continue
    const has = packet.readUInt8(pes + 7) >> 6
    if (has >= 2) writeTime(packet, pes + 9, readTime(packet, pes + 9) + ticks)
    if (has === 3) writeTime(packet, pes + 14, readTime(packet, pes + 14) + ticks)
  }
  return shifted
}

export interface LiveTs {
  readonly url: string
  /** Readers that are connected now. */
  readonly open: () => number
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const stepMs = 20

/** An endless stream of a clip over HTTP in real time, at each path the same: whoever comes gets it from where it is just now. */
export async function startLiveTs(clip: Buffer, clipMs: number, port = 0): Promise<LiveTs> {
  const readers = new Set<ServerResponse>()
  let round = 0
  let bytes = tsRound(clip, clipMs, round)
  let at = 0
  const beganAt = performance.now()
  const step = () => {
    const played = (performance.now() - beganAt) / clipMs
    const due = Math.floor((played - round) * (bytes.length / packetBytes)) * packetBytes
    const chunk = bytes.subarray(at, Math.min(due, bytes.length))
    // One that does not keep up loses what it does not read.
    if (chunk.length > 0) for (const reader of readers) if (reader.writableLength < 4_000_000) reader.write(chunk)
    at += chunk.length
    if (at < bytes.length) return
    round++
    bytes = tsRound(clip, clipMs, round)
    at = 0
  }
  const timer = setInterval(step, stepMs)
  const server: Server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'video/mp2t' })
    response.flushHeaders()
    readers.add(response)
    response.once('close', () => readers.delete(response))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => readers.size,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        clearInterval(timer)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
