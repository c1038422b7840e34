import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure, Progress } from '../shared/commands.ts'
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

/** What the builder writes. */
const outputs = ['out/main', 'out/preload', 'out/renderer']
/** Copies of the last builds, each in a folder named by the hash of its sources, so that switching between branches builds each of them once. */
const keptFolder = 'node_modules/.cache/mtxdeck-builds'
const mostKept = 4

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

function stampBuild(projectDir: string, madeOf: string) {
  writeFileSync(join(projectDir, stampFile), JSON.stringify({ sources: madeOf, builtAt: builtAt(projectDir) }))
}

function copyOutputs(from: string, to: string) {
  for (const path of outputs) {
    rmSync(join(to, path), { recursive: true, force: true })
    if (existsSync(join(from, path))) cpSync(join(from, path), join(to, path), { recursive: true })
  }
}

/** Puts an earlier build of the same sources into `out/`. False if none is kept. */
function restoreBuild(projectDir: string, madeOf: string): boolean {
  const kept = join(projectDir, keptFolder, madeOf)
  if (results.some((path) => !existsSync(join(kept, path)))) return false
  copyOutputs(kept, projectDir)
  stampBuild(projectDir, madeOf)
  const usedAt = (builtAt(projectDir)[0] ?? 0) / 1000
  utimesSync(kept, usedAt, usedAt)
  return true
}

/** Copies `out/`, and removes the builds that were used least recently. */
function keepBuild(projectDir: string, madeOf: string) {
  const folder = join(projectDir, keptFolder)
  // Renamed when it is complete: a console that is stopped meanwhile leaves no half build under this hash.
  const unfinished = join(folder, `${madeOf}.${process.pid}`)
  mkdirSync(folder, { recursive: true })
  copyOutputs(projectDir, unfinished)
  rmSync(join(folder, madeOf), { recursive: true, force: true })
  renameSync(unfinished, join(folder, madeOf))
  const usedAt = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const lastUsedFirst = readdirSync(folder).sort((a, b) => usedAt(b) - usedAt(a))
  for (const name of lastUsedFirst.slice(mostKept)) rmSync(join(folder, name), { recursive: true, force: true })
}

/**
 * Builds window, main process and command line with electron-vite, unless a build of the same sources is kept. Prints nothing; if the build fails, its output is the error.
 */
export async function buildConsole(projectDir: string, tell: (progress: Progress) => void): Promise<Result<null, Failure>> {
  const builder = join(projectDir, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!existsSync(builder)) return err({ kind: 'builderMissing' })
  const madeOf = hashOf(projectDir)
  if (restoreBuild(projectDir, madeOf)) return ok(null)
  tell({ kind: 'building' })
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
  if (code !== 0) return err({ kind: 'buildFailed', said: said.trim() })
  if (existsSync(join(projectDir, 'out'))) stampBuild(projectDir, madeOf)
  // Sources that changed during the build may be in it.
  if (!builtAt(projectDir).includes(0) && hashOf(projectDir) === madeOf) keepBuild(projectDir, madeOf)
  return ok(null)
}
