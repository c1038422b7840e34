import { createValue, useValue } from '../ui/listeners.ts'

/** The frame's open overlay. */
const open = createValue<'none' | 'palette' | 'keys' | 'moment'>('none')
export const setOpen = open.set
export const useOpen = () => useValue(open)

/** Whether the page stands alone in the window, without rail and top bar: it says itself what they do. */
const bare = createValue(false)
export const setBare = bare.set
export const useBare = () => useValue(bare)

/** Focuses the page's own search field if it has one, otherwise opens the palette. */
export function startSearch(): void {
  const field = document.querySelector<HTMLInputElement>('main [data-search]')
  if (field === null) return setOpen('palette')
  field.focus()
  field.select()
}
