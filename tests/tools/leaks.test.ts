import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import config from '../../vitest.config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mtxdeck-leaks-'))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  // With a DOM, vitest loads nothing from outside the folder.
  const sources = (config.test?.setupFiles ?? []) as readonly string[]
  for (const file of sources) copyFileSync(file, join(folder, basename(file)))
  const setupFiles = sources.map((file) => join(folder, basename(file)))
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default { test: ${JSON.stringify({ setupFiles, pool: 'forks' })} }`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function runFile(body: string, environment = 'node') {
  writeFileSync(
    join(folder, 'planted.test.mjs'),
    `// @vitest-environment ${environment}\nimport { createServer } from 'node:net'\nimport { test } from 'vitest'\ntest('planted', async () => {\n${body}\n})\n`,
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

test.each([
  ['the process', 'node', "process.on('exit', () => {})", 'listener of the process (exit)'],
  ['the window', 'happy-dom', "window.addEventListener('resize', () => {})", 'listener of the window (resize)'],
  ['the document', 'happy-dom', "document.addEventListener('keydown', () => {}, { capture: true })", 'listener of the document (keydown)'],
])('a file whose test leaves a listener of %s behind fails, and says so', (_name, environment, body, words) => {
  const { failed, output } = runFile(body, environment)
  expect(output).toContain(`1 × ${words}`)
  expect(failed).toBe(true)
})

test('listeners that are removed, called once or of a signal that aborts leave nothing', () => {
  const { failed, output } = runFile(
    `const [listener, ended] = [() => {}, new AbortController()]
process.on('exit', listener).off('exit', listener)
window.addEventListener('resize', listener)
window.removeEventListener('resize', listener)
document.addEventListener('keydown', listener, { signal: ended.signal })
ended.abort()
document.addEventListener('click', listener, { once: true })
document.dispatchEvent(new Event('click'))`,
    'happy-dom',
  )
  expect(failed, output).toBe(false)
})

test('one that ends what it began passes', () => {
  const { failed, output } = runFile("const server = createServer()\nawait new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))\nserver.close()")
  expect(failed, output).toBe(false)
})
