import { afterEach, beforeEach, expect, it } from 'vitest'
import { createBenchFleet } from '../demo/sharedLists.fixture.ts'
import { createTestEngines, type TestEngines } from './testEngines.ts'

const minute = 60_000

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(Date.UTC(2026, 10, 14, 3, 0, 0))
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})

it('raises no alarm on a fleet in which nothing is wrong', async () => {
  const fleet = engines.open.use(await createBenchFleet({ clock: engines.clock, seed: 'quiet', preset: { servers: 2, paths: 100, intervalSeconds: 2 } }))
  const { client } = await engines.start({ servers: fleet.yamlServers() })
  await engines.clock.advance(6 * minute)
  const alarms = await client.alarms.list({})
  expect(alarms.map(({ rule, subject, why }) => ({ rule, subject, why }))).toEqual([])
  const { totals } = await client.fleet.summary()
  expect(totals.live).toBe(200)
})
