import type { HostError, HostProcess, HostReading } from '../../shared/hosts.ts'
import type { Result } from '../../shared/result.ts'

/** Reads one machine, when it is asked to: this one (`createLocalHost`) or one over SSH. */
export interface HostReader {
  /** What moves is read anew; what hardly does is at most 30 s old. Rates are null in the first reading: they need two. */
  readonly read: (signal: AbortSignal) => Promise<Result<HostReading, HostError>>
  /** The busiest processes, busiest first: at most `shownProcesses`. */
  readonly processes: (signal: AbortSignal) => Promise<Result<readonly HostProcess[], HostError>>
  /** Ends what the reader holds open. It is not used afterwards. */
  readonly close: () => void
}

/** How many of the busiest processes are told. */
export const shownProcesses = 20
/** What hardly moves (disks' sizes, sensors, names) is read this often. */
export const slowIntervalMs = 30_000
