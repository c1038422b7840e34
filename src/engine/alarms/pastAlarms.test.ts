import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { type Alarm, type AlarmChange, pastAlarmsInputSchema } from '../../shared/alarms.ts'
import { hostSubject, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { type AlarmRows, createAlarmRows } from './alarmRows.ts'
import { closedLimits } from './alarmStoring.ts'
import { closedMigrations } from './closedMigrations.ts'
import { createClosedRows } from './closedRows.ts'

const at = 1_700_000_000_000
let main: BetterSqlite3.Database
let past: BetterSqlite3.Database
let rows: AlarmRows
const open = (limits = closedLimits) => createAlarmRows(main, createClosedRows(past, createTestLog()), () => undefined, limits)
beforeEach(() => {
  main = new BetterSqlite3(':memory:')
  past = new BetterSqlite3(':memory:')
  main.pragma('foreign_keys = ON')
  migrate(main, mainMigrations)
  migrate(past, closedMigrations)
  rows = open()
  rows.begin(at)
})
afterEach(() => {
  main.close()
  past.close()
})

let place = 0
function ended(change: Partial<Alarm> = {}, changes: readonly AlarmChange[] = []): ChangedAlarm {
  const raisedAt = at + place * 1_000
  const id = `alarm-${place++}`
  const closed = { at: raisedAt + 60_000, because: 'healed' } as const
  const { state: _, ...alarm } = someAlarm({ id, raisedAt, since: raisedAt, healedAt: closed.at, closed, ...change })
  const raised: AlarmChange = { kind: 'raised', at: alarm.raisedAt, trouble: alarm.kind, severity: alarm.severity }
  return { alarm, changes: [raised, ...changes, { kind: 'closed', ...closed }] }
}
const named = (path: string, change: Partial<Alarm> = {}) => ended({ subject: streamSubject('a', path), ...change })
const moveAll = (of = rows) => {
  while (of.move());
}
/** Stores alarms; half of them are moved to alarms.db. */
function store(...alarms: readonly ChangedAlarm[]): void {
  rows.write(alarms.slice(0, alarms.length / 2), true)
  moveAll()
  rows.write(alarms.slice(alarms.length / 2), true)
}
const slice = () => createSlices(createTestClock()).begin()
const page = async (input: object = {}, of = rows) => {
  const found = await of.closed(pastAlarmsInputSchema.parse(input), slice(), new AbortController().signal)
  return found.ok ? found.value : expect.fail(`${found.error.looked} were looked through`)
}
const found = async (input: object) => (await page(input)).map(({ subject }) => ('path' in subject ? subject.path : 'none'))
const inBoth = () => [main.prepare('SELECT count(*) FROM alarms').pluck().get(), past.prepare('SELECT count(*) FROM closed_alarms').pluck().get()]

describe('closed alarms', () => {
  test('of a past moment are found once each, also where they are moved while they are read', () => {
    rows.write([ended(), ended(), ended()], true)
    const ids: string[] = []
    for (const { alarm } of rows.openThen(at + place * 1_000, 100)) {
      ids.push(alarm.id)
      moveAll()
    }
    expect(ids.length).toBe(3)
    expect(new Set(ids).size).toBe(3)
  })

  test('are moved to alarms.db as they are, with all that became of them', () => {
    const one = ended({ kind: 'limitCrossed', rule: 'bitrateLow' }, [{ kind: 'commented', at, by: 'Anna', text: 'Kabel „locker“ 🔌' }])
    rows.write([one], true)
    const before = rows.read(one.alarm.id)
    moveAll()
    expect(inBoth()).toEqual([0, 1])
    expect(rows.read(one.alarm.id)).toMatchObject(before ?? {})
    expect(rows.changes(one.alarm.id)).toEqual(one.changes)
    expect(main.prepare('SELECT count(*) FROM alarm_changes').pluck().get()).toBe(0)
  })

  test('a process that is killed after they were stored and before they were deleted has each once', async () => {
    store(...[0, 1, 2, 3].map((n) => named(`cam${n}`)))
    const killed = main.serialize()
    moveAll()
    main.close()
    main = new BetterSqlite3(killed)
    expect(inBoth()).toEqual([2, 4])
    rows = open()
    expect(inBoth()).toEqual([0, 4])
    expect(await found({})).toEqual(['cam3', 'cam2', 'cam1', 'cam0'])
  })

  test('a process that is killed before they were stored moves them at its next start', async () => {
    store(...[0, 1, 2, 3].map((n) => named(`cam${n}`)))
    const killed = past.serialize()
    past.close()
    past = new BetterSqlite3(killed)
    rows = open()
    moveAll()
    expect(inBoth()).toEqual([0, 4])
    expect(rows.closedCount()).toBe(4)
  })

  test('of a disk that is full stay where they are, and are found', async () => {
    past.pragma(`max_page_count = ${past.pragma('page_count', { simple: true })}`)
    rows.write(
      Array.from({ length: 50 }, (_, n) => named(`cam${n}`)),
      true,
    )
    expect(() => moveAll()).toThrow(/full/)
    expect(await page({ limit: 1_000 })).toHaveLength(50)
    past.pragma('max_page_count = 1000000')
    moveAll()
    expect(inBoth()).toEqual([0, 50])
  })

  test('when alarms.db is lost all of them are known from now on only', () => {
    store(named('cam1'), named('cam2'))
    past.close()
    past = new BetterSqlite3(':memory:')
    migrate(past, closedMigrations)
    rows = open()
    rows.begin(at + 5_000_000)
    expect(rows.keptSince()).toBe(at + 5_000_000)
    rows.begin(at + 6_000_000)
    expect(rows.keptSince()).toBe(at + 5_000_000)
  })

  test('of a damaged alarms.db that cannot be replaced wait in main.db, which does not grow without end, and are moved once there is another one', async () => {
    store(named('cam1'), named('cam2'))
    moveAll()
    rows = open({ ...closedLimits, waiting: 10 })
    past.unsafeMode()
    past.prepare('UPDATE closed_words_data SET block = zeroblob(40)').run()
    rows.write(
      Array.from({ length: 30 }, (_, n) => named(`cam${n}`, { closed: { at: at + 2_000_000 + n, because: 'healed' } })),
      true,
    )
    expect([rows.move(), rows.isClosedDbDamaged()]).toEqual([false, true])
    rows.discardExcess()
    expect(inBoth()).toEqual([10, 2])
    expect(await found({ limit: 2 })).toEqual(['cam29', 'cam28'])
    expect(rows.keptSince()).toBe(at + 2_000_019)
  })

  test('of a disk that fails to read are left out of answers that say so, and the file stays', async () => {
    store(named('cam1'), named('cam2'))
    moveAll()
    let fails = false
    const prepare = past.prepare.bind(past)
    past.prepare = ((sql: string) => {
      const statement = prepare(sql)
      const all = statement.all.bind(statement)
      statement.all = (...values) => {
        if (fails) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' })
        return all(...values)
      }
      return statement
    }) as typeof past.prepare
    rows = open()
    fails = true
    expect(await found({})).toEqual([])
    expect(rows.ofIncident('none', 10)).toEqual([])
    expect([rows.closedReadFailures() > 0, rows.isClosedDbDamaged()]).toEqual([true, false])
    fails = false
    const before = rows.closedReadFailures()
    expect(await found({})).toEqual(['cam2', 'cam1'])
    expect(rows.closedReadFailures()).toBe(before)
  })

  test('of a clock that was set back by years do not make it seem as if alarms.db were lost, also when those raised last are deleted first', () => {
    const closedAt = (ms: number) => ({ closed: { at: ms, because: 'healed' } as const, raisedAt: ms - 1_000 })
    const years = 3 * 365 * 86_400_000
    rows = open({ ...closedLimits, alarms: 3 })
    rows.write([named('cam1', closedAt(at + years)), named('cam2', closedAt(at + years)), named('cam3', closedAt(at + years))], true)
    moveAll()
    rows.write([named('cam4', closedAt(at + 5_000))], true)
    moveAll()
    const since = rows.keptSince()
    rows = open()
    rows.begin(at + 60_000)
    expect(rows.keptSince()).toBe(since)
  })

  test('whose row cannot be read stays, and holds up no other', () => {
    rows.write([named('cam1'), named('cam2')], true)
    main.prepare("UPDATE alarms SET alarm = 'x' WHERE path = 'cam1'").run()
    moveAll()
    expect(inBoth()).toEqual([1, 1])
  })

  test('beyond their number or bytes go, those closed first, and from when on they are known is said', async () => {
    rows = open({ ...closedLimits, alarms: 100 })
    rows.write(
      Array.from({ length: 130 }, (_, n) => named(`cam${n}`, { raisedAt: at + n, closed: { at: at + 1_000 + n, because: 'healed' } })),
      true,
    )
    moveAll()
    expect(rows.closedCount()).toBe(100)
    expect(rows.keptSince()).toBe(at + 1_029)
    expect(await found({ q: 'cam29' })).toEqual([])
    expect(await found({ q: 'cam30' })).toEqual(['cam30'])
  })
})

describe('a search', () => {
  const comment = (text: string, by = 'Anna'): AlarmChange => ({ kind: 'commented', at, by, text })

  test('finds any part of a word in what an operator would look for, with all words', async () => {
    store(
      named('studio/cam-17', { serverName: 'Zürich' }),
      named('新闻联播', { serverName: 'berlin' }),
      ended({ subject: streamSubject('a', '경기장-3'), rule: 'myRule', kind: 'limitCrossed' }, [comment('the cable was loose', 'Ben')]),
      named('other', { acknowledged: { by: 'Цветкова', at, until: null } }),
    )
    for (const q of ['cam-17', 'DIO', 'zur cam', 'zuerich', 'o/c', '7']) expect(await found({ q }), q).toEqual(['studio/cam-17'])
    for (const q of ['新闻', '闻', '闻联播', '联播 berlin']) expect(await found({ q }), q).toEqual(['新闻联播'])
    for (const q of ['경기', '장-3', 'cable ben', 'myrule', 'loose']) expect(await found({ q }), q).toEqual(['경기장-3'])
    expect(await found({ q: 'цветк' })).toEqual(['other'])
    for (const q of ['cam-18', '闻新', 'cable anna', 'cam17']) expect(await found({ q }), q).toEqual([])
  })

  test('ends where too much of what its index finds is not what was asked for, and says how much it looked through', async () => {
    rows = open({ ...closedLimits, looked: 100 })
    // Each has all parts of the word, and none has the word.
    store(...Array.from({ length: 300 }, () => named('abcd-bcde')), named('abcde'))
    moveAll()
    const ask = (input: object) => rows.closed(pastAlarmsInputSchema.parse(input), slice(), new AbortController().signal)
    expect(await ask({ q: 'abcde', limit: 2 })).toEqual({ ok: false, error: { kind: 'searchTooWide', looked: expect.any(Number) } })
    expect(await ask({ q: 'abcde', limit: 1 })).toMatchObject({ ok: true, value: [{ subject: { path: 'abcde' } }] })
    rows = open()
    expect(await found({ q: 'abcde' })).toEqual(['abcde'])
  })

  test('takes quotes, markup and the words of its index as letters', async () => {
    store(named('a"b*c'), named('x AND y'), named('<b>NOT</b>'), named("o'(r) OR {a b}:^-"), named('plain'), named('nul\u0000\ud800end'))
    for (const [q, path] of [
      ['"b*', 'a"b*c'],
      ['AND', 'x AND y'],
      ['<b>not', '<b>NOT</b>'],
      ["'(r)", "o'(r) OR {a b}:^-"],
      ['b}:^-', "o'(r) OR {a b}:^-"],
    ] as const)
      expect(await found({ q }), q).toEqual([path])
    for (const q of [
      '"',
      '*',
      '(',
      ')',
      'NEAR(',
      '""',
      '-',
      '^',
      '\\',
      '%',
      '_',
      '\u0000',
      '\ud800',
      '\ue101critical',
      '{',
      'words:',
      ' '.repeat(50),
      'x'.repeat(200),
    ])
      await expect(page({ q }), q).resolves.toBeInstanceOf(Array)
    expect(await found({ q: '   ' })).toHaveLength(6)
  })

  test('goes with severity, server, path, rule and time', async () => {
    store(
      named('cam1', { severity: 'major', rule: 'r1' }),
      named('cam1', { severity: 'minor', rule: 'r2' }),
      named('cam12', { severity: 'minor', rule: 'r2', raisedAt: at - 5_000 }),
      ended({ subject: streamSubject('b', 'cam1'), severity: 'warning' }),
      ended({ subject: hostSubject('h'), kind: 'hostDown' }),
      named('cam9', { severity: 'major', raisedAt: at - 9_000 }),
    )
    expect(await found({ q: 'cam', severity: 'minor' })).toEqual(['cam12', 'cam1'])
    expect(await found({ serverId: 'b' })).toEqual(['cam1'])
    expect(await found({ path: 'cam1', severity: ['major', 'warning'] })).toEqual(['cam1', 'cam1'])
    expect(await found({ rule: 'r2', path: 'cam12' })).toEqual(['cam12'])
    expect(await found({ rule: 'streamGone', q: 'cam' })).toEqual(['cam9', 'cam1'])
    expect(await found({ serverId: 'b', severity: 'major' })).toEqual([])
    expect(await found({ to: at - 5_000 })).toEqual(['cam9', 'cam12'])
    expect(await found({ from: at - 6_000, to: at - 5_000 })).toEqual(['cam12'])
  })

  test('finds what was raised in a period though the clock was set back by years between', async () => {
    const days = (many: number) => ({ raisedAt: at + many * 86_400_000 })
    store(...[1_000, 1_001, 1_002].map((day) => named(`then${day}`, days(day))), ...[10, 11, 12].map((day) => named(`now${day}`, days(day))))
    moveAll()
    expect(await found({ from: days(11).raisedAt, to: days(500).raisedAt })).toEqual(['now12', 'now11'])
    expect(await found({ q: 'then', from: days(1_001).raisedAt })).toEqual(['then1002', 'then1001'])
    expect(await found({ to: days(11).raisedAt })).toEqual(['now11', 'now10'])
    expect(await found({ from: days(12).raisedAt })).toEqual(['now12', 'then1002', 'then1001', 'then1000'])
  })

  test('of a server that has many are gone through in slices for a few of them, also where they are moved meanwhile, and no longer than their caller waits', async () => {
    const all = Array.from({ length: 400 }, (_, n) => ended({ subject: serverSubject('a'), severity: n % 100 === 0 ? 'critical' : 'minor' }))
    store(...all, named('cam1'))
    const asked = new AbortController()
    let slices = 0
    const always = {
      isOver: () => true,
      workedMs: () => 0,
      next: async (signal: AbortSignal) => {
        slices++
        rows.move()
        signal.throwIfAborted()
      },
    }
    const critical = () => rows.closedOf({ owner: 'a', path: null }, ({ alarm }) => alarm.severity === 'critical', 3, always, asked.signal)
    expect(await critical()).toMatchObject([all[300], all[200], all[100]])
    expect(slices).toBeGreaterThan(100)
    asked.abort()
    slices = 0
    await expect(critical()).rejects.toThrow()
    expect(slices).toBe(1)
  })

  test('of when a stream was in trouble are gone through in slices, also where they are moved meanwhile, and no longer than their caller waits', async () => {
    const all = Array.from({ length: 400 }, (_, n) => ended({ subject: streamSubject('a', 'cam1'), severity: n % 100 === 0 ? 'critical' : 'warning' }))
    store(...all, named('cam2'))
    const asked = new AbortController()
    let slices = 0
    const always = {
      isOver: () => true,
      workedMs: () => 0,
      next: async (signal: AbortSignal) => {
        slices++
        rows.move()
        signal.throwIfAborted()
      },
    }
    const spans = () => rows.spansOf('a', 'cam1', 0, always, asked.signal)
    const bad = [0, 100, 200, 300].flatMap((n) => all[n] ?? [])
    expect([...(await spans())].sort((a, b) => a.from - b.from)).toEqual(
      bad.map(({ alarm: { since, raisedAt, healedAt } }) => ({ from: Math.min(since, raisedAt), to: healedAt })),
    )
    expect(slices).toBeGreaterThan(100)
    asked.abort()
    slices = 0
    await expect(spans()).rejects.toThrow()
    expect(slices).toBe(1)
  })

  test('pages have each alarm once, though hundreds were raised at the same moment', async () => {
    store(...Array.from({ length: 700 }, (_, n) => named(`cam${n}`, { raisedAt: at })))
    for (const q of [undefined, 'cam']) {
      const all: string[] = []
      for (let after: string | undefined; ; ) {
        const next = (await page({ limit: 90, after, q })).map(({ id }) => id)
        all.push(...next)
        after = next.at(-1)
        if (next.length < 90) break
      }
      expect([all.length, new Set(all).size]).toEqual([700, 700])
    }
  })
})
