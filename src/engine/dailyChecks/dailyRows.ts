import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import {
  type DailyCamera,
  type DailyChange,
  type DailyCounts,
  type DailyReport,
  type DailyVerdict,
  dailyCameraSchema,
  dailyFaultSchema,
  dailyReportSchema,
  dailyVerdicts,
} from '../../shared/dailyChecks.ts'
import { knownEntries } from '../../shared/knownEntries.ts'
import { isProbeId } from '../../shared/subjectNames.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A camera: a path of a server, or a probe, whose path is empty. */
export interface CameraName {
  readonly owner: string
  readonly path: string
}
export type Camera = CameraName & Pick<DailyCamera, 'name' | 'place'>
export type NumberedCamera = Camera & Pick<DailyCamera, 'no'>

/** What is stored of what was found, beside what has a column. Faults that are none any more are left out. */
const foundSchema = dailyCameraSchema
  .pick({ faults: true, why: true, woken: true, probe: true, measured: true, picture: true })
  .extend({ faults: z.array(z.unknown()).transform((all) => knownEntries(dailyFaultSchema, all)) })
export type Found = z.infer<typeof foundSchema>
const nothingFound: Found = { faults: [], why: null, woken: false, probe: null, measured: null, picture: null }
function foundOf(text: string | null): Found {
  return foundSchema.safeParse(storedJson(text)).data ?? nothingFound
}
/** What the report before says of a camera that it has. */
export type KnownCamera = Pick<DailyCamera, 'faultSince'>

/** How a camera's turn ended. */
type CameraResult = Found & Pick<DailyCamera, 'verdict' | 'change' | 'faultSince' | 'checkedAt'>

/** Which cameras of a report are read: those of a verdict, a change, or all. */
export interface WantedCameras {
  readonly verdict?: DailyVerdict | null | undefined
  readonly change?: DailyChange | null | undefined
  readonly limit: number
  readonly offset: number
}

export function ownerOf({ serverId, probeId, path }: Pick<DailyCamera, 'serverId' | 'probeId' | 'path'>): CameraName {
  return { owner: serverId ?? probeId ?? '', path: path ?? '' }
}

/** Cameras of all reports together: about 120 MB in snapshots.db and in each of its copies. The oldest reports go first. */
const mostRows = 300_000

/** Reports of the daily check in snapshots.db, and their cameras: the only SQL on their tables. */
export function createDailyRows(db: Database) {
  const cameras = cameraRows(db)
  return {
    ...cameras,
    ...reportRows(db, cameras.countsOf),
    /** All of it is stored, or nothing. */
    inOne: <T>(work: () => T): T => db.transaction(work).immediate(),
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
     VALUES (@state, round(@plannedAt), round(@startedAt), round(@endsAt), round(@endedAt), @by, @wakes, @leftOut, 0,
       (SELECT coalesce(max(CASE WHEN state = 'done' THEN id END), max(id)) FROM daily_reports WHERE state IN ('done', 'stopped')))`,
  )
  const end = db.prepare("UPDATE daily_reports SET state = ?, ended_at = ?, counts = ? WHERE id = ? AND state = 'running'")
  const markSent = db.prepare('UPDATE daily_reports SET told = 1 WHERE id = ?')
  const unsent = db.prepare<[], number>("SELECT id FROM daily_reports WHERE told = 0 AND state <> 'running' ORDER BY id").pluck()
  const running = db.prepare<[], ReportRow>(`${select} WHERE state = 'running' ORDER BY id DESC LIMIT 1`)
  const byId = db.prepare<[number], ReportRow>(`${select} WHERE id = ?`)
  const listed = db.prepare<[number, number], ReportRow>(`${select} WHERE planned_at <= ? ORDER BY planned_at DESC, id DESC LIMIT ?`)
  const planned = db.prepare<[number], number>('SELECT 1 FROM daily_reports WHERE planned_at = ? AND started_by IS NULL LIMIT 1').pluck()
  const first = db.prepare<[number], number>('SELECT before IS NULL FROM daily_reports WHERE id = ?').pluck()
  // The last one that was done stays: the next one is compared with it.
  const clear = db.prepare<[number]>(
    `DELETE FROM daily_reports WHERE state <> 'running' AND id <> (SELECT coalesce(max(id), 0) FROM daily_reports WHERE state = 'done')
       AND id NOT IN (SELECT before FROM daily_reports WHERE state = 'running' AND before IS NOT NULL)
       AND (planned_at < ? OR id IN (SELECT report FROM
         (SELECT report, sum(count(*)) OVER (ORDER BY report DESC) AS so_far FROM daily_cameras GROUP BY report) WHERE so_far > ${mostRows}))`,
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
    /** Whether there is a report of a check that was due at a moment, also one of an earlier process. */
    isPlanned: (at: number): boolean => planned.get(Math.round(at)) !== undefined,
    /** Whether there was no report to compare it with. */
    isFirst: (id: number): boolean => first.get(id) === 1,
    add: (report: Omit<DailyReport, 'id' | 'counts'>): number => Number(insert.run({ ...report, wakes: report.wakes ? 1 : 0 }).lastInsertRowid),
    end: (id: number, state: DailyReport['state'], at: number): void => void end.run(state, Math.round(at), JSON.stringify(countsOf(id)), id),
    /** Those that ended and whose channels have not got them yet. */
    unsent: (): number[] => unsent.all(),
    markSent: (id: number): void => void markSent.run(id),
    /** Deletes reports that were due before a moment, and the oldest beyond what is kept of all. */
    clear: (before: number): void => void clear.run(Math.round(before)),
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
function cameraRows(db: Database) {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO daily_cameras (report, no, owner, path, name, place, verdict, change, found)
     VALUES (@report, (SELECT coalesce(max(no) + 1, 0) FROM daily_cameras WHERE report = @report), @owner, @path, @name, @place, @verdict, @change, '{}')`,
  )
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
  const beforeOf = "FROM daily_cameras b WHERE b.verdict <> 'gone' AND b.report = (SELECT before FROM daily_reports WHERE id = @report)"
  const known = db.prepare<unknown[], KnownCamera>(`SELECT fault_since AS faultSince ${beforeOf} AND owner = @owner AND path = @path`)
  const missing = db.prepare<unknown[], Camera>(
    `SELECT owner, path, name, place ${beforeOf}
     AND NOT EXISTS (SELECT 1 FROM daily_cameras c WHERE c.report = @report AND c.owner = b.owner AND c.path = b.path) ORDER BY owner, path`,
  )

  return {
    /** `gone`: it is not there any more. */
    addCamera: (report: number, { owner, path, name, place }: Camera, verdict: 'waiting' | 'gone'): void =>
      void insert.run({ report, owner, path, name, place, verdict, change: verdict === 'gone' ? verdict : null }),
    /** Cameras of the report before that are not in this one. */
    missing: (report: number): Camera[] => missing.all({ report }),
    /** What the report before says of a camera; null: it does not have it. */
    known: (report: number, { owner, path }: CameraName): KnownCamera | null => known.get({ report, owner, path }) ?? null,
    waiting: (report: number): NumberedCamera[] => waiting.all(report),
    result: (report: number, no: number, { verdict, change, faultSince, checkedAt, ...found }: CameraResult): void =>
      void setResult.run({ report, no, verdict, change, faultSince, checkedAt, found: JSON.stringify(found) }),
    cameras: (report: number, { verdict = null, change = null, ...page }: WantedCameras) => ({
      cameras: cameras.all({ report, verdict, change, ...page }).map(cameraOf),
      total: countWanted.get({ report, verdict, change }) ?? 0,
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
    ...foundOf(found),
    ...(isOfProbe ? { serverId: null, path: null, probeId: owner } : { serverId: owner, path, probeId: null }),
    before: beforeVerdict === null || beforeAt === null ? null : { at: beforeAt, verdict: beforeVerdict, faults, why, picture },
  }
}
