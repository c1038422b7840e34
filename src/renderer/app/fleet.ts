/**
 * The fleet as this window shows it: now, kept up to date by pulling `fleet.changes` (a long poll), or at the moment of the
 * past at which the window is (`moment.ts`), from `fleet.past`. Everything here reads the one that is shown; they are kept
 * apart, so that nothing live is ever seen in the past.
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
 *     const at = useShownMoment()                         // null: now. The moment of the picture: `input` of a page's own queries
 *     useLiveTroubles()                                   // what is wrong now, also in the past: title, tray and the past bar only
 *
 * There are no hooks for single streams on purpose: with 10,000 of them, lists render their visible rows on
 * `useFleetTick()` and read the rows, and canvases draw from the rows. A row is one object for the stream's whole
 * life whose fields change in place, so memoise on `useFleetTick()`/`useFacts()` values, never on the row.
 * Ages: `useNow()` from ui/now.ts is the time that is shown. What is too old to be believed is unknown here already: nobody
 * else judges the age of a server's figures.
 */
import { useSyncExternalStore } from 'react'
import type { Reason } from '../../shared/reasons.ts'
import { pollIntervalMs, type Server } from '../../shared/servers.ts'
import { createListeners } from '../ui/listeners.ts'
import { engineNow, holdNow, machineNow, setClockOffset } from '../ui/now.ts'
import { ConnectionLostError, client, connection, subscribeConnection } from './client.ts'
import { createFirstLines } from './firstLines.ts'
import { keepMomentWithin, momentNow, subscribeMoment, useMoment } from './moment.ts'
import { createPastFollower, type PastStatus } from './pastFollower.ts'
import { createPastSparklines } from './pastSparklines.ts'
import { fetchPicturesWith } from './player.ts'
import { createShownFleet, type ReadFleet } from './shownFleet.ts'
import type { Troubles } from './troubleCounts.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export { pollIntervalMs } from '../../shared/servers.ts'
export type { StreamRow } from './fleetRows.ts'
export { standsSince } from './silence.ts'

const sparklines = createPastSparklines({
  ask: (input) => client.history.range(input),
  onReady: () => {
    if (momentNow() === null) return
    shown.touch()
    tell()
  },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})
const shown = createShownFleet((past, slot, into) => {
  const row = past.row(slot)
  const server = row && past.server(row.facts.serverId)
  return row ? sparklines.read(row.facts.serverId, row.facts.path, pollIntervalMs(server), into) : 0
})
const live = shown.live
const firstLines = createFirstLines({
  ask: (input) => client.history.range(input),
  live,
  onReady: () => {
    shown.touch()
    tellOfLive()
  },
})
/** Read it freely; it changes only inside this module. */
export const fleet: ReadFleet = {
  ...shown.fleet,
  bitrates: (slot, into) => {
    if (!shown.inPast()) firstLines.want(slot)
    return shown.fleet.bitrates(slot, into)
  },
}

const { subscribe, tell } = createListeners()
/** Called after each tick. */
export const subscribeFleet = subscribe
const { subscribe: subscribeLive, tell: tellLive } = createListeners()

/** A measure of this name, with the number of streams that moved, is made for each tick taken in: the bench and the browser's own tools see it. */
const tickMeasure = 'mtxdeck tick'

/** The engine answers at once when something changed: this keeps a busy fleet from making more than two ticks a second. */
const spacingMs = 500
const longPollMs = 20_000
/** A hidden window keeps its title and the tray right, and no more. */
const hiddenPauseMs = 10_000
/** In the past only the hint of the past bar needs it, the title and the tray; and nothing is stale when the operator comes back. */
const pastPauseMs = 4000

let wake = () => {}
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
    wake = done
    document.addEventListener('visibilitychange', onVisible)
  })

let offset: number | null = null
function learnClock(engineAt: number) {
  const sample = engineAt - machineNow()
  // The answer took its time to get here, so the largest sample is the truest; a jump of either clock starts over.
  offset = offset === null || sample > offset || offset - sample > 1000 ? sample : offset - (offset - sample) * 0.02
  // Two clocks that agree within a tick are one.
  setClockOffset(Math.abs(offset) < 100 ? 0 : offset)
}

/** The picture that the player waits for. */
let awaited: { readonly at: number; readonly shown: () => void } | null = null
const follower = createPastFollower({
  ask: (input) => client.fleet.past(input),
  take: (changes, at) => {
    shown.takePast(changes)
    sparklines.goTo(at)
    holdNow(at)
  },
  onStatus: () => {
    if (awaited?.at === follower.status().shownAt) {
      const { shown: isShown } = awaited
      awaited = null
      isShown()
    }
    tell()
  },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})

/** The window went to another moment, or back to now. */
function onMoment() {
  const moment = momentNow()
  if (moment === null) {
    shown.toNow()
    sparklines.goTo(null)
    holdNow(null)
    wake()
  } else if (!shown.inPast()) {
    shown.toPast()
    holdNow(moment)
  }
  follower.follow(moment)
  tell()
}

function tellOfLive() {
  if (momentNow() === null) tell()
  tellLive()
}

/** Ages are judged so often while an answer of the engine is awaited. */
const lookEveryMs = 1000
/**
 * Where no server answers the engine has nothing to say, and nothing else would notice that all of it grows old. Only while it is
 * asked: a window that asks seldom must not take its own rest for a server's silence.
 */
async function lookMeanwhile<T>(answer: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    if (connection().state === 'ready' && live.at() !== null && live.look(engineNow())) tellOfLive()
  }, lookEveryMs)
  try {
    return await answer
  } finally {
    clearInterval(timer)
  }
}

/** The picture comes before the moment, so that nothing is shown of one moment beside another. */
function fetchPicture(at: number, isShown: () => void) {
  awaited = { at, shown: isShown }
  follower.follow(at)
}

/** Why the last question about the fleet was not answered, as it was thrown; null: it was. */
let failure: unknown = null
function showFailure(next: unknown) {
  if (failure === next) return
  failure = next
  tellOfLive()
}

let started = false
/** Starts pulling. Called once, by the entry, after the moment was read. */
export function startFleet(): void {
  if (started) return
  started = true
  subscribeMoment(onMoment)
  fetchPicturesWith(fetchPicture)
  subscribeConnection(() => {
    const { state, hello } = connection()
    if (state === 'ready') keepMomentWithin(hello?.bundle ?? null)
  })
  if (momentNow() !== null) onMoment()
  let hasMore = false
  let sumsRead = false
  const run = async () => {
    for (;;) {
      try {
        // The next piece is ready already: a call that waits would be answered four times a second only.
        const waitMs = document.hidden || hasMore || momentNow() !== null ? 0 : longPollMs
        const changes = await lookMeanwhile(client.fleet.changes({ launch: live.launch(), since: live.revision(), waitMs }))
        hasMore = changes.more
        showFailure(null)
        const before = performance.now()
        learnClock(changes.at)
        live.apply(changes)
        live.look(changes.at)
        // Pages are notified of a whole fleet only: sums of its first pieces would be wrong.
        if (!changes.more) tellOfLive()
        if (!changes.more && !sumsRead) {
          sumsRead = true
          // Without history the sums grow from now on; its failure is shown beside the charts.
          void firstLines.readSums().catch(() => {})
        }
        performance.measure(tickMeasure, { start: before, end: performance.now(), detail: changes.figures.slot.length })
        // Who observes has it by now; kept, a night of them would cost memory.
        performance.clearMeasures(tickMeasure)
        if (!changes.more) await pause(document.hidden ? hiddenPauseMs : momentNow() === null ? spacingMs : pastPauseMs)
      } catch (error) {
        // Lost connections heal in the client; anything else must not become a busy loop.
        if (connection().state === 'ready' && !(error instanceof ConnectionLostError)) {
          console.error('fleet.changes failed', error)
          showFailure(error)
        }
        await pause(1000)
      }
    }
  }
  void run()
}

/** null: now. Else the moment of the picture that is shown: of the window's own moment as soon as that picture is there. */
export function useShownMoment(): number | null {
  const moment = useMoment()
  const { shownAt } = usePastStatus()
  return moment === null ? null : (shownAt ?? moment)
}
/** State of the picture of the past; null while the window is at now. */
export const pastStatus = (): PastStatus => follower.status()
export const usePastStatus = (): PastStatus => useSyncExternalStore(subscribeFleet, pastStatus)
/** What is wrong now, wherever the window is; null: not known yet. */
export const useLiveTroubles = (): Troubles | null => useSyncExternalStore(subscribeLive, () => (live.at() === null ? null : live.troubles()))

/** Something was received; before that, pages show skeletons. */
export const useFleetKnown = (): boolean => useSyncExternalStore(subscribeFleet, () => fleet.at() !== null)
/** Why nothing newer is known although the engine is there, as it was thrown; null: all is answered. */
export const useFleetFailure = (): unknown => useSyncExternalStore(subscribeFleet, () => failure)
export const useFleetTick = (): number => useSyncExternalStore(subscribeFleet, fleet.version)
export const useFacts = (): number => useSyncExternalStore(subscribeFleet, fleet.factsVersion)
export const useServers = (): readonly Server[] => useSyncExternalStore(subscribeFleet, fleet.servers)
export const useServer = (id: string): Server | undefined => useSyncExternalStore(subscribeFleet, () => fleet.server(id))
export const useTroubles = (): Troubles => useSyncExternalStore(subscribeFleet, fleet.troubles)
export const useConsoleWhy = (): Reason | null => useSyncExternalStore(subscribeFleet, fleet.consoleWhy)

/** The engine is away, so that what should be live is not: figures grey out. What was read of the past stays true. */
export function useEngineGone(): boolean {
  const away = useSyncExternalStore(subscribeConnection, () => connection().state !== 'ready')
  return useMoment() === null && away
}

/** The verdict on the fleet that is shown. */
export function useVerdict(): Verdict {
  const gone = useEngineGone()
  const consoleWhy = useConsoleWhy()
  const { counts } = useTroubles()
  useServers()
  return verdictOf({ gone, consoleWhy, counts, figures: fleet.figures() })
}
/** The verdict on the fleet now, also while the window is in the past; null: nothing is known yet. */
export function useLiveVerdict(): Verdict | null {
  const gone = useSyncExternalStore(subscribeConnection, () => connection().state !== 'ready')
  return useSyncExternalStore(subscribeLive, () =>
    live.at() === null ? null : verdictOf({ gone, consoleWhy: live.consoleWhy(), counts: live.troubles().counts, figures: live.figures() }),
  )
}
