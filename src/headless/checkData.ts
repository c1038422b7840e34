import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkArchive } from '../engine/history/archive/archive.ts'
import { type ChecksDone, checkArchives, checkLiveHistory } from '../engine/history/check/check.ts'
import { historyMigrations } from '../engine/history/live/live.ts'
import { unreadableServerRow } from '../engine/servers/serverRows.ts'
import type { CopyCheck } from '../engine/storage/backUpData.ts'
import { backupFolder, listBackups } from '../engine/storage/backups.ts'
import { checkDatabase, type Finding } from '../engine/storage/checkMain.ts'
import { mainMigrations } from '../engine/storage/mainMigrations.ts'
import { type Database, openToRead } from '../engine/storage/openDatabase.ts'
import { unfinishedRestoreFile } from '../engine/storage/openMain.ts'

export interface CheckReport {
  readonly dataDir: string
  /** What is wrong, and what to do about it in one sentence; none: all of it can be read and is what was written. */
  readonly findings: readonly (Finding & { readonly todo: string })[]
  /** Files that were set aside earlier, or are of no use any more: no trouble, but they take room. */
  readonly notes: readonly Finding[]
  readonly done: ChecksDone & { readonly servers: number; readonly backups: number }
}

/**
 * Reads everything in a data folder, as a reader of it would, and tells what is wrong. Writes nothing, takes no lock,
 * and can be run while an engine uses the folder. null: there is no data of a console in it.
 */
export async function checkData(dataDir: string, tell: (line: string) => void): Promise<CheckReport | null> {
  const mainFile = join(dataDir, 'main.db')
  const historyFile = join(dataDir, 'history.db')
  if (!existsSync(mainFile) && !existsSync(historyFile)) return null
  const findings: Finding[] = []
  const notes: Finding[] = []
  const checks = nothingDone()
  let servers = 0
  const add = (file: string, words: readonly string[]): void => void findings.push(...words.map((each) => ({ file, words: each })))

  if (existsSync(unfinishedRestoreFile(dataDir))) add('restore-unfinished.json', ['a restore into this folder did not end: run the same restore again'])
  tell('main.db …')
  const main = checkDatabase(mainFile, mainMigrations, (db, find) => {
    servers = db.prepare<[], number>('SELECT count(*) FROM servers WHERE settings IS NOT NULL').pluck().get() ?? 0
    checkMainRows(db, find)
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
      if (/\.(damaged|replaced)-[^/]*Z(\.\d+)?$/.test(name))
        notes.push({
          file,
          words: `${/\.damaged-/.test(name) ? 'was damaged and' : 'was put in the place of a file in use, and was'} set aside earlier; nothing reads it`,
        })
      else if (place === '' && /^replaced-.*Z$/.test(name)) notes.push({ file, words: 'holds what a restore replaced; nothing reads it' })
    }
  }
  return { dataDir, findings: findings.map((finding) => ({ ...finding, todo: todoOf(finding) })), notes, done: { ...checks, servers, backups: backups.length } }
}

/** Reads the copy of a database that a backup has made, in the same way. */
export async function checkCopy(name: string, file: string): Promise<CopyCheck> {
  const damaged: string[] = []
  const found =
    name === 'main.db'
      ? checkDatabase(file, mainMigrations, checkMainRows)
      : name === 'history.db'
        ? // A part that can't be read is left out by whoever reads it: the rest is worth having.
          checkDatabase(file, historyMigrations, (db) => checkLiveHistory(db, nothingDone(), (words) => void damaged.push(words)))
        : (await checkArchive(file)).findings
  return { unusable: found[0] ?? null, damaged }
}

const nothingDone = (): ChecksDone => ({ seals: 0, chunks: 0, minutes: 0, events: 0, facts: 0, archives: 0, samples: 0, buckets: 0 })

function checkMainRows(db: Database, find: (words: string) => void): void {
  const unreadable = unreadableServerRow(db)
  if (unreadable !== null) find(unreadable)
}

/** What whoever runs the console does about a finding. */
function todoOf({ file, words }: Finding): string {
  if (/newer mtxdeck/.test(words)) return 'Update mtxdeck, or name another data folder.'
  if (/^it cannot be read/.test(words)) return 'Check the disk and who owns the folder, then check again.'
  if (file === 'restore-unfinished.json') return 'Run the same "mtxdeck restore" again, with --replace.'
  if (file === 'main.db') return 'Start mtxdeck: it sets the file aside and puts the newest good copy from backups/ in its place.'
  if (file.startsWith('backups/')) return 'Delete this copy; mtxdeck makes a new one each day.'
  if (/no name of ours/.test(words)) return 'Move the file to another folder.'
  if (file.startsWith('history/'))
    return /missing/.test(words)
      ? 'Copy the file back from a backup; without it that time is shown from coarser figures only.'
      : 'Copy the file back from a backup; mtxdeck sets this one aside when it next reads it.'
  if (/holds a value that cannot be/.test(words)) return 'Start mtxdeck: it reads the value as unknown and stores the rest.'
  if (/^(chunk|the chunks|the minutes|the times|event|fact|row|layout|seal|\d+ facts|server) ?/.test(words))
    return 'Nothing has to be done: mtxdeck leaves this part out and keeps the rest. To have it back, restore a backup.'
  if (/not there/.test(words)) return 'Start mtxdeck: it begins a new file. To have the past back, restore a backup.'
  return 'Start mtxdeck: it sets the file aside and begins a new one. To have the past back, restore a backup.'
}
