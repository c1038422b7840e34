import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createDemoFleet, type DemoFleet } from '../../demo/demoFleet.fixture.ts'
import { rtspServer } from '../../demo/rtspServer.fixture.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Rehearsal, RehearsedAlarm } from '../../shared/rehearsal.ts'
import { type RuleInput, shippedRuleIds } from '../../shared/rules.ts'
import { someServer } from '../../shared/servers.fixture.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import { pathOf, serverSubject } from '../../shared/subjectNames.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { History } from '../history/history.ts'
import { testHistories } from '../history/openHistories.fixture.ts'
import { createTestEngines, type TestEngines } from '../testEngines.ts'
import { noBaselines } from './breaches.ts'
import { createRehearsal, type RehearsalDeps } from './rehearsal.ts'
import { createReplay } from './replay.ts'

const startAt = Date.UTC(2026, 10, 14, 12)
const { clock, open } = testHistories(startAt)
const metrics = ['path.state', 'path.bitrateIn', 'path.lostLastMinute'] as const satisfies readonly MetricId[]
const stepMs = 2_000
const berlin = serverSubject('berlin')

/** What a stream shows at one poll; null: it is not listed. */
type Seen = { readonly state?: StreamState; readonly kbit?: number; readonly lost?: number } | null
/** A poll: what its streams show by their paths, or null: the server does not answer. */
type Poll = Readonly<Record<string, Seen>> | null
const rowOf = (seen: Seen) => [streamStateCodes[seen?.state ?? 'live'], seen?.kbit === undefined ? 4_000_000 : seen.kbit * 1_000, seen?.lost ?? 0]

/** Stores these polls, the last of them now. */
async function keep(store: History, polls: readonly Poll[], owner = berlin): Promise<number> {
  const from = clock().now() - polls.length * stepMs
  for (const [index, poll] of polls.entries()) {
    const at = from + index * stepMs
    store.append({ owner, at, parts: null, metrics: ['server.reachable'], values: Float64Array.of(poll === null ? 0 : 1) })
    const rows = Object.entries(poll ?? {}).filter(([, seen]) => seen !== null)
    if (poll === null) store.gap(owner, at)
    else store.append({ owner, at, parts: rows.map(([path]) => path), metrics, values: Float64Array.from(rows.flatMap(([, seen]) => rowOf(seen))) })
    if (index % 200 === 199) await clock().advance(0)
  }
  await clock().advance(1_000)
  return from
}
const lasting = (seconds: number, poll: Poll): readonly Poll[] => Array.from({ length: seconds / 2 }, () => poll)
const well: Poll = { cam: {} }

const rehearsalOf = (store: History, rules: readonly RuleInput[] = [low500], { serverId } = berlin, more: Partial<RehearsalDeps> = {}) =>
  createRehearsal({
    clock: clock(),
    history: store,
    slices: createSlices(clock()),
    server: (id) => (id === serverId ? someServer(id) : null),
    host: () => null,
    probe: () => null,
    hasVideo: () => true,
    fieldsOf: () => null,
    rules: () => rules,
    baseline: { learnedOver: async () => (at) => noBaselines.hourOf('', '', at) },
    signal: new AbortController().signal,
    ...more,
  })
/** An operator's figure: nothing comes with mtxdeck. */
const low500: RuleInput = { id: 'bitrateLow', below: 500_000, clear: 600_000 }
const numbers = ({ before, after }: Rehearsal) => [before?.total ?? null, after.total]
const lengths = (alarms: readonly RehearsedAlarm[]) => alarms.map(({ start, end }) => (end === null ? null : (end - start) / 1_000))

describe('a rule over the past', () => {
  const low = [
    ...lasting(900, well),
    ...lasting(60, { cam: { kbit: 800 } }),
    ...lasting(2_000, well),
    ...lasting(200, { cam: { kbit: 300 } }),
    ...lasting(2_000, well),
    ...lasting(60, { cam: { kbit: 800 } }),
    ...lasting(900, well),
  ]
  const tighter: RuleInput = { id: 'bitrateLow', below: 1_000_000, onDelaySeconds: 30 }

  test('leaves others their turn while it is looked which streams it is for, and ends there once nobody waits for it', async () => {
    const store = await open()
    const paths = Array.from({ length: 30 }, (_unused, place) => [`cam${place}`, {}] as const)
    const from = await keep(store, lasting(10, Object.fromEntries(paths)))
    const caller = new AbortController()
    let looked = 0
    const server = (id: string) => {
      looked++
      caller.abort()
      return someServer(id)
    }
    let ms = 0
    const slices = createSlices({ ...clock(), monotonic: () => ++ms })
    await expect(rehearsalOf(store, [], berlin, { server, slices })({ rule: tighter, from }, caller.signal)).rejects.toThrow(/abort/)
    expect(looked).toBeLessThan(paths.length)
  })
  test('makes the alarms that it would have made, beside those of the rule as it stands', async () => {
    const store = await open()
    const from = await keep(store, low)
    const found = await rehearsalOf(store)({ rule: tighter, from })
    expect(numbers(found)).toEqual([1, 3])
    expect(lengths(found.before?.alarms ?? [])).toEqual([200])
    expect(lengths(found.after.alarms)).toEqual([60, 200, 60])
    expect(found.after.alarms[0]).toMatchObject({
      subject: { kind: 'stream', serverId: 'berlin', path: 'cam' },
      serverName: 'berlin',
      severity: 'minor',
      start: from + 900_000,
    })
    expect(found).toMatchObject({ rule: 'bitrateLow', subjects: 1, unrehearsed: [] })
  })
  test('finds how fast a figure changed', async () => {
    const store = await open()
    const from = await keep(store, [...low, ...lasting(20, { cam: { kbit: 2_500 } }), ...lasting(2_000, { cam: { kbit: 1_500 } })])
    const rule: RuleInput = { id: 'drop', metric: 'path.bitrateIn', fallsBy: 35, withinSeconds: 60, offDelaySeconds: 10 }
    const found = await rehearsalOf(store)({ rule, from })
    // Three falls to less than a quarter, two of them by steps that are closer together than a minute.
    expect(numbers(found)).toEqual([null, 4])
    expect(found.after.alarms.map(({ start }) => (start - from) / 1_000)).toEqual([900, 2_960, 5_160, 6_120])
    expect(numbers(await rehearsalOf(store)({ rule: { ...rule, fallsBy: 95 }, from }))).toEqual([null, 0])
  })
  test('has nothing beside it when it is new', async () => {
    const store = await open()
    const from = await keep(store, low)
    const found = await rehearsalOf(store)({ rule: { id: 'mine', metric: 'path.bitrateIn', below: 500_000 }, from })
    expect(numbers(found)).toEqual([null, 1])
  })
  test('concerns what its scope names, with its exceptions', async () => {
    const store = await open()
    const both = { cam: { kbit: 100 }, other: { kbit: 100 } }
    const from = await keep(store, [...lasting(900, { cam: {}, other: {} }), ...lasting(300, both), ...lasting(900, { cam: {}, other: {} })])
    const rehearse = rehearsalOf(store)
    expect(numbers(await rehearse({ rule: { ...low500, streams: ['cam*'] }, from }))).toEqual([2, 1])
    expect(numbers(await rehearse({ rule: { ...low500, enabled: false }, from }))).toEqual([2, 0])
    const excepted = { ...low500, exceptions: [{ streams: ['other'], below: 50_000, reason: 'a picture of a wall' }] }
    expect(numbers(await rehearse({ rule: excepted, from }))).toEqual([2, 1])
  })
  test('is that of the configuration file where it stands there', async () => {
    const store = await open()
    const from = await keep(store, low)
    expect(numbers(await rehearsalOf(store, [tighter])({ rule: { id: 'bitrateLow', below: 100_000 }, from }))).toEqual([3, 0])
  })
  test('of a trouble waits as long as it says', async () => {
    const store = await open()
    const gone = (seconds: number) => [...lasting(1_800, well), ...lasting(seconds, { cam: { state: 'gone' } })]
    const from = await keep(store, [...gone(20), ...gone(90), ...gone(20), ...lasting(1_800, well)])
    const found = await rehearsalOf(store)({ rule: { id: 'streamGone', onDelaySeconds: 60 }, from })
    expect(numbers(found)).toEqual([3, 1])
    expect(lengths(found.before?.alarms ?? [])).toEqual([20, 90, 20])
    expect(found.unrehearsed).toEqual([{ kind: 'plans' }])
  })
  test('of flapping counts the changes, until there are few again', async () => {
    const store = await open()
    const flap = [...lasting(40, { cam: { state: 'gone' } }), ...lasting(80, well)]
    const from = await keep(store, [...lasting(1_800, well), ...flap, ...flap, ...flap, ...flap, ...lasting(7_200, well)])
    const found = await rehearsalOf(store)({ rule: { id: 'streamFlapping', withinMinutes: 10 }, from })
    expect(numbers(found)).toEqual([1, 1])
    // From the first loss until the last but one is ten minutes old, and a minute for its off-delay.
    const [length = 0] = lengths(found.after.alarms) as number[]
    expect(length).toBeGreaterThan(600)
    expect(length).toBeLessThan(1_200)
    expect(lengths(found.before?.alarms ?? [])[0]).toBeGreaterThan(1_000)
    expect((await rehearsalOf(store)({ rule: { id: 'streamFlapping', flaps: 9 }, from })).after.total).toBe(0)
  })
  test('goes on through an outage of the server, and heals where a stream is not listed any more', async () => {
    const store = await open()
    const dark: Poll = { cam: { kbit: 100 } }
    const from = await keep(store, [
      ...lasting(900, well),
      ...lasting(300, dark),
      ...lasting(300, null),
      ...lasting(300, dark),
      ...lasting(1_200, { cam: null }),
    ])
    const found = await rehearsalOf(store)({ rule: { ...low500, onDelaySeconds: 10 }, from })
    expect(numbers(found)).toEqual([1, 1])
    expect(lengths(found.after.alarms)[0]).toBeGreaterThanOrEqual(900)
    expect(lengths(found.after.alarms)[0]).toBeLessThan(1_000)
  })
  test('goes on behind an outage, within the deadband, although nothing is known between', async () => {
    const store = await open()
    const from = await keep(store, [
      ...lasting(60, well),
      ...lasting(4, { cam: { kbit: 300 } }),
      ...lasting(2_150, null),
      ...lasting(20, { cam: { kbit: 550 } }),
      ...lasting(2_400, well),
    ])
    const found = await rehearsalOf(store)({ rule: { ...low500, onDelaySeconds: 30 }, from })
    expect(found.after.alarms.map(({ start, end }) => [start - from, end && end - from])).toEqual([[60_000, 2_234_000]])
  })
  test('says what it can’t', async () => {
    const store = await open()
    const rehearse = rehearsalOf(store)
    const from = startAt - 86_400_000
    expect((await rehearse({ rule: { ...low500 }, from })).unrehearsed).toEqual([{ kind: 'keptSince', from: startAt }])
    for (const id of ['serverDown', 'sourceFailing', 'diskFilling', 'serverRestarted'])
      expect(await rehearse({ rule: { id }, from })).toMatchObject({ after: { total: 0 }, unrehearsed: [{ kind: 'notKeptAsFigures' }] })
    await keep(store, low)
    expect((await rehearse({ rule: { ...low500 }, from })).unrehearsed).toMatchObject([{ kind: 'keptSince' }])
  })
})

test('what was unusual then is an alarm of the rehearsal, and its limit a factor of the spread', async () => {
  const store = await open()
  const polls = [...lasting(3_600, well), ...lasting(1_200, { cam: { kbit: 2_000 } }), ...lasting(3_600, well)]
  const from = await keep(store, polls)
  const asked: unknown[] = []
  const baseline: RehearsalDeps['baseline'] = {
    learnedOver: async ({ serverId, path }, begin) => {
      asked.push([serverId, path, begin])
      return () => ({ range: { low: 3_900_000, high: 4_400_000, weeks: 6 }, hour: { weekday: 6, hour: 13, zone: 'UTC' } })
    },
  }
  const rehearse = rehearsalOf(store, [], berlin, { baseline })
  const found = await rehearse({ rule: { id: 'bitrateUnusual', offDelaySeconds: 0 }, from })
  expect(asked).toEqual([['berlin', 'cam', from]])
  expect(found.after).toMatchObject({ total: 1, alarms: [{ severity: 'warning', subject: { path: 'cam' } }] })
  expect(lengths(found.after.alarms)).toEqual([1_200])
  expect(numbers(await rehearse({ rule: { id: 'bitrateUnusual', beyondUsual: 8 }, from }))).toEqual([1, 0])
  expect(numbers(await rehearse({ rule: { id: 'bitrateUnusual', onDelaySeconds: 1_800 }, from }))).toEqual([1, 0])
})

/** Every poll, judged by this rule alone. */
function playAll(polls: readonly Poll[], from: number, rule: RuleInput): readonly RehearsedAlarm[] {
  const fleet = {
    server: (id: string) => (id === 'berlin' ? someServer(id) : null),
    host: () => null,
    probe: () => null,
    hasVideo: () => true,
    fieldsOf: () => null,
  }
  const rules = [...shippedRuleIds.filter((id) => id !== rule.id).map((id) => ({ id, enabled: false })), rule]
  const play = createReplay(fleet, berlin, rules, { kind: null, metrics: ['path.state', 'path.bitrateIn'], baseline: noBaselines })
  for (const [index, poll] of polls.entries()) {
    const parts = ['cam', 'other']
    const values = Float64Array.from(parts.flatMap((path) => (poll?.[path] ? rowOf(poll[path]).slice(0, 2) : [Number.NaN, Number.NaN])))
    play.addPoll({ at: from + index * stepMs, isUp: poll !== null, parts, values })
  }
  return play.finishAt(clock().now())
}

const seen: fc.Arbitrary<Seen> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ kbit: fc.constantFrom(300, 480, 550, 590, 620) }) },
  { weight: 1, arbitrary: fc.constantFrom<Seen>({ state: 'gone' }, { state: 'stalled' }, null) },
)
const span = fc.record({
  poll: fc.oneof({ weight: 8, arbitrary: fc.record({ cam: seen, other: seen }) }, { weight: 1, arbitrary: fc.constant(null) }),
  seconds: fc.constantFrom(4, 20, 60, 150, 400, 2_000),
})

let run = 0
test('what is not looked at closely would not have been an alarm', async () => {
  const store = await open()
  await fc.assert(
    fc.asyncProperty(fc.array(span, { minLength: 2, maxLength: 12 }), async (spans) => {
      const polls = [...lasting(60, { cam: {}, other: {} }), ...spans.flatMap(({ poll, seconds }) => lasting(seconds, poll))]
      // The store has those of the other runs, too.
      const owner = serverSubject(`berlin-${++run}`)
      const from = await keep(store, polls, owner)
      const rule: RuleInput = { ...low500, onDelaySeconds: 30 }
      const { after } = await rehearsalOf(store, [], owner)({ rule, from })
      const said = (alarms: readonly RehearsedAlarm[]) => alarms.map(({ subject, start, end }) => [pathOf(subject), start - from, end && end - from]).sort()
      expect(said(after.alarms)).toEqual(said(playAll(polls, from, rule)))
    }),
    {
      numRuns: 40,
      examples: [
        [
          [
            { poll: { cam: { kbit: 300 }, other: { kbit: 300 } }, seconds: 4 },
            { poll: null, seconds: 2_000 },
            { poll: { cam: { kbit: 550 }, other: { kbit: 300 } }, seconds: 20 },
            { poll: { cam: { kbit: 620 }, other: { kbit: 550 } }, seconds: 2_000 },
          ],
        ],
        [
          [
            { poll: { cam: { kbit: 300 }, other: { kbit: 300 } }, seconds: 60 },
            { poll: { cam: { state: 'gone' }, other: { state: 'gone' } }, seconds: 2_000 },
            { poll: { cam: { state: 'gone' }, other: {} }, seconds: 400 },
            { poll: { cam: { state: 'gone' }, other: { state: 'gone' } }, seconds: 2_000 },
            { poll: { cam: { kbit: 550 }, other: {} }, seconds: 60 },
            { poll: { cam: {}, other: {} }, seconds: 150 },
          ],
        ],
        // It was well for a minute, too short to end anything, before its stream was gone.
        [
          [
            { poll: { cam: { kbit: 300 }, other: {} }, seconds: 20 },
            { poll: { cam: { kbit: 590 }, other: { kbit: 590 } }, seconds: 60 },
            { poll: null, seconds: 400 },
            { poll: { cam: {}, other: { state: 'stalled' } }, seconds: 60 },
            { poll: { cam: { state: 'gone' }, other: {} }, seconds: 2_000 },
            { poll: null, seconds: 20 },
            { poll: { cam: {}, other: { state: 'gone' } }, seconds: 2_000 },
            { poll: { cam: {}, other: {} }, seconds: 60 },
          ],
        ],
        [
          [
            { poll: { cam: { kbit: 590 }, other: { kbit: 300 } }, seconds: 400 },
            { poll: null, seconds: 2_000 },
            { poll: { cam: { kbit: 590 }, other: {} }, seconds: 4 },
            { poll: null, seconds: 2_000 },
            { poll: { cam: { kbit: 590 }, other: {} }, seconds: 2_000 },
            { poll: { cam: {}, other: {} }, seconds: 4 },
          ],
        ],
      ],
    },
  )
})

describe('a console in virtual time', () => {
  let engines: TestEngines
  let demo: DemoFleet
  beforeEach(async () => {
    engines = await createTestEngines(startAt)
    demo = engines.open.use(await createDemoFleet({ clock: engines.clock, seed: 'rehearsal', servers: [rtspServer('Berlin', 'cam1', 'cam2')] }))
  })
  afterEach(async () => {
    await engines[Symbol.asyncDispose]()
    expect(engines.bugs).toEqual([])
  })
  const watch = async () => (await engines.start({ servers: demo.yamlServers() })).client

  test('finds in its past the alarms that it had, and others with a changed rule', async () => {
    const client = await watch()
    await engines.clock.advance(60_000)
    const had: number[] = []
    for (const forMs of [20_000, 60_000]) {
      demo.server('Berlin').trouble({ kind: 'publisherGone', path: 'cam1', forMs })
      await engines.clock.advance(16_000)
      const [alarm] = await client.alarms.list()
      had.push(alarm?.since ?? 0)
      await engines.clock.advance(600_000)
      await client.alarms.acknowledge({ ids: [alarm?.id ?? ''] })
    }
    const found = await client.rules.rehearse({ rule: { id: 'streamGone', onDelaySeconds: 40 }, from: startAt })
    expect(found).toMatchObject({ before: { total: 2 }, after: { total: 1 }, unrehearsed: [{ kind: 'plans' }] })
    const [first, second] = found.before?.alarms ?? []
    // An outage begins with the last data; of the past the first poll without it is known.
    for (const [index, alarm] of [first, second].entries()) {
      expect(alarm).toMatchObject({ subject: { kind: 'stream', path: 'cam1' }, serverName: 'Berlin', severity: 'critical', count: 1 })
      expect(Math.abs((alarm?.start ?? 0) - (had[index] ?? 0))).toBeLessThanOrEqual(4_000)
    }
  })

  test.each([
    [{ id: 'noSuchRule' }, 'rule.id', 'noSuchRule'],
    [{ id: 'mine', metric: 'path.bitrateIn' }, 'rule', 'noneGiven'],
    [{ id: 'mine', metric: 'path.bitrateIn', below: 5, above: 3 }, 'rule.below', 'givenBeside'],
    [{ id: 'bitrateLow', below: 500, clear: 400 }, 'rule.clear', 'clearOnWrongSide'],
    [{ id: 'bitrateLow', streams: ['~('] }, 'rule.streams.0', 'notAPattern'],
    [{ id: 'bitrateLow', hosts: ['a'] }, 'rule.hosts', 'scopeUnfit'],
    [{ id: 'bitrateLow', lower: 3 }, 'rule.lower', 'unknownKey'],
  ])('says what is wrong with %o', async (rule, field, kind) => {
    const client = await watch()
    const refused = client.rules.rehearse({ rule: rule as RuleInput, from: startAt })
    await expect(refused).rejects.toMatchObject({ data: { kind: 'notAccepted', validationErrors: [{ field, validationError: { kind } }] } })
  })
  test('runs one rehearsal at a time for an operator, and the next one when that has ended', async () => {
    const client = await watch()
    const ask = () => client.rules.rehearse({ rule: { ...low500 }, from: startAt })
    const [first, second] = await Promise.allSettled([ask(), ask()])
    expect(first).toMatchObject({ status: 'fulfilled' })
    expect(second).toMatchObject({ status: 'rejected', reason: { status: 429, data: { kind: 'running' } } })
    expect(await ask()).toMatchObject({ rule: 'bitrateLow' })
  })
  test('refuses a period that is none, and takes the last month of one that is longer', async () => {
    const client = await watch()
    const rule = { ...low500 }
    const wrong = { data: { validationErrors: [{ field: 'to', validationError: { kind: 'rangeReversed' } }] } }
    await expect(client.rules.rehearse({ rule, from: startAt, to: startAt })).rejects.toMatchObject(wrong)
    const monthAgo = startAt - 31 * 86_400_000
    expect(await client.rules.rehearse({ rule, from: startAt - 32 * 86_400_000, to: startAt })).toMatchObject({ from: monthAgo, to: startAt })
  })
})
