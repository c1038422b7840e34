import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import roll from 'pino-roll'
import type { Log } from './ports.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface LogOptions {
  /** Folder of the log files, made where absent; null: no files. */
  readonly dir: string | null
  readonly level?: LogLevel
  /** Also to standard error, as JSON lines. */
  readonly stderr?: boolean
}

/** A log that somebody must close: what is buffered is written then. */
export interface OpenLog extends Log {
  readonly close: () => Promise<void>
}

/** Files turn over at this size; that many older ones stay. Together they bound what logs can take of a disk to 60 MB. */
const fileSize = '10m'
const keptFiles = 5

const secretName = /^(pass|passwd|password|passphrase|secret|token|bearer|jwt|authorization|cookie|set-cookie|credentials?|key|privatekey|accesskey|apikey)$/i
const secretSuffix = /(Password|Passphrase|Secret|Token|Cookie|Credentials|Key)$/
const hidden = '[hidden]'

/** Takes passwords out of a text: user and password of URLs, secret-looking query parameters, Authorization headers. */
export const redactText = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#@\s"']*@/gi, `$1${hidden}@`)
    .replace(/([?&;](?:pass|password|passphrase|token|jwt|secret|key|pkt_?key|auth)=)[^&#\s"']*/gi, `$1${hidden}`)
    .replace(/\b(Basic|Bearer|Digest)\s+[A-Za-z0-9._~+/=-]{4,}/g, `$1 ${hidden}`)

const maxDepth = 8

/** A copy of `value` without secrets: by the names of fields, and inside texts. Errors become plain objects. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxDepth) return '[deeper]'
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    return {
      ...Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, redact(inner, depth + 1)])),
      name,
      message: redactText(message),
      stack: stack === undefined ? undefined : redactText(stack),
      ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    }
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (value instanceof Date || value instanceof URL) return redactText(value instanceof Date ? value.toISOString() : value.href)
  if (Array.isArray(value)) return value.map((inner) => redact(inner, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => [
      field,
      inner !== null && inner !== undefined && typeof inner !== 'boolean' && (secretName.test(field) || secretSuffix.test(field))
        ? hidden
        : redact(inner, depth + 1),
    ]),
  )
}

/** Writes structured lines to rotated files (`mtxdeck.1.log`, …) and, where asked, to standard error. Nothing secret passes. */
export const createLog = async ({ dir, level = 'info', stderr = false }: LogOptions): Promise<OpenLog> => {
  const streams: pino.StreamEntry[] = []
  let file: Awaited<ReturnType<typeof roll>> | null = null
  if (dir !== null) {
    await mkdir(dir, { recursive: true })
    // Read and written by this user only: logs name servers and streams.
    file = await roll({ file: join(dir, 'mtxdeck'), extension: '.log', size: fileSize, limit: { count: keptFiles }, mode: 0o600 })
    // A full disk must not end the engine: the line is lost, the next one tries again.
    file.on('error', () => {})
    streams.push({ level: 'debug', stream: file })
  }
  if (stderr) streams.push({ level: 'debug', stream: process.stderr })
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
