import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock/clock.ts'
import { err, ok, type Result } from '../shared/result.ts'

const downloadLimitMs = 300_000
/** A window that ends with an error within this time was never opened. */
const startFailureMs = 20_000

interface DesktopDeps {
  readonly clock: Clock
  readonly projectDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly tell: (line: string) => void
}

/** Path of an Electron that can open a window here, downloaded if necessary; or why there is none. */
export async function findElectron(deps: DesktopDeps): Promise<Result<string, string>> {
  const { env, platform, projectDir } = deps
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return err('There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).')
  const executable = platform === 'win32' ? 'electron.exe' : platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
  const override = env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) {
    const path = join(override, executable)
    return existsSync(path) ? ok(path) : err(`ELECTRON_OVERRIDE_DIST_PATH names a folder without ${executable}.`)
  }
  const electronDir = join(projectDir, 'node_modules', 'electron')
  const installed = () => {
    const path = join(electronDir, 'dist', executable)
    // The installer writes path.txt last, after unpacking.
    return existsSync(join(electronDir, 'path.txt')) && existsSync(path) ? path : null
  }
  const there = installed()
  if (there) return ok(there)
  const installer = join(electronDir, 'install.js')
  if (!existsSync(installer)) return err('Electron is not installed here (it is one of the packages for development).')
  const failure = await download(deps, installer)
  const path = installed()
  return path ? ok(path) : err(failure ?? "Electron's runtime could not be unpacked.")
}

/** Runs Electron's own installer, which shows its progress on standard error. Returns why it failed, or null. */
async function download({ projectDir, tell }: DesktopDeps, installer: string): Promise<string | null> {
  tell("Electron's runtime is downloaded once …")
  const child = spawn(process.execPath, [installer], { cwd: projectDir, stdio: ['ignore', 2, 2], timeout: downloadLimitMs, killSignal: 'SIGKILL' })
  const because = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => {
      const ended = child.killed ? 'it takes too long' : `it was ended by ${signal}`
      resolve(code === 0 ? null : signal === null ? 'what it said stands above' : ended)
    })
  })
  return because === null ? null : `Electron's runtime can't be downloaded (${because}).`
}

/** Opens the window and waits until it is closed. ok: it was open, and ended by itself if there is a failure; err: it was never open. */
export async function runDesktop(
  electron: string,
  { args, deps, signal }: { readonly args: readonly string[]; readonly deps: DesktopDeps; readonly signal: AbortSignal },
): Promise<Result<string | null, string>> {
  const { clock, projectDir, env, platform } = deps
  const asRoot = platform === 'linux' && process.getuid?.() === 0
  const all = ['.', ...args, ...(asRoot || env.ELECTRON_DISABLE_SANDBOX ? ['--no-sandbox'] : [])]
  const started = clock.monotonic()
  // The launcher sets it for Node; Electron caches compiled code in its own way.
  const { NODE_COMPILE_CACHE: _, ...ownEnv } = env
  const child = spawn(electron, all, { cwd: projectDir, stdio: 'inherit', env: ownEnv })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const failure = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(`Electron can't be started (${error.message}).`))
    child.on('exit', (code, killed) => resolve(code === 0 || signal.aborted ? null : `Electron ended by itself (${killed ?? code}).`))
  })
  signal.removeEventListener('abort', stop)
  return failure === null || clock.monotonic() - started > startFailureMs ? ok(failure) : err(failure)
}

/** Version of the installed runtime, for `diagnose`; null: none is installed. */
export function electronVersion(projectDir: string): string | null {
  try {
    return readFileSync(join(projectDir, 'node_modules', 'electron', 'dist', 'version'), 'utf8').trim()
  } catch {
    return null
  }
}
