import type { Database } from 'better-sqlite3'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import { storedFacts } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmLookup } from './alarmLookup.ts'
import { mostChanges } from './alarmThen.ts'
import type { ClosedRows } from './closedRows.ts'
import type { ClosedAlarm } from './closedWriting.ts'
import { readAlarm } from './storedAlarm.ts'

/**
 * If alarms.db exceeds `alarms` closed alarms or `bytes`, the alarms closed first are deleted. While alarms.db can't be written, at most `waiting` closed
 * alarms stay in main.db, which is backed up daily. A search scans at most `looked` alarms that do not match, which takes about 0.8 s in total.
 */
export const closedLimits = { alarms: 1_000_000, bytes: 1_000_000_000, waiting: 50_000, looked: 20_000 }
/** Maximum number deleted at once when a limit is exceeded. */
const trimmedAtOnce = 200
/** Maximum number moved to alarms.db at once: takes about 10 ms including disk writes. */
const movedAtOnce = 50

interface Row {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly raised_at: number
  readonly closed_at: number
  readonly alarm: string
}

/** Writes alarms, moves closed ones to alarms.db, and enforces the limits. `alongside` is called within the transaction of each write. */
export function createAlarmStoring(
  db: Database,
  past: ClosedRows,
  { changesOf, changeTexts }: Pick<AlarmLookup, 'changesOf' | 'changeTexts'>,
  alongside: (changed: readonly ChangedAlarm[]) => void,
  limits: typeof closedLimits,
) {
  const selectLast = db.prepare('SELECT coalesce(max(no), 0) FROM alarms').pluck()
  const selectIds = db.prepare('SELECT id FROM alarms')
  const upsert = db
    .prepare(`
    INSERT INTO alarms (id, incident, owner_id, path, severity, raised_at, closed_at, alarm, no) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, severity = excluded.severity, closed_at = excluded.closed_at, alarm = excluded.alarm
    RETURNING no`)
    .pluck()
  const nextPlace = db.prepare('SELECT coalesce(max(place) + 1, 0) FROM alarm_changes WHERE alarm_id = ?').pluck()
  const insertChange = db.prepare('INSERT INTO alarm_changes (alarm_id, place, change) VALUES (?, ?, ?)')
  const replaceLast = db.prepare('UPDATE alarm_changes SET change = ? WHERE alarm_id = ? AND place = ?')
  const selectClosed = db.prepare('SELECT no, id, incident, owner_id, raised_at, closed_at, alarm FROM alarms WHERE closed_at IS NOT NULL ORDER BY no LIMIT ?')
  const selectWaiting = db.prepare('SELECT id, closed_at FROM alarms WHERE closed_at IS NOT NULL ORDER BY closed_at LIMIT ?')
  const countClosed = db.prepare('SELECT count(*) FROM alarms WHERE closed_at IS NOT NULL').pluck()
  const remove = db.prepare('DELETE FROM alarms WHERE id = ?')
  const selectKept = db.prepare('SELECT since FROM alarms_kept').pluck()
  const beginKept = db.prepare('INSERT INTO alarms_kept (since) VALUES (?)')
  const selectMoved = db.prepare('SELECT moved FROM alarms_kept').pluck()
  const noteMoved = db.prepare('UPDATE alarms_kept SET moved = ?')
  const raiseMoved = db.prepare('UPDATE alarms_kept SET moved = max(moved, ?)')
  const forget = db.prepare('UPDATE alarms_kept SET since = max(since, ?)')

  let nextNo = Math.max(selectLast.get() as number, past.lastNo(), Number(selectMoved.get() ?? 0)) + 1
  /** Whether alarms may have to be moved or trimmed. Saves queries, as `move` is called every second, mostly with nothing to do. */
  let mayMove = true
  const write = db.transaction((changed: readonly ChangedAlarm[]) => {
    for (const { alarm, changes } of changed) {
      const { id, incident, subject, severity, raisedAt, closed } = alarm
      const closedAt = closed && Math.round(closed.at)
      const no = upsert.get(id, incident, ownerIdOf(subject), pathOf(subject), severity, Math.round(raisedAt), closedAt, JSON.stringify(alarm), nextNo)
      if (no === nextNo) nextNo++
      if (closed !== null) mayMove = true
      let place = nextPlace.get(id) as number
      for (const change of changes) {
        const text = JSON.stringify(change)
        // The last place is reserved for other changes, which matter more than changed reasons.
        if (change.kind === 'why' && place >= mostChanges - 1) continue
        if (place < mostChanges) insertChange.run(id, place++, text)
        else replaceLast.run(text, id, mostChanges - 1)
      }
    }
    alongside(changed)
  })
  const removeAll = db.transaction((closed: readonly { readonly id: string }[]) => {
    for (const { id } of closed) remove.run(id)
  })
  const removeMoved = db.transaction((closed: readonly { readonly id: string }[]) => {
    removeAll(closed)
    raiseMoved.run(past.lastNo())
  })

  // Left over if the process was killed after storing them in alarms.db, before deleting them here.
  const twice = (selectIds.all() as readonly Pick<Row, 'id'>[]).filter(({ id }) => past.withId(id) !== null)
  if (twice.length > 0) removeMoved(twice)

  /** Ids of unreadable alarms, which are not moved. */
  const unreadable = new Set<string>()
  const toMove = (most: number): readonly ClosedAlarm[] =>
    (selectClosed.all(most + unreadable.size) as readonly Row[])
      .filter(({ id }) => !unreadable.has(id))
      .slice(0, most)
      .flatMap(({ no, id, incident, raised_at: raisedAt, closed_at: closedAt, alarm }) => {
        const changes = changeTexts(id)
        const read = readAlarm(storedFacts(alarm), [])
        if (read === null) unreadable.add(id)
        return read === null ? [] : [{ no, id, incident, raisedAt, closedAt, alarm, changes, read: { ...read, changes: changesOf(id) } }]
      })
  /** Deletes some alarms if a limit is exceeded, after updating `keptSince`. Returns whether any were deleted. */
  const trim = (): boolean => {
    const tooMany = past.count() - limits.alarms
    const most = tooMany > 0 ? Math.min(tooMany, trimmedAtOnce) : past.bytes() > limits.bytes ? trimmedAtOnce : 0
    if (most === 0) return false
    const oldest = past.oldest(most)
    forget.run(oldest.reduce((latest, { closedAt }) => Math.max(latest, closedAt), 0))
    past.remove(oldest.map(({ no }) => no))
    return oldest.length > 0
  }

  return {
    /** Stores since when alarms are kept, unless that is already known and alarms.db has lost nothing. */
    begin: (at: number): void => {
      if (selectKept.get() === undefined) beginKept.run(Math.round(at))
      const failures = past.failures()
      const last = past.lastNo()
      // Data that can't be read right now is not lost yet.
      if (last >= (selectMoved.get() as number) || past.failures() !== failures) return
      forget.run(Math.round(at))
      noteMoved.run(last)
    },
    /** Since when the stored alarms are complete, epoch ms. */
    keptSince: (): number => selectKept.get() as number,
    /** Number of closed alarms. */
    closedCount: (): number => (countClosed.get() as number) + past.count(),
    /** Moves some of the closed alarms to alarms.db, and trims that to its limits. Returns whether there may be more to do. */
    move: (): boolean => {
      if (!mayMove) return false
      const knownUnreadable = unreadable.size
      const closed = toMove(movedAtOnce)
      if (closed.length > 0) {
        if (!past.put(closed)) return false
        // A power cut may undo this deletion, but not what is stored in alarms.db.
        unsynced(db, () => removeMoved(closed))
      }
      const hasTrimmed = trim()
      mayMove = hasTrimmed || closed.length > 0 || unreadable.size > knownUnreadable
      return hasTrimmed || closed.length === movedAtOnce
    },
    /** Deletes closed alarms beyond `waiting` if alarms.db can't be written, those closed first. */
    discardExcess: (): void => {
      const tooMany = (countClosed.get() as number) - limits.waiting
      if (tooMany <= 0) return
      const oldest = selectWaiting.all(tooMany) as readonly Pick<Row, 'id' | 'closed_at'>[]
      forget.run(oldest.at(-1)?.closed_at ?? 0)
      unsynced(db, () => removeAll(oldest))
    },
    /**
     * Stores changed alarms and their changes in one transaction, together with the writes of `alongside`. `hurries`: does not wait for the disk;
     * after a power cut, lost changes are evaluated again.
     */
    write: (changed: readonly ChangedAlarm[], hurries: boolean): void => {
      if (hurries) unsynced(db, () => write(changed))
      else write(changed)
    },
  }
}
