import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readAttach, readBundleFile, readConfigFile } from './commandLine.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-open-'))
  file = join(dir, 'night of the 14th.mtxdeck')
  writeFileSync(file, '')
})
afterEach(() => rmSync(dir, { recursive: true }))

test('a bundle is named by --open, or by the bare file of a double click', () => {
  expect(readBundleFile(['electron', '.', `--open=${file}`], '/')).toEqual({ ok: true, value: file })
  expect(readBundleFile(['electron', '.', '--open=night of the 14th.mtxdeck', '--no-sandbox'], dir)).toEqual({ ok: true, value: file })
  expect(readBundleFile(['mtxdeck', file], '/')).toEqual({ ok: true, value: file })
})

test('a double click names it by its path or, on GNOME, by its address', () => {
  expect(readBundleFile(['mtxdeck', pathToFileURL(file).href], '/')).toEqual({ ok: true, value: file })
  expect(readBundleFile(['mtxdeck', 'file:///%zz.mtxdeck'], '/')).toMatchObject({ ok: false, error: expect.stringContaining('%zz.mtxdeck') })
})

test('without one the console is a live one, and the program itself is never taken for a bundle', () => {
  expect(readBundleFile(['electron', '.', '--demo'], dir)).toEqual({ ok: true, value: null })
  expect(readBundleFile([file], dir)).toEqual({ ok: true, value: null })
})

test('a bundle that is not there, or not named, is refused', () => {
  expect(readBundleFile(['electron', '--open=gone.mtxdeck'], dir)).toEqual({ ok: false, error: `There is no bundle ${join(dir, 'gone.mtxdeck')}.` })
  expect(readBundleFile(['electron', '--open='], dir)).toEqual({ ok: false, error: expect.stringContaining('--open=') })
})

test('the configuration is the file that is named, wherever the program was started', () => {
  const file = join(dir, 'mtxdeck.yaml')
  writeFileSync(file, '')
  expect(readConfigFile(['electron', '.'], dir)).toEqual({ ok: true, value: null })
  expect(readConfigFile(['electron', '.', `--config=${file}`], '/')).toEqual({ ok: true, value: file })
  expect(readConfigFile(['electron', '.', '--config=mtxdeck.yaml'], dir)).toEqual({ ok: true, value: file })
})

test('a configuration that is not there, or not named, is refused', () => {
  expect(readConfigFile(['electron', '.', '--config=nowhere.yaml'], dir)).toEqual({
    ok: false,
    error: `There is no configuration ${join(dir, 'nowhere.yaml')}.`,
  })
  expect(readConfigFile(['electron', '.', '--config='], dir)).toEqual({ ok: false, error: expect.stringContaining('--config=') })
})

const token = { MTXDECK_TOKEN: 'a-token-of-16-chars' }

test('without --attach the desk has an engine of its own', () => {
  expect(readAttach(['.', '--demo'], token)).toEqual({ ok: true, value: null })
})

test('an engine elsewhere is named by its address, below a path or not, its token comes by the environment', () => {
  expect(readAttach(['--attach=https://noc.example/mtx/'], token)).toMatchObject({ value: { url: 'https://noc.example/mtx' } })
  expect(readAttach(['--attach=https://noc.example:8787/'], token)).toEqual({
    ok: true,
    value: { url: 'https://noc.example:8787', token: 'a-token-of-16-chars' },
  })
})

test.each([
  ['--attach=', token, expect.stringContaining('below a path')],
  ['--attach=noc.example:8787', token, expect.stringContaining('below a path')],
  ['--attach=ftp://noc.example', token, expect.stringContaining('below a path')],
  ['--attach=https://me:secret@noc.example', token, expect.stringContaining('below a path')],
  ['--attach=https://noc.example/console?a=b', token, expect.stringContaining('below a path')],
  ['--attach=https://noc.example', {}, expect.stringContaining('needs the token')],
  ['--attach=https://noc.example', { MTXDECK_TOKEN_FILE: '/nowhere/token' }, expect.stringMatching(/\/nowhere\/token: .*ENOENT/)],
  ['--attach=https://noc.example', { MTXDECK_TOKEN: 'two\nlines' }, expect.stringContaining('characters that no token has')],
])('%s is refused', (arg, env, error) => {
  expect(readAttach([arg], env)).toEqual({ ok: false, error })
})
