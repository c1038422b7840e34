import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestClock } from '../../clock/testClock.ts'
import { lockDataDir } from './lockDataDir.ts'

let dir: string
let dataDir: string
const clock = createTestClock(Date.UTC(2026, 10, 14, 3, 0, 0))
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mtxdeck-lock-'))
  dataDir = join(dir, 'data')
})
afterEach(() => rm(dir, { recursive: true }))

const program = `
import { createTestClock } from ${JSON.stringify(new URL('../../clock/testClock.ts', import.meta.url).href)}
import { lockDataDir } from ${JSON.stringify(new URL('./lockDataDir.ts', import.meta.url).href)}
const locked = lockDataDir({ clock: createTestClock(Date.UTC(2026, 10, 13, 22, 30)), dataDir: process.argv[2] })
console.log(locked.ok ? 'locked' : locked.error.words)
process.stdin.resume()
globalThis.held = locked
`

test('the second engine on a folder is refused with the first one’s process and start, and comes in when that was killed', async () => {
  await writeFile(join(dir, 'holder.mts'), program)
  const holder = spawn(process.execPath, [join(dir, 'holder.mts'), dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(holder, 'exit')
  expect(String((await once(holder.stdout, 'data'))[0]).trim()).toBe('locked')
  expect(lockDataDir({ clock, dataDir })).toEqual({
    ok: false,
    error: {
      kind: 'dataDirInUse',
      trouble: expect.objectContaining({ kind: 'dataDirInUse' }),
      words: `Another mtxdeck (process ${holder.pid}, started 13 Nov 2026, 22:30:00 UTC) uses ${dataDir}. Stop it first, or give this one another data folder.`,
    },
  })
  holder.kill('SIGKILL')
  await exited
  const locked = lockDataDir({ clock, dataDir })
  expect(locked.ok).toBe(true)
  if (locked.ok) locked.value[Symbol.dispose]()
})

test('two engines of one process are kept apart too, and a folder that was given back is free', () => {
  const first = lockDataDir({ clock, dataDir })
  if (!first.ok) throw new Error(first.error.words)
  expect(lockDataDir({ clock, dataDir })).toMatchObject({
    ok: false,
    error: { kind: 'dataDirInUse', trouble: expect.objectContaining({ kind: 'dataDirInUse' }), words: expect.stringContaining(`process ${process.pid}`) },
  })
  first.value[Symbol.dispose]()
  const second = lockDataDir({ clock, dataDir })
  expect(second.ok).toBe(true)
  if (second.ok) second.value[Symbol.dispose]()
})

test('the refusal stands where nobody wrote who holds the folder', async () => {
  const first = lockDataDir({ clock, dataDir })
  await writeFile(join(dataDir, 'engine.json'), '{ half')
  expect(lockDataDir({ clock, dataDir })).toMatchObject({ ok: false, error: { words: expect.stringMatching(/^Another mtxdeck uses /) } })
  if (first.ok) first.value[Symbol.dispose]()
})

test('a folder that cannot be made is named', async () => {
  await writeFile(join(dir, 'plain'), '')
  expect(lockDataDir({ clock, dataDir: join(dir, 'plain', 'data') })).toMatchObject({
    ok: false,
    error: {
      kind: 'dataDirNotWritable',
      trouble: expect.objectContaining({ kind: 'notWritable' }),
      words: expect.stringContaining(join(dir, 'plain', 'data')),
    },
  })
})
