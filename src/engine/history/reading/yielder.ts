/** Splits the work of a query into pieces, so that cancellations and other, short queries are handled in between. */
export interface Yielder {
  /** Time spent on this query so far, without other work in between. */
  readonly workedMs: () => number
  /** Yields to other work once this piece has taken long enough. Rejects if the query was cancelled. */
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
