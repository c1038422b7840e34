import { parentPort } from 'node:worker_threads'
import systeminformation from 'systeminformation'
import type { RawHost } from './rawHost.ts'

/*
 * Queries systeminformation about this machine. Runs in a separate thread, because many queries wait for other programs (`execSync` of
 * ip, mount, dmidecode), which would block the engine's thread.
 */

const positive = (value: number | null | undefined): number | null => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null)
const share = (value: number | null | undefined): number | null => (typeof value === 'number' && value >= 0 && value <= 100 ? value : null)
const megabytes = (value: number | null | undefined): number | null => (typeof value === 'number' && value >= 0 ? value * 1024 * 1024 : null)

const asks = {
  name: async (): Promise<Partial<RawHost>> => {
    const system = await systeminformation.osInfo()
    return { systemName: [system.distro, system.release].filter((word) => word !== '' && word !== 'unknown').join(' ') || null }
  },
  mounts: async (): Promise<Partial<RawHost>> => ({
    mounts: (await systeminformation.fsSize())
      .filter((disk) => disk.size > 0)
      .map((disk) => ({
        mount: disk.mount,
        device: disk.fs,
        trafficKeys: [disk.fs],
        sizeBytes: disk.size,
        usedBytes: disk.used,
        freeBytes: disk.available,
      })),
  }),
  temperatures: async (): Promise<Partial<RawHost>> => {
    const { main } = await systeminformation.cpuTemperature()
    const celsius = positive(main)
    return { temperatures: celsius === null ? [] : [{ name: 'cpu', celsius: Math.round(celsius * 10) / 10 }] }
  },
  gpus: async (): Promise<Partial<RawHost>> => ({
    gpus: (await systeminformation.graphics()).controllers
      // A display adapter that does not report its load is left out.
      .filter((card) => share(card.utilizationGpu) !== null || positive(card.memoryTotal) !== null)
      .map((card) => ({
        name: card.model === '' ? card.vendor : card.model,
        percent: share(card.utilizationGpu),
        idleMs: null,
        encoderPercent: null,
        decoderPercent: null,
        memoryUsedBytes: megabytes(card.memoryUsed),
        memoryTotalBytes: megabytes(card.memoryTotal),
        celsius: positive(card.temperatureGpu),
      })),
  }),
  links: async (): Promise<Partial<RawHost>> => {
    const networks = await systeminformation.networkInterfaces()
    const speeds = (Array.isArray(networks) ? networks : [networks]).flatMap(({ iface, speed }): [string, number][] => {
      const megabits = positive(speed)
      return megabits === null ? [] : [[iface, megabits * 1_000_000]]
    })
    return { linkBps: new Map(speeds) }
  },
  memory: () => systeminformation.mem(),
  traffic: () => systeminformation.networkStats('*'),
  processes: async () => (await systeminformation.processes()).list,
}

/** The requests of the thread and their results. */
export type SystemAnswers = { readonly [K in keyof typeof asks]: Awaited<ReturnType<(typeof asks)[K]>> }
export interface SystemAsk {
  readonly id: number
  readonly kind: keyof SystemAnswers
}
/** null: the system does not report it. */
export interface SystemAnswer {
  readonly id: number
  readonly value: SystemAnswers[keyof SystemAnswers] | null
}

parentPort?.on('message', async ({ id, kind }: SystemAsk) => {
  const value = await asks[kind]().catch(() => null)
  parentPort?.postMessage({ id, value } satisfies SystemAnswer)
})
