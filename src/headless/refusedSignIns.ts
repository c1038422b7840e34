import type { Clock, Timer } from '../clock/clock.ts'
import type { Log } from '../engine/ports.ts'

const lineEveryMs = 60_000
/** Most senders that are counted separately, and most that a log line names. */
const mostSenders = 10_000
const namedSenders = 5

/** Counts refused sign-ins and logs them in one line a minute, so that a flood of sign-ins does not fill the log. */
export function createRefusedSignIns({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
  const refusedBySender = new Map<string, number>()
  let refused = 0
  let timer: Timer | null = null

  const write = () => {
    timer = null
    if (refused === 0) return
    const busiest = [...refusedBySender].sort(([, a], [, b]) => b - a).slice(0, namedSenders)
    const senders = refusedBySender.size
    log.warn(
      { refused, addresses: senders, busiest: Object.fromEntries(busiest) },
      `${refused} ${refused === 1 ? 'sign-in' : 'sign-ins'} refused, from ${senders >= mostSenders ? 'at least ' : ''}${senders} ${senders === 1 ? 'address' : 'addresses'}`,
    )
    refused = 0
    refusedBySender.clear()
  }

  let isClosed = false

  return {
    count: (address: string): void => {
      // Refusals are delayed, and may come after the console has closed.
      if (isClosed) return
      refused++
      const before = refusedBySender.get(address)
      if (before !== undefined || refusedBySender.size < mostSenders) refusedBySender.set(address, (before ?? 0) + 1)
      timer ??= clock.setTimeout(write, lineEveryMs)
    },
    /** Writes what was counted since the last line. */
    [Symbol.dispose]: (): void => {
      isClosed = true
      if (timer !== null) clock.clearTimeout(timer)
      write()
    },
  }
}
