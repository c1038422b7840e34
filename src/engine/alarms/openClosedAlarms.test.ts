import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestLog } from '../testLog.ts'
import { type ClosedAlarmsDatabase, openClosedAlarms } from './openClosedAlarms.ts'

const at = Date.UTC(2026, 10, 14, 3)
let dataDir: string
let opened: ClosedAlarmsDatabase[]
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-alarms-'))
  opened = []
})
afterEach(() => {
  for (const { db } of opened) db.close()
  rmSync(dataDir, { recursive: true })
})
function open(): ClosedAlarmsDatabase {
  const result = openClosedAlarms({ clock: { now: () => at }, log: createTestLog(() => undefined), dataDir })
  if (!result.ok) return expect.fail(result.error.words)
  opened.push(result.value)
  return result.value
}
const count = ({ db }: ClosedAlarmsDatabase) => db.prepare('SELECT count(*) FROM closed_alarms').pluck().get()

test.each([
  ['an index that cannot be asked', 'DELETE FROM closed_words_config'],
  ['an index that lacks a table', 'DROP TABLE closed_words_data'],
  ['a table too few', 'DROP INDEX closed_spans'],
])('a file with %s is set aside at the start', (_, damage) => {
  open().db.close()
  const db = new BetterSqlite3(join(dataDir, 'alarms.db'))
  db.unsafeMode()
  db.exec(damage)
  db.close()
  const again = open()
  expect(again.damage).toEqual({ damage: 'alarmsBegunAnew', setAside: 'alarms.db.damaged-2026-11-14T03-00-00.000Z' })
  expect(again.setAside()).toMatchObject([{ at, damage: again.damage }])
  expect(count(again)).toBe(0)
})

test('a file in use is set aside, and statements of before work with the new one', () => {
  const one = open()
  const insert = one.db.prepare('INSERT INTO closed_alarms VALUES (?, 1, 1, 1, 1, 1, 1, 1, 1, ?)')
  insert.run(1, Buffer.of(1))
  expect(one.beginAnew()).toEqual({ damage: 'alarmsBegunAnew', setAside: 'alarms.db.damaged-2026-11-14T03-00-00.000Z' })
  expect(count(one)).toBe(0)
  insert.run(7, Buffer.of(1))
  expect(count(one)).toBe(1)
  expect(one.trouble()).toBeNull()
  expect(one.setAside()).toHaveLength(1)
})

test('where no new file can be begun it says so until it can', () => {
  const one = open()
  one.db.close()
  rmSync(dataDir, { recursive: true })
  writeFileSync(dataDir, 'a file where the folder should be')
  expect(one.beginAnew()).toBeNull()
  expect(one.trouble()).toMatchObject({ kind: 'fileNotWritable', folder: dataDir })
  rmSync(dataDir)
  expect(one.beginAnew()).toMatchObject({ damage: 'alarmsBegunAnew' })
  expect([one.trouble(), count(one)]).toEqual([null, 0])
})

test('a file that was moved away, and whose copy was not back in its place when mtxdeck ended, is taken from the copy at the start', () => {
  const one = open()
  one.db.prepare('INSERT INTO closed_alarms VALUES (?, 1, 1, 1, 1, 1, 1, 1, 1, ?)').run(1, Buffer.of(1))
  one.db.close()
  const file = join(dataDir, 'alarms.db')
  renameSync(file, `${file}.again`)
  writeFileSync(`${file}.again.part`, 'half of a newer one')
  const again = open()
  expect([again.damage, count(again), again.setAside()]).toEqual([{ damage: 'movedAtEnd', store: 'alarms', file: 'alarms.db' }, 1, []])
  expect(readdirSync(dataDir).filter((name) => name.includes('again'))).toEqual([])
})

test('a copy beside a file that somebody put back since is set aside under a name that says so', () => {
  open().db.close()
  writeFileSync(join(dataDir, 'alarms.db.again'), 'a copy')
  const again = open()
  expect(again.damage).toBeNull()
  expect(again.setAside()).toEqual([{ file: join(dataDir, 'alarms.db.replaced-2026-11-14T03-00-00.000Z'), at, damage: { damage: 'alarmsReplaced' } }])
})
