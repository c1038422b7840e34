import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { err, ok, type Result } from '../shared/result.ts'

/** Of what a build says, in characters: so much is read, and so much of its end shown where it failed. */
const [mostSaid, shownOfBuild] = [50_000_000, 20_000]
const results = ['out/main/index.js', 'out/renderer/index.html']
export const sources: readonly string[] = ['src', 'docs', 'build/wholeLocales.ts', 'electron.vite.config.ts', 'package.json']

/** When the newest input below `path` was changed, epoch ms; 0: there is none. */
function changedAt(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) return Math.max(0, ...readdirSync(path).map((name) => changedAt(join(path, name))))
  return found === undefined || /\.(test|fixture)\.tsx?$/.test(path) ? 0 : found.mtimeMs
}

/** Whether `out/` is missing, or older than its sources. */
export function isBuildStale(projectDir: string): boolean {
  const builtAt = Math.min(...results.map((path) => changedAt(join(projectDir, path))))
  return builtAt === 0 || Math.max(...sources.map((path) => changedAt(join(projectDir, path)))) > builtAt
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
  tell('The console is being built …')
  try {
    await promisify(execFile)(process.execPath, [builder, 'build', '--logLevel', 'warn'], { cwd: projectDir, maxBuffer: mostSaid })
    return ok(null)
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { readonly stdout?: string; readonly stderr?: string }
    // The end of the output has the reason.
    return err(`The console could not be built:\n${(stdout + stderr || message).slice(-shownOfBuild).trim()}`)
  }
}
