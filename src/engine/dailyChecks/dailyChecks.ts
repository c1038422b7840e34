import { z } from 'zod'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import {
  type DailyCamera,
  type DailyDetails,
  type DailyReport,
  type DailySettings,
  type DailyStatus,
  dailySettingsSchema,
  mostCameras,
} from '../../shared/dailyChecks.ts'
import type { Span } from '../../shared/maintenance.ts'
import { err, messageOf, ok, type Result } from '../../shared/result.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Windows } from '../maintenance/windows.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { Log } from '../ports.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Database } from '../storage/openDatabase.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type CamerasDeps, createCameras } from './cameras.ts'
import { type CameraName, createDailyRows, ownerOf, type WantedCameras } from './dailyRows.ts'
import { type RunDeps, runReport } from './dailyRun.ts'

interface DailyChecksDeps extends CamerasDeps {
  readonly slices: Slices
  readonly log: Log
  readonly db: Database
  readonly snapshots: Pick<Snapshots, 'keepPicture' | 'pictureAt'>
  readonly notifications: Pick<Notifications, 'sendReport' | 'noReportsTo'>
  /** The windows that last at a moment or begin after it, of a time of day on the clocks of a zone, the earliest first. */
  readonly windowsOf: (settings: Pick<DailySettings, 'at' | 'zone' | 'windowMinutes'>) => Windows
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
  readonly signal: AbortSignal
}

const doneKey = 'dailyCheckDone'
const doneSchema = z.object({ plan: z.string(), at: z.number() })
const dayMs = 86_400_000
/** Of a console that was off for longer only the last ones are said to be missed. */
const mostMissed = 31

/** Knows when the daily check is due: at a time of day of a zone, also where its clocks are set. One that is switched on or changed counts from then on. */
function createDailySchedule({ clock, windowsOf, kept }: Pick<DailyChecksDeps, 'clock' | 'windowsOf' | 'kept'>) {
  let plan = 'off'
  let windows: Windows | null = null
  /** What began by then is done or missed. */
  let doneAt = 0

  const done = (at: number): void => {
    doneAt = at
    kept.note(doneKey, JSON.stringify({ plan, at: Math.round(at) }))
  }
  const after = (at: number, most: number): readonly Span[] => windows?.from(at, most + 1).filter(({ from }) => from > at) ?? []
  return {
    configure: (settings: DailySettings): void => {
      plan = settings.enabled ? `${settings.at} ${settings.zone}` : 'off'
      windows = settings.enabled ? windowsOf(settings) : null
      const known = doneSchema.safeParse(storedJson(kept.read(doneKey))).data
      if (known?.plan === plan) doneAt = known.at
      else done(clock.now())
    },
    /** The next one that begins; null: it is off. */
    next: (): Span | null => after(Math.max(doneAt, clock.now()), 1)[0] ?? null,
    /** What was due since the last one that is done: windows that have passed, and the one that lasts. */
    due: (): { readonly missed: readonly Span[]; readonly now: Span | null } => {
      const at = clock.now()
      // A clock that was set back by more has no time in common with what is kept.
      if (doneAt - at > dayMs) done(at)
      // Mostly the first is still to come: to calculate all takes some milliseconds.
      if ((after(doneAt, 1)[0]?.from ?? Number.POSITIVE_INFINITY) > at) return { missed: [], now: null }
      const begun = after(Math.max(doneAt, at - mostMissed * dayMs), mostMissed + 1).filter(({ from }) => from <= at)
      return { missed: begun.filter(({ to }) => to <= at), now: begun.findLast(({ to }) => to > at) ?? null }
    },
    /** What began up to a moment is done, or said to be missed. */
    done,
  }
}

const settingsKey = 'dailyCheck'
/** Maximum number of faulty, mended, gone and new cameras in a message, each. */
const mostDetails = 500
const tickMs = 5_000
const clearEveryMs = 3_600_000
const diskWaitMs = 60_000
/** After the start, servers that have not answered are waited for, ms. */
const unknownMs = 30_000

/** A check by hand may go on for half of the window of the planned one, which has the rest. */
const untilPlanned = ({ from, to }: Span): number => from + (to - from) / 2
/** A probe's pictures of faults have the empty path. */
const pictureOwner = ({ owner, path }: CameraName) => [owner, path === '' ? 'daily' : path] as const

export function createDailyChecks(deps: DailyChecksDeps) {
  const { clock, slices, log, kept, snapshots, notifications } = deps
  const rows = createDailyRows(deps.db)
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, deps.signal])
  const cameras = createCameras(deps)
  const schedule = createDailySchedule(deps)
  const beganAt = clock.monotonic()
  let file = deps.configured
  let entered = dailySettingsSchema.safeParse(storedJson(kept.read(settingsKey))).data ?? dailySettingsSchema.parse(deps.usual)
  const settings = (): DailySettings => file ?? entered
  let current: { readonly id: number; readonly over: AbortController; readonly heedClock: () => void; readonly work: Promise<void> } | null = null
  /** Monotonic: the disk is left alone until then. */
  let diskAgainAt = Number.NEGATIVE_INFINITY
  let clearedAt = Number.NEGATIVE_INFINITY

  /** Sends finished reports that were not sent yet. Reports started by hand are only for whoever started them. */
  const send = (): void => {
    if (signal.aborted) return
    attemptWrite(() => {
      const { tell: channels, tellFaultsOnly } = settings()
      for (const id of rows.unsent()) {
        const report = rows.get(id)
        const isWanted =
          report !== null && report.by === null && channels.length > 0 && (!tellFaultsOnly || report.state === 'missed' || report.counts.fault > 0)
        if (!isWanted || notifications.sendReport(report, channels)) rows.markSent(id)
      }
    })
  }
  const keepPicture: RunDeps['keepPicture'] = (camera, at, picture) => snapshots.keepPicture(...pictureOwner(camera), at, picture)
  /** Begins a report, or goes on with one that was under way. */
  const begin = (report: DailyReport): void => {
    const over = new AbortController()
    // Timers stand still while a machine sleeps, so the clock is looked at, too.
    const heedClock = (): void => {
      const planned = report.by === null ? null : schedule.due().now
      if (clock.now() >= Math.min(report.endsAt, planned === null ? Number.POSITIVE_INFINITY : untilPlanned(planned))) over.abort('noTime')
    }
    // One that began when the clock was ahead is no longer than it was to be.
    const mostMs = Math.min(report.endsAt - clock.now(), report.endsAt - (report.startedAt ?? clock.now()))
    const timer = clock.setTimeout(() => over.abort('noTime'), Math.max(0, mostMs))
    const work = async (): Promise<void> => {
      try {
        await runReport({ clock, slices, rows, cameras, keepPicture, signal }, report, settings(), over.signal)
        rows.end(report.id, over.signal.reason === 'stopped' ? 'stopped' : 'done', clock.now())
      } catch (error) {
        if (signal.aborted) return
        log.error({ error: messageOf(error), report: report.id }, 'a daily check broke off')
        // What the disk refused is done again later.
        if (classifyStorageError(error) !== null) diskAgainAt = clock.monotonic() + diskWaitMs
        else attemptWrite(() => rows.end(report.id, 'stopped', clock.now()))
      } finally {
        clock.clearTimeout(timer)
        current = null
        send()
      }
    }
    heedClock()
    current = { id: report.id, over, heedClock, work: work() }
  }
  /** Stores a report that is about to start, with its cameras, and says which of earlier ones are gone. */
  const prepare = (planned: Pick<DailyReport, 'plannedAt' | 'endsAt' | 'by' | 'wakes'>): DailyReport => {
    const listed = cameras.list(settings())
    const leftOut = Math.max(0, listed.length - mostCameras)
    const id = rows.add({ ...planned, state: 'running', startedAt: clock.now(), endedAt: null, leftOut })
    for (const camera of listed.slice(0, mostCameras)) rows.addCamera(id, camera, 'waiting')
    for (const camera of rows.missing(id)) {
      const verdict = cameras.missing(camera, settings())
      if (verdict !== null) rows.addCamera(id, camera, verdict)
    }
    return rows.get(id) as DailyReport
  }
  /** Stores what was missed, and the report that is due now; null: none is. */
  const planned = (): DailyReport | null => {
    const { missed, now } = schedule.due()
    const last = now ?? missed.at(-1)
    if (last === undefined) return null
    const wakes = settings().wakesOnDemand
    const report = rows.inOne(() => {
      for (const { from, to } of missed)
        if (!rows.isPlanned(from)) rows.add({ state: 'missed', plannedAt: from, startedAt: null, endsAt: to, endedAt: to, by: null, wakes, leftOut: 0 })
      return now === null || rows.isPlanned(now.from) ? null : prepare({ plannedAt: now.from, endsAt: now.to, by: null, wakes })
    })
    schedule.done(last.from)
    return report
  }
  /** Begins what is due, and goes on with a report that was under way when the last process ended, or that the disk refused. */
  const beginWhatIsDue = (): void => {
    if (clock.monotonic() - clearedAt >= clearEveryMs) {
      clearedAt = clock.monotonic()
      attemptWrite(() => rows.clear(clock.now() - settings().keepDays * dayMs))
    }
    send()
    if (!cameras.areKnown() && clock.monotonic() - beganAt <= unknownMs) return
    const report = rows.running() ?? planned()
    if (report !== null) begin(report)
  }
  const onBug = (error: unknown) => log.error({ error }, 'the daily check could not be looked after')
  const loop = every(clock)({ intervalMs: tickMs, firstDelayMs: tickMs, timeoutMs: null, seed: 'daily check', signal, onBug }, async () => {
    current?.heedClock()
    if (current === null && clock.monotonic() >= diskAgainAt) attemptWrite(beginWhatIsDue)
  })
  schedule.configure(settings())

  const status = (): DailyStatus => ({
    settings: settings(),
    origin: file === null ? 'stored' : 'yaml',
    nextAt: schedule.next()?.from ?? null,
    running: rows.running(),
    untold: [...notifications.noReportsTo(settings().tell)],
  })
  const pictureOf = async (camera: DailyCamera, facts: DailyCamera['picture'] | undefined) =>
    facts ? await snapshots.pictureAt(...pictureOwner(ownerOf(camera)), facts.at) : null
  return {
    list: rows.list,
    status,
    get: (id: number, asked: WantedCameras) => {
      const report = rows.get(id)
      return report && { report, ...rows.cameras(id, asked) }
    },
    /** Content of a message about a report; null: no such report. */
    details: ({ id, plannedAt }: Pick<DailyReport, 'id' | 'plannedAt'>): DailyDetails | null => {
      const report = rows.get(id)
      if (report === null || report.plannedAt !== plannedAt) return null
      const of = (wanted: Pick<WantedCameras, 'verdict' | 'change'>) => rows.cameras(id, { ...wanted, limit: mostDetails, offset: 0 }).cameras
      return { ...report, cameras: [...of({ verdict: 'fault' }), ...of({ change: 'mended' }), ...of({ change: 'gone' }), ...of({ change: 'new' })] }
    },
    /** The picture of a camera, and that of the report before where that is asked for; null: there is no such camera. */
    pictures: async (id: number, no: number, before: boolean) => {
      const camera = rows.camera(id, no)
      return camera && { picture: await pictureOf(camera, camera.picture), before: before ? await pictureOf(camera, camera.before?.picture) : null }
    },
    run: ({ wakes }: { readonly wakes: boolean }, by: string): Result<DailyReport, 'CONFLICT'> => {
      if (current !== null || rows.running() !== null) return err('CONFLICT')
      const now = clock.now()
      const next = schedule.next()
      const endsAt = Math.min(now + settings().windowMinutes * 60_000, next === null ? Number.POSITIVE_INFINITY : untilPlanned(next))
      const report = rows.inOne(() => prepare({ plannedAt: now, endsAt, by, wakes }))
      begin(report)
      return ok(report)
    },
    stop: (id: number) => {
      if (current?.id === id) current.over.abort('stopped')
      return rows.get(id)
    },
    keep: (changed: DailySettings): Result<DailyStatus, 'FORBIDDEN'> => {
      if (file !== null) return err('FORBIDDEN')
      kept.write(settingsKey, JSON.stringify(changed))
      entered = changed
      schedule.configure(changed)
      return ok(status())
    },
    /** Applies the settings of a changed configuration file; null: it has none. */
    configure: (changed: DailySettings | null): void => {
      if (JSON.stringify(changed) === JSON.stringify(file)) return
      file = changed
      schedule.configure(settings())
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await Promise.allSettled([loop, current?.work])
    },
  }
}
export type DailyChecks = ReturnType<typeof createDailyChecks>

export function dailyChecksRouter(dailyChecks: DailyChecks) {
  return {
    list: api.dailyChecks.list.handler(({ input }) => dailyChecks.list(input?.until ?? Number.MAX_SAFE_INTEGER, input?.limit ?? 100)),
    status: api.dailyChecks.status.handler(() => dailyChecks.status()),
    get: api.dailyChecks.get.handler(({ input: { id, ...asked }, errors }) => orNotFound(dailyChecks.get(id, asked), errors)),
    pictures: api.dailyChecks.pictures.handler(async ({ input, errors }) => orNotFound(await dailyChecks.pictures(input.id, input.no, input.before), errors)),
    run: api.dailyChecks.run.handler(({ input, errors, context }) => orRefused(dailyChecks.run(input, context.operator.name), errors)),
    stop: api.dailyChecks.stop.handler(({ input, errors }) => orNotFound(dailyChecks.stop(input.id), errors)),
    keep: api.dailyChecks.keep.handler(({ input, errors }) => orRefused(dailyChecks.keep(input), errors)),
  }
}
