import type { Database } from 'better-sqlite3'
import type { Log } from '../ports.ts'
import { unsynced } from '../storage/unsynced.ts'
import { orNull } from './pathSamples.ts'
import type { SeenStream, ServerStreams } from './serverState.ts'
import type { Said } from './streamRecord.ts'

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

interface SaidRow {
  readonly path: string
  readonly by: 'operator' | 'file' | 'mediamtx'
  readonly since: number
  readonly expects: number
  readonly operator: string | null
}

/** What is said of streams, as far as it must survive a restart: by operators, and since when others say it. The only SQL on `expected_streams`. */
export function createExpectationRows(db: Database) {
  const select = db.prepare('SELECT path, by, since, expects, operator FROM expected_streams WHERE server_id = ?')
  const upsert = db.prepare('INSERT OR REPLACE INTO expected_streams (server_id, path, by, since, expects, operator) VALUES (?, ?, ?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM expected_streams WHERE server_id = ? AND path = ?')
  const forget = db.prepare('DELETE FROM expected_streams WHERE server_id = ?')
  return {
    ofServer: (serverId: string): Map<string, Said> =>
      new Map(
        (select.all(serverId) as SaidRow[]).map(({ path, by, since, expects, operator }) => [
          path,
          { by, since, expects: expects === 1, ...(operator !== null && { operator }) },
        ]),
      ),
    /** Stores what is said of these paths; nothing, where it is not said any more. */
    write: db.transaction((serverId: string, said: ReadonlyMap<string, Said>, paths: readonly string[]): void => {
      for (const path of paths) {
        const one = said.get(path)
        if (one === undefined) remove.run(serverId, path)
        else upsert.run(serverId, path, one.by, Math.round(one.since), one.expects ? 1 : 0, one.operator ?? null)
      }
    }),
    forget: (serverId: string): void => {
      forget.run(serverId)
    },
  }
}
export type ExpectationRows = ReturnType<typeof createExpectationRows>

/** The time until which live streams were seen is written once a minute, as one row per server. */
const checkedEveryMs = 60_000
/** Writes what must survive a restart: at most `most` rows of each kind at once, and the time of the server's last poll once a minute. */
export function writeSeen(
  server: ServerStreams,
  { seen, expectations }: { readonly seen: SeenStreams; readonly expectations: ExpectationRows },
  log: Log,
  most: number,
): void {
  const due = server.at - server.checkedAt >= checkedEveryMs
  if (server.unwritten.size === 0 && server.unwrittenGone.size === 0 && server.unwrittenSaid.size === 0 && !due) return
  const changes: SeenStream[] = []
  for (const record of server.unwritten) {
    if (changes.length >= most) break
    server.unwritten.delete(record)
    if (!Number.isNaN(record.lastLiveAt))
      changes.push({
        path: record.path,
        lastLiveAt: record.lastLiveAt,
        learnedAt: orNull(record.learnedAt),
        live: record.state === 'live' || record.state === 'stalled',
        wentBefore: orNull(record.wentBefore),
      })
  }
  const gone = [...server.unwrittenGone].slice(0, most)
  for (const path of gone) server.unwrittenGone.delete(path)
  const said = [...server.unwrittenSaid].slice(0, most)
  for (const path of said) server.unwrittenSaid.delete(path)
  const isSeen = changes.length > 0 || gone.length > 0 || due
  if (isSeen) server.checkedAt = server.at
  try {
    if (said.length > 0) expectations.write(server.id, server.said, said)
    if (isSeen) seen.write(server.id, changes, gone, server.at)
  } catch (error) {
    // Watching continues; the only loss is that these streams are not missed after a restart.
    log.error({ serverId: server.id, err: error }, 'seen streams could not be stored')
  }
}
