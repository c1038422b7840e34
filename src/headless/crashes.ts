import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../clock/clock.ts'
import { redact } from '../shared/redact.ts'

const keptCrashes = 20

/** Folder of crash files in a data folder. */
export function crashDir(dataDir: string) {
  return join(dataDir, 'crashes')
}

/** Writes a crash file and returns its path; null: it can't be written. */
export function recordCrash(
  error: unknown,
  { clock, dataDir, version }: { readonly clock: Clock; readonly dataDir: string; readonly version: string },
): string | null {
  const dir = crashDir(dataDir)
  const at = new Date(clock.now()).toISOString()
  const crash = {
    at,
    mtxdeck: version,
    node: process.version,
    platform: `${process.platform} ${process.arch} ${release()}`,
    uptimeSeconds: Math.round(process.uptime()),
    memory: process.memoryUsage(),
    error: redact(error),
  }
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const file = join(dir, `crash-${at.replaceAll(/[:.]/g, '-')}.json`)
    writeFileSync(file, `${JSON.stringify(crash, null, 2)}\n`, { mode: 0o600 })
    const all = readdirSync(dir)
      .filter((name) => name.startsWith('crash-'))
      .sort()
    for (const old of all.slice(0, -keptCrashes)) rmSync(join(dir, old), { force: true })
    return file
  } catch {
    return null
  }
}
