import type { RouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { TestClock } from '../../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import type { DemoPathOptions, DemoServerOptions } from '../../demo/demoOptions.ts'
import type { Server } from '../../shared/servers.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import type { EngineRouter } from '../router.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
let engines: TestEngines
let clock: TestClock
let client: RouterClient<EngineRouter>
let fleet: DemoFleet

beforeEach(async () => {
  engines = await createTestEngines(startAt, 100)
  clock = engines.clock
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
  expect(clock.pending(), 'a timer outlived the engine').toBe(0)
})

const cams = (count: number): DemoPathOptions[] => Array.from({ length: count }, (_, i) => ({ name: `cam${i}` }))
/** One server named Berlin, watched by an engine. */
async function watch(options: Partial<DemoServerOptions> = {}) {
  fleet = engines.open.use(await createDemoFleet({ clock, seed: 'outage', servers: [{ name: 'Berlin', paths: cams(3), ...options }] }))
  client = (await engines.start({ servers: fleet.yamlServers() })).client
}
const berlin = () => fleet.server('Berlin')
const shown = async (): Promise<Server> => (await client.servers.list())[0] as Server
async function until(done: (server: Server) => boolean | Promise<boolean>, limitMs = 60_000, stepMs = 100): Promise<Server> {
  for (let passed = 0; passed < limitMs; passed += stepMs) {
    const server = await shown()
    if (await done(server)) return server
    await clock.advance(stepMs)
  }
  throw new Error(`not within ${limitMs} ms: ${JSON.stringify(await shown())}`)
}
const events = async (...kinds: string[]) => (await client.history.events({ kinds, limit: 1000 })).toReversed()

test('what our polling costs the server that is asked about credentials, which is asked each time by `http` only', async () => {
  await watch()
  const costWith = async (global: Readonly<Record<string, unknown>>) => {
    berlin().trouble({ kind: 'configure', global })
    await clock.advance(360_000)
    const before = berlin().asked().length
    await clock.advance(120_000)
    return { cost: (await shown()).cost?.authServer, perMinute: (berlin().asked().length - before) / 2 }
  }
  const asks = { authMethod: 'http', authHTTPAddress: 'http://auth.example:9000/auth?key=x', authHTTPExclude: [{ action: 'metrics', path: '' }] }
  const { cost, perMinute } = await costWith(asks)
  expect(cost?.address).toBe('auth.example:9000')
  expect(perMinute).toBeGreaterThan(20)
  expect(Math.abs((cost?.requestsPerMinute ?? 0) - perMinute) / perMinute).toBeLessThan(0.15)
  expect((await costWith({ ...asks, authHTTPExclude: [{ action: 'api', path: '' }] })).cost).toBeNull()
  expect((await costWith({ authMethod: 'jwt', authJWTJWKS: 'https://login.example/jwks' })).cost).toBeNull()
})

describe('a server that is away', () => {
  it('is out since its last answer, through down and halted, and in the trouble too', async () => {
    await watch({ auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await clock.advance(5_000)
    const { lastAnswerAt } = await shown()
    berlin().trouble({ kind: 'die' })
    await until(({ state }) => state === 'down')
    expect(await shown()).toMatchObject({ outageSince: lastAnswerAt, lastAnswerAt })
    expect((await client.fleet.troubles())[0]?.since).toBe(lastAnswerAt)
    berlin().trouble({ kind: 'wrongPassword' })
    await clock.advance(60_000)
    berlin().trouble({ kind: 'clear' })
    berlin().trouble({ kind: 'wrongPassword' })
    await until(({ state }) => state === 'halted')
    expect((await shown()).outageSince).toBe(lastAnswerAt)
    expect((await client.fleet.troubles())[0]).toMatchObject({ kind: 'serverHalted', since: lastAnswerAt })
    for (const found of await events('serverDown')) expect(found.facts.outageSince).toBe(lastAnswerAt)
  })

  it('is found again within 5 s, however long it was away', async () => {
    await watch()
    await clock.advance(5_000)
    berlin().trouble({ kind: 'die' })
    await clock.advance(600_000)
    berlin().trouble({ kind: 'clear' })
    const backAt = clock.now()
    const { stateSince } = await until(({ state }) => state === 'up')
    expect(stateSince - backAt).toBeLessThanOrEqual(5_000)
  })

  it('is polled at once when somebody wants it', async () => {
    await watch()
    await clock.advance(5_000)
    berlin().trouble({ kind: 'die' })
    await clock.advance(60_000)
    const id = (await shown()).id
    berlin().trouble({ kind: 'clear' })
    await clock.advance(0)
    const asked = berlin().asked().length
    expect((await client.servers.tryNow({ id })).state).toBe('down')
    await clock.advance(0)
    expect(berlin().asked().length).toBeGreaterThan(asked)
    expect(await shown()).toMatchObject({ state: 'up', outageSince: null })
  })

  it('is asked by hand once at a time, and a paused one is left alone', async () => {
    await watch()
    await clock.advance(5_000)
    berlin().trouble({ kind: 'noAnswer' })
    await until(({ state }) => state === 'down', 60_000, 1_000)
    const { id } = await shown()
    const asked = berlin().asked().length
    for (let i = 0; i < 5; i++) {
      await client.servers.tryNow({ id })
      await clock.advance(10)
    }
    expect(berlin().asked().length).toBe(asked + 1)
    await expect(client.servers.tryNow({ id: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const paused = await client.servers.add({ name: 'Paused', url: berlin().url, paused: true })
    expect(await client.servers.tryNow({ id: paused.id })).toMatchObject({ state: 'paused', outageSince: null })
  })

  it('that refuses what it took before is asked again after 1, 5 and then every 15 minutes, and its alarm ends by itself', async () => {
    await watch({ auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await clock.advance(5_000)
    berlin().trouble({ kind: 'wrongPassword' })
    await until(({ state }) => state === 'halted')
    const { error, nextTryAt } = await shown()
    expect(error).toEqual({ kind: 'unauthorized', credentialsGiven: true, tookBefore: true })
    expect((nextTryAt ?? 0) - clock.now()).toBeGreaterThan(58_000)
    const asked = berlin().asked().length
    await clock.advance(59_000)
    expect(berlin().asked().length).toBe(asked)
    const tries: number[] = []
    for (const minutes of [2, 3, 15, 15]) {
      await clock.advance(minutes * 60_000)
      tries.push(berlin().asked().length - asked)
    }
    expect(tries).toEqual([1, 1, 2, 3])
    expect(await events('serverDown')).toHaveLength(1)
    berlin().trouble({ kind: 'clear' })
    await until(({ state }) => state === 'up', 16 * 60_000, 10_000)
    expect(await client.fleet.troubles()).toEqual([])
  })

  it('that never took the credentials is asked once, and no more', async () => {
    fleet = engines.open.use(
      await createDemoFleet({
        clock,
        seed: 'outage',
        servers: [{ name: 'Berlin', paths: cams(1), auth: { kind: 'basic', user: 'noc', password: 'watch-me' } }],
      }),
    )
    const servers = fleet.yamlServers().map((server) => ({ ...server, auth: { kind: 'basic' as const, user: 'noc', password: 'not-it' } }))
    client = (await engines.start({ servers })).client
    await until(({ state }) => state === 'halted')
    expect((await shown()).error).toEqual({ kind: 'unauthorized', credentialsGiven: true })
    const asked = berlin().asked().length
    await clock.advance(3_600_000)
    expect(berlin().asked().length).toBe(asked)
  })

  it('that was halted goes on after a try by hand, and says so; another refusal is no news', async () => {
    await watch({ auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    await clock.advance(5_000)
    berlin().trouble({ kind: 'wrongPassword' })
    await until(({ state }) => state === 'halted')
    const { id } = await shown()
    await clock.advance(60_000)
    await client.servers.tryNow({ id })
    await clock.advance(5_000)
    expect((await shown()).state).toBe('halted')
    expect(await events('serverDown')).toHaveLength(1)
    berlin().trouble({ kind: 'clear' })
    await client.servers.tryNow({ id })
    await clock.advance(0)
    expect((await shown()).state).toBe('up')
    const [up, ...others] = await events('serverUp')
    expect(others).toEqual([])
    expect(up?.facts.minMs).toBeGreaterThan(64_000)
    expect(up?.facts.maxMs).toBeLessThan(70_000)
    expect(up?.text).toMatch(/^Berlin answers again after 1 min \d\d s to 1 min \d\d s\.$/)
  })
})

/** Moves on until just after an answer. */
async function afterPoll() {
  const { lastAnswerAt } = await shown()
  await until((server) => server.lastAnswerAt !== lastAnswerAt, 10_000, 20)
}
/** Looks every 250 ms, and says which states streams had, and which troubles there were. */
async function watchFor(ms: number) {
  const states = new Set<string>()
  const troubles = new Set<string>()
  for (let passed = 0; passed < ms; passed += 250) {
    await clock.advance(250)
    for (const { state } of await client.streams.list()) states.add(state)
    for (const { kind } of await client.fleet.troubles()) troubles.add(kind)
  }
  return { states, troubles }
}

describe('how long a server was away', () => {
  it.each([
    ['die', 30_000],
    ['freeze', 20_000],
  ] as const)('is what its polls leave open, and it is back when it answers: %s for %d ms', async (kind, forMs) => {
    await watch()
    await clock.advance(5_000)
    await afterPoll()
    await clock.advance(700)
    const wentAt = clock.now()
    berlin().trouble({ kind, forMs })
    await until(({ state }) => state === 'down', 60_000, 500)
    await until(({ state }) => state === 'up', 60_000, 250)
    const [up] = await events('serverUp')
    expect(up?.at ?? 0).toBeGreaterThanOrEqual(wentAt + forMs)
    expect((up?.at ?? 0) - wentAt - forMs).toBeLessThanOrEqual(5_000)
    expect(up?.facts.minMs).toBeLessThanOrEqual(forMs)
    expect(up?.facts.maxMs).toBeGreaterThanOrEqual(forMs)
    expect(up?.text).toMatch(/^Berlin answers again after \d+ to \d+ s\.$/)
  })

  it('is told of one that missed three polls and was never called down', async () => {
    await watch({ paths: cams(8) })
    await clock.advance(9_000)
    await afterPoll()
    await clock.advance(700)
    berlin().trouble({ kind: 'freeze', forMs: 8_000 })
    await until(({ state }) => state === 'unknown', 10_000)
    await until(({ state }) => state === 'up', 10_000)
    await clock.advance(10_000)
    const found = await events('serverDown', 'serverUp', 'serverSilent')
    expect(found.map(({ kind }) => kind)).toEqual(['serverSilent'])
    expect(found[0]?.facts.minMs).toBeGreaterThanOrEqual(4_900)
    expect(found[0]?.facts.minMs).toBeLessThanOrEqual(8_000)
    expect(found[0]?.facts.maxMs).toBeGreaterThanOrEqual(8_000)
    expect(found[0]?.text).toMatch(/^Berlin did not answer for \d+ to \d+ s\.$/)
  })

  it('is a trouble of its own from the third missed poll on, before it is called down: nothing is counted as less trouble meanwhile', async () => {
    await watch({ paths: cams(8) })
    await clock.advance(9_000)
    berlin().trouble({ kind: 'publisherGone', path: 'cam0' })
    await clock.advance(9_000)
    expect((await client.fleet.troubles()).map(({ kind }) => kind)).toEqual(['streamGone'])
    await afterPoll()
    await clock.advance(700)
    const { lastAnswerAt } = await shown()
    berlin().trouble({ kind: 'noAnswer' })
    const kinds: string[] = []
    await until(
      async ({ state, totals }) => {
        const troubles = await client.fleet.troubles()
        expect((await client.fleet.summary()).troubles).toBe(troubles.length)
        expect(troubles).toHaveLength(1)
        if (totals.unknown === 8) expect(troubles[0]).toMatchObject({ path: null, severity: 'critical', since: lastAnswerAt, streams: 8 })
        kinds.push(troubles[0]?.kind ?? '')
        return state === 'down'
      },
      60_000,
      250,
    )
    expect([...new Set(kinds)]).toEqual(['streamGone', 'serverSilent', 'serverDown'])
  })

  it('is not told where it was this console that slept', async () => {
    await watch()
    await clock.advance(9_000)
    for (const ms of [12_000, 600_000]) {
      await clock.sleepMachine(ms)
      expect(await client.fleet.troubles()).toEqual([])
      await clock.advance(10_000)
    }
    expect(await events('consoleGap')).toHaveLength(2)
    expect(await events('serverDown', 'serverUp', 'serverSilent')).toEqual([])
  })

  it('counts the streams that are unknown with it, and no others', async () => {
    await watch({ paths: [...cams(3), { name: 'exam', mode: 'dynamic' }] })
    await clock.advance(9_000)
    berlin().trouble({ kind: 'publisherGone', path: 'exam' })
    await clock.advance(9_000)
    expect((await shown()).totals).toMatchObject({ streams: 4, ended: 1 })
    berlin().trouble({ kind: 'die' })
    await until(({ state }) => state === 'down')
    const [down] = await events('serverDown')
    expect(down?.facts.streams).toBe(3)
    expect(down?.text).toMatch(/ 3 streams unknown, not down\.$/)
    expect((await client.fleet.troubles())[0]?.streams).toBe(3)
  })

  it('is no silence of its streams, where it only stood still between two answers', async () => {
    await watch({ paths: cams(27) })
    await clock.advance(9_000)
    await afterPoll()
    berlin().trouble({ kind: 'freeze', forMs: 5_500 })
    const { states, troubles } = await watchFor(12_000)
    expect([...states]).toEqual(['live'])
    expect([...troubles]).toEqual([])
    expect(await events('streamStalled', 'streamRecovered', 'serverDown')).toEqual([])
  })
})

describe('a server whose clock is 24 min ahead', () => {
  it('was started when it was by our clock, and so were its streams: its event and its uptime say the same', async () => {
    await watch({ clockSkewMs: 24 * 60_000, upForMs: 20 * 60_000 })
    await clock.advance(4_000)
    const first = await shown()
    expect(first.clockSkewMs ?? 0).toBeGreaterThan(23 * 60_000)
    expect(Math.abs((first.startedAt ?? 0) - (startAt - 20 * 60_000))).toBeLessThan(1_500)
    const cam = await client.streams.get({ serverId: first.id, path: 'cam0' })
    expect(Math.abs((cam.upSince ?? 0) - (first.startedAt ?? 0))).toBeLessThan(1_500)
    await clock.advance(4_000)
    expect((await shown()).startedAt, 'the error of a single answer moves nothing').toBe(first.startedAt)
    berlin().trouble({ kind: 'die', forMs: 300 })
    await until(({ totals }) => (totals.unknown ?? 0) > 0, 5_000)
    const [found] = await events('serverRestarted')
    expect((await shown()).startedAt).toBe(found?.facts.startedAt)
    expect(found?.at ?? 0).toBeGreaterThanOrEqual((await shown()).startedAt ?? Number.NaN)
  })
})

describe('a restart between two polls', () => {
  it.each(['1.20', '1.9'] as const)('of %s is said within one poll, its publishers are waited for, and nobody left', async (version) => {
    await watch({ version, paths: cams(8) })
    await clock.advance(9_000)
    await afterPoll()
    const restartedAt = clock.now()
    berlin().trouble({ kind: 'die', forMs: 300 })
    expect((await until(({ totals }) => (totals.unknown ?? 0) > 0, 5_000)).totals.unknown).toBe(8)
    expect(clock.now()).toBeLessThanOrEqual(restartedAt + 5_000)
    const { states, troubles } = await watchFor(14_000)
    expect([...states].sort()).toEqual(['live', 'unknown'])
    expect([...troubles]).toEqual(version === '1.20' ? ['happened'] : [])
    expect(await shown()).toMatchObject({ totals: { live: 8, unknown: 0 } })
    const found = await events('serverRestarted', 'streamOff', 'streamEnded', 'publisherChanged', 'streamOn')
    expect(found.map(({ kind }) => kind)).toEqual(['serverRestarted'])
    if (version === '1.20') expect(Number(found[0]?.facts.startedAt) - restartedAt).toBe(300)
    else expect(found[0]?.facts).toEqual({ publishers: 8 })
    // Whoever reads it a day later is not told a wrong time.
    expect(found[0]?.text).not.toMatch(/\b(ago|now|still)\b/)
    if (version === '1.20') expect(found[0]?.text).toMatch(/^Berlin was restarted(, and had been up for \d s when that was seen)?\.$/)
  })
})

describe('a configuration that changes', () => {
  const asked = () =>
    berlin()
      .asked()
      .filter(({ url }) => url.startsWith('/v3/config/paths/list')).length

  it('is read at once: a new path on demand that ends was stopped, and a path that was taken out ended', async () => {
    await watch()
    await clock.advance(9_000)
    berlin().trouble({ kind: 'configure', add: [{ name: 'lazy', mode: 'onDemand', live: true }] })
    await clock.advance(6_000)
    berlin().trouble({ kind: 'publisherGone', path: 'lazy' })
    berlin().trouble({ kind: 'configure', remove: ['cam1'] })
    const { states, troubles } = await watchFor(8_000)
    expect([...troubles]).toEqual([])
    expect(states).not.toContain('gone')
    const stateOf = async (path: string) => (await client.streams.get({ serverId: (await shown()).id, path })).state
    expect([await stateOf('lazy'), await stateOf('cam1'), await stateOf('cam0')]).toEqual(['waiting', 'ended', 'live'])
    expect((await events('streamOff', 'streamEnded')).map(({ subject, kind, facts }) => [pathOf(subject), kind, facts.onDemand]).sort()).toEqual([
      ['cam1', 'streamEnded', undefined],
      ['lazy', 'streamEnded', true],
    ])
  })

  it('is asked kindly where paths come and go all the time', async () => {
    await watch({ paths: Array.from({ length: 20 }, (_, i) => ({ name: `exam${i}`, mode: 'dynamic' as const })) })
    await clock.advance(9_000)
    const before = asked()
    for (let i = 0; i < 19; i++) {
      berlin().trouble({ kind: 'publisherGone', path: `exam${i}` })
      await clock.advance(1_000)
    }
    expect(asked() - before).toBeGreaterThanOrEqual(3)
    expect(asked() - before).toBeLessThanOrEqual(7)
  })

  it('is read after a launch before a path on demand that was once live is judged', async () => {
    await watch({ paths: [{ name: 'lazy', mode: 'onDemand', live: true }, { name: 'cam' }] })
    await clock.advance(5_000)
    await engines.stop()
    berlin().trouble({ kind: 'publisherGone', path: 'lazy' })
    await clock.advance(60_000)
    client = (await engines.start({ servers: fleet.yamlServers() })).client
    const { states, troubles } = await watchFor(6_000)
    expect(states).not.toContain('gone')
    expect([...troubles]).toEqual([])
    expect(await client.streams.get({ serverId: (await shown()).id, path: 'lazy' })).toMatchObject({ state: 'waiting', outageSince: null })
  })
})

describe('a server that never let us in', () => {
  it('is halted, and neither its streams nor its addresses are known', async () => {
    await watch({ auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    const refused = await client.servers.add({ name: 'Refused', url: berlin().url, auth: { kind: 'basic', user: 'noc', password: 'wrong' } })
    await clock.advance(10_000)
    expect(await client.servers.get({ id: refused.id })).toMatchObject({
      state: 'halted',
      addressesAssumed: true,
      lastAnswerAt: null,
      totals: { readers: null, bitrateInBps: null },
    })
    expect(await shown()).toMatchObject({ addressesAssumed: false, totals: { streams: 3 } })
    expect(await client.fleet.summary()).toMatchObject({ complete: false, unknownServerNames: ['Refused'] })
  })

  it('is down in the timeline until it answers or is paused', async () => {
    await watch({ auth: { kind: 'basic', user: 'noc', password: 'watch-me' } })
    const { id } = await client.servers.add({ name: 'Refused', url: berlin().url, auth: { kind: 'basic', user: 'noc', password: 'wrong' } })
    const from = clock.now() + 5_000
    await clock.advance(120_000)
    const down = async (to: number) => (await client.history.timeline({ from, to, points: 200 })).down
    expect(new Set(await down(clock.now()))).toEqual(new Set([1]))
    await client.servers.update({ id, change: { auth: { kind: 'basic', user: 'noc', password: 'watch-me' } } })
    const answersFrom = clock.now() - from + 5_000
    await clock.advance(60_000)
    const { at, down: after } = await client.history.timeline({ from, to: clock.now(), points: 200 })
    expect(new Set(after.filter((_, bucket) => (at[bucket] ?? 0) >= from + answersFrom))).toEqual(new Set([0]))
    expect(after.filter((_, bucket) => (at[bucket] ?? 0) < from + answersFrom - 6_000)).not.toContain(0)
    expect(after).not.toContain(null)
  })
})
