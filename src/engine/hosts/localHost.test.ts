import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { hostProcessSchema, hostReadingSchema } from '../../shared/hosts.ts'
import { createLocalHost, readSystem } from './localHost.ts'
import { readingAlone } from './mediaChoice.ts'
import { canListenByName, startNamedListener } from './testMediaProcess.ts'

test('this machine is read in the shape of every host, its rates from the second reading on', async () => {
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const first = await local.read()
  const reading = readingAlone(first.value)
  expect(hostReadingSchema.parse(reading)).toEqual(reading)
  expect(first.value).toMatchObject({ hostname: hostname(), cpuPercent: null, clockSkewMs: 0, cores: cpus().length, at: clock.now() })
  expect(first.value.memoryTotalBytes).toBe(totalmem())
  expect(first.value.memoryUsedBytes).toBeGreaterThan(0)
  expect(first.value.disks.length).toBeGreaterThan(0)
  for (const disk of first.value.disks) expect(disk.sizeBytes).toBeGreaterThan(0)
  expect(first.value.networks.every((network) => network.receivedBps === null)).toBe(true)
  local.close()
})

test('who asks again at once gets the same reading, and a moment later another', async () => {
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const [one, two] = await Promise.all([local.read(), local.read()])
  expect(two.value).toBe(one.value)
  await clock.advance(499)
  expect((await local.read()).value).toBe(one.value)
  await clock.advance(1)
  const later = await local.read()
  expect(later.value).not.toBe(one.value)
  // What hardly moves is not read again, and stands.
  expect(later.value.disks.map((disk) => disk.mount)).toEqual(one.value.disks.map((disk) => disk.mount))
  expect(later.value.system).toBe(one.value.system)
  expect(clock.pending()).toBe(0)
  local.close()
})

test.skipIf(!canListenByName)('media servers on this machine are read with it, each with the ports at which it listens', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'media-'))
  using one = await startNamedListener(dir, 'mediamtx-a')
  using other = await startNamedListener(dir, 'mediamtx-1.20.1')
  const local = createLocalHost(createTestClock())
  const { mediaProcesses } = (await local.read()).value
  local.close()
  for (const { pid, port, name } of [one, other]) {
    const found = mediaProcesses.find((process) => process.pid === pid)
    expect(found).toMatchObject({ name, ports: [port], threads: expect.any(Number), openFilesLimit: expect.any(Number), cpuPercent: null })
    expect(found?.memoryBytes).toBeGreaterThan(0)
    expect(found?.arguments).toContain(join(dir, name))
  }
  rmSync(dir, { recursive: true })
})

test.skipIf(!canListenByName)('a media server is seen with the next reading whenever it was started, also long after another one ended', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'media-'))
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const read = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await clock.advance(2_000)
      await local.read()
    }
    return (await local.read()).value.mediaProcesses
  }
  await read(3)
  for (const readings of [1, 12]) {
    using media = await startNamedListener(dir, 'mediamtx-a')
    expect((await read(1)).find(({ pid }) => pid === media.pid)).toMatchObject({ name: 'mediamtx-a', ports: [media.port] })
    await media.die()
    expect((await read(readings)).map(({ pid }) => pid)).not.toContain(media.pid)
  }
  local.close()
  rmSync(dir, { recursive: true })
})

test('the busiest processes of this machine are listed', async () => {
  const local = createLocalHost(createSystemClock())
  const { value } = await local.processes(new AbortController().signal)
  expect(value.length).toBeGreaterThan(0)
  expect(value.length).toBeLessThanOrEqual(20)
  for (const process of value) expect(hostProcessSchema.parse(process)).toEqual(process)
  local.close()
})

test('where there is no /proc, a thread that stands still costs what it would tell, and not the reading', async () => {
  const clock = createTestClock()
  const stuck = { ask: () => new Promise<never>(() => {}), close: () => {} }
  const reading = readSystem(clock, stuck, new AbortController().signal)
  await clock.advance(3_000)
  expect(await reading).toMatchObject({ coreCount: cpus().length, memory: { totalBytes: totalmem(), usedBytes: null }, networks: null })
  expect(clock.pending()).toBe(0)
})
