import { availableParallelism, freemem, hostname, loadavg, release, totalmem, uptime } from 'node:os'
import systeminformation from 'systeminformation'
import type { Clock } from '../../clock/clock.ts'
import type { HostProcess, HostReading } from '../../shared/hosts.ts'
import { ok } from '../../shared/result.ts'
import { type HostReader, shownProcesses } from './hostReader.ts'

/** A reading younger than this is given again: each takes some 10 ms of CPU. */
const reuseMs = 1_000

const rounded = (value: number | null | undefined, places = 1): number | null =>
  value === null || value === undefined || !Number.isFinite(value) || value < 0 ? null : Number(value.toFixed(places))

/** A reader that never fails: what this machine can't tell is null in its reading. */
export interface LocalHost extends HostReader {
  readonly read: () => Promise<{ readonly ok: true; readonly value: HostReading }>
  readonly processes: () => Promise<{ readonly ok: true; readonly value: readonly HostProcess[] }>
}

/** The machine that this process runs on, by systeminformation. */
export const createLocalHost = (clock: Clock): LocalHost => {
  let last: { readonly at: number; readonly reading: Promise<HostReading> } | null = null

  // What one platform can't tell must not cost what the others can.
  const orNull = async <T>(work: Promise<T>): Promise<T | null> => work.catch(() => null)
  const read = async (): Promise<HostReading> => {
    const [load, memory, disks, networks, temperature] = await Promise.all([
      orNull(systeminformation.currentLoad()),
      orNull(systeminformation.mem()),
      orNull(systeminformation.fsSize()),
      orNull(systeminformation.networkStats('*')),
      orNull(systeminformation.cpuTemperature()),
    ])
    const total = memory?.total ?? totalmem()
    const used = memory ? memory.total - memory.available : total - freemem()
    const loads = process.platform === 'win32' ? null : loadavg()
    const celsius = rounded(temperature?.main)
    return {
      at: clock.now(),
      hostname: hostname(),
      system: null,
      kernel: release(),
      cores: availableParallelism(),
      cpuPercent: rounded(load?.currentLoad),
      perCorePercent: (load?.cpus ?? []).map((core) => rounded(core.load)),
      stealPercent: null,
      iowaitPercent: null,
      load1: rounded(loads?.[0], 2),
      load5: rounded(loads?.[1], 2),
      load15: rounded(loads?.[2], 2),
      memoryTotalBytes: total,
      memoryUsedBytes: used,
      memoryPercent: rounded((used / total) * 100),
      swapTotalBytes: memory?.swaptotal ?? null,
      swapUsedBytes: memory?.swapused ?? null,
      disks: (disks ?? []).map((disk) => ({
        mount: disk.mount,
        device: disk.fs,
        sizeBytes: disk.size,
        usedPercent: rounded(disk.use) ?? 0,
        freeBytes: disk.available,
        readBps: null,
        writtenBps: null,
        fullAt: null,
      })),
      // The first call has nothing to compare with: systeminformation says null then.
      networks: (networks ?? []).map((network) => {
        const bps = (bytesPerSecond: number | null) => (bytesPerSecond === null ? null : rounded(bytesPerSecond * 8, 0))
        return {
          name: network.iface,
          receivedBps: bps(network.rx_sec),
          sentBps: bps(network.tx_sec),
          errors: null,
          drops: null,
          linkBps: null,
          usedPercent: null,
        }
      }),
      temperaturesC: celsius === null ? [] : [{ name: 'cpu', celsius }],
      gpus: [],
      uptimeSeconds: Math.round(uptime()),
      clockSkewMs: null,
      tcpRetransmits: null,
      udpBufferErrors: null,
      mediaServer: null,
    }
  }

  return {
    read: async () => {
      if (last === null || clock.monotonic() - last.at >= reuseMs) last = { at: clock.monotonic(), reading: read() }
      return ok(await last.reading)
    },
    processes: async () => {
      const list = (await orNull(systeminformation.processes()))?.list ?? []
      const busiest = list.toSorted((one, other) => other.cpu - one.cpu).slice(0, shownProcesses)
      return ok(
        busiest.map(({ pid, name, user, cpu, memRss }) => ({
          pid,
          name,
          user: user === '' ? null : user,
          cpuPercent: rounded(cpu),
          memoryBytes: memRss * 1024,
        })),
      )
    },
    close: () => {},
  }
}
