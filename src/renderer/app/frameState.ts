import { useSyncExternalStore } from 'react'
import { createListeners } from '../ui/listeners.ts'

/** Which of the frame's own windows is open. */
type Open = 'none' | 'palette' | 'keys' | 'moment'
let open: Open = 'none'
const { subscribe, tell } = createListeners()

export function setOpen(next: Open): void {
  open = next
  tell()
}
export const useOpen = (): Open => useSyncExternalStore(subscribe, () => open)

/** The page's own search field where it has one, else the palette. */
export function startSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main [data-search]')
  if (field) {
    field.focus()
    field.select()
  } else {
    setOpen('palette')
  }
}
