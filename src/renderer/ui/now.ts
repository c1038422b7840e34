import { useSyncExternalStore } from 'react'

/**
 * The engine's time on this screen. Ages are differences to times that the engine wrote, and a browser may
 * run on a machine whose clock is off: the fleet store tells the difference with `setClockOffset`.
 */
let offsetMs = 0
const listeners = new Set<() => void>()
let shown = Date.now()
let timer: ReturnType<typeof setTimeout> | undefined

/** Milliseconds since 1970, as the engine's clock has it. */
export const engineNow = (): number => Date.now() + offsetMs
/** Engine's clock minus this machine's, ms. */
export const setClockOffset = (ms: number): void => {
  offsetMs = ms
}

const beat = () => {
  shown = engineNow()
  for (const listener of listeners) listener()
  // Just after the next full second, so that clocks and ages change together.
  timer = setTimeout(beat, 1000 - (engineNow() % 1000) + 5)
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  if (listeners.size === 1) beat()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearTimeout(timer)
  }
}
/** The engine's time, renewed every second: for clocks and ages. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => shown)
