import { basename, join } from 'node:path'
import type { Clock } from '../../clock/clock.ts'
import type { Damage } from '../../shared/events.ts'
import type { StoreFigures } from '../../shared/history.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Log } from '../ports.ts'
import { damageText } from '../storage/damageText.ts'
import { type Database, type DatabaseError, openDatabase } from '../storage/openDatabase.ts'
import { listSetAside, setDatabaseAside } from '../storage/setAside.ts'
import { closedMigrations } from './closedMigrations.ts'

export const closedAlarmsFile = (dataDir: string): string => join(dataDir, 'alarms.db')

export interface ClosedAlarmsDatabase {
  readonly db: Database
  /** What this start did about a damaged file; null: it was fine. */
  readonly damage: Damage | null
  readonly setAside: StoreFigures['setAside']
}

/** Opens alarms.db. One that can't be opened is renamed, and a new one begun. It is not read whole: it may have a gigabyte. */
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
  const opened = openDatabase(file, { migrations: closedMigrations })
  if (opened.ok) return ok({ db: opened.value, damage: null, setAside: earlier(file, null) })
  if (opened.error.kind !== 'databaseDamaged') return opened
  const aside = setDatabaseAside(file, clock.now())
  const damage: Damage = { damage: 'alarmsBegunAnew', setAside: basename(aside) }
  log.error({ file, aside }, damageText(damage))
  const anew = openDatabase(file, { migrations: closedMigrations })
  return anew.ok ? ok({ db: anew.value, damage, setAside: earlier(file, { aside, damage }) }) : anew
}

const earlier = (file: string, newest: { readonly aside: string; readonly damage: Damage } | null): StoreFigures['setAside'] =>
  listSetAside(file).map(({ reason: _, ...aside }) => ({
    ...aside,
    damage: aside.file === newest?.aside ? newest.damage : { damage: 'alarmsBegunAnew', setAside: basename(aside.file) },
  }))
