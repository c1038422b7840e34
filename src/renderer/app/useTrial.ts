import { useRef, useState } from 'react'
import { failureText } from './failureText.ts'

/** `of` are the tested entries. */
type Trial<R, F> =
  | { readonly state: 'none' }
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: R; readonly of: F }
  | { readonly state: 'failed'; readonly words: string; readonly of: F }

/** Tests a form's entries without storing anything. A new test replaces a running one. */
export function useTrial<R, F>(first: Trial<R, F> = { state: 'none' }) {
  const [trial, setTrial] = useState(first)
  const running = useRef<AbortController | null>(null)
  /** null: the test failed, or a newer one replaced it. */
  const run = async (of: F, ask: (signal: AbortSignal) => Promise<R>): Promise<R | null> => {
    running.current?.abort()
    const own = new AbortController()
    running.current = own
    setTrial({ state: 'running' })
    try {
      const result = await ask(own.signal)
      if (own.signal.aborted) return null
      setTrial({ state: 'done', result, of })
      return result
    } catch (error) {
      if (!own.signal.aborted) setTrial({ state: 'failed', words: failureText(error), of })
      return null
    }
  }
  const forget = () => {
    running.current?.abort()
    setTrial({ state: 'none' })
  }
  return { trial, run, forget }
}
