import type { Database } from 'better-sqlite3'
import { type DailyCounts, type DailyReport, dailyReportSchema } from '../../shared/dailyChecks.ts'
import { storedJson } from '../storage/storedJson.ts'

const { counts: countsSchema } = dailyReportSchema.shape

interface ReportRow {
  readonly id: number
  readonly state: DailyReport['state']
  readonly planned_at: number
  readonly started_at: number | null
  readonly ends_at: number
  readonly ended_at: number | null
  readonly started_by: string | null
  readonly wakes: 0 | 1
  readonly left_out: number
  readonly counts: string | null
}

/** Reports without their cameras. `countsOf`: counts the cameras of one. */
export function createReportRows(db: Database, countsOf: (report: number) => DailyCounts) {
  const columns = 'id, state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, counts'
  const insert = db.prepare(
    `INSERT INTO daily_reports (state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, told, before)
     VALUES (@state, @plannedAt, @startedAt, @endsAt, @endedAt, @by, @wakes, 0, 0,
       (SELECT coalesce(max(CASE WHEN state = 'done' THEN id END), max(id)) FROM daily_reports WHERE state IN ('done', 'stopped')))`,
  )
  const setLeftOut = db.prepare('UPDATE daily_reports SET left_out = ? WHERE id = ?')
  const end = db.prepare("UPDATE daily_reports SET state = ?, ended_at = ?, counts = ? WHERE id = ? AND state = 'running'")
  const markSent = db.prepare('UPDATE daily_reports SET told = 1 WHERE id = ?')
  const unsent = db.prepare<[], number>("SELECT id FROM daily_reports WHERE told = 0 AND state <> 'running' ORDER BY id").pluck()
  const running = db.prepare<[], ReportRow>(`SELECT ${columns} FROM daily_reports WHERE state = 'running' ORDER BY id DESC LIMIT 1`)
  const byId = db.prepare<[number], ReportRow>(`SELECT ${columns} FROM daily_reports WHERE id = ?`)
  const listed = db.prepare<[number, number], ReportRow>(`SELECT ${columns} FROM daily_reports WHERE planned_at <= ? ORDER BY planned_at DESC, id DESC LIMIT ?`)
  const planned = db.prepare<[number], number>('SELECT 1 FROM daily_reports WHERE planned_at = ? AND started_by IS NULL LIMIT 1').pluck()
  const count = db.prepare<[], number>('SELECT count(*) FROM daily_reports').pluck()
  const oldest = db.prepare<[], number>("SELECT id FROM daily_reports WHERE state <> 'running' ORDER BY planned_at, id LIMIT 1").pluck()
  const older = db.prepare<[number], number>("SELECT id FROM daily_reports WHERE state <> 'running' AND planned_at < ? ORDER BY id LIMIT 1").pluck()
  const remove = db.prepare('DELETE FROM daily_reports WHERE id = ?')

  const reportOf = (row: ReportRow): DailyReport => ({
    id: row.id,
    state: row.state,
    plannedAt: row.planned_at,
    startedAt: row.started_at,
    endsAt: row.ends_at,
    endedAt: row.ended_at,
    by: row.started_by,
    wakes: row.wakes === 1,
    leftOut: row.left_out,
    counts: countsSchema.safeParse(storedJson(row.counts)).data ?? countsOf(row.id),
  })
  const reportOrNull = (row: ReportRow | undefined): DailyReport | null => (row === undefined ? null : reportOf(row))

  return {
    get: (id: number): DailyReport | null => reportOrNull(byId.get(id)),
    running: (): DailyReport | null => reportOrNull(running.get()),
    /** Those that were due or begun by hand up to a moment, the newest first. */
    list: (until: number, limit: number): DailyReport[] => listed.all(Math.round(until), limit).map(reportOf),
    count: (): number => count.get() ?? 0,
    /** Whether there is a report of a check that was due at a moment, also one of an earlier process. */
    isPlanned: (at: number): boolean => planned.get(Math.round(at)) !== undefined,
    add: (report: Pick<DailyReport, 'state' | 'plannedAt' | 'startedAt' | 'endsAt' | 'endedAt' | 'by' | 'wakes'>): number =>
      Number(
        insert.run({
          ...report,
          wakes: report.wakes ? 1 : 0,
          plannedAt: Math.round(report.plannedAt),
          startedAt: report.startedAt === null ? null : Math.round(report.startedAt),
          endsAt: Math.round(report.endsAt),
          endedAt: report.endedAt === null ? null : Math.round(report.endedAt),
        }).lastInsertRowid,
      ),
    /** How many cameras there are beside those that it has. */
    setLeftOut: (id: number, leftOut: number): void => void setLeftOut.run(leftOut, id),
    end: (id: number, state: DailyReport['state'], at: number): void => void end.run(state, Math.round(at), JSON.stringify(countsOf(id)), id),
    /** Those that ended and whose channels have not got them yet. */
    unsent: (): number[] => unsent.all(),
    markSent: (id: number): void => void markSent.run(id),
    /** The one that was due first; null: none has ended. */
    oldest: (): number | null => oldest.get() ?? null,
    /** One that was due before a moment; null: none that has ended was. */
    olderThan: (before: number): number | null => older.get(Math.round(before)) ?? null,
    removeReport: (id: number): void => void remove.run(id),
  }
}
export type ReportRows = ReturnType<typeof createReportRows>
