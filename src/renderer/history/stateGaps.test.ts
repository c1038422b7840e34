import { describe, expect, it } from 'vitest'
import { fromHistory } from './joinSeries.ts'
import { bridgeOutage, unknownStretches, unpublishedStretches, withoutStretches } from './stateGaps.ts'

describe('a missing figure', () => {
  it('counts stretches that were stored as unknown like gaps', () => {
    const state = fromHistory({ at: [0, 10, 20, 30, 35], min: [0, 5, 5, 4, 6], mean: [0, 5, 5, 4, 6], max: [0, 5, 5, 4, 6], gaps: [], tier: 'samples' })
    expect(unknownStretches(state, [[40, 50]], 50)).toEqual([
      [10, 30],
      [40, 50],
    ])
  })
})
describe('readers of a stream that nobody publishes', () => {
  const state = fromHistory({ at: [0, 10, 20, 30, 40], min: [0, 4, 6, 0, 2], mean: [0, 4, 6, 2, 2], max: [0, 4, 6, 4, 2], gaps: [], tier: 'samples' })
  it('are not drawn while it is gone or waits, and are where it was on for a part of the bucket', () => {
    const stretches = unpublishedStretches(state, 50)
    expect(stretches).toEqual([
      [10, 30],
      [40, 50],
    ])
    const readers = fromHistory({ at: [0, 10, 20, 30, 40], min: [3, 0, 0, 1, 0], mean: [3, 0, 0, 1, 0], max: [3, 0, 0, 1, 0], gaps: [], tier: 'samples' })
    expect(withoutStretches(readers, stretches)).toMatchObject({ at: [0, 30], mean: [3, 1] })
  })
})
describe('the pauses between the tries of an outage', () => {
  const series = fromHistory({ at: [0, 10_000, 40_000], min: [1, 0, 0], mean: [1, 0, 0], max: [1, 0, 0], gaps: [], tier: 'samples' })
  it('are part of it', () => expect(bridgeOutage(series, [[11_000, 40_000]])).toEqual([]))
  it('are gaps after a good answer, and where they are too long', () => {
    expect(bridgeOutage(series, [[1000, 9000]])).toEqual([[1000, 9000]])
    expect(bridgeOutage(series, [[41_000, 99_000]])).toEqual([[41_000, 99_000]])
  })
})
