import { useMemo, useSyncExternalStore } from 'react'
import type { Alarm } from '../../shared/alarms.ts'
import { deskKey } from '../app/consoleAddress.ts'
import { createListeners } from '../ui/listeners.ts'
import { engineNow } from '../ui/now.ts'

// When this desk was last used, so that alarms that began since are marked as new.

/** Without keyboard or pointer input for so long, the desk is unattended. */
export const awayMs = 120_000
const saveEveryMs = 10_000

export interface Look {
  /** Epoch ms by the engine's clock; null: never. */
  readonly lastAt: number | null
  /** The latest input before the desk was last left; null: never left. */
  readonly leftAt: number | null
}

const isAway = ({ lastAt }: Look, now: number) => lastAt !== null && now - lastAt > awayMs
export function afterInput(look: Look, now: number): Look {
  return { lastAt: Math.max(look.lastAt ?? 0, now), leftAt: isAway(look, now) ? look.lastAt : look.leftAt }
}
/** Alarms that began after this time are new to whoever is at the desk; null: none are. */
export function newSince(look: Look, now: number): number | null {
  return isAway(look, now) ? look.lastAt : look.leftAt
}
export function isNewSince({ since, raisedAt }: Pick<Alarm, 'since' | 'raisedAt'>, moment: number | null): boolean {
  return moment !== null && Math.max(since, raisedAt) > moment
}

const storageKey = deskKey('lastLook')
let look: Look = { lastAt: null, leftAt: null }
let savedAt = 0
const { subscribe, notify } = createListeners()

function read(): void {
  try {
    const [lastAt, leftAt] = JSON.parse(localStorage.getItem(storageKey) ?? '') as readonly unknown[]
    look = { lastAt: typeof lastAt === 'number' ? lastAt : null, leftAt: typeof leftAt === 'number' ? leftAt : null }
  } catch {
    // Nothing is stored, or storage is not allowed.
  }
  notify()
}
function save(): void {
  savedAt = engineNow()
  try {
    localStorage.setItem(storageKey, JSON.stringify([look.lastAt, look.leftAt]))
  } catch {
    // Storage is not allowed or full: kept until the page is closed.
  }
}

/** In any of this desk's windows, of others with a delay of `saveEveryMs`; null: never. */
export function lastInputAt(): number | null {
  return look.lastAt
}

export function startLastLook(): void {
  read()
  const onInput = () => {
    const before = look.leftAt
    look = afterInput(look, engineNow())
    if (look.leftAt !== before) notify()
    if (look.leftAt !== before || engineNow() - savedAt > saveEveryMs) save()
  }
  for (const input of ['pointerdown', 'pointermove', 'wheel', 'keydown']) window.addEventListener(input, onInput, { passive: true, capture: true })
  window.addEventListener('pagehide', save)
  window.addEventListener('storage', ({ key }) => key === storageKey && read())
}

function subscribeLook(listener: () => void): () => void {
  const stop = subscribe(listener)
  // A desk becomes unattended without an event.
  const timer = setInterval(listener, saveEveryMs)
  return () => {
    stop()
    clearInterval(timer)
  }
}
/** Incidents with alarms that are new at this desk; null: none. */
export function useNews(alarms: readonly Alarm[] | null): { readonly since: number; readonly count: number } | null {
  const since = useSyncExternalStore(subscribeLook, () => newSince(look, engineNow()))
  return useMemo(() => {
    const fresh = new Set(alarms?.flatMap((alarm) => (isNewSince(alarm, since) ? [alarm.incident] : [])))
    return since === null || fresh.size === 0 ? null : { since, count: fresh.size }
  }, [alarms, since])
}
