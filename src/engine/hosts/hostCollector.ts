import type { HostFailure } from '../../shared/errors.ts'
import type { HostProcess } from '../../shared/hosts.ts'
import type { Result } from '../../shared/result.ts'
import type { HostCheck } from './hostCheck.ts'
import type { HostFigures } from './hostRates.ts'

/** Reads one machine on request: this one (`createLocalHost`) or one over SSH. */
export interface HostCollector {
  /**
   * Reads quickly changing figures each time; slow ones are at most 30 s old. Rates are null in the first reading, because they need two.
   * `pprofPort`: port at which a media server's pprof answers on the host itself; 0: don't read it. Default 9999.
   */
  readonly read: (signal: AbortSignal, pprofPort?: number) => Promise<Result<HostFigures, HostFailure>>
  /** The busiest processes, busiest first: at most `shownProcesses`. */
  readonly processes: (signal: AbortSignal) => Promise<Result<readonly HostProcess[], HostFailure>>
  /** Its listeners and the end of the media server's log. null: it can't be asked. */
  readonly check: (signal: AbortSignal) => Promise<Result<HostCheck | null, HostFailure>>
  /** Duration of the last reading, without the time to connect, ms; null: it is not known apart. */
  readonly answerMs: () => number | null
  /** Closes open connections. The collector is not used afterwards. */
  readonly close: () => void
}

/** How many of the busiest processes are listed. */
export const shownProcesses = 20
/** Slow figures (disks' sizes, sensors, names) are read this often. */
export const slowIntervalMs = 30_000
/** A media server that started less than this ago may not listen on all of its ports yet, so its details are read each time. */
const youngMediaMs = 15_000
export function needsMediaDetails({ at, mediaProcesses, pendingMedia }: HostFigures): boolean {
  return pendingMedia.size > 0 || mediaProcesses.some(({ startedAt }) => startedAt !== null && at - startedAt < youngMediaMs)
}
