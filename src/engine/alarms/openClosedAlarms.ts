import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { Damage } from '../../shared/events.ts'
import type { FileFault } from '../../shared/fileFaults.ts'
import type { StoreFigures } from '../../shared/history.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import { faultOf } from '../storage/faultOf.ts'
import type { WatchedDatabase } from '../storage/fileWatch.ts'
import { createLastingDatabase } from '../storage/lastingDatabase.ts'
import { shapeProblem } from '../storage/migrate.ts'
import { finishBringBack, watchFile } from '../storage/movedFile.ts'
import { type Database, type DatabaseError, databaseErrorOf, openDatabase } from '../storage/openDatabase.ts'
import { databaseFiles, listSetAside, setDatabaseAside } from '../storage/setAside.ts'
import { DamageFound } from '../storage/storageTrouble.ts'
import { closedMigrations } from './closedMigrations.ts'

function closedAlarmsFile(dataDir: string): string {
  return join(dataDir, 'alarms.db')
}

export interface ClosedAlarmsDatabase extends WatchedDatabase {
  /** The database of `lasting`: it and the statements prepared on it remain usable after `beginAnew`. */
  readonly db: Database
  /** How this start handled a file that was damaged or had been moved away; null: it was fine. */
  readonly damage: Damage | null
  /** Renames the damaged file and creates a new one. null: that failed for now (see `trouble`), and `db` may be closed. */
  readonly beginAnew: () => Damage | null
  /** Why no new file can be created; null: it can. */
  readonly trouble: () => ConsoleTrouble | null
  readonly setAside: () => StoreFigures['setAside']
}

/** Opens alarms.db. A file that can't be opened is renamed, and a new one created. It is not checked completely: it may have a gigabyte. */
export function openClosedAlarms({
  clock,
  log,
  dataDir,
}: {
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  readonly dataDir: string
}): Result<ClosedAlarmsDatabase, DatabaseError> {
  const file = closedAlarmsFile(dataDir)
  const aside: StoreFigures['setAside'] = []
  let broughtBack: Damage | null
  try {
    broughtBack = finishBringBack(file, 'alarms', clock.now())
  } catch (error) {
    const known = databaseErrorOf(file, error)
    if (known === null) throw error
    return err(known)
  }
  if (broughtBack !== null) log.error({ file }, damageText(broughtBack))
  for (const { reason, ...one } of listSetAside(file))
    aside.push({ ...one, damage: reason === 'replaced' ? { damage: 'alarmsReplaced' } : { damage: 'alarmsBegunAnew', setAside: basename(one.file) } })
  const begunAnew = (): Result<{ readonly db: Database; readonly damage: Damage }, DatabaseError> => {
    try {
      // A previous attempt may have come this far.
      if (databaseFiles(file).some((one) => existsSync(one))) {
        const at = clock.now()
        const name = setDatabaseAside(file, at)
        aside.push({ file: name, at, damage: { damage: 'alarmsBegunAnew', setAside: basename(name) } })
      }
    } catch (error) {
      const known = databaseErrorOf(file, error)
      if (known === null) throw error
      return err(known)
    }
    const opened = openDatabase(file, { migrations: closedMigrations })
    if (!opened.ok) return opened
    const damage: Damage = { damage: 'alarmsBegunAnew', setAside: basename(aside.at(-1)?.file ?? file) }
    log.error({ file, setAside: damage.setAside }, damageText(damage))
    return ok({ db: opened.value, damage })
  }

  const opened = openUsable(file)
  if (!opened.ok && opened.error.kind !== 'databaseDamaged') return opened
  const first = opened.ok ? ok({ db: opened.value, damage: broughtBack }) : begunAnew()
  if (!first.ok) return first
  const lasting = createLastingDatabase(first.value.db)
  let trouble: ConsoleTrouble | null = null
  return ok({
    db: lasting.db,
    file,
    store: 'alarms',
    lasting,
    watched: watchFile(file, 'alarms'),
    reopen: () => openUsable(file),
    damage: first.value.damage,
    beginAnew: () => {
      if (lasting.db.open) lasting.db.close()
      const anew = begunAnew()
      trouble = anew.ok ? null : anew.error.trouble
      if (!anew.ok) {
        log.error({ file }, anew.error.words)
        return null
      }
      lasting.replace(anew.value.db)
      return anew.value.damage
    },
    trouble: () => trouble,
    setAside: () => aside,
  })
}

/** Opens a file after checking its tables: otherwise no statement could be prepared. */
function openUsable(file: string): Result<Database, DatabaseError> {
  const opened = openDatabase(file, { migrations: closedMigrations })
  if (!opened.ok) return opened
  const problem = indexProblem(opened.value) ?? shapeProblem(opened.value, closedMigrations)
  if (problem === null) return opened
  opened.value.close()
  return err(databaseErrorOf(file, new DamageFound(problem)) as DatabaseError)
}
/** FTS5 reports damage to the data that each query needs as an SQL error. */
function indexProblem(db: Database): FileFault | null {
  try {
    db.prepare("SELECT rowid FROM closed_words WHERE closed_words MATCH 'x' LIMIT 1").get()
    return null
  } catch (error) {
    return faultOf(error)
  }
}
