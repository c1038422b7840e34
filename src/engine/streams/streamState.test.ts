import { expect, test } from 'vitest'
import { evaluateState, type StreamSigns, stallAfterMs } from './streamState.ts'

const never = Number.NaN
const signs = (changes: Partial<StreamSigns>): StreamSigns => ({
  available: false,
  slate: false,
  quietMs: 0,
  onDemand: false,
  lastLiveAt: never,
  expected: true,
  isClaimed: false,
  stoppedFirst: false,
  because: null,
  ...changes,
})

test.each<[string, Partial<StreamSigns>, string]>([
  ['data arrives', { available: true }, 'live'],
  ['data does not arrive', { available: true, quietMs: 4000 }, 'stalled'],
  ['data did not arrive for less than 4 s', { available: true, quietMs: 2000 }, 'live'],
  ['the slate is on air', { available: true, slate: true }, 'slate'],
  ['a slate stands still', { available: true, slate: true, quietMs: 60_000 }, 'slate'],
  ['nothing was ever live here', {}, 'waiting'],
  ['nothing was ever live here, though it is expected by its very name', { isClaimed: true }, 'gone'],
  ['it was live', { lastLiveAt: 1 }, 'gone'],
  ['it was live, and is not expected', { lastLiveAt: 1, expected: false }, 'ended'],
  ['it was live, is not expected, and its data stopped first', { lastLiveAt: 1, expected: false, stoppedFirst: true }, 'gone'],
  ['so it was, and its plan or an operator says that it is off', { lastLiveAt: 1, expected: false, stoppedFirst: true, because: { expects: false } }, 'ended'],
  ['it was live, and starts when somebody reads', { lastLiveAt: 1, onDemand: true }, 'waiting'],
  ['its counter is not told', { available: true, quietMs: 0 }, 'live'],
])('when %s', (_, changes, state) => {
  expect(evaluateState(signs(changes), stallAfterMs(2000))).toBe(state)
})

test('a stream is stalled after 4 s or two intervals, whichever is longer, less what arrivals jitter', () => {
  expect([500, 1000, 2000, 5000, 60_000].map(stallAfterMs)).toEqual([3950, 3900, 3800, 9800, 119_800])
})
