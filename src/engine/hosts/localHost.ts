import { availableParallelism, freemem, hostname, loadavg, totalmem, uptime } from 'node:os'
import systeminformation from 'systeminformation'
import type { Clock } from '../../clock/clock.ts'
import type { HostReading } from '../../shared/hosts.ts'

/** Reads the load of a machine on demand. */
export interface HostReader {
  readonly read: () => Promise<HostReading>
}

/** A reading younger than this is given again: each takes some 10 ms of CPU. */
const reuseMs = 1_000

const rounded = (value: number | null | undefined, places = 1): number | null =>
  value === null || value === undefined || !Number.isFinite(value) || value < 0 ? null : Number(value.toFixed(places))

/** The machine that this process runs on, by systeminformation. */
export const createLocalHost = (clock: Clock): HostReader => {
  let last: { readonly at: number; readonly reading: Promise<HostReading> } | null = null

  const read = async (): Promise<HostReading> => {
    // What one platform can't tell must not cost what the others can.
    const orNull = async <T>(work: Promise<T>): Promise<T | null> => work.catch(() => null)
    const [load, memory, disks, networks, temperature] = await Promise.all([
      orNull(systeminformation.currentLoad()),
      orNull(systeminformation.mem()),
      orNull(systeminformation.fsSize()),
      orNull(systeminformation.networkStats('*')),
      orNull(systeminformation.cpuTemperature()),
    ])
    const total = memory?.total ?? totalmem()
    const used = memory ? memory.total - memory.available : total - freemem()
    return {
      at: clock.now(),
      hostname: hostname(),
      cpuPercent: rounded(load?.currentLoad),
      cores: availableParallelism(),
      load1: process.platform === 'win32' ? null : rounded(loadavg()[0], 2),
      memoryTotalBytes: total,
      memoryUsedBytes: used,
      memoryPercent: rounded((used / total) * 100),
      disks: (disks ?? []).map((disk) => ({ mount: disk.mount, sizeBytes: disk.size, usedPercent: rounded(disk.use) ?? 0, freeBytes: disk.available })),
      // The first call has nothing to compare with: systeminformation says null then.
      networks: (networks ?? []).map((network) => {
        const bps = (bytesPerSecond: number | null) => (bytesPerSecond === null ? null : rounded(bytesPerSecond * 8, 0))
        return { name: network.iface, receivedBps: bps(network.rx_sec), sentBps: bps(network.tx_sec) }
      }),
      temperatureC: rounded(temperature?.main),
      uptimeSeconds: Math.round(uptime()),
    }
  }

  return {
    read: () => {
      if (last === null || clock.monotonic() - last.at >= reuseMs) last = { at: clock.monotonic(), reading: read() }
      return last.reading
    },
  }
}
