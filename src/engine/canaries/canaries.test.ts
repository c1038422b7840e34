import { afterEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { type CanarySettings, canaryReadProtocols, canarySettingsSchema, isCanaryPath } from '../../shared/canaries.ts'
import type { MediaError, Published, PublishRequest } from '../../shared/media.ts'
import { ok } from '../../shared/result.ts'
import { type CanariesDeps, type CanaryReader, createCanaries, probeOfCanary } from './canaries.ts'

const settings = (given: Partial<CanarySettings> = {}): CanarySettings => ({ ...canarySettingsSchema.parse({}), ...given })

/** A media process that publishes what it is asked to until it is told why not. */
interface Publishing {
  readonly request: PublishRequest
  readonly sent: (sent: Published) => void
  readonly end: (error: MediaError) => void
}

let stop = new AbortController()
afterEach(() => {
  stop.abort()
  stop = new AbortController()
})

function start(given: Partial<CanariesDeps> = {}, yaml: Parameters<typeof createCanaries>[1] = []) {
  const clock: TestClock = createTestClock()
  const kept = new Map<string, string>()
  const publishing: Publishing[] = []
  let readers: readonly CanaryReader[] = []
  let servers: ReturnType<CanariesDeps['servers']> = [
    { id: 'a', name: 'Hamburg', paused: false, state: 'up' },
    { id: 'b', name: 'Oslo', paused: false, state: 'up' },
  ]
  const deps: CanariesDeps = {
    clock,
    kept: { read: (key) => kept.get(key) ?? null, write: (key, value) => void kept.set(key, value) },
    media: {
      publish: (request, sent, signal) =>
        new Promise((resolve) => {
          const one = { request, sent, end: resolve }
          publishing.push(one)
          signal?.addEventListener('abort', () => {
            publishing.splice(publishing.indexOf(one), 1)
            resolve({ kind: 'cancelled' })
          })
        }),
    },
    tag: 'abcd1234',
    servers: () => servers,
    sourceOf: (id, protocol, use, path) => ok({ url: `${protocol}://${id}/${path}?${use}`, bearer: null, credentials: 'none' as const }),
    read: (next) => {
      readers = next
    },
    probeIdOf: () => null,
    signal: stop.signal,
    ...given,
  }
  const canaries = createCanaries(deps, yaml)
  return {
    clock,
    canaries,
    publishing,
    deps,
    readers: () => readers,
    setServers: (next: typeof servers) => {
      servers = next
      canaries.serversChanged()
    },
  }
}
const state = ({ canaries }: ReturnType<typeof start>) => canaries.all().map(({ server, state: now }) => `${server} ${now}`)

test('nothing is published until somebody asks for it; then it is, and is read back by each protocol', async () => {
  const on = start()
  expect(on.canaries.all()).toEqual([])
  expect(on.publishing).toEqual([])
  expect(on.canaries.put('a', settings({ readBy: ['rtsp', 'hls'] }))).toMatchObject({
    ok: true,
    value: { state: 'connecting', path: 'mtxdeck-canary-abcd1234' },
  })
  await on.clock.advance(0)
  expect(on.publishing.map(({ request }) => request.url)).toEqual(['rtsp://a/mtxdeck-canary-abcd1234?publish'])
  expect(on.readers().map(({ url }) => url)).toEqual(['rtsp://a/mtxdeck-canary-abcd1234?read', 'hls://a/mtxdeck-canary-abcd1234?read'])
  on.publishing[0]?.sent({ pictures: 50, skipped: 1 })
  on.publishing[0]?.sent({ pictures: 50, skipped: 0 })
  expect(on.canaries.all()).toMatchObject([{ state: 'publishing', pictures: 100, skipped: 1, error: null }])
})

test('it stops when it is removed, when its server is, and when its server is paused', async () => {
  const on = start()
  on.canaries.put('a', settings())
  on.canaries.put('b', settings())
  await on.clock.advance(0)
  expect(on.publishing.length).toBe(2)
  expect(on.canaries.remove('a')).toMatchObject({ ok: true })
  expect(on.publishing.map(({ request }) => request.url)).toEqual(['rtsp://b/mtxdeck-canary-abcd1234?publish'])
  on.setServers([{ id: 'b', name: 'Oslo', paused: true, state: 'paused' }])
  expect(state(on)).toEqual(['Oslo paused'])
  expect([on.publishing, on.readers()]).toEqual([[], []])
  on.setServers([{ id: 'b', name: 'Oslo', paused: false, state: 'up' }])
  await on.clock.advance(0)
  expect(on.publishing.length).toBe(1)
  on.setServers([])
  expect([on.publishing, on.canaries.all()]).toEqual([[], []])
  expect(on.canaries.remove('b')).toMatchObject({ ok: false, error: 'NOT_FOUND' })
})

test('a server that answers again is published to at once, however long the next try was away', async () => {
  const on = start()
  on.canaries.put('a', settings())
  const serverIs = (state: 'up' | 'down') => on.setServers([{ id: 'a', name: 'Hamburg', paused: false, state }])
  serverIs('down')
  for (let tries = 0; tries < 8; tries++) {
    await on.clock.advance(60_000)
    on.publishing.shift()?.end({ kind: 'timedOut', limitMs: 1 })
  }
  await on.clock.advance(1_000)
  serverIs('down')
  await on.clock.advance(0)
  expect(on.publishing).toEqual([])
  serverIs('up')
  await on.clock.advance(0)
  expect(on.publishing.length).toBe(1)
})

test('a server that refuses is asked ever more rarely, and says so; one that broke off is tried again soon', async () => {
  const on = start()
  on.canaries.put('a', settings())
  await on.clock.advance(0)
  on.publishing.shift()?.end({ kind: 'timedOut', limitMs: 1 })
  await on.clock.advance(0)
  expect(on.canaries.all()).toMatchObject([{ state: 'failed', error: { kind: 'notPublished', error: { kind: 'timedOut' } } }])
  await on.clock.advance(1_000)
  for (let tries = 0; tries < 12; tries++) {
    on.publishing.shift()?.end({ kind: 'unauthorized' })
    await on.clock.advance(3_600_000)
  }
  expect(on.canaries.all()).toMatchObject([{ state: 'failed', error: { kind: 'refused' } }])
  on.publishing.shift()?.end({ kind: 'unauthorized' })
  await on.clock.advance(3_000_000)
  expect(on.publishing).toEqual([])
  await on.clock.advance(600_000)
  expect(on.publishing.length).toBe(1)
})

test('what is stored is published again after a restart; what the file has can only be changed there', async () => {
  const first = start()
  first.canaries.put('a', settings({ publishBy: 'srt' }))
  const again = start({ kept: first.deps.kept }, [{ server: 'oslo', ...settings({ path: 'tests/mtxdeck-canary' }) }])
  await again.clock.advance(0)
  expect(again.canaries.all()).toMatchObject([
    { server: 'Hamburg', origin: 'stored', publishBy: 'srt' },
    { server: 'Oslo', origin: 'yaml', path: 'tests/mtxdeck-canary' },
  ])
  expect(again.canaries.put('b', settings())).toMatchObject({ ok: false, error: 'READ_ONLY' })
  expect(again.canaries.remove('b')).toMatchObject({ ok: false, error: 'READ_ONLY' })
  again.canaries.applyYaml([])
  expect(again.publishing.map(({ request }) => request.protocol)).toEqual(['srt'])
  expect(again.canaries.remove('b')).toMatchObject({ ok: false, error: 'NO_CANARY' })
})

test('a bundle publishes nothing', () => {
  const first = start()
  first.canaries.put('a', settings())
  expect(start({ kept: first.deps.kept }, null).canaries.all()).toEqual([])
})

test('a path is known for a canary by its last part alone', () => {
  for (const path of ['mtxdeck-canary', 'mtxdeck-canary-ab12', 'tests/mtxdeck-canary']) expect([path, isCanaryPath(path)]).toEqual([path, true])
  for (const path of ['mtxdeck-canary/cam1', 'my-mtxdeck-canary', 'mtxdeck-canary2', 'cam1', 'a b/mtxdeck-canary'])
    expect([path, isCanaryPath(path)]).toEqual([path, false])
})

test('by HLS each look of a canary begins at the live edge, as a reader that stays open stays as late as it once was; by all others it goes on', () => {
  const modes = canaryReadProtocols.map((protocol) => [protocol, probeOfCanary({ name: 'canary', url: 'http://10.0.0.5/x', serverId: 'a', protocol }).mode])
  expect(Object.fromEntries(modes)).toEqual({ rtsp: 'continuous', rtmp: 'continuous', srt: 'continuous', whep: 'continuous', hls: 'turns' })
})
