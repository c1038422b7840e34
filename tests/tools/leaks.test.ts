import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import config from '../../vitest.config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-leaks-'))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  const setupFiles = config.test?.setupFiles as readonly string[]
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `export default { test: ${JSON.stringify({ setupFiles: setupFiles.map((file) => resolve(file)), pool: 'forks' })} }`,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function runFile(body: string) {
  writeFileSync(
    join(folder, 'planted.test.mjs'),
    `import { createServer } from 'node:net'\nimport { test } from 'vitest'\ntest('planted', async () => {\n${body}\n})\n`,
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { failed: status !== 0, output: stdout + stderr }
}

test.each([
  ['timer', 'setTimeout(() => {}, 60_000)', '1 × Timeout'],
  ['server', "await new Promise((resolve) => createServer().listen(0, '127.0.0.1', resolve))", '1 × TCPServerWrap'],
])('a file whose test leaves a %s behind fails, and says so', (_name, body, words) => {
  const { failed, output } = runFile(body)
  expect(output).toContain(words)
  expect(failed).toBe(true)
})

test('one that ends what it began passes', () => {
  const { failed, output } = runFile("const server = createServer()\nawait new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))\nserver.close()")
  expect(failed, output).toBe(false)
})
