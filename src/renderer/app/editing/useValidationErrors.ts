import { useEffect, useRef, useState } from 'react'
import type { Wrong } from './fields.ts'

export function useValidationErrors() {
  const [{ wrong, refusals }, set] = useState<{ readonly wrong: Wrong; readonly refusals: number }>({ wrong: {}, refusals: 0 })
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    if (refusals === 0) return
    const field = form.current?.querySelector('[data-wrong]')
    field?.scrollIntoView({ block: 'nearest' })
    field?.querySelector<HTMLElement>('input, textarea, button')?.focus({ preventScroll: true })
  }, [refusals])
  return {
    wrong,
    form,
    /** Shows errors, and scrolls to and focuses the first. An empty object clears them. */
    refuse: (next: Wrong) => set((before) => ({ wrong: next, refusals: before.refusals + (Object.keys(next).length > 0 ? 1 : 0) })),
    /** Of fields that were edited; omitted: of all. */
    forget: (ids?: readonly string[]) =>
      set((before) => ({ ...before, wrong: ids === undefined ? {} : Object.fromEntries(Object.entries(before.wrong).filter(([id]) => !ids.includes(id))) })),
  }
}
