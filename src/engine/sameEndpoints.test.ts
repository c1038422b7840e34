import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { canarySettingsSchema } from '../shared/canaries.ts'
import { type Server, serverInputSchema } from '../shared/servers.ts'
import type { MediaPort } from './ports.ts'
import type { TestEngines } from './testEngines.ts'

// Two servers of one machine. The ports of one are mapped, which its configuration does not say: both use 127.0.0.1:8554.

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
const error = { kind: 'serverError', error: { kind: 'sameDoor', other: 'Gate A', at: '127.0.0.1:8554' } }

let engines: TestEngines
let demo: DemoFleet
/** Addresses that the media process was given. */
let asked: string[]
beforeEach(async () => {
  asked = []
  // A server that old does not say when it was started, by which two entries of one are recognised.
  const gate = (name: string) => ({ ...rtspServer(name, 'cam1'), version: '1.9' as const, rtspPort: 8_554 })
  ;({ engines, demo } = await createTestFleet(startAt, 'doors', [gate('Gate A'), gate('Gate B')]))
})
afterEach(() => closeWithoutBugs(engines))

const media: MediaPort = {
  snapshot: async ({ url }) => {
    asked.push(url)
    return none
  },
  tools: async () => none,
  probe: async ({ url }) => {
    asked.push(url)
    return { kind: 'notFound' }
  },
  publish: async ({ url }) => {
    asked.push(url)
    return { kind: 'notFound' }
  },
}
async function start() {
  const { client } = await engines.start({}, { media })
  for (const { name, url } of demo.yamlServers()) await client.servers.add(serverInputSchema.parse({ name, url }))
  await engines.clock.advance(10_000)
  const named = async (name: string): Promise<Server> => (await client.servers.list()).find((server) => server.name === name) as Server
  return { client, named, idOf: async (name: string) => (await named(name)).id }
}

test('two servers that lead to one address are named, and nothing is read there until the addresses of one are entered', async () => {
  const { client, named, idOf } = await start()
  const endpoints = [{ endpoint: 'rtsp', at: '127.0.0.1:8554' }]
  expect((await named('Gate A')).cautions).toContainEqual({ kind: 'sameDoor', other: 'Gate B', endpoints })
  expect((await named('Gate B')).cautions).toContainEqual({ kind: 'sameDoor', other: 'Gate A', endpoints })
  const id = await idOf('Gate B')
  const still = () => client.snapshots.take({ serverId: id, path: 'cam1' })
  expect((await still()).why).toEqual(error)
  await client.canaries.put({ serverId: id, ...canarySettingsSchema.parse({ readBy: ['rtsp'] }) })
  await engines.clock.advance(5_000)
  expect((await client.canaries.list())[0]).toMatchObject({ state: 'failed', error: { kind: 'noAddress' }, readers: [{ error: { kind: 'noAddress' } }] })
  expect(asked).toEqual([])

  await client.servers.update({ id, change: { addresses: { rtsp: 'rtsp://127.0.0.1:18554' } } })
  for (const name of ['Gate A', 'Gate B']) expect((await named(name)).cautions.filter(({ kind }) => kind === 'sameDoor')).toEqual([])
  await still()
  await engines.clock.advance(120_000)
  const of = (port: number, path: string) => asked.some((url) => url.startsWith(`rtsp://127.0.0.1:${port}/${path}`))
  expect([of(18_554, 'cam1'), of(18_554, 'mtxdeck-canary'), of(8_554, 'cam1'), of(8_554, 'mtxdeck-canary')]).toEqual([true, true, true, false])
})

test('a canary goes by RTMP to the address that was entered for it', async () => {
  const { client, idOf } = await start()
  const serverId = await idOf('Gate A')
  await client.servers.update({ id: serverId, change: { addresses: { rtmp: 'rtmp://127.0.0.1:11935' } } })
  await client.canaries.put({ serverId, ...canarySettingsSchema.parse({ publishBy: 'rtmp', readBy: ['rtmp'] }) })
  await engines.clock.advance(30_000)
  expect(new Set(asked.filter((url) => url.startsWith('rtmp:')).map((url) => url.slice(0, 'rtmp://127.0.0.1:11935/mtxdeck'.length)))).toEqual(
    new Set(['rtmp://127.0.0.1:11935/mtxdeck']),
  )
})

test('an address that was entered is its own, and refused to whom it only follows from a configuration', async () => {
  const { client, named, idOf } = await start()
  await client.servers.update({ id: await idOf('Gate A'), change: { addresses: { rtsp: 'rtsp://localhost:8554' } } })
  expect((await named('Gate A')).cautions.filter(({ kind }) => kind === 'sameDoor')).toEqual([])
  expect((await named('Gate B')).cautions).toContainEqual({ kind: 'sameDoor', other: 'Gate A', endpoints: [{ endpoint: 'rtsp', at: '127.0.0.1:8554' }] })
})

test('a diagnosis does not try what may be another server, and says why', async () => {
  const { client, idOf } = await start()
  const running = client.diagnosis.ofServer({ serverId: await idOf('Gate B') })
  await engines.clock.advance(30_000)
  const diagnosis = await running
  expect(diagnosis.findings.filter(({ endpoint }) => endpoint === 'rtsp')).toMatchObject([
    { step: 'port', address: '127.0.0.1:8554', outcome: 'failed', found: { kind: 'failed', error: error.error } },
  ])
  expect(diagnosis.verdict).toEqual({ kind: 'doorFails', endpoint: 'rtsp', error: error.error })
})

test('a server that is paused or removed holds no address, nor does a second entry for the same one', async () => {
  const { client, named, idOf } = await start()
  const shared = async () => (await named('Gate A')).cautions.filter(({ kind }) => kind === 'sameDoor').length
  await client.servers.update({ id: await idOf('Gate B'), change: { paused: true } })
  expect(await shared()).toBe(0)
  await client.servers.update({ id: await idOf('Gate B'), change: { paused: false } })
  await engines.clock.advance(5_000)
  expect(await shared()).toBe(1)
  await client.servers.remove({ id: await idOf('Gate B') })
  const { url } = await named('Gate A')
  await client.servers.add(serverInputSchema.parse({ name: 'Gate A for editors', url: `${url}/` }))
  await engines.clock.advance(5_000)
  expect(await shared()).toBe(0)
})

test('a server that is entered twice is named in both entries, until one of them is paused or removed', async () => {
  const { client, named, idOf } = await start()
  const [{ url } = expect.fail('there is a server')] = demo.yamlServers()
  const { id } = await client.servers.add(serverInputSchema.parse({ name: 'Gate A again', url: url.replace('127.0.0.1', 'localhost') }))
  await engines.clock.advance(10_000)
  const twin = async (name: string) => (await named(name)).cautions.flatMap((caution) => (caution.kind === 'sameServer' ? caution.other : []))
  expect([await twin('Gate A'), await twin('Gate A again'), await twin('Gate B')]).toEqual([['Gate A again'], ['Gate A'], []])
  await client.servers.remove({ id })
  await engines.clock.advance(10_000)
  expect(await twin('Gate A')).toEqual([])
  expect(await idOf('Gate A')).toBeDefined()
})
