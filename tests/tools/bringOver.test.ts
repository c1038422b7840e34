import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alarmMigrations } from '../../src/engine/alarms/alarmsDatabase.ts'
import { historyMigrations } from '../../src/engine/history/live/live.ts'
import { sessionMigrations } from '../../src/engine/sessions/sessionsDatabase.ts'
import { mainMigrations } from '../../src/engine/storage/mainMigrations.ts'
import { formOf, type Migration } from '../../src/engine/storage/migrate.ts'
import { openDatabase } from '../../src/engine/storage/openDatabase.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-bring-over-'))
})
afterEach(() => rm(dir, { recursive: true }))

function open(name: string, migrations: readonly Migration[]): Database {
  const opened = openDatabase(join(dir, name), { migrations, check: true })
  if (!opened.ok) throw new Error(opened.error.words)
  return opened.value
}
function using(db: Database, run: (db: Database) => void): void {
  run(db)
  db.close()
}
const bringOver = () => spawnSync(process.execPath, ['tools/bringOver.ts', dir], { encoding: 'utf8' })

test('a data folder of before 28 November is brought over once, with all that it knew but its history, which stays beside it', async () => {
  // Later forms came after this change.
  using(open('main.db', mainMigrations.slice(0, 1)), (db) => {
    db.exec("INSERT INTO settings VALUES ('kept', '1'); DROP TABLE configurations; CREATE TABLE configuration_spans (a)")
    db.exec('CREATE TABLE configuration_texts (a); CREATE TABLE path_edits (a); INSERT INTO path_edits VALUES (1); PRAGMA user_version = 2')
  })
  using(open('alarms.db', alarmMigrations), (db) => {
    db.exec('DROP INDEX alarms_of_paths; PRAGMA user_version = 1')
    db.prepare("INSERT INTO alarms VALUES (1, 'x', 'x', 'a', NULL, 'r', 0, 1, NULL, ?)").run('{"why":{"door":"rtsp"}}')
  })
  using(open('sessions.db', sessionMigrations.slice(0, 1)), (db) => db.exec('INSERT INTO sessions_kept VALUES (7); PRAGMA user_version = 1'))
  using(open('history.db', historyMigrations), (db) => db.exec("INSERT INTO servers VALUES (1, 'old', -1); PRAGMA user_version = 2"))
  await mkdir(join(dir, 'history'))
  await writeFile(join(dir, 'history', 'minutes-2026-11-27.db'), '')
  await mkdir(join(dir, 'backups'))
  await writeFile(join(dir, 'backups', 'main-2026-11-27.db'), '')

  const { status, stderr } = bringOver()
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const time of ['first', 'second']) {
    using(open('main.db', mainMigrations), (db) => expect(db.prepare("SELECT value FROM settings WHERE key = 'kept'").pluck().get(), time).toBe('1'))
    using(open('alarms.db', alarmMigrations), (db) => expect(db.prepare('SELECT alarm FROM alarms').pluck().all()).toEqual(['{"why":{"endpoint":"rtsp"}}']))
    using(open('sessions.db', sessionMigrations), (db) => expect(db.prepare('SELECT since FROM sessions_kept').pluck().get()).toBe(7))
    using(open('history.db', historyMigrations), (db) => expect(db.prepare('SELECT id FROM servers').all()).toEqual([]))
    expect(existsSync(join(dir, 'history'))).toBe(false)
    expect(existsSync(join(dir, 'history-before', 'minutes-2026-11-27.db'))).toBe(true)
    expect(existsSync(join(dir, 'backups'))).toBe(false)
    expect(existsSync(join(dir, 'backups-before', 'main-2026-11-27.db'))).toBe(true)
    for (const [name, form] of [
      ['main', 2],
      ['history', 2],
    ] as const)
      using(new BetterSqlite3(join(dir, `${name}.db.before`), { fileMustExist: true }), (db) => expect(formOf(db)).toBe(form))
    expect(bringOver()).toMatchObject({ status: 0, stderr: '' })
  }
})
