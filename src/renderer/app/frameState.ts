import { useSyncExternalStore } from 'react'
import { createListeners } from '../ui/listeners.ts'

/** The frame's open overlay. */
type Open = 'none' | 'palette' | 'keys' | 'moment'
let open: Open = 'none'
const { subscribe, notify } = createListeners()

export function setOpen(next: Open): void {
  open = next
  notify()
}
export function useOpen(): Open {
  return useSyncExternalStore(subscribe, () => open)
}

let bare = false
/** Whether the page stands alone in the window, without rail and top bar: it says itself what they do. */
export function setBare(next: boolean): void {
  bare = next
  notify()
}
export function useBare(): boolean {
  return useSyncExternalStore(subscribe, () => bare)
}

/** Focuses the page's own search field if it has one, otherwise opens the palette. */
export function startSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main [data-search]')
  if (field) {
    field.focus()
    field.select()
  } else {
    setOpen('palette')
  }
}
