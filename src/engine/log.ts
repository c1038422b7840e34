import { mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { redact, redactText } from '../shared/redact.ts'
import { visibleJson } from '../shared/visibleText.ts'
import type { Log } from './ports.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

interface LogOptions {
  /** Folder of the log files, created if missing; null: no files. */
  readonly dir: string | null
  readonly level?: LogLevel
  /** Also writes JSON lines to standard error. */
  readonly stderr?: boolean
}

/** A log with buffered files: `close` writes the rest. */
interface OpenLog extends Log {
  readonly close: () => Promise<void>
}

/** A file is rotated at this size, bytes, and this many older ones are kept: logs take 60 MB of disk at most. */
const mostBytes = 10e6
const keptFiles = 5

/** Appends to `mtxdeck.log`; a full one becomes `mtxdeck.1.log`, and that one `mtxdeck.2.log`. */
async function openRotated(dir: string) {
  const nameOf = (age: number) => join(dir, age === 0 ? 'mtxdeck.log' : `mtxdeck.${age}.log`)
  await mkdir(dir, { recursive: true })
  let bytes = (await stat(nameOf(0)).catch(() => null))?.size ?? 0
  let isClosed = false
  // Accessible to this user only: logs name servers and streams.
  const file = pino.destination({ dest: nameOf(0), sync: false, mode: 0o600, maxLength: mostBytes })
  // A full disk must not end the engine: what waits is tried again with the next line, and lost beyond that size.
  file.on('error', () => {})
  const rotate = async () => {
    for (let age = keptFiles; age > 0; age--) await rename(nameOf(age - 1), nameOf(age)).catch(() => {})
    if (!isClosed) file.reopen()
  }
  return {
    write: (line: string) => {
      file.write(line)
      bytes += Buffer.byteLength(line)
      if (bytes < mostBytes) return
      bytes = 0
      void rotate()
    },
    close: () =>
      new Promise<void>((resolve) => {
        isClosed = true
        file.once('close', () => resolve())
        file.end()
      }),
  }
}

/** Writes structured lines to rotated files and optionally to standard error. Secrets are redacted. */
export async function createLog({ dir, level = 'info', stderr = false }: LogOptions): Promise<OpenLog> {
  const streams: pino.StreamEntry[] = []
  const file = dir === null ? null : await openRotated(dir)
  if (file !== null) streams.push({ level: 'debug', stream: file })
  // Control characters are escaped, as the output may go to a terminal.
  if (stderr) streams.push({ level: 'debug', stream: { write: (line) => void process.stderr.write(visibleJson(line)) } })
  const root = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (facts) => redact(facts) as Record<string, unknown> },
      serializers: { err: (error: unknown) => error, error: (error: unknown) => error },
    },
    pino.multistream(streams),
  )
  const wrap = (logger: pino.Logger): Log => ({
    debug: (facts, text) => logger.debug(facts, redactText(text)),
    info: (facts, text) => logger.info(facts, redactText(text)),
    warn: (facts, text) => logger.warn(facts, redactText(text)),
    error: (facts, text) => logger.error(facts, redactText(text)),
    child: (facts) => wrap(logger.child(redact(facts) as object)),
  })
  return {
    ...wrap(root),
    close: async () => file?.close(),
  }
}
