import type { Session } from './streams.ts'

/**
 * Packets lost for good since a session began. SRT: for a publisher an estimate (the server does not count them), for a reader
 * packets dropped before sending. RTP: for a publisher packets that did not arrive, for a reader those it reported as lost.
 * null: not known, as over TCP.
 */
export function sessionLoss({ role, srt, rtp }: Pick<Session, 'role' | 'srt' | 'rtp'>): number | null {
  if (srt && role === 'publisher') return srt.packetsUnrecovered === null ? null : srt.packetsUnrecovered + (srt.packetsUndecryptable ?? 0)
  if (srt) return srt.packetsDropped
  if (rtp) return role === 'publisher' ? rtp.lost : rtp.reportedLost
  return null
}

/** What a publisher has sent, or a reader been sent. */
export function sessionBytes({ role, inboundBytes, outboundBytes }: Pick<Session, 'role' | 'inboundBytes' | 'outboundBytes'>): number | null {
  return role === 'publisher' ? inboundBytes : outboundBytes
}

/** Bit rate in the direction of the media, bit/s. */
export function sessionRate({ role, bitrateInBps, bitrateOutBps }: Pick<Session, 'role' | 'bitrateInBps' | 'bitrateOutBps'>): number | null {
  return role === 'publisher' ? bitrateInBps : bitrateOutBps
}
