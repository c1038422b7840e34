import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { Database } from '../storage/openDatabase.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { hash48, indexedTokens } from './alarmSearch.ts'
import type { ClosedGuard } from './closedGuard.ts'
import { blockSize, type ClosedReading } from './closedReading.ts'
import { placeOf } from './openAlarms.ts'
import { packAlarm } from './packedAlarm.ts'

/** A closed alarm as main.db has it, with its texts as they are stored there. */
export interface ClosedAlarm {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly raisedAt: number
  readonly closedAt: number
  readonly alarm: string
  readonly changes: readonly string[]
  /** What these texts say. */
  readonly read: ChangedAlarm
}

/** Stores and deletes closed alarms, and knows how many there are. */
export function createClosedWriting(db: Database, { written, guarded, failures, isUsable }: ClosedGuard, { withId }: ClosedReading) {
  const insert = db.prepare('INSERT OR REPLACE INTO closed_alarms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertWords = db.prepare('INSERT OR REPLACE INTO closed_words (rowid, words) VALUES (?, ?)')
  const noteBlock = db.prepare(`
    INSERT INTO closed_blocks VALUES ($block, $no, $raisedAt, $raisedAt) ON CONFLICT (block) DO UPDATE SET
      last_no = max(last_no, excluded.last_no), raised_from = min(raised_from, excluded.raised_from), raised_to = max(raised_to, excluded.raised_to)`)
  const selectTaken = db.prepare('SELECT 1 FROM closed_alarms WHERE no = ?')
  const selectLast = db.prepare('SELECT max(last_no) FROM closed_blocks').pluck()
  const countAll = db.prepare('SELECT count(*) FROM closed_alarms').pluck()
  const remove = db.prepare('DELETE FROM closed_alarms WHERE no = ?')
  const removeWords = db.prepare('DELETE FROM closed_words WHERE rowid = ?')

  let counted: number | null = null
  const count = (): number => {
    counted ??= guarded(null, () => countAll.get() as number)
    return counted ?? 0
  }
  const putAll = db.transaction((alarms: readonly ClosedAlarm[]): number => {
    let added = 0
    for (const { no: wanted, id, incident, raisedAt, closedAt, alarm, changes, read } of alarms) {
      const known = withId(id)
      // A number that another one has, as files of several days may have been put together.
      const isTaken = known === null && selectTaken.get(wanted) !== undefined
      const no = known?.no ?? (isTaken ? (selectLast.get() as number) + 1 : wanted)
      const { subject, severity } = read.alarm
      const path = pathOf(subject)
      const hashes = [hash48(id), hash48(incident), hash48(ownerIdOf(subject)), path === null ? null : hash48(path), hash48(placeOf(subject))]
      insert.run(no, ...hashes, severityRank[severity], raisedAt, closedAt, packAlarm(alarm, changes))
      insertWords.run(no, indexedTokens(read))
      noteBlock.run({ block: Math.floor(no / blockSize), no, raisedAt })
      if (known === null) added++
    }
    return added
  })
  const removeAll = db.transaction((nos: readonly number[]) => {
    for (const no of nos) {
      remove.run(no)
      removeWords.run(no)
    }
  })
  return {
    /** Another file was begun. */
    begunAnew: (): void => {
      counted = null
    },
    /** Stores alarms, each once however often it is stored, in one transaction that waits for the disk. Returns whether they are stored. */
    put: (alarms: readonly ClosedAlarm[]): boolean => {
      const before = failures()
      const added = written(0, () => putAll(alarms))
      if (counted !== null) counted += added
      return isUsable() && failures() === before
    },
    count,
    bytes: (): number => {
      const pragma = (name: string) => db.pragma(name, { simple: true }) as number
      return guarded(0, () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'))
    },
    remove: (nos: readonly number[]): void => {
      written(undefined, () => removeAll(nos))
      if (counted !== null) counted -= nos.length
    },
  }
}
