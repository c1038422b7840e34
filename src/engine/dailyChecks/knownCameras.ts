import type { Database } from 'better-sqlite3'
import type { Camera, CameraKnowledge, CameraName, KnownCamera } from './dailyCamera.ts'

/** What is kept of cameras from report to report. */
export function createKnownCameras(db: Database) {
  const columns = 'owner, path, name, place, fault_since AS faultSince, width AS widthPx, height AS heightPx'
  const known = db.prepare<[string, string], KnownCamera>(`SELECT ${columns} FROM daily_known WHERE owner = ? AND path = ?`)
  const missing = db.prepare<[number], KnownCamera>(
    `SELECT ${columns} FROM daily_known k
     WHERE NOT EXISTS (SELECT 1 FROM daily_cameras c WHERE c.report = ? AND c.owner = k.owner AND c.path = k.path) ORDER BY owner, path`,
  )
  const set = db.prepare(
    `INSERT OR REPLACE INTO daily_known (owner, path, name, place, fault_since, width, height, report)
     VALUES (@owner, @path, @name, @place, @faultSince, @widthPx, @heightPx, @report)`,
  )
  const setSize = db.prepare('UPDATE daily_known SET width = ?, height = ? WHERE owner = ? AND path = ?')
  const forget = db.prepare('DELETE FROM daily_known WHERE owner = ? AND path = ?')
  const forgetOld = db.prepare('DELETE FROM daily_known WHERE report < coalesce((SELECT min(id) FROM daily_reports), 0)')
  return {
    known: ({ owner, path }: CameraName): KnownCamera | null => known.get(owner, path) ?? null,
    /** Cameras that were in an earlier report, and are not in this one. */
    missing: (report: number): KnownCamera[] => missing.all(report),
    /** What is known of a camera from this report on. */
    know: (report: number, { owner, path, name, place }: Camera, keeps: CameraKnowledge): void => void set.run({ owner, path, name, place, ...keeps, report }),
    /** The size that a camera is known to have. */
    setSize: ({ owner, path }: CameraName, widthPx: number, heightPx: number): void => void setSize.run(widthPx, heightPx, owner, path),
    /** Nothing is known of it any more. */
    forget: ({ owner, path }: CameraName): void => void forget.run(owner, path),
    /** Forgets those that no report has any more. */
    forgetOld: (): void => void forgetOld.run(),
  }
}
export type KnownCameras = ReturnType<typeof createKnownCameras>
