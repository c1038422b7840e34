import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'

/** What the build makes of the sources. */
const results = ['out/main/index.js', 'out/renderer/index.html']
/** What it is made of; the headless console runs from its sources. */
const sources = [
  'src/shared',
  'src/clock',
  'src/configuration',
  'src/engine',
  'src/media',
  'src/demo',
  'src/main',
  'src/preload',
  'src/renderer',
  'electron.vite.config.ts',
  'package.json',
]

function newest(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 0
  if (!found.isDirectory()) return path.endsWith('.test.ts') ? 0 : found.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Whether `out/` is missing or older than what it is made of. */
export function isBuildStale(projectDir: string): boolean {
  const built = results.map((path) => statSync(join(projectDir, path), { throwIfNoEntry: false })?.mtimeMs ?? 0)
  return Math.min(...built) < Math.max(...sources.map((path) => newest(join(projectDir, path))))
}

/** Builds window and main process with electron-vite. Quiet; what it printed is the error where it fails. */
export async function buildConsole(projectDir: string, tell: (line: string) => void): Promise<Result<null, string>> {
  const builder = join(projectDir, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js')
  if (!existsSync(builder)) return err('The console is not built, and electron-vite, which builds it, is not installed: run "npm ci".')
  tell('The console is being built …')
  const child = spawn(process.execPath, [builder, 'build', '--logLevel', 'warn'], { cwd: projectDir, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const hear = (chunk: Buffer) => {
    // The end of it tells why.
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
  return code === 0 ? ok(null) : err(`The console could not be built:\n${said.trim()}`)
}
