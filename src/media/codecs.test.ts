import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends, hasFfmpeg } from '../../tests/fakes/backends.ts'
import { startRtspServer } from '../../tests/fakes/rtspServer.ts'
import { brightnessOf, colourfulShare } from '../../tests/real/colourful.ts'
import { clipCodecs, makeClip } from '../../tests/real/makeClip.ts'
import { createSystemClock } from '../clock/clock.ts'
import { createMediaClient } from '../media/mediaClient.ts'

const timeoutMs = 60_000
const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-codecs-'))
const clips = new Map<string, Buffer>()
/** Each clip at `/<codec>`, as fast as it is read. */
const server = createServer((request, response) => {
  response.end(clips.get((request.url ?? '').slice(1)))
})
beforeAll(async () => {
  for (const codec of clipCodecs) {
    const file = join(folder, `${codec}.mkv`)
    await makeClip(file, { seconds: 2, codec })
    clips.set(codec, readFileSync(file))
  }
  for (const colour of ['black', 'white']) {
    const file = join(folder, `${colour}.mkv`)
    await makeClip(file, { seconds: 1, picture: `color=c=${colour}:size=$s:rate=25` })
    clips.set(colour, readFileSync(file))
  }
  clips.set('huge', ofSize(clips.get('mjpeg') ?? Buffer.alloc(0), 30_000))
  const file = join(folder, 'clip.ts')
  await makeClip(file, { seconds: 2, format: 'mpegts' })
  clips.set('mpegts', readFileSync(file))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** The most memory that a process had, MB; 0 where the system does not tell. */
function memoryOf(pid: number | null): number {
  const text = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'latin1') : ''
  return Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1_000
}
/** A clip of JPEGs whose frame headers say that they have so many pixels each way. */
function ofSize(jpegs: Buffer, px: number): Buffer {
  const bytes = Buffer.from(jpegs)
  const frameHeader = Buffer.from([0xff, 0xc0, 0x00, 0x11, 0x08])
  for (let at = bytes.indexOf(frameHeader); at >= 0; at = bytes.indexOf(frameHeader, at + 1)) {
    bytes.writeUInt16BE(px, at + 5)
    bytes.writeUInt16BE(px, at + 7)
  }
  return bytes
}

describe.each(backends)('with $backend:', ({ backend, isHere }) => {
  const start = () => createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })

  it.runIf(isHere).each(clipCodecs)('a picture of %s is made, and says what was read for it', async (codec) => {
    await using media = start()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${codec}`
    const taken = await media.snapshot({ url, widthPx: 320, timeoutMs })
    if (!taken.ok) throw new Error(JSON.stringify(taken.error))
    const { jpeg, bytesRead, ...told } = taken.value
    expect(told).toMatchObject({ widthPx: 320, heightPx: 180, codec: codec === 'av1' ? expect.stringMatching(/av1|dav1d/) : expect.stringContaining(codec) })
    expect(await colourfulShare(jpeg)).toBeGreaterThan(0.5)
    expect(bytesRead).toBeGreaterThan(5_000)
    expect(bytesRead).toBeLessThanOrEqual(clips.get(codec)?.length ?? 0)
  })

  it.runIf(isHere)('what is black or white in a stream is so in its picture', async () => {
    await using media = start()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    for (const [colour, brightness] of [
      ['black', 0],
      ['white', 255],
    ] as const) {
      const taken = await media.snapshot({ url: `${url}/${colour}`, widthPx: 320, timeoutMs })
      if (!taken.ok) throw new Error(JSON.stringify(taken.error))
      expect(Math.abs((await brightnessOf(taken.value.jpeg)) - brightness)).toBeLessThan(3)
    }
  })

  it.runIf(isHere)('a picture that says it has 30,000 × 30,000 pixels is not decoded, and the next one is', async () => {
    await using media = start()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const usual = async () => await media.snapshot({ url: `${url}/h264`, widthPx: 320, timeoutMs })
    expect(await usual()).toMatchObject({ ok: true })
    const pid = media.pid()
    const before = memoryOf(pid)
    expect(clips.get('huge')?.equals(clips.get('mjpeg') ?? Buffer.alloc(0))).toBe(false)
    expect(await media.snapshot({ url: `${url}/huge`, widthPx: 320, timeoutMs })).toMatchObject({ ok: false, error: { kind: 'undecodable' } })
    // A picture of this size takes 1.35 GB.
    expect(memoryOf(pid) - before).toBeLessThan(400)
    expect(media.pid()).toBe(pid)
    expect(await usual()).toMatchObject({ ok: true })
  })

  it.runIf(isHere)('of a stream over RTSP its packets are counted, no more than were sent', async () => {
    await using media = start()
    // Nothing comes behind the clip: all that was sent is known.
    await using rtsp = await startRtspServer({ clip: clips.get('mpegts') ?? null, once: true })
    const taken = await media.snapshot({ url: `${rtsp.url}/cam`, widthPx: 320, timeoutMs })
    if (!taken.ok) throw new Error(JSON.stringify(taken.error))
    expect(taken.value.bytesRead).toBeGreaterThan(5_000)
    expect(taken.value.bytesRead).toBeLessThanOrEqual(clips.get('mpegts')?.length ?? 0)
  })
})

const run = (...args: readonly string[]) => execFileSync('ffmpeg', ['-v', 'error', '-y', ...args])

/** Those whose decoders make pictures of what comes before the first key frame. */
const joinedLate = [
  ['mpeg4', 'mpegts', []],
  ['mpeg4', 'mpegts', ['-bf', '2']],
  ['mpeg4', 'matroska', []],
  ['mpeg2video', 'mpegts', ['-bf', '2']],
  ['h263p', 'matroska', []],
] as const
describe.runIf(hasFfmpeg)('of a stream that is joined between two key frames', () => {
  const backendsHere = backends.filter(({ isHere }) => isHere).map(({ backend }) => backend)
  it.each(joinedLate)('the picture is of a key frame: %s in %s %j', async (encoder, format, options) => {
    const [whole, late] = [join(folder, 'whole'), join(folder, 'late')]
    run('-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25', '-t', '3', '-pix_fmt', 'yuv420p', '-g', '25', '-c:v', encoder, ...options, '-f', format, whole)
    run('-i', whole, '-c', 'copy', '-bsf:v', String.raw`noise=drop=lt(n\,5)`, '-f', format, late)
    clips.set('late', readFileSync(late))
    for (const backend of backendsHere) {
      await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend })
      const taken = await media.snapshot({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/late`, widthPx: 320, timeoutMs })
      if (!taken.ok) throw new Error(`${backend}: ${JSON.stringify(taken.error)}`)
      expect(await colourfulShare(taken.value.jpeg), backend).toBeGreaterThan(0.5)
    }
  })
})

it.runIf(hasFfmpeg)('a picture is made of H.264 whose pictures stand by themselves, but say nothing of it', async () => {
  const [encoded, file] = [join(folder, 'open.mkv'), join(folder, 'unmarked.ts')]
  run(
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=640x360:rate=25',
    '-t',
    '4',
    '-preset',
    'veryfast',
    '-pix_fmt',
    'yuv420p',
    '-c:v',
    'libx264',
    '-x264-params',
    'open-gop=1:keyint=25:min-keyint=25:scenecut=0:ref=1:bframes=3:b-adapt=0:b-pyramid=none',
    encoded,
  )
  // Without its beginning, which is marked, and without what tells where decoding can begin.
  run('-i', encoded, '-c', 'copy', '-bsf:v', String.raw`noise=drop=lt(n\,5),h264_mp4toannexb,filter_units=remove_types=6,dump_extra=freq=all`, file)
  clips.set('unmarked', readFileSync(file))
  await using media = createMediaClient({ clock: createSystemClock(), log: { warn: () => {} }, backend: 'node-av' })
  const taken = await media.snapshot({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/unmarked`, widthPx: 320, timeoutMs })
  if (!taken.ok) throw new Error(JSON.stringify(taken.error))
  expect(await colourfulShare(taken.value.jpeg)).toBeGreaterThan(0.5)
})
