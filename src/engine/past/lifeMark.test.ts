import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import type { NewEvent } from '../../shared/events.ts'
import { createLifeMark } from './lifeMark.ts'

const startAt = Date.UTC(2026, 10, 14, 3, 0, 0)
const createMarked = (clock = createTestClock(startAt)) => {
  let mark: string | null = null
  const events: NewEvent[] = []
  const launch = () =>
    createLifeMark({
      clock,
      read: () => mark,
      write: (text) => {
        mark = text
      },
      record: (more) => void events.push(...more),
    })
  const leave = (text: string) => {
    mark = text
  }
  return { clock, events, launch, leave }
}

test('nothing is said of the time before the first launch', () => {
  const { events, launch, clock } = createMarked()
  launch()[Symbol.dispose]()
  expect(events).toEqual([])
  expect(clock.pending()).toBe(0)
})

test('after an orderly end the time until the next launch is told to the millisecond', async () => {
  const { clock, events, launch } = createMarked()
  const first = launch()
  await clock.advance(123_456)
  first[Symbol.dispose]()
  await clock.advance(3_600_000)
  launch()[Symbol.dispose]()
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
  launch() // and never heard of again
  await clock.advance(25_000)
  const pending = clock.pending()
  launch()
  expect(events.map(({ facts }) => facts)).toEqual([{ cause: 'notRunning', from: startAt + 20_000, stopped: false }])
  expect(pending).toBe(1)
})

test.each(['', '{"at":"yesterday"}', `{"at":${startAt + 60_000},"stopped":true}`])('a mark that says nothing (%s) is left', (text) => {
  const { events, launch, leave } = createMarked()
  leave(text)
  launch()[Symbol.dispose]()
  expect(events).toEqual([])
})
