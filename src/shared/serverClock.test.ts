import { expect, it } from 'vitest'
import { dateOf } from './serverClock.ts'

const now = Date.UTC(2026, 10, 14, 3)

it('a date that no running clock shows is none', () => {
  expect(dateOf('Sat, 14 Nov 2026 03:24:00 GMT', now)).toBe(now + 24 * 60_000)
  expect(dateOf('Thu, 01 Jan 1970 00:00:00 GMT', now)).toBeNull()
  expect(dateOf('+275760-09-13T00:00:00.000Z', now)).toBeNull()
  expect(dateOf('', now)).toBeNull()
})
