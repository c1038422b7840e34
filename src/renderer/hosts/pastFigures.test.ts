import { expect, it } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { someHost, someReading } from '../../shared/hosts.fixture.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import type { Tier } from '../../shared/tiers.ts'
import { reachMs, valueAt } from '../fleet/pastValues.ts'
import { pastSeries, pastView, readPast } from './pastFigures.ts'

function columns(points: readonly (readonly [at: number, value: number])[], tier: Tier = 'samples'): SeriesColumns {
  const values = points.map(([, value]) => value)
  return { at: points.map(([at]) => at), min: values, mean: values, max: values, gaps: [], tier }
}
const host = someHost({
  state: 'down',
  // It is down now, and what it had then still has names.
  reading: someReading({
    cpuPercent: 99,
    disks: [{ mount: '/rec', device: null, sizeBytes: 1e12, usedPercent: 99, freeBytes: 1, readBps: null, writtenBps: null, fullAt: 5 }],
    networks: [{ name: 'eth0', receivedBps: null, sentBps: null, errors: null, drops: null, linkBps: 1e9, usedPercent: null }],
  }),
})
const series = pastSeries(host)
/** The host at a moment, of which history holds these values. */
const at = (moment: number, held: Readonly<Record<string, SeriesColumns>>) =>
  pastView(
    host,
    moment,
    series,
    series.map((one) => held[`${partOf(one.subject) ?? ''} ${one.metric}`.trim()] ?? columns([])),
  )

it('the value at a moment is that of the last bucket up to it', () => {
  const line = columns([
    [1000, 1],
    [2000, 2],
    [3000, 3],
  ])
  expect(valueAt(line, 2500, 6000)).toBe(2)
  expect(valueAt(line, 999, 6000)).toBeNull()
  // Nothing came for too long: it is not known.
  expect(valueAt(line, 9001, 6000)).toBeNull()
  expect(valueAt(columns([[0, 7]], 'minutes'), 59_000, 6000)).toBe(7)
  expect(valueAt({ ...columns([[0, 7]]), last: [9] }, 10, 6000)).toBe(9)
  expect(valueAt(undefined, 0, 6000)).toBeNull()
})

it('between two samples that are far apart the value holds, unless there is a gap', () => {
  const line = columns([
    [0, 1],
    [300_000, 2],
  ])
  expect(valueAt(line, 200_000, 6000)).toBe(1)
  expect(valueAt({ ...line, gaps: [[0, 300_000]] }, 200_000, 6000)).toBeNull()
  expect(valueAt({ ...line, gaps: [[300_000, 400_000]] }, 200_000, 6000)).toBe(1)
  expect(valueAt(line, 310_000, 6000)).toBeNull()
})

it('shows what history keeps of then, and nothing of now', () => {
  const view = at(60_000, {
    'host.reachable': columns([[59_500, 1]]),
    'host.cpu': columns([[59_500, 12]]),
    'disk:/rec device.used': columns([[59_500, 40]]),
    'net:eth0 device.sent': columns([[59_500, 3e6]]),
  })
  expect(view.state).toBe('up')
  expect(view.figures?.cpuPercent).toBe(12)
  expect(view.figures?.disks).toEqual([
    { mount: '/rec', device: null, sizeBytes: null, usedPercent: 40, freeBytes: null, readBps: null, writtenBps: null, fullAt: null },
  ])
  expect(view.figures?.networks[0]).toMatchObject({ name: 'eth0', sentBps: 3e6, receivedBps: null, linkBps: null })
  expect(view.figures?.mediaServer).toBeNull()
  expect(view.figures?.memoryPercent).toBeNull()
})

it('a disk that had no samples then is left out instead of shown as empty', () => {
  expect(at(60_000, { 'host.reachable': columns([[59_500, 1]]) }).figures?.disks).toEqual([])
})

it('a host that was tried in vain is down until the next try, and one that nobody asked is unknown', () => {
  const down = { 'host.reachable': columns([[10_000, 0]]) }
  expect(at(70_000, down).state).toBe('down')
  expect(at(70_000, down).figures).toBeNull()
  expect(at(120_000, down).state).toBe('unknown')
  // What answered once a minute ago has not answered since.
  expect(at(70_000, { 'host.reachable': columns([[10_000, 1]]) }).state).toBe('unknown')
})

it('long ago is asked for in wider stretches, as wide as what is kept of it', () => {
  expect(reachMs([], 1000)).toBe(90_000)
  expect(reachMs([], 60_000)).toBe(180_000)
  expect(reachMs([columns([]), columns([], 'quarterHours')], 1000)).toBeGreaterThan(900_000)
})

it('tells every host of a large fleet at a moment, in questions that history takes', async () => {
  const hosts = Array.from({ length: 300 }, (_, place) => ({ ...host, id: `host-${String(place).padStart(8, '0')}` }))
  const asked: number[] = []
  const views = await readPast(hosts, 10_000, async ({ series: some }) => {
    asked.push(some.length)
    return some.map(({ subject, metric }) =>
      metric === 'host.reachable' ? columns([[9500, 1]]) : metric === 'host.cpu' ? columns([[9500, Number(ownerIdOf(subject).slice(5))]]) : columns([]),
    )
  })
  expect(views.map(({ state }) => state)).toEqual(hosts.map(() => 'up'))
  expect(views.map(({ figures }) => figures?.cpuPercent)).toEqual(hosts.map((_, place) => place))
  expect(Math.max(...asked)).toBeLessThanOrEqual(64)
})

it('finds samples that are far apart, and leaves a host unknown that had a gap then', async () => {
  const sparse = columns([
    [1_000_000, 1],
    [1_300_000, 1],
  ])
  const beside = { ...host, id: 'host-2' }
  const views = await readPast([host, beside], 1_200_000, async ({ series: some, from, to }) =>
    some.map(({ subject, metric }): SeriesColumns => {
      if (metric !== 'host.reachable' || from > 1_000_000 || to < 1_300_000) return columns([])
      return ownerIdOf(subject) === beside.id ? { ...sparse, gaps: [[1_000_001, 1_300_000]] } : sparse
    }),
  )
  expect(views.map(({ state }) => state)).toEqual(['up', 'unknown'])
})

it('looks far around the moment only for the hosts that are not known near it', async () => {
  const beside = { ...host, id: 'host-2' }
  const around = new Set<string>()
  const views = await readPast([host, beside], 1_200_000, async ({ series: some, to }) =>
    some.map(({ subject, metric }): SeriesColumns => {
      if (to > 1_200_001) around.add(ownerIdOf(subject))
      return metric === 'host.reachable' && ownerIdOf(subject) === host.id ? columns([[1_199_500, 1]]) : columns([])
    }),
  )
  expect(views.map(({ state }) => state)).toEqual(['up', 'unknown'])
  expect([...around]).toEqual([beside.id])
})
