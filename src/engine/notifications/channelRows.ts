import { z } from 'zod'
import { type channelKindNames, channelKindSchema, type EnteredValues, enteredValuesSchema } from '../../shared/channels.ts'
import type { SecretBox } from '../servers/secretBox.ts'
import type { Database } from '../storage/openDatabase.ts'
import { storedJson } from '../storage/storedJson.ts'

/** A channel that was entered in the console. */
export interface StoredChannel {
  readonly name: string
  readonly kind: (typeof channelKindNames)[number]
  /** Where it sends to, without secrets. */
  readonly origin: string
  /** As it was typed, with its secrets; null: they were sealed with another key. */
  readonly entries: EnteredValues | null
  readonly by: string
  readonly at: number
}
export interface StoredRoute {
  readonly id: string
  readonly entries: EnteredValues
  readonly by: string
  readonly at: number
}

const channelRowSchema = z.object({ name: z.string(), kind: channelKindSchema, origin: z.string(), by: z.string(), at: z.number() })
/** Ties sealed bytes to their channel. */
const ownerOf = (name: string) => `channel ${name}`

/** What is stored of channels and routes: the only SQL on `channels` and `routes`. `box` null: secrets can't be kept here. */
export function createChannelRows(db: Database, box: SecretBox | null) {
  const channels = db.prepare('SELECT name, kind, origin, sealed, by, at FROM channels ORDER BY at, name')
  const keep = db.prepare(
    `INSERT INTO channels (name, kind, origin, sealed, by, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET origin = excluded.origin, sealed = excluded.sealed, by = excluded.by, at = excluded.at`,
  )
  const remove = db.prepare('DELETE FROM channels WHERE name = ?')
  const routes = db.prepare('SELECT id, entries, by, at FROM routes ORDER BY place, id')
  const keepRoute = db.prepare(
    `INSERT INTO routes (id, place, entries, by, at) VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM routes), ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET entries = excluded.entries, by = excluded.by, at = excluded.at`,
  )
  const removeRoute = db.prepare('DELETE FROM routes WHERE id = ?')
  const entriesOf = (text: string | null): EnteredValues | null => enteredValuesSchema.safeParse(text === null ? null : storedJson(text)).data ?? null
  return {
    /** One whose row a flipped bit made unreadable is left out. */
    channels: (): readonly StoredChannel[] =>
      (channels.all() as readonly { readonly sealed: Uint8Array }[]).flatMap(({ sealed, ...row }) => {
        const read = channelRowSchema.safeParse(row)
        return read.success ? [{ ...read.data, entries: entriesOf(box?.open(sealed, ownerOf(read.data.name)) ?? null) }] : []
      }),
    /** Returns whether it could be sealed. */
    keep: ({ name, kind, origin, entries, by, at }: StoredChannel): boolean => {
      if (box === null) return false
      keep.run(name, kind, origin, box.seal(JSON.stringify(entries), ownerOf(name)), by, Math.round(at))
      return true
    },
    remove: (name: string): void => void remove.run(name),
    routes: (): readonly StoredRoute[] =>
      (routes.all() as readonly { readonly id: string; readonly entries: string; readonly by: string; readonly at: number }[]).flatMap((row) => {
        const entries = entriesOf(row.entries)
        return entries === null ? [] : [{ ...row, entries }]
      }),
    keepRoute: ({ id, entries, by, at }: StoredRoute): void => void keepRoute.run(id, JSON.stringify(entries), by, Math.round(at)),
    removeRoute: (id: string): void => void removeRoute.run(id),
  }
}
