/** Lets a few work at once; the others wait, whoever came first goes first. */
export interface Turns {
  /** True when it is one's turn, which `end` gives back; false where the signal came first. */
  readonly take: (signal: AbortSignal) => Promise<boolean>
  readonly end: () => void
}

export function createTurns(mostAtOnce: number): Turns {
  const waiting = new Set<() => void>()
  let atWork = 0
  return {
    take: (signal) => {
      if (signal.aborted) return Promise.resolve(false)
      if (atWork < mostAtOnce) {
        atWork++
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const begin = () => {
          signal.removeEventListener('abort', leave)
          waiting.delete(begin)
          atWork++
          resolve(true)
        }
        const leave = () => {
          waiting.delete(begin)
          resolve(false)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.add(begin)
      })
    },
    end: () => {
      atWork--
      const [next] = waiting
      next?.()
    },
  }
}
