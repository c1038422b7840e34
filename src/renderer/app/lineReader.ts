import type { RangeInput, SeriesColumns } from '../../shared/history.ts'
import { type Series, streamSubject } from '../../shared/subjects.ts'
import { historyLength } from './bitrateRings.ts'

export interface LineReaderOptions {
  readonly ask: (input: Pick<RangeInput, 'series' | 'from' | 'to' | 'points' | 'tier'>) => Promise<readonly SeriesColumns[]>
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>
}

/** What history answers in one call. */
export const mostSeries = 64
/** The rows of two tall screens. */
const mostWanted = 192
/** While a cursor runs, the lines of where it is by then are enough; and rows that are painted together are asked for together. */
const restMs = 300
/** So many buckets an interval that each holds one sample at most, wherever polls fall. */
const bucketsOfInterval = 4

/** One value a poll up to a moment, as live sparklines have; NaN where polls are missing. */
export function sparklineOf(columns: SeriesColumns, at: number, intervalMs: number): Float64Array {
  const values = new Float64Array(historyLength).fill(Number.NaN)
  // Coarser ones would draw as a few dots what was a line.
  if (columns.tier !== 'samples') return values
  // Polls are never quite as far apart as they should be: what counts is how many fit between two of them.
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

/** A stream whose line is wanted. */
interface Wanted {
  readonly serverId: string
  readonly path: string
  readonly intervalMs: number
}
interface LineReader<T extends Wanted> {
  /** Reads its line soon, with those of others. false: dropped, because two screens of them are wanted already. */
  readonly want: (key: string, stream: T) => boolean
  readonly forget: () => void
}

/**
 * Reads the bitrates of streams that led to a moment from history: those that are wanted, in as few questions as possible.
 * `momentOf` is asked before each question; null: nothing is to be read now. `take` gets each line, `onReady` is called once an answer.
 */
export function createLineReader<T extends Wanted>(
  { ask, pause }: LineReaderOptions,
  momentOf: () => number | null,
  take: (key: string, stream: T, line: Float64Array, at: number) => void,
  onReady: () => void,
): LineReader<T> {
  const wanted = new Map<string, T>()
  let running = false

  const readSome = async (at: number, first: T) => {
    // One question has one span: streams that are polled as often.
    const group = [...wanted].filter(([, { intervalMs }]) => intervalMs === first.intervalMs).slice(0, mostSeries)
    for (const [key] of group) wanted.delete(key)
    const from = at - historyLength * first.intervalMs
    const series = group.map(([, { serverId, path }]): Series => ({ subject: streamSubject(serverId, path), metric: 'path.bitrateIn' }))
    const answers = await ask({ series, from, to: at, points: historyLength * bucketsOfInterval, tier: 'samples' })
    if (momentOf() === null) return
    group.forEach(([key, stream], place) => {
      const columns = answers[place]
      if (columns) take(key, stream, sparklineOf(columns, at, first.intervalMs), at)
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
        // The page works without lines; a failure of history is shown beside the charts.
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
