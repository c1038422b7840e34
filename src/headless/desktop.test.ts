import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runDesktop } from './desktop.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-desktop-'))
  vi.stubEnv('DISPLAY', ':0')
  vi.stubEnv('WAYLAND_DISPLAY', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true, force: true })
})

/** A folder that looks like Electron's package, which says where its runtime is. */
function installElectron(index: string) {
  mkdirSync(join(dir, 'node_modules', 'electron'), { recursive: true })
  writeFileSync(join(dir, 'node_modules', 'electron', 'index.js'), index)
}
/** A program that stands for Electron: writes its arguments down and ends. */
function installFake(exitCode: number) {
  const file = join(dir, `electron-${exitCode}`)
  writeFileSync(file, `#!/bin/sh\necho "$@" > "${dir}/arguments"\nexit ${exitCode}\n`)
  chmodSync(file, 0o755)
  installElectron(`module.exports = ${JSON.stringify(file)}`)
}
const run = (...args: readonly string[]) => runDesktop(dir, args, new AbortController().signal)

test.runIf(process.platform === 'linux')('without a display nothing is downloaded, and that is the reason', async () => {
  vi.stubEnv('DISPLAY', '')
  installElectron('throw new Error("asked")')
  expect(await run()).toEqual({ ok: false, error: expect.stringContaining('no display') })
})

test.each([
  ['is not installed', null, "Cannot find module 'electron'"],
  ['cannot be downloaded', 'throw new Error("Electron failed to install correctly.")', 'There is no Electron here (Electron failed to install correctly.).'],
  ['is not where it should be', 'module.exports = "/nowhere/electron"', 'There is no Electron at /nowhere/electron.'],
])('a runtime that %s is said to be missing', async (_, index, said) => {
  if (index !== null) installElectron(index)
  expect(await run()).toEqual({ ok: false, error: expect.stringContaining(said) })
})

test('a window that was closed was open', async () => {
  installFake(0)
  expect(await run('--demo')).toEqual({ ok: true, value: null })
  expect(readFileSync(join(dir, 'arguments'), 'utf8')).toMatch(/^\. --demo/)
})

test('a window that ends at once was never open', async () => {
  installFake(1)
  expect(await run()).toEqual({ ok: false, error: 'Electron ended by itself (1).' })
})
