import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../../clock/testClock.ts'
import { pastAlarmsInputSchema } from '../../shared/alarms.ts'
import type { Log } from '../ports.ts'
import { mainMigrations } from '../storage/mainMigrations.ts'
import { migrate } from '../storage/migrate.ts'
import { createTestLog } from '../testLog.ts'
import { type Alarms, createAlarms } from './alarms.ts'
import { conditionsWith, someFinding } from './findings.fixture.ts'
import type { Finding } from './findings.ts'

let clock: TestClock
let db: BetterSqlite3.Database
let stop: AbortController
let troubles: Finding[]
beforeEach(() => {
  clock = createTestClock()
  db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  stop = new AbortController()
  troubles = []
})
afterEach(() => {
  stop.abort()
  db.close()
})

const open = (error?: Log['error']): Alarms =>
  createAlarms({
    clock,
    log: createTestLog(error),
    db,
    judging: { conditionsOf: () => conditionsWith(troubles), restless: () => [] },
    maintenanceOf: () => null,
    around: { originOf: () => null, liveOn: () => null, eachLive: () => undefined, serverHosts: () => [] },
    alongside: () => undefined,
    onChange: () => undefined,
    signal: stop.signal,
  })
const judged = async (alarms: Alarms) => {
  alarms.judge('berlin')
  await alarms.settled()
}
// So long that it needs pages of its own.
const gone = (path: string) => someFinding(path, { since: clock.now(), why: { kind: 'told', text: 'x'.repeat(50_000) } })
const pages = () => db.pragma('page_count', { simple: true }) as number

test('what came and went while the disk was full is shown at once, and stored when there is room again', async () => {
  const alarms = open()
  troubles = [gone('cam1')]
  await judged(alarms)
  const [first] = alarms.open()
  const { id } = first ?? expect.fail('there is an alarm')
  alarms.acknowledge({ ids: [id], until: null }, 'Anna')

  db.pragma(`max_page_count = ${pages()}`)
  troubles = [gone('cam2')]
  await judged(alarms)
  expect(alarms.open().map(({ subject }) => subject)).toMatchObject([{ path: 'cam2' }])
  expect(alarms.get(id)).toMatchObject({ closed: { because: 'healed' } })
  // An operator is told that it was not done.
  expect(() => alarms.comment({ ids: [alarms.open()[0]?.id ?? ''], text: 'cable?' }, 'Anna')).toThrow(/full/)

  db.pragma('max_page_count = 1000000')
  troubles = []
  await judged(alarms)
  const after = open()
  expect(after.open()).toMatchObject([{ subject: { path: 'cam2' }, state: 'healedUnseen', comments: 0 }])
  expect(after.get(id)?.changes.map(({ kind }) => kind)).toEqual(['raised', 'acknowledged', 'healed', 'closed'])
})

test('an alarm whose row cannot be read takes no other with it', async () => {
  troubles = [gone('cam1'), gone('cam2')]
  await judged(open())
  db.prepare("UPDATE alarms SET alarm = replace(alarm, '\"severity\":', '\"sewerity\":') WHERE path = 'cam1'").run()
  db.prepare("UPDATE alarm_changes SET change = 'x' WHERE alarm_id = (SELECT id FROM alarms WHERE path = 'cam2')").run()
  const errors: unknown[] = []
  const alarms = open((_, text) => void errors.push(text))
  expect(alarms.open()).toMatchObject([{ subject: { path: 'cam2' } }])
  const [{ id } = expect.fail('there is an alarm')] = alarms.open()
  expect(alarms.get(id)).toMatchObject({ changes: [] })
  expect(errors).toEqual([expect.stringContaining('cannot be read')])
  await judged(alarms)
  expect(alarms.open()).toHaveLength(2)
  expect(alarms.past(pastAlarmsInputSchema.parse({}))).toEqual([])
})
