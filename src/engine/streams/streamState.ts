import type { StreamState } from '../../shared/watchedStates.ts'

/** An available stream is stalled without new bytes for 4 s or two intervals, whichever is longer (traps 14, 22), less the arrival slack. */
export function stallAfterMs(intervalMs: number): number {
  return Math.max(4_000, 2 * intervalMs) - arrivalSlackMs(intervalMs)
}

/** MediaMTX's default where its configuration is not known: after this long without data it closes a stream. */
export const defaultReadTimeoutMs = 10_000

/**
 * The same of one stream, by the usual time between its bytes (NaN: not known yet). A camera that sends a frame in five seconds is stalled after three of
 * those, at most after the server's `readTimeout`. What is read too rarely to see a gap counts as steady.
 */
export function ownStallAfterMs(usual: number, gapMs: number, intervalMs: number, readTimeoutMs: number): number {
  const longest = Math.max(usual, readTimeoutMs - arrivalSlackMs(intervalMs))
  if (Number.isNaN(gapMs)) return longest
  return gapMs <= 1.5 * intervalMs ? usual : Math.min(longest, Math.max(usual, 3 * gapMs))
}

/** How much one gap counts for the usual one: a few late frames don't make a camera slow. */
const gapWeight = 1 / 8
/** The usual gap after one more. */
export function usualGap(before: number, gapMs: number): number {
  return Number.isNaN(before) ? gapMs : before + (gapMs - before) * gapWeight
}

/** Answers arrive a few ms early or late; without this slack every second stall would be seen one interval late. */
const arrivalSlackMs = (intervalMs: number) => Math.min(200, intervalMs / 10)

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
  readonly expected: boolean
  /** Expected by its very name, so it is missed even if it was never seen. */
  readonly isClaimed: boolean
  /** Nobody expects it, but its data stopped before it left. */
  readonly stoppedFirst: boolean
  readonly because: { readonly expects: boolean } | null
}

/** The state of a stream whose server has answered. */
export function evaluateState(signs: StreamSigns, stallAfter: number): Known {
  if (signs.available) return signs.slate ? 'slate' : signs.quietMs >= stallAfter ? 'stalled' : 'live'
  // On demand, absence is intended: no one is reading it.
  if (signs.onDemand || (Number.isNaN(signs.lastLiveAt) && !signs.isClaimed)) return 'waiting'
  return signs.expected || (signs.stoppedFirst && signs.because?.expects !== false) ? 'gone' : 'ended'
}

/** The sender of a stream, as far as known. */
export interface Sender {
  readonly sourceType: string | null
  readonly host: string | null
}
export function senderFacts({ sourceType, host }: Sender) {
  return { sourceType, remoteAddr: host }
}

/** Bounds for how long something lasted, as it began and ended between answers. */
export interface Lasted {
  readonly minMs: number
  readonly maxMs: number
}

/** A duration known to lie between two bounds; null: unknown. */
export function between(minMs: number, maxMs: number): Lasted | null {
  return Number.isNaN(minMs) || Number.isNaN(maxMs) ? null : { minMs: Math.round(Math.max(0, minMs)), maxMs: Math.round(Math.max(0, minMs, maxMs)) }
}

/** Why a stream's change was not observed: its server could not be asked, or disconnected everyone between two answers. */
export type Unseen = 'silence' | 'restart' | 'allAtOnce'
