import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildConsole, builtCommandLine, isBuildStale, sources } from './buildConsole.ts'
import { projectDir } from './projectFiles.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-build-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(path: string, atSeconds: number, text = '') {
  const file = join(dir, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  utimesSync(file, atSeconds, atSeconds)
}

test('a build is stale when it is missing or older than a source of it', () => {
  write('src/renderer/app/main.tsx', 100)
  expect(isBuildStale(dir)).toBe(true)
  write('out/main/index.js', 200)
  expect(isBuildStale(dir)).toBe(true)
  write('out/renderer/index.html', 200)
  expect(isBuildStale(dir)).toBe(false)
  // Not part of the build.
  write('src/renderer/app/main.test.ts', 300)
  expect(isBuildStale(dir)).toBe(false)
  write('src/shared/contract.ts', 300)
  expect(isBuildStale(dir)).toBe(true)
})

test('the command line runs from the build as long as that is as new as its sources, and from them otherwise', () => {
  write('src/headless/commandLine.ts', 100)
  write('out/main/index.js', 200)
  write('out/renderer/index.html', 200)
  expect(builtCommandLine(dir), 'a build without a command line').toBeNull()
  write('out/main/commandLine.js', 200)
  expect(builtCommandLine(dir)).toBe(join(dir, 'out/main/commandLine.js'))
  write('src/engine/createEngine.ts', 300)
  expect(builtCommandLine(dir)).toBeNull()
})

/** Files under `src` that the build includes: the entries of the builder's configuration, and all that they import. */
function builtFiles(): ReadonlySet<string> {
  const config = readFileSync(join(projectDir, 'electron.vite.config.ts'), 'utf8')
  const found = new Set<string>()
  const add = (file: string) => {
    if (found.has(file) || !existsSync(join(projectDir, file))) return
    found.add(file)
    const text = readFileSync(join(projectDir, file), 'utf8')
    const imported = file.endsWith('.html') ? /src="(\.[^"]+)"/g : /(?:\bfrom|\bimport|\bURL)[ (]*'(\.{1,2}\/[^'?]+)/g
    for (const [, path = ''] of text.matchAll(imported)) add(join(dirname(file), path))
  }
  for (const [, file = ''] of config.matchAll(/'(src\/[^']+\.\w+)'/g)) add(file)
  return found
}

test('whatever the build imports is a source of it', () => {
  const built = [...builtFiles()]
  expect(built.length).toBeGreaterThan(800)
  expect(built.filter((file) => !sources.some((source) => file === source || file.startsWith(`${source}/`)))).toEqual([])
})

test('a build that fails says what the builder said', async () => {
  expect(await buildConsole(dir, () => {})).toEqual({ ok: false, error: expect.stringContaining('run "npm ci"') })
  const steps: string[] = []
  write('node_modules/electron-vite/bin/electron-vite.js', 1, "console.error('line 3 is wrong'); process.exit(1)")
  expect(await buildConsole(dir, (line) => steps.push(line))).toEqual({ ok: false, error: 'The console could not be built:\nline 3 is wrong' })
  expect(steps).toEqual(['The console is being built …'])
  write('node_modules/electron-vite/bin/electron-vite.js', 1, "console.log('fine')")
  expect(await buildConsole(dir, () => {})).toEqual({ ok: true, value: null })
})
