import type { Database } from 'better-sqlite3'

/** So many incidents are kept of a channel, the newest ones. */
const mostHeldBack = 100

/** Incidents of which a channel was not told because its routes were closed: the only SQL on `held_back`. */
export function createHeldBackRows(db: Database) {
  const add = db.prepare('INSERT OR IGNORE INTO held_back (channel, incident) VALUES (?, ?)')
  const trim = db.prepare(
    'DELETE FROM held_back WHERE channel = @channel AND rowid NOT IN (SELECT rowid FROM held_back WHERE channel = @channel ORDER BY rowid DESC LIMIT @most)',
  )
  const of = db.prepare('SELECT incident FROM held_back WHERE channel = ? ORDER BY rowid').pluck()
  const remove = db.prepare('DELETE FROM held_back WHERE channel = ?')
  return {
    add: (channel: string, incident: string): void => {
      if (add.run(channel, incident).changes > 0) trim.run({ channel, most: mostHeldBack })
    },
    /** The oldest first; they are not kept any more. */
    take: (channel: string): readonly string[] => {
      const incidents = of.all(channel) as string[]
      if (incidents.length > 0) remove.run(channel)
      return incidents
    },
  }
}
