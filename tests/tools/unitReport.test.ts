import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { UnitReport } from '../../tools/unitReport.ts'

test('what fails around tests is named with what it said, and so is a rejection that nobody handled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mtxdeck-report-'))
  try {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
    writeFileSync(
      join(folder, 'planted.test.mjs'),
      `import { afterAll, beforeAll, describe, expect, test } from 'vitest'
describe('a suite', () => {
  beforeAll(() => { throw new Error('the hook failed') })
  test('in it', () => {})
})
test('wrong', () => expect(1).toBe(2))
test('right', () => void Promise.reject(new Error('nobody handled this')))
afterAll(() => { throw new Error('the end failed') })`,
    )
    const file = join(folder, 'report.json')
    const args = [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder, `--reporter=${resolve('tools/unitReport.ts')}`]
    spawnSync(process.execPath, args, { cwd: folder, env: { ...process.env, MTXDECK_UNIT_REPORT: file } })
    const { passed, skipped, failed } = JSON.parse(readFileSync(file, 'utf8')) as UnitReport
    expect({ passed, skipped }).toEqual({ passed: 1, skipped: ['a suite > in it'] })
    expect(failed.map(({ name, messages }) => [name, messages.map((message) => message.split('\n')[0])])).toEqual([
      ['planted.test.mjs', ['Error: the end failed']],
      ['planted.test.mjs: a suite', ['Error: the hook failed']],
      ['planted.test.mjs: wrong', ['AssertionError: expected 1 to be 2 // Object.is equality']],
      ['the unit tests', ['Error: nobody handled this']],
    ])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
