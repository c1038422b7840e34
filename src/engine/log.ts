/// <reference path="./pinoRoll.d.ts" />
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import roll from 'pino-roll'
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

/** A file is rotated at this size, and this many older ones are kept: logs take 60 MB of disk at most. */
const fileSize = '10m'
const keptFiles = 5

/** Writes structured lines to rotated files (`mtxdeck.1.log`, …) and optionally to standard error. Secrets are redacted. */
export async function createLog({ dir, level = 'info', stderr = false }: LogOptions): Promise<OpenLog> {
  const streams: pino.StreamEntry[] = []
  let file: Awaited<ReturnType<typeof roll>> | null = null
  if (dir !== null) {
    await mkdir(dir, { recursive: true })
    // Accessible to this user only: logs name servers and streams.
    file = await roll({ file: join(dir, 'mtxdeck'), extension: '.log', size: fileSize, limit: { count: keptFiles }, mode: 0o600 })
    // A full disk must not end the engine: the line is lost, the next one tries again.
    file.on('error', () => {})
    streams.push({ level: 'debug', stream: file })
  }
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
    close: () =>
      new Promise((resolve) => {
        if (file === null) {
          resolve()
          return
        }
        file.once('close', () => resolve())
        file.end()
      }),
  }
}
