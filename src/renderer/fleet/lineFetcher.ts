import type { RangeInput, SeriesColumns } from '../../shared/history.ts'
import { streamSubject } from '../../shared/subjectNames.ts'
import type { Series } from '../../shared/subjects.ts'
import { historyLength } from './bitrateRings.ts'

export interface LineFetcherOptions {
  readonly ask: (input: Pick<RangeInput, 'series' | 'from' | 'to' | 'points' | 'tier'>) => Promise<readonly SeriesColumns[]>
  /** Resolves after `ms`. */
  readonly pause: (ms: number) => Promise<void>
}

/** Maximum number of series per history call. */
const mostSeries = 64
/** Rows on two tall screens. */
const mostWanted = 192
/** Pause before a query: a moving cursor needs only the lines at its newest position, and rows painted together are requested together. */
const restMs = 300
/** Enough buckets per interval that each holds at most one sample, however polls are timed. */
const bucketsOfInterval = 4

/** One value per poll up to a moment, as in live sparklines; NaN for missing polls. */
export function sparklineOf(columns: SeriesColumns, at: number, intervalMs: number): Float64Array {
  const values = new Float64Array(historyLength).fill(Number.NaN)
  // Coarser tiers would reduce the line to a few dots.
  if (columns.tier !== 'samples') return values
  // Polls are never exactly one interval apart, so round to a number of intervals.
  const polls = (ms: number) => Math.max(1, Math.round(ms / intervalMs))
  let place = historyLength
  let next = at
  for (let i = columns.at.length - 1; i >= 0; i--) {
    const time = columns.at[i] ?? 0
    place -= place === historyLength && next - time < 1.6 * intervalMs ? 1 : polls(next - time)
    if (place < 0) break
    values[place] = columns.mean[i] ?? Number.NaN
    next = time
  }
  return values
}

/** A stream whose line is requested. */
interface Wanted {
  readonly serverId: string
  readonly path: string
  readonly intervalMs: number
}
interface LineFetcher<T extends Wanted> {
  /** Requests a stream's line, to be read soon together with others. false: dropped, because two screens of them are pending. */
  readonly want: (key: string, stream: T) => boolean
  readonly forget: () => void
}

/**
 * Reads streams' bit rates up to a moment from history, in as few queries as possible. `momentOf` is called before each query;
 * null: nothing to read now. `onLine` receives each line; `onReady` is called once per answer.
 */
export function createLineFetcher<T extends Wanted>(
  { ask, pause }: LineFetcherOptions,
  momentOf: () => number | null,
  onLine: (key: string, stream: T, line: Float64Array, at: number) => void,
  onReady: () => void,
): LineFetcher<T> {
  const wanted = new Map<string, T>()
  let running = false

  const readSome = async (at: number, first: T) => {
    // A query has one span, so it covers streams with the same poll interval.
    const group = [...wanted].filter(([, { intervalMs }]) => intervalMs === first.intervalMs).slice(0, mostSeries)
    for (const [key] of group) wanted.delete(key)
    const from = at - historyLength * first.intervalMs
    const series = group.map(([, { serverId, path }]): Series => ({ subject: streamSubject(serverId, path), metric: 'path.bitrateIn' }))
    const answers = await ask({ series, from, to: at, points: historyLength * bucketsOfInterval, tier: 'samples' })
    if (momentOf() === null) return
    group.forEach(([key, stream], place) => {
      const columns = answers[place]
      if (columns) onLine(key, stream, sparklineOf(columns, at, first.intervalMs), at)
    })
    onReady()
  }
  const run = async () => {
    if (running) return
    running = true
    await pause(restMs)
    for (;;) {
      const at = momentOf()
      const first = wanted.values().next().value
      if (at === null || first === undefined) break
      try {
        await readSome(at, first)
      } catch {
        // The page works without lines; the charts show why history failed.
        wanted.clear()
      }
    }
    running = false
  }

  return {
    want: (key, stream) => {
      if (wanted.size >= mostWanted) return false
      wanted.set(key, stream)
      void run()
      return true
    },
    forget: () => wanted.clear(),
  }
}
