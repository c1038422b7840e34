import type { Clock } from '../clock/clock.ts'
import { senderKey } from '../configuration/clientAddress.ts'

const windowMs = 60_000
/** Most senders that are counted in a minute; more are refused. */
const mostSenders = 10_000

/** Lets each sender make so many requests a minute. */
export function createRequestLimit(clock: Clock, mostOfOne: number) {
  const counts = new Map<string, number>()
  let beganAt = clock.monotonic()
  return {
    takes: (address: string): boolean => {
      const now = clock.monotonic()
      if (now - beganAt >= windowMs) {
        counts.clear()
        beganAt = now
      }
      const sender = senderKey(address)
      const count = (counts.get(sender) ?? (counts.size < mostSenders ? 0 : mostOfOne)) + 1
      if (count <= mostOfOne) counts.set(sender, count)
      return count <= mostOfOne
    },
  }
}
