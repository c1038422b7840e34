import type { Database } from 'better-sqlite3'
import type { Log } from '../ports.ts'
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
interface SaidRow {
  readonly path: string
  readonly by: 'operator' | 'file' | 'mediamtx'
  readonly since: number
  readonly expects: number
  readonly operator: string | null
}

/** The time until which live streams were seen is written once a minute, as one row per server. */
export const checkedEveryMs = 60_000
const rounded = (at: number | null): number | null => (at === null ? null : Math.round(at))

/**
 * What must survive a restart, the only SQL on `seen_streams`, `seen_servers` and `expected_streams`: which paths were seen live, when last, and since when
 * they are expected for it; what operators say of streams, and since when others say it.
 *
 * A path is written when it comes or goes. While it stays live, it counts as live until the server was last polled, which is one
 * row per server per minute: 100,000 live streams must not mean 100,000 writes.
 */
export class SeenStreams {
  readonly #db: Database
  readonly #log: Log
  readonly #sql: ReturnType<typeof statements>
  /** Stores what is said of these paths; nothing, where it is not said any more. */
  readonly writeSaid: (serverId: string, said: ReadonlyMap<string, Said>, paths: readonly string[]) => void
  readonly #writeSeen: (serverId: string, changes: readonly SeenStream[], gone: readonly string[], checkedAt: number) => void

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
    const sql = statements(db)
    this.#sql = sql
    this.writeSaid = db.transaction((serverId, said, paths) => {
      for (const path of paths) {
        const one = said.get(path)
        if (one === undefined) sql.removeSaid.run(serverId, path)
        else sql.upsertSaid.run(serverId, path, one.by, Math.round(one.since), one.expects ? 1 : 0, one.operator ?? null)
      }
    })
    this.#writeSeen = db.transaction((serverId, changes, gone, checkedAt) => {
      for (const { path, lastLiveAt, live, learnedAt, wentBefore } of changes)
        sql.upsertSeen.run(serverId, path, Math.round(lastLiveAt), live ? 1 : 0, rounded(learnedAt), rounded(wentBefore))
      for (const path of gone) sql.removeSeen.run(serverId, path)
      sql.check.run(serverId, Math.round(checkedAt))
    })
  }

  /** `answeredAt`: when the server answered last, if that is known better than by the minute. */
  seenOf(serverId: string, answeredAt = 0): readonly SeenStream[] {
    return this.#sql.seen
      .all(serverId)
      .map(({ live, checkedAt, wentBefore, lastLiveAt, ...seen }) =>
        live === 1
          ? { ...seen, live: true, wentBefore: null, lastLiveAt: Math.max(lastLiveAt, checkedAt ?? 0, answeredAt) }
          : { ...seen, live: false, wentBefore, lastLiveAt },
      )
  }

  saidOf(serverId: string): readonly (readonly [path: string, said: Said])[] {
    return this.#sql.said
      .all(serverId)
      .map(({ path, by, since, expects, operator }) => [path, { by, since, expects: expects === 1, ...(operator !== null && { operator }) }])
  }

  forget(serverId: string): void {
    this.#db.transaction(() => {
      for (const forget of this.#sql.forget) forget.run(serverId)
    })()
  }

  /** Writes what changed of a server's streams: at most `most` rows of each kind at once, and the time of the server's last poll once a minute. */
  write(server: ServerStreams, most: number): void {
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
      if (said.length > 0) this.writeSaid(server.id, server.said, said)
      if (isSeen) this.#writeSeen(server.id, changes, gone, server.at)
    } catch (error) {
      // Watching continues; the only loss is that these streams are not missed after a restart.
      this.#log.error({ serverId: server.id, err: error }, 'seen streams could not be stored')
    }
  }
}

function statements(db: Database) {
  return {
    seen: db.prepare<[string], SeenRow>(`
      SELECT s.path, s.last_live_at AS lastLiveAt, s.live, s.learned_at AS learnedAt, s.went_before AS wentBefore, v.looked_at AS checkedAt
      FROM seen_streams s LEFT JOIN seen_servers v ON v.server_id = s.server_id WHERE s.server_id = ?`),
    upsertSeen: db.prepare(`
      INSERT INTO seen_streams (server_id, path, last_live_at, live, learned_at, went_before) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (server_id, path) DO UPDATE SET
        last_live_at = excluded.last_live_at, live = excluded.live, learned_at = excluded.learned_at, went_before = excluded.went_before`),
    removeSeen: db.prepare('DELETE FROM seen_streams WHERE server_id = ? AND path = ?'),
    check: db.prepare('INSERT INTO seen_servers (server_id, looked_at) VALUES (?, ?) ON CONFLICT (server_id) DO UPDATE SET looked_at = excluded.looked_at'),
    said: db.prepare<[string], SaidRow>('SELECT path, by, since, expects, operator FROM expected_streams WHERE server_id = ?'),
    upsertSaid: db.prepare('INSERT OR REPLACE INTO expected_streams (server_id, path, by, since, expects, operator) VALUES (?, ?, ?, ?, ?, ?)'),
    removeSaid: db.prepare('DELETE FROM expected_streams WHERE server_id = ? AND path = ?'),
    forget: ['seen_streams', 'seen_servers', 'expected_streams'].map((table) => db.prepare(`DELETE FROM ${table} WHERE server_id = ?`)),
  }
}
