import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import type { BeyondNow } from '../../shared/beyondNow.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { type StreamState, streamStateCodes } from '../../shared/streams.ts'
import { partOf, pathOf, serverSubject } from '../../shared/subjectNames.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { type BeyondNowDeps, createBeyondNow } from './beyondNow.ts'
import { nothingUsual } from './unusualThen.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
const { clock, open } = testHistories(startAt)
const metrics = ['path.state', 'path.bitrateIn', 'path.rtt', 'path.latency'] as const satisfies readonly MetricId[]
const stepMs = 2_000

/** What a stream shows at one poll. */
interface Seen {
  readonly state?: StreamState
  readonly kbit?: number
  readonly rtt?: number
}
type Poll = Readonly<Record<string, Seen>>
const rowOf = ({ state = 'live', kbit = 4_000, rtt = Number.NaN }: Seen) => [streamStateCodes[state], kbit * 1_000, rtt, 120]

/** Stores these polls, the last of them now. */
async function keep(store: History, polls: readonly Poll[], serverId = 'berlin'): Promise<void> {
  const from = clock().now() - (polls.length - 1) * stepMs
  for (const [index, poll] of polls.entries()) {
    const rows = Object.entries(poll)
    const values = Float64Array.from(rows.flatMap(([, seen]) => rowOf(seen)))
    store.append({ owner: serverSubject(serverId), at: from + index * stepMs, parts: rows.map(([path]) => path), metrics, values })
  }
  await clock().advance(1_000)
}
const lasting = (seconds: number, poll: Poll): readonly Poll[] => Array.from({ length: seconds / 2 }, () => poll)

/** An operator's figure: nothing comes with mtxdeck. */
const low500: RuleInput = { id: 'bitrateLow', below: 500_000, clear: 600_000 }
const findIn = (store: History, rules: readonly RuleInput[] = [low500], more: Partial<BeyondNowDeps> = {}) =>
  createBeyondNow({
    clock: clock(),
    history: store,
    slices: createSlices(clock()),
    server: (id) => (['berlin', 'wien'].includes(id) ? someServer(id) : null),
    host: () => null,
    probe: () => null,
    hasVideo: () => true,
    fieldsOf: () => null,
    rules: () => rules,
    usual: nothingUsual,
    alarmsOf: async () => () => 0,
    signal: new AbortController().signal,
    ...more,
  })
const counts = ({ beyond, standing, known, subjects }: BeyondNow) => ({ beyond, standing, known, subjects })
const listed = (found: BeyondNow) => found.listed.map(({ subject, value, isBeyond, exception }) => [partOf(subject), value, isBeyond, exception])

describe('what is beyond a limit now', () => {
  const fleet: Poll = { low: { kbit: 300 }, near: { kbit: 700 }, high: { kbit: 9_000 }, gone: { state: 'gone', kbit: 0 } }

  test('is counted with the rule as it is entered and as it stands, and what has no figure beside it', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    expect(counts(await findIn(store)({ rule: { id: 'bitrateLow', below: 1_000_000 } }))).toEqual({ beyond: 2, standing: 1, known: 3, subjects: 4 })
    expect(counts(await findIn(store, [{ id: 'bitrateLow', below: 200_000 }])({ rule: { ...low500 } }))).toMatchObject({ beyond: 1, standing: 0 })
  })
  test('is listed first, then what is nearest to the limit, and what is unknown last', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    expect(listed(await findIn(store)({ rule: { ...low500 } }))).toEqual([
      ['low', 300_000, true, null],
      ['near', 700_000, false, null],
      ['high', 9_000_000, false, null],
      ['gone', null, false, null],
    ])
  })
  test('has what had most alarms of the rule before all others', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    const asked: unknown[] = []
    const alarmsOf: BeyondNowDeps['alarmsOf'] = async (...ask) => {
      asked.push(ask.slice(0, 2))
      return (subject) => (pathOf(subject) === 'gone' ? 3 : 0)
    }
    const { listed, at } = await findIn(store, [low500], { alarmsOf })({ rule: { ...low500 } })
    expect(listed[0]).toMatchObject({ subject: { path: 'gone' }, alarms: 3, serverName: 'berlin' })
    expect(asked).toEqual([['bitrateLow', at - 86_400_000]])
  })
  test('is judged by the exception that fits, of what the scope names, on servers that are watched', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    await keep(store, lasting(20, { low: { kbit: 300 } }), 'removed')
    const rule: RuleInput = {
      ...low500,
      streams: ['low', 'near', 'high'],
      exceptions: [
        { streams: ['high'], enabled: false, reason: 'it is a test' },
        { streams: ['low'], below: 100_000, reason: 'a picture of a wall' },
      ],
    }
    const found = await findIn(store)({ rule })
    expect(listed(found)).toEqual([
      ['near', 700_000, false, null],
      ['low', 300_000, false, 1],
    ])
    expect(found).toMatchObject({ of: 'stream', beyond: 0, standing: 1 })
  })
  test('is known of a new rule, and of one that is switched off', async () => {
    const store = await open()
    await keep(store, lasting(20, { cam: { rtt: 60 }, other: { rtt: 20 } }))
    const find = findIn(store)
    expect(counts(await find({ rule: { id: 'mine', metric: 'path.rtt', above: 50 } }))).toMatchObject({ beyond: 1, standing: null, known: 2 })
    expect(counts(await find({ rule: { id: 'latencyTight', enabled: false } }))).toMatchObject({ beyond: 1, standing: 1, known: 2 })
    expect(listed(await find({ rule: { id: 'latencyTight' } }))[0]).toEqual(['cam', 2, true, null])
  })
  test('is how far it changed within its time, also before this poll, unless the stream was away', async () => {
    const store = await open()
    await keep(store, [
      ...lasting(60, { cam: {}, back: {} }),
      ...lasting(20, { cam: { kbit: 1_000 }, back: { state: 'gone' } }),
      { cam: { kbit: 1_000 }, back: { kbit: 1_000 } },
    ])
    const find = findIn(store)
    const drop: RuleInput = { id: 'drop', metric: 'path.bitrateIn', fallsBy: '50%', withinSeconds: 60 }
    expect(listed(await find({ rule: drop }))).toEqual([
      ['cam', 75, true, null],
      ['back', 0, false, null],
    ])
    expect(counts(await find({ rule: { ...drop, withinSeconds: 10 } }))).toMatchObject({ beyond: 0, known: 2 })
  })
  test('is what has no figure, of a rule for that', async () => {
    const store = await open()
    await keep(store, lasting(20, { cam: { rtt: 60 }, other: {}, off: { state: 'gone' } }))
    const found = await findIn(store)({ rule: { id: 'noRtt', metric: 'path.rtt', absent: true } })
    expect(counts(found)).toEqual({ beyond: 1, standing: null, known: 2, subjects: 3 })
    expect(found.by).toBe('absence')
  })
  test('is off what is usual in this hour', async () => {
    const store = await open()
    await keep(store, lasting(20, { cam: { kbit: 1_000 }, other: { kbit: 4_000 } }))
    const rangesOf: BeyondNowDeps['usual']['rangesOf'] = (_, parts) => ({
      low: Float32Array.from(parts, () => 3_900_000),
      high: Float32Array.from(parts, () => 4_400_000),
    })
    const find = findIn(store, [], { usual: { ...nothingUsual, rangesOf } })
    expect(counts(await find({ rule: { id: 'bitrateUnusual' } }))).toMatchObject({ beyond: 1, known: 2 })
    expect(counts(await find({ rule: { id: 'bitrateUnusual', aboveUsual: 2 } }))).toMatchObject({ beyond: 0, standing: 1 })
  })
  test('is looked for by name among all, and at most 50 are listed', async () => {
    const store = await open()
    await keep(store, lasting(20, Object.fromEntries(Array.from({ length: 60 }, (_, place) => [`cam${place}`, {}]))))
    const find = findIn(store)
    const all = await find({ rule: { ...low500 } })
    expect([all.listed.length, all.known]).toEqual([50, 60])
    const found = await find({ rule: { ...low500 }, find: ' CAM59 ' })
    expect(listed(found).map(([path]) => path)).toEqual(['cam59'])
    expect(found.known).toBe(60)
  })
  test('is nothing of a rule that compares no figure', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    for (const rule of [{ id: 'streamGone' }, { id: 'serverRestarted' }, { id: 'mine', absent: ['cam*'] }])
      expect(await findIn(store)({ rule })).toMatchObject({ of: null, subjects: 0, listed: [] })
  })
  test('ends once nobody waits for it, and lets others have their turn', async () => {
    const store = await open()
    await keep(store, lasting(20, fleet))
    const caller = new AbortController()
    const find = findIn(store, [], {
      server: (id) => {
        caller.abort()
        return someServer(id)
      },
      slices: createSlices({
        ...clock(),
        monotonic: (
          (ms) => () =>
            ++ms
        )(0),
      }),
    })
    await expect(find({ rule: { ...low500 } }, caller.signal)).rejects.toThrow(/abort/)
    expect(await find({ rule: { ...low500 } })).toMatchObject({ known: 3 })
  })
})

describe('a console in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'beyond', servers: [rtspServer('Berlin', 'cam1', 'cam2')] }))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
  })

  test('says what its rule would raise, lists what it raised before, and refuses what contradicts itself', async () => {
    const { client } = await engines.start({
      yamlServers: demo.yamlServers(),
      rules: [{ id: 'busy', metric: 'path.bitrateIn', above: 1_000, streams: ['cam1'] }],
    })
    await engines.clock.advance(30_000)
    expect(await client.rules.beyond({ rule: { id: 'busy', metric: 'path.bitrateIn', above: 1_000 } })).toMatchObject({
      of: 'stream',
      known: 2,
      beyond: 2,
      standing: 1,
      listed: [
        { subject: { path: 'cam1' }, serverName: 'Berlin', isBeyond: true, alarms: 1 },
        { subject: { path: 'cam2' }, isBeyond: true, alarms: 0 },
      ],
    })
    await expect(client.rules.beyond({ rule: { id: 'busy', metric: 'path.bitrateIn' } })).rejects.toMatchObject({
      data: { kind: 'notAccepted', mistakes: [{ field: 'rule', mistake: { kind: 'limitMissing' } }] },
    })
  })
})
