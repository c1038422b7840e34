import { useSyncExternalStore } from 'react'

/**
 * The engine's time on this screen. Ages are differences to times that the engine wrote, and a browser may
 * run on a machine whose clock is off: the fleet store tells the difference with `setClockOffset`.
 */
let offsetMs = 0
/** This machine's own time, ms since 1970: for how long this window itself has waited. */
export const machineNow = (): number => Date.now()
const listeners = new Set<() => void>()
let shown = machineNow()
let timer: ReturnType<typeof setTimeout> | undefined

/** Milliseconds since 1970, as the engine's clock has it. */
export const engineNow = (): number => machineNow() + offsetMs
/** Engine's clock minus this machine's, ms. */
export function setClockOffset(ms: number): void {
  offsetMs = ms
}

/** The time that pages are at; null: the engine's. */
let heldAt: number | null = null

function notify() {
  for (const listener of listeners) listener()
}
/** Pages show a moment of the past: their ages are those of then. null: they go on with the engine's time. */
export function holdNow(at: number | null): void {
  if (at === heldAt) return
  heldAt = at
  notify()
}
/** The time that pages are at: the moment of the past that they show, else the engine's time. */
export const shownNow = (): number => heldAt ?? engineNow()

function beat() {
  shown = engineNow()
  notify()
  // Just after the next full second, so that clocks and ages change together.
  timer = setTimeout(beat, 1000 - (engineNow() % 1000) + 5)
}
function subscribe(listener: () => void) {
  listeners.add(listener)
  if (listeners.size === 1) beat()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearTimeout(timer)
  }
}
/** `shownNow`, renewed every second: for every age and duration of what is watched. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => heldAt ?? shown)
/** The engine's time, renewed every second, whatever moment pages show: for what is of this console itself. */
export const useEngineNow = (): number => useSyncExternalStore(subscribe, () => shown)
