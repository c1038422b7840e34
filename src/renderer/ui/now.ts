import { useSyncExternalStore } from 'react'

/** Offset to the engine's time: ages are differences to times from the engine, and this machine's clock may be off. */
let offsetMs = 0
/** This machine's own time, ms since 1970, to measure how long this window itself has waited. */
export function machineNow(): number {
  return Date.now()
}
const listeners = new Set<() => void>()
let shown = machineNow()
let timer: ReturnType<typeof setTimeout> | undefined

/** The engine's time, ms since 1970. */
export function engineNow(): number {
  return machineNow() + offsetMs
}
/** Engine's clock minus this machine's, ms. */
export function setClockOffset(ms: number): void {
  offsetMs = ms
}

/** Moment in the past that pages show; null: the engine's time. */
let heldAt: number | null = null

function notify() {
  for (const listener of listeners) listener()
}
/** Makes pages show ages as of a past moment; null: as of the engine's time. */
export function holdNow(at: number | null): void {
  if (at === heldAt) return
  heldAt = at
  notify()
}
/** The time that pages show: their moment in the past, else the engine's time. */
export function shownNow(): number {
  return heldAt ?? engineNow()
}

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
/** `shownNow`, updated every second: for ages and durations of what is watched. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => heldAt ?? shown)
}
/** `shownNow`, rounded down to whole `ms` and updated only when that changes. */
export function useNowEvery(ms: number): number {
  return useSyncExternalStore(subscribe, () => Math.floor((heldAt ?? shown) / ms) * ms)
}
/** The engine's time, updated every second, whatever moment pages show: for the console's own ages. */
export function useEngineNow(): number {
  return useSyncExternalStore(subscribe, () => shown)
}
