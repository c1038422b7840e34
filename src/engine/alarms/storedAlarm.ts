import { z } from 'zod'
import { alarmChangeSchema, alarmSchema } from '../../shared/alarms.ts'
import { storedFacts } from '../storage/storedJson.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'

/** An alarm in its stored form. */
export const storedAlarmSchema = alarmSchema
  .omit({ state: true, text: true, todo: true })
  .extend({ incident: z.string().optional() })
  // Alarms stored before 22 November 2026 have no incident: each is its own.
  .transform(({ incident, ...alarm }): AlarmRecord => ({ ...alarm, incident: incident ?? alarm.id }))

/** Parses a stored text; empty if it is invalid, such as after a bit flip. */
export function readable<Stored>(schema: z.ZodType<Stored>, text: unknown): readonly Stored[] {
  return parsed(schema, storedFacts(text))
}

function parsed<Stored>(schema: z.ZodType<Stored>, stored: unknown): readonly Stored[] {
  const { success, data } = schema.safeParse(stored)
  return success ? [data] : []
}

/** An alarm with its changes, from parsed JSON; null: the alarm is invalid. Invalid changes are left out. */
export function readAlarm(alarm: unknown, changes: readonly unknown[]): ChangedAlarm | null {
  const [read] = parsed(storedAlarmSchema, alarm)
  return read === undefined ? null : { alarm: read, changes: changes.flatMap((change) => parsed(alarmChangeSchema, change)) }
}
