import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MediaPort } from '../engine/ports.ts'
import { bytesOfMain, createTestEngines, refused, type TestEngines } from '../engine/testEngines.ts'
import { createTestLog } from '../engine/testLog.ts'
import { soleOperator } from '../shared/permissions.ts'
import { goodReading } from '../shared/probeReadings.fixture.ts'
import { probeInputSchema } from '../shared/probes.ts'
import { probeSubject } from '../shared/subjectNames.ts'
import { createConsoleServer } from './http.ts'

const startAt = Date.UTC(2026, 10, 23, 3, 0, 0)
const second = 1_000
const camera = 'rtsp://noc:s3cret@10.0.0.9/cam1'
const probesToken = 'may-only-read-what-probes-see'

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(startAt, 250, 5)
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})

/** A console at a place, from which the camera can be read or not. */
async function startAtPlace(name: string) {
  const place = { isReached: true }
  const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
  const media: MediaPort = {
    snapshot: async () => none,
    tools: async () => none,
    probe: async (_request, onReading) => {
      if (!place.isReached) return { kind: 'unreachable', doing: 'opening', said: 'No route to host' }
      onReading(goodReading, null)
      return null
    },
  }
  const started = await engines.start({}, { media, dataDir: join(engines.folder, name, 'data') })
  const probe = (of: object = {}) => started.client.probes.add(probeInputSchema.parse({ name: 'cam1', url: camera, intervalSeconds: 10, ...of }))
  return { ...started, place, probe }
}
type Started = Awaited<ReturnType<typeof startAtPlace>>

async function serve({ engine }: Started, own = engines.open, publicUrls: readonly string[] = []): Promise<string> {
  const server = await createConsoleServer({
    operator: soleOperator,
    engine,
    clock: engines.clock,
    log: createTestLog(),
    version: '0.0.0',
    token: 'may-do-everything',
    probesToken,
    listen: { host: '127.0.0.1', port: 0 },
    tls: null,
    publicUrls: [...publicUrls],
    trustedProxies: [],
    rendererDir: engines.folder,
  })
  if (!server.ok) throw new Error(server.error)
  return own.use(server.value).url
}
async function answerWith(status: number, body: string | (() => string), headers: Record<string, string> = {}): Promise<string> {
  const server: Server = createServer((_request, response) => response.writeHead(status, headers).end(typeof body === 'string' ? body : body()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  engines.open.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const standing = async ({ client }: Started) => (await client.alarms.list({})).map(({ rule, state }) => `${rule} ${state}`).sort()

test('another console is read below the path of a proxy', async () => {
  const [here, there] = [await startAtPlace('here'), await startAtPlace('there')]
  await here.probe()
  await there.probe()
  await here.client.remoteProbes.put({ name: 'Hamburg', url: `${await serve(there, engines.open, ['https://noc.example/mtx'])}/mtx/`, token: probesToken })
  await engines.clock.advance(30 * second)
  expect(await here.client.remoteProbes.list()).toMatchObject([{ name: 'Hamburg', state: 'up', error: null, shared: 1 }])
})

test('down here and up there is the way between; down there and up here is told of there; what was seen is kept', async () => {
  const [here, there] = [await startAtPlace('here'), await startAtPlace('there')]
  const { id } = await here.probe()
  await there.probe({ name: 'CAM1', url: 'rtsp://192.168.7.9/cam1' })
  await there.probe({ name: 'unknown here' })
  await here.client.remoteProbes.put({ name: 'Hamburg', url: await serve(there), token: probesToken })
  await engines.clock.advance(30 * second)
  expect(await here.client.remoteProbes.list()).toMatchObject([{ name: 'Hamburg', state: 'up', error: null, shared: 1, probes: 2 }])
  expect(await here.client.probes.get({ id })).toMatchObject({
    elsewhere: [{ vantage: 'Hamburg', state: 'up', url: 'rtsp://192.168.7.9/cam1', bitrateBps: goodReading.bitrateBps, grade: 'good' }],
  })

  here.place.isReached = false
  await engines.clock.advance(180 * second)
  expect(await standing(here)).toEqual(['probeDown unacknowledged'])
  expect((await here.client.alarms.list({}))[0]?.causes).toMatchObject([{ facts: { kind: 'readElsewhere', at: ['Hamburg'] }, sure: 'seen' }])
  here.place.isReached = true
  there.place.isReached = false
  await engines.clock.advance(240 * second)
  expect(await standing(here)).toEqual(['probeDown healedUnseen', 'probeDownElsewhere unacknowledged'])
  expect(await here.client.probes.get({ id })).toMatchObject({
    state: 'up',
    elsewhere: [{ state: 'down', why: { kind: 'unreachable', doing: 'opening', said: 'No route to host' }, bitrateBps: null }],
  })
  // Nobody can read it.
  here.place.isReached = false
  await engines.clock.advance(180 * second)
  expect(await standing(here)).toEqual(['probeDown unacknowledged', 'probeDownElsewhere unacknowledged'])
  expect((await here.client.alarms.list({})).find(({ rule }) => rule === 'probeDown')?.causes).toMatchObject([
    { facts: { kind: 'downElsewhere', at: ['Hamburg'] } },
  ])
  here.place.isReached = true
  there.place.isReached = true
  await engines.clock.advance(240 * second)
  expect(await standing(here)).toEqual(['probeDown healedUnseen', 'probeDownElsewhere healedUnseen'])

  const subject = probeSubject(id)
  const [column] = await here.client.history.range({
    series: [{ subject, metric: 'probe.elsewhereUp' }],
    from: startAt,
    to: engines.clock.now(),
    points: 1_000,
  })
  expect(new Set(column?.mean)).toEqual(new Set([100, 0]))
})

test('what a console that is away saw last counts for half a minute, and then is not known', async () => {
  const [here, there] = [await startAtPlace('here'), await startAtPlace('there')]
  const { id } = await here.probe()
  await there.probe()
  const served = new AsyncDisposableStack()
  await here.client.remoteProbes.put({ name: 'Hamburg', url: await serve(there, served), token: probesToken })
  await engines.clock.advance(20 * second)
  await served.disposeAsync()
  await engines.clock.advance(20 * second)
  expect(await here.client.remoteProbes.list()).toMatchObject([{ state: 'down', error: { kind: 'connection', error: { kind: 'unreachable' } } }])
  expect((await here.client.probes.get({ id })).elsewhere).toHaveLength(1)
  await engines.clock.advance(40 * second)
  expect((await here.client.probes.get({ id })).elsewhere).toEqual([])
  expect(await standing(here)).toEqual([])
})

test('a token that may only read what probes see opens nothing else, and a wrong one is not tried again and again', async () => {
  const [here, there] = [await startAtPlace('here'), await startAtPlace('there')]
  const url = await serve(there)
  const ask = async (path: string, token: string) => (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await ask('/api/probes/sights', probesToken)).toBe(200)
  expect(await ask('/api/probes/sights', 'may-do-everything')).toBe(200)
  // Wrong ones are answered late.
  const wrong = Promise.all([
    ask('/api/probes', probesToken),
    ask('/api/hello', probesToken),
    ask('/metrics', probesToken),
    ask('/api/probes/sights', 'guessed'),
  ])
  await engines.clock.advance(20 * second)
  expect(await wrong).toEqual([401, 401, 401, 401])
  await here.client.remoteProbes.put({ name: 'Hamburg', url, token: 'guessed' })
  await engines.clock.advance(60 * second)
  const [refusing] = await here.client.remoteProbes.list()
  expect(refusing).toMatchObject({ state: 'down', error: { kind: 'tokenRefused' } })
  // Corrected, it is read at once.
  await here.client.remoteProbes.put({ name: 'Hamburg', url, token: probesToken })
  await engines.clock.advance(second)
  expect(await here.client.remoteProbes.list()).toMatchObject([{ state: 'up', error: null }])
})

test('what answers otherwise has its words, and harms nothing', async () => {
  const here = await startAtPlace('here')
  await here.probe()
  const reading = { name: 'cam1', url: 'rtsp://a/b', state: 'up', since: startAt, readAt: startAt, why: null, bitrateBps: 1, answerMs: 1, grade: 'good' }
  const readings = { product: 'mtxdeck', installation: 'other', at: startAt + 3_600_000 }
  let asked = 0
  const urls = {
    itself: await serve(here),
    old: await answerWith(404, ''),
    foreign: await answerWith(200, () => (asked % 2 === 0 ? '{}' : '{"product":')),
    // Where it sends to is not asked, and does not get the token.
    moved: await answerWith(307, '', { location: 'http://127.0.0.1:1/api/probes/sights' }),
    much: await answerWith(200, 'x'.repeat(9_000_000)),
    // Something in between keeps what it answered once.
    cached: await answerWith(200, JSON.stringify({ ...readings, probes: [{ ...reading, name: 'other' }] })),
    // Times that no clock shows.
    mad: await answerWith(200, () => JSON.stringify({ ...readings, at: 8e15 - asked++, probes: [{ ...reading, since: -8e15, readAt: -8e15 }] })),
    // One entry of a version to come, with a clock an hour ahead.
    newer: await answerWith(200, () =>
      JSON.stringify({
        ...readings,
        at: readings.at + asked++,
        more: 1,
        probes: [{ ...reading, url: 'rtsp://noc:s3cret@a/b', why: { kind: 'tired' } }, { name: 'cam2', state: 'dreams' }, 7],
      }),
    ),
  }
  for (const [name, url] of Object.entries(urls)) await here.client.remoteProbes.put({ name, url, token: name === 'itself' ? probesToken : 'x' })
  await engines.clock.advance(25 * second)
  const kinds = Object.fromEntries((await here.client.remoteProbes.list()).map(({ name, error }) => [name, error?.kind ?? null]))
  expect(kinds).toEqual({
    itself: 'itself',
    old: 'unreadable',
    foreign: 'unreadable',
    moved: 'unreadable',
    much: 'connection',
    cached: 'unreadable',
    mad: null,
    newer: null,
  })
  const [probe] = await here.client.probes.list()
  expect(probe?.elsewhere).toMatchObject([
    { vantage: 'mad', since: 0, readAt: 0 },
    // It may not hide what it should.
    { vantage: 'newer', state: 'up', why: null, url: 'rtsp://***@a/b' },
  ])
  expect(probe?.elsewhere[1]?.readAt).toBeLessThanOrEqual(engines.clock.now())
})

test('are kept over a restart with their tokens sealed, give way to the file, and a token does not follow to another address', async () => {
  const here = await startAtPlace('here')
  const [first, second_] = [await answerWith(404, ''), await answerWith(404, '')]
  const { client } = here
  await client.remoteProbes.put({ name: 'Hamburg', url: first, token: 'hamburg-token' })
  await client.remoteProbes.put({ name: 'Hamburg', url: first, fingerprint: null })
  expect(await refused(client.remoteProbes.put({ name: 'Hamburg', url: second_ }))).toContain('token')
  expect(await refused(client.remoteProbes.put({ name: 'Oslo', url: 'http://oslo:8787/deck?a=b', token: 'x' }))).toContain('after ?')
  expect(JSON.stringify(await client.remoteProbes.list())).not.toContain('hamburg-token')
  await engines.stop(here.engine)
  expect(bytesOfMain(join(engines.folder, 'here'))).not.toContain('hamburg-token')

  const again = await startAtPlace('here')
  expect(await again.client.remoteProbes.list()).toMatchObject([{ name: 'Hamburg', url: first, origin: 'stored' }])
  const file = { servers: [], hosts: [], probes: [], onAir: [], rules: [], channels: [], routes: null, maintenance: [] }
  again.engine.applyYaml('mtxdeck.yaml', { ...file, vantages: [{ name: 'hamburg', url: second_, token: 'y', fingerprint: null }] })
  expect(await again.client.remoteProbes.list()).toMatchObject([{ name: 'hamburg', url: second_, origin: 'yaml' }])
  expect(await refused(again.client.remoteProbes.remove({ name: 'Hamburg' }))).toContain('configuration file')
  again.engine.applyYaml('mtxdeck.yaml', file)
  expect(await again.client.remoteProbes.list()).toMatchObject([{ url: first, origin: 'stored' }])
  await again.client.remoteProbes.remove({ name: 'HAMBURG' })
  expect(await again.client.remoteProbes.list()).toEqual([])
  expect(await refused(again.client.remoteProbes.remove({ name: 'Hamburg' }))).toContain('This does not exist')
})
