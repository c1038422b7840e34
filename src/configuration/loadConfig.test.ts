import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { problemText } from '../i18n/validationErrorText.ts'
import { loadConfig } from './loadConfig.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-load-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const problemsOf = (path: string) => {
  const result = loadConfig(path, { env: {}, flags: {}, cwd: dir })
  return result.ok ? [] : result.error.map((problem) => problemText(problem, 'en'))
}

test('the configuration, and each file that it names, is an ordinary file of at most 10 MB', () => {
  writeFileSync(join(dir, 'mtxdeck.yaml'), 'listen: 127.0.0.1:9000\n')
  expect(problemsOf('mtxdeck.yaml')).toEqual([])
  expect(problemsOf('/dev/zero')).toEqual(["can't read /dev/zero: it is no ordinary file"])
  expect(problemsOf('.')).toEqual(["can't read .: it is no ordinary file"])
  writeFileSync(join(dir, 'large.yaml'), '')
  truncateSync(join(dir, 'large.yaml'), 10e6 + 1)
  expect(problemsOf('large.yaml')).toEqual(["can't read large.yaml: it is larger than 10 MB"])
  writeFileSync(join(dir, 'mtxdeck.yaml'), 'servers: [{ name: a, url: http://a:9997, user: u, passwordFile: /dev/zero }]\n')
  expect(problemsOf('mtxdeck.yaml')).toEqual(["mtxdeck.yaml:1:51: servers[0].passwordFile: can't read /dev/zero: it is no ordinary file"])
})
