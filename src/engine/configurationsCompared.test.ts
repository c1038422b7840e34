import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.ts'
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

test('servers are compared, searched, and the odd one is named, now and at a moment', async () => {
  demo.server('away').trouble({ kind: 'status', status: 503 })
  demo.server('Hamburg').trouble({ kind: 'configure', global: { readTimeout: '30s' } })
  const yamlServers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  const { engine, client } = await engines.start({ yamlServers }, { dataDir: join(engines.folder, 'data') })
  const until = async (minutes: number) => {
    await engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
    await engine.settled()
  }
  await until(5)
  demo.server('Wien').trouble({ kind: 'configure', global: { writeQueueSize: 1024 } })
  await until(10)
  const ids = new Map((await client.servers.list()).map(({ id, name }) => [name, id]))
  const named = (settings: readonly Parameters<typeof settingName>[0][]) => settings.map(settingName)

  const two = await client.configurations.compare({ server: ['Berlin', ids.get('Hamburg') ?? ''] })
  expect(two.servers.map(({ name }) => name)).toEqual(['Berlin', 'Hamburg'])
  expect(two.settings.map((one) => [settingName(one), ...one.values])).toEqual([
    ['readTimeout', '10s', '30s'],
    ['paths.cam2', null, 'publisher'],
  ])
  expect(named((await client.configurations.compare({ server: ['Berlin', 'Hamburg'], own: true })).settings)).toEqual(
    expect.arrayContaining(['apiAddress', 'readTimeout']),
  )
  const same = await client.configurations.compare({ server: ['Berlin', 'Hamburg'], same: true, q: 'timeout' })
  expect(named(same.settings)).toEqual(expect.arrayContaining(['readTimeout', 'writeTimeout']))
  expect(same.total).toBe(same.settings.length)
  const tagged = await client.configurations.compare({ server: ['Wien'], tag: 'north' })
  expect(tagged.servers.map(({ name }) => name)).toEqual(['Wien', 'Berlin', 'Hamburg'])

  const odd = await client.configurations.odd({})
  expect(odd.unknown).toEqual(['away'])
  expect(odd.settings).toEqual([
    { level: 'global', path: null, setting: 'readTimeout', usual: '10s', agree: 2, of: 3, others: [{ id: ids.get('Hamburg'), value: '30s' }], moreOthers: 0 },
    { level: 'global', path: null, setting: 'writeQueueSize', usual: '512', agree: 2, of: 3, others: [{ id: ids.get('Wien'), value: '1024' }], moreOthers: 0 },
  ])
  expect(named((await client.configurations.odd({ at: startAt + 4 * minuteMs })).settings)).toEqual(['readTimeout'])

  const found = await client.configurations.search({ q: 'readTimeout 30s' })
  expect(found).toMatchObject({ total: 1, settings: [{ id: ids.get('Hamburg'), setting: 'readTimeout', value: '30s' }] })
  expect(await client.configurations.search({ q: 'timeout', limit: 2 })).toMatchObject({ settings: { length: 2 } })
  expect((await client.configurations.search({ q: 'cam2', tag: 'north' })).settings.map(settingName)).toEqual(['paths.cam2'])
})

test('paths say how near they are to their limit of readers, and nothing of a server that does not answer', async () => {
  const yamlServers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5 }))
  demo
    .server('Berlin')
    .trouble({ kind: 'configure', pathDefaults: { maxReaders: 8 }, add: [{ name: 'read', readers: ['rtspSession', 'rtspSession'], source: 'rtspSession' }] })
  const { engine, client } = await engines.start({ yamlServers }, { dataDir: join(engines.folder, 'data') })
  await engines.clock.advance(3 * minuteMs)
  await engine.settled()
  const id = (await client.servers.list()).find(({ name }) => name === 'Berlin')?.id ?? ''
  const limits = await client.configurations.limits({ id })
  expect(limits).toMatchObject({ limited: 2, unlimited: 0, known: true, method: 'internal' })
  expect(limits.paths[0]).toEqual({ path: 'read', limit: 8, readers: 2 })
  expect(limits.users[0]).toMatchObject({ user: 'any', hasPassword: false, ips: [] })
  demo.server('Berlin').trouble({ kind: 'status', status: 503 })
  await engines.clock.advance(3 * minuteMs)
  expect(await client.configurations.limits({ id })).toMatchObject({ paths: [], known: false })
})
