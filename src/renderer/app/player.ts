/**
 * Plays the past: the window's moment goes on by itself, at the speed chosen. One player for the past bar, the History page
 * and the keys.
 *
 *     const { playing, speed } = usePlayer()
 *     togglePlay()            // from now there is nothing to play: it does nothing then
 *     setSpeed(60)            // keeps playing, or not
 *     stepBy(-10_000)         // also from now
 *
 * It goes on from wherever the moment is, so that a cursor may be moved meanwhile; when it has caught up with now the window is
 * live again, and at the end of a bundle it stops.
 */
import { useSyncExternalStore } from 'react'
import { createListeners } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'
import { goToMoment, momentNow, subscribeMoment } from './moment.ts'

/** How many seconds pass in one. */
export const speeds = [1, 10, 60, 600] as const
export type Speed = (typeof speeds)[number]

interface PlayerState {
  readonly playing: boolean
  readonly speed: Speed
}

/** Steps in which the moment moves: often enough for an eye, rarely enough for the fleet to follow. */
export const stepEveryMs = 200
/** A picture that takes longer holds the time up, so that what is shown never falls far behind what the bar says. */
export const patienceMs = 600
/** So near to now there is nothing left to play. */
const caughtUpMs = 1000

let state: PlayerState = { playing: false, speed: 10 }
let timer: ReturnType<typeof setTimeout> | undefined
let lastStepAt = 0
let waitedMs = 0
let unsubscribe = () => {}
let isBehind = () => false
/** Told by the fleet: no new picture of the past came since it was last asked, and one is on its way. */
export const waitForPictures = (behind: () => boolean): void => {
  isBehind = behind
}
const { subscribe, tell } = createListeners()

const show = (next: PlayerState) => {
  state = next
  tell()
}

const step = () => {
  const moment = momentNow()
  if (moment === null) return stopPlaying()
  const at = performance.now()
  const passed = at - lastStepAt
  lastStepAt = at
  waitedMs = isBehind() ? waitedMs + passed : 0
  if (waitedMs > patienceMs) {
    timer = setTimeout(step, stepEveryMs)
    return
  }
  const next = moment + passed * state.speed
  if (next >= engineNow() - caughtUpMs) {
    stopPlaying()
    goToMoment(null, { replace: true })
    return
  }
  goToMoment(next, { replace: true })
  // It was held back: the end of a bundle.
  if (momentNow() === moment && next - moment >= 1) return stopPlaying()
  timer = setTimeout(step, stepEveryMs)
}

export const startPlaying = (): void => {
  if (state.playing || momentNow() === null) return
  lastStepAt = performance.now()
  waitedMs = 0
  show({ ...state, playing: true })
  timer = setTimeout(step, stepEveryMs)
  unsubscribe = subscribeMoment(() => momentNow() === null && stopPlaying())
}
export const stopPlaying = (): void => {
  clearTimeout(timer)
  unsubscribe()
  if (state.playing) show({ ...state, playing: false })
}
export const togglePlay = (): void => (state.playing ? stopPlaying() : startPlaying())
export const setSpeed = (speed: Speed): void => {
  if (speed !== state.speed) show({ ...state, speed })
}
/** The next speed up or down, as far as there is one. */
export const changeSpeed = (by: 1 | -1): void => setSpeed(speeds[speeds.indexOf(state.speed) + by] ?? state.speed)

/** Moves the moment, also while it plays; from now it goes into the past, and into the future it comes back to now. */
export const stepBy = (ms: number): void => {
  const moment = momentNow()
  const next = (moment ?? engineNow()) + ms
  goToMoment(next >= engineNow() - caughtUpMs ? null : next, { replace: moment !== null })
}

/** Now, outside of components. */
export const playerNow = (): PlayerState => state
/** Whether it plays, and how fast. */
export const usePlayer = (): PlayerState => useSyncExternalStore(subscribe, playerNow)
