import type { Database } from 'better-sqlite3'
import { type DailyCamera, type DailyChange, type DailyCounts, type DailyVerdict, dailyVerdicts } from '../../shared/dailyChecks.ts'
import { isProbeId } from '../../shared/ownerIds.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { StoredCamera } from './bundledReports.ts'
import { type Camera, type CameraKnowledge, type CameraResult, foundOf, type KnownCamera, type NumberedCamera, nothingFound } from './dailyCamera.ts'
import type { KnownCameras } from './knownCameras.ts'

interface CameraRow {
  readonly no: number
  readonly owner: string
  readonly path: string
  readonly name: string
  readonly place: string
  readonly verdict: DailyVerdict
  readonly change: DailyChange | null
  readonly fault_since: number | null
  readonly checked_at: number | null
  readonly found: string
  readonly before_verdict: DailyVerdict | null
  readonly before_found: string | null
  readonly before_at: number | null
}

const order = (column: string, all: readonly string[]): string =>
  `CASE ${column} ${all.map((one, place) => `WHEN '${one}' THEN ${place}`).join(' ')} ELSE ${all.length} END`
/** The worst first, and among them what is new. */
const worstFirst = `${order('c.verdict', dailyVerdicts)}, ${order('c.change', ['newFault', 'new', 'stillFault', 'mended'])}, c.place, c.name, c.no`

/** The cameras of reports, each with what the report that it is compared with says of it. */
export function createCameraRows(db: Database, known: Pick<KnownCameras, 'know' | 'forget'>) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO daily_cameras (report, no, owner, path, name, place, verdict, found) VALUES (@report, @no, @owner, @path, @name, @place, 'waiting', '{}')`,
  )
  const nextNo = db.prepare<[number], number>('SELECT coalesce(max(no) + 1, 0) FROM daily_cameras WHERE report = ?').pluck()
  const waiting = db.prepare<[number], NumberedCamera>(
    "SELECT no, owner, path, name, place FROM daily_cameras WHERE report = ? AND verdict = 'waiting' ORDER BY no",
  )
  const setResult = db.prepare(
    `UPDATE daily_cameras SET verdict = @verdict, change = @change, fault_since = @faultSince, checked_at = @checkedAt, found = @found
     WHERE report = @report AND no = @no`,
  )
  const selected = `FROM daily_cameras c JOIN daily_reports r ON r.id = c.report
    LEFT JOIN daily_cameras b ON b.report = r.before AND b.owner = c.owner AND b.path = c.path
    LEFT JOIN daily_reports br ON br.id = b.report`
  const columns = `c.no, c.owner, c.path, c.name, c.place, c.verdict, c.change, c.fault_since, c.checked_at, c.found,
    b.verdict AS before_verdict, b.found AS before_found, br.planned_at AS before_at`
  const wanted = 'c.report = @report AND (@verdict IS NULL OR c.verdict = @verdict) AND (@change IS NULL OR c.change = @change)'
  const cameras = db.prepare<unknown[], CameraRow>(`SELECT ${columns} ${selected} WHERE ${wanted} ORDER BY ${worstFirst} LIMIT @limit OFFSET @offset`)
  const countWanted = db.prepare<unknown[], number>(`SELECT count(*) FROM daily_cameras c WHERE ${wanted}`).pluck()
  const camera = db.prepare<[number, number], CameraRow>(`SELECT ${columns} ${selected} WHERE c.report = ? AND c.no = ?`)
  const tally = db.prepare<[number], { verdict: DailyVerdict; change: DailyChange | null; count: number }>(
    'SELECT verdict, change, count(*) AS count FROM daily_cameras WHERE report = ? GROUP BY verdict, change',
  )
  const countAll = db.prepare<[], number>('SELECT count(*) FROM daily_cameras').pluck()
  const remove = db.prepare('DELETE FROM daily_cameras WHERE report = ?')

  /** Adds cameras to a report, in addition to those it has, and returns the number of the first. */
  const addCameras = (report: number, all: readonly Camera[]): number => {
    const first = nextNo.get(report) ?? 0
    for (const [place, one] of all.entries()) insert.run({ report, no: first + place, owner: one.owner, path: one.path, name: one.name, place: one.place })
    return first
  }
  const storeResult = db.transaction(
    (report: number, of: NumberedCamera, { verdict, change, faultSince, checkedAt, ...found }: CameraResult, keeps: CameraKnowledge): void => {
      const moments = { faultSince, checkedAt: checkedAt === null ? null : Math.round(checkedAt) }
      setResult.run({ report, no: of.no, verdict, change, ...moments, found: JSON.stringify(found) })
      known.know(report, of, keeps)
    },
  )

  return {
    addCameras,
    /** Adds those of a bundle, with what was found. */
    restoreCameras: (report: number, all: readonly StoredCamera[]): void => {
      for (const { owner, path, name, place, no, found, ...result } of all) {
        insert.run({ report, no, owner, path, name, place })
        setResult.run({ report, no, ...result, found: JSON.stringify(found) })
      }
    },
    /** Cameras that are not there any more. */
    gone: db.transaction((report: number, all: readonly KnownCamera[]): void => {
      const first = addCameras(report, all)
      for (const [place, one] of all.entries()) {
        const no = first + place
        setResult.run({ report, no, verdict: 'gone', change: 'gone', faultSince: null, checkedAt: null, found: JSON.stringify(nothingFound) })
        known.forget(one)
      }
    }),
    waiting: (report: number): NumberedCamera[] => waiting.all(report),
    /** How a camera's turn ended, and what is known of it from now on. */
    result: (report: number, of: NumberedCamera, result: CameraResult, keeps: CameraKnowledge): void =>
      // What a power cut takes is checked again.
      unsynced(db, () => storeResult(report, of, result, keeps)),
    cameras: (
      report: number,
      asked: { readonly verdict: DailyVerdict | null; readonly change: DailyChange | null; readonly limit: number; readonly offset: number },
    ) => ({
      cameras: cameras.all({ report, ...asked }).map(cameraOf),
      total: countWanted.get({ report, ...asked }) ?? 0,
    }),
    camera: (report: number, no: number): DailyCamera | null => {
      const row = camera.get(report, no)
      return row === undefined ? null : cameraOf(row)
    },
    countsOf: (report: number): DailyCounts => {
      const counts = { cameras: 0, waiting: 0, ok: 0, fault: 0, notChecked: 0, newFault: 0, stillFault: 0, mended: 0, new: 0, gone: 0 }
      for (const { verdict, change, count } of tally.all(report)) {
        if (verdict !== 'gone') {
          counts[verdict] += count
          counts.cameras += count
        }
        if (change !== null) counts[change] += count
      }
      return counts
    },
    /** Cameras of all reports together. */
    countCameras: (): number => countAll.get() ?? 0,
    removeCameras: (report: number): void => void remove.run(report),
  }
}
export type CameraRows = ReturnType<typeof createCameraRows>

function cameraOf(row: CameraRow): DailyCamera {
  const { owner, path } = row
  const isOfProbe = path === '' && isProbeId(owner)
  const { faults, why, picture } = foundOf(row.before_found)
  return {
    no: row.no,
    serverId: isOfProbe ? null : owner,
    path: isOfProbe ? null : path,
    probeId: isOfProbe ? owner : null,
    name: row.name,
    place: row.place,
    verdict: row.verdict,
    change: row.change,
    faultSince: row.fault_since,
    checkedAt: row.checked_at,
    ...foundOf(row.found),
    before: row.before_verdict === null || row.before_at === null ? null : { at: row.before_at, verdict: row.before_verdict, faults, why, picture },
  }
}
