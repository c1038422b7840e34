import type { Session } from '../../shared/streams.ts'

/**
 * Packets lost for good since a session began. SRT: for a publisher an estimate (the server does not count them), for a reader
 * packets dropped before sending. RTP: for a publisher packets that did not arrive, for a reader those it reported as lost.
 */
export function sessionLoss(session: Session): number | null {
  if (session.srt && session.role === 'publisher')
    return session.srt.packetsUnrecovered === null ? null : session.srt.packetsUnrecovered + (session.srt.packetsUndecryptable ?? 0)
  if (session.srt) return session.srt.packetsDropped
  if (session.rtp) return session.role === 'publisher' ? session.rtp.lost : session.rtp.reportedLost
  return null
}

/** Bit rate in the direction of the media. */
export const sessionRate = (session: Session): number | null => (session.role === 'publisher' ? session.bitrateInBps : session.bitrateOutBps)

const order = { publisher: 0, reader: 1, other: 2 }
/** Sorts the publisher first, then readers from the oldest, our own last. */
export const sortSessions = (sessions: readonly Session[]): readonly Session[] =>
  [...sessions].sort(
    (a, b) => order[a.role] - order[b.role] || Number(a.own) - Number(b.own) || (a.createdAt ?? 0) - (b.createdAt ?? 0) || a.id.localeCompare(b.id),
  )
