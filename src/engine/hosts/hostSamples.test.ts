import { expect, it } from 'vitest'
import { someReading } from '../../shared/hosts.fixture.ts'
import type { HostReading } from '../../shared/hosts.ts'
import { deviceMetricIds, hostMetricIds, type MetricId } from '../../shared/metrics.ts'
import { samplesOf } from './hostSamples.ts'

/** A machine that tells everything, each figure another one. */
const telling: Partial<HostReading> = {
  cpuPercent: 32,
  perCorePercent: [2, 1.5],
  stealPercent: 3,
  iowaitPercent: 4,
  load1: 5,
  memoryPercent: 6,
  memoryUsedBytes: 7,
  swapUsedBytes: 8,
  temperaturesC: [{ name: 'core', celsius: 9 }],
  clockSkewMs: 10,
  tcpRetransmits: 11,
  udpBufferErrors: 12,
  mediaServer: {
    pid: 1,
    ports: null,
    restarts: 0,
    startedAt: null,
    openFilesLimit: null,
    cpuPercent: 13,
    memoryBytes: 14,
    threads: 15,
    openFiles: 16,
  },
  disks: [{ mount: '/', device: null, sizeBytes: 1, freeBytes: 1, fullAt: null, usedPercent: 20, readBps: 21, writtenBps: 22 }],
  networks: [{ name: 'eth0', linkBps: null, usedPercent: 23, receivedBps: 24, sentBps: 25, errors: 26, drops: 27 }],
  gpus: [{ name: 'A', percent: 28, encoderPercent: 29, memoryUsedBytes: 30, memoryTotalBytes: 100, celsius: 31 }],
}

/** Which figures history is given of a part of the host; null: of the host itself. */
function figuresOf(reading: Partial<HostReading>, part: string | null): Partial<Record<MetricId, number>> {
  const [own, devices] = samplesOf('host-abcd1234', 0, someReading(reading), 18)
  const batch = part === null ? own : devices
  const row = part === null ? 0 : (devices?.parts?.indexOf(part) ?? -1)
  const width = batch?.metrics.length ?? 0
  return Object.fromEntries(
    (batch?.metrics ?? []).map((id, column) => [id, batch?.values[row * width + column] as number]).filter(([, value]) => !Number.isNaN(value)),
  )
}

it('keeps every metric of a host that reports everything', () => {
  const figures = figuresOf(telling, null)
  expect(Object.keys(figures).sort()).toEqual([...hostMetricIds].sort())
  expect(new Set(Object.values(figures)).size, 'no figure is kept as two metrics').toBe(hostMetricIds.length)
})

it('keeps every metric of devices, each of the kinds of device that have it', () => {
  const figures = { disk: figuresOf(telling, 'disk:/'), network: figuresOf(telling, 'net:eth0'), gpu: figuresOf(telling, 'gpu:0') }
  expect(figures).toEqual({
    disk: { 'device.used': 20, 'device.read': 21, 'device.written': 22 },
    network: { 'device.used': 23, 'device.received': 24, 'device.sent': 25, 'device.errors': 26, 'device.drops': 27 },
    gpu: { 'device.used': 28, 'device.encoder': 29, 'device.memory': 30, 'device.temperature': 31 },
  })
  expect([...new Set(Object.values(figures).flatMap(Object.keys))].sort()).toEqual([...deviceMetricIds].sort())
})

it('keeps nothing of what a machine cannot tell', () => {
  expect(figuresOf({ gpus: [] }, null)).toEqual({ 'host.reachable': 1, 'host.answerMs': 18 })
})
