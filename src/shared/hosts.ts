import { oc } from '@orpc/contract'
import { z } from 'zod'
import { epochMs } from './time.ts'

/** Load of the machine that the engine runs on. null: it can't tell. */
export const hostReadingSchema = z.object({
  at: epochMs,
  hostname: z.string(),
  cpuPercent: z.number().nullable(),
  cores: z.number().nullable(),
  load1: z.number().nullable(),
  memoryTotalBytes: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  memoryPercent: z.number().nullable(),
  disks: z.array(z.object({ mount: z.string(), sizeBytes: z.number(), usedPercent: z.number(), freeBytes: z.number() })),
  networks: z.array(z.object({ name: z.string(), receivedBps: z.number().nullable(), sentBps: z.number().nullable() })),
  temperatureC: z.number().nullable(),
  uptimeSeconds: z.number().nullable(),
})
export type HostReading = z.infer<typeof hostReadingSchema>

export const hostsContract = {
  local: oc.route({ method: 'GET', path: '/hosts/local', tags: ['hosts'] }).output(hostReadingSchema),
}
