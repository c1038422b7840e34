import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AV_PKT_FLAG_KEY, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants'
import { FormatContext, type Packet } from 'node-av/lib'
import { afterAll, describe, expect, test } from 'vitest'
import { hasFfmpeg } from '../../tests/fakes/backends.ts'
import { freePort } from '../../tests/freePort.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient, type MediaClient } from '../media/mediaClient.ts'
import { type CanaryReading, canaryReadingSchema } from '../shared/canaryReadings.ts'
import { createCanaryDecoder, createCanaryMeter, createToneFinder } from './canaryDecoder.ts'
import { openInput } from './openInput.ts'
import { createPictures, createSounds, openSoundEncoder, openVideoEncoder, soundRateHz, type TestEncoder } from './publishSignal.ts'
import { signalOwner } from './timeCode.ts'

const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-canary-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A whole second, as the test signal has it. */
const beganMs = 100_000
const seconds = 4

/** A file of the test signal. `soundLateMs`: its tones come so much later than they should. */
async function makeSignal(name: string, { soundLateMs = 0, owner = signalOwner }: { readonly soundLateMs?: number; readonly owner?: number } = {}) {
  const file = join(folder, name)
  using video = openVideoEncoder()
  using sound = openSoundEncoder('aac')
  const format = new FormatContext()
  format.allocOutputContext2(null, 'mpegts', file)
  const streams = [video, sound].map(({ context }) => {
    const stream = format.newStream(null)
    stream.codecpar.fromContext(context)
    stream.timeBase = context.timeBase
    return stream
  })
  await format.openOutput()
  await format.writeHeader(null)
  const write = (of: 0 | 1, encoder: TestEncoder) => async (packet: Packet) => {
    const stream = streams[of]
    if (stream === undefined) return
    packet.streamIndex = of
    packet.rescaleTs(encoder.context.timeBase, stream.timeBase)
    expect(await format.interleavedWriteFrame(packet)).toBeGreaterThanOrEqual(0)
  }
  using pictures = createPictures()
  using sounds = createSounds(sound.context)
  const late = (soundLateMs * soundRateHz) / 1_000
  for (let atMs = 0, sample = 0; atMs < seconds * 1_000; atMs += 40) {
    await video.encode(pictures.draw({ owner, ms: beganMs + atMs }, 1_000 + atMs, atMs % 1_000 === 0), write(0, video))
    for (; sample < ((atMs + 40) * soundRateHz) / 1_000; sample += sound.context.frameSize)
      await sound.encode(sounds.play(sample - late, 1_000 + soundLateMs), write(1, sound))
  }
  await format.writeTrailer()
  await format.closeOutput()
  format.freeContext()
  return file
}

/** What is read from a file whose key frames each come so much after the time in them. */
async function readBack(file: string, delayMs = 50): Promise<CanaryReading> {
  await using input = openInput({ url: file } as Parameters<typeof openInput>[0], {}, new AbortController().signal)
  const { format, packet } = input
  await input.open()
  await format.findStreamInfo(null)
  const video = format.streams[format.findBestStream(AVMEDIA_TYPE_VIDEO)] ?? null
  const audio = format.streams[format.findBestStream(AVMEDIA_TYPE_AUDIO)] ?? null
  using reader = createCanaryDecoder(video, audio, false)
  let keys = 0
  while ((await format.readFrame(packet)) >= 0) {
    const atMs = Number(packet.pts) / 90
    if (packet.streamIndex === audio?.index) reader.sound(packet, atMs)
    else if ((packet.flags & AV_PKT_FLAG_KEY) !== 0) await reader.picture(packet, atMs, beganMs + keys++ * 1_000 + delayMs)
    packet.unref()
  }
  return canaryReadingSchema.parse(reader.take())
}

const ffmpeg = (...of: readonly string[]) => execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...of])

describe('the test signal, read back through H.264 and AAC', () => {
  test('tells how old its pictures are, and that its sound is with them', async () => {
    const { delayMs, soundAheadMs, pictures, strange } = await readBack(await makeSignal('plain.ts'), 320)
    expect({ delayMs, pictures, strange }).toEqual({ delayMs: 320, pictures: seconds, strange: 0 })
    expect(Math.abs(soundAheadMs ?? 999)).toBeLessThan(5)
  })

  test.each([-180, -40, 60, 240])('tells that its sound is %i ms late', async (soundLateMs) => {
    const { soundAheadMs } = await readBack(await makeSignal('late.ts', { soundLateMs }))
    expect(Math.abs((soundAheadMs ?? 999) + soundLateMs)).toBeLessThan(5)
  })

  test.runIf(hasFfmpeg)('is read after it was scaled down, blurred and encoded again at a low rate', async () => {
    const small = join(folder, 'small.ts')
    ffmpeg(
      '-copyts',
      '-i',
      await makeSignal('whole.ts'),
      '-vf',
      'scale=320:180,gblur=sigma=1.5',
      '-c:v',
      'libx264',
      '-b:v',
      '60k',
      '-g',
      '25',
      '-bf',
      '0',
      small,
    )
    const { delayMs, pictures, strange } = await readBack(small)
    expect({ delayMs, strange }).toEqual({ delayMs: 50, strange: 0 })
    expect(pictures).toBeGreaterThanOrEqual(seconds - 1)
  })

  test.runIf(hasFfmpeg)('in other pictures no time is found', async () => {
    const other = join(folder, 'other.ts')
    ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-t', '3', '-c:v', 'libx264', '-g', '25', '-bf', '0', other)
    expect(await readBack(other)).toEqual({ delayMs: null, soundAheadMs: null, pictures: 0, strange: 3 })
  })

  test('times of another clock do not count', async () => {
    const { delayMs, soundAheadMs, pictures, strange } = await readBack(await makeSignal('others.ts', { owner: signalOwner ^ 1 }))
    expect({ delayMs, soundAheadMs, pictures, strange }).toEqual({ delayMs: null, soundAheadMs: null, pictures: 0, strange: seconds })
  })
})

describe('times that nobody can have written', () => {
  test('from the future or from hours ago do not count, and many tones take no more room', () => {
    const meter = createCanaryMeter({ owner: 1, inPieces: false })
    meter.picture({ owner: 1, ms: 5_000 }, 0, 1_000)
    meter.picture({ owner: 1, ms: 0 }, 0, 20_000_000)
    meter.picture(null, 0, 1_000)
    for (let tone = 0; tone < 100_000; tone++) meter.tone(tone)
    expect(meter.take()).toEqual({ delayMs: null, soundAheadMs: null, pictures: 0, strange: 3 })
  })

  test('of segments the oldest picture counts, of what comes steadily the usual one', () => {
    const taken = [true, false].map((inPieces) => {
      const meter = createCanaryMeter({ owner: 1, inPieces })
      for (const ms of [0, 1_000, 2_000]) meter.picture({ owner: 1, ms }, ms, 4_000)
      return meter.take().delayMs
    })
    expect(taken).toEqual([4_000, 3_000])
  })
})

test('a tone begins after silence, and noise that does not end has no beginnings', () => {
  const finder = createToneFinder()
  const sine = (index: number) => 0.5 * Math.sin((2 * Math.PI * 1_000 * index) / soundRateHz)
  expect(finder.listen(() => 0, soundRateHz / 2, soundRateHz)).toEqual([])
  expect(finder.listen((index) => (index < 4_800 ? 0 : sine(index)), soundRateHz, soundRateHz)).toEqual([0.1])
  expect(finder.listen(sine, soundRateHz, soundRateHz)).toEqual([])
})

/** The least of three looks at the test signal over a new connection: how much later its pictures are than the latency, and how far the sound is ahead. */
async function delayOfConnection(client: MediaClient, latencyMs: number): Promise<{ readonly offMs: number; readonly soundAheadMs: number }> {
  const stop = new AbortController()
  const timed: { readonly delayMs: number; readonly soundAheadMs: number }[] = []
  // FFmpeg counts it in µs.
  const address = `srt://127.0.0.1:${await freePort()}?latency=${latencyMs * 1_000}`
  const reading = client.probe(
    { url: `${address}&mode=listener`, answerMs: 60_000, checkMs: 4_000, isContinuous: true, canary: true },
    ({ canary }) => {
      const { delayMs = null, soundAheadMs = null } = canary ?? {}
      if (delayMs !== null && soundAheadMs !== null) timed.push({ delayMs, soundAheadMs })
      if (timed.length === 3) stop.abort()
    },
    stop.signal,
  )
  // The listener may not be there yet.
  while (!stop.signal.aborted) await client.publish({ url: address, protocol: 'srt', answerMs: 15_000 }, () => {}, stop.signal)
  await reading
  return { offMs: Math.min(...timed.map(({ delayMs }) => delayMs)) - latencyMs, soundAheadMs: Math.min(...timed.map((one) => Math.abs(one.soundAheadMs))) }
}

describe('published and read on this machine', () => {
  /**
   * SRT hands packets out exactly this long after they were sent, counted from when its handshake came: that is the truth. A busy machine adds to a
   * look, or by a late handshake to all looks of a connection; what it can't do is make pictures younger. So a connection within the limit must come.
   */
  test.each([150, 500])(
    'by SRT with a latency of %i ms, that is its delay within 20 ms',
    async (latencyMs) => {
      await using client = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} } })
      const isWithin = (offMs: number) => Math.abs(offMs) < 20
      for (;;) {
        const found = await delayOfConnection(client, latencyMs)
        expect(found.offMs).toBeGreaterThan(-20)
        if (isWithin(found.offMs) && isWithin(found.soundAheadMs)) return
      }
    },
    240_000,
  )

  test('an address that nobody answers at fails with words, and what is published ends when it is called off', async () => {
    await using client = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} } })
    const port = await freePort()
    const refused = await client.publish({ url: `rtsp://127.0.0.1:${port}/mtxdeck-canary`, protocol: 'rtsp', answerMs: 15_000 }, () => {})
    expect(refused).toMatchObject({ kind: 'unreachable', doing: 'opening' })
    expect(await client.publish({ url: 'file:///tmp/x', protocol: 'srt', answerMs: 15_000 }, () => {})).toMatchObject({ kind: 'refusedAddress' })
    expect(await client.publish({ url: 'rtsp://169.254.169.254/x', protocol: 'rtsp', answerMs: 15_000 }, () => {})).toMatchObject({ kind: 'refusedAddress' })
  })
})
