import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDemoFleet, type DemoFleet } from '../../src/demo/demoFleet.fixture.ts'
import { createTestEngines, type TestEngines } from '../../src/engine/testEngines.ts'
import { bucketAt, fromSum } from '../../src/renderer/history/joinSeries.ts'
import type { MetricId } from '../../src/shared/metrics.ts'
import { sumTotals } from '../../src/shared/servers.ts'
import { serverSubject } from '../../src/shared/subjectNames.ts'

const startAt = Date.UTC(2026, 10, 14, 14, 0, 0)
const auth = { kind: 'basic', user: 'noc', password: 'watch-me' } as const
const camera = (name: string) => ({ name, source: 'rtspSession' as const, readers: ['rtspSession' as const, 'webRTCSession' as const] })
const metrics = ['server.bitrateIn', 'server.bitrateOut', 'server.readers', 'server.streamsLive'] as const satisfies readonly MetricId[]
const toleranceMs = 8000

let engines: TestEngines
beforeEach(async () => {
  engines = await createTestEngines(startAt, 30)
})
afterEach(async () => {
  await engines[Symbol.asyncDispose]()
  expect(engines.bugs).toEqual([])
})

test('sums of History say at every second what the past says of the servers that were known then', async () => {
  const { clock, open } = engines
  const fleet: DemoFleet = open.use(
    await createDemoFleet({
      clock,
      seed: 'sums',
      servers: [
        { name: 'Berlin', paths: [camera('hall'), camera('door')] },
        { name: 'Graz', paths: [camera('gate'), camera('yard'), camera('roof')] },
        { name: 'Linz', auth, paths: [camera('locks')] },
        { name: 'Wien', paths: [camera('stage')] },
      ],
    }),
  )
  const { client } = await engines.start({ servers: fleet.yamlServers() })
  const ids = new Map((await client.servers.list()).map(({ id, name }) => [name, id]))
  await clock.advance(60_000)
  const from = clock.now()
  const acts: Readonly<Record<number, () => void>> = {
    20: () => fleet.server('Berlin').trouble({ kind: 'die', forMs: 52_000 }),
    60: () => fleet.server('Graz').trouble({ kind: 'freeze', forMs: 25_000 }),
    110: () => fleet.server('Linz').trouble({ kind: 'wrongPassword' }),
    130: () => fleet.server('Wien').trouble({ kind: 'hang', forMs: 20_000 }),
  }
  for (let second = 0; second < 180; second++) {
    acts[second]?.()
    await clock.advance(1000)
  }
  const to = clock.now()
  const subjects = [...ids.values()].map(serverSubject)
  const points = 450
  const drawn = (await client.history.sum({ metrics: [...metrics], subjects, from, to, bucketMs: (to - from) / points, toleranceMs })).map(fromSum)
  const wrong: unknown[] = []
  let lacked = 0
  let compared = 0
  for (let moment = from + 2500; moment < to - 1000; moment += 1000) {
    const past = (await client.fleet.past({ at: moment })).servers
    const totals = sumTotals(past.map((server) => server.totals))
    const known = past.filter(({ totals: { readers } }) => readers !== null)
    lacked = Math.max(lacked, past.length - known.length)
    const samples = { from: moment - toleranceMs, to: moment + 1, tier: 'samples', bucketMs: toleranceMs + 1, toleranceMs: 0 } as const
    const exact = (await client.history.sum({ metrics: [...metrics], subjects, ...samples })).map(({ last }) => last)
    // Of a server whose polls fail the past keeps the states of its streams until three were missed; a sum keeps nothing.
    const { live } = sumTotals(known.map((server) => server.totals))
    const said = [totals.bitrateInBps, totals.bitrateOutBps, totals.readers, live]
    // Until a server that hangs has missed three polls it still counts as known; the console looks for it once a second.
    const oldestMs = Math.max(0, ...known.map(({ lastAnswerAt }) => moment - (lastAnswerAt ?? 0)))
    if (oldestMs < 6000 && JSON.stringify(exact) !== JSON.stringify(said)) wrong.push({ second: (moment - from) / 1000, exact, said })
    // In a chart its gap begins right after its last answer.
    if (oldestMs >= 2000) continue
    compared++
    // A point is drawn for all that happens within its bucket: it has its least and its most, and a mean of both.
    drawn.forEach((sum, place) => {
      const index = bucketAt(sum, sum.gaps, moment, toleranceMs)
      const value = said[place] ?? null
      const [least, most] = index === null ? [null, null] : [sum.min[index] ?? null, sum.max[index] ?? null]
      const fits = value === null || least === null || most === null ? value === least : value >= least && value <= most
      if (!fits) wrong.push({ second: (moment - from) / 1000, metric: metrics[place], least, most, value })
    })
  }
  expect(wrong).toEqual([])
  expect(lacked).toBeGreaterThan(1)
  expect(compared).toBeGreaterThan(155)
  const lackingNames = (drawn[0]?.lacking ?? []).map(({ part }) => [...ids.keys()][part])
  expect(lackingNames).toEqual(['Berlin', 'Graz', 'Linz', 'Wien'])
})
