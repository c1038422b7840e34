import { expect, test } from 'vitest'
import { closeWithoutBugs, createReceiver } from '../../tests/fakes/testFleet.ts'
import { createDemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { TroubledHost, troubleMachine } from '../demo/troubledHost.fixture.ts'
import { createTestEngines } from './testEngines.ts'

const hourMs = 3_600_000

test('a disk that will be full within two days at its growth is notified once that is known, and no disk that stays as it is', async () => {
  const engines = await createTestEngines(Date.UTC(2026, 10, 14, 3, 0, 0))
  const servers = [rtspServer('Berlin', 'cam1'), rtspServer('Hamburg', 'cam1')]
  const demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'disk', servers, hosts: TroubledHost }))
  const { url, received } = await createReceiver(engines)
  const { client } = await engines.start({
    // Hours of more take minutes.
    servers: demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 300 })),
    hosts: demo.yamlHosts().map((host) => ({ ...host, intervalSeconds: 120 })),
    channels: [{ name: 'ops', webhook: url }],
  })
  await engines.clock.advance(10_000)
  troubleMachine(demo, 'Berlin', { kind: 'fills', percentPerHour: 2 })
  await engines.clock.advance(5 * hourMs)
  // A pace of less than six hours may be chance.
  expect(received).toEqual([])
  await engines.clock.advance(2 * hourMs)
  const [alarm, ...others] = await client.alarms.list()
  expect(alarm).toMatchObject({ kind: 'diskFilling', serverName: 'srv-berlin', severity: 'major', why: { mount: '/' } })
  expect(others).toEqual([])
  expect(received).toHaveLength(1)
  await closeWithoutBugs(engines)
})
