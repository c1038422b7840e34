import type { Log } from '../ports.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import type { AlarmRows } from './alarmRows.ts'

/** Stores changes of alarms, and keeps those that could not be stored because the disk is full. */
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
    /** Stores changes made by an operator; throws if that fails. */
    storeOperatorActs: (changed: readonly ChangedAlarm[]): void => {
      if (changed.length > 0) write(changed, false)
    },
    /** Stores observed changes. They apply even if storing fails, and are then stored with the next change. */
    storeObserved: (changed: readonly ChangedAlarm[]): void => {
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
    /** The changes of an alarm that are not stored yet. */
    unwritten: (id: string): ChangedAlarm | undefined => unwritten.get(id),
    allUnwritten: (): Iterable<ChangedAlarm> => unwritten.values(),
  }
}
export type AlarmWriting = ReturnType<typeof createAlarmWriting>
