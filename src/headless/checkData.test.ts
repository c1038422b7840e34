import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { Audit } from '../engine/accounts/audit.ts'
import { createAlarmRows } from '../engine/alarms/alarmRows.ts'
import { alarmMigrations } from '../engine/alarms/alarmsDatabase.ts'
import { archiveDay } from '../engine/history/archiver/archiveDay.ts'
import { damagesOfContent, damagesOfFiles } from '../engine/history/check/damages.fixture.ts'
import { historyMigrations } from '../engine/history/live/historyMigrations.ts'
import { fillTestHistory } from '../engine/history/testHistory.fixture.ts'
import { mainMigrations } from '../engine/storage/mainMigrations.ts'
import { openDatabase } from '../engine/storage/openDatabase.ts'
import { createTestLog } from '../engine/testLog.ts'
import { fileFaultText } from '../i18n/consoleTroubleText.ts'
import { someAlarm } from '../shared/alarms.fixture.ts'
import { backUpAll } from './backUp.fixture.ts'
import { checkData } from './checkData.ts'

let root: string
/** A folder with all that a console of some days has. */
let whole: string
const day = Date.UTC(2026, 10, 14)

const settings = {
  url: 'http://127.0.0.1:9997',
  auth: { kind: 'none', user: null },
  fingerprint: null,
  intervalSeconds: 2,
  addresses: {},
  tags: [],
  paused: false,
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'mtxdeck-damages-'))
  whole = join(root, 'whole')
  mkdirSync(join(whole, 'backups'), { recursive: true })
  const main = openDatabase(join(whole, 'main.db'), { migrations: mainMigrations })
  if (!main.ok) throw new Error(main.error.words)
  main.value.exec(`INSERT INTO servers(id, name, settings, created_at) VALUES ('a', 'Berlin', '${JSON.stringify(settings)}', 1)`)
  main.value.exec(`INSERT INTO settings(key, value) VALUES ('theme', '"dark"')`)
  main.value.prepare('VACUUM INTO ?').run(join(whole, 'backups', 'main-2026-11-14.db'))
  main.value.close()
  const history = fillTestHistory(join(whole, 'history.db'), day + 86_400_000)
  const seal = history.seal({ server: 'a', paths: ['', 'cam'], times: Array.from({ length: 90 }, (_, i) => day + i * 2000) })
  const made = await archiveDay({
    history: history.db,
    folder: join(whole, 'history'),
    day: { dayStart: day, lastSeal: seal },
    now: day + 90_000_000,
    madeBy: 'test',
    turn: async () => {},
  })
  for (const { name, tier, from, to, bytes, sha256 } of made.list) history.list(name, tier, from, to, bytes, sha256)
  history.db.exec('DELETE FROM seals WHERE id = 5; DELETE FROM chunks WHERE id >= 5 << 24; DELETE FROM minutes WHERE id >= 5 << 24')
  history.db.close()
})
afterAll(() => rmSync(root, { recursive: true }))

async function checked(make: (dataDir: string) => void) {
  const dataDir = mkdtempSync(join(root, 'damaged-'))
  cpSync(whole, dataDir, { recursive: true })
  make(dataDir)
  const report = await checkData(dataDir, () => {})
  rmSync(dataDir, { recursive: true })
  return report?.findings ?? []
}

test('a folder that is whole has no findings', async () => {
  expect(await checked(() => {})).toEqual([])
})

describe('check finds, and says what to do:', () => {
  test('why a channel failed', async () => {
    const findings = await checked((dataDir) => {
      const main = openDatabase(join(dataDir, 'alarms.db'), { migrations: alarmMigrations })
      if (!main.ok) throw new Error(main.error.words)
      main.value.exec("INSERT INTO channel_tests (channel, at, failure) VALUES ('slack', 1, '{bad')")
      main.value.close()
    })
    expect(findings).toMatchObject([{ file: 'alarms.db', kind: 'part' }])
  })
  test.each([...damagesOfContent, ...damagesOfFiles].map((damage) => [damage.name, damage] as const))('%s', async (_, { make, file, words }) => {
    const findings = await checked(make)
    const found = findings.find((finding) => file.test(finding.file) && words.test(finding.words))
    expect(found, JSON.stringify(findings)).toBeDefined()
    for (const { todo } of findings) expect(todo).toMatch(/^[A-Z].*\.$/)
  })
})

test('alarms are in a backup, and one that cannot be read is counted', async () => {
  const dataDir = mkdtempSync(join(root, 'alarms-'))
  cpSync(whole, dataDir, { recursive: true })
  const opened = openDatabase(join(dataDir, 'alarms.db'), { migrations: alarmMigrations })
  if (!opened.ok) throw new Error(opened.error.words)
  const rows = createAlarmRows(opened.value, { log: createTestLog(), alongside: () => undefined, onDamaged: () => undefined })
  for (const no of [1, 2]) {
    const { state: _, ...alarm } = someAlarm({ id: `alarm-${no}`, raisedAt: no, closed: { at: no, because: 'healed' } })
    rows.write([{ alarm, changes: [] }])
  }
  const into = join(dataDir, '..', 'copy-of-alarms')
  const backUp = () => backUpAll(createTestClock(day), dataDir, into)
  expect(await backUp()).toMatchObject({
    ok: true,
    value: { damaged: [], manifest: { files: expect.arrayContaining([expect.objectContaining({ name: 'alarms.db' })]) } },
  })
  expect((await checkData(into, () => {}))?.findings).toEqual([])
  opened.value.prepare("UPDATE alarms SET alarm = 'x' WHERE no = 1").run()
  opened.value.close()
  expect((await checkData(dataDir, () => {}))?.findings).toMatchObject([
    { file: 'alarms.db', kind: 'part', todo: expect.stringContaining('Nothing has to be done'), words: expect.stringContaining('1') },
  ])
})

test('a backup of a history with a damaged chunk is made, names the chunk, and is read whole before it counts', async () => {
  const dataDir = mkdtempSync(join(root, 'damaged-'))
  cpSync(whole, dataDir, { recursive: true })
  const history = openDatabase(join(dataDir, 'history.db'), { migrations: historyMigrations })
  if (!history.ok) throw new Error(history.error.words)
  const { id, rows } = history.value.prepare('SELECT id, rows FROM chunks ORDER BY id LIMIT 1').get() as { id: number; rows: Buffer }
  rows[rows.length - 1] = (rows.at(-1) as number) ^ 1
  history.value.prepare('UPDATE chunks SET rows = ? WHERE id = ?').run(rows, id)
  history.value.close()
  const into = join(dataDir, '..', 'copy-of-damaged')
  const made = await backUpAll(createTestClock(day), dataDir, into)
  expect(made).toMatchObject({ ok: true, value: { damaged: [{ name: 'history.db', fault: { kind: 'damaged', detail: expect.stringMatching(/^chunk /) } }] } })
  const copied = (await checkData(into, () => {}))?.findings ?? []
  expect(copied.map(({ file, words }) => [file, words])).toEqual(made.ok && made.value.damaged.map(({ name, fault }) => [name, fileFaultText(fault, 'en')]))
})

test('a row of the audit that was changed is named, and the rest of main.db is used as it is', async () => {
  const findings = await checked((dataDir) => {
    const main = openDatabase(join(dataDir, 'main.db'), { migrations: mainMigrations })
    if (!main.ok) throw new Error(main.error.words)
    const audit = new Audit({ clock: createTestClock(), log: createTestLog(), db: main.value })
    for (const what of ['walls.add', 'walls.remove', 'rules.update']) audit.record({ by: 'anna', byId: null, from: null, action: 'call', what, of: {} })
    main.value.exec("UPDATE audit SET by = 'bert' WHERE id = 2")
    main.value.close()
  })
  expect(findings).toMatchObject([
    { file: 'main.db', kind: 'part', words: expect.stringContaining('row 2 of the audit'), todo: expect.stringContaining('Compare with an earlier backup') },
  ])
})
