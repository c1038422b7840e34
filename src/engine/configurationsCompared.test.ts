import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { settingName } from '../shared/configurationLevels.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
const startAt = Date.UTC(2026, 9, 24, 8)

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'compared', [
    { ...rtspServer('Berlin', 'cam1'), tags: ['north'] },
    { ...rtspServer('Hamburg', 'cam1', 'cam2'), tags: ['north'] },
    rtspServer('Wien', 'cam1'),
    rtspServer('away', 'cam1'),
  ]))
})
afterEach(() => closeWithoutBugs(engines))

test('servers are compared and searched, and the odd one is named, now and at a moment', async () => {
  demo.server('away').trouble({ kind: 'status', status: 503 })
  demo.server('Hamburg').trouble({ kind: 'configure', global: { readTimeout: '30s' } })
  const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  const { engine, client } = await engines.start({ servers }, { dataDir: join(engines.folder, 'data') })
  const until = async (minutes: number) => {
    await engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
    await engine.settled()
  }
  await until(5)
  demo.server('Wien').trouble({ kind: 'configure', global: { writeQueueSize: 1024 } })
  await until(10)
  const ids = new Map((await client.servers.list()).map(({ id, name }) => [name, id]))
  const named = (settings: readonly Parameters<typeof settingName>[0][]) => settings.map(settingName)

  const told = async (asked: Parameters<typeof client.configurations.compare>[0]) => {
    const { servers, settings } = await client.configurations.compare(asked)
    return settings.map((one) => [
      settingName(one),
      ...one.values.map(({ value, servers: having }) => `${value}: ${having.map((index) => servers[index]?.name).join(', ')}`),
    ])
  }

  const two = await client.configurations.compare({ server: ['Berlin', ids.get('Hamburg') ?? ''] })
  expect(two.servers.map(({ name }) => name)).toEqual(['Berlin', 'Hamburg'])
  expect(await told({ server: ['Berlin', ids.get('Hamburg') ?? ''] })).toEqual([
    ['readTimeout', '10s: Berlin', '30s: Hamburg'],
    ['paths.cam2', 'null: Berlin', 'publisher: Hamburg'],
  ])
  expect((await client.configurations.compare({ tag: 'north' })).servers.map(({ name }) => name)).toEqual(['Berlin', 'Hamburg'])

  // Of many, what one of them alone has otherwise, and no paths.
  const all = await client.configurations.compare({})
  expect(all.unknown).toEqual(['away'])
  expect(all.total).toBe(2)
  expect(await told({})).toEqual([
    ['readTimeout', '10s: Berlin, Wien', '30s: Hamburg'],
    ['writeQueueSize', '512: Berlin, Hamburg', '1024: Wien'],
  ])
  expect(await told({ at: startAt + 4 * minuteMs })).toEqual([['readTimeout', '10s: Berlin, Wien', '30s: Hamburg']])

  // A search finds what is the same, too, and what differs by nature.
  expect(await told({ q: 'readTimeout 30s' })).toEqual([['readTimeout', '10s: Berlin, Wien', '30s: Hamburg']])
  expect(named((await client.configurations.compare({ server: ['Berlin', 'Hamburg'], q: 'address' })).settings)).toContain('apiAddress')
  expect(named((await client.configurations.compare({ q: 'timeout' })).settings)).toEqual(expect.arrayContaining(['readTimeout', 'writeTimeout']))
  expect(named((await client.configurations.compare({ q: 'cam2', tag: 'north' })).settings)).toEqual(['paths.cam2'])
})
