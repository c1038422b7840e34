import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { hostIdSchema } from '../../shared/hosts.ts'
import { createWatchedRows, unreadableRow } from '../watching/watchedRows.ts'
import type { AcceptedKey } from './sshTarget.ts'

const settingsSchema = z.object({
  /** `user@host:port`; null: the machine that the engine runs on. */
  ssh: z.string().nullable(),
  auth: z.object({ kind: z.enum(['password', 'key', 'agent', 'none']), keyFile: z.string().nullable() }),
  jump: z.array(z.string()),
  knownHostsFile: z.string().nullable(),
  serverId: z.string().nullable(),
  intervalSeconds: z.number(),
  paused: z.boolean(),
})
export type HostSettings = z.infer<typeof settingsSchema>

/** Names the host whose row can't be read; null: all can. */
export function unreadableHostRow(db: Database): FileFault | null {
  return unreadableRow(db, 'host', settingsSchema, (id) => hostIdSchema.safeParse(id).success)
}

const letters = '0123456789abcdefghijklmnopqrstuvwxyz'
/** `host-` and eight random letters: 41 bits, and the table refuses duplicates. */
const newHostId = (): string => `host-${Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('')}`

/** Rows of `hosts`, and the only SQL on `host_keys`. */
export function createHostRows(db: Database) {
  const selectKeys = db.prepare<[string], { key_type: string; fingerprint: string }>(
    'SELECT key_type, fingerprint FROM host_keys WHERE target = ? ORDER BY accepted_at, fingerprint',
  )
  const addKey = db.prepare<[string, string, string, number]>(
    'INSERT OR REPLACE INTO host_keys (target, key_type, fingerprint, accepted_at) VALUES (?, ?, ?, ?)',
  )
  const dropKeys = db.prepare<[string]>('DELETE FROM host_keys WHERE target = ?')
  const accept = db.transaction((target: string, key: AcceptedKey, at: number) => {
    dropKeys.run(target)
    addKey.run(target, key.keyType, key.fingerprint, Math.round(at))
  })
  return {
    ...createWatchedRows(db, 'hosts', settingsSchema, newHostId),
    /** Keys that were accepted for `host:port`. */
    keysOf: (target: string): readonly AcceptedKey[] => selectKeys.all(target).map((row) => ({ keyType: row.key_type, fingerprint: row.fingerprint })),
    /** Accepts a key for `host:port`, replacing any accepted before. */
    acceptKey: (target: string, key: AcceptedKey, at: number): void => accept.immediate(target, key, at),
  }
}
export type HostRows = ReturnType<typeof createHostRows>
