import { expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { networkOf } from '../../shared/ipAddresses.ts'
import { sessionOf } from '../streams/sessions.ts'
import type { SessionsOfServer } from '../streams/shownOfStreams.ts'
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
    slices: { begin: () => ({ isOver: () => true, workedMs: () => 0, next: async () => void pieces++ }) },
    streams: {
      kicked: () => undefined,
      audienceOf: () => null,
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
  const [largest, ...equal] = groups.map(({ key }) => String(key))
  expect([largest, equal.length]).toEqual(['10.1.2.3', 299])
  expect(equal).toEqual(equal.toSorted(new Intl.Collator('en', { numeric: true }).compare))
  // Of finding them, and of grouping them.
  expect(pieces).toBeGreaterThan((2 * count) / 256 - 2)
})

const sessionsOn = (servers: readonly SessionsOfServer[]) =>
  createSessions({
    clock: createTestClock(),
    slices: { begin: () => ({ isOver: () => false, workedMs: () => 0, next: async () => undefined }) },
    streams: { kicked: () => undefined, audienceOf: () => null, sessionOf: (session) => sessionOf(session), eachSessions: () => servers },
    kickerOf: () => null,
    networkOf,
    record: () => undefined,
    signal: never,
  })

test('pages put together are the whole list: in order, equal ones as they came, and what is not known last', async () => {
  const rates = Array.from({ length: 60 }, (_, n) => (n % 7 === 0 ? Number.NaN : (n * 31) % 5))
  const sessionsFrom = (first: number, last: number) =>
    rates
      .slice(first, last)
      .map((rate, n) => ({ reading: readerSession('cam', `v${first + n}`), bitrateInBps: Number.NaN, bitrateOutBps: rate, unrecovered: Number.NaN, readAt: 0 }))
  const sessions = sessionsOn([
    { server: { id: 'a', name: 'Aachen' }, isUnknown: false, hlsUncounted: 0, sessions: sessionsFrom(0, 25) },
    { server: { id: 'b', name: 'Berlin' }, isUnknown: false, hlsUncounted: 0, sessions: sessionsFrom(25, 60) },
  ])
  const shown: string[] = []
  for (let offset = 0; offset <= 60; offset += 13) {
    const page = await sessions.list({ sort: 'rate', offset, limit: 13 }, never)
    expect([page.total, page.readers, page.publishers]).toEqual([60, 60, 0])
    shown.push(...page.sessions.map(({ id, server }) => `${id} ${server}`))
  }
  const figure = (n: number) => (Number.isNaN(rates[n]) ? -1 : (rates[n] ?? -1))
  const expected = Array.from(rates.keys()).toSorted((a, b) => figure(b) - figure(a) || a - b)
  expect(shown).toEqual(expected.map((n) => `v${n} ${n < 25 ? 'Aachen' : 'Berlin'}`))
})

test('a group knows how many paths and servers it has, however often they come', async () => {
  const of = (id: string, path: string) => ({
    reading: readerSession(path, id, { userAgent: 'VLC' }),
    bitrateInBps: 0,
    bitrateOutBps: 1,
    unrecovered: 0,
    readAt: 0,
  })
  const sessions = sessionsOn([
    { server: { id: 'a', name: 'Aachen' }, isUnknown: false, hlsUncounted: 0, sessions: [of('1', 'x'), of('2', 'y'), of('3', 'x')] },
    { server: { id: 'b', name: 'Berlin' }, isUnknown: false, hlsUncounted: 0, sessions: [of('4', 'x'), of('5', 'z')] },
  ])
  const { groups } = await sessions.groups({ by: 'agent', limit: 10 }, never)
  expect(groups).toMatchObject([{ key: 'VLC', sessions: 5, readers: 5 }])
})

test('a search on one server says of that server only what is not known', async () => {
  const sessions = sessionsOn([
    { server: { id: 'a', name: 'Aachen' }, isUnknown: true, hlsUncounted: 3, sessions: [] },
    { server: { id: 'b', name: 'Berlin' }, isUnknown: true, hlsUncounted: 4, sessions: [] },
  ])
  const aachen = { unknown: [{ serverId: 'a', server: 'Aachen' }], hlsUncounted: 3 }
  expect(await sessions.list({ server: 'aachen', sort: 'since', offset: 0, limit: 10 }, never)).toMatchObject(aachen)
  expect(await sessions.groups({ server: 'a', by: 'agent', limit: 10 }, never)).toMatchObject(aachen)
  expect(await sessions.list({ sort: 'since', offset: 0, limit: 10 }, never)).toMatchObject({ hlsUncounted: 7 })
})
