import { useSyncExternalStore } from 'react'

/** A list of change listeners. `subscribe` fits React's `useSyncExternalStore`; it returns the unsubscribe function. */
export function createListeners() {
  const listeners = new Set<() => void>()
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    notify: () => {
      for (const listener of listeners) listener()
    },
  }
}

/** A value outside of components, which they follow with `useValue`. */
export interface Value<T> {
  readonly get: () => T
  readonly set: (next: T) => void
  readonly subscribe: (listener: () => void) => () => void
}
export function createValue<T>(first: T): Value<T> {
  const { subscribe, notify } = createListeners()
  let value = first
  return {
    subscribe,
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return
      value = next
      notify()
    },
  }
}
export function useValue<T>({ subscribe, get }: Value<T>): T {
  return useSyncExternalStore(subscribe, get)
}
