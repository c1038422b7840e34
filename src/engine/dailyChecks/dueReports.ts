import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { DailyReport, DailySettings } from '../../shared/dailyChecks.ts'
import type { Log } from '../ports.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import type { Cameras } from './cameras.ts'
import type { CurrentRun } from './currentRun.ts'
import type { DailyRows } from './dailyRows.ts'
import type { DailySchedule } from './dailySchedule.ts'

export interface DueDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: DailyRows
  readonly cameras: Cameras
  readonly schedule: DailySchedule
  readonly current: CurrentRun
  readonly settings: () => DailySettings
  /** Stores a report that is about to run. */
  readonly prepare: (planned: Pick<DailyReport, 'plannedAt' | 'endsAt' | 'by' | 'wakes'>) => DailyReport
  readonly send: () => void
  readonly signal: AbortSignal
}

const tickMs = 5_000
const dayMs = 86_400_000
/** After the start, servers that have not answered are waited for, ms. */
const unknownMs = 30_000
const clearEveryMs = 3_600_000

/** Begins each check when it is due, goes on with one that an earlier process left, and says which were missed. Resolves when it has ended after the signal. */
export function beginWhatIsDue(deps: DueDeps): Promise<void> {
  const { clock, log, rows, cameras, current, settings, send, signal } = deps
  const startedAt = clock.monotonic()
  let clearedAt = Number.NEGATIVE_INFINITY
  const clear = (): void => {
    if (clock.monotonic() - clearedAt < clearEveryMs) return
    clearedAt = clock.monotonic()
    attemptWrite(() => rows.clear(clock.now() - settings().keepDays * dayMs))
  }
  const look = (): void => {
    clear()
    send()
    const isReady = cameras.areKnown() || clock.monotonic() - startedAt > unknownMs
    if (!isReady) return
    // It was under way when the last process ended, or the disk refused it.
    const report = rows.running() ?? planned(deps)
    if (report !== null) current.begin(report)
  }
  return every(clock)(
    {
      intervalMs: tickMs,
      firstDelayMs: tickMs,
      timeoutMs: null,
      seed: 'daily check',
      signal,
      onBug: (error) => log.error({ error }, 'the daily check could not be looked after'),
    },
    async () => {
      current.look()
      if (!current.isRunning() && !current.isDiskLeftAlone()) attemptWrite(look)
    },
  )
}

/** Stores what was missed, and the report that is due now; null: none is. */
function planned({ rows, schedule, settings, prepare }: DueDeps): DailyReport | null {
  const { missed, now } = schedule.due()
  const last = now ?? missed.at(-1)
  if (last === undefined) return null
  const wakes = settings().wakesOnDemand
  const report = rows.inOne(() => {
    for (const { from, to } of missed)
      if (!rows.isPlanned(from)) rows.add({ state: 'missed', plannedAt: from, startedAt: null, endsAt: to, endedAt: to, by: null, wakes })
    return now === null || rows.isPlanned(now.from) ? null : prepare({ plannedAt: now.from, endsAt: now.to, by: null, wakes })
  })
  schedule.done(last.from)
  return report
}
