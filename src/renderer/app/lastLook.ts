import { useMemo, useSyncExternalStore } from 'react'
import { z } from 'zod'
import type { Alarm } from '../../shared/alarms.ts'
import { createListeners } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'

// When somebody last used this desk, so that alarms that began meanwhile are marked as new.

/** Without a key or the pointer for this long, nobody is at the desk, ms. */
export const awayMs = 120_000
/** It is saved no more often than this, ms. */
const saveEveryMs = 10_000

const lookSchema = z.object({
  /** Latest input, the engine's time; null: never. */
  lastAt: z.number().nullable(),
  /** Latest input before the desk was left the last time; null: it never was. */
  leftAt: z.number().nullable(),
})
export type Look = z.infer<typeof lookSchema>

const isAway = ({ lastAt }: Look, now: number) => lastAt !== null && now - lastAt > awayMs
/** After an input. */
export const afterInput = (look: Look, now: number): Look => ({
  lastAt: Math.max(look.lastAt ?? 0, now),
  leftAt: isAway(look, now) ? look.lastAt : look.leftAt,
})
/** What began after it is new to whoever is at the desk, or comes back to it; null: nothing is. */
export const newSince = (look: Look, now: number): number | null => (isAway(look, now) ? look.lastAt : look.leftAt)
/** Whether an alarm began, or came back, after a moment. */
export const isNewSince = ({ count, since, raisedAt }: Pick<Alarm, 'count' | 'since' | 'raisedAt'>, moment: number | null): boolean =>
  moment !== null && (count > 1 ? since : raisedAt) > moment

const storageKey = 'mtxdeck.lastLook'
function read(): Look {
  try {
    return lookSchema.parse(JSON.parse(localStorage.getItem(storageKey) ?? ''))
  } catch {
    // Nothing is stored, or storage is forbidden.
    return { lastAt: null, leftAt: null }
  }
}

let look: Look = { lastAt: null, leftAt: null }
let savedAt = 0
const { subscribe, notify } = createListeners()

function save(): void {
  savedAt = engineNow()
  try {
    localStorage.setItem(storageKey, JSON.stringify(look))
  } catch {
    // Storage forbidden or full: it holds until the page is closed.
  }
}

/** Follows the inputs of this window, and of the others of this desk. */
export function startLastLook(): void {
  look = read()
  const onInput = () => {
    const before = look.leftAt
    look = afterInput(look, engineNow())
    if (look.leftAt !== before) notify()
    if (look.leftAt !== before || engineNow() - savedAt > saveEveryMs) save()
  }
  for (const input of ['pointerdown', 'pointermove', 'wheel', 'keydown']) window.addEventListener(input, onInput, { passive: true, capture: true })
  window.addEventListener('pagehide', save)
  window.addEventListener('storage', ({ key }) => {
    if (key !== null && key !== storageKey) return
    look = read()
    notify()
  })
}

function subscribeLook(listener: () => void): () => void {
  const stop = subscribe(listener)
  // That nobody is at the desk any more comes with time.
  const timer = setInterval(listener, saveEveryMs)
  return () => {
    stop()
    clearInterval(timer)
  }
}
/** How many incidents have alarms that are new at this desk, and since when; null: none has. */
export function useNews(alarms: readonly Alarm[] | null): { readonly since: number; readonly count: number } | null {
  const since = useSyncExternalStore(subscribeLook, () => newSince(look, engineNow()))
  return useMemo(() => {
    const fresh = new Set(alarms?.flatMap((alarm) => (isNewSince(alarm, since) ? [alarm.incident] : [])))
    return since === null || fresh.size === 0 ? null : { since, count: fresh.size }
  }, [alarms, since])
}
