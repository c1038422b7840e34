import type { HostFailure } from '../../shared/errors.ts'
import type { HostProcess } from '../../shared/hosts.ts'
import type { Result } from '../../shared/result.ts'
import type { HostFigures } from './hostRates.ts'

/** Reads one machine, when it is asked to: this one (`createLocalHost`) or one over SSH. */
export interface HostReader {
  /**
   * What moves is read again; what hardly does is at most 30 s old. Rates are null in the first reading: they need two.
   * `pprofPort`: where a media server's pprof answers the host itself; 0: it is not asked. 9999 where it is left out.
   */
  readonly read: (signal: AbortSignal, pprofPort?: number) => Promise<Result<HostFigures, HostFailure>>
  /** The busiest processes, busiest first: at most `shownProcesses`. */
  readonly processes: (signal: AbortSignal) => Promise<Result<readonly HostProcess[], HostFailure>>
  /** Ends what the reader holds open. It is not used afterwards. */
  readonly close: () => void
}

/** How many of the busiest processes are listed. */
export const shownProcesses = 20
/** What hardly moves (disks' sizes, sensors, names) is read this often. */
export const slowIntervalMs = 30_000
/** A media server that started so lately may not listen at all of its ports yet: it is looked at with each reading. */
const youngMediaMs = 15_000
export const needsMediaDetails = ({ at, mediaProcesses, pendingMedia }: HostFigures): boolean =>
  pendingMedia.size > 0 || mediaProcesses.some(({ startedAt }) => startedAt !== null && at - startedAt < youngMediaMs)
