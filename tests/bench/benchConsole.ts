// What the benches of the window share: a demo fleet and the headless console, each a process of its own as an operator runs
// them, and a Chromium that looks at it.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium } from '@playwright/test'
import type { YamlServer } from '../../src/engine/engineOptions.ts'
import { buildConsole, isBuildStale } from '../../src/headless/buildConsole.ts'
import { projectDir } from '../../src/headless/projectFiles.ts'
import { serversToYaml } from '../../src/headless/serversToYaml.ts'
import { browserMissing, chromiumPath } from '../e2e/missing.ts'

async function stopped(child: ChildProcess, stop: () => void) {
  const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  stop()
  await exited
}

/** A fleet of so many servers with so many paths each, answers kept as bytes. */
export async function startBenchFleet(servers: number, paths: number) {
  const child = fork(new URL('fleetChild.ts', import.meta.url), [String(servers), String(paths)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the demo fleet ended (${code})`)
  })
  ended.catch(() => {})
  const [list] = (await Promise.race([once(child, 'message'), ended])) as [readonly YamlServer[]]
  return { servers: list, [Symbol.asyncDispose]: () => stopped(child, () => child.disconnect()) }
}

const token = 'only-for-this-bench'

/** `mtxdeck serve` over these servers, or over the demo with its day of history, with an empty data folder. Resolves when it says that it serves. */
export async function startBenchConsole(servers: readonly YamlServer[], { demo = false } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'mtxdeck-bench-'))
  const config = join(dir, 'mtxdeck.yaml')
  writeFileSync(config, `listen: 127.0.0.1:0\ndataDir: ${join(dir, 'data')}\n${serversToYaml(servers)}`, { mode: 0o600 })
  const spawnedAt = performance.now()
  const child = spawn(process.execPath, [join(projectDir, 'bin', 'mtxdeck.mjs'), 'serve', '--config', config, ...(demo ? ['--demo'] : [])], {
    env: { ...process.env, MTXDECK_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /serves the console at (\S+)/.exec(line)
      if (found?.[1]) resolve(found[1])
    })
    child.once('exit', (code) => reject(new Error(`the console ended with ${code} before it was ready`)))
  })
  return {
    url,
    signInUrl: `${url}/?token=${token}`,
    spawnedAt,
    /** Of the command; the console may be a child of it. */
    pid: child.pid ?? 0,
    /** Asks the API; the answer as it comes. */
    ask: async <T>(path: string): Promise<T> => {
      const answer = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } })
      if (!answer.ok) throw new Error(`${path} answers ${answer.status}`)
      return (await answer.json()) as T
    },
    [Symbol.asyncDispose]: async () => {
      await stopped(child, () => child.kill('SIGTERM'))
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The window as it is built from these sources. */
export async function ensureBuilt(): Promise<void> {
  if (!isBuildStale(projectDir)) return
  const built = await buildConsole(projectDir, console.error)
  if (!built.ok) throw new Error(built.error)
}

export const windowSize = { width: 1440, height: 900 }

/** A Chromium without a window; null, said in a line, where there is none. */
export async function openBrowser(): Promise<Browser | null> {
  const missing = browserMissing()
  if (missing !== null) {
    console.error(`  skipped: ${missing}`)
    return null
  }
  return chromium.launch({ executablePath: chromiumPath() ?? '', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
}

/** How busy the machine was with everything: a wall-clock figure of a crowded machine says little. */
export const machineLoad = (): string => `load of the machine ${(loadavg()[0] ?? 0).toFixed(1)}`

/** Asks until `found` says so, and returns when: milliseconds of `performance.now()`. */
export async function waitUntil(found: () => Promise<boolean>, what: string, limitMs = 60_000): Promise<number> {
  const began = performance.now()
  for (;;) {
    if (await found()) return performance.now()
    if (performance.now() - began > limitMs) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}
