import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { laneHeights } from './laneHeights.ts'

describe('heights of lanes', () => {
  it('are shared by weight', () => expect(laneHeights([1, 2, 1], 400, 46)).toEqual([100, 200, 100]))
  it('leave none so small that its value is cut off: the others make room', () => expect(laneHeights([0.5, 1, 1], 200, 46)).toEqual([46, 77, 77]))
  it('are higher than their room where that is too little for all', () => expect(laneHeights([1, 2], 60, 46)).toEqual([46, 46]))
  it('of nothing are none', () => expect(laneHeights([], 300, 46)).toEqual([]))
  it('fill their room but for a pixel each, and never more of it, where there is enough', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 4, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 2000 }),
        (weights, more) => {
          const px = weights.length * 46 + more
          const heights = laneHeights(weights, px, 46)
          const sum = heights.reduce((one, other) => one + other, 0)
          expect(Math.min(...heights)).toBeGreaterThanOrEqual(46)
          expect(sum).toBeLessThanOrEqual(px)
          expect(sum).toBeGreaterThanOrEqual(px - weights.length)
        },
      ),
    )
  })
})
