import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { hostProcessSchema, hostReadingSchema } from '../../shared/hosts.ts'
import { createLocalHost } from './localHost.ts'

test('this machine is read in the shape of every host, its rates from the second reading on', async () => {
  const clock = createTestClock()
  const local = createLocalHost(clock)
  const first = await local.read()
  expect(hostReadingSchema.parse(first.value)).toEqual(first.value)
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

test.skipIf(process.platform !== 'linux')('a media server on this machine is read with it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'media-'))
  // /proc tells the name of the file that a process was started from.
  copyFileSync('/bin/sleep', join(dir, 'mediamtx'))
  const child = spawn(join(dir, 'mediamtx'), ['60'], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const local = createLocalHost(createTestClock())
  // Others may run one here, too: which of them is read is not said.
  const { mediaServer } = (await local.read()).value
  local.close()
  child.kill('SIGKILL')
  await ended
  rmSync(dir, { recursive: true })
  expect(mediaServer).toMatchObject({ pid: expect.any(Number), threads: expect.any(Number), openFilesLimit: expect.any(Number), restarts: 0, cpuPercent: null })
  expect(mediaServer?.memoryBytes).toBeGreaterThan(0)
})

test('the busiest processes of this machine are told', async () => {
  const local = createLocalHost(createSystemClock())
  const { value } = await local.processes(new AbortController().signal)
  expect(value.length).toBeGreaterThan(0)
  expect(value.length).toBeLessThanOrEqual(20)
  for (const process of value) expect(hostProcessSchema.parse(process)).toEqual(process)
  local.close()
})
