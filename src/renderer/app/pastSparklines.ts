import type { RangeInput, SeriesColumns } from '../../shared/history.ts'
import { historyLength } from './fleetState.ts'

interface PastSparklinesOptions {
  readonly ask: (input: Pick<RangeInput, 'series' | 'from' | 'to' | 'points' | 'tier'>) => Promise<readonly SeriesColumns[]>
  /** Lines are there that were asked for. */
  readonly onReady: () => void
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>
}

/** Bitrates that led to a moment of the past, fetched for the streams that are in sight and for no others. */
export interface PastSparklines {
  readonly goTo: (at: number | null) => void
  /** Fills `into` with the last bitrates of a stream, oldest first, NaN where not known, and says how many. 0: asked for, not there yet. */
  readonly read: (serverId: string, path: string, intervalMs: number, into: Float64Array | Float32Array) => number
}

/** What history answers in one call. */
const mostSeries = 64
/** The rows of two tall screens. */
const mostWanted = 192
const restMs = 300
/** A line that ended so long before is still nearly the same; an older one would be a lie. */
const nearMs = 15_000

/** So many buckets an interval that each holds one sample at most, wherever polls fall. */
const bucketsOfInterval = 4

/** One value a poll up to a moment, as live sparklines have; NaN where polls are missing. */
export const sparklineOf = (columns: SeriesColumns, at: number, intervalMs: number): Float64Array => {
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

export const createPastSparklines = ({ ask, onReady, pause }: PastSparklinesOptions): PastSparklines => {
  let moment: number | null = null
  const lines = new Map<string, { readonly at: number; readonly values: Float64Array }>()
  const wanted = new Map<string, { readonly serverId: string; readonly path: string; readonly intervalMs: number }>()
  let running = false

  const fetchSome = async (at: number) => {
    const first = wanted.values().next().value
    if (!first) return
    // One question has one span: streams that are polled as often.
    const group = [...wanted].filter(([, { intervalMs }]) => intervalMs === first.intervalMs).slice(0, mostSeries)
    for (const [key] of group) wanted.delete(key)
    const from = at - historyLength * first.intervalMs
    const series = group.map(([, { serverId, path }]) => ({ serverId, path, metric: 'path.bitrateIn' as const }))
    const answers = await ask({ series, from, to: at, points: historyLength * bucketsOfInterval, tier: 'samples' })
    if (moment === null) return
    group.forEach(([key], place) => {
      const columns = answers[place]
      if (columns) lines.set(key, { at, values: sparklineOf(columns, at, first.intervalMs) })
    })
    onReady()
  }
  const run = async () => {
    if (running) return
    running = true
    // While a cursor runs, the lines of where it is by then are enough.
    await pause(restMs)
    while (moment !== null && wanted.size > 0) {
      try {
        await fetchSome(moment)
      } catch {
        // A picture without lines is whole all the same; what is wrong with history is said where its charts are.
        wanted.clear()
      }
    }
    running = false
  }

  return {
    goTo: (at) => {
      if (at === moment) return
      moment = at
      wanted.clear()
      if (at === null) lines.clear()
      else for (const [key, line] of lines) if (Math.abs(line.at - at) > nearMs) lines.delete(key)
    },
    read: (serverId, path, intervalMs, into) => {
      if (moment === null) return 0
      const key = `${serverId}/${path}`
      const line = lines.get(key)
      if (line?.at !== moment && wanted.size < mostWanted) {
        wanted.set(key, { serverId, path, intervalMs })
        void run()
      }
      if (!line) return 0
      into.set(line.values)
      return line.values.length
    },
  }
}
