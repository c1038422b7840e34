import { randomUUID } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import type { FileFault } from '../../shared/fileFaults.ts'
import { newStreamsSchema, serverAddressesSchema } from '../../shared/servers.ts'
import { classifyStorageError } from '../storage/storageTrouble.ts'
import { createWatchedRows, unreadableRow } from '../watching/watchedRows.ts'

/** What an operator entered, without secrets. */
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
export function createServerRows(db: Database) {
  const selectSetting = db.prepare('SELECT value FROM settings WHERE key = ?').pluck()
  const writeSetting = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
  return {
    ...createWatchedRows(db, 'servers', settingsSchema, randomUUID),
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
