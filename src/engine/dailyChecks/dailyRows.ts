import type { Database } from 'better-sqlite3'
import { createBundledRows } from './bundledRows.ts'
import { createCameraRows } from './cameraRows.ts'
import type { Camera } from './dailyCamera.ts'
import { createKnownCameras } from './knownCameras.ts'
import { createReportRows } from './reportRows.ts'

/** Cameras of all reports together: about 120 MB in snapshots.db and in each of its copies. The oldest reports go first. */
const mostRows = 300_000

/**
 * Reports of the daily check in snapshots.db, with a room each for reports, their cameras, what is known of cameras from one report to the next, and
 * bundles: the only SQL on their tables.
 */
export function createDailyRows(db: Database) {
  const known = createKnownCameras(db)
  const cameras = createCameraRows(db, known)
  const reports = createReportRows(db, cameras.countsOf)
  const drop = (id: number): void => {
    cameras.removeCameras(id)
    reports.removeReport(id)
  }
  return {
    ...known,
    ...cameras,
    ...reports,
    ...createBundledRows(db, reports, cameras),
    /** All of it is stored, or nothing. */
    inOne: <T>(work: () => T): T => db.transaction(work).immediate(),
    /** The cameras of a report, in addition to those it has; `leftOut`: how many more there are. */
    plan: db.transaction((report: number, all: readonly Camera[], leftOut: number): void => {
      cameras.addCameras(report, all)
      reports.setLeftOut(report, leftOut)
    }),
    /** Deletes reports that were due before a moment, and the oldest beyond what is kept of all. */
    clear: db.transaction((before: number): void => {
      for (let id = reports.olderThan(before); id !== null; id = reports.olderThan(before)) drop(id)
      while (cameras.countCameras() > mostRows && reports.count() > 1) {
        const id = reports.oldest()
        if (id === null) break
        drop(id)
      }
      known.forgetOld()
    }),
  }
}
export type DailyRows = ReturnType<typeof createDailyRows>
