import { useSyncExternalStore } from 'react'
import { z } from 'zod'
import { createListeners } from '../ui/listeners.ts'

/** What an operator chose on this desk. Kept in the browser's storage; of no use to anybody else. */
const preferencesSchema = z.object({
  theme: z.enum(['dark', 'light', 'system']).catch('dark'),
  zone: z.enum(['local', 'utc']).catch('local'),
  /** null: as the system says. */
  language: z.string().nullable().catch(null),
  railCollapsed: z.boolean().catch(false),
  /** Keys without Ctrl or Cmd, such as `/`. */
  singleKeys: z.boolean().catch(true),
  /** Levels of utilisation bars: neutral up to 75 %, or four colours (to 50, 75, 90 %). */
  barLevels: z.enum(['calm', 'classic']).catch('calm'),
  /** Files of history that were set aside up to then were seen on this desk. */
  setAsideSeenAt: z.number().catch(0),
})
export type Preferences = z.infer<typeof preferencesSchema>

const storageKey = 'mtxdeck.preferences'
function read(): Preferences {
  let stored: unknown = {}
  try {
    stored = JSON.parse(localStorage.getItem(storageKey) ?? '{}')
  } catch {
    // Unreadable or forbidden: the defaults are as good.
  }
  return preferencesSchema.parse(typeof stored === 'object' && stored !== null ? stored : {})
}

let current = read()
const { subscribe, tell } = createListeners()

/** Now, outside of components. */
export const preferences = (): Preferences => current
export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(storageKey, JSON.stringify(current))
  } catch {
    // Storage forbidden or full: the choice holds until the page is left.
  }
  tell()
}
export const subscribePreferences = subscribe
export const usePreferences = (): Preferences => useSyncExternalStore(subscribePreferences, preferences)
