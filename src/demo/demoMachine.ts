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

export type MachineFigures = ReturnType<typeof machineFigures>

/** Figures of a server's host by the load that the media server puts on it. Equal loads give equal figures, so that generated history matches current measurements. */
export function machineFigures(load: { readonly streams: number; readonly inBps: number; readonly outBps: number; readonly recordBps: number }, at: number) {
  const mediaPercent = 4 + load.streams * 0.25 + (load.inBps * 25 + load.outBps * 45) / 1e9
  const mediaBytes = 90e6 + load.streams * 1.4e6
  const recorded = (((load.recordBps / 8) * (at - epoch)) / 1000) * keptShare
  return {
    /** Percent of one core. */
    mediaPercent,
    mediaBytes,
    /** Percent of all cores. */
    cpuPercent: 2.5 + mediaPercent / machine.cores,
    memoryUsedBytes: 3.2e9 + mediaBytes,
    diskUsedBytes: 210e9 + (load.recordBps > 0 ? machine.diskBytes * recordedShare + (recorded % (machine.diskBytes * 0.3)) : 0),
  }
}

/** Name of a server's host: `srv-koln` for Köln. */
export function machineName(serverName: string): string {
  return `srv-${serverName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()}`
}
