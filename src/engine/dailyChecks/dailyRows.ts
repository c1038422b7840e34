import type { Database } from 'better-sqlite3'
import type { z } from 'zod'
import {
  type DailyCamera,
  type DailyChange,
  type DailyCounts,
  type DailyReport,
  type DailyVerdict,
  dailyCameraSchema,
  dailyReportSchema,
  dailyVerdicts,
} from '../../shared/dailyChecks.ts'
import { isProbeId } from '../../shared/ownerIds.ts'
import { storedJson } from '../storage/storedJson.ts'
import { unsynced } from '../storage/unsynced.ts'
import type { StoredCamera, StoredReport } from './bundledReports.ts'

const { counts: countsSchema } = dailyReportSchema.shape

/** A camera: a path of a server, or a probe, whose path is empty. */
export interface CameraName {
  /** Id of the server or the probe. */
  readonly owner: string
  readonly path: string
}
export interface Camera extends CameraName {
  /** Path of a stream, or name of a probe. */
  readonly name: string
  /** Name of the server, or project of the probe. */
  readonly place: string
}
/** What is kept of a camera from report to report. */
export interface KnownCamera extends Camera {
  /** When the first report in a row began in which it has a fault; null: it had none in the last one that checked it. */
  readonly faultSince: number | null
  /** Size that its picture has as far as is known. */
  readonly widthPx: number | null
  readonly heightPx: number | null
}
export interface NumberedCamera extends Camera {
  readonly no: number
}

/** What is stored of what was found, beside what has a column. */
export const foundSchema = dailyCameraSchema.pick({ faults: true, why: true, woken: true, measured: true, picture: true })
type Found = z.infer<typeof foundSchema>
const nothingFound: Found = { faults: [], why: null, woken: false, measured: null, picture: null }
/** How a camera's turn ended. */
export interface CameraResult extends Found {
  readonly verdict: Exclude<DailyVerdict, 'waiting' | 'gone'>
  readonly change: DailyChange | null
  readonly faultSince: number | null
  readonly checkedAt: number | null
}

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

/** Cameras of all reports together: about 120 MB in snapshots.db and in each of its copies. The oldest reports go first. */
const mostRows = 300_000

/** Cameras of a report that are read at once. */
const camerasAtOnce = 500

const order = (column: string, all: readonly string[]): string =>
  `CASE ${column} ${all.map((one, place) => `WHEN '${one}' THEN ${place}`).join(' ')} ELSE ${all.length} END`
/** The worst first, and among them what is new. */
const worstFirst = `${order('c.verdict', dailyVerdicts)}, ${order('c.change', ['newFault', 'new', 'stillFault', 'mended'])}, c.place, c.name, c.no`

/** Reports of the daily check in snapshots.db: the only SQL on its tables. */
export function createDailyRows(db: Database) {
  const reportColumns = 'id, state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, counts'
  const insertReport = db.prepare(
    `INSERT INTO daily_reports (state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, told, before)
     VALUES (@state, @plannedAt, @startedAt, @endsAt, @endedAt, @by, @wakes, 0, 0,
       (SELECT coalesce(max(CASE WHEN state = 'done' THEN id END), max(id)) FROM daily_reports WHERE state IN ('done', 'stopped')))`,
  )
  const setLeftOut = db.prepare('UPDATE daily_reports SET left_out = ? WHERE id = ?')
  const endReport = db.prepare("UPDATE daily_reports SET state = ?, ended_at = ?, counts = ? WHERE id = ? AND state = 'running'")
  const setTold = db.prepare('UPDATE daily_reports SET told = 1 WHERE id = ?')
  const untold = db.prepare<[], number>("SELECT id FROM daily_reports WHERE told = 0 AND state <> 'running' ORDER BY id").pluck()
  const running = db.prepare<[], ReportRow>(`SELECT ${reportColumns} FROM daily_reports WHERE state = 'running' ORDER BY id DESC LIMIT 1`)
  const byId = db.prepare<[number], ReportRow>(`SELECT ${reportColumns} FROM daily_reports WHERE id = ?`)
  const listed = db.prepare<[number, number], ReportRow>(
    `SELECT ${reportColumns} FROM daily_reports WHERE planned_at <= ? ORDER BY planned_at DESC, id DESC LIMIT ?`,
  )
  const planned = db.prepare<[number], number>('SELECT 1 FROM daily_reports WHERE planned_at = ? AND started_by IS NULL LIMIT 1').pluck()
  const countReports = db.prepare<[], number>('SELECT count(*) FROM daily_reports').pluck()
  const countRows = db.prepare<[], number>('SELECT count(*) FROM daily_cameras').pluck()
  const tally = db.prepare<[number], { verdict: DailyVerdict; change: DailyChange | null; count: number }>(
    'SELECT verdict, change, count(*) AS count FROM daily_cameras WHERE report = ? GROUP BY verdict, change',
  )
  const oldest = db.prepare<[], number>("SELECT id FROM daily_reports WHERE state <> 'running' ORDER BY planned_at, id LIMIT 1").pluck()
  const older = db.prepare<[number], number>("SELECT id FROM daily_reports WHERE state <> 'running' AND planned_at < ? ORDER BY id LIMIT 1").pluck()
  const removeCameras = db.prepare('DELETE FROM daily_cameras WHERE report = ?')
  const removeReport = db.prepare('DELETE FROM daily_reports WHERE id = ?')

  const insertCamera = db.prepare(
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
  const cameraColumns = `c.no, c.owner, c.path, c.name, c.place, c.verdict, c.change, c.fault_since, c.checked_at, c.found,
    b.verdict AS before_verdict, b.found AS before_found, br.planned_at AS before_at`
  const wanted = 'c.report = @report AND (@verdict IS NULL OR c.verdict = @verdict) AND (@change IS NULL OR c.change = @change)'
  const cameras = db.prepare<unknown[], CameraRow>(`SELECT ${cameraColumns} ${selected} WHERE ${wanted} ORDER BY ${worstFirst} LIMIT @limit OFFSET @offset`)
  const countCameras = db.prepare<unknown[], number>(`SELECT count(*) FROM daily_cameras c WHERE ${wanted}`).pluck()
  const camera = db.prepare<[number, number], CameraRow>(`SELECT ${cameraColumns} ${selected} WHERE c.report = ? AND c.no = ?`)

  const known = db.prepare<[string, string], KnownCamera>(
    'SELECT owner, path, name, place, fault_since AS faultSince, width AS widthPx, height AS heightPx FROM daily_known WHERE owner = ? AND path = ?',
  )
  const missing = db.prepare<[number], KnownCamera>(
    `SELECT owner, path, name, place, fault_since AS faultSince, width AS widthPx, height AS heightPx FROM daily_known k
     WHERE NOT EXISTS (SELECT 1 FROM daily_cameras c WHERE c.report = ? AND c.owner = k.owner AND c.path = k.path) ORDER BY owner, path`,
  )
  const setKnown = db.prepare(
    `INSERT OR REPLACE INTO daily_known (owner, path, name, place, fault_since, width, height, report)
     VALUES (@owner, @path, @name, @place, @faultSince, @widthPx, @heightPx, @report)`,
  )
  const setSize = db.prepare('UPDATE daily_known SET width = ?, height = ? WHERE owner = ? AND path = ?')
  const forgetKnown = db.prepare('DELETE FROM daily_known WHERE owner = ? AND path = ?')
  const forgetOldKnown = db.prepare('DELETE FROM daily_known WHERE report < coalesce((SELECT min(id) FROM daily_reports), 0)')

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
  const stored = db.prepare<[number], ReportRow & { readonly before: number | null }>(`SELECT ${reportColumns}, before FROM daily_reports WHERE id = ?`)
  const storedCameras = db.prepare<[number, number], Omit<CameraRow, `before_${string}`>>(
    `SELECT no, owner, path, name, place, verdict, change, fault_since, checked_at, found FROM daily_cameras WHERE report = ? AND no > ? ORDER BY no LIMIT ${camerasAtOnce}`,
  )
  const restoreReport = db.prepare(
    `INSERT INTO daily_reports (id, state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, told, before)
     VALUES (@id, @state, @plannedAt, @startedAt, @endsAt, @endedAt, @by, @wakes, @leftOut, 1, @before)`,
  )
  const setCounts = db.prepare('UPDATE daily_reports SET counts = ? WHERE id = ?')

  const countsOf = (report: number): DailyCounts => {
    const counts = { cameras: 0, waiting: 0, ok: 0, fault: 0, notChecked: 0, newFault: 0, stillFault: 0, mended: 0, new: 0, gone: 0 }
    for (const { verdict, change, count } of tally.all(report)) {
      if (verdict !== 'gone') {
        counts[verdict] += count
        counts.cameras += count
      }
      if (change !== null) counts[change] += count
    }
    return counts
  }
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
  const get = (id: number): DailyReport | null => {
    const row = byId.get(id)
    return row === undefined ? null : reportOf(row)
  }
  const drop = (id: number): void => {
    removeCameras.run(id)
    removeReport.run(id)
  }

  const storeResult = db.transaction(
    (report: number, of: NumberedCamera, { verdict, change, faultSince, checkedAt, ...found }: CameraResult, keeps: Omit<KnownCamera, keyof Camera>): void => {
      const moments = { faultSince, checkedAt: checkedAt === null ? null : Math.round(checkedAt) }
      setResult.run({ report, no: of.no, verdict, change, ...moments, found: JSON.stringify(found) })
      setKnown.run({ owner: of.owner, path: of.path, name: of.name, place: of.place, ...keeps, report })
    },
  )

  return {
    get,
    /** All of it is stored, or nothing. */
    inOne: <T>(work: () => T): T => db.transaction(work).immediate(),
    running: (): DailyReport | null => {
      const row = running.get()
      return row === undefined ? null : reportOf(row)
    },
    /** Those that were due or begun by hand up to a moment, the newest first. */
    list: (until: number, limit: number): DailyReport[] => listed.all(Math.round(until), limit).map(reportOf),
    count: (): number => countReports.get() ?? 0,
    /** Whether there is a report of a check that was due at a moment, also one of an earlier process. */
    isPlanned: (at: number): boolean => planned.get(Math.round(at)) !== undefined,
    add: (report: Pick<DailyReport, 'state' | 'plannedAt' | 'startedAt' | 'endsAt' | 'endedAt' | 'by' | 'wakes'>): number =>
      Number(
        insertReport.run({
          ...report,
          wakes: report.wakes ? 1 : 0,
          plannedAt: Math.round(report.plannedAt),
          startedAt: report.startedAt === null ? null : Math.round(report.startedAt),
          endsAt: Math.round(report.endsAt),
          endedAt: report.endedAt === null ? null : Math.round(report.endedAt),
        }).lastInsertRowid,
      ),
    end: (id: number, state: DailyReport['state'], at: number): void => void endReport.run(state, Math.round(at), JSON.stringify(countsOf(id)), id),
    /** Those that ended and whose channels have not got them yet. */
    untold: (): number[] => untold.all(),
    told: (id: number): void => void setTold.run(id),
    /** The cameras of a report, in addition to those it has; `leftOut`: how many more there are. */
    plan: db.transaction((report: number, all: readonly Camera[], leftOut: number): void => {
      const first = nextNo.get(report) ?? 0
      for (const [place, one] of all.entries())
        insertCamera.run({ report, no: first + place, owner: one.owner, path: one.path, name: one.name, place: one.place })
      setLeftOut.run(leftOut, report)
    }),
    /** Cameras that are not there any more. */
    gone: db.transaction((report: number, all: readonly KnownCamera[]): void => {
      const first = nextNo.get(report) ?? 0
      for (const [place, one] of all.entries()) {
        const no = first + place
        insertCamera.run({ report, no, owner: one.owner, path: one.path, name: one.name, place: one.place })
        setResult.run({ report, no, verdict: 'gone', change: 'gone', faultSince: null, checkedAt: null, found: JSON.stringify(nothingFound) })
        forgetKnown.run(one.owner, one.path)
      }
    }),
    /** Nothing is known of it any more. */
    forget: ({ owner, path }: CameraName): void => void forgetKnown.run(owner, path),
    /** The size that a camera is known to have. */
    setSize: ({ owner, path }: CameraName, widthPx: number, heightPx: number): void => void setSize.run(widthPx, heightPx, owner, path),
    waiting: (report: number): NumberedCamera[] => waiting.all(report),
    /** How a camera's turn ended, and what is known of it from now on. */
    result: (report: number, of: NumberedCamera, result: CameraResult, keeps: Omit<KnownCamera, keyof Camera>): void =>
      // What a power cut takes is checked again.
      unsynced(db, () => storeResult(report, of, result, keeps)),
    known: ({ owner, path }: CameraName): KnownCamera | null => known.get(owner, path) ?? null,
    /** Cameras that were in an earlier report, and are not in this one. */
    missing: (report: number): KnownCamera[] => missing.all(report),
    cameras: (
      report: number,
      asked: { readonly verdict: DailyVerdict | null; readonly change: DailyChange | null; readonly limit: number; readonly offset: number },
    ) => ({
      cameras: cameras.all({ report, ...asked }).map(cameraOf),
      total: countCameras.get({ report, ...asked }) ?? 0,
    }),
    camera: (report: number, no: number): DailyCamera | null => {
      const row = camera.get(report, no)
      return row === undefined ? null : cameraOf(row)
    },
    /** Ids of the reports that belong to a period in a bundle, the newest first. */
    bundled: (from: number, to: number): number[] => bundled.all({ from: Math.floor(from), to: Math.ceil(to) }),
    stored: (id: number): Omit<StoredReport, 'cameras'> | null => {
      const row = stored.get(id)
      if (row === undefined || row.state === 'running') return null
      const { counts: _, ...report } = reportOf(row)
      return { ...report, state: row.state, before: row.before }
    },
    /** The next cameras of a report, by their numbers. */
    storedCameras: (report: number, after: number): StoredCamera[] =>
      storedCameras.all(report, after).map(({ fault_since, checked_at, found, ...camera }) => ({
        ...camera,
        faultSince: fault_since,
        checkedAt: checked_at,
        found: foundOf(found),
      })),
    /** Stores the reports of a bundle. */
    restore: db.transaction((reports: readonly StoredReport[]): void => {
      for (const { cameras: all, wakes, ...report } of reports) {
        restoreReport.run({ ...report, wakes: wakes ? 1 : 0 })
        for (const { owner, path, name, place, no, found, ...result } of all) {
          insertCamera.run({ report: report.id, no, owner, path, name, place })
          setResult.run({ report: report.id, no, ...result, found: JSON.stringify(found) })
        }
        setCounts.run(JSON.stringify(countsOf(report.id)), report.id)
      }
    }),
    /** Deletes reports that were due before a moment, and the oldest beyond what is kept of all. */
    clear: db.transaction((before: number): void => {
      for (let id = older.get(Math.round(before)); id !== undefined; id = older.get(Math.round(before))) drop(id)
      while ((countRows.get() ?? 0) > mostRows && (countReports.get() ?? 0) > 1) {
        const id = oldest.get()
        if (id === undefined) break
        drop(id)
      }
      forgetOldKnown.run()
    }),
  }
}
export type DailyRows = ReturnType<typeof createDailyRows>

export const ownerOf = ({ serverId, probeId, path }: Pick<DailyCamera, 'serverId' | 'probeId' | 'path'>): CameraName => ({
  owner: serverId ?? probeId ?? '',
  path: path ?? '',
})

const foundOf = (text: string | null): Found => foundSchema.safeParse(storedJson(text)).data ?? nothingFound

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
