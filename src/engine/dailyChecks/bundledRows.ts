import type { Database } from 'better-sqlite3'
import type { StoredCamera, StoredReport } from './bundledReports.ts'
import type { CameraRows } from './cameraRows.ts'
import { foundOf } from './dailyCamera.ts'
import type { ReportRows } from './reportRows.ts'

/** Cameras of a report that are read at once. */
const camerasAtOnce = 500

/** Reports as they are stored: what goes into a bundle, and what comes from one. */
export function createBundledRows(db: Database, reports: Pick<ReportRows, 'get'>, cameras: Pick<CameraRows, 'restoreCameras' | 'countsOf'>) {
  /** Of a period the reports that ended, the newest before it, and those that they are compared with. */
  const bundled = db
    .prepare<unknown[], number>(
      `WITH shown AS (
         SELECT id, before FROM daily_reports WHERE state <> 'running' AND planned_at BETWEEN @from AND @to
         UNION SELECT id, before FROM (SELECT id, before FROM daily_reports WHERE state IN ('done', 'stopped') AND planned_at < @from ORDER BY planned_at DESC, id DESC LIMIT 1))
       SELECT r.id FROM daily_reports r WHERE r.state <> 'running' AND (r.id IN (SELECT id FROM shown) OR r.id IN (SELECT before FROM shown))
       ORDER BY r.planned_at DESC, r.id DESC`,
    )
    .pluck()
  const before = db.prepare<[number], number | null>('SELECT before FROM daily_reports WHERE id = ?').pluck()
  const storedCameras = db.prepare<[number, number], Omit<StoredCamera, 'found'> & { readonly found: string }>(
    `SELECT no, owner, path, name, place, verdict, change, fault_since AS faultSince, checked_at AS checkedAt, found
     FROM daily_cameras WHERE report = ? AND no > ? ORDER BY no LIMIT ${camerasAtOnce}`,
  )
  const restoreReport = db.prepare(
    `INSERT INTO daily_reports (id, state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, told, before)
     VALUES (@id, @state, @plannedAt, @startedAt, @endsAt, @endedAt, @by, @wakes, @leftOut, 1, @before)`,
  )
  const setCounts = db.prepare('UPDATE daily_reports SET counts = ? WHERE id = ?')
  return {
    /** Ids of the reports that belong to a period in a bundle, the newest first. */
    bundled: (from: number, to: number): number[] => bundled.all({ from: Math.floor(from), to: Math.ceil(to) }),
    stored: (id: number): Omit<StoredReport, 'cameras'> | null => {
      const found = reports.get(id)
      if (found === null || found.state === 'running') return null
      const { counts: _, ...report } = found
      return { ...report, state: found.state, before: before.get(id) ?? null }
    },
    /** The next cameras of a report, by their numbers. */
    storedCameras: (report: number, after: number): StoredCamera[] =>
      storedCameras.all(report, after).map((camera) => ({ ...camera, found: foundOf(camera.found) })),
    /** Stores the reports of a bundle. */
    restore: db.transaction((all: readonly StoredReport[]): void => {
      for (const { cameras: ofReport, wakes, ...report } of all) {
        restoreReport.run({ ...report, wakes: wakes ? 1 : 0 })
        cameras.restoreCameras(report.id, ofReport)
        setCounts.run(JSON.stringify(cameras.countsOf(report.id)), report.id)
      }
    }),
  }
}
