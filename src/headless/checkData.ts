import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { brokenAuditRow } from '../engine/accounts/audit.ts'
import { unreadableAlarms } from '../engine/alarms/alarmRows.ts'
import { alarmMigrations } from '../engine/alarms/alarmsDatabase.ts'
import { type ChecksDone, checkArchive, checkArchives, checkLiveHistory } from '../engine/history/check/check.ts'
import { historyMigrations } from '../engine/history/live/live.ts'
import { unreadableInMain } from '../engine/mainContent.ts'
import { unreadableFailures } from '../engine/notifications/messageRows.ts'
import { sessionMigrations } from '../engine/sessions/sessionsDatabase.ts'
import { listedPictures, snapshotMigrations, snapshotsFile } from '../engine/snapshots/snapshotFiles.ts'
import type { CopyCheck } from '../engine/storage/backUpData.ts'
import type { KnownForms } from '../engine/storage/backupManifest.ts'
import { backupFolder, listBackups } from '../engine/storage/backups.ts'
import { checkDatabase, type Fault, type Finding, faultText } from '../engine/storage/checkMain.ts'
import { mainMigrations } from '../engine/storage/mainMigrations.ts'
import { type Database, openToRead } from '../engine/storage/openDatabase.ts'
import { unfinishedRestoreFile } from '../engine/storage/openMain.ts'
import { damageOf } from '../engine/storage/storageTrouble.ts'
import type { FileFault } from '../shared/fileFaults.ts'

interface CheckReport {
  readonly dataDir: string
  /** What is wrong, and what to do about it, in English. Empty: all data can be read and is as written. */
  readonly findings: readonly { readonly file: string; readonly kind: Fault['kind']; readonly words: string; readonly todo: string }[]
  readonly done: ChecksDone & { readonly backups: number }
}

/** The forms of all databases. */
export const knownForms: KnownForms = {
  main: mainMigrations,
  history: historyMigrations,
  alarms: alarmMigrations,
  snapshots: snapshotMigrations,
  sessions: sessionMigrations,
}

/**
 * Reads everything in a data folder as the engine does, and reports what is wrong. Writes nothing, takes no lock,
 * and can run while an engine uses the folder. null: the folder has no console data.
 */
export async function checkData(dataDir: string, tell: (line: string) => void): Promise<CheckReport | null> {
  const mainFile = join(dataDir, 'main.db')
  const historyFile = join(dataDir, 'history.db')
  if (!existsSync(mainFile) && !existsSync(historyFile)) return null
  const findings: Finding[] = []
  const checks = nothingDone()
  const add = (file: string, faults: readonly Fault[]): void => void findings.push(...faults.map((fault) => ({ file, fault })))

  if (existsSync(unfinishedRestoreFile(dataDir))) add('restore-unfinished.json', [{ kind: 'restoreUnfinished' }])
  for (const [name, check] of Object.entries(databases)) {
    if (name !== 'main.db' && name !== 'history.db' && !existsSync(join(dataDir, name))) continue
    tell(`${name} …`)
    add(name, check(join(dataDir, name), checks))
  }
  if (existsSync(snapshotsFile(dataDir))) add('snapshots/snapshots.db', checkSnapshots(dataDir))
  const folder = backupFolder(dataDir)
  const backups = [...listBackups(folder, 'main'), ...listBackups(folder, 'history')]
  for (const { file } of backups) {
    const name = `backups/${file.slice(folder.length + 1)}`
    tell(`${name} …`)
    add(
      name,
      checkDatabase(file, name.startsWith('backups/main') ? mainMigrations : historyMigrations, () => {}),
    )
  }
  // The list of archives can only be read if the file is undamaged.
  const db = findings.some(({ file }) => file === 'history.db') ? null : openToRead(historyFile)
  try {
    await checkArchives(join(dataDir, 'history'), db, checks, (finding) => void findings.push(finding), tell)
  } finally {
    db?.close()
  }
  const withTexts = findings.map((finding) => ({ file: finding.file, kind: finding.fault.kind, words: faultText(finding.fault), todo: todoOf(finding) }))
  return { dataDir, findings: withTexts, done: { ...checks, backups: backups.length } }
}

/** Checks a backup's copy of a database in the same way. */
export async function checkCopy(name: string, file: string): Promise<CopyCheck> {
  const faults = await faultsOfCopy(name, file)
  const unusable = faults.find(({ kind }) => kind !== 'part')
  // Parts that queries skip: the rest is still useful.
  const damaged = faults.filter(({ kind }) => kind === 'part')
  return { unusable: unusable === undefined ? null : ofFile(unusable), damaged: damaged.map(ofFile) }
}

/** What a check found, as a fault of the file by itself. */
function ofFile(fault: Fault): FileFault {
  if (fault.kind === 'restoreUnfinished') return { kind: 'internal' }
  return fault.kind === 'unreadable' ? damageOf(fault.said) : fault.fault
}

async function faultsOfCopy(name: string, file: string): Promise<readonly Fault[]> {
  const check = databases[name]
  if (check !== undefined) return check(file, nothingDone())
  if (name === 'snapshots/snapshots.db') return checkDatabase(file, snapshotMigrations, () => {})
  return (await checkArchive(file)).findings.map((fault) => ({ kind: 'whole', fault }))
}

const nothingDone = (): ChecksDone => ({ parts: 0, events: 0, archives: 0 })

const someUnreadable = (kind: 'whole' | 'part', count: number): Fault => ({ kind, fault: { kind: 'someUnreadable', count } })

/** What is wrong with each database of a data folder. */
const databases: Readonly<Record<string, (file: string, done: ChecksDone) => readonly Fault[]>> = {
  'main.db': (file) => checkDatabase(file, mainMigrations, checkMainRows),
  'alarms.db': (file) =>
    checkDatabase(file, alarmMigrations, (db, find) => {
      const unreadable = unreadableAlarms(db) + unreadableFailures(db)
      if (unreadable > 0) find(someUnreadable('part', unreadable))
    }),
  'sessions.db': (file) => checkDatabase(file, sessionMigrations, () => {}),
  'history.db': (file, done) => checkDatabase(file, historyMigrations, (db, find) => checkLiveHistory(db, done, find)),
}

/** Whether each listed picture is there, as it was written. */
const checkSnapshots = (dataDir: string): readonly Fault[] =>
  checkDatabase(snapshotsFile(dataDir), snapshotMigrations, (db, find) => {
    let wrong = 0
    for (const { name, bytes, crc } of listedPictures(db)) {
      const picture = existsSync(join(dataDir, name)) ? readFileSync(join(dataDir, name)) : null
      if (picture?.length !== bytes || crc32(picture) !== crc) wrong++
    }
    if (wrong > 0) find(someUnreadable('part', wrong))
  })

function checkMainRows(db: Database, find: (fault: Fault) => void): void {
  const unreadable = unreadableInMain(db)
  if (unreadable !== null) find({ kind: 'whole', fault: unreadable })
  const row = brokenAuditRow(db)
  if (row !== null) find({ kind: 'part', fault: damageOf(`row ${row} of the audit does not fit the row before it`) })
}

/** What the administrator should do about a finding. */
function todoOf({ file, fault }: Finding): string {
  if (fault.kind === 'unreadable') return 'Check the disk and who owns the folder, then check again.'
  if (fault.kind === 'restoreUnfinished') return 'Run the same "mtxdeck restore" again, with --replace.'
  if (fault.kind === 'part')
    return file.replace('backups/', '').startsWith('main')
      ? 'Rows were changed, removed or put in by something else than mtxdeck. Compare with an earlier backup from this row on.'
      : 'Nothing has to be done: mtxdeck leaves this part out and keeps the rest. To have it back, restore a backup.'
  const { kind } = fault.fault
  if (file.startsWith('backups/') && kind !== 'newer') return 'Move this copy to another folder; mtxdeck makes a new one each day.'
  if (kind === 'older') return 'Stop mtxdeck and run in its sources: node bin/node24.mjs tools/bringOver.ts, followed by the data folder.'
  if (kind === 'newer') return 'Update mtxdeck, or name another data folder.'
  if (file === 'main.db' || file === 'snapshots/snapshots.db')
    return 'Start mtxdeck: it sets the file aside and puts the newest good copy from backups/ in its place.'
  // Neither alarms.db nor sessions.db is read whole at a start.
  if (kind === 'notOurs' || file === 'alarms.db' || file === 'sessions.db') return 'Move the file to another folder.'
  if (file.startsWith('history/')) return 'Copy the file back from a backup; without it that time is shown from coarser figures only.'
  return 'Start mtxdeck: it sets aside what is there and begins a new file. To have the past back, restore a backup.'
}
