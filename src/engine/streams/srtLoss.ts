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
 * most what came too late, and the gaps for which nothing was sent again. While the loss goes on, most of what is sent again fills newer
 * gaps than those that can be judged: it is shared out, or nothing would be found before the loss is over. Compared with the sequence numbers that a publisher sent: 0 where
 * all was repaired, duplicated or reordered; 25 of 26, 5 of 5 and 99 of 127 where packets were missing (MediaMTX 1.20.1).
 */
export interface SrtLoss {
  /** Packets since the session began; never falls. NaN: not reported by the server. */
  unrecovered: number
  /** A reading whose gaps may still be filled: its gaps and fills, its arrival, and how many of the gaps appeared in how long before it. */
  readonly marked: { loss: number; filled: number; at: number; newLoss: number; newMs: number }
}

/** `began`: between two readings of its list, so that its counters began at 0. */
export const createSrtLoss = (began: boolean): SrtLoss => ({
  unrecovered: Number.NaN,
  marked: { loss: began ? 0 : Number.NaN, filled: 0, at: Number.NEGATIVE_INFINITY, newLoss: 0, newMs: 0 },
})

/** At a reading, this many times the average number of gaps per latency may be open, because loss comes in bursts. */
const burstFactor = 2

/** Updates the estimate with a reading that arrived at `arrivedAt`, monotonic. */
export function updateSrtLoss(loss: SrtLoss, srt: NonNullable<SessionReading['srt']>, arrivedAt: number): void {
  const { packetsLoss, packetsRetransmitted, packetsDropped, packetsBelated, latencyMs } = srt
  if (packetsLoss === null || packetsRetransmitted === null || packetsDropped === null || packetsBelated === null) {
    Object.assign(loss, createSrtLoss(false))
    return
  }
  const { marked } = loss
  const passedMs = arrivedAt - marked.at
  const settleMs = latencyMs ?? 0
  // Gaps older than the latency have been filled in time, or never will be.
  if (passedMs < settleMs) return
  const filled = Math.max(0, packetsRetransmitted - packetsDropped)
  const isFirst = Number.isNaN(marked.loss)
  // For a session that began before we watched, all gaps of the first reading count as settled; growth from there on is correct.
  const settled = isFirst ? { loss: packetsLoss, filled, at: arrivedAt, newLoss: 0, newMs: 0 } : marked
  const newLoss = packetsLoss - settled.loss
  // Retransmissions since then filled gaps that were open then, or newer ones. The number of both is known.
  const filledSince = filled - settled.filled
  const openThen = settled.newLoss * Math.min(1, settled.newMs === 0 ? 1 : (burstFactor * settleMs) / settled.newMs)
  const filledOfOpen = Math.max(filledSince - newLoss, Math.min(filledSince, openThen))
  const notFilled = Math.floor(settled.loss - settled.filled - filledOfOpen)
  const tooLateOrNever = packetsBelated + Math.max(0, settled.loss - packetsRetransmitted)
  loss.unrecovered = Math.max(0, loss.unrecovered || 0, Math.min(notFilled, tooLateOrNever))
  // The time over which a session's first gaps appeared is unknown, so all of them may be open.
  Object.assign(marked, { loss: packetsLoss, filled, at: arrivedAt, newLoss, newMs: Number.isFinite(passedMs) ? passedMs : 0 })
}
