import { type MessagePort, parentPort } from 'node:worker_threads'
import systeminformation from 'systeminformation'
import { createSystemClock, inTime } from '../../clock/clock.ts'
import { slowIntervalMs } from './hostCollector.ts'
import { isOuterInterface, type RawHost } from './parseHost.ts'

/*
 * Queries systeminformation about this machine. Runs in a separate thread, because many queries wait for other programs (`execSync`),
 * which would block the engine's thread.
 */

const positive = (value: number | null | undefined): number | null => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null)
const share = (value: number | null | undefined): number | null => (typeof value === 'number' && value >= 0 && value <= 100 ? value : null)
const megabytes = (value: number | null | undefined): number | null => (typeof value === 'number' && value >= 0 ? value * 1024 * 1024 : null)

const slowPatienceMs = 2_000

/** null: this query failed; the others have their answers. */
const orNull = <T>(query: Promise<T>): Promise<T | null> => query.catch(() => null)

const clock = createSystemClock()
let slow: RawHost = {}
let reading: Promise<void> | null = null
let slowAt = Number.NEGATIVE_INFINITY

const asks = {
  /** What hardly moves is read each 30 s; where that hangs, as on a network disk, the rest is answered. */
  figures: async (): Promise<RawHost> => {
    const begins = reading === null && clock.monotonic() - slowAt >= slowIntervalMs
    if (begins) {
      slowAt = clock.monotonic()
      reading = readSlow().finally(() => {
        reading = null
      })
    }
    const [memory, networks] = await Promise.all([
      orNull(systeminformation.mem()),
      orNull(systeminformation.networkStats('*')),
      begins && reading && inTime(clock, slowPatienceMs, reading),
    ])
    // Told once: what is not read again is unknown after a while.
    const found = slow
    slow = {}
    return {
      ...found,
      ...(memory && {
        memory: {
          totalBytes: memory.total,
          usedBytes: memory.total - memory.available,
          swapTotalBytes: memory.swaptotal,
          swapUsedBytes: memory.swapused,
        },
      }),
      networks:
        networks?.flatMap((network) =>
          isOuterInterface(network.iface)
            ? {
                name: network.iface,
                receivedBytes: network.rx_bytes,
                sentBytes: network.tx_bytes,
                errors: network.rx_errors + network.tx_errors,
                drops: network.rx_dropped + network.tx_dropped,
              }
            : [],
        ) ?? null,
    }
  },
  processes: async () => (await systeminformation.processes()).list,
}

async function readSlow(): Promise<void> {
  const [system, disks, temperature, graphics, networks] = await Promise.all([
    orNull(systeminformation.osInfo()),
    orNull(systeminformation.fsSize()),
    orNull(systeminformation.cpuTemperature()),
    orNull(systeminformation.graphics()),
    orNull(Promise.resolve(systeminformation.networkInterfaces())),
  ])
  const celsius = positive(temperature?.main)
  const speeds = [networks ?? []].flat().flatMap(({ iface, speed }): [string, number][] => {
    const megabits = positive(speed)
    return megabits === null ? [] : [[iface, megabits * 1_000_000]]
  })
  slow = {
    systemName: [system?.distro, system?.release].filter((word) => word && word !== 'unknown').join(' ') || null,
    mounts:
      disks
        ?.filter((disk) => disk.size > 0)
        .map(({ mount, fs, size, used, available }) => ({
          mount,
          device: fs,
          trafficKeys: [],
          sizeBytes: size,
          usedBytes: used,
          freeBytes: available,
        })) ?? null,
    temperatures: temperature && (celsius === null ? [] : [{ name: 'cpu', celsius: Math.round(celsius * 10) / 10 }]),
    gpus:
      graphics?.controllers
        // A display adapter that does not report its load is left out.
        .filter((card) => share(card.utilizationGpu) !== null)
        .map((card) => ({
          name: card.model === '' ? card.vendor : card.model,
          percent: share(card.utilizationGpu),
          encoderPercent: null,
          memoryUsedBytes: megabytes(card.memoryUsed),
          memoryTotalBytes: megabytes(card.memoryTotal),
          celsius: positive(card.temperatureGpu),
        })) ?? null,
    linkBps: networks && new Map(speeds),
  }
}

/** The requests of the thread and their results; null: the system does not report it. */
export type SystemAnswers = { readonly [K in keyof typeof asks]: Awaited<ReturnType<(typeof asks)[K]>> | null }
export interface SystemAsk {
  readonly kind: keyof SystemAnswers
  readonly port: MessagePort
}

parentPort?.on('message', async ({ kind, port }: SystemAsk) => {
  port.postMessage(await asks[kind]().catch(() => null))
  port.close()
})
