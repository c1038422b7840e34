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
