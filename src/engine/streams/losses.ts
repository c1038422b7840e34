import type { SessionReading } from '../servers/readings.ts'

/**
 * Estimates how many packets of an SRT publisher never reached its viewers. The server has no counter for this. Its SRT library counts
 *
 * - as lost: each packet missing in the sequence (a gap), repaired or not;
 * - as dropped: each packet already received, and each that arrives too late; never one that does not arrive at all;
 * - as belated: each packet that arrives after its playout time, whether it was missing or a duplicate.
 *
 * A retransmitted packet either fills a gap or is dropped. So the number of missing packets is at most the gaps minus the fills. Packets
 * reordered or duplicated by the network look the same in those two counters, but then none arrives too late. So the number is also at
 * most the packets that arrived too late plus the gaps without a retransmission. While the loss continues, most retransmissions fill newer
 * gaps than those that can be evaluated: they are apportioned, or nothing would be found before the loss ends. Compared with the sequence
 * numbers sent by a publisher: 0 if everything was repaired, duplicated or reordered; 25 of 26, 5 of 5 and 99 of 127 if packets were
 * missing (MediaMTX 1.20.1).
 */
export interface SrtLoss {
  /** Packets since the session began; never falls. NaN: not reported by the server. */
  unrecovered: number
  /** A reading whose gaps may still be filled: its gaps and fills, its arrival, and how many of the gaps appeared in how long before it. */
  readonly marked: { loss: number; filled: number; at: number; newLoss: number; newMs: number }
}

/** `began`: the session began between two readings of its list, so its counters started at 0. */
export function createSrtLoss(began: boolean): SrtLoss {
  return {
    unrecovered: Number.NaN,
    marked: { loss: began ? 0 : Number.NaN, filled: 0, at: Number.NEGATIVE_INFINITY, newLoss: 0, newMs: 0 },
  }
}

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
  // Only gaps older than the latency are settled: filled in time, or never.
  if (passedMs < settleMs) return
  const filled = Math.max(0, packetsRetransmitted - packetsDropped)
  const isFirst = Number.isNaN(marked.loss)
  // For a session that began before we watched, all gaps of the first reading count as settled; growth from there on is correct.
  const settled = isFirst ? { loss: packetsLoss, filled, at: arrivedAt, newLoss: 0, newMs: 0 } : marked
  const newLoss = packetsLoss - settled.loss
  // Retransmissions since then filled gaps that were open then, or newer ones. The numbers of both kinds of gaps are known.
  const filledSince = filled - settled.filled
  const openThen = settled.newLoss * Math.min(1, settled.newMs === 0 ? 1 : (burstFactor * settleMs) / settled.newMs)
  const filledOfOpen = Math.max(filledSince - newLoss, Math.min(filledSince, openThen))
  const notFilled = Math.floor(settled.loss - settled.filled - filledOfOpen)
  const tooLateOrNever = packetsBelated + Math.max(0, settled.loss - packetsRetransmitted)
  loss.unrecovered = Math.max(0, loss.unrecovered || 0, Math.min(notFilled, tooLateOrNever))
  // The time over which a session's first gaps appeared is unknown, so all of them may be open.
  Object.assign(marked, { loss: packetsLoss, filled, at: arrivedAt, newLoss, newMs: Number.isFinite(passedMs) ? passedMs : 0 })
}

const stepMs = 5_000
const steps = 12

/** Losses of the last minute, in steps of 5 s. Created for a stream at its first loss. */
export class LossWindow {
  readonly #counts = new Float64Array(steps)
  #newest = Number.NEGATIVE_INFINITY
  /** Wall time of the first loss in the current run, in which losses are less than a minute apart; NaN: no loss. */
  since = Number.NaN

  /** Books `count` at monotonic time `atMs`, which is `at` by the wall clock. */
  add(atMs: number, count: number, at: number): void {
    if (this.sum(atMs) === 0) this.since = at
    const i = this.#newest % steps
    this.#counts[i] = (this.#counts[i] ?? 0) + count
  }

  sum(atMs: number): number {
    const step = Math.floor(atMs / stepMs)
    // counts[s % steps] belongs to step s for newest - steps < s <= newest.
    if (step - this.#newest >= steps) this.#counts.fill(0)
    else for (let s = this.#newest + 1; s <= step; s++) this.#counts[s % steps] = 0
    this.#newest = Math.max(this.#newest, step)
    return this.#counts.reduce((total, count) => total + count, 0)
  }
}
