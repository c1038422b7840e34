import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createSlices, type Slices } from '../../clock/slices.ts'
import type { PollRound } from '../servers/readings.ts'
import { createStreamsFixture, livePath, publisherSession, readerSession, type StreamsFixture, startAt } from './streams.fixture.ts'

/** Time passes by being asked for, so that what is counted is work and not what else the machine does. */
function createCountedSlices(askMs: number) {
  let now = 0
  const slices = createSlices({
    ...createSystemClock(),
    monotonic: () => {
      now += askMs
      return now
    },
  })
  return { slices, passedMs: () => now }
}

const signal = new AbortController().signal
/** Prepares a round, and looks after each turn. */
async function prepare(fixture: StreamsFixture, round: PollRound, slices: Slices, look: () => void = () => {}): Promise<number> {
  let isDone = false
  let turns = 1
  const work = fixture.streams.prepare(fixture.server, round, slices.begin(), signal)
  const end = () => {
    isDone = true
  }
  work.then(end, end)
  for (look(); !isDone; look()) {
    await new Promise((resolve) => void setImmediate(resolve))
    turns++
  }
  await work
  return turns
}
const seen = ({ streams, server, events, batches, described }: StreamsFixture) =>
  JSON.stringify([
    streams.changedSince(-1),
    streams.totals(server.id),
    streams.reports(),
    [...streams.eachTroubledOf(server.id)],
    streams.statusOf(server.id),
    streams.sessionsOf(server.id),
    ['cam-0', 'cam-200', `cam-${count - 1}`].map((path) => streams.get(server.id, path)),
    events,
    batches.length,
    described.length,
  ])

const count = 600
const names = Array.from({ length: count }, (_, i) => `cam-${i}`)
const reading = (bytes: number, from = 0) =>
  names.slice(from).map((name) =>
    livePath(name, bytes, {
      readers: [{ type: 'rtspSession', id: `reader-of-${name}` }],
      outboundBytes: bytes,
    }),
  )
const rtp = { packets: 0, lost: 0, inError: 0, jitter: 800, reportedLost: null, discarded: null }
/** Of each stream its publisher and its reader, who have sent and read so much. */
const sessionsAt = (bytes: number, from = 0) =>
  names
    .slice(from)
    .flatMap((name) => [
      publisherSession(name, { inboundBytes: bytes, rtp: { ...rtp, packets: bytes / 1_000, lost: bytes / 100_000 } }),
      readerSession(name, `reader-of-${name}`, { outboundBytes: bytes, framesDiscarded: bytes / 200_000 }),
    ])
const sessions = sessionsAt(1_000_000)

/**
 * A server that has been watched, and what its next answer is: a third of its streams went with their sessions, and all others have new
 * figures, and so have their sessions. One of them has a reader of ours.
 */
async function half() {
  const fixture = createStreamsFixture()
  fixture.poll(reading(1_000_000), sessions)
  await fixture.next(reading(2_000_000), sessionsAt(2_000_000))
  await fixture.clock.advance(2_000)
  const last = sessionsAt(3_000_000, count / 3).map((session) => (session.id === 'reader-of-cam-200' ? { ...session, own: true } : session))
  const came = readerSession('cam-200', 'new-reader')
  return { fixture, before: seen(fixture), round: fixture.roundOf(reading(3_000_000, count / 3), [...last, came]) }
}

test('a large answer is read in many turns, and nobody sees any of it before it is there as a whole', async () => {
  const { fixture, before, round } = await half()
  const { slices, passedMs } = createCountedSlices(2)
  const turns = await prepare(fixture, round, slices, () => expect(seen(fixture)).toBe(before))
  expect(turns).toBeGreaterThanOrEqual(Math.floor(passedMs() / 8))
  expect(turns).toBeGreaterThan(20)

  fixture.streams.observe(fixture.server, round)
  expect(fixture.streams.totals('a')).toMatchObject({ live: 400, gone: 200, readers: 399, bitrateInBps: 400 * 4_000_000 })
  expect(fixture.streams.sessionsOf('a')).toHaveLength(801)
  expect(fixture.streams.get('a', 'cam-200')).toMatchObject({ packetsLost: 30, framesDiscarded: 15 })
  expect(fixture.batches.at(-1)?.parts).toHaveLength(count)
  expect(fixture.texts().filter((text) => text.includes(': off'))).toHaveLength(1)

  // It is the same as what is read at once.
  const other = await half()
  other.fixture.streams.observe(other.fixture.server, other.round)
  expect(seen(fixture)).toBe(seen(other.fixture))
})

test('many readers who come, stay and go on one path are read in turns of some thousand', async () => {
  const fixture = createStreamsFixture()
  const readers = Array.from({ length: 20_000 }, (_, i) => ({ type: 'rtspSession', id: `reader-${i}` }))
  const lists = readers.map(({ id }) => readerSession('cam', id))
  const { slices, passedMs } = createCountedSlices(0.5)
  let passed = 0
  for (const [i, [there, listed]] of [
    [readers.slice(0, 10), lists.slice(0, 10)] as const,
    [readers, lists] as const,
    [readers.slice(1), lists.slice(1)] as const,
    [[], []] as const,
  ].entries()) {
    await fixture.clock.advance(2_000)
    const round = fixture.roundOf([livePath('cam', 1_000_000 * (i + 1), { readers: there })], listed, ['rtspSessions'])
    const turns = await prepare(fixture, round, slices)
    const ms = passedMs() - passed
    expect(turns).toBeGreaterThanOrEqual(Math.floor(ms / 6))
    // Merged, compared, counted: each of them takes part twice at least, once when all are gone, and the clock is looked at after each 32.
    if (i > 0) expect(ms / 0.5).toBeGreaterThan(((i === 3 ? 1 : 2) * 20_000) / 32)
    passed = passedMs()
    fixture.streams.observe(fixture.server, round)
    expect(fixture.streams.get('a', 'cam')?.figures.readers).toBe(there.length)
  }
})

test('many streams are described to history in turns of their own: at first of all together, then in pieces', async () => {
  const fixture = createStreamsFixture()
  const { slices } = createCountedSlices(2)
  const named = (confName: string) => Array.from({ length: 2_500 }, (_, i) => livePath(`cam-${i}`, 1_000, { confName }))
  const describedBy: number[] = []
  for (const paths of [named('all_others'), []]) {
    await fixture.clock.advance(2_000)
    const round = fixture.roundOf(paths)
    await prepare(fixture, round, slices, () => describedBy.push(fixture.described.length))
    fixture.streams.observe(fixture.server, round)
  }
  expect(fixture.described.map(({ at, whole, entries }) => [at - startAt, whole, entries.length])).toEqual([
    [2_000, true, 2_500],
    [4_000, false, 1_000],
    [4_000, false, 1_000],
    [4_000, false, 500],
  ])
  for (const [i, count] of describedBy.entries()) expect(count - (describedBy[i - 1] ?? 0)).toBeLessThanOrEqual(1)
})

test('a bug that is met because something could not wait for the rest of the answer is one of that answer', async () => {
  const { fixture } = await half()
  const { slices } = createCountedSlices(2)
  const broken = { ...livePath('broken', 1), tracks: null as never }
  const round = fixture.roundOf([...reading(3_000_000), broken], sessions)
  let turns = 0
  const prepared = prepare(fixture, round, slices, () => {
    if (++turns === 5) fixture.streams.lost(fixture.server, startAt + 4_100, 'paused')
  })
  await expect(prepared).rejects.toThrow(TypeError)
  expect(turns).toBeGreaterThanOrEqual(5)
  expect(fixture.streams.totals('a')).toMatchObject({ live: 0 })
  // The next answer is read as ever.
  await fixture.next(reading(4_000_000), sessions)
  expect(fixture.streams.totals('a')).toMatchObject({ live: count })
})

test('what a round brought is not kept once it was shown', async () => {
  const fixture = createStreamsFixture()
  let round: PollRound | null = fixture.roundOf(reading(1_000_000), sessionsAt(1_000_000))
  await prepare(fixture, round, createCountedSlices(2).slices)
  fixture.streams.observe(fixture.server, round)
  const kept = [new WeakRef(round), new WeakRef(round.sessions[0]?.answer.items[0] as object)]
  round = null
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  await new Promise((resolve) => void setImmediate(resolve))
  collect()
  expect(kept.map((ref) => ref.deref())).toEqual([undefined, undefined])
  expect(fixture.streams.totals('a')).toMatchObject({ live: count })
})

test('a server that is removed while its answer is read is not heard of again', async () => {
  const { fixture, round } = await half()
  const { slices } = createCountedSlices(2)
  const before = { events: fixture.events.length, batches: fixture.batches.length }
  let turns = 0
  await prepare(fixture, round, slices, () => {
    if (++turns === 5) fixture.streams.forget('a')
  })
  expect(turns).toBeLessThan(10)
  expect({ events: fixture.events.length, batches: fixture.batches.length }).toEqual(before)
  expect(fixture.streams.reports()).toEqual([])
})

test('a server that is lost while its answer is read had that answer before', async () => {
  const { fixture, round } = await half()
  const { slices } = createCountedSlices(2)
  let turns = 0
  await prepare(fixture, round, slices, () => {
    if (++turns === 5) fixture.streams.lost(fixture.server, startAt + 4_100, 'paused')
  })
  expect(fixture.batches).toHaveLength(3)
  expect(fixture.gaps).toEqual([{ serverId: 'a', at: startAt + 4_100 }])
  expect(fixture.streams.totals('a')).toMatchObject({ unknown: count, live: 0 })
  fixture.streams.observe(fixture.server, round)
  expect(fixture.batches).toHaveLength(3)
  expect(fixture.streams.totals('a')).toMatchObject({ unknown: count, live: 0 })
})

test('an answer that comes while the one before is read comes behind it', async () => {
  const { fixture, round } = await half()
  const { slices } = createCountedSlices(2)
  let turns = 0
  await prepare(fixture, round, slices, () => {
    if (++turns === 5) fixture.poll(reading(4_000_000), sessions)
  })
  expect(fixture.batches).toHaveLength(4)
  expect(fixture.batches[2]?.values[0]).not.toBe(fixture.batches[3]?.values[0])
  expect(fixture.streams.totals('a')).toMatchObject({ live: count })
})

test('answers of two servers are read side by side without mixing their figures', async () => {
  const { fixture, round } = await half()
  const { slices } = createCountedSlices(2)
  const other = { id: 'b', name: 'oslo' }
  fixture.streams.configured(other, null)
  const otherRound = { ...fixture.roundOf(reading(500_000)), serverId: 'b' }
  await Promise.all([
    fixture.streams.prepare(fixture.server, round, slices.begin(), signal),
    fixture.streams.prepare(other, otherRound, slices.begin(), signal),
  ])
  fixture.streams.observe(other, otherRound)
  fixture.streams.observe(fixture.server, round)
  const alone = await half()
  alone.fixture.streams.observe(alone.fixture.server, alone.round)
  expect(fixture.batches.at(-1)?.values).toEqual(alone.fixture.batches.at(-1)?.values)
})
