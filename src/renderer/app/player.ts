/**
 * Plays the past: the window's moment goes on by itself, at the speed chosen. One player for the past bar, the History page
 * and the keys.
 *
 *     const { playing, speed } = usePlayer()
 *     togglePlay()            // from now there is nothing to play: it does nothing then
 *     setSpeed(60)            // keeps playing, or not
 *     stepBy(-10_000)         // also from now
 *
 * The moment goes on when the picture of the next one is there, so that all that is shown is of one moment. It goes on from
 * wherever the moment is, so that a cursor may be moved meanwhile; when it has caught up with now the window is live again, and
 * at the end of a bundle it stops.
 */
import { useSyncExternalStore } from 'react'
import { createListeners } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'
import { goToMoment, momentNow, momentWithin, subscribeMoment } from './moment.ts'

/** How many seconds pass in one. */
export const speeds = [1, 10, 60, 600] as const
export type Speed = (typeof speeds)[number]

interface PlayerState {
  readonly playing: boolean
  readonly speed: Speed
}

/** Steps in which the moment moves: often enough for an eye, rarely enough for the fleet to follow. */
export const stepEveryMs = 200
/** Time that a picture takes beyond this is not made up for. */
export const patienceMs = 600
/** So near to now there is nothing left to play. */
const caughtUpMs = 1000

let state: PlayerState = { playing: false, speed: 10 }
let timer: ReturnType<typeof setTimeout> | undefined
let lastStepAt = 0
let unsubscribe = () => {}
/** Fetches the picture of a moment and calls back once it is the one that is shown. */
type FetchPicture = (at: number, shown: () => void) => void
let fetchPicture: FetchPicture = (_, isShown) => isShown()
/** Called once, by the fleet. */
export function fetchPicturesWith(fetch: FetchPicture): void {
  fetchPicture = fetch
}
const { subscribe, tell } = createListeners()

function show(next: PlayerState) {
  state = next
  tell()
}

function step() {
  const from = momentNow()
  if (from === null) return stopPlaying()
  const at = performance.now()
  const wanted = from + Math.min(at - lastStepAt, patienceMs) * state.speed
  lastStepAt = at
  if (wanted >= engineNow() - caughtUpMs) {
    stopPlaying()
    goToMoment(null, { replace: true })
    return
  }
  const next = momentWithin(wanted)
  if (next === null || next === from) {
    // It was held back: the end of a bundle.
    if (wanted - from >= 1) stopPlaying()
    else scheduleStep()
    return
  }
  fetchPicture(next, () => {
    // A cursor may have been moved meanwhile.
    if (momentNow() === from) goToMoment(next, { replace: true })
  })
}
function scheduleStep() {
  clearTimeout(timer)
  timer = setTimeout(step, Math.max(0, lastStepAt + stepEveryMs - performance.now()))
}

export function startPlaying(): void {
  if (state.playing || momentNow() === null) return
  lastStepAt = performance.now()
  show({ ...state, playing: true })
  scheduleStep()
  unsubscribe = subscribeMoment(() => (momentNow() === null ? stopPlaying() : scheduleStep()))
}
export function stopPlaying(): void {
  clearTimeout(timer)
  unsubscribe()
  if (state.playing) show({ ...state, playing: false })
}
export const togglePlay = (): void => (state.playing ? stopPlaying() : startPlaying())
export function setSpeed(speed: Speed): void {
  if (speed !== state.speed) show({ ...state, speed })
}
/** The next speed up or down, as far as there is one. */
export const changeSpeed = (by: 1 | -1): void => setSpeed(speeds[speeds.indexOf(state.speed) + by] ?? state.speed)

/** Moves the moment, also while it plays; from now it goes into the past, and into the future it comes back to now. */
export function stepBy(ms: number): void {
  const moment = momentNow()
  const next = (moment ?? engineNow()) + ms
  goToMoment(next >= engineNow() - caughtUpMs ? null : next, { replace: moment !== null })
}

/** Now, outside of components. */
export const playerNow = (): PlayerState => state
/** Whether it plays, and how fast. */
export const usePlayer = (): PlayerState => useSyncExternalStore(subscribe, playerNow)
