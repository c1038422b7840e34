import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfigFile } from './configFile.ts'

const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-config-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

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
