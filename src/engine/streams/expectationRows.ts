import type { Database } from 'better-sqlite3'
import type { Said } from './streamRecord.ts'

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
