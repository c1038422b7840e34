import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runDesktop } from './desktop.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-desktop-'))
  vi.stubEnv('DISPLAY', ':0')
  vi.stubEnv('WAYLAND_DISPLAY', '')
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true, force: true })
})

const executable = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
const electronDir = () => join(dir, 'node_modules', 'electron')
/** A folder that looks like Electron's package, with an installer of ours. */
function installElectron(installer: string) {
  mkdirSync(electronDir(), { recursive: true })
  writeFileSync(join(electronDir(), 'install.js'), installer)
}
/** A program that stands for Electron: writes its arguments down and ends. */
const fakeOf = (exitCode: number) => `#!/bin/sh\necho "$@" > "${dir}/arguments"\nexit ${exitCode}\n`
/** An installer that unpacks it. */
const unpacks = (exitCode: number) => `const fs = require('node:fs'); const path = require('node:path');
const file = path.join(__dirname, 'dist', ${JSON.stringify(executable)});
fs.mkdirSync(path.dirname(file), { recursive: true });
fs.writeFileSync(file, ${JSON.stringify(fakeOf(exitCode))}, { mode: 0o755 });
fs.writeFileSync(path.join(__dirname, 'path.txt'), '');`
const run = (...args: readonly string[]) => runDesktop(dir, args, new AbortController().signal)

test.runIf(process.platform === 'linux')('without a display nothing is downloaded, and that is the reason', async () => {
  vi.stubEnv('DISPLAY', '')
  installElectron(unpacks(0))
  expect(await run()).toEqual({ ok: false, error: expect.stringContaining('no display') })
  expect(existsSync(join(electronDir(), 'path.txt'))).toBe(false)
})

test.each([
  ['is not there', null, 'not installed here'],
  ['fails', 'process.exit(1)', 'what it said stands above'],
  ['is ended', "process.kill(process.pid, 'SIGKILL')", 'it was ended by SIGKILL'],
  ['says that all is well, and unpacked nothing', '', 'could not be unpacked'],
])('an installer that %s is the reason', async (_, installer, said) => {
  if (installer !== null) installElectron(installer)
  expect(await run()).toEqual({ ok: false, error: expect.stringContaining(said) })
})

test('the runtime is downloaded once, and found from then on', async () => {
  installElectron(unpacks(0))
  expect(await run()).toEqual({ ok: true, value: null })
  installElectron('process.exit(1)')
  expect(await run()).toEqual({ ok: true, value: null })
})

test('a download that is aborted ends at once, and nothing else is tried', async () => {
  installElectron(`require('node:fs').writeFileSync(${JSON.stringify(join(dir, 'begun'))}, ''); setInterval(() => {}, 1000)`)
  const stop = new AbortController()
  const ended = runDesktop(dir, [], stop.signal)
  await vi.waitFor(() => expect(existsSync(join(dir, 'begun'))).toBe(true), { timeout: 10_000 })
  stop.abort()
  expect(await ended).toEqual({ ok: true, value: null })
})

test('a runtime that is named is used, or said to be missing', async () => {
  installElectron(unpacks(1))
  const file = join(dir, 'own', executable)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, fakeOf(0), { mode: 0o755 })
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', join(dir, 'own'))
  expect(await run()).toEqual({ ok: true, value: null })
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', join(dir, 'nowhere'))
  expect(await run()).toEqual({ ok: false, error: `ELECTRON_OVERRIDE_DIST_PATH names a folder without ${executable}.` })
})

test('a window that was closed was open', async () => {
  installElectron(unpacks(0))
  expect(await run('--demo')).toEqual({ ok: true, value: null })
  expect(readFileSync(join(dir, 'arguments'), 'utf8')).toMatch(/^\. --demo/)
})

test('a window that ends at once was never open', async () => {
  installElectron(unpacks(1))
  expect(await run()).toEqual({ ok: false, error: 'Electron ended by itself (1).' })
})
