import { useRef, useState } from 'react'
import { failureWords } from './failureWords.ts'

/** How a test of what stands in a form goes; `of` is what was tested. */
type Trial<R, F> =
  | { readonly state: 'none' }
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: R; readonly of: F }
  | { readonly state: 'failed'; readonly words: string }

/** Runs tests of a form that store nothing. A newer one replaces the one that runs. */
export function useTrial<R, F>(first: Trial<R, F> = { state: 'none' }) {
  const [trial, setTrial] = useState(first)
  const running = useRef<AbortController | null>(null)
  /** Returns the result; null: it failed, or a newer test replaced it. */
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
      if (!own.signal.aborted) setTrial({ state: 'failed', words: failureWords(error) })
      return null
    }
  }
  /** Discards the answer, and that of a test that still runs. */
  const forget = () => {
    running.current?.abort()
    setTrial({ state: 'none' })
  }
  return { trial, run, forget }
}
