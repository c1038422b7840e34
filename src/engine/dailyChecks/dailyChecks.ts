import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import {
  type DailyCamera,
  type DailyChange,
  type DailyDetails,
  type DailyReport,
  type DailySettings,
  type DailySkip,
  type DailyStatus,
  type DailyVerdict,
  dailySettingsSchema,
  mostCameras,
} from '../../shared/dailyChecks.ts'
import type { Evidence } from '../../shared/media.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { PictureReason } from '../../shared/previews.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { KeptPicture } from '../../shared/snapshots.ts'
import type { BundledReports } from '../bundles/bundles.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import { bundledReports, pictureOwner, type StoredReport } from './bundledReports.ts'
import { type CamerasDeps, createCameras } from './cameras.ts'
import { type CameraName, createDailyRows, ownerOf } from './dailyRows.ts'
import { createDailySchedule, type ScheduleDeps } from './dailySchedule.ts'
import { runReport } from './runReport.ts'

export interface DailyChecksDeps extends CamerasDeps, Pick<ScheduleDeps, 'windowsOf'> {
  readonly clock: Clock
  readonly slices: Slices
  readonly log: Log
  /** snapshots.db. */
  readonly db: Database
  readonly pictures: {
    readonly keep: (ownerId: string, path: string, at: number, picture: Evidence) => Promise<boolean>
    readonly at: (ownerId: string, path: string, at: number) => Promise<KeptPicture | null>
  }
  /** Tells a report to channels, once each however often it is asked for; false: try again later. */
  readonly tell: (report: DailyReport, channels: readonly string[]) => boolean
  /** Those of these channels that a report can't be told to. */
  readonly untoldOf: (channels: readonly string[]) => readonly string[]
  readonly kept: {
    readonly read: (key: string) => string | null
    readonly write: (key: string, value: string) => void
    /** May fail without saying so. */
    readonly note: (key: string, value: string) => void
  }
  /** Where nothing was entered in the console. */
  readonly usual: Partial<DailySettings>
  /** The reports of the bundle that is shown: nothing is checked. null: this console watches. */
  readonly bundled: readonly StoredReport[] | null
  readonly signal: AbortSignal
}

/** Once a day a look at every camera, and its reports. */
export interface DailyChecks {
  readonly list: (asked: { readonly until?: number | undefined; readonly limit: number }) => DailyReport[]
  readonly status: () => DailyStatus
  readonly get: (
    id: number,
    asked: { readonly verdict?: DailyVerdict | undefined; readonly change?: DailyChange | undefined; readonly limit: number; readonly offset: number },
  ) => { readonly report: DailyReport; readonly cameras: DailyCamera[]; readonly total: number } | null
  /** What a message says of a report; null: there is none. */
  readonly details: (report: Pick<DailyReport, 'id' | 'plannedAt'>) => DailyDetails | null
  readonly pictures: (
    id: number,
    cameras: readonly number[],
    before: boolean,
  ) => Promise<{ readonly picture: KeptPicture | null; readonly before: KeptPicture | null }[] | null>
  readonly run: (input: { readonly wakes: boolean }, by: string) => Result<DailyReport, 'CONFLICT'>
  readonly stop: (id: number) => DailyReport | null
  /** false: there is no such camera, or it has no size. */
  readonly acceptSize: (id: number, no: number) => boolean
  readonly keep: (settings: DailySettings) => Result<DailyStatus, 'FORBIDDEN'>
  /** Those of a bundle. */
  readonly bundle: (scope: BundleScope, asked?: AbortSignal) => Promise<BundledReports>
  /** What the configuration file says; null: nothing. */
  readonly configure: (settings: DailySettings | null) => void
  /** Resolves when nothing is on its way to the disk. */
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const settingsKey = 'dailyCheck'
const tickMs = 5_000
const dayMs = 86_400_000
/** After the start, servers that have not answered are waited for, ms. */
const unknownMs = 30_000
const clearEveryMs = 3_600_000
const diskWaitMs = 60_000
/** Faulty cameras, mended, new and gone ones in a message. */
const mostDetails = 500

export function createDailyChecks(deps: DailyChecksDeps): DailyChecks {
  const { clock, log } = deps
  const rows = createDailyRows(deps.db)
  const isBundle = deps.bundled !== null
  if (deps.bundled !== null) rows.restore(deps.bundled)
  const cameras = createCameras(deps)
  const schedule = createDailySchedule(deps)
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, deps.signal])
  const startedAt = clock.monotonic()
  const usual = dailySettingsSchema.parse(deps.usual)
  let ofFile: DailySettings | null = null
  let entered = dailySettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? null
  const settings = () => ofFile ?? entered ?? usual
  /** The check that runs. */
  let current: { readonly id: number; readonly stop: AbortController; readonly work: Promise<void> } | null = null
  const writing = new Set<Promise<unknown>>()
  let clearedAt = Number.NEGATIVE_INFINITY
  /** Monotonic: the disk is left alone until then. */
  let diskAgainAt = Number.NEGATIVE_INFINITY
  let why: PictureReason | null = deps.lookAtStream === null ? { kind: 'unavailable', because: 'noProcess' } : null

  const track = <T>(work: Promise<T>): Promise<T> => {
    writing.add(work)
    const done = () => void writing.delete(work)
    work.then(done, done)
    return work
  }
  const keepPicture = (camera: CameraName, at: number, picture: Evidence): Promise<boolean> => track(deps.pictures.keep(...pictureOwner(camera), at, picture))

  /** Says which cameras a report has. */
  const plan = (id: number): void => {
    const listed = cameras.list(settings(), mostCameras)
    rows.plan(id, listed.cameras, listed.leftOut)
    const gone = []
    const kept = []
    for (const camera of rows.missing(id)) {
      const whyMissing = cameras.whyMissing(camera, settings())
      if (whyMissing === 'gone') gone.push(camera)
      else if (whyMissing === 'kept') kept.push(camera)
      else rows.forget(camera)
    }
    rows.plan(id, kept, listed.leftOut)
    rows.gone(id, gone)
  }
  /** Goes through the cameras of a report that are still to be checked. */
  const goOn = async (report: DailyReport, isFirst: boolean, stop: AbortSignal): Promise<void> => {
    const isLate = clock.now() >= report.endsAt
    const window = new AbortController()
    if (isLate) window.abort()
    const timer = clock.setTimeout(() => window.abort(), Math.max(0, report.endsAt - clock.now()))
    const over = AbortSignal.any([signal, stop, window.signal])
    const whyOver = (): DailySkip | null => (stop.aborted ? { kind: 'stopped' } : signal.aborted ? null : { kind: isLate ? 'consoleOff' : 'noTime' })
    const task = { report, settings: settings(), isFirst }
    try {
      await runReport({ clock, slices: deps.slices, rows, cameras, keepPicture, onTools, signal }, task, over, whyOver)
    } finally {
      clock.clearTimeout(timer)
    }
    if (whyOver() !== null) rows.end(report.id, stop.aborted ? 'stopped' : 'done', clock.now())
  }
  const begin = (report: DailyReport): void => {
    const stop = new AbortController()
    const [last] = rows.list(Number.MAX_SAFE_INTEGER, 20).filter(({ id, state }) => id !== report.id && (state === 'done' || state === 'stopped'))
    const work = goOn(report, last === undefined, stop.signal)
      .catch((error: unknown) => {
        if (signal.aborted) return
        log.error({ error: messageOf(error), report: report.id }, 'a daily check broke off')
        // What the disk refused is done again later.
        if (classifyStorageError(error) !== null) diskAgainAt = clock.monotonic() + diskWaitMs
        else attemptWrite(() => rows.end(report.id, 'stopped', clock.now()))
      })
      .finally(() => {
        current = null
        tellUntold()
      })
    current = { id: report.id, stop, work }
  }
  const onTools = (because: PictureReason | null): void => {
    why = because
  }
  /** Stores a report that is about to run. */
  const prepare = (planned: Pick<DailyReport, 'plannedAt' | 'endsAt' | 'by' | 'wakes'>): DailyReport => {
    const id = rows.add({ ...planned, state: 'running', startedAt: clock.now(), endedAt: null })
    plan(id)
    return rows.get(id) as DailyReport
  }
  /** Reports by hand are for whoever asked for them. */
  const tellUntold = (): void => {
    if (signal.aborted) return
    attemptWrite(() => {
      for (const id of rows.untold()) {
        const report = rows.get(id)
        const { tell, tellFaultsOnly } = settings()
        const isWanted = report !== null && report.by === null && tell.length > 0 && (!tellFaultsOnly || report.state === 'missed' || report.counts.fault > 0)
        if (!isWanted || deps.tell(report, tell)) rows.told(id)
      }
    })
  }
  const clear = (): void => {
    if (clock.monotonic() - clearedAt < clearEveryMs) return
    clearedAt = clock.monotonic()
    attemptWrite(() => rows.clear(clock.now() - settings().keepDays * dayMs))
  }
  /** Begins what is due. */
  const look = (): void => {
    clear()
    tellUntold()
    const isReady = cameras.areKnown() || clock.monotonic() - startedAt > unknownMs
    if (!isReady) return
    // It was under way when the last process ended, or the disk refused it.
    const left = rows.running()
    if (left !== null) {
      begin(left)
      return
    }
    const { missed, now } = schedule.due()
    const last = now ?? missed.at(-1)
    if (last === undefined) return
    const wakes = settings().wakesOnDemand
    const report = rows.inOne(() => {
      for (const { from, to } of missed)
        if (!rows.isPlanned(from)) rows.add({ state: 'missed', plannedAt: from, startedAt: null, endsAt: to, endedAt: to, by: null, wakes })
      return now === null || rows.isPlanned(now.from) ? null : prepare({ plannedAt: now.from, endsAt: now.to, by: null, wakes })
    })
    schedule.done(last.from)
    if (report !== null) begin(report)
  }
  const tick = async (): Promise<void> => {
    if (current === null && clock.monotonic() >= diskAgainAt) attemptWrite(look)
  }
  const loop = isBundle
    ? Promise.resolve()
    : every(clock)(
        {
          intervalMs: tickMs,
          firstDelayMs: tickMs,
          timeoutMs: null,
          seed: 'daily check',
          signal,
          onBug: (error) => log.error({ error }, 'the daily check could not be looked after'),
        },
        tick,
      )
  if (!isBundle) schedule.configure(settings())

  const status = (): DailyStatus => ({
    settings: settings(),
    origin: ofFile === null ? 'stored' : 'yaml',
    nextAt: schedule.nextAt(),
    running: rows.running(),
    untold: [...deps.untoldOf(settings().tell)],
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
    pictures: async (id, wanted, before) => {
      if (rows.get(id) === null) return null
      const found = []
      for (const no of wanted) {
        const camera = rows.camera(id, no)
        const owner = camera && pictureOwner(ownerOf(camera))
        const read = async (facts: DailyCamera['picture'] | undefined) =>
          owner === null || facts === null || facts === undefined ? null : await deps.pictures.at(...owner, facts.at)
        found.push({ picture: await read(camera?.picture), before: before ? await read(camera?.before?.picture) : null })
      }
      return found
    },
    run: ({ wakes }, by) => {
      if (current !== null || rows.running() !== null) return err('CONFLICT')
      const now = clock.now()
      const next = schedule.nextAt() ?? Number.POSITIVE_INFINITY
      const report = rows.inOne(() => prepare({ plannedAt: now, endsAt: Math.min(now + settings().windowMinutes * 60_000, next), by, wakes }))
      begin(report)
      return ok(report)
    },
    stop: (id) => {
      if (current?.id === id) current.stop.abort()
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
      if (ofFile !== null) return err('FORBIDDEN')
      deps.kept.write(settingsKey, JSON.stringify(changed))
      entered = changed
      schedule.configure(changed)
      return ok(status())
    },
    bundle: (scope, asked) => bundledReports(rows, scope, deps.slices.begin(), asked ? AbortSignal.any([signal, asked]) : signal),
    configure: (changed) => {
      if (JSON.stringify(changed) === JSON.stringify(ofFile)) return
      ofFile = changed
      if (!isBundle) schedule.configure(settings())
    },
    settled: async () => {
      while (writing.size > 0) await Promise.allSettled(writing)
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([loop, current?.work])
    },
  }
}
