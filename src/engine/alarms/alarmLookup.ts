import type { Database } from 'better-sqlite3'
import { type AlarmChange, alarmChangeSchema } from '../../shared/alarms.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import type { ClosedRows } from './closedRows.ts'
import { readable, storedAlarmSchema } from './storedAlarm.ts'

/** Looks up single alarms by id, number or incident, in both databases. Unreadable alarms are left out, so that the others remain usable. */
export function createAlarmLookup(db: Database, past: ClosedRows) {
  const selectOpen = db.prepare('SELECT alarm FROM alarms WHERE closed_at IS NULL').pluck()
  const selectOne = db.prepare('SELECT alarm FROM alarms WHERE id = ?').pluck()
  const selectAt = db.prepare('SELECT id FROM alarms WHERE no = ?').pluck()
  const selectNo = db.prepare('SELECT no FROM alarms WHERE id = ?').pluck()
  const selectChanges = db.prepare('SELECT change FROM alarm_changes WHERE alarm_id = ? ORDER BY place').pluck()
  const selectIncident = db.prepare('SELECT alarm FROM alarms WHERE incident = ? ORDER BY closed_at IS NOT NULL, raised_at DESC LIMIT ?').pluck()

  const changeTexts = (id: string) => selectChanges.all(id) as readonly string[]
  const changesOf = (id: string): readonly AlarmChange[] => changeTexts(id).flatMap((text) => readable(alarmChangeSchema, text))
  const inMain = (id: string): AlarmRecord | null => {
    const text = selectOne.get(id)
    return (text === undefined ? undefined : readable(storedAlarmSchema, text)[0]) ?? null
  }
  const read = (id: string): ChangedAlarm | null => {
    const alarm = inMain(id)
    return alarm === null ? past.withId(id) : { alarm, changes: changesOf(id) }
  }
  const at = (no: number): ChangedAlarm | null => {
    const id = selectAt.get(no) as string | undefined
    return id === undefined ? past.at(no) : read(id)
  }
  return {
    /** From main.db only. */
    inMain,
    changesOf,
    /** The stored JSON texts. */
    changeTexts,
    read,
    at,
    /** The number of an alarm; newer alarms have greater numbers. undefined: no such alarm. */
    numberOf: (id: string): number | undefined => (selectNo.get(id) as number | undefined) ?? past.withId(id)?.no,
    /** Open alarms, and how many are unreadable and left out. */
    open: (): { readonly alarms: readonly AlarmRecord[]; readonly unreadable: number } => {
      const texts = selectOpen.all()
      const alarms = texts.flatMap((text) => readable(storedAlarmSchema, text))
      return { alarms, unreadable: texts.length - alarms.length }
    },
    get: (id: string): AlarmRecord | null => inMain(id) ?? past.withId(id)?.alarm ?? null,
    /** Alarms of an incident: open ones first, then the newest. */
    ofIncident: (incident: string, most: number): readonly AlarmRecord[] => {
      const open = selectIncident.all(incident, most).flatMap((text) => readable(storedAlarmSchema, text))
      return open.length >= most ? open : [...open, ...past.ofIncident(incident, most - open.length).map(({ alarm }) => alarm)]
    },
    changes: (id: string): readonly AlarmChange[] => read(id)?.changes ?? [],
  }
}
export type AlarmLookup = ReturnType<typeof createAlarmLookup>
