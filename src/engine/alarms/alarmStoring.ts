import type { Database } from 'better-sqlite3'
import { ownerIdOf, pathOf } from '../../shared/subjectNames.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmLookup } from './alarmLookup.ts'
import { mostChanges } from './alarmThen.ts'
import type { ClosedRows } from './closedRows.ts'
import type { ClosedAlarm } from './closedWriting.ts'
import { readAlarm } from './storedAlarm.ts'

/**
 * Closed alarms beyond this number, and those that make alarms.db larger than these bytes, are deleted, those closed first. While alarms.db takes none, no
 * more than `waiting` wait in main.db, which is copied each day. A search looks through `looked` alarms that are not what was asked for, which takes some
 * 0.8 s in all.
 */
export const closedLimits = { alarms: 1_000_000, bytes: 1_000_000_000, waiting: 50_000, looked: 20_000 }
/** Beyond a limit so many are deleted at once. */
const trimmedAtOnce = 200
/** So many are moved to alarms.db at once: some 10 ms with what the disk takes. */
const movedAtOnce = 50

interface Row {
  readonly no: number
  readonly id: string
  readonly incident: string
  readonly raised_at: number
  readonly closed_at: number
  readonly alarm: string
}

/** Writes alarms, moves closed ones to alarms.db, and deletes what is beyond the limits. `alongside` writes in the transaction of each change. */
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
  /** Whether any may be waiting to be moved, or be beyond a limit there. Asked every second, when there is hardly ever one: to look costs more than all else then. */
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
        // What else happened is worth more than what it said meanwhile.
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

  // A process that was killed between storing them there and deleting them here.
  const twice = (selectIds.all() as readonly Pick<Row, 'id'>[]).filter(({ id }) => past.withId(id) !== null)
  if (twice.length > 0) removeMoved(twice)

  /** They stay: nothing can be said of them. */
  const unreadable = new Set<string>()
  const toMove = (most: number): readonly ClosedAlarm[] =>
    (selectClosed.all(most + unreadable.size) as readonly Row[])
      .filter(({ id }) => !unreadable.has(id))
      .slice(0, most)
      .flatMap(({ no, id, incident, raised_at: raisedAt, closed_at: closedAt, alarm }) => {
        const changes = changeTexts(id)
        const read = readAlarm(storedJson(alarm), [])
        if (read === null) unreadable.add(id)
        return read === null ? [] : [{ no, id, incident, raisedAt, closedAt, alarm, changes, read: { ...read, changes: changesOf(id) } }]
      })
  /** Deletes some of what is beyond a limit. From when on alarms are known is noted before. Returns whether it did. */
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
    /** Notes since when alarms are kept, unless that is known and alarms.db has what it had. */
    begin: (at: number): void => {
      if (selectKept.get() === undefined) beginKept.run(Math.round(at))
      const failures = past.failures()
      const last = past.lastNo()
      // What can't be read is not lost yet.
      if (last >= (selectMoved.get() as number) || past.failures() !== failures) return
      forget.run(Math.round(at))
      noteMoved.run(last)
    },
    /** From when on all alarms are known. */
    keptSince: (): number => selectKept.get() as number,
    /** How many closed ones there are. */
    closedCount: (): number => (countClosed.get() as number) + past.count(),
    /** Moves some of the closed ones to alarms.db, and deletes there what is beyond its limits. Returns whether more are to be moved. */
    move: (): boolean => {
      if (!mayMove) return false
      const knownUnreadable = unreadable.size
      const closed = toMove(movedAtOnce)
      if (closed.length > 0) {
        if (!past.put(closed)) return false
        // A power cut may take this back, but not what is stored there.
        unsynced(db, () => removeMoved(closed))
      }
      const hasTrimmed = trim()
      mayMove = hasTrimmed || closed.length > 0 || unreadable.size > knownUnreadable
      return hasTrimmed || closed.length === movedAtOnce
    },
    /** Deletes what waits here beyond its limit, because alarms.db takes none: those closed first. */
    shed: (): void => {
      const tooMany = (countClosed.get() as number) - limits.waiting
      if (tooMany <= 0) return
      const oldest = selectWaiting.all(tooMany) as readonly Pick<Row, 'id' | 'closed_at'>[]
      forget.run(oldest.at(-1)?.closed_at ?? 0)
      unsynced(db, () => removeAll(oldest))
    },
    /** Begins alarms.db anew by `begin`, which returns whether it did. Returns the same. */
    beginPastAnew: (at: number, begin: () => boolean): boolean => {
      // Noted before: otherwise there would be none, as if there had been none.
      forget.run(Math.round(at))
      if (!begin()) return false
      past.begunAnew()
      mayMove = true
      noteMoved.run(past.lastNo())
      return true
    },
    /**
     * Stores changed alarms and their changes in one transaction, and in it what `alongside` writes. `hurries`: does not wait for the disk; what a
     * power cut loses is judged again.
     */
    write: (changed: readonly ChangedAlarm[], hurries: boolean): void => {
      if (hurries) unsynced(db, () => write(changed))
      else write(changed)
    },
  }
}
