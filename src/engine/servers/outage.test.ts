import type { RouterClient } from '@orpc/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestClock } from '../../clock/testClock.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.ts'
import type { DemoPathOptions, DemoServerOptions } from '../../demo/demoOptions.ts'
import type { Server } from '../../shared/servers.ts'
import type { EngineRouter } from '../createRouter.ts'
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
const watch = async (options: Partial<DemoServerOptions> = {}) => {
  fleet = engines.open.use(await createDemoFleet({ clock, seed: 'outage', servers: [{ name: 'Berlin', paths: cams(3), ...options }] }))
  client = (await engines.start({ yamlServers: fleet.yamlServers() })).client
}
const berlin = () => fleet.server('Berlin')
const shown = async (): Promise<Server> => (await client.servers.list())[0] as Server
const until = async (done: (server: Server) => boolean, limitMs = 60_000, stepMs = 100): Promise<Server> => {
  for (let passed = 0; passed < limitMs; passed += stepMs) {
    const server = await shown()
    if (done(server)) return server
    await clock.advance(stepMs)
  }
  throw new Error(`not within ${limitMs} ms: ${JSON.stringify(await shown())}`)
}
const events = async (...kinds: string[]) => (await client.history.events({ kinds, limit: 1000 })).toReversed()

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
    expect((await events('serverUp')).map(({ text }) => text)).toHaveLength(1)
  })
})
