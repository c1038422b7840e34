import type { Clock } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { DailyReport, DailySettings, DailySkip } from '../../shared/dailyChecks.ts'
import type { Span } from '../../shared/maintenance.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { Log } from '../ports.ts'
import { attemptWrite, classifyStorageError } from '../storage/storageTrouble.ts'
import type { DailyRows } from './dailyRows.ts'
import { openWindow, type ReportWindow } from './reportWindow.ts'
import { type RunDeps, runReport } from './runReport.ts'

export interface CurrentRunDeps extends Omit<RunDeps, 'signal' | 'rows'> {
  readonly clock: Clock
  readonly slices: Slices
  readonly log: Log
  readonly rows: DailyRows
  readonly settings: () => DailySettings
  /** The planned window that lasts now; null: none does. */
  readonly dueNow: () => Span | null
  /** A run has ended. */
  readonly onEnd: () => void
  readonly signal: AbortSignal
}

const diskWaitMs = 60_000

/** A check by hand may go on for half of the window of the planned one, which has the rest. */
export function untilPlanned({ from, to }: Span): number {
  return from + (to - from) / 2
}

/** The report that is being made; there is one at most. */
export function createCurrentRun(deps: CurrentRunDeps) {
  const { clock, log, rows, signal } = deps
  let current: { readonly report: DailyReport; readonly stop: AbortController; readonly window: ReportWindow; readonly work: Promise<void> } | null = null
  /** Monotonic: the disk is left alone until then. */
  let diskAgainAt = Number.NEGATIVE_INFINITY

  /** Goes through the cameras of a report that are still to be checked. */
  const goOn = async (report: DailyReport, isFirst: boolean, stop: AbortSignal, window: ReportWindow): Promise<void> => {
    const over = AbortSignal.any([signal, stop, window.signal])
    const whyOver = (): DailySkip | null => (stop.aborted ? { kind: 'stopped' } : signal.aborted ? null : window.why())
    try {
      await runReport(deps, { report, settings: deps.settings(), isFirst }, over, whyOver)
    } finally {
      window.close()
    }
    if (whyOver() !== null) rows.end(report.id, stop.aborted ? 'stopped' : 'done', clock.now())
  }
  const onFailure = (report: DailyReport, error: unknown): void => {
    if (signal.aborted) return
    log.error({ error: messageOf(error), report: report.id }, 'a daily check broke off')
    // What the disk refused is done again later.
    if (classifyStorageError(error) !== null) diskAgainAt = clock.monotonic() + diskWaitMs
    else attemptWrite(() => rows.end(report.id, 'stopped', clock.now()))
  }
  return {
    isRunning: (): boolean => current !== null,
    /** The disk refused something, and is left alone for a while. */
    isDiskLeftAlone: (): boolean => clock.monotonic() < diskAgainAt,
    /** Begins a report, or goes on with one that was under way. */
    begin: (report: DailyReport): void => {
      const stop = new AbortController()
      const window = openWindow(clock, report)
      const isFirst = !rows.list(Number.MAX_SAFE_INTEGER, 20).some(({ id, state }) => id !== report.id && (state === 'done' || state === 'stopped'))
      const work = goOn(report, isFirst, stop.signal, window)
        .catch((error: unknown) => onFailure(report, error))
        .finally(() => {
          current = null
          deps.onEnd()
        })
      current = { report, stop, window, work }
    },
    /** Ends the one that runs where its time is over. */
    look: (): void => {
      if (current === null) return
      current.window.look()
      if (current.report.by === null) return
      const planned = deps.dueNow()
      if (planned !== null && clock.now() >= untilPlanned(planned)) current.window.end()
    },
    stop: (id: number): void => {
      if (current?.report.id === id) current.stop.abort()
    },
    ended: async (): Promise<void> => await current?.work,
  }
}
export type CurrentRun = ReturnType<typeof createCurrentRun>
