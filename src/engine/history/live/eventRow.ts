import type { DeckEvent, EventAbout } from '../../../shared/events.ts'
import { storedJson } from '../codec/codec.ts'
import { fromStored, isOwnName, ownName, toStored } from '../protocol/protocol.ts'

/** An event as stored in history.db and in archives. */
export interface EventRow {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly server_id: string | null
  readonly server_name: string | null
  readonly path: string | null
  readonly text: string
  /** JSON. */
  readonly facts: string
}

/** Bytes counted for a row besides its texts. */
const rowBytes = 100
export function eventBytes(text: string, facts: string): number {
  return Buffer.byteLength(text) + Buffer.byteLength(facts) + rowBytes
}
/** The same in SQL, for a row of `events`. */
export const eventBytesSql = `length(CAST(text AS BLOB)) + length(CAST(facts AS BLOB)) + ${rowBytes}`

/** The subject of an event as stored. */
export function storedAbout({ subject, ownerName }: EventAbout): Pick<EventRow, 'server_id' | 'server_name' | 'path'> {
  if (subject === null) return { server_id: null, server_name: ownerName, path: null }
  const { ownerId, path } = toStored(subject)
  return { server_id: ownerId, server_name: ownerName, path: isOwnName(path) ? null : path }
}

/** Throws `BadBytesError` if the facts are damaged. */
export function eventOfRow({ server_id, server_name, path, facts, ...row }: EventRow): DeckEvent {
  return {
    ...row,
    subject: server_id === null ? null : fromStored({ ownerId: server_id, path: path ?? ownName }),
    ownerName: server_name,
    facts: storedJson(facts, `the facts of event ${row.id}`) as DeckEvent['facts'],
  }
}
