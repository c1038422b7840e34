import { type RefObject, useEffect, useRef, useState } from 'react'
import type { Wrong } from './fields.ts'

interface Mistakes {
  readonly wrong: Wrong
  /** Of the form whose fields say what is wrong. */
  readonly form: RefObject<HTMLFormElement | null>
  /** Shows what is wrong with what was submitted, and goes to the first of it, which may be out of view. Nothing: all is well. */
  readonly refuse: (wrong: Wrong) => void
  /** Fields were entered anew; left out: any. */
  readonly forget: (ids?: readonly string[]) => void
}
/** What is wrong with the entries of a form. */
export function useMistakes(): Mistakes {
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
