import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Whether this process can run the engine, which needs Node 24; recognised by its Node-API (SQLite's binary needs 10). */
export const runsNode24 = Number(process.versions.napi) >= 10

interface Node24Launcher {
  readonly findNode24: () => string | null
  readonly installedNode24: () => string | null
  readonly engineFlags: readonly string[]
}
/** Where a Node that is no Electron finds a file of ours: what a package is tested with has its Node 24 and what that runs beside its archive (tools/packDesktop.ts). */
const onDisk = (path: string) => path.replace(/app\.asar(?=[\\/]|$)/, 'app.asar.unpacked')

/** What the install knows of its Node 24; null in a packaged app, whose own Node is new enough. */
async function launcherIn(appDir: string): Promise<Node24Launcher | null> {
  const file = join(onDisk(appDir), 'bin/node24.mjs')
  return existsSync(file) ? await import(/* @vite-ignore */ pathToFileURL(file).href) : null
}

/** Path of the Node 24 of the install, which is no Electron; null: there is none. */
export async function installedNode24(appDir: string): Promise<string | null> {
  return (await launcherIn(appDir))?.installedNode24() ?? null
}

/** Starts a built entry of main on the Node 24 of the install; null: there is none. The process ends itself when ours has ended. */
export async function forkOnNode24(appDir: string, entry: string): Promise<ChildProcess | null> {
  const launcher = await launcherIn(appDir)
  const node = launcher?.findNode24() ?? null
  if (launcher === null || node === null) return null
  return fork(join(onDisk(dirname(fileURLToPath(import.meta.url))), entry), {
    execPath: node,
    execArgv: ['--disable-warning=ExperimentalWarning', ...launcher.engineFlags],
    serialization: 'advanced',
  })
}

/** A Ctrl-C of the terminal reaches all our processes at once; main ends them in order. SIGTERM stays: main kills with it. */
export function leaveCtrlCToMain(): void {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
}
