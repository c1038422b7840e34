import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { probeReadingSchema } from '../shared/probeReadings.ts'
import { createPacketMeter, type PacketKind, type PacketMeter, type PacketReading } from './packetMeter.ts'

const video = {
  codec: 'h264',
  profile: 'Main',
  level: 31,
  widthPx: 1280,
  heightPx: 720,
  aspect: '16:9',
  declaredFps: 25,
}
const audio = { codec: 'aac', profile: 'LC', channels: 2, layout: 'stereo', sampleRateHz: 48_000 }
const start = (answeredMs = 0, header: Parameters<typeof createPacketMeter>[0] = { video, audio, tellsCorrupt: true }, answers = true) =>
  createPacketMeter(header, { dnsMs: null, connectMs: null, answers, answeredMs })

/** A picture; all come when they are due unless said otherwise. */
function picture(meter: PacketMeter, dtsMs: number, { isKey = false, bytes = 1_000, ptsMs = dtsMs, isCorrupt = false, arrivedMs = dtsMs } = {}) {
  meter.add('video', ptsMs, dtsMs, bytes, isKey, isCorrupt, arrivedMs)
}
const sound = (meter: PacketMeter, dtsMs: number, bytes = 200) => meter.add('audio', dtsMs, dtsMs, bytes, true, false, dtsMs)
/** 25 pictures a second with a key frame each second, and a sound every 40 ms, from `fromMs` to before `toMs`. */
function play(meter: PacketMeter, fromMs: number, toMs: number, shiftMs = 0) {
  for (let atMs = fromMs; atMs < toMs; atMs += 40) {
    picture(meter, atMs, { isKey: atMs % 1_000 === 0 })
    sound(meter, atMs + shiftMs)
  }
}

describe('a stream of 25 pictures a second', () => {
  it('is measured by its timestamps, however fast it comes', () => {
    const meter = start(50)
    for (let atMs = 0; atMs <= 4_000; atMs += 40) {
      picture(meter, atMs, { isKey: atMs % 1_000 === 0, bytes: 1_000, arrivedMs: 60 })
      sound(meter, atMs, 250)
    }
    expect(meter.mediaMs()).toBe(4_000)
    expect(meter.take(70)).toEqual<PacketReading>({
      response: { dnsMs: null, connectMs: null, answerMs: 50, keyframeMs: 50 },
      wallMs: 20,
      mediaMs: 4_000,
      packets: { video: 101, audio: 101, other: 0, corrupt: 0, corruptBytes: 0 },
      keyframes: 5,
      video: { ...video, fps: 25 },
      audio,
      gop: { count: 4, frames: 25, lastMs: 1_000, usualMs: 1_000, longestMs: 1_000 },
      gopAtLeastMs: null,
      // 25 × (1,000 + 250) bytes a second.
      bitrateBps: 250_000,
      ptsGaps: 0,
      ptsJumps: 0,
      audioAheadMs: 0,
    })
  })

  it('whose sound comes before its first key frame, as RTMP has it, has the bit rate of both', () => {
    for (const untilMs of [4_000, 4_960]) {
      const meter = start()
      for (let atMs = 0; atMs < 1_480; atMs += 40) sound(meter, atMs, 250)
      for (let atMs = 1_480; atMs <= untilMs; atMs += 40) {
        picture(meter, atMs, { isKey: (atMs - 1_480) % 1_000 === 0, bytes: 1_000 })
        sound(meter, atMs, 250)
      }
      expect(meter.take(untilMs)).toMatchObject({ mediaMs: untilMs, bitrateBps: 250_000 })
      // What came before the pictures counts for the first look only.
      for (let atMs = untilMs + 40; atMs <= untilMs + 4_000; atMs += 40) {
        picture(meter, atMs, { bytes: 1_000 })
        sound(meter, atMs, 250)
      }
      expect(meter.take(untilMs + 4_000).bitrateBps).toBe(250_000)
    }
  })

  it('whose pictures end has the bit rate of the whole look', () => {
    const meter = start()
    for (let atMs = 0; atMs <= 4_000; atMs += 40) {
      sound(meter, atMs, 250)
      if (atMs < 2_000) picture(meter, atMs, { isKey: atMs % 1_000 === 0, bytes: 1_000 })
    }
    expect(meter.take(4_000).bitrateBps).toBe(150_000)
  })

  it('read on and on gives the same figures look by look, and loses nothing between two looks', () => {
    const meter = start()
    play(meter, 0, 2_520)
    expect(meter.take(2_520)).toMatchObject({ gop: { count: 2 }, mediaMs: 2_480, wallMs: 2_520 })
    play(meter, 2_520, 5_040)
    // The group that was open has ended, and the step between the looks counts in the second one.
    expect(meter.take(5_040)).toMatchObject({
      gop: { count: 3, usualMs: 1_000, frames: 25 },
      keyframes: 3,
      mediaMs: 2_520,
      wallMs: 2_520,
      video: { fps: 25 },
      bitrateBps: 240_000,
      ptsGaps: 0,
      ptsJumps: 0,
    })
    // A gap between two looks is one, too.
    play(meter, 6_000, 7_000)
    expect(meter.take(7_000)).toMatchObject({ ptsGaps: 1, ptsJumps: 0 })
  })

  it('with B-frames, which are shown in another order than they come, has neither gaps nor jumps', () => {
    const meter = start()
    const order = [3, -1, -1, -1]
    for (let n = 0; n <= 100; n++) picture(meter, n * 40, { isKey: n % 24 === 0, ptsMs: (n + 1 + (order[n % 4] ?? 0)) * 40 })
    expect(meter.take(4_040)).toMatchObject({ video: { fps: 25 }, ptsGaps: 0, ptsJumps: 0, mediaMs: 4_000, gop: { frames: 24, usualMs: 960 } })
  })

  it('that only says when pictures are shown is measured by that', () => {
    const meter = start()
    const order = [3, -1, -1, -1]
    for (let n = 0; n <= 100; n++) picture(meter, Number.NaN, { isKey: n % 24 === 0, ptsMs: (n + 1 + (order[n % 4] ?? 0)) * 40, arrivedMs: n })
    const reading = meter.take(4_040)
    expect(reading).toMatchObject({ ptsGaps: 0, ptsJumps: 0, gop: { frames: 24, usualMs: 960 } })
    expect(reading.video?.fps).toBeCloseTo(25, 0)
  })

  it('of which the first packets do not say when they are decoded is measured from there on', () => {
    const meter = start()
    for (let n = 0; n < 5; n++) picture(meter, Number.NaN, { ptsMs: 10_000 + n * 40, arrivedMs: n * 40 })
    for (let n = 5; n <= 105; n++) picture(meter, 9_900 + n * 40, { isKey: n % 25 === 5, arrivedMs: n * 40 })
    expect(meter.take(4_200)).toMatchObject({ ptsJumps: 0, ptsGaps: 0, gop: { count: 4 } })
  })

  it('with pictures missing has a gap where at least two and 200 ms are left out', () => {
    const meter = start()
    const left = new Set([20, 50, 51, 52, 53, 54, 80, 81])
    for (let n = 0; n <= 100; n++) if (!left.has(n)) picture(meter, n * 40, { isKey: n % 25 === 0 })
    // One is 40 ms, and two are 80: only five are enough. The rate says what is missing.
    const reading = meter.take(4_000)
    expect(reading).toMatchObject({ ptsGaps: 1, ptsJumps: 0 })
    expect(reading.video?.fps).toBeCloseTo((100 - left.size) / 4, 1)
  })

  it('that jumps back, as a source does that begins again, is measured on both sides of it', () => {
    const meter = start()
    play(meter, 0, 2_000)
    play(meter, 0, 2_000)
    expect(meter.take(4_000)).toMatchObject({
      ptsJumps: 1,
      ptsGaps: 0,
      mediaMs: 2 * 1_960,
      video: { fps: 25 },
      // The two groups that the jump cuts do not count.
      gop: { count: 2, longestMs: 1_000 },
      bitrateBps: 240_000,
    })
  })

  it('by RTSP that goes back a little when the first report of its sender comes has no jump', () => {
    // As 1.20.1 sends H.264 with B-frames: 1.5 s after joining two pictures go back by 64 and 40 ms.
    const join = (settles: boolean, atMs: number, backMs: number) => {
      const meter = start(0, { video, audio, tellsCorrupt: true, settles })
      play(meter, 0, atMs)
      for (let n = 0; n < 50; n++) picture(meter, atMs + n * 40 - backMs - (n === 0 ? 0 : 80), { isKey: n % 25 === 0, arrivedMs: atMs + n * 40 })
      return meter.take(atMs + 2_000).ptsJumps
    }
    expect(join(true, 1_480, 64)).toBe(0)
    expect(join(false, 1_480, 64)).toBeGreaterThan(0)
    // Later, or by more, it is the source's doing.
    expect(join(true, 20_000, 64)).toBeGreaterThan(0)
    expect(join(true, 4_480, 4_000)).toBeGreaterThan(0)
  })

  it('by RTSP or WHEP whose first packet has a time of its own has neither a jump nor a gap', () => {
    for (const firstMs of [1_560, -1_960]) {
      const meter = start(0, { video, audio, tellsCorrupt: true, settles: true })
      picture(meter, firstMs, { arrivedMs: 0 })
      play(meter, 40, 4_000)
      expect(meter.take(4_000)).toMatchObject({ ptsJumps: 0, ptsGaps: 0, video: { fps: 25 } })
    }
  })

  it('by RTSP whose times go back again and again has jumps from the fourth on', () => {
    const meter = start(0, { video, audio, tellsCorrupt: true, settles: true })
    for (let n = 0; n < 100; n++) picture(meter, n * 40 - (n % 10 === 9 ? 100 : 0), { arrivedMs: n * 40 })
    expect(meter.take(4_000).ptsJumps).toBe(10 - 3)
  })

  it('whose 33 bits of timestamps wrap has one jump', () => {
    const meter = start()
    const wrapMs = 2 ** 33 / 90
    for (let n = 0; n < 100; n++) picture(meter, (wrapMs - 2_000 + n * 40) % wrapMs, { isKey: n % 25 === 0, arrivedMs: n * 40 })
    expect(meter.take(4_000)).toMatchObject({ ptsJumps: 1, ptsGaps: 0 })
  })

  it('that leaps ahead by more than 10 s has a jump, and no gap', () => {
    const meter = start()
    play(meter, 0, 2_000)
    play(meter, 3_600_000, 3_602_000)
    expect(meter.take(4_000)).toMatchObject({ ptsJumps: 1, ptsGaps: 0, mediaMs: 2 * 1_960 })
  })

  it('counts what is damaged', () => {
    const meter = start()
    for (let n = 0; n < 10; n++) picture(meter, n * 40, { isCorrupt: n % 5 === 0, bytes: 700 })
    meter.add('other', 0, 0, 10, false, false, 400)
    expect(meter.take(400).packets).toEqual({ video: 10, audio: 0, other: 1, corrupt: 2, corruptBytes: 1_400 })
  })
})

describe('a stream', () => {
  it('of variable frame rate has its mean, and no gaps', () => {
    const meter = start()
    let atMs = 0
    for (let n = 0; n <= 100; n++, atMs += n % 2 === 0 ? 20 : 140) picture(meter, atMs, { isKey: n % 50 === 0 })
    const reading = meter.take(8_000)
    expect(reading.video?.fps).toBeCloseTo(12.5, 1)
    expect(reading).toMatchObject({ ptsGaps: 0, ptsJumps: 0 })
  })

  it('of one picture in a while is slow, not full of gaps', () => {
    const meter = start()
    for (let n = 0; n < 5; n++) picture(meter, n * 2_000, { isKey: true })
    expect(meter.take(8_000)).toMatchObject({ video: { fps: 0.5 }, ptsGaps: 0, gop: { frames: 1, usualMs: 2_000 } })
  })

  it('with one key frame only has no group of pictures', () => {
    const meter = start()
    for (let n = 0; n < 100; n++) picture(meter, n * 40, { isKey: n === 30 })
    expect(meter.take(4_000)).toMatchObject({ keyframes: 1, gop: null, response: { keyframeMs: 1_200 }, video: { fps: 25 } })
  })

  it('without key frames says so', () => {
    const meter = start()
    for (let n = 0; n < 100; n++) picture(meter, n * 40)
    expect(meter.take(4_000)).toMatchObject({ keyframes: 0, gop: null, response: { keyframeMs: null } })
  })

  it('whose key frames are not marked says that they are not known', () => {
    const meter = start(0, { video, audio, tellsCorrupt: true, tellsKeys: false })
    for (let atMs = 0; atMs < 4_000; atMs += 40) picture(meter, atMs)
    expect(meter.awaitsGroup()).toBe(false)
    expect(meter.take(4_000)).toMatchObject({ keyframes: null, gop: null, gopAtLeastMs: null, video: { fps: 25 } })
  })

  it('tells groups of different lengths', () => {
    const meter = start()
    const keys = new Set([0, 25, 50, 75, 175, 200, 210])
    for (let n = 0; n <= 210; n++) picture(meter, n * 40, { isKey: keys.has(n) })
    expect(meter.take(8_400).gop).toEqual({ count: 6, frames: 10, lastMs: 400, usualMs: 1_000, longestMs: 4_000 })
  })

  it('without timestamps has its packets counted, and nothing that needs time', () => {
    const meter = start()
    for (let n = 0; n < 100; n++) meter.add('video', Number.NaN, Number.NaN, 500, n % 25 === 0, false, n * 40)
    expect(meter.mediaMs()).toBe(0)
    expect(meter.take(4_000)).toMatchObject({
      packets: { video: 100 },
      keyframes: 4,
      mediaMs: null,
      bitrateBps: null,
      video: { fps: null },
      gop: null,
      ptsGaps: 0,
      ptsJumps: 0,
      audioAheadMs: null,
      response: { keyframeMs: 0 },
    })
  })

  it('of audio only is measured by that', () => {
    const meter = start(0, { video: null, audio, tellsCorrupt: false })
    for (let n = 0; n <= 100; n++) sound(meter, n * 20, 400)
    expect(meter.take(2_000)).toMatchObject({
      video: null,
      audio,
      packets: { audio: 101, corrupt: null, corruptBytes: null },
      mediaMs: 2_000,
      bitrateBps: 160_000,
      gop: null,
      keyframes: 0,
      audioAheadMs: null,
    })
  })

  it('whose video is one picture takes its time from the audio', () => {
    const meter = start()
    picture(meter, 0, { isKey: true, bytes: 10_000 })
    for (let n = 0; n <= 100; n++) sound(meter, n * 20, 400)
    expect(meter.take(2_000)).toMatchObject({ mediaMs: 2_000, video: { fps: null }, gop: null })
  })

  it('of which nothing came says that', () => {
    expect(start().take(6_000)).toMatchObject({ wallMs: 6_000, mediaMs: null, bitrateBps: null, packets: { video: 0, audio: 0 }, gop: null })
  })
})

describe('sound', () => {
  it.each([500, -700, 0])('%d ms ahead of the pictures is found', (shiftMs) => {
    const meter = start()
    play(meter, 5_000, 9_000, shiftMs)
    expect(Math.abs((meter.take(4_000).audioAheadMs ?? Number.NaN) - shiftMs)).toBeLessThanOrEqual(40)
  })

  it('that comes a second at once behind a second of pictures, or before it, is not late', () => {
    for (const isFirst of [true, false]) {
      const meter = start()
      for (let second = 0; second < 6; second++) {
        const pictures = () => {
          for (let n = 0; n < 25; n++) picture(meter, second * 1_000 + n * 40)
        }
        if (!isFirst) pictures()
        for (let n = 0; n < 50; n++) sound(meter, second * 1_000 + n * 20)
        if (isFirst) pictures()
      }
      expect(Math.abs(meter.take(6_000).audioAheadMs ?? Number.NaN)).toBeLessThanOrEqual(40)
    }
  })
})

it('sound that is left out for some looks counts in the bit rate as it was, and is neither late nor jumps when it is read again', () => {
  const meter = start()
  play(meter, 0, 4_000)
  expect(meter.take(4_000)).toMatchObject({ packets: { audio: 100 }, bitrateBps: 240_000, audioAheadMs: expect.any(Number) })
  meter.readAudio(false)
  for (let atMs = 4_000; atMs < 60_000; atMs += 40) picture(meter, atMs, { isKey: atMs % 1_000 === 0 })
  // Read ahead.
  sound(meter, 4_000)
  const without = meter.take(60_000)
  expect(without).toMatchObject({ packets: { audio: null, video: 1_400 }, audio, audioAheadMs: null, ptsJumps: 0 })
  expect(without.bitrateBps).toBeCloseTo(240_000, -3)
  meter.readAudio(true)
  play(meter, 60_000, 64_000)
  const again = meter.take(64_000)
  expect(again).toMatchObject({ packets: { audio: 100 }, ptsJumps: 0, ptsGaps: 0 })
  expect(again.bitrateBps).toBeCloseTo(240_000, -3)
})

describe('the first key frame', () => {
  it('that waited while the stream was inspected came when it would have come in real time', () => {
    const meter = start(100)
    // Inspected until 1,600 ms: all that came until then comes at once.
    for (let n = 0; n < 100; n++) picture(meter, n * 40, { isKey: n === 10, arrivedMs: Math.max(1_600, 100 + n * 40) })
    expect(meter.take(4_100).response.keyframeMs).toBe(500)
  })

  it('of a server that keeps a whole group for new readers came with its answer', () => {
    const meter = start(100)
    for (let n = 0; n < 150; n++) picture(meter, n * 40, { isKey: n % 50 === 0, arrivedMs: Math.max(200, n * 40 - 3_000) })
    expect(meter.take(3_000).response.keyframeMs).toBe(100)
  })

  it('is a figure of the look in which it came, as the answer is of the one that opened the stream', () => {
    const meter = start(50)
    for (let atMs = 0; atMs < 2_000; atMs += 40) picture(meter, atMs)
    expect(meter.take(2_000).response).toMatchObject({ answerMs: 50, keyframeMs: null })
    play(meter, 2_000, 4_000)
    expect(meter.take(4_000).response).toMatchObject({ answerMs: null, keyframeMs: 2_000 })
    play(meter, 4_000, 6_000)
    expect(meter.take(6_000).response).toEqual({ dnsMs: null, connectMs: null, answerMs: null, keyframeMs: null })
  })

  it('is known where nobody answers, as by UDP, and the answer is not', () => {
    const meter = start(50, { video, audio, tellsCorrupt: true }, false)
    play(meter, 0, 2_000)
    expect(meter.take(2_000).response).toMatchObject({ answerMs: null, keyframeMs: 50 })
  })
})

it('whatever comes, what is read is a reading', () => {
  const time = fc.oneof(fc.constant(Number.NaN), fc.double({ noNaN: false, noDefaultInfinity: true }), fc.integer({ min: -5_000, max: 100_000 }))
  const packet = fc.tuple(fc.constantFrom<PacketKind>('video', 'audio', 'other'), time, time, fc.nat(2 ** 31 - 1), fc.boolean(), fc.boolean(), fc.nat(100_000))
  fc.assert(
    fc.property(fc.array(fc.array(packet, { maxLength: 60 }), { maxLength: 4 }), (checks) => {
      const meter = start(10)
      for (const [index, check] of checks.entries()) {
        for (const one of check) meter.add(...one)
        expect(
          probeReadingSchema.omit({ content: true, hls: true, ts: true, canary: true, srt: true }).safeParse(meter.take(1_000 * index)).error,
        ).toBeUndefined()
      }
    }),
  )
})

it('a day without an end of the look is counted exactly, and its median is near', () => {
  const meter = start()
  for (let n = 0; n < 200_000; n++) picture(meter, n * 250 + (n % 3), { isKey: n % 2 === 0 })
  const { gop } = meter.take(1)
  expect(gop?.count).toBe(99_999)
  expect(gop?.usualMs).toBeCloseTo(500, -1)
})
