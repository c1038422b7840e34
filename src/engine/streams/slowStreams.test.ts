import { expect, test } from 'vitest'
import { createStreamsFixture, wildPath } from './streams.fixture.ts'

const readTimeoutMs = 10_000
/** Polls every 2 s what sends `everyMs` apart, until `untilMs`; returns the states that it had. */
async function watch(everyMs: number, untilMs: number, frozenFromMs = Number.POSITIVE_INFINITY) {
  const fixture = createStreamsFixture({ readTimeoutMs })
  const states: (string | undefined)[] = []
  for (let ms = 0; ms <= untilMs; ms += 2_000) {
    if (ms > 0) await fixture.clock.advance(2_000)
    fixture.poll([wildPath('cam', 1_000 * (1 + Math.floor(Math.min(ms, frozenFromMs) / everyMs)))])
    states.push(fixture.streams.get('a', 'cam')?.state)
  }
  return { fixture, states }
}

test.each([100, 2_500, 5_000, 8_000])('a camera that sends a frame every %i ms is live all the time', async (everyMs) => {
  const { fixture, states } = await watch(everyMs, 120_000)
  expect(new Set(states)).toEqual(new Set(['live']))
  expect(fixture.events.filter(({ kind }) => kind === 'streamStalled')).toEqual([])
})

test.each([
  [100, 4],
  [5_000, 10],
])('one that sends every %i ms and freezes is stalled after %i s', async (everyMs, seconds) => {
  const { fixture, states } = await watch(everyMs, 60_000 + seconds * 1_000, 60_000)
  expect(states.slice(-2)).toEqual(['live', 'stalled'])
  await fixture.next([])
  expect(fixture.streams.get('a', 'cam')?.state).toBe('gone')
})

test('one that its server closes for its silence before it counts as stalled is gone, and one that leaves as it should has ended', async () => {
  const frozen = await watch(5_000, 68_000, 60_000)
  await frozen.fixture.next([])
  expect(frozen.fixture.streams.get('a', 'cam')?.state).toBe('gone')
  const left = await watch(5_000, 62_000)
  await left.fixture.next([])
  expect(left.fixture.streams.get('a', 'cam')?.state).toBe('ended')
})

test('a steady stream with a late frame now and then is not taken for a slow one', async () => {
  const { fixture } = await watch(100, 60_000)
  for (let bytes = 100_000; bytes < 130_000; bytes += 1_000) {
    await fixture.next([wildPath('cam', bytes)])
    if (bytes % 10_000 === 0) await fixture.next([wildPath('cam', bytes)])
  }
  await fixture.next([wildPath('cam', 129_000)])
  await fixture.next([wildPath('cam', 129_000)])
  expect(fixture.streams.get('a', 'cam')?.state).toBe('stalled')
})
