import { Demuxer } from 'node-av/api'
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { createDemoFleet } from './demoFleet.fixture.ts'
import type { DemoServerOptions } from './demoOptions.ts'

async function start(options: Partial<DemoServerOptions> = {}) {
  const clock = createTestClock()
  const fleet = await createDemoFleet({ clock, seed: 'hls', servers: [{ name: 'one', ...options }] })
  const server = fleet.server('one')
  const sessions = async () =>
    (
      (await (await fetch(`${server.url}/v3/hlssessions/list`)).json()) as {
        items: { path: string; query: string; userAgent: string; remoteAddr: string; outboundBytes: number }[]
      }
    ).items
  return { clock, server, hls: server.hlsUrl ?? '', sessions, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() }
}
async function read(url: string, init?: RequestInit) {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, url: response.url, text: await response.text() }
}
/** Addresses in a playlist: its lines without #, and `URI="…"`. */
const addresses = (base: string, playlist: string) =>
  [...playlist.matchAll(/^(?!#)\S+$|URI="([^"]+)"/gm)].map((match) => new URL(match[1] ?? match[0], base).href)
const sequence = (playlist: string) => Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(playlist)?.[1])
async function bytes(url: string) {
  const response = await fetch(url)
  expect(response.status, url).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

describe('the HLS door of 1.18 and later', () => {
  it('sends the first request round for cookies, then gives each viewer a session on every child', async () => {
    await using demo = await start()
    const first = await read(`${demo.hls}/cam1/index.m3u8?mtxdeck=7`, { redirect: 'manual' })
    expect(first.status).toBe(302)
    expect(first.headers.get('location')).toBe('/cam1/index.m3u8?mtxdeck=7&cookieCheck=1')
    expect(first.headers.get('set-cookie')).toContain('cookieCheck=1')
    expect((await demo.sessions()).filter((session) => session.query !== '')).toEqual([])
    const second = await read(`${demo.hls}${first.headers.get('location')}`, { headers: { 'user-agent': 'mtxdeck/0', cookie: 'cookieCheck=1' } })
    expect(second.text).toMatch(/#EXT-X-STREAM-INF:.*CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/)
    expect(second.headers.get('set-cookie')).toMatch(/^hlsSession=[0-9a-f-]{36}/)
    const children = addresses(second.url, second.text)
    expect(children).toHaveLength(2)
    for (const child of children) {
      expect(child).toMatch(/\?session=[0-9a-f-]{36}$/)
      expect((await read(child)).status).toBe(200)
      expect((await read(child.replace(/\?.*/, ''))).status).toBe(401)
    }
    const ours = (await demo.sessions()).find((session) => session.query === 'mtxdeck=7')
    expect(ours).toMatchObject({ path: 'cam1', userAgent: 'mtxdeck/0', remoteAddr: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })
    expect(ours?.outboundBytes).toBeGreaterThan(0)
  })

  it('keeps a viewer in the lists for 36 s after his last request, as a reader of the path', async () => {
    await using demo = await start({ paths: [{ name: 'a' }] })
    const readers = async () => ((await (await fetch(`${demo.server.url}/v3/paths/get/a`)).json()) as { readers: { type: string }[] }).readers
    await read(`${demo.hls}/a/index.m3u8`)
    await demo.clock.advance(35_000)
    expect(await readers()).toMatchObject([{ type: 'hlsSession' }])
    await demo.clock.advance(2_000)
    expect(await readers()).toEqual([])
  })
})

describe('what a path sends', () => {
  it.each(['1.20', '1.9'] as const)('is the whole stream for a viewer that is listed, whatever he fetches: %s', async (version) => {
    await using demo = await start({ version, paths: [{ name: 'a' }] })
    const bytesOfPath = async () => (await (await fetch(`${demo.server.url}/v3/paths/get/a`)).json()) as { bytesReceived: number; bytesSent: number }
    const unwatched = await bytesOfPath()
    await demo.clock.advance(10_000)
    expect((await bytesOfPath()).bytesSent).toBe(unwatched.bytesSent)
    await read(`${demo.hls}/a/index.m3u8`)
    const before = await bytesOfPath()
    await demo.clock.advance(20_000)
    const after = await bytesOfPath()
    expect(after.bytesReceived).toBeGreaterThan(before.bytesReceived)
    expect((after.bytesSent - before.bytesSent) / (after.bytesReceived - before.bytesReceived)).toBeCloseTo(1, 1)
  })
})

describe('the HLS door of older versions', () => {
  it('answers at once, passes the query on, and knows its viewers as one muxer only', async () => {
    await using demo = await start({ version: '1.9', paths: [{ name: 'a' }] })
    const first = await read(`${demo.hls}/a/index.m3u8?mtxdeck=7`, { redirect: 'manual' })
    expect(first.status).toBe(200)
    for (const child of addresses(first.url, first.text)) {
      expect(child).toMatch(/\?mtxdeck=7$/)
      expect((await read(child)).status).toBe(200)
    }
    await read(`${demo.hls}/a/index.m3u8`)
    expect(await (await fetch(`${demo.server.url}/v3/paths/get/a`)).json()).toMatchObject({ readers: [{ type: 'hlsMuxer', id: '' }] })
    const muxers = (await (await fetch(`${demo.server.url}/v3/hlsmuxers/list`)).json()) as { items: unknown[] }
    expect(muxers.items).toMatchObject([{ path: 'a', bytesSent: expect.any(Number) }])
  })
})

describe('what plays', () => {
  const renditions = async (hls: string, path: string) => {
    const main = await read(`${hls}/${path}/index.m3u8`)
    const [audio, video] = addresses(main.url, main.text)
    if (!audio || !video) throw new Error('no renditions')
    return { audio, video }
  }

  it('rolls on with the clock, segment by segment, without end', async () => {
    await using demo = await start()
    const { video } = await renditions(demo.hls, 'cam1')
    const before = (await read(video)).text
    await demo.clock.advance(1_600)
    const after = (await read(video)).text
    expect(sequence(after)).toBe(sequence(before) + 1)
    expect(addresses(video, after).slice(1, -1)).toEqual(addresses(video, before).slice(2))
    await demo.clock.advance(16_000)
    expect(sequence((await read(video)).text)).toBe(sequence(before) + 11)
  })

  it('decodes, and its times go on over the clip’s seam without a gap', async () => {
    await using demo = await start()
    const { video, audio } = await renditions(demo.hls, 'cam1')
    for (const [url, kind, frames] of [
      [video, 'video', 40],
      [audio, 'audio', 75],
    ] as const) {
      const segments = new Map<string, Buffer>()
      let init = Buffer.alloc(0)
      // Longer than the clip of 8 segments.
      for (let turn = 0; turn < 3; turn++) {
        const [first, ...rest] = addresses(url, (await read(url)).text)
        init = await bytes(first ?? '')
        for (const segment of rest) if (!segments.has(segment)) segments.set(segment, await bytes(segment))
        await demo.clock.advance(1_600 * 4)
      }
      expect(segments.size).toBeGreaterThan(12)
      await using demuxer = await Demuxer.open(Buffer.concat([init, ...segments.values()]), { format: 'mp4' })
      const stream = kind === 'video' ? demuxer.video() : demuxer.audio()
      if (!stream) throw new Error(`no ${kind}`)
      if (kind === 'video') expect([stream.codecpar.width, stream.codecpar.height]).toEqual([640, 360])
      const times: number[] = []
      for await (const packet of demuxer.packets(stream.index)) {
        if (!packet) break
        times.push((Number(packet.pts) * stream.timeBase.num) / stream.timeBase.den)
        packet.free()
      }
      expect(times).toHaveLength(segments.size * frames)
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      const usual = 1.6 / frames
      expect(Math.max(...steps)).toBeCloseTo(usual, 6)
      expect(Math.min(...steps)).toBeCloseTo(usual, 6)
    }
  })

  it('stands still while the stream is stalled', async () => {
    await using demo = await start()
    const { video } = await renditions(demo.hls, 'lobby/door')
    demo.server.trouble({ kind: 'stall', path: 'lobby/door' })
    const before = sequence((await read(video)).text)
    await demo.clock.advance(8_000)
    expect(sequence((await read(video)).text)).toBe(before)
    demo.server.trouble({ kind: 'clear' })
    expect(sequence((await read(video)).text)).toBe(before + 5)
  })

  it('is not there for a path without media, and wakes one on demand', async () => {
    await using demo = await start()
    expect((await read(`${demo.hls}/idle/index.m3u8`)).status).toBe(404)
    expect((await read(`${demo.hls}/nothere/index.m3u8`)).status).toBe(404)
    const state = async () => ((await (await fetch(`${demo.server.url}/v3/paths/get/ondemand`)).json()) as { available: boolean }).available
    expect(await state()).toBe(false)
    expect((await read(`${demo.hls}/ondemand/index.m3u8`)).status).toBe(200)
    expect(await state()).toBe(true)
    await demo.clock.advance(61_000)
    expect(await state()).toBe(false)
  })
})
