import { useRef, useState } from 'react'
import { failureWords } from './failureWords.ts'

/** How a test of what stands in a form goes; `of` is what was tested. */
export type Trial<R, F> =
  | { readonly state: 'none' }
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: R; readonly of: F }
  | { readonly state: 'failed'; readonly words: string }

/** Runs tests of a form that store nothing. A newer one replaces the one that runs. */
export function useTrial<R, F>(first: Trial<R, F> | (() => Trial<R, F>) = { state: 'none' }) {
  const [trial, setTrial] = useState(first)
  const running = useRef<AbortController | null>(null)
  const run = async (of: F, ask: (signal: AbortSignal) => Promise<R>): Promise<void> => {
    running.current?.abort()
    const own = new AbortController()
    running.current = own
    setTrial({ state: 'running' })
    try {
      const result = await ask(own.signal)
      if (!own.signal.aborted) setTrial({ state: 'done', result, of })
    } catch (error) {
      if (!own.signal.aborted) setTrial({ state: 'failed', words: failureWords(error) })
    }
  }
  /** What was found is of no use any more, nor what the one that runs will find. */
  const forget = () => {
    running.current?.abort()
    setTrial({ state: 'none' })
  }
  return { trial, run, forget }
}
