import { expect, test } from 'vitest'
import { goDurationMs } from './goDuration.ts'

test('durations are read as each version of MediaMTX writes them, no time at all as well', () => {
  const all = ['10s', '1m30s', '1d', '1d2h0m0s', '500ms', '0s', '', 'never', '-1s', null, 7]
  expect(all.map(goDurationMs)).toEqual([10_000, 90_000, 86_400_000, 93_600_000, 500, 0, 0, null, null, null, null])
})
