/**
 * The fleet as this window shows it: live, kept up to date by pulling `fleet.changes` (a long poll), or at the window's moment
 * in the past (`moment.ts`), from `fleet.past`. Everything here reads whichever is shown. The two are kept apart, so that live
 * data never appears in the past.
 *
 * `useFleetTick()` re-renders with each tick, at most twice a second, and `useFacts()` only when states, facts or membership change. There
 * are deliberately no hooks for single streams: with 10,000 of them, lists render their visible rows on `useFleetTick()`, and canvases draw
 * from the rows (`subscribeFleet`). A row is one object for the stream's whole life whose fields change in place, so memoise on these
 * values, never on the row. Stale data is already marked unknown here; no other code judges the age of a server's figures.
 */
import { useSyncExternalStore } from 'react'
import type { FleetChanges } from '../../shared/fleet.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { Server } from '../../shared/servers.ts'
import type { Verdict } from '../../shared/shell.ts'
import { ConnectionLostError, client, connection, subscribeConnection } from '../app/client.ts'
import { keepMomentWithin, momentNow, subscribeMoment, useMoment } from '../app/moment.ts'
import { fetchPicturesWith } from '../app/player.ts'
import { createListeners } from '../ui/listeners.ts'
import { engineNow, holdNow, machineNow, setClockOffset } from '../ui/now.ts'
import { verdictOf } from './fleetFigures.ts'
import { createShownFleet, type ReadFleet } from './fleetState.ts'
import type { OpenAlarms } from './openAlarms.ts'
import { createPastFollower, type PastStatus } from './pastFollower.ts'

export { pollIntervalMs } from '../../shared/servers.ts'
export type { StreamRow } from './fleetRows.ts'
export type { OpenAlarms } from './openAlarms.ts'
export { standsSince } from './silence.ts'

const shown = createShownFleet()
const live = shown.live
/** Only this module changes it. */
export const fleet: ReadFleet = shown.fleet

const { subscribe, notify } = createListeners()
export const subscribeFleet = subscribe
const { subscribe: subscribeLive, notify: notifyLive } = createListeners()

/** Performance measure of each applied tick, with the number of changed streams, for the bench and browser tools. */
const tickMeasure = 'mtxdeck tick'

/** The engine answers as soon as something changes; this limits a busy fleet to two ticks a second. */
const spacingMs = 500
const longPollMs = 20_000
/** A hidden window needs alarms immediately, for notifications, and everything else only occasionally. */
const hiddenPauseMs = 10_000
/** For the past bar's hint, and to be current when the operator returns. */
const pastPauseMs = 4000
const restMs = () => (document.hidden ? hiddenPauseMs : momentNow() === null ? null : pastPauseMs)

let wake = () => {}
const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
/** At most for `rest` ms; null: `wake` ended the wait because the window is looked at. */
function waitForAlarm(rest: number): Promise<FleetChanges | null> {
  const woken = new AbortController()
  wake = () => woken.abort()
  const input = { launch: live.launch(), since: live.revision(), waitMs: rest, until: 'alarm' } as const
  return client.fleet.changes(input, { signal: woken.signal }).catch((error: unknown) => {
    if (woken.signal.aborted) return null
    throw error
  })
}

let offset: number | null = null
function learnClock(engineAt: number) {
  const sample = engineAt - machineNow()
  // Transit time makes samples too small, so the largest is the most accurate; a jump of either clock starts over.
  offset = offset === null || sample > offset || offset - sample > 1000 ? sample : offset - (offset - sample) * 0.02
  setClockOffset(Math.abs(offset) < 100 ? 0 : offset)
}

let awaited: { readonly at: number; readonly shown: () => void } | null = null
const follower = createPastFollower({
  ask: (input) => client.fleet.past(input),
  onAnswer: (changes, at) => {
    shown.applyPast(changes)
    holdNow(at)
  },
  onStatus: () => {
    if (awaited?.at === follower.status().shownAt) {
      const { shown: isShown } = awaited
      awaited = null
      isShown()
    }
    notify()
  },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
})

function onMoment() {
  const moment = momentNow()
  if (moment === null) {
    shown.toNow()
    holdNow(null)
    wake()
  } else if (!shown.inPast()) {
    shown.toPast()
    holdNow(moment)
  }
  follower.follow(moment)
  notify()
}

function notifyLiveReaders() {
  if (momentNow() === null) notify()
  notifyLive()
}

const lookEveryMs = 1000
/** If no server answers, the engine sends nothing; ages are checked during a call only, so that own pauses are not a server's silence. */
async function lookMeanwhile<T>(answer: Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    if (connection().state === 'ready' && live.at() !== null && live.look(engineNow())) notifyLiveReaders()
  }, lookEveryMs)
  try {
    return await answer
  } finally {
    clearInterval(timer)
  }
}

/** Fetches the picture before the moment changes, so that data of two moments is never shown together. */
function fetchPicture(at: number, isShown: () => void) {
  awaited = { at, shown: isShown }
  follower.follow(at)
}

/** null if the last call succeeded. */
let failure: unknown = null
function showFailure(next: unknown) {
  if (failure === next) return
  failure = next
  notifyLiveReaders()
}

/** Whoever may see cameras alone never asks for the fleet. */
function whenFleetMayBeSeen(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      const { hello } = connection()
      if (hello !== null && hello.console !== 'none') resolve()
    }
    subscribeConnection(look)
    look()
  })
}

let started = false
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
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake()
  })
  let hasMore = false
  /** The last answer was complete, so a window whose live data nobody looks at may wait for an alarm. */
  let rests = false
  const run = async () => {
    await whenFleetMayBeSeen()
    for (;;) {
      try {
        const rest = restMs()
        const rested = rests && rest !== null ? await waitForAlarm(rest) : null
        // The next piece is ready: waiting calls are answered only four times a second.
        const waitMs = rest !== null || hasMore ? 0 : longPollMs
        const changes = rested ?? (await lookMeanwhile(client.fleet.changes({ launch: live.launch(), since: live.revision(), waitMs })))
        hasMore = changes.more
        rests = !changes.more
        showFailure(null)
        const before = performance.now()
        learnClock(changes.at)
        live.apply(changes)
        live.look(changes.at)
        // Notify pages only of a complete fleet: sums of its first pieces would be wrong.
        if (!changes.more) notifyLiveReaders()
        performance.measure(tickMeasure, { start: before, end: performance.now(), detail: changes.figures.slot.length })
        // Keeping every measure would use up memory overnight.
        performance.clearMeasures(tickMeasure)
        if (!changes.more) await pause(spacingMs)
      } catch (error) {
        // The client reconnects by itself; pause after any other error.
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

/** null: now. It follows the window's moment once that picture has loaded. */
export function useShownMoment(): number | null {
  const moment = useMoment()
  const { shownAt } = usePastStatus()
  return moment === null ? null : (shownAt ?? moment)
}
export function usePastStatus(): PastStatus {
  return useSyncExternalStore(subscribeFleet, follower.status)
}
/** Whatever moment the window shows; null: unknown so far. */
export function useLiveAlarms(): OpenAlarms | null {
  return useSyncExternalStore(subscribeLive, live.alarms)
}

/** Before any fleet data, pages show skeletons. */
export function useFleetKnown(): boolean {
  return useSyncExternalStore(subscribeFleet, () => fleet.at() !== null)
}
/** Why the fleet does not update although the engine is connected; null: it does. */
export function useFleetFailure(): unknown {
  return useSyncExternalStore(subscribeFleet, () => failure)
}
export function useFleetTick(): number {
  return useSyncExternalStore(subscribeFleet, fleet.version)
}
export function useFacts(): number {
  return useSyncExternalStore(subscribeFleet, fleet.factsVersion)
}
export function useServers(): readonly Server[] {
  return useSyncExternalStore(subscribeFleet, fleet.servers)
}
export function useServer(id: string): Server | undefined {
  return useSyncExternalStore(subscribeFleet, () => fleet.server(id))
}
export function useAlarms(): OpenAlarms | null {
  return useSyncExternalStore(subscribeFleet, fleet.alarms)
}
export function useConsoleWhy(): Reason | null {
  return useSyncExternalStore(subscribeFleet, fleet.consoleWhy)
}

/** Live figures are greyed out; data of the past stays valid. */
export function useEngineGone(): boolean {
  const away = useSyncExternalStore(subscribeConnection, () => connection().state !== 'ready')
  return useMoment() === null && away
}

export function useVerdict(): Verdict {
  const gone = useEngineGone()
  const consoleWhy = useConsoleWhy()
  const alarms = useAlarms()
  useServers()
  return verdictOf({ gone, consoleWhy, alarms, figures: fleet.figures() })
}
/** Even while the window is in the past; null: unknown so far. */
export function useLiveVerdict(): Verdict | null {
  const gone = useSyncExternalStore(subscribeConnection, () => connection().state !== 'ready')
  return useSyncExternalStore(subscribeLive, () =>
    live.at() === null ? null : verdictOf({ gone, consoleWhy: live.consoleWhy(), alarms: live.alarms(), figures: live.figures() }),
  )
}
