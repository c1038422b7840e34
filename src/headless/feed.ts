import type { WebSocket } from 'ws'
import { type Clock, sleep } from '../clock/clock.ts'
import type { FleetChanges } from '../shared/fleet.ts'

/** Gets changes from the engine; waits up to `waitMs` if there are none. */
export type AskChanges = (
  input: { readonly launch: string | null; readonly since: number; readonly waitMs: number },
  signal: AbortSignal,
) => Promise<FleetChanges>

/** The engine answers after this long at the latest, changed or not. */
const longestWaitMs = 25_000
/** A script rarely needs more than one message a second; changes in between are combined. */
export const feedDefaultMs = 1000
export const feedLeastMs = 200
/** Timers can't wait longer than 2³¹ ms; beyond that they don't wait at all. */
export const feedMostMs = 3_600_000

/**
 * Sends changes of the fleet as JSON until the socket is closed or `signal` is aborted.
 *
 * 1. At most one message is in flight: the next is requested when the last has left this process.
 * 2. The engine keeps no state per caller: a slow client gets all changes since its last message combined.
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

/** Resolves to true when the operating system has accepted the text, which it stops doing while the client does not read; false: the client is gone. */
const sent = (socket: WebSocket, text: string) =>
  new Promise<boolean>((resolve) => {
    socket.send(text, (error) => resolve(!error))
  })
