import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createSystemClock } from '../clock/clock.ts'
import { err, messageOf, ok, type Result } from '../shared/result.ts'

const clock = createSystemClock()
/** A window that ends with an error within this time was never opened. */
const startFailureMs = 20_000

/** Path of an Electron that can open a window here, which its package downloads if necessary; or why there is none. */
function findElectron(projectDir: string): Result<string, string> {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) return err('There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set).')
  try {
    const path: string = createRequire(join(projectDir, 'package.json'))('electron')
    return existsSync(path) ? ok(path) : err(`There is no Electron at ${path}.`)
  } catch (error) {
    return err(`There is no Electron here (${messageOf(error).split('\n', 1)[0]}).`)
  }
}

/** Opens the window and waits until it is closed. ok: it was open, and ended by itself if there is a failure; err: it was never open. */
export async function runDesktop(projectDir: string, args: readonly string[], signal: AbortSignal): Promise<Result<string | null, string>> {
  const electron = findElectron(projectDir)
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
