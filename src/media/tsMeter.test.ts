import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tsRound } from '../../tests/fakes/liveTs.ts'
import { makeClip } from '../../tests/real/makeClip.ts'
import { type Ts, tsErrorsOf } from '../shared/probeReadings.ts'
import { createTsMeter } from './tsMeter.ts'

const clipMs = 4_000
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-ts-'))
let stream: readonly Buffer[]

const packetsOf = (bytes: Buffer): Buffer[] => Array.from({ length: Math.floor(bytes.length / 188) }, (_, n) => bytes.subarray(n * 188, n * 188 + 188))
const pidOf = (packet: Buffer): number => packet.readUInt16BE(1) & 0x1fff
/** As FFmpeg's muxer numbers them. */
const [pmtPid, videoPid, audioPid] = [0x1000, 0x100, 0x101]
const pcrAt = (packet: Buffer): boolean => (packet.readUInt8(3) & 0x20) !== 0 && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x10) !== 0
/** When each packet is sent, ms of the stream. */
function timesOf(packets: readonly Buffer[]): readonly number[] {
  let first = Number.NaN
  let now = 0
  return packets.map((packet) => {
    if (pidOf(packet) !== videoPid || !pcrAt(packet)) return now
    const pcr = (packet.readUInt32BE(6) * 2 + (packet.readUInt8(10) >> 7)) / 90
    if (Number.isNaN(first)) first = pcr
    now = pcr - first
    return now
  })
}

beforeAll(async () => {
  const file = join(folder, 'clip.ts')
  await makeClip(file, { seconds: clipMs / 1_000, format: 'mpegts' })
  const clip = readFileSync(file)
  stream = packetsOf(Buffer.concat([0, 1, 2].map((round) => tsRound(clip, clipMs, round))))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** One look at these bytes, cut into pieces of this size. */
function measured(packets: readonly Buffer[], pieceBytes = 1_316): Ts {
  const meter = createTsMeter()
  const bytes = Buffer.concat(packets)
  for (let at = 0; at < bytes.length; at += pieceBytes) meter.add(bytes.subarray(at, at + pieceBytes))
  return meter.take(12_000) ?? expect.fail('no transport stream')
}
const changed = (packet: Buffer, change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(packet)
  change(copy)
  return copy
}
const clean = { syncLosses: 0, syncByteErrors: 0, patErrors: 0, continuityErrors: 0, pmtErrors: 0, pidErrors: 0, transportErrors: 0, pcrJumps: 0, ptsErrors: 0 }

describe('a transport stream', () => {
  test.each([1, 187, 188, 1_316, 65_536])('that is whole has no errors, in pieces of %i bytes', (piece) => {
    const ts = measured(stream, piece)
    expect(ts).toMatchObject({ ...clean, programs: 1, packets: stream.length })
    expect(tsErrorsOf(ts)).toBe(0)
    expect(ts.patMs).toBeGreaterThanOrEqual(80)
    expect(ts.patMs).toBeLessThanOrEqual(500)
    expect(ts.pmtMs).toBeLessThanOrEqual(500)
    // Sound comes in pieces of some pictures' time.
    expect(ts.ptsMs).toBeGreaterThanOrEqual(40)
    expect(ts.ptsMs).toBeLessThanOrEqual(700)
    // A PCR comes with each picture, of which there are 25 a second.
    expect(ts.pcrMs).toBeCloseTo(40, 0)
    expect(ts.pcrIntervalErrors).toBe(0)
  })

  test('has one continuity error for each hole, however many packets are lost in it', () => {
    const video = stream.flatMap((packet, index) => (pidOf(packet) === videoPid ? [index] : []))
    /** So many on end, none of which has the clock: without that other things would be wrong, too. */
    const holeAt = (from: number, length: number) => {
      for (let at = from; at + length < video.length; at++) {
        const hole = video.slice(at, at + length)
        if (!hole.some((index) => pcrAt(stream[index] as Buffer))) return hole
      }
      return expect.fail('there are too many clocks in it')
    }
    const holes = [holeAt(100, 3), holeAt(400, 1), holeAt(700, 14)]
    const lost = new Set(holes.flat())
    expect(measured(stream.filter((_, index) => !lost.has(index)))).toMatchObject({ ...clean, continuityErrors: 3 })
  })

  test('may repeat a packet once, and not twice', () => {
    const at = stream.findIndex((packet, index) => index > 500 && pidOf(packet) === videoPid && !pcrAt(packet))
    const repeated = (times: number) => [...stream.slice(0, at), ...Array<Buffer>(times).fill(stream[at] as Buffer), ...stream.slice(at)]
    expect(measured(repeated(1))).toMatchObject(clean)
    expect(measured(repeated(2))).toMatchObject({ ...clean, continuityErrors: 1 })
  })

  test('without PAT or PMT for a while has an error of each, with how long they were gone', () => {
    const times = timesOf(stream)
    const without = (pid: number) =>
      measured(stream.filter((packet, index) => pidOf(packet) !== pid || (times[index] ?? 0) < 2_000 || (times[index] ?? 0) > 4_000))
    const pat = without(0)
    expect(pat).toMatchObject({ patErrors: 1, pmtErrors: 0 })
    expect(pat.patMs).toBeGreaterThan(1_800)
    expect(pat.patMs).toBeLessThan(2_300)
    expect(without(pmtPid)).toMatchObject({ patErrors: 0, pmtErrors: 1 })
    // And one that stays away.
    const gone = measured(stream.filter((packet, index) => pidOf(packet) !== 0 || (times[index] ?? 0) < 2_000))
    expect(gone.patErrors).toBe(1)
    expect(gone.patMs).toBeGreaterThan(9_000)
  })

  test('with another table in place of the PAT has an error', () => {
    const at = stream.findIndex((packet, index) => index > 500 && pidOf(packet) === 0)
    const pmt = stream.find((packet) => pidOf(packet) === pmtPid) as Buffer
    const wrong = changed(pmt, (copy) => {
      copy.writeUInt16BE(0x4000, 1)
      copy.writeUInt8((stream[at] as Buffer).readUInt8(3), 3)
    })
    expect(measured(stream.map((packet, index) => (index === at ? wrong : packet)))).toMatchObject({ ...clean, patErrors: 1 })
  })

  test('whose sound stays away for 5 s lacks a PID', () => {
    const times = timesOf(stream)
    const until = (ms: number) => stream.filter((packet, index) => pidOf(packet) !== audioPid || (times[index] ?? 0) < ms)
    expect(measured(until(4_000))).toMatchObject({ pidErrors: 1, ptsErrors: 1 })
    expect(measured(until(8_000))).toMatchObject({ pidErrors: 0 })
  })

  test('with PCRs too far apart says how far', () => {
    let seen = 0
    const sparse = stream.map((packet) =>
      pidOf(packet) === videoPid && pcrAt(packet) && ++seen % 5 !== 0 ? changed(packet, (copy) => copy.writeUInt8(copy.readUInt8(5) & ~0x10, 5)) : packet,
    )
    const ts = measured(sparse)
    expect(ts).toMatchObject(clean)
    expect(ts.pcrMs).toBeCloseTo(200, 0)
    expect(ts.pcrIntervalErrors).toBe(Math.floor(seen / 5) - 1)
  })

  test('whose PCR jumps says so, unless it is announced', () => {
    const at = stream.findIndex((packet, index) => index > 1_500 && pidOf(packet) === videoPid && pcrAt(packet))
    const jumped = (isAnnounced: boolean) =>
      stream.map((packet, index) =>
        index >= at && pidOf(packet) === videoPid && pcrAt(packet)
          ? changed(packet, (copy) => {
              copy.writeUInt32BE(copy.readUInt32BE(6) + 45_000 * 60, 6)
              if (isAnnounced && index === at) copy.writeUInt8(copy.readUInt8(5) | 0x80, 5)
            })
          : packet,
      )
    expect(measured(jumped(false))).toMatchObject({ ...clean, pcrJumps: 1 })
    expect(measured(jumped(true))).toMatchObject(clean)
  })

  test('with marked packets, and with sync bytes that are broken alone and in a row', () => {
    const video = stream.flatMap((packet, index) => (pidOf(packet) === videoPid && !pcrAt(packet) ? [index] : []))
    const marked = measured(
      stream.map((packet, index) => (index === video[300] ? changed(packet, (copy) => copy.writeUInt8(copy.readUInt8(1) | 0x80, 1)) : packet)),
    )
    expect(marked).toMatchObject({ transportErrors: 1, continuityErrors: 1 })
    const broken = (from: number, count: number) =>
      measured(stream.map((packet, index) => (index >= from && index < from + count ? changed(packet, (copy) => copy.writeUInt8(0x48, 0)) : packet)))
    expect(broken(video[300] ?? 0, 1)).toMatchObject({ syncByteErrors: 1, syncLosses: 0 })
    expect(broken(1_000, 6)).toMatchObject({ syncByteErrors: 2, syncLosses: 1 })
    // Bytes that are missing within a packet: it is found again where packets begin.
    const cut = measured([...stream.slice(0, 1_000), (stream[1_000] as Buffer).subarray(0, 100), ...stream.slice(1_001)])
    expect(cut).toMatchObject({ syncLosses: 1 })
    expect(cut.packets).toBeGreaterThan(stream.length - 10)
  })

  test('is measured look by look, and what spans two looks counts once', () => {
    const times = timesOf(stream)
    const meter = createTsMeter()
    const kept = stream.filter((packet, index) => pidOf(packet) !== 0 || (times[index] ?? 0) < 3_000 || (times[index] ?? 0) > 8_000)
    const checks = [0, 1, 2].map((check) => {
      meter.add(Buffer.concat(kept.slice((check * kept.length) / 3, ((check + 1) * kept.length) / 3)))
      return meter.take(4_000)
    })
    expect(checks.map((ts) => ts?.patErrors)).toEqual([1, 0, 0])
    expect(checks[2]?.patMs).toBeGreaterThan(4_500)
    // The counter of the PAT goes on where it was.
    expect(checks.map((ts) => ts?.continuityErrors)).toEqual([0, 0, 1])
  })

  test('is none where the bytes are of something else, and holds little of them', () => {
    const meter = createTsMeter()
    for (let round = 0; round < 50; round++) meter.add(Buffer.alloc(100_000, 'G<html>'))
    expect(meter.isTs()).toBe(false)
    expect(meter.take(1_000)).toBeNull()
  })
})
