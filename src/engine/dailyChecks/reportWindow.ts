import type { Clock } from '../../clock/clock.ts'
import type { DailyReport, DailySkip } from '../../shared/dailyChecks.ts'

/** A window that is found to have ended by more than this was slept through. */
const sleptMs = 60_000

/** The time that a report has. */
export interface ReportWindow {
  /** Aborts when it has ended. */
  readonly signal: AbortSignal
  /** Why what was not reached by then is not checked. */
  readonly why: () => DailySkip
  /** Ends it where that is due by the clock, too: timers stand still while a machine sleeps. */
  readonly look: () => void
  readonly end: () => void
  readonly close: () => void
}

export function openWindow(clock: Clock, { startedAt, endsAt }: Pick<DailyReport, 'startedAt' | 'endsAt'>): ReportWindow {
  const ended = new AbortController()
  let why: DailySkip = { kind: 'noTime' }
  const end = (): void => {
    if (ended.signal.aborted) return
    why = { kind: clock.now() - endsAt > sleptMs ? 'consoleOff' : 'noTime' }
    ended.abort()
  }
  const look = (): void => {
    if (clock.now() >= endsAt) end()
  }
  // One that began when the clock was ahead is no longer than it was to be.
  const mostMs = endsAt - (startedAt ?? clock.now())
  const timer = clock.setTimeout(end, Math.max(0, Math.min(endsAt - clock.now(), mostMs)))
  look()
  return { signal: ended.signal, why: () => why, look, end, close: () => clock.clearTimeout(timer) }
}
