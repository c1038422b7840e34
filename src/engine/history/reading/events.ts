import type { DeckEvent } from '../../../shared/events.ts'
import type { PrepareOnce } from '../../storage/preparedOnce.ts'
import { type EventRow, eventOfRow, type ReadPart } from '../live/live.ts'
import { type EventCount, type EventCountsAsk, type EventsAsk, isOwnName, toStored } from '../protocol/protocol.ts'

/** Conditions for the events of one path: its own, and those about many streams that list it. */
const ofOnePath = ['path = ?', `path IS NULL AND instr(facts, '"paths"') > 0 AND EXISTS (SELECT 1 FROM json_each(facts ->> '$.paths') WHERE value = ?)`]

/**
 * Events, newest first; at the same time, the one recorded last first. Facts that are damaged are empty. Every statement only
 * scans a range of an index.
 */
export function readEvents(prepare: PrepareOnce, ofLive: ReadPart, filter: EventsAsk): DeckEvent[] {
  const where: string[] = []
  const values: (string | number)[] = []
  const also = (sql: string, ...of: (string | number)[]): void => {
    where.push(sql)
    values.push(...of)
  }
  const of = filter.of === undefined ? null : toStored(filter.of)
  const part = of === null || isOwnName(of.path) ? null : of.path
  if (of !== null) also('server_id = ?', of.ownerId)
  if (filter.from !== undefined) also('at >= ?', filter.from)
  if (filter.to !== undefined) also('at < ?', filter.to)
  if (filter.before !== undefined) {
    const at = prepare<[number], number>('SELECT at FROM events WHERE id = ?').pluck().get(filter.before)
    // The event may have been dropped meanwhile; events recorded before it have smaller ids.
    if (at === undefined) also('id < ?', filter.before)
    else also('(at, id) < (?, ?)', at, filter.before)
  }
  const read = (ofPath: string | null, kind: string | null): EventRow[] => {
    const conditions = [...where, ...(ofPath === null ? [] : [ofPath]), ...(kind === null ? [] : ['kind = ?'])]
    return prepare<(string | number)[], EventRow>(
      `SELECT id, at, kind, server_id, server_name, path, text, facts FROM events
       ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''} ORDER BY at DESC, id DESC LIMIT ?`,
    ).all(...values, ...(part === null ? [] : [part]), ...(kind === null ? [] : [kind]), filter.limit)
  }
  const kinds = filter.kinds === undefined ? [null] : [...new Set(filter.kinds)]
  const rows = (part === null ? [null] : ofOnePath).flatMap((ofPath) => kinds.flatMap((kind) => read(ofPath, kind)))
  rows.sort((a, b) => b.at - a.at || b.id - a.id)
  const events = rows.slice(0, filter.limit).map((row) => ofLive(() => eventOfRow(row), null) ?? eventOfRow({ ...row, facts: '{}' }))
  return filter.withPaths === true ? events : events.map(withoutPaths)
}

/** Removes the list of paths, up to 16 kB, from an event about many streams. Its count and first path stay. */
const withoutPaths = ({ facts: { paths: _, ...facts }, ...event }: DeckEvent): DeckEvent => ({ ...event, facts })

/** Counts events by kind and bucket. Empty buckets have no row. Reads only an index. */
export function countEvents(prepare: PrepareOnce, { from, to, widthMs, ownerIds }: EventCountsAsk): EventCount[] {
  // Jumps from one kind to the next in the index; SELECT DISTINCT would read the whole index.
  const kinds = prepare<[], string>(
    `WITH RECURSIVE k(kind) AS (SELECT min(kind) FROM events UNION ALL SELECT (SELECT min(kind) FROM events WHERE kind > k.kind) FROM k WHERE k.kind IS NOT NULL)
     SELECT kind FROM k WHERE kind IS NOT NULL`,
  )
    .pluck()
    .all()
  const ofOwners = ownerIds === null ? '' : 'AND server_id IN (SELECT value FROM json_each(?))'
  const count = prepare<(string | number)[], { bucket: number; count: number }>(
    `SELECT CAST((at - ?) / ? AS INTEGER) AS bucket, count(*) AS count FROM events WHERE kind = ? AND at >= ? AND at < ? ${ofOwners} GROUP BY 1`,
  )
  const more = ownerIds === null ? [] : [JSON.stringify(ownerIds)]
  return kinds.flatMap((kind) => count.all(from, widthMs, kind, from, to, ...more).map((row) => ({ ...row, kind })))
}
