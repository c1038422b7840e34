import { expect, test } from 'vitest'
import { probeLimits } from './probes.ts'
import { longestReadMs, type ProbeTurns, readEveryMs, readingHoldsMs } from './probeTurns.ts'

const turns = (given: Partial<ProbeTurns>): ProbeTurns => ({ mode: 'turns', intervalSeconds: 30, lookSeconds: 6, ...given })

test.each([
  [turns({}), 106_000],
  [turns({ intervalSeconds: 12 }), 88_000],
  [turns({ intervalSeconds: 5 }), 81_000],
  [turns({ intervalSeconds: 86_400 }), 216_000_000],
  [turns({ mode: 'continuous' }), 33_000],
  [turns({ mode: 'continuous', intervalSeconds: 86_400 }), 33_000],
  [turns({ mode: 'continuous', lookSeconds: 60 }), 191_000],
])('a reading of %o counts for %i ms', (probe, holdsMs) => {
  expect(readingHoldsMs(probe)).toBe(holdsMs)
})

test('a reading counts until the slowest stream can have been read again, whatever is set', () => {
  for (const mode of ['turns', 'continuous'] as const)
    for (const intervalSeconds of [...probeLimits.intervalSeconds, 10, 60])
      for (const lookSeconds of [...probeLimits.lookSeconds, 6]) {
        const probe = turns({ mode, intervalSeconds, lookSeconds })
        expect(readingHoldsMs(probe)).toBeGreaterThan(readEveryMs(probe) + longestReadMs(probe))
      }
})
