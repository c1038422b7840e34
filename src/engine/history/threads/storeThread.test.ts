import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Log } from '../../ports.ts'
import { defaultLimits, type StoreWorkerStart, type WriterAsks, type WriterNotes } from '../protocol/protocol.ts'
import { createStoreThread } from './threads.ts'

const said: string[] = []
const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: (_, text) => void said.push(text), child: () => log }

test('what was noted is taken before what is asked after it, few notes or many, and an array is given away with its note', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mtxdeck-thread-'))
  const start: StoreWorkerStart = {
    role: 'writer',
    file: join(dataDir, 'history.db'),
    archives: join(dataDir, 'history'),
    limits: defaultLimits,
    madeBy: 'test',
  }
  const thread = createStoreThread<WriterNotes, WriterAsks>({
    entry: new URL('../storeWorker.ts', import.meta.url),
    start,
    log,
    onDeath: (error) => void said.push(String(error)),
  })
  try {
    expect((await thread.ask('open', { now: 0 })).error).toBe(null)
    let rounds = 0
    for (const count of [1, 700]) {
      for (let n = 0; n < count; n++) {
        const values = Float64Array.of(n)
        const first = rounds++ === 0
        thread.note('batch', { ownerId: 'a', at: rounds * 1000, list: 0, paths: first ? ['cam'] : null, metrics: first ? ['path.readers'] : null, values }, [
          values.buffer,
        ])
      }
      // A few wait here until something is asked: nothing of them is under way.
      expect(thread.busy()).toBe(count > 256)
      const { owners } = await thread.ask('hot', { subjects: [{ ownerId: 'a', path: 'cam' }], to: Number.POSITIVE_INFINITY })
      expect(owners[0]?.times.length).toBe(rounds)
      expect(thread.busy()).toBe(false)
    }
    // Enough bytes go without anybody asking: what is kept for later is bounded.
    const large = new Float64Array(100_000)
    thread.note(
      'batch',
      { ownerId: 'b', at: 0, list: 0, paths: Array.from({ length: 100_000 }, (_, n) => `cam${n}`), metrics: ['path.readers'], values: large },
      [large.buffer],
    )
    expect(large.length).toBe(0)
    await thread.ask('close', null)
    expect(said).toEqual([])
  } finally {
    await thread.terminate()
    await rm(dataDir, { recursive: true })
  }
})

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-thread-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const startThread = (entry: URL, file: string) =>
  createStoreThread({
    entry,
    start: { role: 'query', file, archives: dir, limits: defaultLimits, madeBy: 'a test' },
    log,
    onDeath: () => {},
  })

// Terminated while SQLite's native code was being loaded, one in some hundred threads aborted the whole process.
test('a thread that is terminated while it is starting ends once it has loaded', async () => {
  const file = join(dir, 'loaded')
  await startThread(new URL('./slowStart.fixture.ts', import.meta.url), file).terminate()
  expect(existsSync(file)).toBe(true)
})

test('a thread that can not be loaded is terminated, too', async () => {
  await startThread(new URL('file:///no-such-file.ts'), join(dir, 'history.db')).terminate()
})
