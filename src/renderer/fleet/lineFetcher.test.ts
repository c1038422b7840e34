import { describe, expect, it } from 'vitest'
import type { SeriesColumns } from '../../shared/history.ts'
import { sparklineOf } from './lineFetcher.ts'

const columns = (at: readonly number[], mean: readonly number[], tier: SeriesColumns['tier'] = 'samples'): SeriesColumns => ({
  at: [...at],
  min: [...mean],
  mean: [...mean],
  max: [...mean],
  gaps: [],
  tier,
})

describe('sparklineOf', () => {
  it('has one value a poll, and none where none was read', () => {
    const values = sparklineOf(columns([120_001, 122_004, 126_002], [5, 6, 8]), 127_500, 2000)
    expect([...values.subarray(55)]).toEqual([Number.NaN, 5, 6, Number.NaN, 8])
    expect(sparklineOf(columns([120_000], [5]), 126_100, 2000)[57]).toBe(5)
  })

  it('is whole where polls come a little early or late', () => {
    const at = Array.from({ length: 60 }, (_, poll) => 1_000_000 + poll * 2000 + (poll % 3) * 400)
    const values = sparklineOf(columns(at, at), 1_000_000 + 60 * 2000, 2000)
    expect([...values]).toEqual(at)
  })

  it('does not draw minutes as if they were polls', () => {
    expect(sparklineOf(columns([60_000], [5], 'minutes'), 0, 2000).some((value) => !Number.isNaN(value))).toBe(false)
  })
})
