import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { someHost, someReading } from '../../shared/hosts.fixture.ts'
import type { HostReading } from '../../shared/hosts.ts'
import { median, quantile } from '../../shared/statistics.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { createSizing, diskFullAt, fitLine, type SizingHistory, sizeUp, theilSen } from './sizing.ts'

const now = Date.UTC(2026, 10, 20, 13, 0, 0)
const hour = 3_600_000
const day = 24 * hour
/** Noise that is the same each time, -1 to 1. */
const noise = (i: number) => Math.sin(i * 12.9898) * 0.6 + Math.sin(i * 4.1414) * 0.4

const reading = (more: Partial<HostReading> = {}) =>
  someReading({
    at: now,
    hostname: 'far',
    cores: 8,
    cpuPercent: 20,
    memoryTotalBytes: 16e9,
    memoryUsedBytes: 4e9,
    memoryPercent: 25,
    networks: [{ name: 'eth0', receivedBps: 0, sentBps: 0, errors: 0, drops: 0, linkBps: 1e9, usedPercent: 5 }],
    ...more,
  })
/** Quarter hours of some days until now, of the streams at each. */
function historyOf(
  days: number,
  streamsAt: (i: number, count: number) => number,
  more: Partial<Record<'cpu' | 'memory' | 'sent', (streams: number, i: number) => number>> = {},
): SizingHistory {
  const count = days * 96
  const at = Array.from({ length: count }, (_, i) => now - (count - 1 - i) * 900_000)
  const streams = at.map((_, i) => streamsAt(i, count))
  const valuesOf = (valueAt: (streams: number, i: number) => number) => new Map(at.map((moment, i) => [moment, valueAt(streams[i] as number, i)]))
  const of = (what: 'cpu' | 'memory' | 'sent', usual: (streams: number, i: number) => number) => valuesOf(more[what] ?? usual)
  return {
    stepMs: 900_000,
    cpu: of('cpu', (value, i) => 4 + 0.5 * value + noise(i) * 0.4),
    memory: of('memory', (value, i) => 2e9 + 30e6 * value + noise(i + 7) * 20e6),
    streams: valuesOf((value) => value),
    traffic: valuesOf((value, i) => value * 8e6 * (1 + noise(i + 3) * 0.3)),
    sent: new Map([['eth0', of('sent', (value, i) => 6e6 * value + noise(i + 5) * 1e6)]]),
  }
}
const host = { id: 'host-abcd1234', reading: reading(), tied: true }
/** 10 to 60 streams over each day. */
const daily = (i: number) => Math.round(35 + 25 * Math.sin((i / 96) * 2 * Math.PI))

describe('sizing a host by its own history', () => {
  it('finds what one more stream costs', () => {
    const sizing = sizeUp(host, historyOf(5, daily), now)
    expect(sizing.why).toBeNull()
    expect(sizing.spanMs).toBe(5 * day - 900_000)
    expect(sizing.perStream?.cpuPercent).toBeCloseTo(0.5, 1)
    expect(sizing.perStream?.memoryBytes).toBeGreaterThan(28e6)
    expect(sizing.perStream?.memoryBytes).toBeLessThan(32e6)
    expect(sizing.perStream?.sentBps).toBeGreaterThan(5.8e6)
    expect(sizing.perStream?.sentBps).toBeLessThan(6.2e6)
    const limits = Object.fromEntries(sizing.limits.map((limit) => [limit.what, limit]))
    // 35 streams now: 21.5 %, and 90 % are the limit.
    expect(limits.cpu?.streamsLeft).toBeGreaterThan(120)
    expect(limits.cpu?.streamsLeft).toBeLessThan(145)
    expect(limits.network?.streamsLeft).toBeGreaterThan(100)
    expect(limits.memory?.streamsLeft).toBeGreaterThan(300)
    // A day's rhythm is no growth.
    expect(sizing.limits.map(({ runsOutAt }) => runsOutAt)).toEqual([null, null, null])
  })

  it('says when something runs out at the growth of its history', () => {
    const growing = historyOf(6, (i, count) => Math.round(20 + (i / count) * 30) + (i % 3))
    const sizing = sizeUp(host, growing, now)
    const cpu = sizing.limits.find(({ what }) => what === 'cpu')
    // 5 streams a day are 2.5 % of CPU a day; about 29.5 % now: 24 days to 90 %.
    expect(((cpu?.runsOutAt ?? 0) - now) / day).toBeGreaterThan(20)
    expect(((cpu?.runsOutAt ?? 0) - now) / day).toBeLessThan(29)
  })

  it('distinguishes what does not grow from what is not known yet', () => {
    const of = (days: number) => sizeUp(host, historyOf(days, daily), now).limits.map(({ growthKnown, runsOutAt }) => ({ growthKnown, runsOutAt }))
    expect(of(1)).toEqual(Array(3).fill({ growthKnown: false, runsOutAt: null }))
    expect(of(3)).toEqual(Array(3).fill({ growthKnown: true, runsOutAt: null }))
    const withoutNetwork = sizeUp({ ...host, reading: reading({ networks: [] }) }, historyOf(3, daily), now)
    expect(withoutNetwork.limits.map(({ what }) => what)).toEqual(['cpu', 'memory'])
  })

  it('says why where it cannot tell', () => {
    expect(sizeUp({ ...host, tied: false }, historyOf(5, daily), now)).toMatchObject({ perStream: null, why: { kind: 'notTied' } })
    const short = historyOf(5, daily)
    const newest = (values: ReadonlyMap<number, number>) => new Map([...values].slice(-20))
    const cut = { ...short, cpu: newest(short.cpu), memory: newest(short.memory), sent: new Map() }
    expect(sizeUp(host, cut, now)).toMatchObject({ perStream: null, why: { kind: 'needsData', minutes: 150 } })
    const steady = historyOf(5, () => 12)
    const still = { ...steady, traffic: new Map([...steady.streams.keys()].map((at) => [at, 96e6])) }
    expect(sizeUp(host, still, now)).toMatchObject({ perStream: null, why: { kind: 'steady' } })
    const none = { ...still, cpu: new Map(), memory: new Map(), sent: new Map() }
    expect(sizeUp({ ...host, reading: null }, none, now)).toMatchObject({ limits: [], spanMs: 0, perStream: null })
  })

  it('goes by the traffic where there are always as many streams', () => {
    const steady = historyOf(5, () => 12, { cpu: (_, i) => 4 + 0.5 * 12 * (1 + noise(i + 3) * 0.3) })
    expect(sizeUp(host, steady, now).perStream?.cpuPercent).toBeCloseTo(0.5, 1)
  })

  it('calls nothing a cost that the load does not explain', () => {
    const sizing = sizeUp(
      host,
      historyOf(5, daily, { cpu: (_, i) => 30 + noise(i * 31) * 20, memory: () => 4e9, sent: (_, i) => 1e6 * (1 + noise(i * 17)) }),
      now,
    )
    expect(sizing.perStream).toBeNull()
    expect(sizing.limits.find(({ what }) => what === 'cpu')?.streamsLeft).toBeNull()
  })

  it('bears hours that are wrong and others that are not known', () => {
    const clean = historyOf(5, daily)
    const cpu = new Map([...clean.cpu].filter((_, i) => i % 7 !== 0).map(([at, value], i) => [at, i % 9 === 0 ? 100 : value]))
    expect(sizeUp(host, { ...clean, cpu }, now).perStream?.cpuPercent).toBeCloseTo(0.5, 1)
  })
})

describe('the forecast of a disk', () => {
  const series = (days: number, used: (part: number, i: number) => number) => {
    const count = days * 96
    const at = Array.from({ length: count }, (_, i) => now - (count - 1 - i) * 900_000)
    return { at, mean: at.map((_, i) => used(i / count, i)) }
  }
  it('forecasts when it is full at the pace of its history', () => {
    const inDays =
      ((diskFullAt(
        series(7, (part) => 60 + 7 * part),
        67,
        now,
      ) ?? 0) -
        now) /
      day
    // 1 % a day, 33 % left.
    expect(inDays).toBeGreaterThan(32)
    expect(inDays).toBeLessThan(34)
  })
  it('is not turned by a copy that was there for some hours', () => {
    const inDays =
      ((diskFullAt(
        series(7, (part, i) => 60 + 7 * part + (i > 300 && i < 330 ? 30 : 0)),
        67,
        now,
      ) ?? 0) -
        now) /
      day
    expect(inDays).toBeGreaterThan(28)
    expect(inDays).toBeLessThan(38)
  })
  it.each([
    ['does not change', series(7, () => 60)],
    ['shrinks', series(7, (part) => 60 - 5 * part)],
    ['goes up and down with the day', series(7, (_, i) => 60 + 5 * Math.sin((i / 96) * 2 * Math.PI))],
    ['was read for less than six hours', series(0.2, (part) => 60 + part)],
    ['has no history', { at: [], mean: [] }],
    ['would take longer than anybody plans', series(7, (part) => 10 + part * 0.05)],
  ])('says nothing of one that %s', (_, column) => {
    expect(diskFullAt(column, 60, now)).toBeNull()
  })
})

it('a host of several servers is sized by the streams of all of them, and by none where one is unknown', async () => {
  const at = Array.from({ length: 120 }, (_, i) => now - (119 - i) * 60_000)
  const streamsOf = { a: (i: number) => 5 + (i % 10), b: (i: number) => 20 + ((i * 7) % 31) }
  const sizingOf = (serverIds: readonly string[]) => {
    const { of } = createSizing({
      clock: createTestClock(now),
      range: async ({ series }) =>
        series.map(({ subject, metric }) => {
          const owner = ownerIdOf(subject)
          const value = (i: number) =>
            metric === 'host.cpu' ? 4 + 0.5 * (streamsOf.a(i) + streamsOf.b(i)) : metric === 'server.streamsLive' ? streamsOf[owner as 'a' | 'b'](i) : 0
          const known = owner === 'unknown' ? [] : at
          const mean = known.map((_, i) => value(i))
          return { at: known, mean, min: mean, max: mean, gaps: [], tier: 'minutes' as const }
        }),
    })
    return of(someHost({ serverIds: [...serverIds], reading: reading() }))
  }
  expect((await sizingOf(['a', 'b'])).perStream?.cpuPercent).toBeCloseTo(0.5, 5)
  expect((await sizingOf(['a', 'b', 'unknown'])).why).toMatchObject({ kind: 'needsData' })
  expect((await sizingOf([])).why).toEqual({ kind: 'notTied' })
})

describe('lines through points', () => {
  it('find a slope although a quarter of the points are anything', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: -100, max: 100 }),
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 10, maxLength: 10 }),
        (slope, base, wrong) => {
          const xs = Array.from({ length: 50 }, (_, i) => i)
          const ys = xs.map((x, i) => (i % 5 === 2 ? (wrong[Math.floor(i / 5)] as number) : base + slope * x))
          const line = fitLine(xs, ys)
          expect(Math.abs((line?.slope ?? Number.NaN) - slope)).toBeLessThan(2 + Math.abs(slope) * 0.25)
        },
      ),
    )
    expect(theilSen([])).toBeNull()
    expect(fitLine([3, 3, 3], [1, 2, 3])).toBeNull()
  })
  it('know medians and quantiles', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([0, 10], 0.25)]).toEqual([2, 2.5, 2.5])
    expect(median([])).toBeNaN()
  })
})
