import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmRows } from './alarmRows.ts'

/** Stores changes of alarms, and remembers those that a full disk did not take. */
export function createAlarmWriting(rows: Pick<AlarmRows, 'write'>, log: Log) {
  const unwritten = new Map<string, ChangedAlarm>()
  const afterUnwritten = ({ alarm, changes }: ChangedAlarm): ChangedAlarm => ({ alarm, changes: [...(unwritten.get(alarm.id)?.changes ?? []), ...changes] })
  const write = (changed: readonly ChangedAlarm[], hurries: boolean) => {
    const all = new Map(unwritten)
    for (const one of changed) all.set(one.alarm.id, afterUnwritten(one))
    rows.write([...all.values()], hurries)
    unwritten.clear()
  }
  return {
    /** What an operator did; throws if it can't be stored. */
    operated: (changed: readonly ChangedAlarm[]): void => {
      if (changed.length > 0) write(changed, false)
    },
    /** What mtxdeck saw holds even if the disk does not take it; it is stored with the next change. */
    seen: (changed: readonly ChangedAlarm[]): void => {
      if (changed.length === 0) return
      try {
        write(changed, true)
      } catch (error) {
        const trouble = classifyStorageError(error)
        if (trouble === null || trouble === 'damaged') throw error
        for (const one of changed) unwritten.set(one.alarm.id, afterUnwritten(one))
        log.warn({ trouble, alarms: changed.length }, 'changes of alarms are not stored yet')
      }
    },
    /** Changed, but not stored. */
    unwritten: (id: string): ChangedAlarm | undefined => unwritten.get(id),
    allUnwritten: (): Iterable<ChangedAlarm> => unwritten.values(),
  }
}
export type AlarmWriting = ReturnType<typeof createAlarmWriting>
