import type { Clock } from './clock.ts'

/** Waits until the time is over, the signal is aborted, or somebody calls `hurry`, which does nothing from then on. */
export function hurriedPause(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>, one: { hurry: () => void }, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clock.clearTimeout(timer)
      signal.removeEventListener('abort', done)
      one.hurry = () => {}
      resolve()
    }
    const timer = clock.setTimeout(done, ms)
    one.hurry = done
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
