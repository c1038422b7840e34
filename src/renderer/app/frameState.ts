import { createValue, useValue } from '../ui/listeners.ts'

const open = createValue<'none' | 'palette' | 'keys' | 'moment'>('none')
export const setOpen = open.set
export function useOpen() {
  return useValue(open)
}

/** The page stands alone in the window, without rail and top bar. */
const bare = createValue(false)
export const setBare = bare.set
export function useBare(): boolean {
  return useValue(bare)
}

/** Focuses the page's own search field if it has one, otherwise opens the palette. */
export function startSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main [data-search]')
  field?.focus()
  field?.select()
  if (field === null) setOpen('palette')
}
