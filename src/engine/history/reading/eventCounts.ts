import type { Database } from '../../storage/openDatabase.ts'
import type { EventCount, EventCountsAsk } from '../protocol/protocol.ts'

/** Counts events kind by kind and bucket by bucket; of a bucket without any there is no row. An index holds all it needs. */
export function countEvents(db: Database, { from, to, widthMs, ownerIds }: EventCountsAsk): EventCount[] {
  // From one kind to the next in the index: a list of all distinct ones would read it whole.
  const kinds = db
    .prepare<[], string>(
      `WITH RECURSIVE k(kind) AS (SELECT min(kind) FROM events UNION ALL SELECT (SELECT min(kind) FROM events WHERE kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
       SELECT kind FROM k WHERE kind IS NOT NULL`,
    )
    .pluck()
    .all()
  const ofServers = ownerIds === null ? '' : 'AND server_id IN (SELECT value FROM json_each(?))'
  const count = db.prepare<(string | number)[], { bucket: number; count: number }>(
    `SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, count(*) AS count FROM events WHERE kind = ? AND at >= ? AND at < ? ${ofServers} GROUP BY 1`,
  )
  const more = ownerIds === null ? [] : [JSON.stringify(ownerIds)]
  return kinds.flatMap((kind) => count.all(from, widthMs, kind, from, to, ...more).map((row) => ({ ...row, kind })))
}
