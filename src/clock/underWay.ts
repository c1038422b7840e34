/** Keeps track of work that is not waited for where it begins, so that it can be waited for later. */
export interface UnderWay {
  /** Adds work and returns it. A failure counts as handled here: whoever must know of it uses the returned promise. */
  readonly track: <T>(work: Promise<T>) => Promise<T>
  readonly size: () => number
  /** Resolves when no work is left, including work added meanwhile. Never rejects. */
  readonly settled: () => Promise<void>
}

export function createUnderWay(): UnderWay {
  const all = new Set<Promise<unknown>>()
  return {
    track: (work) => {
      all.add(work)
      const done = () => void all.delete(work)
      work.then(done, done)
      return work
    },
    size: () => all.size,
    settled: async () => {
      while (all.size > 0) await Promise.allSettled(all)
    },
  }
}
