import { expect, test } from 'vitest'
import { countedAs, countStreams, isAllUnknown } from './countStreams.ts'
import type { StreamState } from './streams.ts'

const stream = (state: StreamState, expected = true, onDemand = false) => ({ state, expected, onDemand })

test('a state counts all that are listed, and what is expected, on demand and over adds up to them', () => {
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
    expected: 6,
    onDemand: 2,
    ended: 1,
  })
  expect(Object.values(counts.states).reduce((sum, count) => sum + count, 0)).toBe(counts.streams)
  expect(counts.expected + counts.onDemand + counts.ended).toBe(counts.streams)
})

test('of one stream it is said as what it is counted', () => {
  expect(countedAs(stream('live', false, true)), 'on demand, and on air').toBe('expected')
  expect(countedAs(stream('waiting', false, true))).toBe('onDemand')
  expect(countedAs(stream('unknown', false, true))).toBe('onDemand')
  expect(countedAs(stream('ended', false))).toBe('ended')
})

test('nothing is known of a server whose streams are all unknown, but for those that ended before', () => {
  expect(isAllUnknown(countStreams([stream('unknown'), stream('unknown'), stream('ended', false)]))).toBe(true)
  expect(isAllUnknown(countStreams([stream('unknown'), stream('live')]))).toBe(false)
  expect(isAllUnknown(countStreams([stream('ended', false)]))).toBe(false)
  expect(isAllUnknown(countStreams([]))).toBe(false)
})
