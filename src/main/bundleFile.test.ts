import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBundleFile } from './bundleFile.ts'

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

test('without one the console is a live one, and the program itself is never taken for a bundle', () => {
  expect(readBundleFile(['electron', '.', '--demo'], dir)).toEqual({ ok: true, value: null })
  expect(readBundleFile([file], dir)).toEqual({ ok: true, value: null })
})

test('a bundle that is not there, or not named, is refused', () => {
  expect(readBundleFile(['electron', '--open=gone.mtxdeck'], dir)).toEqual({ ok: false, error: `There is no bundle ${join(dir, 'gone.mtxdeck')}.` })
  expect(readBundleFile(['electron', '--open='], dir)).toEqual({ ok: false, error: expect.stringContaining('--open=') })
})
