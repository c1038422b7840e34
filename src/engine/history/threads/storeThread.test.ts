import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestLog } from '../../testLog.ts'
import { usualLimits } from '../protocol/protocol.ts'
import { createStoreThread } from './storeThread.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-thread-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const startThread = (entry: URL, file: string) =>
  createStoreThread({
    entry,
    start: { role: 'reader', file, archives: dir, limits: usualLimits, madeBy: 'a test' },
    log: createTestLog(),
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
