import { expect, it } from 'vitest'
import { planInputOf, planStart, readPlanForm, writePlanForm } from './planForm.ts'

it('readers of each stream are counted over all, those of all together as they are', () => {
  expect(planInputOf({ ...planStart, streams: '8', mbit: '4,5', readers: '3' }).input).toEqual({
    streams: 8,
    bitrateBps: 4_500_000,
    readers: 24,
    transcoding: false,
  })
  expect(planInputOf({ ...planStart, streams: '8', readers: '3', each: false }).input?.readers).toBe(3)
})

it.each([
  [{ streams: '' }, ['streams']],
  [{ streams: '2.5' }, ['streams']],
  [{ streams: '-1' }, ['streams']],
  [{ mbit: 'fast' }, ['mbit']],
  [{ mbit: '0' }, ['mbit']],
  [{ readers: '' }, ['readers']],
  [{ readers: '-1' }, ['readers']],
  [{ streams: '10000', readers: '200' }, ['readers']],
] as const)('names the field that is wrong of %j, and makes no plan', (change, wrong) => {
  expect(planInputOf({ ...planStart, ...change })).toEqual({ input: null, wrong })
})

it('stands in the address as it was typed, and leaves the rest of it alone', () => {
  const form = { streams: '40', mbit: '2,5', readers: '', each: false, transcoding: true }
  const params = writePlanForm(new URLSearchParams('at=1000'), form)
  expect(readPlanForm(params)).toEqual(form)
  expect(params.get('at')).toBe('1000')
  expect(readPlanForm(new URLSearchParams())).toEqual(planStart)
})
