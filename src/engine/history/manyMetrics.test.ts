import { mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type MetricId, metrics } from '../../shared/metrics.ts'
import { partOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { seriesOf } from '../../shared/subjects.ts'
import { unpackBundle } from './bundle/bundle.ts'
import type { History } from './history.ts'
import { madeUpMetrics } from './manyMetrics.fixture.ts'
import { testHistories } from './openHistories.fixture.ts'

const begin = Date.UTC(2026, 10, 14, 23, 30, 0)
const pollMs = 20_000
const paths = ['cam1', 'hall/a']

const { clock, dataDir, open: openAny } = testHistories(begin)
const open = (folder = dataDir()): Promise<History> => openAny({ dataDir: folder, storeWorker: new URL('./manyMetricsWorker.fixture.ts', import.meta.url) })

/** Each is known in other rounds than all others. */
function valueAt(path: string, n: number, at: number): number {
  const round = (at - begin) / pollMs
  if (round % (n + 2) === 1) return Number.NaN
  const { quantum } = metrics[madeUpMetrics[n] as MetricId]
  return Math.round(((round * 7919 + n * 31 + path.length) % 5000) - 100) * quantum
}
const polled: number[] = []
async function pollUntil(store: History, to: number): Promise<void> {
  while (clock().now() < to) {
    const at = clock().now()
    polled.push(at)
    const values = Float64Array.from(paths.flatMap((path) => madeUpMetrics.map((_, n) => valueAt(path, n, at))))
    store.append({ owner: serverSubject('a'), at, parts: paths, metrics: madeUpMetrics, values })
    store.append({ owner: serverSubject('a'), at, parts: null, metrics: ['server.readers'], values: Float64Array.of(at % 17) })
    await clock().advance(pollMs)
  }
}

const near = (value: number) => expect.closeTo(value, 6)
const knownOf = (path: string, n: number, from: number, to: number): [number, unknown][] =>
  polled.flatMap((at) => (at < from || at >= to || Number.isNaN(valueAt(path, n, at)) ? [] : [[at, near(valueAt(path, n, at))]]))
const series = (path: string) => madeUpMetrics.map((metric) => seriesOf(streamSubject('a', path), metric))

async function expectAllStored(store: History, from = begin, to = clock().now()): Promise<void> {
  const last = polled.filter((at) => at < to).at(-1) as number
  const whole = await store.moment(last)
  for (const path of paths) {
    const found = await store.range({ series: series(path), from, to, points: 5000, tier: 'samples' })
    for (const [n, { at, mean }] of found.entries()) expect(at.map((one, i) => [one, mean[i]])).toEqual(knownOf(path, n, from, to))
    const known = Object.fromEntries(madeUpMetrics.flatMap((id, n) => (Number.isNaN(valueAt(path, n, last)) ? [] : [[id, near(valueAt(path, n, last))]])))
    const row = whole.subjects.findIndex((subject) => partOf(subject) === path)
    expect(whole.at[row]).toBe(last)
    const stored = whole.metrics.flatMap((id, m) => {
      const value = whole.values[row * whole.metrics.length + m] as number
      return Number.isNaN(value) ? [] : [[id, value]]
    })
    expect(Object.fromEntries(stored)).toEqual(known)
  }
}

test('two hundred metrics of one kind come back from journal, seals, archives and a bundle', async () => {
  polled.length = 0
  await pollUntil(await open(), begin + 4 * 60_000)
  let store = await open()
  await expectAllStored(store)
  await pollUntil(store, begin + 50 * 60_000)
  await expectAllStored(store)
  const [minutes] = await store.range({
    series: series('hall/a').slice(150, 151),
    from: begin,
    to: begin + 30 * 60_000,
    points: 5000,
    tier: 'minutes',
    totals: true,
  })
  const counted = knownOf('hall/a', 150, begin, begin + 30 * 60_000).length
  expect(minutes?.count?.reduce((sum, count) => sum + count, 0)).toBe(counted)

  await clock().advance(3 * 3_600_000)
  await store.settled()
  expect((await readdir(join(dataDir(), 'history'))).sort()).toContain('samples-2026-11-14.db')
  const end = (polled.at(-1) as number) + 1
  await expectAllStored(store, begin, end)

  const file = join(dataDir(), 'many.mtxdeck')
  const more = { from: String(begin), to: String(end), servers: '[]', configurations: '{}' }
  expect(await store.bundle({ from: begin, to: end, note: '', file, more, probes: [], pictures: [], hide: null })).toBe(true)
  const elsewhere = await mkdtemp(join(dataDir(), 'elsewhere-'))
  expect(await unpackBundle(file, { dataDir: elsewhere, turn: async () => {}, keepPicture: async () => {} })).toMatchObject({ ok: true })
  store = await open(elsewhere)
  await expectAllStored(store, begin, end)
})
