import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { createStreamsFixture, livePath, startAt, wildPath } from './streams.fixture.ts'

const hourMs = 3_600_000

/** A plan for the path `show`. */
function planned(isNamed: boolean) {
  const clock = createTestClock(startAt)
  let since = startAt
  let isDue = false
  const fixture = createStreamsFixture({
    clock,
    onAir: {
      of: (_, path) => (path === 'show' ? { name: 'the show', isDue, since, isNamed: isNamed && isDue } : null),
    },
  })
  return {
    ...fixture,
    begin: () => {
      isDue = true
      since = clock.now()
      fixture.streams.planChanged()
    },
    state: () => {
      const stream = fixture.streams.get('a', 'show')
      return stream && { state: stream.state, expected: stream.expected, offPlan: stream.offPlan ?? false, outageSince: stream.outageSince }
    },
  }
}

test('one that is due by its name and was seen last so long ago that it is not listed is missed since then', async () => {
  const { clock, next, poll, state, begin } = planned(true)
  poll([wildPath('show', 1_000)])
  await next([wildPath('show', 2_000)])
  await next([])
  expect(state()).toMatchObject({ state: 'ended', expected: false, offPlan: true })
  await clock.advance(2 * hourMs)
  await next([])
  expect(state()).toBeNull()
  const beganAt = clock.now()
  begin()
  await next([])
  expect(state()).toEqual({ state: 'gone', expected: true, offPlan: false, outageSince: beganAt })
  await next([])
  expect(state()).toMatchObject({ state: 'gone' })
})

test('one that is due by a pattern is missed if it was ever on air', async () => {
  const { next, poll, state, begin } = planned(false)
  poll([wildPath('show', 1_000)])
  await next([wildPath('show', 2_000)])
  begin()
  await next([wildPath('show', 3_000)])
  expect(state()).toMatchObject({ state: 'live', expected: true, offPlan: false })
  await next([])
  expect(state()).toMatchObject({ state: 'gone', expected: true, offPlan: false })
})

test.each([
  [6, { state: 'gone', expected: true, offPlan: false }],
  [8, null],
])('one that is due by a pattern and was last seen %i days ago', async (days, expected) => {
  const { clock, next, poll, state, begin } = planned(false)
  poll([wildPath('show', 1_000)])
  await next([wildPath('show', 2_000)])
  await next([])
  await clock.advance(days * 24 * hourMs)
  await next([])
  expect(state()).toBeNull()
  begin()
  await next([])
  if (expected === null) expect(state()).toBeNull()
  else expect(state()).toMatchObject(expected)
})

test('one that is configured and leaves outside its plan has ended, and is gone when the plan begins', async () => {
  const { next, poll, state, begin, texts } = planned(false)
  poll([livePath('show', 1_000)])
  await next([livePath('show', 2_000)])
  await next([livePath('show', 2_000, { available: false, sourceType: null })])
  expect(state()).toMatchObject({ state: 'ended', expected: false, offPlan: true })
  begin()
  await next([livePath('show', 2_000, { available: false, sourceType: null })])
  expect(state()).toMatchObject({ state: 'gone' })
  expect(texts().filter((text) => text.startsWith('show: '))).toHaveLength(1)
})
