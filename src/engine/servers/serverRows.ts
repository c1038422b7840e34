import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { newStreamsSchema, type ServerAuthInput, serverAddressesSchema } from '../../shared/servers.ts'
import type { Gate } from '../http/gate.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { createWatchedRows, unreadableRow } from '../watching/watchedRows.ts'

const settingsSchema = z.object({
  url: z.string(),
  auth: z.object({ kind: z.enum(['none', 'basic', 'bearer', 'jwt']), user: z.string().nullable() }),
  fingerprint: z.string().nullable(),
  intervalSeconds: z.number(),
  addresses: serverAddressesSchema.partial(),
  tags: z.array(z.string()),
  paused: z.boolean(),
  /** Only of the configuration file, and never stored. */
  expected: z.array(z.string()).readonly().optional(),
  newStreams: newStreamsSchema.optional(),
})
export type ServerSettings = z.infer<typeof settingsSchema>

/** Names the server whose row can't be read; null: all can. */
export function unreadableServerRow(db: Database): FileFault | null {
  return unreadableRow(db, 'server', settingsSchema, (_, settings) => settings === null || URL.canParse(settings.url))
}

/** Rows of `servers`, and the only SQL on `settings`. */
export function createServerRows(db: Database, newId: () => string = randomUUID) {
  const selectSetting = db.prepare('SELECT value FROM settings WHERE key = ?').pluck()
  const writeSetting = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return {
    ...createWatchedRows(db, 'servers', settingsSchema, newId),
    setting: (key: string): string | null => (selectSetting.get(key) as string | undefined) ?? null,
    keepSetting: (key: string, value: string): void => {
      writeSetting.run(key, value)
    },
    /** As `keepSetting`, for what is noted by the way: where the disk does not let it, it is noted another time. */
    noteSetting: (key: string, value: string): void => {
      try {
        writeSetting.run(key, value)
      } catch (error) {
        const trouble = classifyStorageError(error)
        if (trouble === null || trouble === 'damaged') throw error
      }
    },
  }
}
export type ServerRows = ReturnType<typeof createServerRows>

/** Value of the Authorization header, or null. Basic in UTF-8 as RFC 7617 allows; MediaMTX takes `Bearer user:pass` and `Bearer JWT`. */
export function authorizationHeader(kind: ServerAuthInput['kind'], user: string | null, secret: string | null): string | null {
  switch (kind) {
    case 'none':
      return null
    case 'basic':
      return `Basic ${Buffer.from(`${user ?? ''}:${secret ?? ''}`, 'utf8').toString('base64')}`
    case 'bearer':
    case 'jwt':
      return secret === null ? null : `Bearer ${secret}`
    default:
      return kind satisfies never
  }
}

/** The secret of an operator's input, or null where it was left out. */
export function secretOf(auth: ServerAuthInput): string | null {
  switch (auth.kind) {
    case 'none':
      return null
    case 'basic':
      return auth.password ?? null
    case 'bearer':
    case 'jwt':
      return auth.token ?? null
    default:
      return auth satisfies never
  }
}

const sealedSchema = z.object({
  secret: z.string().nullable(),
  gate: z.object({ headers: z.record(z.string(), z.string()), certificate: z.object({ chain: z.string(), key: z.string() }).nullable() }).nullable(),
})
/** What is sealed of a server: its password or token, and what its gate wants. */
export interface ServerSecrets {
  readonly secret: string | null
  readonly gate: Gate | null
}
/** null: there are none. */
export function secretsToText({ secret, gate }: ServerSecrets): string | null {
  return secret === null && gate === null ? null : JSON.stringify({ secret, gate })
}
/** Earlier, the password or token stood alone. */
export function secretsFromText(text: string): ServerSecrets {
  try {
    return sealedSchema.parse(JSON.parse(text))
  } catch {
    return { secret: text, gate: null }
  }
}

type Addressed = Pick<ServerSettings, 'url' | 'addresses'>
const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname.toLowerCase() : address)
const hostsOf = ({ url, addresses }: Addressed): readonly string[] =>
  [url, ...Object.values(addresses)].flatMap((address) => (address ? [hostOf(address)] : []))
/** A secret may be used for other ports and paths of the same hosts, and after a change from http to https, but never for another host or from https to http. */
export function mayMoveTo(before: Addressed, after: Addressed): boolean {
  const known = new Set(hostsOf(before))
  return hostsOf(after).every((host) => known.has(host)) && (new URL(before.url).protocol === 'http:' || new URL(after.url).protocol === 'https:')
}
