import { useSyncExternalStore } from 'react'

/** Which of the frame's own windows is open. */
type Open = 'none' | 'palette' | 'keys' | 'moment'
let open: Open = 'none'
const listeners = new Set<() => void>()

export const setOpen = (next: Open): void => {
  open = next
  for (const listener of listeners) listener()
}
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export const useOpen = (): Open => useSyncExternalStore(subscribe, () => open)

/** The page's own search field where it has one, else the palette. */
export const startSearch = (): void => {
  const field = document.querySelector<HTMLInputElement>('main [data-search]')
  if (field) {
    field.focus()
    field.select()
  } else {
    setOpen('palette')
  }
}
