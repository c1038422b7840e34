import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutBugs, createSite, createTestFleet } from '../../tests/fakes/testFleet.ts'
import type { DemoFleet, TestTrouble } from '../demo/demoFleet.fixture.ts'
import { rtspServer } from '../demo/rtspServer.fixture.ts'
import { partOf } from '../shared/subjectNames.ts'
import type { TestEngines } from './testEngines.ts'

const startAt = Date.UTC(2026, 9, 24, 11, 37, 20)
const intervalMs = 2_000
/** A server that is away is tried at least this often. */
const retryMs = 5_000
const auth = { kind: 'basic', user: 'noc', password: 'watch-me' } as const

/** Numbers from 0 to 1 that are the same in each run. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('an outage counts as long as it was, which is what its event says', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    ;({ engines, demo } = await createTestFleet(startAt, 'true times', [{ ...rtspServer('Berlin', 'cam1', 'cam2'), auth }]))
  })
  afterEach(() => closeWithoutBugs(engines))

  async function watch() {
    const servers = demo.yamlServers().map((server) => ({ ...server, intervalSeconds: intervalMs / 1_000 }))
    const ends: { readonly since: string; readonly endedAt: string }[] = []
    const webhook = await createSite(engines, (request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      request.on('end', () => {
        const message = JSON.parse(text) as { event: string; since: string; endedAt: string }
        if (message.event === 'end') ends.push(message)
        response.end()
      })
    })
    const { client } = await engines.start({ servers, channels: [{ name: 'ops', webhook }] }, { dataDir: join(engines.folder, 'data') })
    await engines.clock.advance(60_000)
    return {
      client,
      /** How long each outage was by the message of its end. */
      endedAfterMs: () => ends.map(({ since, endedAt }) => Date.parse(endedAt) - Date.parse(since)),
      row: async (part: string | null, from = startAt) => {
        const { rows } = await client.availability.read({ from, to: engines.clock.now() })
        return rows.find(({ subject }) => partOf(subject) === part)
      },
      befall: async (trouble: TestTrouble & { readonly forMs: number }, thenMs: number) => {
        demo.server('Berlin').trouble(trouble)
        await engines.clock.advance(trouble.forMs + thenMs)
      },
      /** Bounds of what events say of all outages together. */
      told: async (...kinds: readonly string[]) => {
        const sums = { minMs: 0, maxMs: 0 }
        for (const { facts } of await client.history.events({ kinds: [...kinds], limit: 1_000 })) {
          sums.minMs += Number(facts.minMs)
          sums.maxMs += Number(facts.maxMs)
        }
        return sums
      },
    }
  }

  test.each([1, 2])('of a stream whose publisher leaves or stands still for 4 s to 10 min, at any moment (%d)', async (seed) => {
    const random = numbersFrom(seed)
    const { row, befall, told } = await watch()
    let trueMs = 0
    const outages = 12
    for (let place = 0; place < outages; place++) {
      const kind = random() < 0.5 ? 'publisherGone' : 'stall'
      // Less than two polls without data may be an answer that is late.
      const forMs = Math.round((kind === 'stall' ? 9_000 : 4_100) * (1 + random() ** 4 * 60))
      trueMs += forMs
      await befall({ kind, path: 'cam1', forMs }, Math.round(20_000 + random() * 90_000))
    }
    const { downMs, unknownMs, outages: found } = (await row('cam1')) ?? {}
    expect({ found, unknownMs }).toEqual({ found: outages, unknownMs: 0 })
    expect(Math.abs((downMs ?? 0) - trueMs)).toBeLessThanOrEqual(outages * 2 * intervalMs)
    const { minMs, maxMs } = await told('streamOn', 'streamRecovered')
    expect(downMs).toBeGreaterThanOrEqual(minMs)
    expect(downMs).toBeLessThanOrEqual(maxMs)
    expect((await row('cam2'))?.downMs).toBe(0)
  })

  test.each(['publisherGone', 'stall'] as const)('and so says the message of its end (%s)', async (kind) => {
    const random = numbersFrom(5)
    const { row, befall, endedAfterMs } = await watch()
    for (let place = 1; place <= 6; place++) {
      const before = engines.clock.now()
      await befall({ kind, path: 'cam1', forMs: Math.round(15_000 + random() * 60_000) }, 20 * 60_000)
      expect(endedAfterMs()).toHaveLength(place)
      expect(endedAfterMs().at(-1)).toBe((await row('cam1', before - 10_000))?.downMs)
    }
  })

  test('24 losses of 4 to 6 s are 24 losses', async () => {
    const random = numbersFrom(3)
    const { row, befall } = await watch()
    let trueMs = 0
    for (let place = 0; place < 24; place++) {
      const forMs = Math.round(4_000 + random() * 2_000)
      trueMs += forMs
      await befall({ kind: 'publisherGone', path: 'cam1', forMs }, Math.round(9_000 + random() * 4_000))
    }
    await engines.clock.advance(60_000)
    const { downMs, unknownMs, outages } = (await row('cam1')) ?? {}
    expect({ outages, unknownMs }).toEqual({ outages: 24, unknownMs: 0 })
    expect(Math.abs((downMs ?? 0) - trueMs)).toBeLessThanOrEqual(24 * intervalMs)
  })

  test('of a server that is away or hangs, and of its streams nothing is known for as long', async () => {
    const random = numbersFrom(4)
    const { row, befall, told } = await watch()
    let trueMs = 0
    const kinds = ['die', 'freeze', 'noAnswer', 'die', 'freeze', 'noAnswer'] as const
    for (const kind of kinds) {
      const forMs = Math.round(11_000 + random() * 120_000)
      trueMs += forMs
      await befall({ kind, forMs }, Math.round(60_000 + random() * 60_000))
    }
    await engines.clock.advance(60_000)
    const { downMs, unknownMs, outages } = (await row(null)) ?? {}
    expect({ outages, unknownMs }).toEqual({ outages: kinds.length, unknownMs: 0 })
    expect(Math.abs((downMs ?? 0) - trueMs)).toBeLessThanOrEqual(kinds.length * (intervalMs + retryMs))
    const { minMs, maxMs } = await told('serverUp', 'serverSilent')
    expect(downMs).toBeGreaterThanOrEqual(minMs)
    expect(downMs).toBeLessThanOrEqual(maxMs)
    const cam = await row('cam2')
    expect(cam).toMatchObject({ downMs: 0, outages: 0 })
    expect(Math.abs((cam?.unknownMs ?? 0) - (downMs ?? 0))).toBeLessThanOrEqual(kinds.length * 16_000)
  })

  test('an outage before or after a period, in its first or last minute, does not count in it', async () => {
    const { client, befall } = await watch()
    const fullMinute = () => engines.clock.advance(60_000 - (engines.clock.now() % 60_000))
    await fullMinute()
    await engines.clock.advance(2_000)
    await befall({ kind: 'die', forMs: 16_000 }, 2 * retryMs)
    const from = engines.clock.now()
    await engines.clock.advance(120_000)
    await fullMinute()
    await engines.clock.advance(22_000)
    const to = engines.clock.now()
    await engines.clock.advance(2 * intervalMs)
    await befall({ kind: 'die', forMs: 16_000 }, 200_000)
    const { rows } = await client.availability.read({ from, to })
    expect(rows.map(({ downMs, outages }) => [downMs, outages])).toEqual(rows.map(() => [0, 0]))
  })

  test('while a password is refused nothing is known of the streams either, however short that is', async () => {
    const { client, row, befall } = await watch()
    await befall({ kind: 'wrongPassword', forMs: 30_000 }, 1_000)
    for (const { id } of await client.servers.list()) await client.servers.tryNow({ id })
    await engines.clock.advance(120_000)
    const ofServer = (await row(null))?.unknownMs
    expect(ofServer).toBeGreaterThan(20_000)
    expect((await row('cam1'))?.unknownMs).toBe(ofServer)
  })

  test('a password that is refused says nothing of the server, however long, and wherever a report begins', async () => {
    const { client, befall } = await watch()
    await befall({ kind: 'wrongPassword', forMs: 3 * 3_600_000 }, 1_000)
    for (const { id } of await client.servers.list()) await client.servers.tryNow({ id })
    await engines.clock.advance(90_000)
    for (const from of [startAt, startAt + 3_600_000]) {
      const { rows } = await client.availability.read({ from })
      expect(rows.map(({ downMs, outages }) => ({ downMs, outages }))).toEqual(rows.map(() => ({ downMs: 0, outages: 0 })))
      const server = rows.find(({ subject }) => subject.kind === 'server')
      expect(server?.unknownMs).toBeGreaterThan(startAt + 3 * 3_600_000 - from - 2 * intervalMs)
    }
  })
})
