import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { failureText } from '../shared/words/commandText.ts'
import { addDossierCommand } from './dossierCommand.ts'
import { startTestConsole, type TestConsole } from './testConsole.ts'

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

/** What it prints, or why and with which code it fails. */
async function run(...args: readonly string[]): Promise<string> {
  let printed = ''
  const written = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  const program = new Command()
  addDossierCommand(program, {
    clock: createSystemClock(),
    version: '0',
    language: 'de',
    configOf: () => ({ dataDir: dir, token: deck.token, tokenFile: join(dir, 'token') }),
    stopSignal: () => new AbortController().signal,
    onProgress: () => {},
    fail: (failure, exitCode) => {
      throw new Error(`${exitCode}: ${failureText(failure, 'en')}`)
    },
  })
  try {
    await program.parseAsync(['dossier', '--url', deck.url, ...args], { from: 'user' })
  } catch (error) {
    printed += `failed ${error instanceof Error ? error.message : error}`
  }
  written.mockRestore()
  return printed
}

test('the dossier of the last hour is printed, or written to a file, in the language of the command', async () => {
  expect(await run()).toMatch(/^<!doctype html>\n<html lang="de">/)
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
