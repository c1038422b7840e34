import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { SessionRecord } from '../streams/sessions.ts'

/** A connection by SRT as far as readings have told of it. `until`: when the list that was used arrived, monotonic ms. */
export interface SrtSoFar {
  readonly id: string
  readonly until: number
  readonly sent: number
  readonly lost: number
  readonly retransmitted: number
}
/** Of a connection that begins now. */
export function newConnection(now: number): SrtSoFar {
  return { id: '', until: now, sent: 0, lost: 0, retransmitted: 0 }
}

/** What a list says of the connection since the last reading; `reading` is null where no list has come since. */
export function srtSince(before: SrtSoFar, session: SessionRecord | null): { readonly reading: ProbeReading['srt']; readonly soFar: SrtSoFar } {
  const srt = session?.reading.srt ?? null
  if (session === null || srt === null || !(session.list.arrivedAt > before.until)) return { reading: null, soFar: before }
  const from = before.id === session.reading.id ? before : newConnection(0)
  const { packetsSent = null, packetsLoss, packetsRetransmitted, rttMs, latencyMs } = srt
  const since = (count: number | null, earlier: number) => (count === null ? null : Math.max(0, count - earlier))
  return {
    reading: {
      rttMs,
      latencyMs,
      sent: since(packetsSent, from.sent),
      lost: since(packetsLoss, from.lost),
      retransmitted: since(packetsRetransmitted, from.retransmitted),
    },
    soFar: {
      id: session.reading.id,
      until: session.list.arrivedAt,
      sent: packetsSent ?? from.sent,
      lost: packetsLoss ?? from.lost,
      retransmitted: packetsRetransmitted ?? from.retransmitted,
    },
  }
}
