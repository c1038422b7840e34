/**
 * Plays the past, for the past bar, the History page and the keys: the window's moment advances at the chosen speed once the next picture
 * has loaded, so that all data shown belongs to one moment. It continues from wherever the moment is, so the cursor may be moved meanwhile.
 * When it catches up with now, the window is live again; at the end of a bundle it stops.
 */
import { createValue, useValue } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'
import { goToMoment, momentNow, momentWithin, subscribeMoment } from './moment.ts'

export const speeds = [1, 10, 60, 600] as const
export type Speed = (typeof speeds)[number]

interface PlayerState {
  readonly playing: boolean
  readonly speed: Speed
}

/** Short enough to look smooth, long enough for the fleet to follow. */
export const stepEveryMs = 200
/** Longer loading of a picture is not caught up. */
export const patienceMs = 600
/** Closer to now there is nothing left to play. */
const caughtUpMs = 1000

const player = createValue<PlayerState>({ playing: false, speed: 10 })
let timer: ReturnType<typeof setTimeout> | undefined
let lastStepAt = 0
let unsubscribe = () => {}
/** `shown` is called once the picture is displayed. */
type FetchPicture = (at: number, shown: () => void) => void
let fetchPicture: FetchPicture = (_, isShown) => isShown()
export function fetchPicturesWith(fetch: FetchPicture): void {
  fetchPicture = fetch
}
function step() {
  const from = momentNow()
  if (from === null) return stopPlaying()
  const at = performance.now()
  const wanted = from + Math.min(at - lastStepAt, patienceMs) * player.get().speed
  lastStepAt = at
  if (wanted >= engineNow() - caughtUpMs) {
    stopPlaying()
    goToMoment(null, { replace: true })
    return
  }
  const next = momentWithin(wanted)
  if (next === null || next === from) {
    // The moment was clamped: this is the end of a bundle.
    if (wanted - from >= 1) stopPlaying()
    else scheduleStep()
    return
  }
  fetchPicture(next, () => {
    if (momentNow() === from) goToMoment(next, { replace: true })
  })
}
function scheduleStep() {
  clearTimeout(timer)
  timer = setTimeout(step, Math.max(0, lastStepAt + stepEveryMs - performance.now()))
}

export function startPlaying(): void {
  if (player.get().playing || momentNow() === null) return
  lastStepAt = performance.now()
  player.set({ ...player.get(), playing: true })
  scheduleStep()
  unsubscribe = subscribeMoment(() => (momentNow() === null ? stopPlaying() : scheduleStep()))
}
export function stopPlaying(): void {
  clearTimeout(timer)
  unsubscribe()
  if (player.get().playing) player.set({ ...player.get(), playing: false })
}
export function togglePlay(): void {
  player.get().playing ? stopPlaying() : startPlaying()
}
export function setSpeed(speed: Speed): void {
  if (speed !== player.get().speed) player.set({ ...player.get(), speed })
}
export function changeSpeed(by: 1 | -1): void {
  setSpeed(speeds[speeds.indexOf(player.get().speed) + by] ?? player.get().speed)
}

/** Also during playback, and from now; a step into the future returns to now. */
export function stepBy(ms: number): void {
  const moment = momentNow()
  const next = (moment ?? engineNow()) + ms
  goToMoment(next >= engineNow() - caughtUpMs ? null : next, { replace: moment !== null })
}

export const playerNow = player.get
export function usePlayer(): PlayerState {
  return useValue(player)
}
