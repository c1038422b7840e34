import { sessionBytes, sessionLoss } from '../../shared/sessionFigures.ts'
import type { SessionListName } from '../servers/readings.ts'
import type { SessionRecord } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { KeptSession } from './packedSessions.ts'

/** A session that goes on, as far as is known. */
export interface Open {
  readonly list: SessionListName
  readonly id: string
  readonly began: number
  /** When it began by the server's clock, which tells it from a later one of the same id; null: not known. */
  readonly createdAt: number | null
  /** As it is read now; null: not in this launch, and what was stored of it counts. */
  record: SessionRecord | null
  stored: KeptSession | null
  isStored: boolean
}
export interface OfServer {
  name: string
  readonly open: Map<string, Open>
  /** When its sessions were seen last, epoch ms; NaN: never. */
  seenAt: number
  /** `seenAt` as it is stored. */
  storedSeenAt: number
}
/** It was seen before its server could not be asked, and not since. */
export const isUnseen = ({ record }: Open): boolean => record === null || record.ended

export const keyOf = (list: string, id: string): string => `${list} ${id}`

/** What is kept of a session, as it was seen last; `ended` and `endedAfter` are added. */
export function keptOf(serverId: string, { id, began, record, stored }: Open, sessionOf: ShownStreams['sessionOf']): Omit<KeptSession, 'ended' | 'endedAfter'> {
  if (record === null) {
    if (stored === null) throw new Error('a session is neither read nor stored')
    // What it had sent when it was stored says nothing of what it sent since.
    return { ...stored, bytes: null, lost: null }
  }
  const { reading } = record
  const { protocol, role, path, remoteAddr, user, userAgent } = reading
  const bytes = sessionBytes(reading)
  const lost = sessionLoss(sessionOf({ ...record.shown, reading }))
  return { serverId, id: id.slice(0, 8), protocol, role, path, remoteAddr, user, userAgent, began, bytes, lost }
}
