import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Whether this process can run the engine, which needs Node 24; recognised by its Node-API (SQLite's binary needs 10). */
export const runsNode24 = Number(process.versions.napi) >= 10

/** Starts a built entry of main on the Node 24 of the install; null: there is none. The process ends itself when ours has ended. */
export async function forkOnNode24(appDir: string, entry: string): Promise<ChildProcess | null> {
  const launcherFile = join(appDir, 'bin/node24.mjs')
  // A packaged app contains no other Node, as its own is new enough.
  if (!existsSync(launcherFile)) return null
  const launcher: { findNode24: () => string | null; engineFlags: readonly string[] } = await import(/* @vite-ignore */ pathToFileURL(launcherFile).href)
  const node = launcher.findNode24()
  if (node === null) return null
  return fork(join(dirname(fileURLToPath(import.meta.url)), entry), {
    execPath: node,
    execArgv: ['--disable-warning=ExperimentalWarning', ...launcher.engineFlags],
    serialization: 'advanced',
  })
}

/** A Ctrl-C of the terminal reaches all our processes at once; main ends them in order. SIGTERM stays: main kills with it. */
export function leaveCtrlCToMain(): void {
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
}
