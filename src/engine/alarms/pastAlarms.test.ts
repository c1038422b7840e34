import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlices } from '../../clock/slices.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { type Alarm, type AlarmChange, pastAlarmsInputSchema } from '../../shared/alarms.ts'
import { hostSubject, pathOf, serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { type ChangedAlarm, onsetOf } from './alarmLife.ts'
import { type AlarmRows, closedLimits, createAlarmRows } from './alarmRows.ts'
import { alarmMigrations } from './alarmsDatabase.ts'

const at = 1_700_000_000_000
let db: BetterSqlite3.Database
let damaged: number
let rows: AlarmRows
let messages: ChangedAlarm[]
const open = (limits = closedLimits) =>
  createAlarmRows(db, { log: createTestLog(() => undefined), alongside: (changed) => void messages.push(...changed), onDamaged: () => void damaged++ }, limits)
beforeEach(() => {
  db = new BetterSqlite3(':memory:')
  db.pragma('foreign_keys = ON')
  migrate(db, alarmMigrations)
  damaged = 0
  messages = []
  rows = open()
  rows.begin(at)
})
afterEach(() => {
  db.close()
})

let place = 0
function ended(change: Partial<Alarm> = {}, changes: readonly AlarmChange[] = []): ChangedAlarm {
  const raisedAt = at + place * 1_000
  const id = `alarm-${place++}`
  const closed = { at: raisedAt + 60_000, because: 'healed' } as const
  const { state: _, ...alarm } = someAlarm({ id, raisedAt, since: raisedAt, healedAt: closed.at, closed, ...change })
  const raised: AlarmChange = { kind: 'raised', at: alarm.raisedAt, ...onsetOf(alarm) }
  return { alarm, changes: [raised, ...changes, { kind: 'closed', ...closed }] }
}
const named = (path: string, change: Partial<Alarm> = {}) => ended({ subject: streamSubject('a', path), ...change })
const store = (...alarms: readonly ChangedAlarm[]) => rows.write(alarms)
const slice = () => createSlices(createTestClock()).begin()
const page = async (input: object = {}, of = rows) => {
  const found = await of.closed(pastAlarmsInputSchema.parse(input), slice(), new AbortController().signal)
  return found.ok ? found.value : expect.fail(`${found.error.looked} were looked through`)
}
const found = async (input: object) => (await page(input)).map(({ subject }) => ('path' in subject ? subject.path : 'none'))

describe('closed alarms', () => {
  test('of a past moment are found once each', () => {
    rows.write([ended(), ended(), ended()])
    const ids: string[] = []
    for (const { alarm } of rows.openThen(at + place * 1_000, 100)) {
      ids.push(alarm.id)
    }
    expect(ids.length).toBe(3)
    expect(new Set(ids).size).toBe(3)
  })

  test('of a disk that fails to read are left out of answers that say so, and the file stays', async () => {
    store(named('cam1'), named('cam2'))
    let fails = false
    const prepare = db.prepare.bind(db)
    db.prepare = ((sql: string) => {
      const statement = prepare(sql)
      const all = statement.all.bind(statement)
      statement.all = (...values) => {
        if (fails) throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_READ' })
        return all(...values)
      }
      return statement
    }) as typeof db.prepare
    rows = open()
    fails = true
    expect(await found({})).toEqual([])
    expect(rows.ofIncident('none', 10)).toEqual([])
    expect([rows.failures() > 0, rows.isDamaged()]).toEqual([true, false])
    fails = false
    const before = rows.failures()
    expect(await found({})).toEqual(['cam2', 'cam1'])
    expect(rows.failures()).toBe(before)
  })

  test('of a damaged file are not stored any more, and their messages still are', async () => {
    store(named('cam1'))
    db.unsafeMode()
    db.prepare('UPDATE alarm_words_data SET block = zeroblob(40)').run()
    rows = open()
    rows.write([named('cam2')])
    rows.write([named('cam3')])
    expect([rows.isDamaged(), damaged, messages.slice(-2).map(({ alarm }) => pathOf(alarm.subject))]).toEqual([true, 1, ['cam2', 'cam3']])
    expect(await found({})).toEqual(['cam1'])
  })

  test('of a file whose messages are damaged, too, go on in memory, and that is said once', () => {
    const corrupt = Object.assign(new Error('database disk image is malformed'), { code: 'SQLITE_CORRUPT' })
    const fail = (): never => {
      throw corrupt
    }
    rows = createAlarmRows(db, { log: createTestLog(() => undefined), alongside: fail, onDamaged: () => void damaged++ })
    rows.write([named('cam1')])
    rows.write([named('cam2')])
    expect([rows.isDamaged(), damaged]).toEqual([true, 1])
  })

  test('stay undamaged where a constraint of what is written alongside fails', () => {
    const failing = Object.assign(new Error('UNIQUE constraint failed'), { code: 'SQLITE_CONSTRAINT_UNIQUE' })
    const fail = (): never => {
      throw failing
    }
    rows = createAlarmRows(db, { log: createTestLog(() => undefined), alongside: fail, onDamaged: () => void damaged++ })
    expect(() => rows.write([named('cam1')])).toThrow(failing)
    expect([rows.isDamaged(), damaged]).toEqual([false, 0])
  })

  test('beyond their number or bytes go, those closed first, and from when on they are known is said', async () => {
    rows = open({ ...closedLimits, alarms: 100 })
    rows.write(Array.from({ length: 130 }, (_, n) => named(`cam${n}`, { raisedAt: at + n, closed: { at: at + 1_000 + n, because: 'healed' } })))
    while (rows.trim());
    expect(rows.closedCount()).toBe(100)
    expect(rows.keptSince()).toBe(at + 1_029)
    expect(await found({ q: 'cam29' })).toEqual([])
    expect(await found({ q: 'cam30' })).toEqual(['cam30'])
  })
})

describe('a search', () => {
  test('that names a server or severity twice finds each alarm once', async () => {
    store(named('cam1'), named('cam2'), ended({ subject: serverSubject('b'), severity: 'minor' }))
    expect(await found({ serverId: ['a', 'a'] })).toEqual(['cam2', 'cam1'])
    expect(await found({ serverId: ['b', 'b', 'a'] })).toEqual(['none', 'cam2', 'cam1'])
    expect(await found({ severity: ['minor', 'minor'] })).toEqual(['none'])
  })

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
    expect(await found({ from: days(11).raisedAt, to: days(500).raisedAt })).toEqual(['now12', 'now11'])
    expect(await found({ q: 'then', from: days(1_001).raisedAt })).toEqual(['then1002', 'then1001'])
    expect(await found({ to: days(11).raisedAt })).toEqual(['now11', 'now10'])
    expect(await found({ from: days(12).raisedAt })).toEqual(['now12', 'then1002', 'then1001', 'then1000'])
  })

  test('of a server that has many are gone through in slices for a few of them, and no longer than their caller waits', async () => {
    const all = Array.from({ length: 400 }, (_, n) => ended({ subject: serverSubject('a'), severity: n % 100 === 0 ? 'critical' : 'minor' }))
    store(...all, named('cam1'))
    const asked = new AbortController()
    let slices = 0
    const always = {
      isOver: () => true,
      workedMs: () => 0,
      next: async (signal: AbortSignal) => {
        slices++
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

  test('of when a stream was in trouble are gone through in slices, and no longer than their caller waits', async () => {
    const all = Array.from({ length: 400 }, (_, n) => ended({ subject: streamSubject('a', 'cam1'), severity: n % 100 === 0 ? 'critical' : 'warning' }))
    store(...all, named('cam2'))
    const asked = new AbortController()
    let slices = 0
    const always = {
      isOver: () => true,
      workedMs: () => 0,
      next: async (signal: AbortSignal) => {
        slices++
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
