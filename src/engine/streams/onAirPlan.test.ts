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
      duePaths: () => (isDue && isNamed ? ['show'] : []),
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

test('one that is due by a pattern is missed only where it would be without a plan', async () => {
  const { next, poll, state, begin } = planned(false)
  poll([wildPath('show', 1_000)])
  await next([wildPath('show', 2_000)])
  begin()
  await next([])
  expect(state()).toMatchObject({ state: 'ended', expected: false, offPlan: false })
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
