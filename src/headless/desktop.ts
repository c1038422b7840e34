import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../shared/result.ts'
import { clock, tell } from './command.ts'

const downloadLimitMs = 300_000
/** A window that ends with an error within this time was never opened. */
const startFailureMs = 20_000

/** Path of an Electron that can open a window here, downloaded if necessary; or why there is none. */
async function findElectron(projectDir: string, signal: AbortSignal): Promise<Result<string, string>> {
  const { platform, env } = process
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return err('There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).')
  const executable = platform === 'win32' ? 'electron.exe' : platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron'
  const override = env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) {
    const path = join(override, executable)
    return existsSync(path) ? ok(path) : err(`ELECTRON_OVERRIDE_DIST_PATH names a folder without ${executable}.`)
  }
  const electronDir = join(projectDir, 'node_modules', 'electron')
  const path = join(electronDir, 'dist', executable)
  // The installer writes path.txt last, after unpacking.
  const isInstalled = () => existsSync(join(electronDir, 'path.txt')) && existsSync(path)
  if (isInstalled()) return ok(path)
  const installer = join(electronDir, 'install.js')
  if (!existsSync(installer)) return err('Electron is not installed here (it is one of the packages for development).')
  const failure = await download(installer, signal)
  return isInstalled() ? ok(path) : err(failure ?? "Electron's runtime could not be unpacked.")
}

/** Runs Electron's own installer, which says on standard error what it does. Returns why it failed, or null. */
async function download(installer: string, signal: AbortSignal): Promise<string | null> {
  tell("Electron's runtime is downloaded once …")
  const child = spawn(process.execPath, [installer], { stdio: ['ignore', 2, 2], signal, timeout: downloadLimitMs, killSignal: 'SIGKILL' })
  const because = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, killed) => {
      const ended = child.killed ? 'it takes too long' : `it was ended by ${killed}`
      resolve(code === 0 ? null : killed === null ? 'what it said stands above' : ended)
    })
  })
  return because === null ? null : `Electron's runtime can't be downloaded (${because}).`
}

/** Opens the window and waits until it is closed or aborted. ok: it was open, and ended by itself if there is a failure; err: it was never open. */
export async function runDesktop(projectDir: string, args: readonly string[], signal: AbortSignal): Promise<Result<string | null, string>> {
  const electron = await findElectron(projectDir, signal)
  if (signal.aborted) return ok(null)
  if (!electron.ok) return electron
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0
  // The launcher sets the first for Node; Electron caches compiled code in its own way.
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const all = ['.', ...args, ...(asRoot || env.ELECTRON_DISABLE_SANDBOX ? ['--no-sandbox'] : [])]
  const started = clock.monotonic()
  const child = spawn(electron.value, all, { cwd: projectDir, stdio: 'inherit', env })
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
