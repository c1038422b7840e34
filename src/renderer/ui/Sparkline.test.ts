import { expect, it } from 'vitest'
import { sparklinePath } from './Sparkline.tsx'

it('draws nothing of nothing, of one point, and of what is not known', () => {
  expect(sparklinePath([], 0, 80, 20)).toBe('')
  expect(sparklinePath([4], 1, 80, 20)).toBe('')
  expect(sparklinePath([Number.NaN, Number.NaN], 2, 80, 20)).toBe('')
})
it('breaks the line at a gap', () => {
  expect(sparklinePath([1, 2, Number.NaN, 3], 4, 90, 20).match(/M/g)?.length).toBe(2)
})
it('starts further right while there are few points, and ends at the right edge', () => {
  const path = sparklinePath([1, 2], 2, 118, 20, 60)
  expect(path.startsWith('M116.0 ')).toBe(true)
  expect(path).toContain('L118.0 ')
})
it('lies at the bottom where there is nothing but zeros, and in the middle where it is steady', () => {
  expect(sparklinePath([0, 0], 2, 10, 20)).toBe('M0.0 18.5h.1L10.0 18.5')
  expect(sparklinePath([7, 7], 2, 10, 20)).toBe('M0.0 10.0h.1L10.0 10.0')
})
it('keeps noise of a few percent small', () => {
  const heights = [...sparklinePath([100, 101, 100], 3, 10, 23).matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y))
  expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(3)
})
