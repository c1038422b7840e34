import { randomBytes } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { hostIdSchema } from '../../shared/hosts.ts'
import type { AcceptedKey } from './transport.ts'

/** What an operator entered, without secrets. */
const settingsSchema = z.object({
  /** `user@host:port`; null: the machine that the engine runs on. */
  ssh: z.string().nullable(),
  auth: z.object({ kind: z.enum(['password', 'key', 'agent', 'none']), keyFile: z.string().nullable() }),
  jump: z.array(z.string()),
  knownHostsFile: z.string().nullable(),
  serverId: z.string().nullable(),
  /** Rows of before have none. */
  mediaProcess: z.string().nullable().default(null),
  intervalSeconds: z.number(),
  paused: z.boolean(),
})
export type HostSettings = z.infer<typeof settingsSchema>

/** A row of `hosts`. `settings` is null for an id that only the configuration file names. */
export interface HostRow {
  readonly id: string
  readonly name: string
  readonly settings: HostSettings | null
  readonly sealedSecret: Uint8Array | null
}

/** Says which host's row can't be read, or null: a flipped bit in a text is no damage that SQLite would notice. */
export function unreadableHostRow(db: Database): string | null {
  const rows = db.prepare('SELECT id, settings FROM hosts').all() as { id: string; settings: string | null }[]
  const isReadable = (settings: string): boolean => {
    try {
      return settingsSchema.safeParse(JSON.parse(settings)).success
    } catch {
      return false
    }
  }
  const bad = rows.find(({ id, settings }) => !hostIdSchema.safeParse(id).success || (settings !== null && !isReadable(settings)))
  return bad ? `what is stored of host ${bad.id} cannot be read` : null
}

const letters = '0123456789abcdefghijklmnopqrstuvwxyz'
/** `host-` and eight letters: 41 bits, and the table refuses a second one of the same. */
const newHostId = (): string => `host-${Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('')}`

/** The only SQL on `hosts` and `host_keys`. */
export function createHostRows(db: Database) {
  const selectAll = db.prepare('SELECT id, name, settings, secret FROM hosts ORDER BY name COLLATE NOCASE')
  const insert = db.prepare('INSERT INTO hosts (id, name, settings, secret, created_at) VALUES (?, ?, ?, ?, ?)')
  const update = db.prepare('UPDATE hosts SET name = ?, settings = ?, secret = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM hosts WHERE id = ?')
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
    all: (): readonly HostRow[] =>
      (selectAll.all() as { id: string; name: string; settings: string | null; secret: Uint8Array | null }[]).map((row) => ({
        id: row.id,
        name: row.name,
        settings: row.settings === null ? null : settingsSchema.parse(JSON.parse(row.settings)),
        sealedSecret: row.secret,
      })),
    insert: (row: Omit<HostRow, 'id' | 'sealedSecret'>, at: number): string => {
      const id = newHostId()
      insert.run(id, row.name, row.settings && JSON.stringify(row.settings), null, Math.round(at))
      return id
    },
    update: (row: HostRow): void => {
      update.run(row.name, row.settings && JSON.stringify(row.settings), row.sealedSecret, row.id)
    },
    remove: (id: string): void => {
      remove.run(id)
    },
    /** Keys that were accepted for `host:port`. */
    keysOf: (target: string): readonly AcceptedKey[] => selectKeys.all(target).map((row) => ({ keyType: row.key_type, fingerprint: row.fingerprint })),
    /** Accepts a key for `host:port`; whichever was accepted before is forgotten: the host has another one now. */
    acceptKey: (target: string, key: AcceptedKey, at: number): void => accept.immediate(target, key, at),
  }
}
export type HostRows = ReturnType<typeof createHostRows>
