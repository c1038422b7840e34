/** Splits the work of one query into pieces, so that cancellations and short queries of others get through in between. */
export interface Yielder {
  /** Time spent in its pieces so far, without the work of others in between. */
  readonly workedMs: () => number
  /** Yields to others once this piece has taken long enough. Rejects when the query was cancelled. */
  readonly yieldIfDue: () => Promise<void>
}

const msPerPiece = 10

export function createYielder(monotonic: () => number, cancelled: () => boolean): Yielder {
  let began = monotonic()
  let worked = 0
  return {
    workedMs: () => worked + monotonic() - began,
    yieldIfDue: async () => {
      if (cancelled()) throw new Error('cancelled')
      const pieceMs = monotonic() - began
      if (pieceMs < msPerPiece) return
      worked += pieceMs
      await new Promise((resolve) => void setImmediate(resolve))
      began = monotonic()
      if (cancelled()) throw new Error('cancelled')
    },
  }
}
