import { z } from 'zod'
import { alarmChangeSchema, alarmSchema } from '../../shared/alarms.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'

/** An alarm as it is stored. */
export const storedAlarmSchema = alarmSchema
  .omit({ state: true, text: true, todo: true })
  .extend({ incident: z.string().optional() })
  // Alarms of before 22 November 2026 are incidents of their own.
  .transform(({ incident, ...alarm }): AlarmRecord => ({ ...alarm, incident: incident ?? alarm.id }))

/** What a stored text says, or nothing: a bit may have flipped in it. */
export function readable<Stored>(schema: z.ZodType<Stored>, text: unknown): readonly Stored[] {
  return parsed(schema, storedJson(text))
}

function parsed<Stored>(schema: z.ZodType<Stored>, stored: unknown): readonly Stored[] {
  const { success, data } = schema.safeParse(stored)
  return success ? [data] : []
}

/** An alarm with its changes as they were parsed; null: the alarm can't be read. Changes that can't are left out. */
export function readAlarm(alarm: unknown, changes: readonly unknown[]): ChangedAlarm | null {
  const [read] = parsed(storedAlarmSchema, alarm)
  return read === undefined ? null : { alarm: read, changes: changes.flatMap((change) => parsed(alarmChangeSchema, change)) }
}
