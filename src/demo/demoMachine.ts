/** What a media server does in a moment, as its machine feels it. */
export interface MachineLoad {
  readonly streams: number
  readonly inBps: number
  readonly outBps: number
  /** Into recordings. */
  readonly recordBps: number
}

/** How the machine under a server fares then. */
export interface MachineFigures {
  /** Of one core. */
  readonly mediaPercent: number
  readonly mediaBytes: number
  /** Of all cores. */
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

/** What was recorded until this day lies on the disk; then old recordings go as new ones come, but not quite as fast. */
const epoch = Date.UTC(2026, 0, 1)
const recordedShare = 0.35
const keptShare = 0.04

/** The same load costs the same: history and what is measured now are reckoned alike. */
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

/** `srv-koln` under Köln. */
export const machineName = (serverName: string): string => `srv-${serverName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()}`
