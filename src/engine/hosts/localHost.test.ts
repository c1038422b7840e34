import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { hostProcessSchema, hostReadingSchema } from '../../shared/hosts.ts'
import type { HostCollector } from './hostCollector.ts'
import { withMediaServer } from './hostsState.ts'
import { createLocalHost } from './localHost.ts'
import { canListenByName, startNamedListener } from './testMediaProcess.ts'

const never = new AbortController().signal
async function readingOf(local: HostCollector) {
  const read = await local.read(never)
  if (!read.ok) throw new Error(read.error.kind)
  return read.value
}

test('this machine is read in the shape of every host, its rates from the second reading on', async () => {
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const first = await readingOf(local)
  const reading = withMediaServer(first, null, 0)
  expect(hostReadingSchema.parse(reading)).toEqual(reading)
  expect(first).toMatchObject({ hostname: hostname(), cpuPercent: null, clockSkewMs: 0, cores: cpus().length, at: clock.now() })
  expect(first.memoryTotalBytes).toBe(totalmem())
  expect(first.memoryUsedBytes).toBeGreaterThan(0)
  expect(first.disks.length).toBeGreaterThan(0)
  for (const disk of first.disks) expect(disk.sizeBytes).toBeGreaterThan(0)
  expect(first.networks.every((network) => network.receivedBps === null)).toBe(true)
  local.close()
})

test('who asks again at once gets the same reading, and a moment later another', async () => {
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const [one, two] = await Promise.all([readingOf(local), readingOf(local)])
  expect(two).toEqual(one)
  await clock.advance(499)
  expect(await readingOf(local)).toEqual(one)
  await clock.advance(1)
  const later = await readingOf(local)
  expect(later.at).not.toBe(one.at)
  // What hardly moves is not read again, and stands.
  expect(later.disks.map((disk) => disk.mount)).toEqual(one.disks.map((disk) => disk.mount))
  expect(later.system).toBe(one.system)
  expect(clock.pending()).toBe(0)
  local.close()
})

test.skipIf(!canListenByName)('media servers on this machine are read with it, each with the ports at which it listens', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'media-'))
  using one = await startNamedListener(dir, 'mediamtx-a')
  using other = await startNamedListener(dir, 'mediamtx-1.20.1')
  const local = createLocalHost(createTestClock())
  const { mediaProcesses } = await readingOf(local)
  local.close()
  for (const { pid, port } of [one, other]) {
    const found = mediaProcesses.find((process) => process.pid === pid)
    expect(found).toMatchObject({ ports: [port], threads: expect.any(Number), openFilesLimit: expect.any(Number), cpuPercent: null })
    expect(found?.memoryBytes).toBeGreaterThan(0)
  }
  rmSync(dir, { recursive: true })
})

test('the busiest processes of this machine are listed', async () => {
  const local = createLocalHost(createSystemClock())
  const read = await local.processes(never)
  const value = read.ok ? read.value : []
  expect(value.length).toBeGreaterThan(0)
  expect(value.length).toBeLessThanOrEqual(20)
  for (const process of value) expect(hostProcessSchema.parse(process)).toEqual(process)
  local.close()
})
