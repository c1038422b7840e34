import type { StreamState } from '../../shared/streams.ts'
import { isLearned, type Learning } from './learning.ts'

/** An available stream is stalled without new bytes for 4 s or two intervals, whichever is longer (traps 14, 22), less the arrival slack. */
export function stallAfterMs(intervalMs: number): number {
  return Math.max(4_000, 2 * intervalMs) - arrivalSlackMs(intervalMs)
}

/** Answers arrive a few ms early or late; without this slack every second stall would be seen one interval late. */
const arrivalSlackMs = (intervalMs: number) => Math.min(200, intervalMs / 10)

/** A learned path stays listed as gone for this long after it was last live. */
export const rememberedMs = 24 * 3_600_000

/** A state that was judged. */
export type Known = Exclude<StreamState, 'unknown'>
/** Whether a stream in this state is on air. */
export function isOn(state: Known | null): boolean {
  return state === 'live' || state === 'stalled'
}

/** Input for judging a state: reported by the server, or observed. */
export interface StreamSigns {
  /** Media can be read. The server's `online` is not asked: it says yes for every pulled source (traps 1, 20). */
  readonly available: boolean
  /** An always-available path shows its holding picture (trap 2). */
  readonly slate: boolean
  /** Time since the last answer in which the inbound counter had grown, monotonic ms. */
  readonly quietMs: number
  /** Its source starts when someone reads it. */
  readonly onDemand: boolean
  /** When it was last seen live, epoch ms; NaN: never. */
  readonly lastLiveAt: number
  /** In the inventory. */
  readonly expected: boolean
}

/** The state of a stream whose server has answered. */
export function judgeState(signs: StreamSigns, stallAfter: number): Known {
  if (signs.available) return signs.slate ? 'slate' : signs.quietMs >= stallAfter ? 'stalled' : 'live'
  // On demand, absence is intended: no one is reading it.
  if (signs.onDemand || Number.isNaN(signs.lastLiveAt)) return 'waiting'
  return signs.expected ? 'gone' : 'ended'
}

/** In the inventory: not on demand, and configured by name or learned. */
export function isExpected(named: boolean, onDemand: boolean, learning: Readonly<Learning>): boolean {
  return !onDemand && (named || isLearned(learning))
}
