import { describe, expect, it } from 'vitest'
import { type SumInput, sumInputSchema } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { History } from './history.ts'
import { testHistories } from './openHistories.fixture.ts'

const metrics = ['server.bitrateIn', 'server.readers'] as const satisfies readonly MetricId[]
const ids = Array.from({ length: 100 }, (_, index) => `server-${index}`)
const subjects = ids.map(serverSubject)

const { clock, open } = testHistories(Date.UTC(2026, 10, 14, 12))

const bitrateOf = (index: number): number => 1_000_000 + 100 * index
/** All servers are polled every two seconds; those that `isAway` names do not answer. */
async function poll(store: History, seconds: number, isAway: (index: number) => boolean = () => false): Promise<void> {
  for (let second = 0; second < seconds; second += 2) {
    ids.forEach((ownerId, index) => {
      const owner = serverSubject(ownerId)
      if (isAway(index)) store.gap(owner, clock().now())
      else store.append({ owner, at: clock().now(), parts: null, metrics, values: Float64Array.of(bitrateOf(index), index % 7) })
    })
    await clock().advance(2000)
  }
}
const sumOf = (indexes: readonly number[]): number => indexes.reduce((sum, index) => sum + bitrateOf(index), 0)
const all = ids.map((_, index) => index)
const ask = (from: number, more: Partial<SumInput> = {}): SumInput => ({
  metrics: [...metrics],
  subjects,
  from,
  to: clock().now(),
  bucketMs: 2000,
  toleranceMs: 8000,
  ...more,
})

describe('a sum over a hundred servers', () => {
  it('is that of all of them, of each metric that is asked for', async () => {
    const store = await open()
    const from = clock().now()
    await poll(store, 60)
    const [bitrate, readers] = await store.sum(ask(from))
    expect(bitrate).toMatchObject({ last: sumOf(all), gaps: [], lacking: [], tier: 'samples' })
    expect(new Set(bitrate?.mean)).toEqual(new Set([sumOf(all)]))
    expect(bitrate?.at).toHaveLength(30)
    expect(readers?.last).toBe(all.reduce((sum, index) => sum + (index % 7), 0))
  })
  it('lacks by name those that are not known then, and is unknown where none is', async () => {
    const store = await open()
    const from = clock().now()
    await poll(store, 20)
    const isAway = (index: number) => index >= 98
    await poll(store, 20, isAway)
    const allAwayAt = clock().now()
    await poll(store, 20, () => true)
    const backAt = clock().now()
    await poll(store, 20)
    const [sum] = await store.sum(ask(from))
    expect(sum?.gaps).toEqual([[allAwayAt, backAt]])
    expect(sum?.lacking.map(({ part }) => part)).toEqual([98, 99])
    expect(sum?.mean.at(sum.at.findLastIndex((at) => at < allAwayAt - 2000))).toBe(sumOf(all.filter((index) => !isAway(index))))
    expect(sum?.last).toBe(sumOf(all))
    const [then] = await store.sum(ask(from, { to: allAwayAt }))
    expect(then?.last).toBe(sumOf(all.filter((index) => !isAway(index))))
  })
  it('goes on from any moment as if all of it had been asked for', async () => {
    const store = await open()
    const from = clock().now()
    await poll(store, 30)
    await poll(store, 30, (index) => index % 3 === 0)
    const [whole] = await store.sum(ask(from))
    for (const seconds of [20, 30, 34, 50]) {
      const begin = from + seconds * 1000
      const [end] = await store.sum(ask(begin))
      const later = (sum: typeof whole) => (sum?.at ?? []).flatMap((at, index) => (at >= begin ? [[at, sum?.mean[index]]] : []))
      expect(later(end)).toEqual(later(whole))
      expect(end?.last).toBe(whole?.last)
    }
  })
})

describe('what may be asked of a sum', () => {
  const input = { metrics: ['server.readers'], subjects, from: 0, to: 10_000, bucketMs: 2000, toleranceMs: 8000 }
  it('is four thousand subjects at most, and five thousand points', () => {
    expect(sumInputSchema.safeParse(input).success).toBe(true)
    const many = Array.from({ length: 4000 }, (_, index) => serverSubject(`s${index}`))
    expect(sumInputSchema.safeParse({ ...input, subjects: many }).success).toBe(true)
    expect(sumInputSchema.safeParse({ ...input, subjects: [...many, serverSubject('one-more')] }).success).toBe(false)
    expect(sumInputSchema.safeParse({ ...input, bucketMs: 1 }).success).toBe(false)
  })
  it('is a metric that every subject has', () =>
    expect(sumInputSchema.safeParse({ ...input, subjects: [...subjects, streamSubject('server-1', 'cam')] }).success).toBe(false))
})
