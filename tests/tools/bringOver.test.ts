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
import { formOf, type Migration, migrate } from '../../src/engine/storage/migrate.ts'
import { openDatabase } from '../../src/engine/storage/openDatabase.ts'
import { someAlarm } from '../../src/shared/alarms.fixture.ts'
import { mainSteps, takeSteps } from '../../tools/formerForms.ts'

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
/** Leaves the tables of main.db that were there on 28 November. */
function undoLaterSteps(db: Database): void {
  const later = [
    'passkeys',
    'provider_people',
    'accounts',
    'named_tokens',
    'sign_ins',
    'audit',
    'cameras',
    'favourite_cameras',
    'handovers',
    'reports',
    'made_reports',
  ]
  for (const table of [...later, 'guest_links', 'walls']) db.exec(`DROP TABLE ${table}`)
  db.exec(
    'CREATE TABLE walls (id TEXT PRIMARY KEY, place INTEGER NOT NULL, input TEXT NOT NULL, revision INTEGER NOT NULL, by TEXT NOT NULL, changed_at INTEGER NOT NULL) STRICT',
  )
}
const stepsBefore = (form: number) => Object.fromEntries(Object.entries(mainSteps).filter(([to]) => Number(to) < form))
const bringOver = () => spawnSync(process.execPath, ['tools/bringOver.ts', dir], { encoding: 'utf8' })

test('a data folder of before 28 November is brought over once, with all that it knew but its history, which stays beside it', async () => {
  using(open('main.db', mainMigrations), (db) => {
    undoLaterSteps(db)
    db.exec("INSERT INTO settings VALUES ('kept', '1'); DROP TABLE configurations; CREATE TABLE configuration_spans (a)")
    db.exec('CREATE TABLE configuration_texts (a); CREATE TABLE path_edits (a); INSERT INTO path_edits VALUES (1); PRAGMA user_version = 2')
  })
  using(open('alarms.db', alarmMigrations), (db) => {
    db.exec('DROP INDEX alarms_of_paths; PRAGMA user_version = 1')
    const insert = db.prepare("INSERT INTO alarms VALUES (?, ?, ?, 'a', NULL, 'r', 0, 1, NULL, ?)")
    insert.run(1, 'x', 'x', JSON.stringify({ ...someAlarm(), door: 'rtsp' }))
    insert.run(2, 'y', 'y', JSON.stringify({ ...someAlarm(), kind: 'absent' }))
  })
  using(open('sessions.db', sessionMigrations), (db) =>
    db.exec('INSERT INTO sessions_kept VALUES (7); ALTER TABLE sessions DROP COLUMN is_cdn; DROP TABLE views; PRAGMA user_version = 1'),
  )
  using(open('history.db', historyMigrations), (db) => db.exec("INSERT INTO servers VALUES (1, 'old', -1); PRAGMA user_version = 2"))
  await mkdir(join(dir, 'history'))
  await writeFile(join(dir, 'history', 'minutes-2026-11-27.db'), '')
  await mkdir(join(dir, 'backups'))
  await writeFile(join(dir, 'backups', 'main-2026-11-27.db'), '')

  const { status, stderr } = bringOver()
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const time of ['first', 'second']) {
    using(open('main.db', mainMigrations), (db) => expect(db.prepare("SELECT value FROM settings WHERE key = 'kept'").pluck().get(), time).toBe('1'))
    using(open('alarms.db', alarmMigrations), (db) =>
      expect(db.prepare(`SELECT no, alarm ->> 'endpoint' AS endpoint FROM alarms`).all()).toEqual([{ no: 1, endpoint: 'rtsp' }]),
    )
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

test('a link to cameras of an earlier version shows the stream that each of them has first', () => {
  const db = new BetterSqlite3(':memory:')
  migrate(db, mainMigrations)
  undoLaterSteps(db)
  db.pragma('user_version = 3')
  takeSteps(db, stepsBefore(10))
  const camera = db.prepare("INSERT INTO cameras (id, input, pushed, created_at, changed_at, by, revision) VALUES (?, ?, ?, 0, 0, 'anna', 1)")
  const on = (use: string, path: string) => ({ use, serverId: 'berlin', path })
  camera.run('c1', JSON.stringify({ name: 'Gate', streams: [on('sub', 'gate/sub'), { use: 'main', address: 'rtsp://10.0.0.1' }, on('main', 'gate')] }), null)
  camera.run('c2', JSON.stringify({ name: 'Yard', streams: [] }), JSON.stringify({ serverId: 'wien', path: 'yard' }))
  camera.run('c3', JSON.stringify({ name: 'Door', streams: [] }), null)
  camera.run('damaged', '{', null)
  const link = db.prepare("INSERT INTO guest_links (id, input, hash, ends_at, created_at, by, ended_at) VALUES (?, ?, ?, 9, 0, 'anna', ?)")
  const ofCameras = (...ids: readonly string[]) => JSON.stringify({ name: 'Fair', shows: { kind: 'cameras', ids } })
  link.run('some', ofCameras('c1', 'gone', 'c2', 'c3', 'damaged'), 'h1', null)
  link.run('none', ofCameras('c3'), 'h2', null)
  link.run('wall', JSON.stringify({ name: 'Hall', shows: { kind: 'wall', wallId: 'w' } }), 'h3', null)
  link.run('over', ofCameras('c1'), 'h4', 5)
  link.run('unreadable', '{', 'h5', null)
  takeSteps(db, mainSteps)
  const left = db.prepare<[], { id: string; input: string }>('SELECT id, input FROM guest_links ORDER BY id').all()
  // What can't be read stops no start: it admits nobody.
  expect(left.filter(({ input }) => input === '{').map(({ id }) => id)).toEqual(['unreadable'])
  expect(left.filter(({ input }) => input !== '{').map(({ id, input }) => [id, JSON.parse(input)])).toEqual([
    [
      'some',
      {
        name: 'Fair',
        shows: {
          kind: 'streams',
          streams: [
            { serverId: 'berlin', path: 'gate' },
            { serverId: 'wien', path: 'yard' },
          ],
        },
      },
    ],
    ['wall', { name: 'Hall', shows: { kind: 'wall', wallId: 'w' } }],
  ])
})
