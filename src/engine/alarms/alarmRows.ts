import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type AlarmChange, alarmChangeSchema, alarmSchema, type PastAlarmsInput } from '../../shared/alarms.ts'
import { ownerIdOf, pathOf } from '../../shared/subjects.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'

const storedSchema = alarmSchema
  .omit({ state: true, text: true, todo: true })
  .extend({ incident: z.string().optional() })
  // Alarms of before 22 November 2026 are incidents of their own.
  .transform(({ incident, ...alarm }): AlarmRecord => ({ ...alarm, incident: incident ?? alarm.id }))

/** Closed alarms beyond this number are deleted, the oldest first. */
const mostClosed = 20_000
/** Changes of one alarm: one that flaps for a month must not fill the disk. The oldest stay, and so does the latest. */
const mostChanges = 500

/** What is stored of alarms: the only SQL on `alarms` and `alarm_changes`. */
export function createAlarmRows(db: Database, alongside: (changed: readonly ChangedAlarm[]) => void) {
  const selectOpen = db.prepare('SELECT alarm FROM alarms WHERE closed_at IS NULL').pluck()
  const selectOne = db.prepare('SELECT alarm FROM alarms WHERE id = ?').pluck()
  const selectChanges = db.prepare('SELECT change FROM alarm_changes WHERE alarm_id = ? ORDER BY place').pluck()
  const upsert = db.prepare(`
    INSERT INTO alarms (id, incident, owner_id, path, severity, raised_at, closed_at, alarm) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, severity = excluded.severity, closed_at = excluded.closed_at, alarm = excluded.alarm`)
  const selectIncident = db.prepare('SELECT alarm FROM alarms WHERE incident = ? ORDER BY closed_at IS NOT NULL, raised_at DESC LIMIT ?').pluck()
  const nextPlace = db.prepare('SELECT coalesce(max(place) + 1, 0) FROM alarm_changes WHERE alarm_id = ?').pluck()
  const insertChange = db.prepare('INSERT INTO alarm_changes (alarm_id, place, change) VALUES (?, ?, ?)')
  const replaceLast = db.prepare('UPDATE alarm_changes SET change = ? WHERE alarm_id = ? AND place = ?')
  // One that founded an incident stays as long as the incident: what was told of that is kept with it.
  const trim = db.prepare(`
    DELETE FROM alarms WHERE closed_at IS NOT NULL
      AND raised_at < (SELECT raised_at FROM alarms WHERE closed_at IS NOT NULL ORDER BY raised_at DESC LIMIT 1 OFFSET ?)
      AND id NOT IN (SELECT incident FROM alarms WHERE closed_at IS NULL)`)
  const write = db.transaction((changed: readonly ChangedAlarm[]) => {
    for (const { alarm, changes } of changed) {
      const { id, incident, subject, severity, raisedAt, closed } = alarm
      upsert.run(id, incident, ownerIdOf(subject), pathOf(subject), severity, Math.round(raisedAt), closed && Math.round(closed.at), JSON.stringify(alarm))
      let place = nextPlace.get(id) as number
      for (const change of changes) {
        const text = JSON.stringify(change)
        if (place < mostChanges) insertChange.run(id, place++, text)
        else replaceLast.run(text, id, mostChanges - 1)
      }
    }
    alongside(changed)
    if (changed.some(({ alarm }) => alarm.closed !== null)) trim.run(mostClosed)
  })
  return {
    /** One that can't be read is left out: the rest must not be lost with it. */
    open: (): { readonly alarms: readonly AlarmRecord[]; readonly unreadable: number } => {
      const texts = selectOpen.all()
      const alarms = texts.flatMap((text) => readable(storedSchema, text))
      return { alarms, unreadable: texts.length - alarms.length }
    },
    get: (id: string): AlarmRecord | null => {
      const text = selectOne.get(id)
      return (text === undefined ? undefined : readable(storedSchema, text)[0]) ?? null
    },
    /** Of an incident, the open ones and the newest first. */
    ofIncident: (incident: string, most: number): readonly AlarmRecord[] => selectIncident.all(incident, most).flatMap((text) => readable(storedSchema, text)),
    changes: (id: string): readonly AlarmChange[] => selectChanges.all(id).flatMap((text) => readable(alarmChangeSchema, text)),
    closed: ({ before, severity, serverId, path, limit }: PastAlarmsInput): readonly AlarmRecord[] => {
      const terms: readonly (readonly [string, readonly unknown[]])[] = [
        ...(before === undefined ? [] : [['raised_at < ?', [before]] as const]),
        ...(severity === undefined ? [] : [[`severity IN (${severity.map(() => '?').join(', ')})`, severity] as const]),
        ...(serverId === undefined ? [] : [['owner_id = ?', [serverId]] as const]),
        ...(path === undefined ? [] : [['path = ?', [path]] as const]),
      ]
      const where = ['closed_at IS NOT NULL', ...terms.map(([term]) => term)].join(' AND ')
      return db
        .prepare(`SELECT alarm FROM alarms WHERE ${where} ORDER BY raised_at DESC LIMIT ?`)
        .pluck()
        .all(...terms.flatMap(([, values]) => values), limit)
        .flatMap((text) => readable(storedSchema, text))
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

/** What a stored text says, or nothing: a bit may have flipped in it. */
function readable<Stored>(schema: z.ZodType<Stored>, text: unknown): readonly Stored[] {
  try {
    const { success, data } = schema.safeParse(JSON.parse(text as string))
    return success ? [data] : []
  } catch {
    return []
  }
}
