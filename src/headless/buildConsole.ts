import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'

/** Main results of the build. */
const results = ['out/main/index.js', 'out/renderer/index.html']
/** Input of the build. */
export const sources: readonly string[] = [
  'src/shared',
  'src/i18n',
  'src/locales',
  'build/wholeLocales.ts',
  'src/clock',
  'src/configuration',
  'src/engine',
  'src/media',
  'src/processes',
  'src/demo',
  'src/headless',
  'src/main',
  'src/preload',
  'src/renderer',
  'electron.vite.config.ts',
  'package.json',
]

/** Records the sources and time of the build in `out/`. */
const stampFile = 'out/made-of.json'

const isSource = (name: string): boolean => !/\.(test|fixture)\.tsx?$/.test(name)

function* filesIn(projectDir: string, path: string): Generator<string> {
  const found = statSync(join(projectDir, path), { throwIfNoEntry: false })
  if (!found) return
  if (!found.isDirectory()) {
    if (isSource(path)) yield path
    return
  }
  for (const name of readdirSync(join(projectDir, path)).sort()) yield* filesIn(projectDir, `${path}/${name}`)
}
const sourceFiles = (projectDir: string): readonly string[] => sources.flatMap((path) => [...filesIn(projectDir, path)])

function hashOf(projectDir: string): string {
  const hash = createHash('sha256')
  for (const file of sourceFiles(projectDir)) {
    const bytes = readFileSync(join(projectDir, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}
const builtAt = (projectDir: string): readonly number[] => results.map((path) => statSync(join(projectDir, path), { throwIfNoEntry: false })?.mtimeMs ?? 0)

function stampOf(projectDir: string): { readonly sources: string; readonly builtAt: readonly number[] } | null {
  try {
    return JSON.parse(readFileSync(join(projectDir, stampFile), 'utf8'))
  } catch {
    return null
  }
}

/** Whether `out/` is missing, or was built from other sources. */
export function isBuildStale(projectDir: string): boolean {
  const built = builtAt(projectDir)
  if (built.includes(0)) return true
  const newest = Math.max(0, ...sourceFiles(projectDir).map((file) => statSync(join(projectDir, file)).mtimeMs))
  if (newest <= Math.min(...built)) return false
  // The stamp does not cover a build that was made without us since then.
  const stamp = stampOf(projectDir)
  return stamp === null || String(stamp.builtAt) !== String(built) || stamp.sources !== hashOf(projectDir)
}

/** Path of the command line in the build; null where the build is stale. */
export function builtCommandLine(projectDir: string): string | null {
  const path = join(projectDir, 'out', 'main', 'commandLine.js')
  return existsSync(path) && !isBuildStale(projectDir) ? path : null
}

/** Builds window, main process and command line with electron-vite. Prints nothing; if the build fails, its output is in the error. */
export async function buildConsole(projectDir: string, tell: (line: string) => void): Promise<Result<null, string>> {
  const builder = join(projectDir, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!existsSync(builder)) return err('The console is not built, and electron-vite, which builds it, is not installed: run "npm ci".')
  const madeOf = hashOf(projectDir)
  tell('The console is being built …')
  const child = spawn(process.execPath, [builder, 'build', '--logLevel', 'warn'], { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (chunk: Buffer) => {
    // The end of the output has the reason.
    said = (said + chunk.toString('utf8')).slice(-20_000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      said += error.message
      resolve(null)
    })
    child.on('close', resolve)
  })
  if (code !== 0) return err(`The console could not be built:\n${said.trim()}`)
  if (existsSync(join(projectDir, 'out'))) writeFileSync(join(projectDir, stampFile), JSON.stringify({ sources: madeOf, builtAt: builtAt(projectDir) }))
  return ok(null)
}
