import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { type ReadEvent, readEvent } from '../../shared/events.fixture.ts'
import { createLifeMark } from './lifeMark.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
function createMarked(samples: readonly number[] = [], clock = createTestClock(startAt)) {
  let mark: string | null = null
  const events: ReadEvent[] = []
  const launch = () =>
    createLifeMark({
      clock,
      read: () => mark,
      write: (text) => {
        mark = text
      },
      record: (more) => void events.push(...more.map(readEvent)),
      newestSample: async (from, to) => samples.findLast((at) => at >= from && at <= to) ?? null,
    })
  const leave = (text: string) => {
    mark = text
  }
  return { clock, events, launch, leave }
}

test('nothing is said of the time before the first launch', async () => {
  const { events, launch, clock } = createMarked()
  const mark = await launch()
  mark[Symbol.dispose]()
  expect(events).toEqual([])
  expect(clock.pending()).toBe(0)
})

test('after an orderly end the time until the next launch is told to the millisecond', async () => {
  const { clock, events, launch } = createMarked()
  const first = await launch()
  await clock.advance(123_456)
  first[Symbol.dispose]()
  await clock.advance(3_600_000)
  const mark = await launch()
  mark[Symbol.dispose]()
  expect(events).toEqual([
    expect.objectContaining({
      at: startAt + 3_723_456,
      kind: 'consoleGap',
      text: 'mtxdeck was started. It had not been running for 1 h 00 min: nothing is known of that time.',
      facts: { cause: 'notRunning', from: startAt + 123_456, stopped: true },
    }),
  ])
})

test('after an end without a word the time since the last mark is told, and that it is not exact', async () => {
  const { clock, events, launch } = createMarked()
  await launch() // and never heard of again
  await clock.advance(25_000)
  const pending = clock.pending()
  await launch()
  expect(events.map(({ facts }) => facts)).toEqual([{ cause: 'notRunning', from: startAt + 20_000, stopped: false, minMs: 0 }])
  expect(events[0]?.text).toBe('mtxdeck was started. It had not been running for less than 5 s: nothing is known of that time.')
  expect(pending).toBe(1)
})

test('after an end without a word samples behind the last mark are known, and how long nobody watched is what is left open', async () => {
  const { clock, events, launch } = createMarked([9_000, 17_000, 40_000].map((ms) => startAt + ms))
  await launch()
  await clock.advance(18_000)
  // Killed there.
  const killedAt = clock.now()
  const relaunched = createMarked(
    [9_000, 17_000, 40_000].map((ms) => startAt + ms),
    createTestClock(killedAt + 21_000),
  )
  relaunched.leave(JSON.stringify({ at: startAt + 10_000, stopped: false }))
  await relaunched.launch()
  expect(events).toEqual([])
  expect(relaunched.events).toEqual([
    expect.objectContaining({
      text: 'mtxdeck was started. It had not been running for 19 to 22 s: nothing is known of that time.',
      facts: { cause: 'notRunning', from: startAt + 17_000, stopped: false, minMs: 19_000 },
    }),
  ])
})

test.each(['', '{"at":"yesterday"}', `{"at":${startAt + 60_000},"stopped":true}`])('a mark that says nothing (%s) is left', async (text) => {
  const { events, launch, leave } = createMarked()
  leave(text)
  const mark = await launch()
  mark[Symbol.dispose]()
  expect(events).toEqual([])
})
