import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, hostname, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createSystemClock } from '../../clock/clock.ts'
import { createTestClock } from '../../clock/testClock.ts'
import { hostProcessSchema, hostReadingSchema } from '../../shared/hosts.ts'
import type { HostCollector } from './hostCollector.ts'
import { withMediaServer } from './hostsState.ts'
import { createLocalHost } from './localHost.ts'
import { canListenByName, startNamedListener } from './testMediaProcess.fixture.ts'
import { eventually, processesWith } from './testSshd.fixture.ts'

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

test.skipIf(process.platform !== 'linux')('where the script can’t run, systeminformation reads this machine', async () => {
  Object.defineProperty(process, 'platform', { value: 'freebsd' })
  try {
    const local = createLocalHost(createSystemClock())
    const first = await readingOf(local)
    expect(hostReadingSchema.parse(withMediaServer(first, null, 0))).toMatchObject({ hostname: hostname(), cpuPercent: null, cores: cpus().length })
    expect(first.memoryUsedBytes).toBeGreaterThan(0)
    expect(first.disks.length).toBeGreaterThan(0)
    expect(first.system).not.toBeNull()
    await new Promise((resolve) => void setTimeout(resolve, 600))
    const next = await readingOf(local)
    expect(next.cpuPercent).toBeGreaterThanOrEqual(0)
    expect(next.disks.map(({ mount }) => mount)).toEqual(first.disks.map(({ mount }) => mount))
    const processes = await local.processes(never)
    expect(processes.ok && processes.value.length).toBeGreaterThan(0)
    local.close()
  } finally {
    Object.defineProperty(process, 'platform', { value: 'linux' })
  }
})

describe.skipIf(process.platform !== 'linux')('the shell of this machine', () => {
  const shells = () => processesWith('while read -r what id').filter(({ parent }) => parent === process.pid)
  /** Reads this machine with a program of ours before those of the system. */
  async function withProgram<T>(name: string, text: string, run: (clock: ReturnType<typeof createTestClock>, local: HostCollector) => Promise<T>): Promise<T> {
    const [dir, path] = [mkdtempSync(join(tmpdir(), 'programs-')), process.env.PATH]
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    process.env.PATH = `${dir}:${path}`
    const clock = createTestClock()
    const local = createLocalHost(clock)
    try {
      return await run(clock, local)
    } finally {
      process.env.PATH = path
      local.close()
      rmSync(dir, { recursive: true })
    }
  }

  test('has none of our secrets', async () => {
    process.env.MTXDECK_TOKEN = 'a-secret'
    const local = createLocalHost(createTestClock())
    try {
      await readingOf(local)
      const [shell] = shells()
      const environment = readFileSync(`/proc/${shell?.pid}/environ`, 'utf8')
      expect(environment).toContain('PATH=')
      expect(environment).not.toContain('a-secret')
    } finally {
      delete process.env.MTXDECK_TOKEN
      local.close()
    }
  })

  test('ends with all that it started, where something in it hangs', async () => {
    await withProgram('grep', 'exec sleep 54321', async (clock, local) => {
      const read = local.read(never)
      await eventually('it hangs', () => processesWith('sleep 54321').length > 0)
      await clock.advance(30_000)
      expect(await read).toMatchObject({ error: { kind: 'hung' } })
      await eventually('all has ended', () => processesWith('sleep 54321').length + shells().length === 0)
    })
  })

  test('is cut off where its answer has no end', async () => {
    const read = await withProgram('nvidia-smi', 'head -c 3000000 /dev/zero | tr "\\000" x', (_clock, local) => local.read(never))
    expect(read).toMatchObject({ error: { kind: 'answerBroken', said: { kind: 'sendsTooMuch' } } })
  })
})
