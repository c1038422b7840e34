import { sessionBytes, sessionLoss } from '../../shared/sessionFigures.ts'
import type { SessionListName } from '../servers/readings.ts'
import type { SessionRecord } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { KeptSession } from './packedSessions.ts'

/** A session that is still open, as far as is known. */
export interface Open {
  readonly list: SessionListName
  readonly id: string
  readonly began: number
  /** When it began by the server's clock, which distinguishes it from a later session with the same id; null: unknown. */
  readonly createdAt: number | null
  /** The session as currently read; null: not read in this launch, so `stored` applies. */
  record: SessionRecord | null
  stored: KeptSession | null
  isStored: boolean
}
export interface OfServer {
  name: string
  readonly open: Map<string, Open>
  /** When its sessions were last seen, epoch ms; NaN: never. */
  seenAt: number
  /** Stored value of `seenAt`. */
  storedSeenAt: number
}
/** Whether the session has not been seen since its server became unavailable. */
export function isUnseen({ record }: Open): boolean {
  return record === null || record.ended
}

export function keyOf(list: string, id: string): string {
  return `${list} ${id}`
}

/** The stored form of a session as last seen; the caller adds `ended` and `endedAfter`. */
export function keptOf(serverId: string, { id, began, record, stored }: Open, sessionOf: ShownStreams['sessionOf']): Omit<KeptSession, 'ended' | 'endedAfter'> {
  if (record === null) {
    if (stored === null) throw new Error('a session is neither read nor stored')
    // The stored counters don't include what it transferred since.
    return { ...stored, bytes: null, lost: null }
  }
  const { reading } = record
  const { protocol, role, path, remoteAddr, user, userAgent } = reading
  const bytes = sessionBytes(reading)
  const lost = sessionLoss(sessionOf({ ...record.shown, reading }))
  return { serverId, id: id.slice(0, 8), protocol, role, path, remoteAddr, user, userAgent, began, bytes, lost }
}
