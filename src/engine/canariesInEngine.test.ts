import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { type CanaryReadProtocol, canarySettingsSchema } from '../shared/canaries.ts'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import type { EngineOptions } from './engineOptions.ts'
import type { MediaPort } from './ports.ts'
import type { TestEngines } from './testEngines.ts'

// Canaries in a whole console. The media process stands at its edge: it publishes what it is told to, and reads it half a second old.

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
const canary = { delayMs: 480, soundAheadMs: -30, pictures: 6, strange: 0 }
const minute = 60_000

let engines: TestEngines
let demo: DemoFleet
let published: Set<string>
let isRefused = false
let fps = 25
/** What is read back by a protocol, where it is otherwise; null: nothing. */
let readBack: Readonly<Record<string, Partial<typeof canary> | null>> = {}
beforeEach(async () => {
  published = new Set()
  isRefused = false
  readBack = {}
  fps = 25
  ;({ engines, demo } = await createTestFleet(startAt, 'canaries', [
    {
      ...rtspServer('Berlin', 'cam1'),
      paths: [
        { name: 'cam1', source: 'rtspSession' },
        { name: 'mtxdeck-canary-9f', source: 'rtspSession' },
      ],
    },
    { name: 'Hamburg', version: '1.20', off: ['webrtc'], paths: [] },
  ]))
})
afterEach(() => closeWithoutBugs(engines))

const untilAborted = (signal?: AbortSignal) => new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))
const media: MediaPort = {
  snapshot: async () => none,
  tools: async () => none,
  probe: async ({ url, canary: isCanary }, onReading, signal) => {
    const by = url.includes('index.m3u8') ? 'hls' : (url.split(':')[0] ?? '')
    for (;;) {
      const changed = readBack[by]
      if (!isCanary || changed === null || published.size === 0) return { kind: 'notFound' }
      onReading({ ...goodReading, video: goodReading.video && { ...goodReading.video, fps }, bitrateBps: 150_000, canary: { ...canary, ...changed } }, null)
      const isOver = await new Promise<boolean>((resolve) => {
        const timer = engines.clock.setTimeout(() => resolve(false), 6_000)
        signal?.addEventListener('abort', () => {
          engines.clock.clearTimeout(timer)
          resolve(true)
        })
      })
      if (isOver) return { kind: 'cancelled' }
    }
  },
  publish: async ({ url }, onSent, signal) => {
    if (isRefused) return { kind: 'unauthorized' }
    published.add(url)
    onSent({ pictures: 50, skipped: 0 })
    await untilAborted(signal)
    published.delete(url)
    return { kind: 'cancelled' }
  },
}
async function start(options: EngineOptions = {}) {
  const { client, engine } = await engines.start({ servers: demo.yamlServers().map((one) => ({ ...one, intervalSeconds: 10 })), ...options }, { media })
  await engines.clock.advance(20_000)
  const [server] = await client.servers.list()
  return { client, engine, serverId: server?.id ?? '' }
}

test('a canary is off until it is asked for; then its readers are probes with its delay, and nothing of it is left when it is removed', async () => {
  const { client, serverId } = await start()
  expect(await client.canaries.list()).toEqual([])
  expect(published.size).toBe(0)
  await client.canaries.put({ serverId, ...canarySettingsSchema.parse({}) })
  await engines.clock.advance(20_000)
  const [shown] = await client.canaries.list()
  expect(shown).toMatchObject({ server: 'Berlin', origin: 'stored', state: 'publishing', error: null, pictures: 50 })
  expect(shown?.path).toMatch(/^mtxdeck-canary-[\da-f]{8}$/)
  expect([...published]).toEqual([expect.stringMatching(/^rtsp:\/\/.*\/mtxdeck-canary-[\da-f]{8}\?mtxdeck=[\da-f]{8}$/)])
  // The other doors of this server are closed.
  expect(shown?.readers.map(({ protocol, probeId, error }) => [protocol, probeId !== null, error?.kind ?? null])).toEqual([
    ['rtsp', true, null],
    ['rtmp', false, 'noAddress'],
    ['srt', false, 'noAddress'],
    ['hls', false, 'noAddress'],
    ['whep', false, 'noAddress'],
  ])
  const [probe] = await client.probes.list()
  expect(probe).toMatchObject({ name: 'mtxdeck-canary RTSP Berlin', state: 'up', canary: { serverId, protocol: 'rtsp' }, reading: { canary } })
  const id = probe?.id ?? ''
  await expect(client.probes.update({ id, change: { paused: true } })).rejects.toMatchObject({ data: { kind: 'probeOfCanary' } })
  await expect(client.probes.remove({ id })).rejects.toMatchObject({ data: { kind: 'probeOfCanary' } })
  await client.canaries.remove({ serverId })
  await engines.clock.advance(5_000)
  expect([await client.canaries.list(), await client.probes.list(), published.size]).toEqual([[], [], 0])
  await expect(client.canaries.remove({ serverId })).rejects.toMatchObject({ data: { kind: 'noSuch' } })
})

test('paths of canaries, also of other consoles, are no streams', async () => {
  const { client } = await start()
  const { streams = [] } = (await client.fleet.changes({})) as { readonly streams?: readonly { readonly path: string }[] }
  expect(streams.map(({ path }) => path)).toEqual(['cam1'])
})

test('a server that refuses is named with what to do, and a small canary is no low bit rate', async () => {
  isRefused = true
  const { client, serverId } = await start({ canaries: [{ server: 'berlin', ...canarySettingsSchema.parse({ readBy: ['rtsp'] }) }] })
  const [refused] = await client.canaries.list()
  expect(refused).toMatchObject({ origin: 'yaml', state: 'failed', error: { kind: 'refused' } })
  await expect(client.canaries.remove({ serverId })).rejects.toMatchObject({ data: { kind: 'fromFile' } })
  isRefused = false
  await engines.clock.advance(160_000)
  expect(await client.canaries.list()).toMatchObject([{ state: 'publishing' }])
  expect((await client.probes.list()).map(({ severity }) => severity)).toEqual([null])
})

describe('alarms of a canary', () => {
  const watched = async (readBy: CanaryReadProtocol[]) => {
    const started = await start({ canaries: [{ server: 'hamburg', ...canarySettingsSchema.parse({ readBy }) }] })
    await engines.clock.advance(3 * minute)
    const raised = async () =>
      (await started.client.alarms.list({}))
        .filter(({ healedAt }) => healedAt === null)
        .map(({ rule, serverName, severity }) => `${rule} ${serverName} ${severity}`)
        .toSorted()
    return { ...started, raised }
  }
  test('none is raised as long as all is well, by HLS also with long segments, nor where this machine is too slow for all pictures', async () => {
    fps = 17
    readBack = { hls: { delayMs: 9_000 } }
    const { client, raised } = await watched(['rtsp', 'srt', 'hls'])
    expect((await client.probes.list()).map(({ name, state }) => [name, state])).toEqual(
      ['RTSP', 'SRT', 'HLS'].map((by) => [`mtxdeck-canary ${by} Hamburg`, 'up']),
    )
    await engines.clock.advance(10 * minute)
    expect(await raised()).toEqual([])
  })
  test('what comes late has a limit of its own by HLS, and sound may be 100 ms off its picture', async () => {
    const { raised } = await watched(['rtsp', 'hls'])
    readBack = { rtsp: { delayMs: 2_100, soundAheadMs: 90 }, hls: { delayMs: 14_900, soundAheadMs: -110 } }
    await engines.clock.advance(2 * minute)
    expect(await raised()).toEqual(['canaryLate mtxdeck-canary RTSP Hamburg warning', 'canaryLipSync mtxdeck-canary HLS Hamburg warning'])
    readBack = { rtsp: { soundAheadMs: 110 }, hls: { delayMs: 15_100 } }
    await engines.clock.advance(4 * minute)
    expect(await raised()).toEqual(['canaryLateByHls mtxdeck-canary HLS Hamburg warning', 'canaryLipSync mtxdeck-canary RTSP Hamburg warning'])
    readBack = {}
    await engines.clock.advance(4 * minute)
    expect(await raised()).toEqual([])
  })
  test('protocols that fail together are one incident, which says by which it still comes', async () => {
    const { client, raised } = await watched(['rtsp', 'srt', 'hls'])
    readBack = { srt: null, hls: null }
    await engines.clock.advance(4 * minute)
    expect(await raised()).toEqual(['HLS', 'SRT'].map((by) => `canaryUnread mtxdeck-canary ${by} Hamburg major`))
    const [incident, ...others] = await client.incidents.list()
    expect(others).toEqual([])
    expect(incident).toMatchObject({
      rule: 'canaryUnread',
      lasting: 2,
      serverName: expect.stringMatching(/^mtxdeck-canary (?:SRT|HLS) Hamburg$/),
      causes: [{ facts: { kind: 'canaryReadBy', server: 'Hamburg', by: ['RTSP'] }, sure: 'seen' }],
    })
  })
  test('where no protocol gives it out although it is published, that is said', async () => {
    const { client, raised } = await watched(['rtsp', 'srt'])
    readBack = { rtsp: null, srt: null }
    await engines.clock.advance(4 * minute)
    expect(await raised()).toHaveLength(2)
    const incidents = await client.incidents.list()
    expect(incidents.map(({ causes }) => causes?.map(({ facts }) => facts))).toEqual([[{ kind: 'canaryReadByNone', server: 'Hamburg', by: ['RTSP', 'SRT'] }]])
  })
  test('where it can not be published, that is the cause of one incident', async () => {
    isRefused = true
    const { client, raised } = await watched(['rtsp', 'srt', 'hls'])
    await engines.clock.advance(2 * minute)
    expect(await raised()).toHaveLength(3)
    const incidents = await client.incidents.list()
    expect(incidents.map(({ causes }) => causes?.map(({ facts }) => facts))).toEqual([[{ kind: 'canaryNotPublished', server: 'Hamburg', by: 'RTSP' }]])
  })
  test('of a server that is down nothing else is told', async () => {
    const { client, raised } = await watched(['rtsp', 'srt'])
    demo.server('Hamburg').trouble({ kind: 'die', forMs: 10 * minute })
    readBack = { rtsp: null, srt: null }
    await engines.clock.advance(4 * minute)
    expect(await raised()).toHaveLength(3)
    expect((await client.incidents.list()).map(({ kind, lasting }) => [kind, lasting])).toEqual([['serverDown', 3]])
  })
})
