import type { Database } from 'better-sqlite3'

/** A path that was seen live. */
export interface SeenStream {
  readonly path: string
  readonly lastLiveAt: number
  /** It was live when we last looked. */
  readonly live: boolean
}

/**
 * Which paths were seen live, and when last: the expected streams until an inventory exists, kept over a restart.
 * The only SQL on `seen_streams` and `seen_servers`.
 *
 * A path is written when it comes or goes. While it stays live, its time is that of the server's last look, one
 * row a server a minute: 100,000 live streams must not mean 100,000 writes.
 */
export const createSeenStreams = (db: Database) => {
  const select = db.prepare(`
    SELECT s.path, CASE WHEN s.live = 1 THEN max(s.last_live_at, coalesce(v.looked_at, 0)) ELSE s.last_live_at END AS lastLiveAt, s.live
    FROM seen_streams s LEFT JOIN seen_servers v ON v.server_id = s.server_id WHERE s.server_id = ?`)
  const upsert = db.prepare(`
    INSERT INTO seen_streams (server_id, path, last_live_at, live) VALUES (?, ?, ?, ?)
    ON CONFLICT (server_id, path) DO UPDATE SET last_live_at = excluded.last_live_at, live = excluded.live`)
  const remove = db.prepare('DELETE FROM seen_streams WHERE server_id = ? AND path = ?')
  const look = db.prepare(`
    INSERT INTO seen_servers (server_id, looked_at) VALUES (?, ?)
    ON CONFLICT (server_id) DO UPDATE SET looked_at = excluded.looked_at`)
  const forgetStreams = db.prepare('DELETE FROM seen_streams WHERE server_id = ?')
  const forgetServer = db.prepare('DELETE FROM seen_servers WHERE server_id = ?')
  const write = db.transaction((serverId: string, changes: readonly SeenStream[], gone: readonly string[], lookedAt: number) => {
    for (const { path, lastLiveAt, live } of changes) upsert.run(serverId, path, Math.round(lastLiveAt), live ? 1 : 0)
    for (const path of gone) remove.run(serverId, path)
    look.run(serverId, Math.round(lookedAt))
  })
  const forget = db.transaction((serverId: string) => {
    forgetStreams.run(serverId)
    forgetServer.run(serverId)
  })
  return {
    ofServer: (serverId: string): readonly SeenStream[] =>
      (select.all(serverId) as { path: string; lastLiveAt: number; live: number }[]).map((row) => ({ ...row, live: row.live === 1 })),
    /** All in one transaction: `gone` are forgotten, `lookedAt` says when the server was last looked at. */
    write: (serverId: string, changes: readonly SeenStream[], gone: readonly string[], lookedAt: number): void => {
      // Waits for no disk: the engine would stand still meanwhile, and after a power cut this is seen anew.
      db.pragma('synchronous = NORMAL')
      try {
        write(serverId, changes, gone, lookedAt)
      } finally {
        db.pragma('synchronous = FULL')
      }
    },
    forget: (serverId: string): void => {
      forget(serverId)
    },
  }
}
