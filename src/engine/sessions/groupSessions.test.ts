import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { networkOf } from '../alarms/networkOf.ts'
import { readerSession } from '../streams/streams.fixture.ts'
import { createSessions } from './sessions.ts'

const never = new AbortController().signal

test('100,000 addresses are grouped in pieces that let other work through, and the first ones are in order', async () => {
  const clock = createTestClock()
  const server = { id: 'a', name: 'Berlin' }
  const count = 100_000
  const addressOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
  // In the worst order: each address comes before all earlier ones.
  const all = Array.from({ length: count }, (_, n) => readerSession('cam', `v${n}`, { remoteAddr: `${addressOf(count - 1 - n)}:4000` }))
  const twice = readerSession('cam', 'twice', { remoteAddr: '10.1.2.3:4001' })
  const shown = [...all, twice].map((reading) => ({ reading, bitrateInBps: 0, bitrateOutBps: 1, unrecovered: Number.NaN, readAt: 0 }))
  let pieces = 0
  const sessions = createSessions({
    clock,
    slices: { begin: () => ({ isOver: () => true, next: async () => void pieces++ }) },
    streams: {
      sessionOf: () => {
        throw new Error('no session is shown')
      },
      eachSessions: () => [{ server, isUnknown: false, hlsUncounted: 0, sessions: shown }],
    },
    kickerOf: () => null,
    networkOf,
    record: () => undefined,
    signal: never,
  })
  const { total, groups } = await sessions.groups({ by: 'address', limit: 300 }, never)
  expect(total).toBe(count)
  expect(groups.map(({ key }) => key)).toEqual(['10.1.2.3', ...Array.from({ length: 299 }, (_, n) => addressOf(n))])
  // Of finding them, and of grouping them.
  expect(pieces).toBeGreaterThan((2 * count) / 256 - 2)
})
