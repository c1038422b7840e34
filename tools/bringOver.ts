// `node bin/node24.mjs tools/bringOver.ts DATA_DIR`: brings main.db of a data folder of before 28 November 2026 from form 1 or 2 to form 3, main.db of
// before 1 December to form 10, and alarms.db and sessions.db to the present ones, once; facts that were stored by former names of keys get the present ones. What servers' configurations
// were before is begun anew, and so is the history of before 30 November 2026: history.db and its archives stay as `history.db.before` and in `history-before/`. mtxdeck must not run meanwhile. One that was broken off goes on where it was. Files whose tables change stay as `*.before`, the
// copies of main.db in `backups-before/`.
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, inflateRawSync } from 'node:zlib'
import BetterSqlite3, { type Database } from 'better-sqlite3'
import { z } from 'zod'
import { createAlarmRows, storedAlarmSchema } from '../src/engine/alarms/alarmRows.ts'
import { alarmMigrations } from '../src/engine/alarms/alarmsDatabase.ts'
import { historyMigrations } from '../src/engine/history/live/historyMigrations.ts'
import { createSessionRows, type KeptSession, keptSessionSchema } from '../src/engine/sessions/sessionRows.ts'
import { sessionMigrations } from '../src/engine/sessions/sessionsDatabase.ts'
import { configurationTables } from '../src/engine/storage/mainMigrations.ts'
import { formOf, latestForm, type Migration } from '../src/engine/storage/migrate.ts'
import { openDatabase } from '../src/engine/storage/openDatabase.ts'
import { databaseFiles } from '../src/engine/storage/setAside.ts'
import { storedJson } from '../src/engine/storage/storedJson.ts'
import { alarmChangeSchema } from '../src/shared/alarms.ts'
import { sessionRoles } from '../src/shared/sessions.ts'
import { mainSteps, sessionSteps, takeSteps } from './formerForms.ts'

/** Keys of facts as they were named before 27 November 2026. */
const formerNames: Readonly<Record<string, string>> = {
  door: 'endpoint',
  doors: 'endpoints',
  judged: 'evaluated',
  mistake: 'validationError',
  mistakes: 'validationErrors',
}
function withPresentNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withPresentNames)
  const named = Object.entries(value).map(([key, inner]) => [(Object.hasOwn(formerNames, key) && formerNames[key]) || key, withPresentNames(inner)] as const)
  // Where both are there, the present one counts.
  return { ...Object.fromEntries(named), ...Object.fromEntries(named.filter(([key]) => Object.hasOwn(value, key))) }
}
const storedFacts = (text: unknown): unknown => withPresentNames(storedJson(text))
/** Gives the facts in a column of JSON their present names. */
function renameFacts(db: Database, table: string, column: string): void {
  const former = Object.keys(formerNames).map((name) => `${column} LIKE '%"${name}"%'`)
  const texts = db
    .prepare<[], string>(`SELECT DISTINCT ${column} FROM ${table} WHERE ${former.join(' OR ')}`)
    .pluck()
    .all()
  const put = db.prepare(`UPDATE OR IGNORE ${table} SET ${column} = ? WHERE ${column} = ?`)
  for (const json of texts) {
    const facts = storedFacts(json)
    if (facts !== null) put.run(JSON.stringify(facts), json)
  }
}

/** What alarms were packed with. */
const dictionary = Buffer.from(
  [
    '{"kind":"serverError","error":{"kind":"refused","because":"connection refused"}},{"kind":"happened","event":{"kind":"publisherChanged","at":17,"subject":null,"ownerName":null,"facts":{',
    '"kind":"offUsual","metric":"path.bitrateIn","side":"below","value":,"factor":6,"low":,"high":,"weeks":6,"weekday":5,"hour":20,"zone":"UTC"',
    '"kind":"changedFast","metric":"path.bitrateIn","per":null,"change":-,"withinMs":60000,"limit":50}',
    '"kind":"diskFilling","mount":"/","fullAt":17},"kind":"hostDown","subject":{"kind":"host","hostId":"},"kind":"device","device":"',
    '"kind":"consoleTrouble","trouble":{"kind":"},"consoleOffline","messageRefused","storeFailing","serverDown","serverSilent","serverHalted","hostDown","apiOpen","slateOnAir",',
    '"runbook":"","runbookUrl":"https://","said":"","calmSince":17,"planned":true,"was":[{"trouble":"streamStalled","severity":"minor","until":17}],',
    '"alike":{"together":,"path":,"address":,"source":,"network":,"agent":,"servers":},"unsure":[',
    '"shelf":{"by":"","at":17,"until":17,"reason":"","endsHealedForMs":null},{"kind":"shelved","by":"","at":17},{"kind":"unshelved","at":17,"by":null},',
    '{"kind":"suppressed","at":17,"because":"server"},{"kind":"released","at":17,"because":"maintenance"},"because":"console"},"because":"paused"},"because":"host"},',
    '{"kind":"commented","at":17,"by":"","text":"},{"kind":"unacknowledged","at":17,"by":null},{"kind":"turned","at":17,"trouble":"streamGone","severity":"critical","again":true},',
    '{"kind":"returned","at":17,"trouble":"streamGone","severity":"critical","since":17,"why":{"kind":"senderLeft","pulled":false}},',
    '"causes":[{"kind":"publisherClosed","sureness":"likely"},{"kind":"packetsLost"},{"kind":"hostUnwatched"}],',
    '"origin":{"address":"192.168.1.","agent":"GStreamer","source":"10.0.0.","agent":null,"source":null},',
    '"why":{"kind":"streamEnded","reason":"terminated","sourceType":"rtspSession","protocol":"rtsp","readers":0,"bytes":},"why":{"kind":"packetsLost","count":,"estimated":false},',
    '"metric":"path.framesInError","metric":"host.cpu","metric":"path.rtt","metric":"path.rtpLost","per":"path.latency","side":"above","metric":"path.readers",',
    '"why":{"kind":"limitCrossed","metric":"path.bitrateIn","per":null,"side":"below","value":,"limit":500000,"clear":600000},',
    '"rule":"streamStalled","rule":"bitrateLow","kind":"limitCrossed","kind":"streamStalled","severity":"major","severity":"minor","severity":"warning",',
    '[{"kind":"streamGone","rule":"streamGone","subject":{"kind":"stream","serverId":"00000000-0000-4000-8000-000000000000","path":"},"serverName":"","severity":"critical",',
    '"since":17,"why":{"kind":"streamOff"},"streams":0,"readers":0,"id":"","incident":"","raisedAt":17,"healedAt":17,"suppressedBy":null,"count":1,"streams":null,"readers":null,',
    '"acknowledged":{"by":"","at":17,"until":null},"shelf":null,"comments":0,"closed":{"at":17,"because":"healed"}},"acknowledged":null,"shelf":null,"comments":0,',
    '[{"kind":"raised","at":17,"trouble":"streamGone","severity":"critical","since":17,"why":{"kind":"streamOff"}},',
    '{"kind":"healed","at":17,"since":17},{"kind":"acknowledged","by":"","at":17,"until":null},{"kind":"closed","at":17,"because":"healed"}]]',
  ].join(''),
)

/** An alarm with its changes as it was packed; null: it can't be read. */
function unpackedAlarm(packed: Buffer): unknown {
  try {
    return storedFacts(inflateRawSync(packed.subarray(1), { dictionary }).toString())
  } catch {
    return null
  }
}

const oldBlock = z.object({
  from: z.number(),
  texts: z.array(z.string()),
  ids: z.string(),
  ...Object.fromEntries(['servers', 'protocols', 'roles', 'paths', 'hosts', 'users', 'agents', 'began', 'lasted'].map((name) => [name, z.array(z.number())])),
  ...Object.fromEntries(['ports', 'unseen', 'kilobytes', 'lost'].map((name) => [name, z.array(z.number().nullable())])),
})

/** Sessions as they were packed. */
function unpackedSessions(packed: Buffer): readonly KeptSession[] {
  const block = oldBlock.parse(JSON.parse(brotliDecompressSync(packed).toString())) as z.infer<typeof oldBlock> & Record<string, readonly (number | null)[]>
  return Array.from(block.servers ?? [], (_, at) => {
    const figure = (column: string): number | null => block[column]?.[at] ?? null
    const text = (column: string): string | null => block.texts[figure(column) ?? -1] ?? null
    const times = (value: number | null, by: number): number | null => value && value * by
    const [host, port, unseen] = [text('hosts'), figure('ports'), figure('unseen')]
    const began = block.from + (figure('began') ?? 0) * 1_000
    const ended = began + (figure('lasted') ?? 0) * 1_000
    return {
      serverId: text('servers') ?? '',
      id: block.ids.slice(at * 8, at * 8 + 8).trimEnd(),
      protocol: text('protocols') ?? '',
      role: sessionRoles[figure('roles') ?? 2] ?? 'other',
      path: text('paths') ?? '',
      remoteAddr: host === null || port === null ? host : `${host}:${port}`,
      user: text('users'),
      userAgent: text('agents'),
      isCdn: false,
      began,
      ended,
      endedAfter: unseen === null ? null : ended - unseen * 1_000,
      bytes: times(figure('kilobytes'), 1_000),
      lost: figure('lost'),
    }
  })
}

/** Copies a database that is about to be changed in its place to `*.before`, which is there whole or not at all. */
function keepBefore(db: Database): void {
  const before = `${db.name}.before`
  // One of an earlier run is of an older form.
  const to = existsSync(before) ? `${before}-form-${formOf(db)}` : before
  if (existsSync(to)) return
  rmSync(`${db.name}.copy`, { force: true })
  db.prepare('VACUUM INTO ?').run(`${db.name}.copy`)
  renameSync(`${db.name}.copy`, to)
}

/** Writes a new database beside an old one and puts it in its place; the old one stays as `*.before`. */
function replaced(file: string, migrations: readonly Migration[], fill: (db: Database, old: Database | null) => void): void {
  // Where it was broken off between the two renames, the old one has its new name already.
  const from = [file, `${file}.before`].find((name) => existsSync(name))
  const old = from === undefined ? null : new BetterSqlite3(from)
  for (const name of databaseFiles(`${file}.new`)) rmSync(name, { force: true })
  const opened = openDatabase(`${file}.new`, { migrations })
  if (!opened.ok) throw new Error(opened.error.words)
  fill(opened.value, old)
  for (const db of [opened.value, old]) {
    db?.pragma('wal_checkpoint(TRUNCATE)')
    db?.close()
  }
  if (from === file) renameSync(file, `${file}.before`)
  renameSync(`${file}.new`, file)
}

const has = (db: Database | null, table: string): boolean => db?.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined
const movedTables = ['messages', 'escalations', 'channel_tests', 'channel_pauses', 'held_back']

function bringAlarmsOver(dataDir: string, main: Database): void {
  replaced(join(dataDir, 'alarms.db'), alarmMigrations, (db, old) => {
    const rows = createAlarmRows(db, { log: console, alongside: () => undefined, onDamaged: () => undefined })
    const write = (alarm: unknown, changes: readonly unknown[]) => {
      // Those of before 21 November 2026 have no rule.
      const read = storedAlarmSchema.safeParse({ rule: Object(alarm).kind, ...Object(alarm) })
      const known = changes.flatMap((change) => alarmChangeSchema.safeParse(change).data ?? [])
      if (read.success) rows.write([{ alarm: read.data, changes: known }])
    }
    rows.begin(main.prepare<[], number>('SELECT since FROM alarms_kept').pluck().get() ?? Date.now())
    if (has(old, 'closed_alarms'))
      for (const body of (old as Database).prepare<[], Buffer>('SELECT body FROM closed_alarms ORDER BY no').pluck().iterate()) {
        const [alarm, changes] = (unpackedAlarm(body) ?? [null, []]) as [unknown, unknown[]]
        write(alarm, changes)
      }
    const changesOf = main.prepare<[string], string>('SELECT change FROM alarm_changes WHERE alarm_id = ? ORDER BY place').pluck()
    // One that was being moved when it was killed is in both.
    for (const { id, alarm } of main.prepare<[], { id: string; alarm: string }>('SELECT id, alarm FROM alarms ORDER BY no').all())
      if (rows.get(id) === null) write(storedFacts(alarm), changesOf.all(id).map(storedFacts))
    db.prepare('ATTACH ? AS old').run(main.name)
    for (const table of movedTables) db.exec(`INSERT INTO main.${table} SELECT * FROM old.${table}`)
    db.exec('DETACH old')
  })
}
/** Both at once: what is dropped is in alarms.db, and what is not is brought over again. */
const dropMoved = (main: Database): void =>
  main.transaction(() => {
    for (const table of ['alarm_changes', 'alarms', 'alarms_kept', ...movedTables]) main.exec(`DROP TABLE ${table}`)
    main.pragma('user_version = 2')
  })()

/** Form 3 keeps configurations in one table, and no list of changes of path settings. Those of before are read anew from the servers. */
function bringMainToForm3(main: Database): void {
  if (formOf(main) !== 2) return
  main.transaction(() => {
    // A checkout of 27 November had the tables of form 3 under the number of form 2.
    for (const table of ['configuration_spans', 'configuration_texts', 'path_edits', 'configurations']) main.exec(`DROP TABLE IF EXISTS ${table}`)
    main.exec(configurationTables)
    main.pragma('user_version = 3')
  })()
}

/** Gives a database of form 1 whose tables are those of form 2 its number. */
function renumber(file: string, change: (db: Database) => void = () => {}): void {
  if (!existsSync(file)) return
  const db = new BetterSqlite3(file)
  if (formOf(db) === 1)
    db.transaction(() => {
      change(db)
      db.pragma('user_version = 2')
    })()
  db.close()
}

/** Alarms of kinds that are no more can be neither shown nor closed. */
function dropFormerAlarms(file: string): void {
  if (!existsSync(file)) return
  const db = new BetterSqlite3(file)
  db.pragma('foreign_keys = ON')
  const rows = db.prepare<[], { no: number; alarm: string }>('SELECT no, alarm FROM alarms').all()
  const former = rows.filter(({ alarm }) => !storedAlarmSchema.safeParse(storedJson(alarm)).success)
  if (former.length > 0) keepBefore(db)
  db.transaction(() => {
    for (const { no } of former) {
      db.prepare('DELETE FROM alarms WHERE no = ?').run(no)
      db.prepare('DELETE FROM alarm_words WHERE rowid = ?').run(no)
    }
  })()
  db.close()
  if (former.length > 0) console.log(`${former.length} alarms of kinds that are no more were left out; alarms.db of before has them.`)
}

function bringSessionsOver(dataDir: string): void {
  replaced(join(dataDir, 'sessions.db'), sessionMigrations, (db, old) => {
    if (old === null) return
    const rows = createSessionRows(db)
    const store = (sessions: readonly KeptSession[]) => rows.store(sessions.map((session) => ({ no: null, session: { ...session, list: '' } })))
    for (const packed of old.prepare<[], Buffer>('SELECT sessions FROM session_blocks ORDER BY no').pluck().iterate()) store(unpackedSessions(packed))
    const read = (text: string) => keptSessionSchema.parse(JSON.parse(text))
    store(old.prepare<[], string>('SELECT session FROM ended_sessions ORDER BY no').pluck().all().map(read))
    const open = old.prepare<[], { list: string; id: string; session: string }>('SELECT list, id, session FROM open_sessions').all()
    rows.store(open.map(({ list, id, session }) => ({ no: null, session: { ...read(session), list, id, ended: null, endedAfter: read(session).ended } })))
    rows.note(old.prepare<[], { id: string; name: string; seenAt: number }>('SELECT server_id AS id, name, seen AS seenAt FROM session_servers').all())
    rows.since(old.prepare<[], number>('SELECT since FROM sessions_kept').pluck().get() ?? Date.now())
  })
}

/** A history of an older form is not read any more: it stays under another name, and mtxdeck begins a new one. */
function setHistoryAside(dataDir: string): void {
  const file = join(dataDir, 'history.db')
  if (!existsSync(file)) return
  const db = new BetterSqlite3(file)
  const form = formOf(db)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  if (form >= latestForm(historyMigrations)) return
  for (const [name, before] of [
    ['history', 'history-before'],
    ['history.db', 'history.db.before'],
  ] as const) {
    const to = join(dataDir, before)
    if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), existsSync(to) ? `${to}-${Date.now()}` : to)
  }
}

const [dataDir] = process.argv.slice(2)
if (dataDir === undefined || !existsSync(join(dataDir, 'main.db'))) {
  console.error('Usage: node bin/node24.mjs tools/bringOver.ts DATA_DIR')
  process.exit(64)
}
const main = new BetterSqlite3(join(dataDir, 'main.db'))
const alarms = join(dataDir, 'alarms.db')
const sessions = join(dataDir, 'sessions.db')
const hasTable = (file: string, table: string): boolean => {
  if (!existsSync(file)) return false
  const db = new BetterSqlite3(file)
  try {
    return has(db, table)
  } finally {
    db.close()
  }
}
const isOld = formOf(main) < 10
const areSessionsOld = hasTable(sessions, 'session_blocks') || (!existsSync(sessions) && existsSync(`${sessions}.before`))
if (isOld) keepBefore(main)
const [backups, backupsBefore] = [join(dataDir, 'backups'), join(dataDir, 'backups-before')]
if ((isOld || areSessionsOld) && existsSync(backups)) renameSync(backups, existsSync(backupsBefore) ? `${backupsBefore}-${Date.now()}` : backupsBefore)
if (has(main, 'alarms')) {
  if (!hasTable(alarms, 'alarms')) bringAlarmsOver(dataDir, main)
  dropMoved(main)
}
if (formOf(main) === 1) main.pragma('user_version = 2')
bringMainToForm3(main)
takeSteps(main, mainSteps)
main.close()
renumber(alarms, (db) => {
  db.exec('CREATE INDEX alarms_of_paths ON alarms (path) WHERE path IS NOT NULL')
  renameFacts(db, 'alarms', 'alarm')
  renameFacts(db, 'alarm_changes', 'change')
})
dropFormerAlarms(alarms)
if (areSessionsOld) bringSessionsOver(dataDir)
renumber(sessions)
if (existsSync(sessions)) {
  const db = new BetterSqlite3(sessions)
  if (formOf(db) < latestForm(sessionMigrations)) keepBefore(db)
  takeSteps(db, sessionSteps)
  db.close()
}
setHistoryAside(dataDir)
const snapshots = join(dataDir, 'snapshots', 'snapshots.db')
if (hasTable(snapshots, 'daily_cameras')) {
  const db = new BetterSqlite3(snapshots)
  db.transaction(() => renameFacts(db, 'daily_cameras', 'found'))()
  db.close()
}
console.log(`${dataDir} has the present form.`)
