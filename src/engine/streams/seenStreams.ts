import type { Database } from 'better-sqlite3'
import { unsynced } from '../storage/unsynced.ts'

/** A path that was seen live. */
export interface SeenStream {
  readonly path: string
  /** Epoch ms. */
  readonly lastLiveAt: number
  /** Since when it is expected because it stayed live; null: it is not. */
  readonly learnedAt: number | null
  /** It was live at the last poll. */
  readonly live: boolean
  /** Arrival of the first answer that no longer showed it live; null: still live, or not recorded. */
  readonly wentBefore: number | null
}

interface SeenRow {
  readonly path: string
  readonly live: number
  readonly checkedAt: number | null
  readonly lastLiveAt: number
  readonly learnedAt: number | null
  readonly wentBefore: number | null
}

const rounded = (at: number | null): number | null => (at === null ? null : Math.round(at))

/**
 * Which paths were seen live, when last, and since when they are expected for it, across restarts.
 * The only SQL on `seen_streams` and `seen_servers`.
 *
 * A path is written when it comes or goes. While it stays live, it counts as live until the server was last polled, which is one
 * row per server per minute: 100,000 live streams must not mean 100,000 writes.
 */
export function createSeenStreams(db: Database) {
  const select = db.prepare(`
    SELECT s.path, s.last_live_at AS lastLiveAt, s.live, s.learned_at AS learnedAt, s.went_before AS wentBefore, v.looked_at AS checkedAt
    FROM seen_streams s LEFT JOIN seen_servers v ON v.server_id = s.server_id WHERE s.server_id = ?`)
  const upsert = db.prepare(`
    INSERT INTO seen_streams (server_id, path, last_live_at, live, learned_at, went_before) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (server_id, path) DO UPDATE SET
      last_live_at = excluded.last_live_at, live = excluded.live, learned_at = excluded.learned_at, went_before = excluded.went_before`)
  const remove = db.prepare('DELETE FROM seen_streams WHERE server_id = ? AND path = ?')
  const look = db.prepare(`
    INSERT INTO seen_servers (server_id, looked_at) VALUES (?, ?)
    ON CONFLICT (server_id) DO UPDATE SET looked_at = excluded.looked_at`)
  const forgetStreams = db.prepare('DELETE FROM seen_streams WHERE server_id = ?')
  const forgetServer = db.prepare('DELETE FROM seen_servers WHERE server_id = ?')
  const write = db.transaction((serverId: string, changes: readonly SeenStream[], gone: readonly string[], checkedAt: number) => {
    for (const { path, lastLiveAt, live, learnedAt, wentBefore } of changes)
      upsert.run(serverId, path, Math.round(lastLiveAt), live ? 1 : 0, rounded(learnedAt), rounded(wentBefore))
    for (const path of gone) remove.run(serverId, path)
    look.run(serverId, Math.round(checkedAt))
  })
  const forget = db.transaction((serverId: string) => {
    forgetStreams.run(serverId)
    forgetServer.run(serverId)
  })
  return {
    ofServer: (serverId: string): readonly SeenStream[] =>
      (select.all(serverId) as SeenRow[]).map(({ live, checkedAt, wentBefore, lastLiveAt, ...seen }) =>
        live === 1
          ? { ...seen, live: true, wentBefore: null, lastLiveAt: Math.max(lastLiveAt, checkedAt ?? 0) }
          : { ...seen, live: false, wentBefore, lastLiveAt },
      ),
    /** Writes everything in one transaction: deletes `gone`, and sets `checkedAt`, the time of the server's last poll. */
    write: (serverId: string, changes: readonly SeenStream[], gone: readonly string[], checkedAt: number): void => {
      // What a power cut loses is observed again.
      unsynced(db, () => write(serverId, changes, gone, checkedAt))
    },
    forget: (serverId: string): void => {
      forget(serverId)
    },
  }
}

export type SeenStreams = ReturnType<typeof createSeenStreams>
