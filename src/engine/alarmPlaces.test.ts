import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutBugs, createReceiver, createTestFleet } from '../../tests/fakes/testFleet.ts'
import { createDemoFleet, type DemoFleet } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { TroubledHost, troubleMachine } from '../demo/troubledHost.fixture.ts'
import { type MaintenanceInput, maintenanceInputSchema } from '../shared/maintenance.ts'
import { probeInputSchema } from '../shared/probes.ts'
import type { MediaPort } from './ports.ts'
import type { TestEngines } from './testEngines.ts'

// Alarms of probes and machines, as routes and maintenance windows take them. Nobody answers at any address of a probe.

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const minuteMs = 60_000
const none = { ok: false, error: { kind: 'unavailable', because: 'noProcess' } } as const
const media: MediaPort = {
  snapshot: async () => none,
  tools: async () => none,
  probe: async () => ({ kind: 'unreachable', doing: 'opening', said: 'Connection refused' }),
}

let engines: TestEngines
let demo: DemoFleet
beforeEach(async () => {
  ;({ engines, demo } = await createTestFleet(startAt, 'places', [rtspServer('Berlin', 'cam1', 'cam2')]))
})
afterEach(() => closeWithoutBugs(engines))

const window = (more: Partial<MaintenanceInput>): MaintenanceInput =>
  maintenanceInputSchema.parse({ name: 'patch night', zone: 'UTC', start: '2026-11-14T03:00', hours: 1, ...more })
/** A probe of each: a stream of Berlin, and of somewhere else in the project `north`. Returns what the channel received. */
async function received(maintenance: readonly MaintenanceInput[], tags?: readonly string[]) {
  const ops = await createReceiver(engines)
  const [berlin] = demo.yamlServers()
  const probes = [
    { name: 'read', url: 'rtsp://127.0.0.1:8554/cam1', project: 'studio' },
    { name: 'elsewhere', url: 'rtsp://192.0.2.9/cam1', project: 'north' },
  ]
  await engines.start(
    {
      servers: berlin === undefined ? [] : [{ ...berlin, tags: ['berlin'], addresses: { ...berlin.addresses, rtsp: 'rtsp://127.0.0.1:8554' } }],
      probes: probes.map((probe) => probeInputSchema.parse({ ...probe, intervalSeconds: 10, retries: 0 })),
      channels: [{ name: 'ops', webhook: ops.url }],
      ...(tags !== undefined && { routes: [{ to: ['ops'], tags: [...tags] }] }),
      maintenance,
    },
    { media },
  )
  await engines.clock.advance(3 * minuteMs)
  return ops.received.toSorted()
}

test('a route with tags is notified of the probes of these projects', async () => {
  expect(await received([], ['north'])).toEqual(['start elsewhere'])
})

test.each([
  ['by its server', { servers: ['Berlin'] }],
  ['by the tag of its server', { tags: ['berlin'] }],
  ['by its stream', { streams: ['cam1'] }],
  ['by its project', { tags: ['studio'] }],
])('in a maintenance window nothing is notified of the probe that reads what is worked on, and of others it is: %s', async (_, on) => {
  expect(await received([window(on)])).toEqual(['start elsewhere'])
})

test('work on another stream is none on what a probe reads', async () => {
  expect(await received([window({ streams: ['cam2'] })])).toEqual(['start elsewhere', 'start read'])
})

test('a route with tags is notified of the machines under the servers that have them', async () => {
  const fleet = engines.open.use(
    await createDemoFleet({
      clock: engines.clock,
      seed: 'machines',
      servers: ['Hamburg', 'Wien'].map((name) => rtspServer(name, 'cam1')),
      hosts: TroubledHost,
    }),
  )
  const ops = await createReceiver(engines)
  await engines.start({
    servers: fleet.yamlServers().map((server) => ({ ...server, tags: [server.name === 'Wien' ? 'south' : 'north'] })),
    hosts: fleet.yamlHosts().map((host) => ({ ...host, intervalSeconds: 10 })),
    channels: [{ name: 'ops', webhook: ops.url }],
    routes: [{ to: ['ops'], tags: ['north'] }],
  })
  await engines.clock.advance(20_000)
  for (const { name } of fleet.servers) troubleMachine(fleet, name, { kind: 'unreachable', forMs: 10 * minuteMs })
  await engines.clock.advance(2 * minuteMs)
  expect(ops.received).toEqual(['start srv-hamburg'])
})
