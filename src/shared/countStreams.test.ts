import { expect, test } from 'vitest'
import { countStreams, isAllUnknown } from './countStreams.ts'
import type { StreamState } from './watchedStates.ts'

const stream = (state: StreamState, expected = true, onDemand = false, lastLiveAt: number | null = null) => ({ state, expected, onDemand, lastLiveAt })

test('a state counts all that are listed, and the parts of the expected ones add up to them', () => {
  const counts = countStreams([
    stream('live'),
    stream('gone'),
    stream('unknown'),
    stream('waiting', false, true),
    stream('live', false),
    stream('ended', false),
    stream('stalled', false),
    stream('unknown', false),
    stream('unknown', false, true),
  ])
  expect(counts).toEqual({
    streams: 9,
    states: { live: 2, gone: 1, unknown: 3, slate: 0, stalled: 1, waiting: 1, ended: 1 },
    expected: 3,
    parts: { live: 1, gone: 1, unknown: 1, slate: 0, stalled: 0, waiting: 0, maintenance: 0 },
    onDemand: 2,
    ended: 1,
    unknownOnAir: 0,
  })
  expect(Object.values(counts.states).reduce((sum, count) => sum + count, 0)).toBe(counts.streams)
  expect(Object.values(counts.parts).reduce((sum, count) => sum + count, 0)).toBe(counts.expected)
})

test('of those that are unknown the ones that were on air last are known', () => {
  const lost = (lastLiveAt: number | null) => stream('unknown', true, false, lastLiveAt)
  expect(countStreams([lost(100_000), lost(98_000), lost(60_000), lost(null)])).toMatchObject({ unknownOnAir: 2 })
  // They were gone long before their server was.
  expect(countStreams([lost(100_000), lost(98_000)], undefined, 1_900_000)).toMatchObject({ unknownOnAir: 0 })
})

test('the number of expected streams stays while they die, one after the other', () => {
  const states: StreamState[] = ['live', 'live', 'live']
  for (const [index, state] of (['gone', 'stalled', 'unknown'] as const).entries()) {
    states[index] = state
    expect(countStreams([...states, 'live' as const].map((one) => stream(one)))).toMatchObject({ expected: 4, parts: { live: 3 - index } })
  }
})

test('what is not live within a maintenance window is counted as that', () => {
  const { expected, parts } = countStreams([stream('live'), stream('gone'), stream('unknown')], () => true)
  expect({ expected, ...parts }).toEqual({ expected: 3, live: 1, maintenance: 2, slate: 0, stalled: 0, gone: 0, waiting: 0, unknown: 0 })
})

test('nothing is known of a server whose streams are all unknown, but for those that ended before', () => {
  expect(isAllUnknown(countStreams([stream('unknown'), stream('unknown'), stream('ended', false)]))).toBe(true)
  expect(isAllUnknown(countStreams([stream('unknown'), stream('live')]))).toBe(false)
  expect(isAllUnknown(countStreams([stream('ended', false)]))).toBe(false)
  expect(isAllUnknown(countStreams([]))).toBe(false)
})
