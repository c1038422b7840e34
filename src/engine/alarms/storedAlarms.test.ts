import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { alarmStepsInputSchema, pastAlarmsInputSchema } from '../../shared/alarms.ts'
import { pathOf, serverSubject } from '../../shared/subjectNames.ts'
import type { Log } from '../ports.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { closedLimits } from './alarmRows.ts'
import { Alarms } from './alarms.ts'
import { alarmMigrations } from './alarmsDatabase.ts'
import { conditionsWith, someFinding } from './findings.fixture.ts'
import type { Finding } from './findings.ts'
import { incidentsAmong } from './incidents.ts'
import { selectedOf } from './shownAlarms.ts'

const minuteMs = 60_000
let clock: TestClock
let db: BetterSqlite3.Database
let stop: AbortController
let troubles: Finding[]
/** Their off-delay. */
let holdMs: number
beforeEach(() => {
  clock = createTestClock()
  db = new BetterSqlite3(':memory:')
  migrate(db, alarmMigrations)
  stop = new AbortController()
  troubles = []
  holdMs = 0
})
afterEach(() => {
  stop.abort()
  db.close()
})

const open = (error?: Log['error'], limits = closedLimits, slices = createSlices(clock)): Alarms =>
  new Alarms({
    clock,
    log: createTestLog(error),
    db,
    onDamaged: () => undefined,
    slices,
    evaluation: { conditionsOf: () => conditionsWith(troubles, { holdMs: () => holdMs }), timeDependentOwners: () => [] },
    maintenanceOf: () => null,
    around: {
      originOf: () => null,
      wasSeen: () => true,
      liveOn: () => null,
      liveThen: () => null,
      eachLive: () => undefined,
      serverHosts: () => [],
      upstreams: () => () => [],
      probed: () => new Map(),
      machines: () => [],
    },
    alongside: () => undefined,
    onRaised: () => undefined,
    onChange: () => undefined,
    closedLimits: limits,
    signal: stop.signal,
  })
const evaluated = async (alarms: Alarms) => {
  alarms.evaluate(serverSubject('berlin'))
  await alarms.settled()
}
// So long that it needs pages of its own.
const gone = (path: string) => someFinding(path, { since: clock.now(), why: { kind: 'serverError', error: { kind: 'internal', detail: 'x'.repeat(50_000) } } })
const pages = () => db.pragma('page_count', { simple: true }) as number

test('what came and went while the disk was full is shown at once, and stored when there is room again', async () => {
  const alarms = open()
  troubles = [gone('cam1')]
  await evaluated(alarms)
  const [first] = alarms.open()
  const { id } = first ?? expect.fail('there is an alarm')
  alarms.acknowledge({ ids: [id], until: null }, 'Anna')

  db.pragma(`max_page_count = ${pages()}`)
  troubles = [gone('cam2')]
  await evaluated(alarms)
  expect(alarms.open().map(({ subject }) => subject)).toMatchObject([{ path: 'cam2' }])
  expect(alarms.get(id)).toMatchObject({ closed: { because: 'healed' } })
  // An operator is told that it was not done.
  expect(() => alarms.comment({ ids: [alarms.open()[0]?.id ?? ''], text: 'cable?' }, 'Anna')).toThrow(/full/)

  db.pragma('max_page_count = 1000000')
  troubles = []
  await evaluated(alarms)
  const after = open()
  expect(after.open()).toMatchObject([{ subject: { path: 'cam2' }, state: 'healedUnseen', comments: 0 }])
  expect(after.get(id)?.changes.map(({ kind }) => kind)).toEqual(['raised', 'acknowledged', 'healed', 'closed'])
})

test('an alarm whose row cannot be read takes no other with it', async () => {
  troubles = [gone('cam1'), gone('cam2')]
  await evaluated(open())
  db.prepare("UPDATE alarms SET alarm = replace(alarm, '\"severity\":', '\"sewerity\":') WHERE path = 'cam1'").run()
  db.prepare("UPDATE alarm_changes SET change = 'x' WHERE alarm_no = (SELECT no FROM alarms WHERE path = 'cam2')").run()
  const errors: unknown[] = []
  const alarms = open((_, text) => void errors.push(text))
  expect(alarms.open()).toMatchObject([{ subject: { path: 'cam2' } }])
  const [{ id } = expect.fail('there is an alarm')] = alarms.open()
  expect(alarms.get(id)).toMatchObject({ changes: [] })
  expect(errors).toEqual([expect.stringContaining('cannot be read')])
  await evaluated(alarms)
  expect(alarms.open()).toHaveLength(2)
  expect(await alarms.past(pastAlarmsInputSchema.parse({}))).toEqual({ ok: true, value: [] })
})

describe('a past moment', () => {
  const at = (minutes: number) => startAt + minutes * 60_000
  const startAt = Date.UTC(2026, 10, 14)
  const allThen = (alarms: Alarms, minutes: number) => alarms.allThen(at(minutes), createSlices(clock).begin())
  const then = async (alarms: Alarms, minutes: number, input: object = {}) => {
    const listed = await allThen(alarms, minutes)
    return listed.ok ? selectedOf(listed.value, input) : expect.fail(`kept since ${listed.error}`)
  }
  const words = (kind: string) => ({ kind: 'serverError', error: { kind: 'internal', detail: kind } }) as const

  /** Stalled at 10, gone at 20, taken at 30, commented at 35, shelved at 40, well since 48 and healed at 50, back at 60, suppressed from 70 to 80, closed at 90. */
  async function lived() {
    clock = createTestClock(startAt)
    const alarms = open()
    const goOn = async (minutes: number, found: Partial<Finding> | null = null) => {
      await clock.advance(at(minutes) - clock.now())
      if (found !== null) troubles = [someFinding('cam1', { since: at(minutes) - 5_000, ...found })]
      await evaluated(alarms)
    }
    const stalled = { kind: 'streamStalled', rule: 'streamStalled', severity: 'major', why: words('stalled') } as const
    const isGone = { kind: 'streamGone', rule: 'streamGone', severity: 'critical', why: words('gone'), readers: 7 } as const
    await goOn(10, stalled)
    const [{ id } = expect.fail('there is an alarm')] = alarms.open()
    await goOn(20, isGone)
    const still = troubles
    await goOn(30)
    alarms.acknowledge({ ids: [id], until: null }, 'Anna')
    await goOn(35)
    alarms.comment({ ids: [id], text: 'cable' }, 'Ben')
    await goOn(40)
    alarms.shelve({ ids: [id], until: at(200), reason: 'known', endsHealedForMs: null }, 'Cem')
    troubles = []
    holdMs = 120_000
    await goOn(48)
    await goOn(50)
    holdMs = 0
    await goOn(60, isGone)
    troubles = still.map((finding) => ({ ...finding, since: at(60) - 5_000, readers: 9 }))
    alarms.unshelve([id], 'Dan')
    alarms.acknowledge({ ids: [id], until: null }, 'Eva')
    await clock.advance(at(90) - clock.now())
    troubles = []
    await evaluated(alarms)
    return { alarms, id, closed: alarms.get(id) }
  }

  test('shows the alarms that were open, as they stood', async () => {
    const { alarms, id, closed } = await lived()
    expect(closed).toMatchObject({ closed: { at: at(90) } })
    const one = async (minutes: number) => {
      const [alarm, ...more] = await then(alarms, minutes)
      expect(more).toEqual([])
      return alarm ?? expect.fail('there was an alarm')
    }
    expect(await then(alarms, 9.99)).toEqual([])
    const base = { id, acknowledged: null, shelf: null, comments: 0, count: 1, healedAt: null, closed: null, streams: null, readers: null }
    expect(await one(10)).toMatchObject({
      ...base,
      kind: 'streamStalled',
      severity: 'major',
      state: 'unacknowledged',
      since: at(10) - 5_000,
      why: words('stalled'),
    })
    expect(await one(10)).toHaveProperty('rule', 'streamStalled')
    expect(await one(20)).toMatchObject({ ...base, kind: 'streamGone', rule: 'streamGone', severity: 'critical', since: at(20) - 5_000, why: words('gone') })
    expect(await one(30)).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'Anna', at: at(30) }, comments: 0 })
    expect(await one(35)).toMatchObject({ comments: 1 })
    expect(await one(40)).toMatchObject({ state: 'shelved', shelf: { by: 'Cem', until: at(200), reason: 'known' } })
    expect(await one(47.99)).not.toHaveProperty('calmSince')
    expect(await one(49)).toMatchObject({ state: 'shelved', calmSince: at(48), healedAt: null })
    expect(await one(50)).toMatchObject({ state: 'shelved', healedAt: at(48), count: 1 })
    expect(await one(50)).not.toHaveProperty('calmSince')
    expect(await one(60)).toMatchObject({ state: 'acknowledged', count: 2, healedAt: null, since: at(60) - 5_000, acknowledged: { by: 'Eva' } })
    expect(await one(89.99)).toMatchObject({ state: 'acknowledged', count: 2 })
    expect(await one(89.99)).not.toHaveProperty('unsure')
    expect(await then(alarms, 90)).toEqual([])
    for (const state of ['acknowledged', 'shelved'] as const) expect(await then(alarms, 45, { state })).toHaveLength(state === 'shelved' ? 1 : 0)
    expect(await then(alarms, 45, { serverId: '00000000-0000-4000-8000-000000000000' })).toEqual([])
    expect(await then(alarms, 45, { path: 'cam1', severity: 'critical' })).toHaveLength(1)
  })

  test('an alarm by its id is as it stood, with what had happened until then', async () => {
    const { alarms, id, closed } = await lived()
    expect(alarms.get(id, at(9))).toBeNull()
    expect(alarms.get(id, at(35))).toMatchObject({
      state: 'acknowledged',
      changes: [{ kind: 'raised' }, { kind: 'turned' }, { kind: 'acknowledged' }, { kind: 'commented' }],
    })
    expect(alarms.get(id, at(95))).toEqual(closed)
    expect(incidentsAmong(await then(alarms, 25))).toMatchObject([{ lead: id, severity: 'critical', membersTotal: 1, lasting: 1 }])
  })

  test('a period has what happened to the alarms in it, of a server or of a stream', async () => {
    const { alarms } = await lived()
    const steps = async (input: object) =>
      (await alarms.steps(alarmStepsInputSchema.parse({ from: at(15), to: at(40), ...input }))).map(({ change }) => change.kind)
    expect(await steps({})).toEqual(['turned', 'acknowledged', 'commented', 'shelved'])
    expect(await steps({ path: 'cam1', limit: 2 })).toEqual(['commented', 'shelved'])
    expect(await steps({ path: 'cam2' })).toEqual([])
    expect((await alarms.steps(alarmStepsInputSchema.parse({ from: at(0) }))).map(({ kind }) => kind).slice(0, 3)).toEqual([
      'streamStalled',
      'streamGone',
      'streamGone',
    ])
    expect(await steps({ from: at(91), to: at(99) })).toEqual([])
    expect(await steps({ from: at(85), to: undefined })).toEqual(['healed', 'closed'])
  })

  test('has its latest reason or, before that came, the one of its onset, which may have been another by then', async () => {
    clock = createTestClock(startAt)
    const alarms = open()
    const flaps = async (losses: number, said?: string) => {
      const why = { kind: 'flapping', losses, changes: 2 * losses, withinMs: 600_000 } as const
      troubles = [someFinding('cam1', { since: at(10), why, ...(said !== undefined && { said }) })]
      await evaluated(alarms)
    }
    await clock.advance(at(10) - clock.now())
    await flaps(2)
    const [{ id } = expect.fail('there is an alarm')] = alarms.open()
    expect(alarms.get(id, at(10))).not.toHaveProperty('unsure')
    await clock.advance(at(14) - clock.now())
    await flaps(9, 'no route')
    expect(alarms.get(id)).toMatchObject({ why: { losses: 9 }, said: 'no route', changes: [{ kind: 'raised' }] })
    const asOnset = { why: { losses: 2 }, unsure: ['why'] }
    for (const moment of [10, 13.9]) expect(alarms.get(id, at(moment))).toMatchObject(asOnset)
    expect(alarms.get(id, at(14))).toMatchObject({ why: { losses: 9 }, said: 'no route' })
    expect(alarms.get(id, at(14))).not.toHaveProperty('unsure')
    expect(alarms.get(id, at(12))).not.toHaveProperty('said')
    await clock.advance(at(20) - clock.now())
    troubles = []
    await evaluated(alarms)
    alarms.acknowledge({ ids: [id], until: null }, 'Anna')
    await clock.advance(2_000)
    expect(alarms.get(id, at(12))).toMatchObject(asOnset)
    expect(alarms.get(id, at(19.9))).toMatchObject({ why: { losses: 9 } })
    expect(alarms.get(id, at(19.9))).not.toHaveProperty('unsure')
  })

  test('is read without the causes and steps of kinds that another version had', async () => {
    const { alarms, id, closed } = await lived()
    db.prepare(`UPDATE alarms SET alarm = json_set(alarm, '$.causes', json('[{"facts":{"kind":"none"},"sure":"seen","of":null,"metric":null}]'))`).run()
    db.prepare(`UPDATE alarm_changes SET change = '{"kind":"none","at":1}' WHERE change LIKE '%commented%'`).run()
    const changes = closed?.changes.filter(({ kind }) => kind !== 'commented')
    expect(alarms.get(id)).toEqual({ ...closed, causes: [], changes })
  })

  test('another kind of reason is known after a restart, though it is no step', async () => {
    clock = createTestClock(startAt)
    const alarms = open()
    troubles = [someFinding('cam1', { why: { kind: 'senderLeft', pulled: false } })]
    await evaluated(alarms)
    troubles = [someFinding('cam1', { why: { kind: 'packetsLost', count: 7, estimated: false } })]
    await evaluated(alarms)
    expect(open().open()).toMatchObject([{ why: { kind: 'packetsLost' } }])
  })

  test('a return that was counted without a step, and steps that are not kept, are said to be not sure', async () => {
    const { alarms, id } = await lived()
    db.prepare("UPDATE alarms SET alarm = json_set(alarm, '$.count', 5)").run()
    expect(alarms.get(id, at(30))).toMatchObject({ count: 1, unsure: ['count'] })
    const comment = JSON.stringify({ kind: 'commented', at: at(61), by: 'Anna', text: 'x' })
    const last = db.prepare('SELECT max(place) FROM alarm_changes').pluck().get() as number
    db.prepare('DELETE FROM alarm_changes WHERE place = ?').run(last - 1)
    db.prepare('UPDATE alarm_changes SET place = 499 WHERE place = ?').run(last)
    for (let place = last - 1; place < 499; place++) db.prepare('INSERT INTO alarm_changes SELECT no, ?, ? FROM alarms WHERE id = ?').run(place, comment, id)
    expect(alarms.get(id, at(89))).toMatchObject({ unsure: ['state', 'count'] })
    expect(alarms.get(id, at(60.5))).toMatchObject({ unsure: ['count'] })
  })

  test('is refused when alarms of then are not kept, which begins with the last one that was deleted', async () => {
    clock = createTestClock(startAt)
    expect(await allThen(open(), -1)).toEqual({ ok: false, error: startAt })
    await lived()
    const insert = db.prepare(
      'INSERT INTO alarms (id, incident, owner_id, path, rule, severity, raised_at, closed_at, alarm) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    const { state: _, ...some } = someAlarm()
    db.transaction(() => {
      const ended = { ...some, raisedAt: at(91), closed: { at: at(92), because: 'healed' } }
      // Raised long ago and closed last, it stays.
      insert.run('long', 'long', 'berlin', 'cam9', 'x', 1, startAt, at(99), JSON.stringify({ ...ended, id: 'long' }))
      for (let n = 0; n < 500; n++) insert.run(`n${n}`, `n${n}`, 'berlin', 'cam1', 'x', 1, at(91), at(92), JSON.stringify({ ...ended, id: `n${n}` }))
    })()
    await clock.advance(at(100) - clock.now())
    const alarms = open(undefined, { ...closedLimits, alarms: 500 })
    await clock.advance(2_000)
    expect(alarms.get('long')).not.toBeNull()
    expect(alarms.kept()).toEqual({ closed: 500, since: at(92) })
    expect(await allThen(alarms, 91.5)).toEqual({ ok: false, error: at(92) })
    expect(await then(alarms, 99.5)).toEqual([])
  })
})

describe('many closed alarms', () => {
  const path = (n: number) => `cam${n}`
  /** Alarms that ended one by one, a minute after another, and `lasting` after them all. */
  async function ended(many: number, ...lasting: readonly Finding[]): Promise<Alarms> {
    const alarms = open()
    for (let n = 0; n < many; n++) {
      troubles = [...lasting, someFinding(path(n), { since: clock.now() })]
      await evaluated(alarms)
      alarms.acknowledge({ ids: alarms.open().map(({ id }) => id), until: null }, 'Anna')
      await clock.advance(minuteMs)
    }
    troubles = []
    await evaluated(alarms)
    await clock.advance(2_000)
    return alarms
  }

  test('of a period have the newest steps first of all, also of one that lasted for long', async () => {
    const alarms = await ended(10, someFinding('lasting', { since: clock.now() }))
    const steps = await alarms.steps(alarmStepsInputSchema.parse({ from: 0, limit: 4 }))
    expect(steps.map(({ subject, change }) => `${pathOf(subject)} ${change.kind}`).sort()).toEqual([
      'cam9 closed',
      'cam9 healed',
      'lasting closed',
      'lasting healed',
    ])
    const until = (await alarms.steps(alarmStepsInputSchema.parse({ from: 0, to: clock.now() - 3 * minuteMs, limit: 3 }))).map(({ subject }) => pathOf(subject))
    expect(until.sort()).toEqual(['cam6', 'cam6', 'cam7'])
  })

  test('are no longer read once their caller has gone', async () => {
    const stored = await ended(20)
    expect(stored.kept().closed).toBe(20)
    let turn = 0
    const alarms = open(undefined, closedLimits, createSlices({ ...clock, monotonic: () => (turn += 10) }))
    const asks: readonly ((asked: AbortSignal) => Promise<unknown>)[] = [
      (asked) => alarms.past(pastAlarmsInputSchema.parse({ q: 'cam' }), asked),
      (asked) => alarms.steps(alarmStepsInputSchema.parse({ from: 0 }), asked),
      (asked) => alarms.steps(alarmStepsInputSchema.parse({ from: 0, serverId: 'berlin' }), asked),
      (asked) => alarms.bundled({ from: 0, to: clock.now(), of: undefined, probes: [] }, null, null, asked),
    ]
    for (const ask of asks) {
      const gone = new AbortController()
      await expect(ask(gone.signal)).resolves.toBeDefined()
      const left = ask(gone.signal)
      gone.abort(new Error('gone'))
      await expect(left).rejects.toThrow('gone')
    }
  })
})

test('the same of before is listed with how it ended, and neither another stream nor another kind of alarm', async () => {
  const alarms = open()
  const came = async (...now: readonly Finding[]) => {
    troubles = [...now]
    await evaluated(alarms)
    const ids = alarms
      .open()
      .filter(({ healedAt }) => healedAt === null)
      .map(({ id }) => id)
    await clock.advance(60_000)
    alarms.acknowledge({ ids, until: null, comment: `after ${clock.now()}` }, 'Anna')
    troubles = []
    await evaluated(alarms)
    // Later than what counts as a return.
    await clock.advance(3_600_000)
    return ids
  }
  const [first = ''] = await came(gone('cam1'))
  await came(gone('cam2'))
  const [second = ''] = await came(gone('cam1'))
  troubles = [gone('cam1')]
  await evaluated(alarms)
  const [now] = alarms.open()
  const similar = (await alarms.similar(now?.id ?? '')) ?? expect.fail('there is an alarm')
  expect(similar.map(({ id }) => id)).toEqual([second, first])
  expect(similar[1]).toMatchObject({
    closed: { because: 'healed' },
    acknowledged: { by: 'Anna' },
    lastComment: { by: 'Anna', text: expect.stringMatching(/^after /) },
  })
  expect(await alarms.similar(first)).toEqual([])
  expect(await alarms.similar('no such')).toBeNull()
})
