import type { WebSocket } from 'ws'
import { type Clock, sleep } from '../clock/clock.ts'
import type { FleetChanges } from '../shared/fleet.ts'

/** Asks the engine for what changed; waits up to `waitMs` where nothing did. */
export type AskChanges = (
  input: { readonly launch: string | null; readonly since: number; readonly waitMs: number },
  signal: AbortSignal,
) => Promise<FleetChanges>

/** The engine answers after this long at the latest, changed or not. */
const longestWaitMs = 25_000
/** A script rarely wants more than one message a second; what changed meanwhile is summed up. */
export const feedDefaultMs = 1000
export const feedLeastMs = 200
/** Timers take no longer waits than 2³¹ ms: beyond they do not wait at all. */
export const feedMostMs = 3_600_000

/**
 * Sends what changes in the fleet, as JSON, until the socket takes no more or `signal` is aborted.
 *
 * 1. One message is under way at most: the next is asked for when the last has left this process.
 * 2. The engine keeps nothing for a caller: who reads slowly gets the sum of what changed meanwhile.
 */
export async function sendFeed(
  socket: WebSocket,
  changes: AskChanges,
  { clock, everyMs, signal }: { readonly clock: Clock; readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  let launch: string | null = null
  let since = 0
  let hasMore = false
  while (!signal.aborted) {
    const found: FleetChanges = await changes({ launch, since, waitMs: hasMore ? 0 : longestWaitMs }, signal)
    if (signal.aborted) return
    if ((found.reset || found.launch !== launch || found.revision !== since) && !(await sent(socket, JSON.stringify(found)))) return
    launch = found.launch
    since = found.revision
    hasMore = found.more
    if (!hasMore) await sleep(clock, everyMs, signal)
  }
}

/** True when the text was taken by the operating system, which stops taking it while the reader does not read; false: he is gone. */
const sent = (socket: WebSocket, text: string) =>
  new Promise<boolean>((resolve) => {
    socket.send(text, (error) => resolve(!error))
  })
