import { expect, test } from 'vitest'
import { spanOf } from './availabilityPeriod.ts'

const at = Date.UTC(2026, 0, 3, 12, 34, 56)
const iso = ({ from, to }: { readonly from: number; readonly to: number }) => [from, to].map((moment) => new Date(moment).toISOString().slice(0, 16))

test('the last days end with the last full minute, so that a report stays the same for a minute', () => {
  expect(iso(spanOf('day', at, 'utc'))).toEqual(['2026-01-02T12:34', '2026-01-03T12:34'])
  expect(iso(spanOf('days30', at, 'utc'))).toEqual(['2025-12-04T12:34', '2026-01-03T12:34'])
})
test('a month is one of the calendar, the present one as far as it is over, also over New Year', () => {
  expect(iso(spanOf('month', at, 'utc'))).toEqual(['2026-01-01T00:00', '2026-01-03T12:34'])
  expect(iso(spanOf('lastMonth', at, 'utc'))).toEqual(['2025-12-01T00:00', '2026-01-01T00:00'])
})
test('in the zone of this machine it begins at its midnight', () => {
  const { from, to } = spanOf('lastMonth', at, 'local')
  for (const moment of [from, to]) expect([new Date(moment).getDate(), new Date(moment).getHours()]).toEqual([1, 0])
})
