import type { Database } from '../storage/openDatabase.ts'
import type { ChangedAlarm } from './alarmLife.ts'
import { hash48 } from './alarmSearch.ts'
import type { ClosedGuard } from './closedGuard.ts'
import { unpackAlarm } from './packedAlarm.ts'
import { readAlarm } from './storedAlarm.ts'

/** An alarm with its number; alarms are numbered in the order in which they were raised. */
export interface Numbered extends ChangedAlarm {
  readonly no: number
}

interface Packed {
  readonly no: number
  readonly body: Uint8Array
}
/** Alarms lasting longer are few. With an index of their own, neither index is scanned far beyond the requested period. Part of the format. */
export const longMs = 86_400_000
const noBlocks: { readonly first: number | null; readonly last: number | null } = { first: null, last: null }
/** Alarm numbers per row of `closed_blocks`. Part of the format. */
export const blockSize = 1_000

function numbered({ no, body }: Packed): readonly Numbered[] {
  const unpacked = unpackAlarm(body)
  const one = unpacked && readAlarm(...unpacked)
  return one === null ? [] : [{ no, ...one }]
}

/** Reads of alarms.db that are short enough to run at once. */
export function createClosedReading(db: Database, { guardedRead }: ClosedGuard) {
  const selectAt = db.prepare('SELECT no, body FROM closed_alarms WHERE no = ?')
  const selectKey = db.prepare('SELECT no, body FROM closed_alarms WHERE key = ?')
  const selectIncident = db.prepare(`
    SELECT no, body FROM (SELECT no, body FROM closed_alarms WHERE key = $incident
      UNION ALL SELECT no, body FROM closed_alarms WHERE incident = $incident AND incident <> key) ORDER BY no DESC LIMIT $most`)
  const selectLast = db.prepare('SELECT coalesce(max(last_no), 0) FROM closed_blocks').pluck()
  const selectBlocks = db.prepare('SELECT min(block) AS first, max(block) AS last FROM closed_blocks WHERE raised_to >= ? AND raised_from <= ?')
  const selectThen = db
    .prepare(`
    SELECT no FROM closed_alarms WHERE no IN (
        SELECT no FROM closed_alarms INDEXED BY closed_spans WHERE closed_at > $at AND closed_at <= $at + ${longMs} AND raised_at <= $at
        UNION SELECT no FROM closed_alarms INDEXED BY long_spans WHERE closed_at - raised_at > ${longMs} AND closed_at > $at AND raised_at <= $at)
    ORDER BY severity, raised_at DESC LIMIT $most`)
    .pluck()
  const selectOldest = db.prepare('SELECT no, closed_at AS closedAt FROM closed_alarms ORDER BY closed_at, raised_at, no LIMIT ?')

  const allOf = (rows: () => readonly unknown[]): readonly Numbered[] => guardedRead([], () => (rows() as readonly Packed[]).flatMap(numbered))
  return {
    at: (no: number): Numbered | null => allOf(() => [selectAt.get(no)].filter((row) => row !== undefined))[0] ?? null,
    withId: (id: string): Numbered | null => allOf(() => selectKey.all(hash48(id))).find(({ alarm }) => alarm.id === id) ?? null,
    /** The greatest number ever stored; 0: none. */
    lastNo: (): number => guardedRead(0, () => selectLast.get() as number),
    /** Range of numbers that includes all alarms raised in a period, and possibly others; null: none. Numbers may not follow the time if the clock was set back. */
    numbersOf: (from: number, to: number): { readonly lowest: number; readonly below: number } | null => {
      const { first, last } = guardedRead(noBlocks, () => selectBlocks.get(from, to) as typeof noBlocks)
      return first === null || last === null ? null : { lowest: first * blockSize, below: (last + 1) * blockSize }
    },
    /** Newest first. */
    ofIncident: (incident: string, most: number): readonly Numbered[] =>
      allOf(() => selectIncident.all({ incident: hash48(incident), most })).filter(({ alarm }) => alarm.incident === incident),
    /** Numbers of the worst alarms that were open at a past time. */
    openThen: (moment: number, most: number): readonly number[] => guardedRead([], () => selectThen.all({ at: moment, most }) as readonly number[]),
    /** Those closed earliest. */
    oldest: (most: number): readonly { readonly no: number; readonly closedAt: number }[] =>
      guardedRead([], () => selectOldest.all(most) as readonly { readonly no: number; readonly closedAt: number }[]),
  }
}
export type ClosedReading = ReturnType<typeof createClosedReading>
