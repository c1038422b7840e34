import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { DailyCamera, DailyChange, DailyDetails, DailyReport, DailySettings, DailyStatus, DailyVerdict } from '../../shared/dailyChecks.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import type { BundledReports } from '../bundles/bundles.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { bundledReports, type StoredReport } from './bundledReports.ts'
import { type CamerasDeps, createCameras } from './cameras.ts'
import { createCurrentRun, untilPlanned } from './currentRun.ts'
import { ownerOf } from './dailyCamera.ts'
import { createDailyRows } from './dailyRows.ts'
import { createDailySchedule, type ScheduleDeps } from './dailySchedule.ts'
import { createDailySettings } from './dailySettings.ts'
import { beginWhatIsDue } from './dueReports.ts'
import { planReport } from './planReport.ts'
import { createReportPictures, type PictureStore } from './reportPictures.ts'
import { sendReports } from './sendReports.ts'

export interface DailyChecksDeps extends CamerasDeps, Pick<ScheduleDeps, 'windowsOf'> {
  readonly clock: Clock
  readonly slices: Slices
  readonly log: Log
  /** snapshots.db. */
  readonly db: Database
  readonly pictures: PictureStore
  /** Sends a report to channels, only once to each even if called repeatedly; false: try again later. */
  readonly sendReport: (report: DailyReport, channels: readonly string[]) => boolean
  /** Those of these channels to which a report can't be sent. */
  readonly noReportsTo: (channels: readonly string[]) => readonly string[]
  readonly kept: {
    readonly read: (key: string) => string | null
    readonly write: (key: string, value: string) => void
    /** May fail silently. */
    readonly note: (key: string, value: string) => void
  }
  /** Defaults, used if nothing was entered in the console. */
  readonly usual: Partial<DailySettings>
  /** Settings in the configuration file at startup; null: none. */
  readonly configured: DailySettings | null
  /** The reports of the bundle being shown, in which case nothing is checked. null: no bundle, this console watches servers. */
  readonly bundled: readonly StoredReport[] | null
  readonly signal: AbortSignal
}

/** Daily check of every camera, with reports. */
export interface DailyChecks {
  readonly list: (asked: { readonly until?: number | undefined; readonly limit: number }) => DailyReport[]
  readonly status: () => DailyStatus
  readonly get: (
    id: number,
    asked: { readonly verdict?: DailyVerdict | undefined; readonly change?: DailyChange | undefined; readonly limit: number; readonly offset: number },
  ) => { readonly report: DailyReport; readonly cameras: DailyCamera[]; readonly total: number } | null
  /** Content of a message about a report; null: no such report. */
  readonly details: (report: Pick<DailyReport, 'id' | 'plannedAt'>) => DailyDetails | null
  readonly pictures: (
    id: number,
    cameras: readonly number[],
    before: boolean,
  ) => Promise<{ readonly picture: KeptPicture | null; readonly before: KeptPicture | null }[] | null>
  readonly run: (input: { readonly wakes: boolean }, by: string) => Result<DailyReport, 'CONFLICT'>
  readonly stop: (id: number) => DailyReport | null
  /** Accepts the measured picture size of a camera. false: no such camera, or no size was measured. */
  readonly acceptSize: (id: number, no: number) => boolean
  readonly keep: (settings: DailySettings) => Result<DailyStatus, 'FORBIDDEN'>
  /** The reports to be put into a bundle. */
  readonly bundle: (scope: BundleScope, hider: AddressHider | null, asked?: AbortSignal) => Promise<BundledReports>
  /** Applies the settings of a changed configuration file; null: it has none. */
  readonly configure: (settings: DailySettings | null) => void
  /** Resolves when nothing is being written to disk. */
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** Maximum number of faulty, mended, gone and new cameras in a message, each. */
const mostDetails = 500

export function createDailyChecks(deps: DailyChecksDeps): DailyChecks {
  const { clock, log } = deps
  const rows = createDailyRows(deps.db)
  const isBundle = deps.bundled !== null
  if (deps.bundled !== null) rows.restore(deps.bundled)
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, deps.signal])
  const cameras = createCameras(deps)
  const settings = createDailySettings({ ...deps, ofFile: deps.configured })
  const schedule = createDailySchedule(deps)
  const pictures = createReportPictures(rows, deps.pictures)
  let why: PictureReason | null = deps.lookAtStream === null ? { kind: 'unavailable', because: 'noProcess' } : null

  const send = (): void => {
    if (!signal.aborted) sendReports({ rows, settings: settings.now, sendReport: deps.sendReport })
  }
  const current = createCurrentRun({
    ...{ clock, slices: deps.slices, log, rows, cameras, signal },
    settings: settings.now,
    keepPicture: pictures.keep,
    onTools: (because) => {
      why = because
    },
    dueNow: () => schedule.due().now,
    onEnd: send,
  })
  /** Stores a report that is about to start. */
  const prepare = (planned: Pick<DailyReport, 'plannedAt' | 'endsAt' | 'by' | 'wakes'>): DailyReport => {
    const id = rows.add({ ...planned, state: 'running', startedAt: clock.now(), endedAt: null })
    planReport({ rows, cameras }, id, settings.now())
    return rows.get(id) as DailyReport
  }
  const loop = isBundle ? Promise.resolve() : beginWhatIsDue({ clock, log, rows, cameras, schedule, current, settings: settings.now, prepare, send, signal })
  if (!isBundle) schedule.configure(settings.now())

  const status = (): DailyStatus => ({
    settings: settings.now(),
    origin: settings.isOfFile() ? 'yaml' : 'stored',
    nextAt: schedule.next()?.from ?? null,
    running: rows.running(),
    untold: [...deps.noReportsTo(settings.now().tell)],
    why,
    reports: rows.count(),
  })
  return {
    list: ({ until = Number.MAX_SAFE_INTEGER, limit }) => rows.list(until, limit),
    status,
    get: (id, { verdict = null, change = null, limit, offset }) => {
      const report = rows.get(id)
      return report && { report, ...rows.cameras(id, { verdict, change, limit, offset }) }
    },
    details: ({ id, plannedAt }) => {
      const report = rows.get(id)
      if (report === null || report.plannedAt !== plannedAt) return null
      const of = (verdict: DailyVerdict | null, change: DailyChange | null) => rows.cameras(id, { verdict, change, limit: mostDetails, offset: 0 }).cameras
      return { ...report, cameras: [...of('fault', null), ...of(null, 'mended'), ...of(null, 'gone'), ...of(null, 'new')] }
    },
    pictures: pictures.of,
    run: ({ wakes }, by) => {
      if (current.isRunning() || rows.running() !== null) return err('CONFLICT')
      const now = clock.now()
      const planned = schedule.next()
      const endsAt = Math.min(now + settings.now().windowMinutes * 60_000, planned === null ? Number.POSITIVE_INFINITY : untilPlanned(planned))
      const report = rows.inOne(() => prepare({ plannedAt: now, endsAt, by, wakes }))
      current.begin(report)
      return ok(report)
    },
    stop: (id) => {
      current.stop(id)
      return rows.get(id)
    },
    acceptSize: (id, no) => {
      const camera = rows.camera(id, no)
      const { widthPx = null, heightPx = null } = camera?.measured ?? {}
      if (camera === null || widthPx === null || heightPx === null) return false
      rows.setSize(ownerOf(camera), widthPx, heightPx)
      return true
    },
    keep: (changed) => {
      if (settings.isOfFile()) return err('FORBIDDEN')
      settings.enter(changed)
      schedule.configure(changed)
      return ok(status())
    },
    bundle: (scope, hider, asked) => bundledReports(rows, scope, hider, deps.slices.begin(), asked ? AbortSignal.any([signal, asked]) : signal),
    configure: (changed) => {
      if (settings.follow(changed) && !isBundle) schedule.configure(settings.now())
    },
    settled: pictures.settled,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([loop, current.ended()])
    },
  }
}
