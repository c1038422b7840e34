import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import { createTestClock, type TestClock } from '../clock/testClock.ts'
import { createDemoFleet } from './demoFleet.fixture.ts'
import type { DemoServerOptions } from './demoOptions.ts'
import type { DemoServer } from './demoServer.ts'
import { createBenchFleet } from './sharedLists.fixture.ts'

async function start(options: Partial<DemoServerOptions> = {}) {
  const clock = createTestClock()
  const fleet = await createDemoFleet({ clock, seed: 'troubles', servers: [{ name: 'one', ...options }] })
  const server = fleet.server('one')
  return { clock, fleet, server, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() }
}
// biome-ignore lint/suspicious/noExplicitAny: answers of a foreign API, read field by field in each test
type Item = any
async function list(server: DemoServer, name: string): Promise<Item[]> {
  const response = await fetch(`${server.url}/v3/${name}/list?itemsPerPage=10000`)
  return ((await response.json()) as { items: Item[] }).items
}
const path = async (server: DemoServer, name: string): Promise<Item> => (await list(server, 'paths')).find((item) => item.name === name)
async function failure(promise: Promise<Response>) {
  try {
    await (await promise).text()
    return null
  } catch (error) {
    return String((error as Error & { cause?: { code?: string; message?: string } }).cause?.code ?? (error as Error).message)
  }
}
/** Waits for real I/O that follows a command: a port that closes or opens. */
async function until(clock: TestClock, isTrue: () => Promise<boolean>) {
  for (let i = 0; i < 4_000; i++) {
    if (await isTrue()) return
    await clock.advance(0)
  }
  throw new Error('it never came')
}

describe('counters', () => {
  it('grow with the bit rate, a little unevenly, and never fall', async () => {
    await using demo = await start({ paths: [{ name: 'a', bitrateBps: 8_000_000, readers: ['srtConn'] }] })
    const rates: number[] = []
    let last = await path(demo.server, 'a')
    for (let i = 0; i < 20; i++) {
      await demo.clock.advance(2_000)
      const now = await path(demo.server, 'a')
      rates.push(((now.inboundBytes - last.inboundBytes) * 8) / 2)
      expect(now.outboundBytes).toBeGreaterThan(last.outboundBytes)
      last = now
    }
    expect(Math.min(...rates)).toBeGreaterThan(6_000_000)
    expect(Math.max(...rates)).toBeLessThan(10_000_000)
    expect(new Set(rates).size).toBeGreaterThan(15)
  })

  it('are the same for the same seed and moment, however often they were asked for before', async () => {
    await using a = await start()
    await using b = await start()
    for (let i = 0; i < 10; i++) {
      await a.clock.advance(1_000)
      await path(a.server, 'cam1')
    }
    await b.clock.advance(10_000)
    expect(await path(a.server, 'cam1')).toEqual(await path(b.server, 'cam1'))
  })

  it('begin again, with a new session, when the publisher comes back; a configured path stays in the list meanwhile', async () => {
    await using demo = await start()
    const before = await path(demo.server, 'cam2')
    demo.server.trouble({ kind: 'publisherGone', path: 'cam2', forMs: 5_000 })
    expect(await path(demo.server, 'cam2')).toMatchObject({ ready: false, available: false, online: false, source: null, inboundBytes: 0, readers: [] })
    expect((await list(demo.server, 'rtmpconns')).filter((session) => session.path === 'cam2')).toEqual([])
    await demo.clock.advance(6_000)
    const after = await path(demo.server, 'cam2')
    expect(after.inboundBytes).toBeGreaterThan(0)
    expect(after.inboundBytes).toBeLessThan(before.inboundBytes)
    expect(after.source.id).not.toBe(before.source.id)
    expect(after.availableTime > before.availableTime).toBe(true)
    await demo.clock.advance(4_000)
    expect((await path(demo.server, 'cam2')).readers).toHaveLength(1)
  })

  it('a dynamic path vanishes with its publisher', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'publisherGone', path: 'site/berlin' })
    expect(await path(demo.server, 'site/berlin')).toBeUndefined()
  })

  it('a lost pulled source stays "online", with the time of its first connection', async () => {
    await using demo = await start()
    const before = await path(demo.server, 'lobby/door')
    demo.server.trouble({ kind: 'publisherGone', path: 'lobby/door' })
    expect(await path(demo.server, 'lobby/door')).toMatchObject({
      available: false,
      online: true,
      onlineTime: before.onlineTime,
      source: { type: 'rtspSource', id: '' },
    })
  })
})

describe('streams in trouble', () => {
  it('a stalled TCP publisher stands still, and is closed after the server’s readTimeout', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'stall', path: 'cam1' })
    const frozen = await path(demo.server, 'cam1')
    await demo.clock.advance(8_000)
    const later = await path(demo.server, 'cam1')
    expect(later).toMatchObject({ available: true, inboundBytes: frozen.inboundBytes, outboundBytes: frozen.outboundBytes })
    await demo.clock.advance(3_000)
    expect(await path(demo.server, 'cam1')).toMatchObject({ available: false, source: null })
  })

  it('a stalled pulled source stays, and moves again when the stall ends', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'stall', path: 'lobby/door', forMs: 30_000 })
    const frozen = await path(demo.server, 'lobby/door')
    await demo.clock.advance(29_000)
    expect((await path(demo.server, 'lobby/door')).inboundBytes).toBe(frozen.inboundBytes)
    await demo.clock.advance(3_000)
    expect((await path(demo.server, 'lobby/door')).inboundBytes).toBeGreaterThan(frozen.inboundBytes)
  })

  it('a flapping publisher leaves and returns so often', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'flap', path: 'cam2', everyMs: 4_000, times: 3 })
    const seen: boolean[] = []
    for (let i = 0; i < 8; i++) {
      seen.push((await path(demo.server, 'cam2')).available)
      await demo.clock.advance(2_000)
    }
    expect(seen).toEqual([false, true, false, true, false, true, true, true])
  })

  it('an always-available path shows its slate: available, not online, counting 18 kB/s without a publisher', async () => {
    await using demo = await start({ paths: [{ name: 'event', mode: 'alwaysAvailable', source: 'srtConn', tracks: 'h264Opus', bitrateBps: 6_000_000 }] })
    const live = await path(demo.server, 'event')
    expect(live).toMatchObject({ available: true, online: true, source: { type: 'srtConn' } })
    demo.server.trouble({ kind: 'publisherGone', path: 'event' })
    const first = await path(demo.server, 'event')
    expect(first).toMatchObject({ available: true, online: false, onlineTime: null, source: null, availableTime: live.availableTime })
    await demo.clock.advance(10_000)
    const rate = ((await path(demo.server, 'event')).inboundBytes - first.inboundBytes) / 10
    expect(rate).toBeGreaterThan(14_000)
    expect(rate).toBeLessThan(22_000)
  })

  it('a flood of readers comes and goes', async () => {
    await using demo = await start()
    const before = (await path(demo.server, 'cam1')).readers.length
    demo.server.trouble({ kind: 'readerFlood', path: 'cam1', readers: 200, forMs: 10_000 })
    expect((await path(demo.server, 'cam1')).readers).toHaveLength(before + 200)
    await demo.clock.advance(10_000)
    expect((await path(demo.server, 'cam1')).readers).toHaveLength(before)
  })

  it('what a path has sent never jumps because a viewer leaves, where one muxer serves all of them', async () => {
    await using demo = await start({ version: '1.17', paths: [{ name: 'cam1', bitrateBps: 4_000_000, readers: ['hlsSession', 'hlsSession', 'hlsSession'] }] })
    demo.server.trouble({ kind: 'readerFlood', path: 'cam1', readers: 20, forMs: 60_000 })
    await demo.clock.advance(59_000)
    const before = await path(demo.server, 'cam1')
    await demo.clock.advance(2_000)
    const after = await path(demo.server, 'cam1')
    const sentBps = ((after.bytesSent - before.bytesSent) * 8) / 2
    expect(sentBps).toBeGreaterThan(0)
    expect(sentBps).toBeLessThan(24 * 2 * 4_000_000)
  })

  it('a publisher comes back with another codec and size', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'tracks', path: 'cam1', tracks: 'h265Aac', width: 1920, height: 1080 })
    await demo.clock.advance(400)
    expect((await path(demo.server, 'cam1')).tracks2[0]).toMatchObject({ codec: 'H265', codecProps: { width: 1920, height: 1080 } })
  })

  it('SRT counters under loss move as in the recorded series', async () => {
    const series = JSON.parse(readFileSync(new URL('../../tests/fixtures/recorded/v1.20.1/srt-loss-series.json', import.meta.url), 'utf8')) as {
      polls: { atMs: number; srtconns: Item[] }[]
    }
    await using demo = await start({
      paths: [{ name: 'site/berlin', source: 'srtConn', bitrateBps: 900_000, readers: ['srtConn'], rttMs: 40.4, latencyMs: 120 }],
    })
    // The recorded storm began 18 s after its first poll.
    await demo.clock.advance(18_000)
    demo.server.trouble({ kind: 'srtLoss', path: 'site/berlin' })
    const at: { publish: Item; read: Item }[] = []
    for (const seconds of [0, 20, 16, 10]) {
      await demo.clock.advance(seconds * 1_000)
      const sessions = await list(demo.server, 'srtconns')
      at.push({ publish: sessions.find((one) => one.state === 'publish'), read: sessions.find((one) => one.state === 'read') })
    }
    const real = [18_009, 38_014, 54_021, 64_027].map((ms) => {
      const poll = series.polls.find((one) => one.atMs === ms)
      return { publish: poll?.srtconns.find((one) => one.state === 'publish'), read: poll?.srtconns.find((one) => one.state === 'read') }
    })
    const grown = (rounds: { publish: Item; read: Item }[], phase: number, state: 'publish' | 'read', field: string): number =>
      rounds[phase + 1]?.[state][field] - rounds[phase]?.[state][field]
    const perPacket = (rounds: { publish: Item; read: Item }[], phase: number, state: 'publish' | 'read', field: string) =>
      grown(rounds, phase, state, field) / grown(rounds, phase, state, state === 'publish' ? 'packetsReceivedUnique' : 'packetsSentUnique')
    const fields = [
      ['publish', 'packetsReceivedLoss'],
      ['publish', 'packetsReceivedRetrans'],
      ['publish', 'packetsReceivedDrop'],
      ['publish', 'packetsSentNAK'],
      ['read', 'packetsRetrans'],
      ['read', 'packetsSendLoss'],
    ] as const
    for (const phase of [0, 1])
      for (const [state, field] of fields) {
        const [ours, theirs] = [perPacket(at, phase, state, field), perPacket(real, phase, state, field)]
        expect(ours, `${field} in phase ${phase}: ${ours} against ${theirs}`).toBeGreaterThan(theirs / 2)
        expect(ours, `${field} in phase ${phase}: ${ours} against ${theirs}`).toBeLessThan(theirs * 2)
      }
    for (const [state, field] of fields) expect(grown(at, 2, state, field), `${field} after the storm`).toBe(0)
    // The round trip follows the way: as before the storm, twice at its height, as before after it.
    const rtt = at.map((round) => round.publish.msRTT)
    for (const [index, expected] of [40.4, 80.8, 40.4, 40.4].entries())
      expect(Math.abs(rtt[index] - expected), `round trip ${index}: ${rtt[index]}`).toBeLessThan(2)
    expect(at[1]?.publish.packetsReceivedDrop).toBeGreaterThan(0)
    expect(await path(demo.server, 'site/berlin')).toMatchObject({ inboundFramesInError: expect.any(Number) })
  })

  it('clear ends them all', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'publisherGone', path: 'cam2' })
    demo.server.trouble({ kind: 'stall', path: 'lobby/door' })
    demo.server.trouble({ kind: 'readerFlood', path: 'cam1', readers: 50 })
    demo.server.trouble({ kind: 'flap', path: 'site/north/gate', everyMs: 1_000, times: 20 })
    demo.server.trouble({ kind: 'clear' })
    expect((await path(demo.server, 'cam1')).readers).toHaveLength(4)
    const frozen = await path(demo.server, 'lobby/door')
    await demo.clock.advance(2_000)
    expect((await path(demo.server, 'lobby/door')).inboundBytes).toBeGreaterThan(frozen.inboundBytes)
    expect((await path(demo.server, 'cam2')).available).toBe(true)
    for (let i = 0; i < 6; i++) {
      await demo.clock.advance(500)
      expect((await path(demo.server, 'site/north/gate')).available).toBe(true)
    }
  })
})

describe('a server in trouble', () => {
  it('dies, its port refuses, and it returns as a new process on the same port', async () => {
    await using demo = await start()
    const info = async () => ((await (await fetch(`${demo.server.url}/v3/info`)).json()) as { started: string }).started
    const before = await info()
    const [session] = await list(demo.server, 'rtspsessions')
    demo.server.trouble({ kind: 'die', forMs: 5_000 })
    await until(demo.clock, async () => (await failure(fetch(`${demo.server.url}/v3/info`))) === 'ECONNREFUSED')
    await demo.clock.advance(5_000)
    await until(demo.clock, async () => (await failure(fetch(`${demo.server.url}/v3/info`))) === null)
    expect((await info()) > before).toBe(true)
    expect((await path(demo.server, 'cam1')).available).toBe(false)
    await demo.clock.advance(7_000)
    expect((await path(demo.server, 'cam1')).available).toBe(true)
    expect((await list(demo.server, 'rtspsessions')).map((one) => one.id)).not.toContain(session.id)
  })

  it('whose port was taken meanwhile tries until it is free', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'die', forMs: 1_000 })
    await until(demo.clock, async () => (await failure(fetch(`${demo.server.url}/v3/info`))) === 'ECONNREFUSED')
    const squatter = createServer((_, response) => response.end('mine'))
    await new Promise<void>((resolve) => squatter.listen(Number(new URL(demo.server.url).port), '127.0.0.1', resolve))
    const answer = async () => (await fetch(`${demo.server.url}/v3/info`, { headers: { connection: 'close' } })).text()
    await demo.clock.advance(3_000)
    expect(await answer()).toBe('mine')
    await new Promise<void>((resolve) => {
      squatter.close(() => resolve())
      squatter.closeAllConnections()
    })
    await until(demo.clock, async () => {
      await demo.clock.advance(1_000)
      return (await failure(fetch(`${demo.server.url}/v3/info`))) === null
    })
    expect(await answer()).toContain('v1.20.1')
  })

  it('is upgraded: the same paths in another version’s words', async () => {
    await using demo = await start({ version: '1.15' })
    expect((await path(demo.server, 'cam1')).inboundBytes).toBeUndefined()
    demo.server.trouble({ kind: 'die', version: '1.20', forMs: 100 })
    await demo.clock.advance(100)
    await until(demo.clock, async () => (await failure(fetch(`${demo.server.url}/v3/info`))) === null && demo.server.model.version === '1.20')
    await demo.clock.advance(7_000)
    expect((await path(demo.server, 'cam1')).inboundBytes).toBeGreaterThan(0)
  })

  it('takes connections and never answers', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'noAnswer' })
    const abort = new AbortController()
    const answer = failure(fetch(`${demo.server.url}/v3/info`, { signal: abort.signal }))
    await until(demo.clock, async () => demo.server.asked().length === 1)
    expect(await Promise.race([answer, demo.clock.advance(60_000).then(() => 'nothing')])).toBe('nothing')
    abort.abort()
    await answer
  })

  it('hangs in the middle of an answer', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'hang' })
    const abort = new AbortController()
    const response = await fetch(`${demo.server.url}/v3/paths/list`, { signal: abort.signal })
    const text = response.text().catch(() => 'aborted')
    expect(await Promise.race([text, demo.clock.advance(60_000).then(() => 'nothing')])).toBe('nothing')
    abort.abort()
    await text
  })

  it('cuts its answers', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'cut' })
    expect(await failure(fetch(`${demo.server.url}/v3/paths/list`))).not.toBeNull()
  })

  it('answers late, by the clock', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'slow', delayMs: 3_000 })
    let isThere = false
    const answer = fetch(`${demo.server.url}/v3/info`).then((response) => {
      isThere = true
      return response.text()
    })
    await until(demo.clock, async () => demo.server.asked().length === 1)
    await demo.clock.advance(2_900)
    expect(isThere).toBe(false)
    await demo.clock.advance(200)
    await answer
  })

  it.each([
    ['garbage', { kind: 'garbage' } as const, 200],
    ['HTML', { kind: 'html' } as const, 200],
    ['an error', { kind: 'status', status: 503 } as const, 503],
  ])('answers %s', async (_, trouble, status) => {
    await using demo = await start()
    demo.server.trouble(trouble)
    const response = await fetch(`${demo.server.url}/v3/paths/list`)
    expect(response.status).toBe(status)
    const text = await response.text()
    if (status === 200) expect(() => JSON.parse(text)).toThrow()
  })

  it('pours out a body of any size', async () => {
    await using demo = await start()
    demo.server.trouble({ kind: 'huge', bytes: 5_000_000 })
    expect((await (await fetch(`${demo.server.url}/v3/paths/list`)).arrayBuffer()).byteLength).toBeGreaterThan(5_000_000)
  })

  it.each([
    ['1.9', 2_000],
    ['1.20', 4_000],
  ] as const)('version %s lets a wrong password wait, %i ms at most', async (version, longestMs) => {
    await using demo = await start({ version, auth: { kind: 'basic', user: 'noc', password: 'right' } })
    let status: number | null = null
    const answer = fetch(`${demo.server.url}/v3/paths/list`, { headers: { authorization: `Basic ${Buffer.from('noc:wrong').toString('base64')}` } }).then(
      async (response) => {
        await response.text()
        status = response.status
        expect(response.headers.get('www-authenticate')).toBeNull()
      },
    )
    await until(demo.clock, async () => demo.server.asked().length === 1)
    expect(status).toBeNull()
    await demo.clock.advance(longestMs)
    await answer
    expect(status).toBe(401)
  })

  it('follows its script', async () => {
    await using demo = await start({ script: [{ atMs: 10_000, trouble: { kind: 'publisherGone', path: 'cam2', forMs: 5_000 }, everyMs: 20_000 }] })
    const seen: boolean[] = []
    for (let i = 0; i < 4; i++) {
      await demo.clock.advance(11_000 - (i % 2) * 2_000)
      seen.push((await path(demo.server, 'cam2')).available)
    }
    expect(seen).toEqual([false, true, false, true])
  })
})

describe('doors', () => {
  it.each([
    ['basic', { kind: 'basic', user: 'noc', password: 'p' } as const, `Basic ${Buffer.from('noc:p').toString('base64')}`],
    ['bearer', { kind: 'bearer', user: 'noc', password: 'p' } as const, 'Bearer noc:p'],
    ['JWT', { kind: 'jwt', token: 'a.b.c' } as const, 'Bearer a.b.c'],
    ['JWT as a Basic password', { kind: 'jwt', token: 'a.b.c' } as const, `Basic ${Buffer.from('x:a.b.c').toString('base64')}`],
  ])('%s opens the API', async (_, auth, authorization) => {
    await using demo = await start({ auth })
    expect((await fetch(`${demo.server.url}/v3/paths/list`)).status).toBe(401)
    expect((await fetch(`${demo.server.url}/v3/paths/list`, { headers: { authorization } })).status).toBe(200)
  })

  it('speaks TLS with a certificate of its own, whose fingerprint is known', async () => {
    await using demo = await start({ tls: makeCertificate({ names: ['127.0.0.1'] }) })
    expect(demo.server.url).toMatch(/^https:/)
    const seen = await new Promise<string>((resolve, reject) => {
      httpsRequest(`${demo.server.url}/v3/info`, { rejectUnauthorized: false, agent: false }, (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate()
        response.resume().on('end', () => resolve(fingerprint256))
      })
        .on('error', reject)
        .end()
    })
    expect(seen).toBe(demo.server.fingerprint)
    expect(demo.server.input.fingerprint).toBe(seen)
    expect(await failure(fetch(`${demo.server.url}/v3/info`))).toMatch(/SELF_SIGNED/)
  })

  it('pages whole lists', async () => {
    await using demo = await start({ paths: 250 })
    const pages = await Promise.all(
      [0, 1, 2, 3].map(
        async (page) =>
          (await (await fetch(`${demo.server.url}/v3/paths/list?page=${page}`)).json()) as { itemCount: number; pageCount: number; items: Item[] },
      ),
    )
    expect(pages.map((page) => page.items.length)).toEqual([100, 100, 50, 0])
    expect(pages[0]).toMatchObject({ itemCount: 250, pageCount: 3 })
    expect(new Set(pages.flatMap((page) => page.items.map((item) => item.name))).size).toBe(250)
  })

  it('its configuration names the ports that it really has', async () => {
    await using demo = await start()
    const global = (await (await fetch(`${demo.server.url}/v3/config/global/get`)).json()) as Record<string, string>
    expect(`http://${global.apiAddress}`).toBe(demo.server.url)
    expect(`http://${global.hlsAddress}`).toBe(demo.server.hlsUrl)
    expect((await fetch(`http://${global.metricsAddress}/metrics`)).status).toBe(200)
    expect((await fetch(`http://${global.playbackAddress}/list?path=cam1`)).status).toBe(200)
  })

  it('remembers who asked for what', async () => {
    await using demo = await start()
    await (await fetch(`${demo.server.url}/v3/paths/list?itemsPerPage=7`, { headers: { 'user-agent': 'mtxdeck/1' } })).text()
    expect(demo.server.asked()).toMatchObject([
      { endpoint: 'api', method: 'GET', url: '/v3/paths/list?itemsPerPage=7', userAgent: 'mtxdeck/1', authorized: true },
    ])
  })
})

describe('a fleet of a load bench', () => {
  it('answers the same shapes, every counter really moves and agrees with the others, none falls', async () => {
    const clock = createTestClock()
    await using fleet = await createBenchFleet({ clock, seed: 'bench', preset: { servers: 2, paths: 40 } })
    await using usual = await createDemoFleet({ clock, seed: 'bench', preset: { servers: 2, paths: 40 } })
    const [server] = fleet.servers
    const [other] = usual.servers
    if (!server || !other) throw new Error('no servers')
    const shape = (items: Item[]) => items.map((item) => Object.keys(item).join()).sort()
    const lists = ['paths', 'rtspsessions', 'srtconns'] as const
    let last = await Promise.all(lists.map((name) => list(server, name)))
    for (const [index, name] of lists.entries()) expect(shape(last[index] ?? [])).toEqual(shape(await list(other, name)))
    // Whoever reads answers by their bytes must find those of a server.
    expect((await (await fetch(`${server.url}/v3/paths/list`)).text()).match(/":(?:\s|0\d).{20}/g)).toBeNull()
    const rates = new Set<number>()
    for (let round = 0; round < 10; round++) {
      await clock.advance(2_000)
      const now = await Promise.all(lists.map((name) => list(server, name)))
      for (const [index, items] of now.entries())
        for (const [nth, item] of items.entries()) {
          const before = last[index]?.[nth]
          const field = index === 2 ? (item.state === 'publish' ? 'bytesReceived' : 'bytesSent') : item.state === 'read' ? 'outboundBytes' : 'inboundBytes'
          expect(item[field], `${lists[index]} ${field}`).toBeGreaterThan(before[field])
          expect(item.bytesReceived).toBeGreaterThanOrEqual(before.bytesReceived)
          if (index === 0) {
            expect(item.bytesReceived).toBe(item.inboundBytes)
            if (nth === 0) rates.add(item.inboundBytes - before.inboundBytes)
          }
        }
      last = now
    }
    expect(rates.size).toBeGreaterThan(5)
  })
})

describe('the showcase', () => {
  it('has nine servers of mixed versions, mostly healthy, and says nothing of it twice', async () => {
    const clock = createTestClock()
    await using fleet = await createDemoFleet({ clock, seed: 'demo', preset: 'showcase' })
    expect(fleet.yamlServers().map((server) => server.name)).toEqual([
      'Berlin-1',
      'Berlin-2',
      'Hamburg-1',
      'Hamburg-2',
      'Köln',
      'Wien',
      'Zürich',
      'Graz',
      'Depot-Nord',
    ])
    expect(new Set(fleet.servers.map((server) => server.model.version)).size).toBeGreaterThanOrEqual(6)
    for (const server of fleet.servers) {
      const paths = server.model.listed()
      expect(paths.length).toBeGreaterThanOrEqual(58)
      expect(paths.length).toBeLessThanOrEqual(300)
      expect(paths.filter((one) => one.live).length / paths.length).toBeGreaterThan(0.9)
    }
  })

  it('loses Depot-Nord after 40 s', async () => {
    const clock = createTestClock()
    await using fleet = await createDemoFleet({ clock, seed: 'demo', preset: 'showcase' })
    const depot = fleet.server('Depot-Nord')
    expect(await failure(fetch(`${depot.url}/v3/paths/list`))).toBeNull()
    await clock.advance(40_000)
    await until(clock, async () => (await failure(fetch(`${depot.url}/v3/paths/list`))) === 'ECONNREFUSED')
  })
})

it('the showcase goes on for an hour: troubles come and go, and most streams are live all the time', async () => {
  const clock = createTestClock()
  await using fleet = await createDemoFleet({ clock, seed: 'demo', preset: 'showcase' })
  const kinds = new Set<string>()
  for (let minute = 0; minute < 60; minute++) {
    await clock.advance(60_000)
    for (const server of fleet.servers) {
      server.model.settle()
      const paths = [...server.model.paths.values()]
      for (const one of paths) if (one.stalledAt !== null) kinds.add('stalled')
      if (paths.some((one) => !one.live && one.wanted === false && one.options.live !== false && one.mode !== 'onDemand')) kinds.add('gone')
      if (paths.some((one) => one.loss.lost > 0)) kinds.add('loss')
      if (paths.some((one) => one.readers.size > 200)) kinds.add('flood')
      if (server.name !== 'Depot-Nord') expect(paths.filter((one) => one.live).length / paths.length, server.name).toBeGreaterThan(0.9)
      expect(server.model.sessions('rtspSession').size, server.name).toBeLessThan(paths.length * 6)
    }
  }
  expect([...kinds].sort()).toEqual(['flood', 'gone', 'loss', 'stalled'])
})

it('a closed fleet leaves no timer behind', async () => {
  const clock = createTestClock()
  const fleet = await createDemoFleet({ clock, seed: 'demo', preset: 'showcase' })
  expect(clock.pending()).toBeGreaterThan(0)
  await fleet[Symbol.asyncDispose]()
  expect(clock.pending()).toBe(0)
})

it('hosts end although somebody has connected to one of them and says nothing', async () => {
  const clock = createTestClock()
  const fleet = await createDemoFleet({ clock, seed: 'silent', servers: [{ name: 'one' }], hosts: true })
  const [host] = fleet.yamlHosts()
  const silent = connect(Number(/:(\d+)$/.exec(host?.ssh ?? '')?.[1]), '127.0.0.1')
  await once(silent, 'data')
  await fleet[Symbol.asyncDispose]()
  silent.destroy()
})
