import { useSyncExternalStore } from 'react'

/** The cursor shared by a page's charts: a moment, or null. Moving it re-renders readouts only, never a chart. */
export interface Cursor {
  readonly get: () => number | null
  readonly set: (moment: number | null) => void
  readonly subscribe: (listener: () => void) => () => void
}
export function createCursor(): Cursor {
  let moment: number | null = null
  const listeners = new Set<() => void>()
  return {
    get: () => moment,
    set: (next) => {
      if (next === moment) return
      moment = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Re-renders when the cursor moves: for readouts, never for charts. */
export function useCursor(cursor: Cursor): number | null {
  return useSyncExternalStore(cursor.subscribe, cursor.get)
}
