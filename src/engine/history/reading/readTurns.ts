/** One question's work, in pieces: a cancellation, and short questions of others, come in between. */
export interface Turns {
  /** Time that its pieces took so far, without what came in between. */
  readonly workedMs: () => number
  /** Lets others go on where this piece took long. Rejects where nobody waits for the answer any more. */
  readonly rest: () => Promise<void>
}

const msPerTurn = 10

export function createTurns(monotonic: () => number, cancelled: () => boolean): Turns {
  let began = monotonic()
  let worked = 0
  return {
    workedMs: () => worked + monotonic() - began,
    rest: async () => {
      if (cancelled()) throw new Error('cancelled')
      const pieceMs = monotonic() - began
      if (pieceMs < msPerTurn) return
      worked += pieceMs
      await new Promise((resolve) => void setImmediate(resolve))
      began = monotonic()
      if (cancelled()) throw new Error('cancelled')
    },
  }
}
