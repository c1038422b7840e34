import type { SessionReading } from '../servers/readings.ts'

/**
 * Estimates how many packets of an SRT publisher never reached its viewers. No counter of the server says it: its SRT library counts
 *
 * - as lost each gap in the sequence, repaired or not;
 * - as dropped each packet that it already has, and each that comes too late; never one that does not come at all;
 * - as belated each that comes when its place was played, whether it was missing or a duplicate.
 *
 * A packet sent again either fills a gap or is dropped. So what is missing is at most the gaps less the fills. Packets that overtake
 * each other, or that the network duplicates, look the same in those two counters; but then nothing comes too late. So it is also at
 * most what came too late, and the gaps for which nothing was sent again. Compared with the sequence numbers that a publisher sent: 0 where
 * all was repaired, duplicated or reordered; 25 of 26, 5 of 5 and 99 of 127 where packets were missing (MediaMTX 1.20.1).
 */
export interface SrtLoss {
  /** Packets since the session began; NaN: the server does not tell. Never falls. */
  unrecovered: number
  /** Gaps of a reading that may still be filled, and its arrival. */
  markedLoss: number
  markedAt: number
  /** Gaps that are older than the latency: they were filled in time or never will be. */
  settledLoss: number
}

/** `began`: between two readings of its list, so that its counters began at 0. */
export const createSrtLoss = (began: boolean): SrtLoss => ({
  unrecovered: Number.NaN,
  markedLoss: began ? 0 : Number.NaN,
  markedAt: Number.NEGATIVE_INFINITY,
  settledLoss: Number.NaN,
})

/** Takes a reading that arrived at `arrivedAt`, monotonic. */
export const updateSrtLoss = (loss: SrtLoss, srt: NonNullable<SessionReading['srt']>, arrivedAt: number): void => {
  const { packetsLoss, packetsRetransmitted, packetsDropped, packetsBelated, latencyMs } = srt
  if (packetsLoss === null || packetsRetransmitted === null || packetsDropped === null || packetsBelated === null) {
    Object.assign(loss, createSrtLoss(false))
    return
  }
  if (arrivedAt - loss.markedAt >= (latencyMs ?? 0)) {
    // Of a session that was there before, all gaps of its first reading count as settled: what grows from there on is right.
    loss.settledLoss = Number.isNaN(loss.markedLoss) ? packetsLoss : loss.markedLoss
    loss.markedLoss = packetsLoss
    loss.markedAt = arrivedAt
  }
  const notFilled = loss.settledLoss - Math.max(0, packetsRetransmitted - packetsDropped)
  const tooLateOrNever = packetsBelated + Math.max(0, loss.settledLoss - packetsRetransmitted)
  loss.unrecovered = Math.max(0, loss.unrecovered || 0, Math.min(notFilled, tooLateOrNever))
}
