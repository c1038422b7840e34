import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from './runCommand.fixture.ts'
import { startTestConsole, type TestConsole } from './testConsole.fixture.ts'

let dir: string
let deck: TestConsole
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-dossier-command-'))
  deck = await startTestConsole({})
})
afterAll(async () => {
  await deck[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const run = (...args: readonly string[]) => runCommand({ dir, token: deck.token }, ['dossier', '--url', deck.url, ...args])

test('the dossier of the last hour is printed, or written to a file, in English or in the language that is named', async () => {
  expect(await run()).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(await run('--hide-addresses', '--language', 'de')).toContain('An ihrer Stelle stehen Platzhalter')
  const file = join(dir, 'hour.html')
  expect(await run('--out', file)).toBe('')
  expect(readFileSync(file, 'utf8')).toMatch(/<\/html>\s*$/)
})

test('what there is no dossier of, and where none can be written, is said', async () => {
  expect(await run('no-such')).toMatch(/^failed 64: /)
  expect(await run('--from', 'soon')).toMatch(/^failed 64: .*--from/)
  expect(await run('--from', '-1h', '--to', '-2h')).toMatch(/^failed 64: .*--to/)
  expect(await run('--out', join(dir, 'none', 'x.html'))).toMatch(/^failed 69: .*ENOENT/)
})
