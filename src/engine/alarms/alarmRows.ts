import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { type AlarmChange, type AlarmStep, type AlarmStepsInput, alarmChangeSchema, alarmSchema, type PastAlarmsInput } from '../../shared/alarms.ts'
import { type AlarmSubject, alarmSubjectSchema, ownerIdOf, pathOf } from '../../shared/subjects.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { AlarmRecord, ChangedAlarm } from './alarmLife.ts'
import { alarmThen, mostChanges } from './alarmThen.ts'

/** An alarm as it is stored. */
export const storedAlarmSchema = alarmSchema
  .omit({ state: true, text: true, todo: true })
  .extend({ incident: z.string().optional() })
  // Alarms of before 22 November 2026 are incidents of their own.
  .transform(({ incident, ...alarm }): AlarmRecord => ({ ...alarm, incident: incident ?? alarm.id }))

/** Closed alarms beyond this number are deleted, those closed first: about 2 kB each in main.db and in each of its copies. */
const mostClosed = 50_000
/** Of one stream. */
const mostSpans = 1_000
/** Looked at after so many closings: counting what is kept takes a millisecond. */
const closingsBetweenTrims = 500

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
  const trim = db
    .prepare(`
    DELETE FROM alarms
      WHERE closed_at < (SELECT closed_at FROM alarms WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 1 OFFSET ?)
      AND id NOT IN (SELECT incident FROM alarms WHERE closed_at IS NULL)
      RETURNING closed_at`)
    .pluck()
  const selectKept = db.prepare('SELECT since FROM alarms_kept').pluck()
  const beginKept = db.prepare('INSERT INTO alarms_kept VALUES (?)')
  const forget = db.prepare('UPDATE alarms_kept SET since = max(since, ?)')
  // Told which index: SQLite would rather read every row.
  const selectThen = db
    .prepare(`
    SELECT alarm FROM alarms WHERE rowid IN (
      SELECT rowid FROM alarms WHERE rowid IN (
          SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL AND raised_at <= $at
          UNION ALL SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at > $at AND raised_at <= $at)
        AND ($owner IS NULL OR owner_id = $owner) AND ($path IS NULL OR path = $path)
      ORDER BY CASE severity WHEN 'critical' THEN 0 WHEN 'major' THEN 1 WHEN 'minor' THEN 2 ELSE 3 END, raised_at DESC LIMIT $most)`)
    .pluck()
  const selectIdsWithin = db.prepare('SELECT id, closed_at FROM alarms WHERE raised_at <= ? AND (closed_at IS NULL OR closed_at >= ?) ORDER BY raised_at DESC')
  const selectWithin = db
    .prepare(`
    SELECT alarm FROM alarms WHERE rowid IN (
        SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL AND raised_at <= $to
        UNION ALL SELECT rowid FROM alarms INDEXED BY alarm_spans WHERE closed_at >= $from AND raised_at <= $to)
      AND ($owner IS NULL OR owner_id = $owner) AND ($path IS NULL OR path = $path)
    ORDER BY raised_at DESC LIMIT $limit`)
    .pluck()
  const selectOfRule = db.prepare(`
    SELECT alarm ->> 'subject' AS subject, count(*) AS count FROM (
      SELECT alarm FROM alarms INDEXED BY alarm_spans WHERE closed_at IS NULL
      UNION ALL SELECT alarm FROM alarms INDEXED BY alarm_spans WHERE closed_at >= $from)
    WHERE coalesce(alarm ->> 'rule', alarm ->> 'kind') = $rule GROUP BY 1 ORDER BY 2 DESC LIMIT $limit`)
  const selectSpans = db.prepare(`
    SELECT min(raised_at, alarm ->> 'since') AS "from", coalesce(alarm ->> 'healedAt', closed_at) AS "to" FROM alarms
    WHERE owner_id = $owner AND path = $path AND (closed_at IS NULL OR closed_at >= $from)
      AND alarm ->> 'kind' <> 'happened' AND (severity <> 'warning' OR alarm ->> 'kind' = 'offUsual')
    ORDER BY raised_at DESC LIMIT $limit`)
  let untrimmed = closingsBetweenTrims
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
    untrimmed += changed.filter(({ alarm }) => alarm.closed !== null).length
    if (untrimmed > closingsBetweenTrims) {
      untrimmed = 0
      const deleted = trim.all(mostClosed) as number[]
      if (deleted.length > 0) forget.run(deleted.reduce((latest, at) => Math.max(latest, at)))
    }
  })
  const changesOf = (id: string): readonly AlarmChange[] => selectChanges.all(id).flatMap((text) => readable(alarmChangeSchema, text))
  return {
    /** Notes since when alarms are kept, unless that is known. */
    begin: (at: number): void => {
      if (selectKept.get() === undefined) beginKept.run(Math.round(at))
    },
    /** From when on all alarms are known. */
    keptSince: (): number => selectKept.get() as number,
    /** An alarm as it stood at a moment. */
    stood: (alarm: AlarmRecord, at: number): AlarmRecord | null => alarmThen(alarm, changesOf(alarm.id), at),
    /** Those that were open at a moment, as they were last: the worst ones, in no order, read one by one. */
    *openThen(at: number, { owner, path }: { readonly owner: string | undefined; readonly path: string | undefined }, most: number): Iterable<AlarmRecord> {
      for (const text of selectThen.all({ at, owner: owner ?? null, path: path ?? null, most })) yield* readable(storedAlarmSchema, text)
    },
    /** When a stream had alarms worse than a warning, or was off what is usual, since a moment: the newest ones first. `to` null: it lasts. */
    spansOf: (owner: string, path: string, from: number): readonly { readonly from: number; readonly to: number | null }[] =>
      selectSpans.all({ owner, path, from, limit: mostSpans }) as { from: number; to: number | null }[],
    /** What had alarms of a rule that were open since a moment, and how many: those with most of them first. */
    ofRule: (rule: string, from: number, limit: number): readonly { readonly subject: AlarmSubject; readonly count: number }[] =>
      (selectOfRule.all({ rule, from, limit }) as readonly { readonly subject: string; readonly count: number }[]).flatMap(({ subject, count }) =>
        readable(alarmSubjectSchema, subject).map((of) => ({ subject: of, count })),
      ),
    /** Those that were open at some time of a period, the newest first. */
    within: (from: number, to: number): readonly { readonly id: string; readonly closedAt: number | null }[] =>
      (selectIdsWithin.all(to, from) as readonly { readonly id: string; readonly closed_at: number | null }[]).map(({ id, closed_at: closedAt }) => ({
        id,
        closedAt,
      })),
    /** What happened in a period to the alarms that were raised last, the newest, oldest first. */
    steps: ({ serverId, hostId, path, from, to = Number.MAX_SAFE_INTEGER, limit }: AlarmStepsInput): readonly AlarmStep[] =>
      selectWithin
        .all({ from, to, owner: serverId ?? hostId ?? null, path: path ?? null, limit })
        .flatMap((text) => readable(storedAlarmSchema, text))
        .flatMap(({ id, kind: latest, subject, serverName }) => {
          let kind = latest
          return changesOf(id).map((change) => {
            if ('trouble' in change) kind = change.trouble
            return { id, kind, subject, serverName, change }
          })
        })
        .filter(({ change: { at } }) => at >= from && at <= to)
        .sort((a, b) => a.change.at - b.change.at)
        .slice(-limit),
    /** One that can't be read is left out: the rest must not be lost with it. */
    open: (): { readonly alarms: readonly AlarmRecord[]; readonly unreadable: number } => {
      const texts = selectOpen.all()
      const alarms = texts.flatMap((text) => readable(storedAlarmSchema, text))
      return { alarms, unreadable: texts.length - alarms.length }
    },
    get: (id: string): AlarmRecord | null => {
      const text = selectOne.get(id)
      return (text === undefined ? undefined : readable(storedAlarmSchema, text)[0]) ?? null
    },
    /** Of an incident, the open ones and the newest first. */
    ofIncident: (incident: string, most: number): readonly AlarmRecord[] =>
      selectIncident.all(incident, most).flatMap((text) => readable(storedAlarmSchema, text)),
    changes: changesOf,
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
        .flatMap((text) => readable(storedAlarmSchema, text))
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
export type AlarmRows = ReturnType<typeof createAlarmRows>

/** What a stored text says, or nothing: a bit may have flipped in it. */
function readable<Stored>(schema: z.ZodType<Stored>, text: unknown): readonly Stored[] {
  const { success, data } = schema.safeParse(storedJson(text))
  return success ? [data] : []
}
