import { describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { type AvailabilityInput, availabilityInputSchema } from '../../shared/availability.ts'
import type { Span } from '../../shared/maintenance.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { ownerIdOf, partOf, serverSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { type AvailabilityDeps, createAvailability } from './availability.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
const { clock, open } = testHistories(startAt)
const stepMs = 2_000
const hourS = 3_600
const berlin = serverSubject('berlin')

/** A poll: the states of streams by their paths; null: the server does not answer; 'off': this console does not run. */
type Poll = Readonly<Record<string, StreamState>> | null | 'off'
const lasting = (seconds: number, poll: Poll): readonly Poll[] => Array.from({ length: seconds / 2 }, () => poll)
const well: Poll = { cam: 'live' }

/** Stores these polls, the last of them now. */
async function keep(store: History, polls: readonly Poll[]): Promise<number> {
  const from = clock().now() - polls.length * stepMs
  for (const [index, poll] of polls.entries()) {
    const at = from + index * stepMs
    if (poll !== 'off') {
      if (poll === null) store.gap(berlin, at)
      store.append({ owner: berlin, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(poll === null ? 0 : 1) })
      if (poll !== null)
        store.append({
          owner: berlin,
          at,
          parts: Object.keys(poll),
          metrics: ['path.state'],
          values: Float64Array.from(Object.values(poll), (state) => streamStateCodes[state]),
        })
    }
    if (index % 200 === 199) await clock().advance(0)
  }
  await clock().advance(1_000)
  return from
}
const depsOf = (store: History): AvailabilityDeps => ({
  clock: clock(),
  history: store,
  slices: createSlices(clock()),
  server: (id) => (id === 'berlin' ? someServer(id, { intervalSeconds: 2 }) : null),
  probe: () => null,
  maintenanceOf: () => [],
  onAirOf: () => null,
  offlineWithin: async () => [],
  gapsWithin: async () => [],
  signal: new AbortController().signal,
})
async function report(store: History, input: Partial<AvailabilityInput>, more: Partial<AvailabilityDeps> = {}) {
  const read = createAvailability({ ...depsOf(store), ...more })
  return read(availabilityInputSchema.parse({ to: clock().now(), ...input }))
}
/** Of one subject, in seconds. */
async function figures(store: History, path: string | null, input: Partial<AvailabilityInput>, more: Partial<AvailabilityDeps> = {}) {
  const { rows } = await report(store, input, more)
  const row = rows.find(({ subject }) => ownerIdOf(subject) === 'berlin' && partOf(subject) === path)
  const seconds = (ms: number) => Math.round(ms / 1_000)
  return (
    row && {
      up: seconds(row.upMs),
      down: seconds(row.downMs),
      unknown: seconds(row.unknownMs),
      maintenance: seconds(row.maintenanceMs),
      outages: row.outages,
      longest: seconds(row.longestMs),
    }
  )
}
/** Within minutes in which it changed, it is known to some seconds. */
const near = (seconds: number) => expect.closeTo(seconds, -1.5)

test('the longest outages of each server are kept, however many longer ones another one has', async () => {
  const store = await open()
  const cameras = Array.from({ length: 8 }, (_, place) => `cam${place}`)
  const from = Math.floor((clock().now() - 4_200_000) / 60_000) * 60_000
  const stateAt = (at: number, isBerlin: boolean): StreamState =>
    (at - from) % (isBerlin ? 120_000 : 1_200_000) >= (isBerlin ? 60_000 : 1_190_000) ? 'gone' : 'live'
  for (let at = from; at < clock().now(); at += stepMs) {
    for (const id of ['berlin', 'bonn']) {
      const [owner, parts] = [serverSubject(id), id === 'berlin' ? cameras : ['cam']]
      store.append({ owner, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(1) })
      store.append({ owner, at, parts, metrics: ['path.state'], values: Float64Array.from(parts, () => streamStateCodes[stateAt(at, id === 'berlin')]) })
    }
    if (at % 400_000 === 0) await clock().advance(0)
  }
  await clock().advance(1_000)
  const { longest, rows } = await report(store, { from, of: 'stream' }, { server: (id) => someServer(id, { intervalSeconds: 2 }) })
  const kept = (owner: string) => longest.filter(({ subject }) => ownerIdOf(subject) === owner).length
  const had = (owner: string) => rows.reduce((sum, { subject, outages }) => sum + (ownerIdOf(subject) === owner ? outages : 0), 0)
  expect(had('berlin')).toBeGreaterThan(200)
  expect([kept('berlin'), kept('bonn')]).toEqual([200, had('bonn')])
  expect(had('bonn')).toBeGreaterThan(0)
})

describe('availability by what history keeps', () => {
  const threeOutages = [
    ...lasting(2 * hourS, well),
    ...lasting(10, { cam: 'stalled' }),
    ...lasting(290, { cam: 'gone' }),
    ...lasting(3 * hourS, well),
    ...lasting(20, { cam: 'gone' }),
    ...lasting(hourS, well),
    ...lasting(600, { cam: 'slate' }),
    ...lasting(hourS, well),
  ]
  test('says how long a stream was up and down, and how often and how long at most it was not', async () => {
    const store = await open()
    const from = await keep(store, threeOutages)
    expect(await figures(store, 'cam', { from })).toEqual({
      up: near(7 * hourS),
      down: near(920),
      unknown: near(0),
      maintenance: 0,
      outages: 3,
      longest: near(600),
    })
    expect(await figures(store, null, { from })).toMatchObject({ up: near(7 * hourS + 920), down: 0, outages: 0 })
  })
  test('says of a server that is away that it is down, and of its streams that nobody knows', async () => {
    const store = await open()
    const from = await keep(store, [...lasting(hourS, well), ...lasting(900, null), ...lasting(hourS, well)])
    expect(await figures(store, null, { from })).toMatchObject({ up: near(2 * hourS), down: near(900), unknown: near(0), outages: 1 })
    expect(await figures(store, 'cam', { from })).toMatchObject({ up: near(2 * hourS), down: 0, unknown: near(900), outages: 0 })
  })
  test('says that nobody knows while the console did not run, and one outage is one although it was restarted within', async () => {
    const store = await open()
    const gone: Poll = { cam: 'gone' }
    const from = await keep(store, [...lasting(hourS, well), ...lasting(600, gone), ...lasting(1_200, 'off'), ...lasting(600, gone), ...lasting(hourS, well)])
    expect(await figures(store, 'cam', { from })).toEqual({
      up: near(2 * hourS),
      down: near(1_200),
      unknown: near(1_200),
      maintenance: 0,
      outages: 1,
      longest: near(1_200),
    })
    expect(await figures(store, null, { from })).toMatchObject({ unknown: near(1_200), outages: 0 })
  })
  test('does not count what was not there, not expected, or waited to be asked for', async () => {
    const store = await open()
    const from = await keep(store, [
      ...lasting(hourS, { cam: 'live' }),
      ...lasting(hourS, { cam: 'live', late: 'live', endpoint: 'waiting' }),
      ...lasting(hourS, { cam: 'live', late: 'ended', endpoint: 'live' }),
    ])
    expect(await figures(store, 'late', { from })).toEqual({ up: near(hourS), down: 0, unknown: 0, maintenance: 0, outages: 0, longest: 0 })
    expect(await figures(store, 'endpoint', { from })).toMatchObject({ up: near(hourS), down: 0, unknown: 0, outages: 0 })
    const waited = await keep(store, lasting(hourS, { cam: 'live', never: 'waiting' }))
    expect(await report(store, { from: waited, of: 'stream', path: 'never' })).toMatchObject({ rows: [], notCounted: 1 })
  })
  test('leaves out maintenance over midnight', async () => {
    const store = await open()
    const midnight = Date.UTC(2026, 10, 14)
    const polls = [...lasting(hourS, { cam: 'live' }), ...lasting(hourS, { cam: 'gone' }), ...lasting(11.5 * hourS, { cam: 'live' })]
    // From 22:30: gone from 23:30 to 0:30.
    const from = await keep(store, polls)
    expect(from).toBe(midnight - 1.5 * hourS * 1_000)
    const work: Span = { from: midnight - 900_000, to: midnight + 7_200_000 }
    expect(await figures(store, 'cam', { from }, { maintenanceOf: () => [work] })).toMatchObject({
      down: near(900),
      maintenance: near(2.25 * hourS),
      outages: 1,
      longest: near(900),
    })
  })
  test('does not count a server’s polls that were missed once, nor what this console saw without a network', async () => {
    const store = await open()
    const from = await keep(store, [
      ...lasting(hourS, well),
      ...lasting(4, null),
      ...lasting(hourS, well),
      ...lasting(20, null),
      ...lasting(600, 'off'),
      ...lasting(hourS, well),
    ])
    const offlineFrom = from + (2 * hourS + 24) * 1_000
    const offlineWithin = async () => [{ from: offlineFrom, to: offlineFrom + 600_000 }]
    expect(await figures(store, null, { from }, { offlineWithin })).toMatchObject({ up: near(3 * hourS), down: 0, outages: 0, unknown: near(620) })
  })
  test('knows nothing of the time in which this console did not run, however short, and an outage that goes on over it is one', async () => {
    const store = await open()
    const live = { a: 'live' } as const
    const gone = { a: 'gone' } as const
    const from = await keep(store, [...lasting(hourS, live), ...lasting(200, gone), ...lasting(20, null), ...lasting(200, gone), ...lasting(hourS, live)])
    const gapFrom = from + (hourS + 200) * 1_000
    const gapsWithin = async () => [
      { from: gapFrom, to: gapFrom + 20_000 },
      { from: gapFrom + 5_000, to: gapFrom + 10_000 },
    ]
    expect(await figures(store, 'a', { from }, { gapsWithin })).toMatchObject({ up: near(2 * hourS), down: near(400), outages: 1, unknown: 20 })
  })
  test('is asked for by server, kind and path, a page at a time, the least available first', async () => {
    const store = await open()
    const from = await keep(store, [...lasting(hourS, { a: 'live', b: 'live', c: 'gone' }), ...lasting(600, { a: 'gone', b: 'live', c: 'gone' })])
    const paths = async (input: Partial<AvailabilityInput>) => (await report(store, { from, ...input })).rows.map(({ subject }) => partOf(subject))
    expect(await paths({})).toEqual(['c', 'a', 'b', null])
    expect(await paths({ of: 'stream' })).toEqual(['c', 'a', 'b'])
    expect(await paths({ limit: 2, offset: 1 })).toEqual(['a', 'b'])
    expect(await paths({ path: '~^[ab]$' })).toEqual(['a', 'b'])
    expect(await paths({ server: 'nobody' })).toEqual([])
    expect(await report(store, { from, of: 'stream', limit: 1 })).toMatchObject({ total: 3, left: 0, all: { outages: 2 } })
  })
  test('a report that is asked for again and again is read again after five minutes', async () => {
    const store = await open()
    const from = await keep(store, lasting(hourS, well))
    let work: readonly Span[] = []
    const read = createAvailability({ ...depsOf(store), maintenanceOf: () => work })
    const input = availabilityInputSchema.parse({ from, to: from + 1_800_000 })
    const maintained = async () => (await read(input)).all.maintenanceMs
    expect(await maintained()).toBe(0)
    work = [{ from, to: from + 600_000 }]
    for (let minute = 0; minute < 6; minute++) {
      await clock().advance(60_000)
      await maintained()
    }
    expect(await maintained()).toBeGreaterThan(0)
  })
  test('what is older than 93 days is not asked for, and nothing is known of the future', async () => {
    const store = await open()
    await keep(store, lasting(60, well))
    const { from, to } = await report(store, { from: 0, to: startAt * 2 })
    expect([to, to - from]).toEqual([startAt, 93 * 86_400_000])
  })
})
