/**
 * The fleet as this window knows it, kept up to date by pulling `fleet.changes` (a long poll).
 *
 *     const servers = useServers()                        // re-renders when a server changed (with each poll)
 *     const server = useServer(id)
 *     const { list, counts } = useTroubles()
 *     useFleetTick()                                      // re-renders with each tick, at most twice a second
 *     useFacts()                                          // re-renders only when states, facts or membership changed
 *     fleet.rows()                                        // every StreamRow, by server and path; same array until membership changes
 *     fleet.rowByPath(serverId, path), fleet.rowsOfServer(id), fleet.row(slot)
 *     fleet.bitrates(slot, buffer)                        // last 60 bitrates in for a sparkline
 *     subscribeFleet(draw)                                // for canvases: called after each tick
 *
 * There are no hooks for single streams on purpose: with 10,000 of them, lists render their visible rows on
 * `useFleetTick()` and read the rows, and canvases draw from the rows. A row is one object for the stream's whole
 * life whose fields change in place, so memoise on `useFleetTick()`/`useFacts()` values, never on the row.
 * Ages: `useNow()` from ui/now.ts is the engine's clock. `staleAfterMs(server)` says from when figures are old.
 */
import { useSyncExternalStore } from 'react'
import type { Server } from '../../shared/servers.ts'
import { setClockOffset } from '../ui/now.ts'
import { client, connection, subscribeConnection } from './client.ts'
import { createFleetState, type FleetState, type Troubles } from './fleetState.ts'

export type { StreamRow } from './fleetState.ts'

/** Read it freely; it changes only inside this module. */
export const fleet: FleetState = createFleetState()

const listeners = new Set<() => void>()
/** Called after each tick. */
export const subscribeFleet = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** A measure of this name, with the number of streams that moved, is made for each tick taken in: the bench and the browser's own tools see it. */
const tickMeasure = 'mtxdeck tick'

/** The engine answers at once when something changed: this keeps a busy fleet from making more than two ticks a second. */
const spacingMs = 500
const longPollMs = 20_000
/** A hidden window keeps its title and the tray right, and no more. */
const hiddenPauseMs = 10_000

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
      resolve()
    }
    // Coming back to the window ends every pause: the first look must be the truth.
    const onVisible = () => {
      if (!document.hidden) done()
    }
    const timer = setTimeout(done, ms)
    document.addEventListener('visibilitychange', onVisible)
  })

let offset: number | null = null
const learnClock = (engineAt: number) => {
  const sample = engineAt - Date.now()
  // The answer took its time to get here, so the largest sample is the truest; a jump of either clock starts anew.
  offset = offset === null || sample > offset || offset - sample > 1000 ? sample : offset - (offset - sample) * 0.02
  // Two clocks that agree within a tick are one.
  setClockOffset(Math.abs(offset) < 100 ? 0 : offset)
}

let started = false
/** Starts pulling. Called once, by the entry. */
export const startFleet = (): void => {
  if (started) return
  started = true
  let hasMore = false
  const run = async () => {
    for (;;) {
      try {
        // The next piece is there already: who says that he waits is answered four times a second only.
        const waitMs = document.hidden || hasMore ? 0 : longPollMs
        const changes = await client.fleet.changes({ launch: fleet.launch(), since: fleet.revision(), waitMs })
        hasMore = changes.more
        const before = performance.now()
        learnClock(changes.at)
        fleet.apply(changes)
        // Pages are told of a whole fleet only: sums of its first pieces would be lies.
        if (!changes.more) for (const listener of listeners) listener()
        performance.measure(tickMeasure, { start: before, end: performance.now(), detail: changes.figures.slot.length })
        // Who observes has it by now; kept, a night of them would cost memory.
        performance.clearMeasures(tickMeasure)
        if (!changes.more) await pause(document.hidden ? hiddenPauseMs : spacingMs)
      } catch (error) {
        // Lost connections heal in the client; anything else must not become a busy loop.
        if (connection().state === 'ready') console.error('fleet.changes failed', error)
        await pause(1000)
      }
    }
  }
  void run()
}

/** Something was received; before that, pages show skeletons. */
export const useFleetKnown = (): boolean => useSyncExternalStore(subscribeFleet, () => fleet.at() !== null)
export const useFleetTick = (): number => useSyncExternalStore(subscribeFleet, fleet.version)
export const useFacts = (): number => useSyncExternalStore(subscribeFleet, fleet.factsVersion)
export const useServers = (): readonly Server[] => useSyncExternalStore(subscribeFleet, fleet.servers)
export const useServer = (id: string): Server | undefined => useSyncExternalStore(subscribeFleet, () => fleet.server(id))
export const useTroubles = (): Troubles => useSyncExternalStore(subscribeFleet, fleet.troubles)
export const useConsoleTrouble = (): string | null => useSyncExternalStore(subscribeFleet, fleet.consoleTrouble)

/** The engine is away, so that nothing on the page is live: figures grey out. */
export const useEngineGone = (): boolean => useSyncExternalStore(subscribeConnection, () => connection().state !== 'ready')

/**
 * What may be said of the fleet as a whole, so that no two places contradict each other.
 * - trouble: something is wrong.
 * - well: every server answers and nothing is wrong.
 * - unknown: nothing known is wrong, but not everything is known: servers or streams are unknown, or the engine is away.
 * - nothing: no server is watched.
 */
export type Verdict = 'trouble' | 'well' | 'unknown' | 'nothing'
export const useVerdict = (): Verdict => {
  const gone = useEngineGone()
  const consoleTrouble = useConsoleTrouble()
  const { counts } = useTroubles()
  useServers()
  const { serversUp, serversUnknown, totals } = fleet.figures()
  if (gone) return 'unknown'
  if (counts.total > 0) return 'trouble'
  if (serversUnknown > 0 || consoleTrouble !== null || (serversUp > 0 && unknownNotPaused() > 0)) return 'unknown'
  return serversUp === 0 || totals.streams === 0 ? 'nothing' : 'well'
}
/** Streams that are not known though their server is not paused on purpose. */
const unknownNotPaused = () => fleet.servers().reduce((sum, server) => (server.state === 'paused' ? sum : sum + server.totals.unknown), 0)

/** Figures older than this are stale: three missed polls. */
export const staleAfterMs = (server: Server | undefined): number =>
  Math.max(6000, (server?.cost?.effectiveIntervalSeconds ?? server?.intervalSeconds ?? 2) * 3000)
