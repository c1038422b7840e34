import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Wrong } from './fields.ts'

interface ValidationErrors {
  readonly wrong: Wrong
  readonly form: RefObject<HTMLFormElement | null>
  /** Shows errors, and scrolls to and focuses the first. An empty object clears them. */
  readonly refuse: (wrong: Wrong) => void
  /** Of fields that were edited; omitted: of all. */
  readonly forget: (ids?: readonly string[]) => void
}
export function useValidationErrors(): ValidationErrors {
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
    refuse: (next) => set((before) => ({ wrong: next, refusals: before.refusals + (Object.keys(next).length > 0 ? 1 : 0) })),
    forget: (ids) =>
      set((before) => ({ ...before, wrong: ids === undefined ? {} : Object.fromEntries(Object.entries(before.wrong).filter(([id]) => !ids.includes(id))) })),
  }
}
