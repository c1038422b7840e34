/** How many streams are read at once, and what they may have together. In order of arrival. */
export interface Room {
  /** true: it may be read, and is to `leave` afterwards. false: the signal aborted first. `bitrateBps`: what it has, as far as is known. */
  readonly enter: (bitrateBps: number, signal: AbortSignal) => Promise<boolean>
  readonly leave: (bitrateBps: number) => void
}

/** One is always let in, whatever it has. */
export function createRoom({ most, mostBps }: { readonly most: number; readonly mostBps: number }): Room {
  const waiting: { readonly bitrateBps: number; readonly begin: () => void }[] = []
  let inside = 0
  let sumBps = 0
  const letIn = () => {
    for (let [next] = waiting; next !== undefined; [next] = waiting) {
      if (inside > 0 && (inside >= most || sumBps + next.bitrateBps > mostBps)) return
      waiting.shift()
      inside++
      sumBps += next.bitrateBps
      next.begin()
    }
  }
  return {
    enter: (bitrateBps, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(false)
        const give = () => {
          const place = waiting.indexOf(one)
          if (place >= 0) waiting.splice(place, 1)
          resolve(false)
          letIn()
        }
        const one = {
          bitrateBps,
          begin: () => {
            signal.removeEventListener('abort', give)
            resolve(true)
          },
        }
        signal.addEventListener('abort', give, { once: true })
        waiting.push(one)
        letIn()
      }),
    leave: (bitrateBps) => {
      inside--
      sumBps = inside === 0 ? 0 : sumBps - bitrateBps
      letIn()
    },
  }
}
