import { expect, it } from 'vitest'
import { planStart, readPlanForm, writePlanForm } from './planForm.ts'

it('stands in the address as it was typed, and leaves the rest of it alone', () => {
  const form = { streams: '40', mbit: '2,5', readers: '', each: false, transcoding: true }
  const params = writePlanForm(new URLSearchParams('at=1000'), form)
  expect(readPlanForm(params)).toEqual(form)
  expect(params.get('at')).toBe('1000')
  expect(readPlanForm(new URLSearchParams())).toEqual(planStart)
})
