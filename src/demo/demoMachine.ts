/** The load that a media server puts on its host at a moment. */
export interface MachineLoad {
  readonly streams: number
  readonly inBps: number
  readonly outBps: number
  /** Written to recordings. */
  readonly recordBps: number
}

/** Figures of a server's host under that load. */
export interface MachineFigures {
  /** Percent of one core. */
  readonly mediaPercent: number
  readonly mediaBytes: number
  /** Percent of all cores. */
  readonly cpuPercent: number
  readonly memoryUsedBytes: number
  readonly diskUsedBytes: number
}

export const machine = {
  cores: 8,
  memoryBytes: 32 * 1024 ** 3,
  diskBytes: 3_840_000_000_000,
  linkMbps: 10_000,
} as const

/** Recordings until this day fill part of the disk; from then on old ones are deleted as new ones come, but slightly slower. */
const epoch = Date.UTC(2026, 0, 1)
const recordedShare = 0.35
const keptShare = 0.04

/** Equal loads give equal figures, so that generated history matches current measurements. */
export function machineFigures(load: MachineLoad, at: number): MachineFigures {
  const mediaPercent = 4 + load.streams * 0.25 + (load.inBps * 25 + load.outBps * 45) / 1e9
  const mediaBytes = 90e6 + load.streams * 1.4e6
  const recorded = (((load.recordBps / 8) * (at - epoch)) / 1000) * keptShare
  return {
    mediaPercent,
    mediaBytes,
    cpuPercent: 2.5 + mediaPercent / machine.cores,
    memoryUsedBytes: 3.2e9 + mediaBytes,
    diskUsedBytes: 210e9 + (load.recordBps > 0 ? machine.diskBytes * recordedShare + (recorded % (machine.diskBytes * 0.3)) : 0),
  }
}

/** Name of a server's host: `srv-koln` for Köln. */
export function machineName(serverName: string): string {
  return `srv-${serverName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()}`
}
