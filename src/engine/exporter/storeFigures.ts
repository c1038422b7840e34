import type { Clock } from '../../clock/clock.ts'
import type { StoreFigures } from '../../shared/history.ts'
import type { History } from '../history/history.ts'

/** Older figures are not known any more, ms. */
const holdsMs = 300_000

/**
 * The store's own figures for scrapes. Its thread may be busy for long, so a scrape does not wait for it: it gets what the one before it
 * asked for, and asks for the next. null: there are none of the last five minutes.
 */
export function createStoreFigures(clock: Clock, history: Pick<History, 'figures'>): () => StoreFigures | null {
  let newest: { readonly at: number; readonly figures: StoreFigures } | null = null
  let isAsked = false
  const ask = async () => {
    isAsked = true
    try {
      newest = { figures: await history.figures(), at: clock.monotonic() }
    } finally {
      isAsked = false
    }
  }
  return () => {
    if (!isAsked) void ask().catch(() => {})
    return newest !== null && clock.monotonic() - newest.at <= holdsMs ? newest.figures : null
  }
}
