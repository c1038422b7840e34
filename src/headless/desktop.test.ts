import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSystemClock } from '../clock/clock.ts'
import { findElectron, runDesktop } from './desktop.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-desktop-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const deps = (env: Record<string, string> = {}) => ({ clock: createSystemClock(), projectDir: dir, env })
/** A folder that looks like Electron's package, which says where its runtime is. */
function installElectron(index: string) {
  mkdirSync(join(dir, 'node_modules', 'electron'), { recursive: true })
  writeFileSync(join(dir, 'node_modules', 'electron', 'index.js'), index)
}
/** A program that stands for Electron: writes its arguments down and ends. */
function fakeElectron(exitCode: number) {
  const file = join(dir, 'electron')
  writeFileSync(file, `#!/bin/sh\necho "$@" > "${dir}/arguments"\nexit ${exitCode}\n`)
  chmodSync(file, 0o755)
  return file
}

test.runIf(process.platform === 'linux')('without a display nothing is downloaded, and that is the reason', () => {
  installElectron('throw new Error("asked")')
  expect(findElectron(deps())).toEqual({ ok: false, error: expect.stringContaining('no display') })
})

test('the runtime is where its package says, or the reason is told why there is none', () => {
  const display = { DISPLAY: ':0' }
  expect(findElectron(deps(display))).toEqual({ ok: false, error: expect.stringContaining("Cannot find module 'electron'") })
  const file = fakeElectron(0)
  installElectron(`module.exports = ${JSON.stringify(file)}`)
  expect(findElectron(deps(display))).toEqual({ ok: true, value: file })
})

test('a runtime that cannot be downloaded is said to be missing', () => {
  const display = { WAYLAND_DISPLAY: 'w' }
  installElectron('throw new Error("Electron failed to install correctly.")')
  expect(findElectron(deps(display))).toEqual({ ok: false, error: 'There is no Electron here (Electron failed to install correctly.).' })
})

test('the window that was closed ends the start, the one that never stood does not', async () => {
  const signal = new AbortController().signal
  expect(await runDesktop(fakeElectron(0), { args: ['--demo'], deps: deps(), signal })).toEqual({ ok: true, value: null })
  expect(readFileSync(join(dir, 'arguments'), 'utf8')).toMatch(/^\. --demo/)
  expect(await runDesktop(fakeElectron(1), { args: [], deps: deps(), signal })).toEqual({
    ok: false,
    error: 'Electron ended by itself (1).',
  })
  expect(await runDesktop(join(dir, 'nowhere'), { args: [], deps: deps(), signal })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/can't be started .*ENOENT/),
  })
})
