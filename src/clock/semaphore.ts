/** Lets at most so many work at once; the others wait, first come first served, those that let others go first behind all who do not. */
export interface Semaphore {
  /** True once a slot is held, which `release` gives back; false where the signal aborted first. */
  readonly acquire: (signal: AbortSignal, letsOthersFirst?: boolean) => Promise<boolean>
  readonly release: () => void
}

export function createSemaphore(mostAtOnce: number): Semaphore {
  const ahead = new Set<() => void>()
  const behind = new Set<() => void>()
  let held = 0
  return {
    acquire: (signal, letsOthersFirst = false) => {
      if (signal.aborted) return Promise.resolve(false)
      if (held < mostAtOnce) {
        held++
        return Promise.resolve(true)
      }
      const waiting = letsOthersFirst ? behind : ahead
      return new Promise((resolve) => {
        const begin = () => {
          signal.removeEventListener('abort', leave)
          waiting.delete(begin)
          held++
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
    release: () => {
      held--
      const [next] = ahead.size > 0 ? ahead : behind
      next?.()
    },
  }
}
