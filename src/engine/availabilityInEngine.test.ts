import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet, TestTrouble } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { maintenanceCallSchema, maintenanceInputSchema } from '../shared/maintenance.ts'
import { onAirInputSchema } from '../shared/onAir.ts'
import { partOf } from '../shared/subjectNames.ts'
import type { EngineOptions } from './engineOptions.ts'
import type { TestEngines } from './testEngines.ts'

const minuteMs = 60_000
/** In Berlin the clocks are set back from 3:00 to 2:00, which is 1:00 UTC. */
const startAt = Date.UTC(2026, 9, 24, 23)

describe('availability over real HTTP, in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'available', [rtspServer('Berlin', 'cam1', 'cam2', 'show')]))
  })
  afterEach(() => closeWithoutBugs(engines))

  async function watch(more: Pick<EngineOptions, 'maintenance' | 'onAir'> = {}) {
    const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: 5, tags: ['north'] }))
    const { engine, client } = await engines.start({ servers, ...more }, { dataDir: join(engines.folder, 'data') })
    return {
      engine,
      client,
      /** In minutes. */
      available: async (part: string | null, input: Partial<Parameters<typeof client.availability.read>[0]> = {}) => {
        const { rows } = await client.availability.read({ from: startAt, ...input })
        const row = rows.find(({ subject }) => partOf(subject) === part)
        const minutes = (ms: number) => Math.round(ms / minuteMs)
        return (
          row && {
            up: minutes(row.upMs),
            down: minutes(row.downMs),
            unknown: minutes(row.unknownMs),
            maintenance: minutes(row.maintenanceMs),
            outages: row.outages,
          }
        )
      },
    }
  }
  const befall = (trouble: TestTrouble) => demo.server('Berlin').trouble(trouble)
  const until = (minutes: number) => engines.clock.advance(startAt + minutes * minuteMs - engines.clock.now())
  const near = (minutes: number) => expect.closeTo(minutes, -0.5)

  test('of a stream that leaves twice, of its server that is away, and of its neighbour', async () => {
    const { available } = await watch()
    await until(20)
    befall({ kind: 'publisherGone', path: 'cam1', forMs: 5 * minuteMs })
    await until(40)
    befall({ kind: 'die', forMs: 10 * minuteMs })
    await until(60)
    befall({ kind: 'publisherGone', path: 'cam1', forMs: 10 * minuteMs })
    await until(90)
    expect(await available('cam1')).toEqual({ up: near(65), down: near(15), unknown: near(10), maintenance: 0, outages: 2 })
    expect(await available('cam2')).toEqual({ up: near(80), down: 0, unknown: near(10), maintenance: 0, outages: 0 })
    expect(await available(null)).toEqual({ up: near(80), down: near(10), unknown: 0, maintenance: 0, outages: 1 })
    expect(await available('cam1', { tag: 'north', server: 'berlin', path: 'cam*' })).toBeDefined()
    expect(await available('cam1', { tag: 'south' })).toBeUndefined()
  })

  test('while the console does not run nobody knows, and nothing is lost by that', async () => {
    const first = await watch()
    await until(20)
    await engines.stop(first.engine)
    await until(50)
    const { available } = await watch()
    await until(70)
    for (const part of ['cam1', null]) expect(await available(part)).toEqual({ up: near(40), down: 0, unknown: near(30), maintenance: 0, outages: 0 })
  })

  test('times on air and maintenance count as clocks show them on the day on which they are set', async () => {
    const work = maintenanceInputSchema.parse({ name: 'patch', streams: ['cam1'], zone: 'Europe/Berlin', start: '2026-10-25T02:30', hours: 1 })
    // 3 h 30 min on this day: from 23:30 to 3:00 UTC.
    const onAir = onAirInputSchema.parse({ name: 'night', streams: ['show'], zone: 'Europe/Berlin', weekly: ['SU 01:30-04:00'] })
    const { available } = await watch({ maintenance: [work], onAir: [onAir] })
    // 2:00 to 2:30 UTC.
    await until(180)
    befall({ kind: 'publisherGone', path: 'show', forMs: 30 * minuteMs })
    await until(300)
    expect(await available('show')).toEqual({ up: near(180), down: near(30), unknown: 0, maintenance: 0, outages: 1 })
    expect(await available('cam1')).toEqual({ up: near(240), down: 0, unknown: 0, maintenance: 60, outages: 0 })
  })

  test('work that is ended early, and is not planned any more, was work until then', async () => {
    const { client, available } = await watch()
    await until(10)
    const input = maintenanceCallSchema.parse({ name: 'cables', streams: ['cam1'], zone: 'UTC', start: '2026-10-24T23:10', hours: 8 })
    const { id } = await client.maintenance.add(input)
    await until(11)
    befall({ kind: 'publisherGone', path: 'cam1', forMs: 40 * minuteMs })
    await until(31)
    await client.maintenance.remove({ id })
    await until(71)
    expect(await available('cam1')).toEqual({ up: near(30), down: near(20), unknown: 0, maintenance: 21, outages: 1 })
  })
})
