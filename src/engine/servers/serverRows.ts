import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { serverAddressesSchema } from '../../shared/servers.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'

/** What an operator entered, without secrets. */
const settingsSchema = z.object({
  url: z.string(),
  auth: z.object({ kind: z.enum(['none', 'basic', 'bearer', 'jwt']), user: z.string().nullable() }),
  fingerprint: z.string().nullable(),
  intervalSeconds: z.number(),
  addresses: serverAddressesSchema.partial(),
  tags: z.array(z.string()),
  paused: z.boolean(),
})
export type ServerSettings = z.infer<typeof settingsSchema>

/** A row of `servers`. `settings` is null for an id that only the configuration file names. */
export interface ServerRow {
  readonly id: string
  readonly name: string
  readonly settings: ServerSettings | null
  readonly sealedSecret: Uint8Array | null
}

/** Says which server's row can't be read, or null: a flipped bit in a text is no damage that SQLite would notice. */
export function unreadableServerRow(db: Database): string | null {
  const rows = db.prepare('SELECT id, settings FROM servers').all() as { id: string; settings: string | null }[]
  const isReadable = (settings: string): boolean => {
    try {
      const parsed = settingsSchema.safeParse(JSON.parse(settings))
      return parsed.success && URL.canParse(parsed.data.url)
    } catch {
      return false
    }
  }
  const bad = rows.find(({ settings }) => settings !== null && !isReadable(settings))
  return bad ? `what is stored of server ${bad.id} cannot be read` : null
}

/** The only SQL on `servers` and `settings`. */
export function createServerRows(db: Database) {
  const selectAll = db.prepare('SELECT id, name, settings, secret FROM servers ORDER BY name COLLATE NOCASE')
  const insert = db.prepare('INSERT INTO servers (id, name, settings, secret, created_at) VALUES (?, ?, ?, ?, ?)')
  const update = db.prepare('UPDATE servers SET name = ?, settings = ?, secret = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM servers WHERE id = ?')
  const selectSetting = db.prepare('SELECT value FROM settings WHERE key = ?').pluck()
  const writeSetting = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return {
    all: (): readonly ServerRow[] =>
      (selectAll.all() as { id: string; name: string; settings: string | null; secret: Uint8Array | null }[]).map((row) => ({
        id: row.id,
        name: row.name,
        settings: row.settings === null ? null : settingsSchema.parse(JSON.parse(row.settings)),
        sealedSecret: row.secret,
      })),
    insert: (row: Omit<ServerRow, 'id'> & { readonly id?: string }, at: number): string => {
      const id = row.id ?? randomUUID()
      insert.run(id, row.name, row.settings && JSON.stringify(row.settings), row.sealedSecret, Math.round(at))
      return id
    },
    update: (row: ServerRow): void => {
      update.run(row.name, row.settings && JSON.stringify(row.settings), row.sealedSecret, row.id)
    },
    remove: (id: string): void => {
      remove.run(id)
    },
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
