import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { findElectron, runDesktop } from './desktop.ts'

let dir: string
let shown: string[]
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-desktop-'))
  shown = []
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const deps = (env: Record<string, string>, platform: NodeJS.Platform = 'linux') => ({
  clock: createSystemClock(),
  projectDir: dir,
  env,
  platform,
  tell: (line: string) => void shown.push(line),
})
/** A folder that looks like Electron's package, with an installer of ours. */
function installElectron(installer: string) {
  mkdirSync(join(dir, 'node_modules', 'electron'), { recursive: true })
  writeFileSync(join(dir, 'node_modules', 'electron', 'install.js'), installer)
}
const installs = `const fs = require('node:fs'); const path = require('node:path');
fs.mkdirSync(path.join(__dirname, 'dist'), { recursive: true });
fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');`
/** A program that stands for Electron: writes its arguments down and ends. */
function fakeElectron(exitCode: number) {
  const file = join(dir, 'electron')
  writeFileSync(file, `#!/bin/sh\necho "$@" > "${dir}/arguments"\nexit ${exitCode}\n`)
  chmodSync(file, 0o755)
  return file
}

test('without a display nothing is downloaded, and that is the reason', async () => {
  installElectron(installs)
  expect(await findElectron(deps({}))).toEqual({ ok: false, error: expect.stringContaining('no display') })
  expect(existsSync(join(dir, 'node_modules', 'electron', 'path.txt'))).toBe(false)
})

test('a runtime that is named is used, or said to be missing', async () => {
  const file = fakeElectron(0)
  expect(await findElectron(deps({ WAYLAND_DISPLAY: 'w', ELECTRON_OVERRIDE_DIST_PATH: dir }))).toEqual({ ok: true, value: file })
  expect(await findElectron(deps({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: join(dir, 'nowhere') }))).toEqual({
    ok: false,
    error: 'ELECTRON_OVERRIDE_DIST_PATH names a folder without electron.',
  })
})

test('the runtime is downloaded once, and found from then on', async () => {
  installElectron(installs)
  const path = join(dir, 'node_modules', 'electron', 'dist', 'electron')
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: true, value: path })
  expect(shown).toEqual(["Electron's runtime is downloaded once …"])
  installElectron('process.exit(1)')
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: true, value: path })
  expect(shown).toHaveLength(1)
})

test('a download that fails or cannot be started ends with its reason', async () => {
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: false, error: expect.stringContaining('not installed here') })
  installElectron('process.exit(1)')
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: false, error: expect.stringContaining('what it said stands above') })
  installElectron("process.kill(process.pid, 'SIGKILL')")
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: false, error: expect.stringContaining('it was ended by SIGKILL') })
  // It says that all is well, and nothing is there.
  installElectron('')
  expect(await findElectron(deps({ DISPLAY: ':0' }))).toEqual({ ok: false, error: expect.stringContaining('could not be unpacked') })
})

test('the window that was closed ends the start, the one that never stood does not', async () => {
  const signal = new AbortController().signal
  expect(await runDesktop(fakeElectron(0), { args: ['--demo'], deps: deps({}), signal })).toEqual({ ok: true, value: null })
  expect(readFileSync(join(dir, 'arguments'), 'utf8')).toMatch(/^\. --demo/)
  expect(await runDesktop(fakeElectron(1), { args: [], deps: deps({}), signal })).toEqual({
    ok: false,
    error: 'Electron ended by itself (1).',
  })
  expect(await runDesktop(join(dir, 'nowhere'), { args: [], deps: deps({}), signal })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/can't be started .*ENOENT/),
  })
})
