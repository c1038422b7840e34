import { expect, it } from 'vitest'
import { bytesPerDay, keepFormOf, readKeepForm } from './keepForm.ts'

it('comes back as it was shown', () =>
  expect(readKeepForm(keepFormOf({ keepDays: 7, keepBytes: 5e9 }))).toEqual({ ok: true, value: { keepDays: 7, keepBytes: 5e9 } }))
it('reads commas as decimals', () => expect(readKeepForm({ days: '1,5', gigabytes: '0,5' })).toEqual({ ok: true, value: { keepDays: 1.5, keepBytes: 5e8 } }))
it('names every field that is wrong', () => {
  expect(readKeepForm({ days: '', gigabytes: '0' })).toEqual({ ok: false, error: ['days', 'gigabytes'] })
  expect(readKeepForm({ days: '4000', gigabytes: 'much' })).toEqual({ ok: false, error: ['days', 'gigabytes'] })
})
it('says how much a day takes only when it can tell', () => {
  expect(bytesPerDay({ bytes: 1e9, from: 0 }, 43_200_000)).toBe(2e9)
  expect(bytesPerDay({ bytes: 1e9, from: 0 }, 60_000)).toBeNull()
  expect(bytesPerDay({ bytes: 1e9, from: null }, 60_000)).toBeNull()
})
