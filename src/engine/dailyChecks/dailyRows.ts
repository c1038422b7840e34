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
import { isProbeId } from '../../shared/subjectNames.ts'
import { storedJson } from '../storage/storedJson.ts'

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
/** What is kept of a camera from report to report, beside its name. */
interface CameraKnowledge {
  /** When the first report in a row began in which it has a fault; null: it had none in the last one that checked it. */
  readonly faultSince: number | null
  /** Size that its picture has as far as is known. */
  readonly widthPx: number | null
  readonly heightPx: number | null
}
export type KnownCamera = Camera & CameraKnowledge
export interface NumberedCamera extends Camera {
  readonly no: number
}

/** What is stored of what was found, beside what has a column. */
const foundSchema = dailyCameraSchema.pick({ faults: true, why: true, woken: true, probe: true, measured: true, picture: true })
type Found = z.infer<typeof foundSchema>
const nothingFound: Found = { faults: [], why: null, woken: false, probe: null, measured: null, picture: null }
function foundOf(text: string | null): Found {
  return foundSchema.safeParse(storedJson(text)).data ?? nothingFound
}

/** How a camera's turn ended. */
interface CameraResult extends Found {
  readonly verdict: Exclude<DailyVerdict, 'waiting' | 'gone'>
  readonly change: DailyChange | null
  readonly faultSince: number | null
  readonly checkedAt: number | null
}

export function ownerOf({ serverId, probeId, path }: Pick<DailyCamera, 'serverId' | 'probeId' | 'path'>): CameraName {
  return { owner: serverId ?? probeId ?? '', path: path ?? '' }
}

/** Cameras of all reports together: about 120 MB in snapshots.db and in each of its copies. The oldest reports go first. */
const mostRows = 300_000

/** Reports of the daily check in snapshots.db, their cameras, and what is known of cameras from one report to the next: the only SQL on their tables. */
export function createDailyRows(db: Database) {
  const known = knownCameras(db)
  const cameras = cameraRows(db, known)
  const reports = reportRows(db, cameras.countsOf)
  const countAll = db.prepare<[], number>('SELECT count(*) FROM daily_cameras').pluck()
  return {
    ...known,
    ...cameras,
    ...reports,
    /** All of it is stored, or nothing. */
    inOne: <T>(work: () => T): T => db.transaction(work).immediate(),
    /** Deletes reports that were due before a moment, and the oldest beyond what is kept of all. */
    clear: db.transaction((before: number): void => {
      reports.removeOlder(before)
      while ((countAll.get() ?? 0) > mostRows && reports.count() > 1 && reports.removeOldest());
      known.forgetOld()
    }),
  }
}
export type DailyRows = ReturnType<typeof createDailyRows>

interface ReportRow extends Omit<DailyReport, 'wakes' | 'counts'> {
  readonly wakes: 0 | 1
  readonly counts: string | null
}

/** Reports; the cameras of one go with it. `countsOf`: counts the cameras of one. */
function reportRows(db: Database, countsOf: (report: number) => DailyCounts) {
  const select = `SELECT id, state, planned_at AS plannedAt, started_at AS startedAt, ends_at AS endsAt, ended_at AS endedAt, started_by AS "by",
    wakes, left_out AS leftOut, counts FROM daily_reports`
  const insert = db.prepare(
    `INSERT INTO daily_reports (state, planned_at, started_at, ends_at, ended_at, started_by, wakes, left_out, told, before)
     VALUES (@state, round(@plannedAt), round(@startedAt), round(@endsAt), round(@endedAt), @by, @wakes, 0, 0,
       (SELECT coalesce(max(CASE WHEN state = 'done' THEN id END), max(id)) FROM daily_reports WHERE state IN ('done', 'stopped')))`,
  )
  const setLeftOut = db.prepare('UPDATE daily_reports SET left_out = ? WHERE id = ?')
  const end = db.prepare("UPDATE daily_reports SET state = ?, ended_at = ?, counts = ? WHERE id = ? AND state = 'running'")
  const markSent = db.prepare('UPDATE daily_reports SET told = 1 WHERE id = ?')
  const unsent = db.prepare<[], number>("SELECT id FROM daily_reports WHERE told = 0 AND state <> 'running' ORDER BY id").pluck()
  const running = db.prepare<[], ReportRow>(`${select} WHERE state = 'running' ORDER BY id DESC LIMIT 1`)
  const byId = db.prepare<[number], ReportRow>(`${select} WHERE id = ?`)
  const listed = db.prepare<[number, number], ReportRow>(`${select} WHERE planned_at <= ? ORDER BY planned_at DESC, id DESC LIMIT ?`)
  const planned = db.prepare<[number], number>('SELECT 1 FROM daily_reports WHERE planned_at = ? AND started_by IS NULL LIMIT 1').pluck()
  const others = db.prepare<[number], number>("SELECT 1 FROM daily_reports WHERE id <> ? AND state IN ('done', 'stopped') LIMIT 1").pluck()
  const count = db.prepare<[], number>('SELECT count(*) FROM daily_reports').pluck()
  const removeOlder = db.prepare<[number]>("DELETE FROM daily_reports WHERE state <> 'running' AND planned_at < ?")
  const removeOldest = db.prepare(
    "DELETE FROM daily_reports WHERE id = (SELECT id FROM daily_reports WHERE state <> 'running' ORDER BY planned_at, id LIMIT 1)",
  )

  const reportOf = (row: ReportRow | undefined): DailyReport | null =>
    row === undefined
      ? null
      : { ...row, wakes: row.wakes === 1, counts: dailyReportSchema.shape.counts.safeParse(storedJson(row.counts)).data ?? countsOf(row.id) }

  return {
    get: (id: number): DailyReport | null => reportOf(byId.get(id)),
    running: (): DailyReport | null => reportOf(running.get()),
    /** Those that were due or begun by hand up to a moment, the newest first. */
    list: (until: number, limit: number): DailyReport[] => listed.all(Math.round(until), limit).flatMap((row) => reportOf(row) ?? []),
    count: (): number => count.get() ?? 0,
    /** Whether there is a report of a check that was due at a moment, also one of an earlier process. */
    isPlanned: (at: number): boolean => planned.get(Math.round(at)) !== undefined,
    /** Whether no other report has ended. */
    isFirst: (id: number): boolean => others.get(id) === undefined,
    add: (report: Pick<DailyReport, 'state' | 'plannedAt' | 'startedAt' | 'endsAt' | 'endedAt' | 'by' | 'wakes'>): number =>
      Number(insert.run({ ...report, wakes: report.wakes ? 1 : 0 }).lastInsertRowid),
    /** How many cameras there are beside those that it has. */
    setLeftOut: (id: number, leftOut: number): void => void setLeftOut.run(leftOut, id),
    end: (id: number, state: DailyReport['state'], at: number): void => void end.run(state, Math.round(at), JSON.stringify(countsOf(id)), id),
    /** Those that ended and whose channels have not got them yet. */
    unsent: (): number[] => unsent.all(),
    markSent: (id: number): void => void markSent.run(id),
    removeOlder: (before: number): void => void removeOlder.run(Math.round(before)),
    /** false: none has ended. */
    removeOldest: (): boolean => removeOldest.run().changes > 0,
  }
}

interface CameraRow extends NumberedCamera, Pick<DailyCamera, 'verdict' | 'change' | 'faultSince' | 'checkedAt'> {
  readonly found: string
  readonly beforeVerdict: DailyVerdict | null
  readonly beforeFound: string | null
  readonly beforeAt: number | null
}

const order = (column: string, all: readonly string[]): string =>
  `CASE ${column} ${all.map((one, place) => `WHEN '${one}' THEN ${place}`).join(' ')} ELSE ${all.length} END`
/** The worst first, and among them what is new. */
const worstFirst = `${order('c.verdict', dailyVerdicts)}, ${order('c.change', ['newFault', 'new', 'stillFault', 'mended'])}, c.place, c.name, c.no`

/** The cameras of reports, each with what the report that it is compared with says of it. */
function cameraRows(db: Database, known: ReturnType<typeof knownCameras>) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO daily_cameras (report, no, owner, path, name, place, verdict, found)
     VALUES (@report, (SELECT coalesce(max(no) + 1, 0) FROM daily_cameras WHERE report = @report), @owner, @path, @name, @place, 'waiting', '{}')`,
  )
  const setGone = db.prepare("UPDATE daily_cameras SET verdict = 'gone', change = 'gone' WHERE report = ? AND owner = ? AND path = ?")
  const waiting = db.prepare<[number], NumberedCamera>(
    "SELECT no, owner, path, name, place FROM daily_cameras WHERE report = ? AND verdict = 'waiting' ORDER BY no",
  )
  const setResult = db.prepare(
    `UPDATE daily_cameras SET verdict = @verdict, change = @change, fault_since = @faultSince, checked_at = round(@checkedAt), found = @found
     WHERE report = @report AND no = @no`,
  )
  const select = `SELECT c.no, c.owner, c.path, c.name, c.place, c.verdict, c.change, c.fault_since AS faultSince, c.checked_at AS checkedAt, c.found,
      b.verdict AS beforeVerdict, b.found AS beforeFound, br.planned_at AS beforeAt
    FROM daily_cameras c JOIN daily_reports r ON r.id = c.report
    LEFT JOIN daily_cameras b ON b.report = r.before AND b.owner = c.owner AND b.path = c.path
    LEFT JOIN daily_reports br ON br.id = b.report`
  const wanted = 'c.report = @report AND (@verdict IS NULL OR c.verdict = @verdict) AND (@change IS NULL OR c.change = @change)'
  const cameras = db.prepare<unknown[], CameraRow>(`${select} WHERE ${wanted} ORDER BY ${worstFirst} LIMIT @limit OFFSET @offset`)
  const countWanted = db.prepare<unknown[], number>(`SELECT count(*) FROM daily_cameras c WHERE ${wanted}`).pluck()
  const camera = db.prepare<[number, number], CameraRow>(`${select} WHERE c.report = ? AND c.no = ?`)
  const tally = db.prepare<[number], { verdict: DailyVerdict; change: DailyChange | null; count: number }>(
    'SELECT verdict, change, count(*) AS count FROM daily_cameras WHERE report = ? GROUP BY verdict, change',
  )
  const addCamera = (report: number, { owner, path, name, place }: Camera): void => void insert.run({ report, owner, path, name, place })
  const storeResult = db.transaction((report: number, of: NumberedCamera, result: CameraResult, keeps: CameraKnowledge): void => {
    const { verdict, change, faultSince, checkedAt, ...found } = result
    setResult.run({ report, no: of.no, verdict, change, faultSince, checkedAt, found: JSON.stringify(found) })
    known.know(report, of, keeps)
  })

  return {
    addCamera,
    /** A camera that is not there any more. */
    addGone: (report: number, camera: Camera): void => {
      addCamera(report, camera)
      setGone.run(report, camera.owner, camera.path)
      known.forget(camera)
    },
    waiting: (report: number): NumberedCamera[] => waiting.all(report),
    /** How a camera's turn ended, and what is known of it from now on. */
    result: (report: number, of: NumberedCamera, result: CameraResult, keeps: CameraKnowledge): void => storeResult(report, of, result, keeps),
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
  }
}

function cameraOf({ owner, path, found, beforeVerdict, beforeFound, beforeAt, ...row }: CameraRow): DailyCamera {
  const isOfProbe = path === '' && isProbeId(owner)
  const { faults, why, picture } = foundOf(beforeFound)
  return {
    ...row,
    ...(isOfProbe ? { serverId: null, path: null, probeId: owner } : { serverId: owner, path, probeId: null }),
    ...foundOf(found),
    before: beforeVerdict === null || beforeAt === null ? null : { at: beforeAt, verdict: beforeVerdict, faults, why, picture },
  }
}

/** What is kept of cameras from report to report. */
function knownCameras(db: Database) {
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
