import type { RouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SlowConfiguration, startSlowConfiguration } from '../../../tests/fakes/slowConfiguration.ts'
import type { TestClock } from '../../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import type { DemoPathOptions } from '../../demo/demoOptions.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import type { EngineRouter } from '../router.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
let engines: TestEngines
let clock: TestClock
let client: RouterClient<EngineRouter>
let fleet: DemoFleet
/** What happens to each answer of `/v3/config`: how long it is on its way, or that it fails. */
let configuration: { delayMs: number; fails: boolean }
let way: SlowConfiguration

beforeEach(async () => {
  engines = await createTestEngines(startAt, 100)
  clock = engines.clock
  configuration = { delayMs: 0, fails: false }
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
  expect(clock.pending(), 'a timer outlived the engine').toBe(0)
  expect(
    way.asked().filter(({ besides }) => besides > 0),
    'one request in flight',
  ).toEqual([])
})

async function watch(paths: readonly DemoPathOptions[]) {
  fleet = engines.open.use(await createDemoFleet({ clock, seed: 'slow configuration', servers: [{ name: 'Berlin', paths }] }))
  const [input] = fleet.yamlServers()
  if (input === undefined) throw new Error('there is no server')
  way = engines.open.use(await startSlowConfiguration(input.url, clock, () => configuration))
  client = (await engines.start({ servers: [{ ...input, url: way.url }] })).client
}
const berlin = () => fleet.server('Berlin')
const shown = async () => (await client.servers.list())[0]
const stateOf = async (path: string) => (await client.streams.get({ serverId: (await shown())?.id ?? '', path })).state
const events = async (path: string) =>
  (await client.history.events({ kinds: ['streamOff', 'streamEnded', 'streamOn'], limit: 100 })).filter((event) => pathOf(event.subject) === path).toReversed()
/** Looks each half second: troubles and when they were first seen, states of the server, and reasons of streams. */
async function watchFor(ms: number) {
  const from = clock.now()
  const troubles = new Map<string, number>()
  const servers = new Set<string>()
  const reasons = new Set<string>()
  for (let passed = 0; passed < ms; passed += 500) {
    await clock.advance(500)
    for (const { path, kind } of await client.fleet.troubles()) if (!troubles.has(`${path} ${kind}`)) troubles.set(`${path} ${kind}`, clock.now() - from)
    for (const { reason } of await client.streams.list()) if (reason !== null) reasons.add(reason)
    servers.add((await shown())?.state ?? '')
  }
  return { troubles, servers: [...servers], reasons: [...reasons] }
}
const cams: DemoPathOptions[] = [{ name: 'cam0' }, { name: 'cam1' }, { name: 'cam2' }]

describe('a server whose configuration takes 3 s to be read', () => {
  it('has a camera that dies known within 8 s, an alarm with a poll after the 5 s that its rule waits, and the alarm of one that stands still stays when its session ends', async () => {
    configuration.delayMs = 1_100
    await watch(cams)
    await clock.advance(20_000)
    berlin().trouble({ kind: 'publisherGone', path: 'cam1' })
    const { troubles } = await watchFor(16_000)
    expect([...troubles.keys()]).toEqual(['cam1 streamGone'])
    expect(troubles.get('cam1 streamGone')).toBeLessThanOrEqual(15_000)
    expect((await events('cam1')).map(({ kind }) => kind)).toEqual(['streamOff'])

    berlin().trouble({ kind: 'stall', path: 'cam2', keep: true })
    await clock.advance(12_000)
    expect(await stateOf('cam2')).toBe('stalled')
    berlin().trouble({ kind: 'publisherGone', path: 'cam2' })
    for (let passed = 0; passed < 12_000; passed += 250) {
      await clock.advance(250)
      expect((await client.fleet.troubles()).map(({ path }) => path)).toContain('cam2')
    }
    expect(await stateOf('cam2')).toBe('gone')
  })

  it('has a path that was added known as configured within 12 s, again and again', async () => {
    configuration.delayMs = 1_100
    await watch(cams)
    await clock.advance(20_000)
    for (const name of ['new0', 'new1']) {
      berlin().trouble({ kind: 'configure', add: [{ name }] })
      await clock.advance(12_000)
      expect(await client.streams.get({ serverId: (await shown())?.id ?? '', path: name })).toMatchObject({ expected: true })
    }
  })
})

describe('a server each answer of whose configuration takes long', () => {
  it.each([1_900, 4_800])('%i ms: it is read whole, polls go on between its answers, and nobody is said to be away', async (delayMs) => {
    configuration.delayMs = delayMs
    await watch(cams)
    const { troubles, servers, reasons } = await watchFor(30_000)
    expect(await shown()).toMatchObject({ addressesFrom: 'configuration', addressesAssumed: false })
    expect([...troubles.keys()]).toEqual([])
    expect(servers).toEqual(['up'])
    expect(reasons).toEqual([])
  })

  it('or never comes: its polls go on, and a camera that dies meanwhile is told', async () => {
    configuration.delayMs = 600_000
    await watch(cams)
    await clock.advance(5_000)
    berlin().trouble({ kind: 'publisherGone', path: 'cam1' })
    const { troubles, servers } = await watchFor(30_000)
    expect(servers).toEqual(['up'])
    expect([...troubles.keys()]).toEqual(['cam1 streamGone'])
    expect((await events('cam1')).map(({ text }) => text)).not.toContainEqual(expect.stringContaining('could not be asked'))
  })
})

describe('a configuration that cannot be read', () => {
  it('is asked for again after 2 s, then less and less often, and once a minute in the end', async () => {
    configuration.fails = true
    await watch(cams)
    await clock.advance(300_000)
    const times = way.asked().flatMap(({ at, url }) => (url.startsWith('/v3/config') ? [at - startAt] : []))
    const apart = times.slice(1).map((at, i) => at - (times[i] ?? 0))
    expect(apart[0]).toBeLessThanOrEqual(4_000)
    expect(times.filter((at) => at < 32_000).length).toBeGreaterThanOrEqual(4)
    expect(apart.at(-1)).toBeGreaterThanOrEqual(60_000)
    expect(times.length).toBeLessThanOrEqual(11)
    configuration.fails = false
    await clock.advance(62_000)
    expect((await shown())?.addressesFrom).toBe('configuration')
  })
})

describe('a path on demand at the start of the console', () => {
  const lazy: DemoPathOptions = { name: 'lazy', mode: 'onDemand', source: 'rtspSource' }
  it.each([
    ['is slow', 1_100, false],
    ['fails', 0, true],
  ])('is no trouble while its configuration is not known: it %s', async (_, delayMs, fails) => {
    configuration = { delayMs, fails }
    await watch([...cams, lazy])
    const { troubles } = await watchFor(5_000)
    expect([...troubles.keys()]).toEqual([])
    configuration = { delayMs: 0, fails: false }
    await clock.advance(10_000)
    expect(await client.streams.get({ serverId: (await shown())?.id ?? '', path: 'lazy' })).toMatchObject({ state: 'waiting', onDemand: true })
    expect(await client.fleet.troubles()).toEqual([])
  })

  it('is stored as no trouble either, from the first sample on, also of one that was live in an earlier launch and stopped since', async () => {
    configuration.delayMs = 1_100
    await watch([...cams, lazy, { ...lazy, name: 'read', live: true, readers: ['rtspSession'] }])
    await clock.advance(15_000)
    const servers = fleet.yamlServers().map((input) => ({ ...input, url: way.url }))
    await engines.stop()
    berlin().trouble({ kind: 'publisherGone', path: 'read' })
    await clock.advance(60_000)
    const again = clock.now()
    client = (await engines.start({ servers })).client
    await clock.advance(15_000)
    const serverId = (await shown())?.id ?? ''
    const series = (['server.streamsInTrouble', 'server.streamsLive'] as const).map((metric) => ({ serverId, path: '', metric }))
    const [troubled, live] = await client.history.range({ series, from: startAt, to: clock.now() + 1, points: 5000 })
    expect(troubled?.at.filter((at) => at >= again).length).toBeGreaterThan(5)
    expect(troubled?.max.filter((value) => value > 0)).toEqual([])
    expect(live?.max.at(-1)).toBe(3)
  })
})
