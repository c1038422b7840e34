import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ChecksDone, checkArchives, checkLiveHistory } from '../engine/history/checkHistory.ts'
import { historyMigrations } from '../engine/history/historyMigrations.ts'
import { unreadableServerRow } from '../engine/servers/serverRows.ts'
import { backupFolder, listBackups } from '../engine/storage/backups.ts'
import { checkDatabase, type Finding } from '../engine/storage/checkMain.ts'
import { mainMigrations } from '../engine/storage/mainMigrations.ts'
import { openToRead } from '../engine/storage/openDatabase.ts'
import { unfinishedRestoreFile } from '../engine/storage/openMain.ts'

export interface CheckReport {
  readonly dataDir: string
  /** What is wrong; none: all of it can be read and is what was written. */
  readonly findings: readonly Finding[]
  /** Files that were set aside earlier, or are of no use any more: no trouble, but they take room. */
  readonly notes: readonly Finding[]
  readonly done: ChecksDone & { readonly servers: number; readonly backups: number }
}

/**
 * Reads everything in a data folder, as a reader of it would, and tells what is wrong. Writes nothing, takes no lock,
 * and can be run while an engine uses the folder. null: there is no data of a console in it.
 */
export const checkData = async (dataDir: string, tell: (line: string) => void): Promise<CheckReport | null> => {
  const mainFile = join(dataDir, 'main.db')
  const historyFile = join(dataDir, 'history.db')
  if (!existsSync(mainFile) && !existsSync(historyFile)) return null
  const findings: Finding[] = []
  const notes: Finding[] = []
  const checks: ChecksDone = { seals: 0, chunks: 0, minutes: 0, events: 0, facts: 0, archives: 0, samples: 0, buckets: 0 }
  let servers = 0
  const add = (file: string, words: readonly string[]): void => void findings.push(...words.map((each) => ({ file, words: each })))

  if (existsSync(unfinishedRestoreFile(dataDir))) add('restore-unfinished.json', ['a restore into this folder did not end: run the same restore again'])
  tell('main.db …')
  const main = checkDatabase(mainFile, mainMigrations, (db, find) => {
    servers = db.prepare<[], number>('SELECT count(*) FROM servers WHERE settings IS NOT NULL').pluck().get() ?? 0
    const unreadable = unreadableServerRow(db)
    if (unreadable !== null) find(unreadable)
  })
  add('main.db', main)
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
  tell('history.db …')
  const history = checkDatabase(historyFile, historyMigrations, (db, find) => checkLiveHistory(db, checks, find))
  add('history.db', history)
  // Its list can be read where the file is good.
  const db = history.length === 0 ? openToRead(historyFile) : null
  try {
    await checkArchives(
      join(dataDir, 'history'),
      db,
      checks,
      (finding) => void findings.push(finding),
      (note) => void notes.push(note),
      tell,
    )
  } finally {
    db?.close()
  }

  for (const place of ['', 'history']) {
    const inside = join(dataDir, place)
    for (const name of existsSync(inside) ? readdirSync(inside).sort() : []) {
      const file = place === '' ? name : `${place}/${name}`
      if (/\.damaged-[^/]*Z(\.\d+)?$/.test(name)) notes.push({ file, words: 'was damaged and set aside earlier; nothing reads it' })
      else if (place === '' && /^replaced-.*Z$/.test(name)) notes.push({ file, words: 'holds what a restore replaced; nothing reads it' })
    }
  }
  return { dataDir, findings, notes, done: { ...checks, servers, backups: backups.length } }
}
