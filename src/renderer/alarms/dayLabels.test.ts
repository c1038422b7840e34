import { expect, test } from 'vitest'
import { dayLabels } from './HourBars.tsx'

const dayMs = 86_400_000

test.each([
  [7, 1_057],
  [7, 400],
  [28, 1_057],
  [28, 1_697],
  [90, 1_057],
  [1, 300],
] as const)('labels of %i days on %i px neither touch each other nor end beyond the axis', (days, widthPx) => {
  const [from, labelPx] = [1_000_000, 92]
  const to = from + days * dayMs
  const places = dayLabels({ from, to, widthPx, labelPx }).map((at) => ((at - from) / (to - from)) * widthPx)
  expect(places[0]).toBe(0)
  for (const [index, place] of places.entries()) {
    expect(place + labelPx).toBeLessThanOrEqual(widthPx)
    if (index > 0) expect(place - (places[index - 1] ?? 0)).toBeGreaterThanOrEqual(labelPx)
  }
  expect(places.length).toBeGreaterThan(Math.min(days, widthPx / labelPx) / 3)
})
test('of an axis that is too narrow for one, the first is left', () => {
  expect(dayLabels({ from: 0, to: dayMs, widthPx: 10, labelPx: 92 })).toEqual([0])
})
