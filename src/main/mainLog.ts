import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock/clock.ts'
import { redact, redactText } from '../shared/redact.ts'

/** Log of the main process: few lines, about windows and processes. The engine's own log is in the same folder. */
export interface MainLog {
  readonly info: (facts: object, text: string) => void
  readonly error: (facts: object, text: string) => void
}

/** Rotated at start when larger, bytes. */
const largestBytes = 1_000_000

/** Appends JSON lines to `main.log` in `dir` synchronously, because the last line before a crash matters most. */
export function createMainLog(dir: string, clock: Pick<Clock, 'now'>): MainLog {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'main.log')
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestBytes) renameSync(file, join(dir, 'main.old.log'))
  const write = (level: string, facts: object, text: string) => {
    const line = { level, time: new Date(clock.now()).toISOString(), pid: process.pid, ...(redact(facts) as object), msg: redactText(text) }
    try {
      appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    } catch {
      // A full disk must not close the window.
    }
  }
  return { info: (facts, text) => write('info', facts, text), error: (facts, text) => write('error', facts, text) }
}
