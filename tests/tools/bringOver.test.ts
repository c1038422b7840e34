import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { alarmMigrations } from '../../src/engine/alarms/alarmsDatabase.ts'
import { createByteSink, putFloat, putVarint, sinkBytes, withCrc, zigzag } from '../../src/engine/history/codec/codec.ts'
import { createLiveStore, historyMigrations, type LiveSeal } from '../../src/engine/history/live/live.ts'
import { layoutToText } from '../../src/engine/history/protocol/protocol.ts'
import { createTestHistory } from '../../src/engine/history/testHistory.fixture.ts'
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

/** The table of form 1. */
const oldSeals = `
  CREATE TABLE seals (
    id INTEGER PRIMARY KEY AUTOINCREMENT, server INTEGER NOT NULL REFERENCES servers(no), form INTEGER NOT NULL, from_at REAL NOT NULL, to_at REAL NOT NULL,
    interval_ms REAL, path_layout INTEGER NOT NULL REFERENCES layouts(id), server_layout INTEGER NOT NULL REFERENCES layouts(id), times BLOB NOT NULL,
    gaps TEXT NOT NULL, sample_bytes INTEGER, minute_bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX seals_by_server ON seals(server, to_at);
  CREATE INDEX seals_by_age ON seals(to_at);
  CREATE INDEX seals_by_begin ON seals(from_at);
  CREATE INDEX seals_with_samples ON seals(to_at) WHERE sample_bytes IS NOT 0;
  CREATE INDEX seals_with_minutes ON seals(to_at) WHERE minute_bytes > 0;
`
function oldTimes(times: Float64Array): Uint8Array {
  const sink = createByteSink(16 + times.length * 8)
  putVarint(sink, times.length)
  putFloat(sink, times[0] as number)
  let step = 0
  for (let i = 1; i < times.length; i++) {
    const next = (times[i] as number) - (times[i - 1] as number)
    putVarint(sink, zigzag(next - step))
    step = next
  }
  return withCrc(sinkBytes(sink))
}
const sealsOf = (db: Database): LiveSeal[] => createLiveStore(db, (read) => read()).seals(1, Number.MAX_SAFE_INTEGER, 0, 1e9)

/** A history of form 1. Returns its seals as they are read in the present form. */
function writeOldHistory(): readonly LiveSeal[] {
  const history = createTestHistory(join(dir, 'history.db'))
  const { db } = history
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [1000, 3001, 2000, 9000], gaps: [[2, 5000]] })
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [10_000], withoutSamples: true })
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [20_000, 22_000, 24_000] })
  history.seal({ server: 'a', paths: ['', 'cam1'], times: [30_000, 32_000] })
  history.event(1000, 'a', 'cam1', '')
  history.event(2000, 'a', 'cam1', '')
  db.prepare('UPDATE events SET facts = ? WHERE id = 1').run('{"mistakes":[{"door":"rtsp"}],"said":"the \\"door\\" is shut"}')
  const seals = sealsOf(db)
  const bytes = new Map(db.prepare<[], [number, number]>('SELECT id, sample_bytes FROM seals').raw().all())
  const layouts = new Map(db.prepare<[], [string, number]>('SELECT columns, id FROM layouts').raw().all())
  db.exec(`DROP TABLE seals; ${oldSeals}`)
  const add = db.prepare('INSERT INTO seals VALUES (?, 1, 3, ?, ?, ?, ?, ?, ?, ?, ?, 1)')
  for (const { id, from, to, usualMs, partLayout, ownLayout, times, gaps } of seals) {
    const layoutIds = [partLayout, ownLayout].map((layout) => layouts.get(layoutToText(layout)))
    add.run(id, from, to, usualMs, ...layoutIds, oldTimes(times), JSON.stringify(gaps), bytes.get(id))
  }
  db.exec("UPDATE seals SET times = x'0011223344' WHERE id = 3; DELETE FROM seals WHERE id = 4; PRAGMA user_version = 1")
  db.close()
  return seals.filter(({ id }) => id < 3)
}

test('a data folder of before 28 November is brought over once, with all that it knew', async () => {
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
  const seals = writeOldHistory()
  await mkdir(join(dir, 'backups'))
  await writeFile(join(dir, 'backups', 'main-2026-11-27.db'), '')

  const { status, stderr } = bringOver()
  expect(stderr).toMatch(/^seal 3 of history.db cannot be read: .*\n$/)
  expect(status).toBe(0)
  for (const time of ['first', 'second']) {
    using(open('main.db', mainMigrations), (db) => expect(db.prepare("SELECT value FROM settings WHERE key = 'kept'").pluck().get(), time).toBe('1'))
    using(open('alarms.db', alarmMigrations), (db) => expect(db.prepare('SELECT alarm FROM alarms').pluck().all()).toEqual(['{"why":{"endpoint":"rtsp"}}']))
    using(open('sessions.db', sessionMigrations), (db) => expect(db.prepare('SELECT since FROM sessions_kept').pluck().get()).toBe(7))
    using(open('history.db', historyMigrations), (db) => {
      expect(sealsOf(db)).toEqual(seals)
      expect(db.prepare('SELECT facts FROM events ORDER BY id').pluck().all()).toEqual([
        '{"validationErrors":[{"endpoint":"rtsp"}],"said":"the \\"door\\" is shut"}',
        '{"before":1}',
      ])
      // A number is never given twice.
      expect(db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'seals'").pluck().get()).toBe(4)
    })
    expect(existsSync(join(dir, 'backups'))).toBe(false)
    expect(existsSync(join(dir, 'backups-before', 'main-2026-11-27.db'))).toBe(true)
    for (const [name, form] of [
      ['main', 2],
      ['history', 1],
    ] as const)
      using(new BetterSqlite3(join(dir, `${name}.db.before`), { fileMustExist: true }), (db) => expect(formOf(db)).toBe(form))
    expect(bringOver()).toMatchObject({ status: 0, stderr: '' })
  }
})
