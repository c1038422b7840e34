import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createTestClock } from '../clock/testClock.ts'
import { crashDir, recordCrash } from './crashes.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'mtxdeck-crashes-'))
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

test('a crash is written down without secrets, and only so many are kept', async () => {
  const clock = createTestClock()
  for (let i = 0; i < 25; i++) {
    const file = recordCrash(new Error(`number ${i} at rtsp://user:hunter2@camera/1`), { clock, dataDir, version: '1.2.3' })
    if (file === null) throw new Error('not written')
    const crash = JSON.parse(readFileSync(file, 'utf8'))
    expect(crash).toMatchObject({
      mtxdeck: '1.2.3',
      node: process.version,
      error: { message: expect.stringContaining(`number ${i}`), stack: expect.any(String) },
    })
    expect(JSON.stringify(crash)).not.toContain('hunter2')
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
    await clock.advance(1000)
  }
  const kept = readdirSync(crashDir(dataDir)).sort()
  expect(kept).toHaveLength(20)
  expect(readFileSync(join(crashDir(dataDir), kept.at(-1) ?? ''), 'utf8')).toContain('number 24')
})

test('where nothing can be written the crash is still told elsewhere', () => {
  expect(recordCrash(new Error('x'), { clock: createTestClock(), dataDir: '/dev/null/nowhere', version: '1' })).toBeNull()
})
