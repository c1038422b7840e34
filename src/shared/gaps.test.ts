import { describe, expect, it } from 'vitest'
import { commonGaps, gapsWithin, splitGaps } from './gaps.ts'

describe('gaps', () => {
  it('are told apart by whether they lie in others', () => {
    expect(splitGaps([[10, 50]], [[20, 30]])).toEqual({
      inside: [[20, 30]],
      outside: [
        [10, 20],
        [30, 50],
      ],
    })
    expect(splitGaps([[10, 50]], [[0, 100]])).toEqual({ inside: [[10, 50]], outside: [] })
    expect(splitGaps([[10, 50]], [])).toEqual({ inside: [], outside: [[10, 50]] })
    expect(
      splitGaps(
        [[10, 50]],
        [
          [0, 15],
          [45, 60],
        ],
      ),
    ).toEqual({
      inside: [
        [10, 15],
        [45, 50],
      ],
      outside: [[15, 45]],
    })
  })
  it('common to several series are where every one is unknown', () => {
    expect(
      commonGaps([
        [
          [0, 10],
          [20, 30],
        ],
        [[5, 25]],
      ]),
    ).toEqual([
      [5, 10],
      [20, 25],
    ])
    expect(commonGaps([])).toEqual([])
  })
  it('are cut to what is looked at', () =>
    expect(
      gapsWithin(
        [
          [0, 5],
          [8, 20],
          [30, 40],
        ],
        5,
        15,
      ),
    ).toEqual([[8, 15]]))
})
