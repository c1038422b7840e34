import { severityRank } from '../../shared/severities.ts'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import type { Database } from '../storage/openDatabase.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { hash48, indexedTokens } from './alarmSearch.ts'
import type { ClosedGuard } from './closedGuard.ts'
import { blockSize, type ClosedReading } from './closedReading.ts'
import { subjectKey } from './openAlarms.ts'
import { packAlarm } from './packedAlarm.ts'

/** A closed alarm of main.db with its stored texts. */
export interface ClosedAlarm {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly raisedAt: number
  readonly closedAt: number
  readonly alarm: string
  readonly changes: readonly string[]
  /** The parsed texts. */
  readonly read: ChangedAlarm
}

/** Stores, deletes and counts closed alarms. */
export function createClosedWriting(db: Database, { guardedWrite, guardedRead, failures, isUsable }: ClosedGuard, { withId }: ClosedReading) {
  const insert = db.prepare('INSERT OR REPLACE INTO closed_alarms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertText = db.prepare('INSERT OR REPLACE INTO closed_words (rowid, words) VALUES (?, ?)')
  const noteBlock = db.prepare(`
    INSERT INTO closed_blocks VALUES ($block, $no, $raisedAt, $raisedAt) ON CONFLICT (block) DO UPDATE SET
      last_no = max(last_no, excluded.last_no), raised_from = min(raised_from, excluded.raised_from), raised_to = max(raised_to, excluded.raised_to)`)
  const selectTaken = db.prepare('SELECT 1 FROM closed_alarms WHERE no = ?')
  const selectLast = db.prepare('SELECT max(last_no) FROM closed_blocks').pluck()
  const countAll = db.prepare('SELECT count(*) FROM closed_alarms').pluck()
  const remove = db.prepare('DELETE FROM closed_alarms WHERE no = ?')
  const removeMessage = db.prepare('DELETE FROM closed_words WHERE rowid = ?')

  let counted: number | null = null
  const count = (): number => {
    counted ??= guardedRead(null, () => countAll.get() as number)
    return counted ?? 0
  }
  const putAll = db.transaction((alarms: readonly ClosedAlarm[]): number => {
    let added = 0
    for (const { no: wanted, id, incident, raisedAt, closedAt, alarm, changes, read } of alarms) {
      const known = withId(id)
      // The number may be taken if files of different days were put together.
      const isTaken = known === null && selectTaken.get(wanted) !== undefined
      const no = known?.no ?? (isTaken ? (selectLast.get() as number) + 1 : wanted)
      const { subject, severity } = read.alarm
      const path = pathOf(subject)
      const hashes = [hash48(id), hash48(incident), hash48(ownerIdOf(subject)), path === null ? null : hash48(path), hash48(subjectKey(subject))]
      insert.run(no, ...hashes, severityRank[severity], raisedAt, closedAt, packAlarm(alarm, changes))
      insertText.run(no, indexedTokens(read))
      noteBlock.run({ block: Math.floor(no / blockSize), no, raisedAt })
      if (known === null) added++
    }
    return added
  })
  const removeAll = db.transaction((nos: readonly number[]) => {
    for (const no of nos) {
      remove.run(no)
      removeMessage.run(no)
    }
  })
  return {
    /** Stores alarms in one transaction, durably; storing one again replaces it. Returns whether they are stored. */
    put: (alarms: readonly ClosedAlarm[]): boolean => {
      const before = failures()
      const added = guardedWrite(0, () => putAll(alarms))
      if (counted !== null) counted += added
      return isUsable() && failures() === before
    },
    count,
    bytes: (): number => {
      const pragma = (name: string) => db.pragma(name, { simple: true }) as number
      return guardedRead(0, () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'))
    },
    remove: (nos: readonly number[]): void => {
      guardedWrite(undefined, () => removeAll(nos))
      if (counted !== null) counted -= nos.length
    },
  }
}
