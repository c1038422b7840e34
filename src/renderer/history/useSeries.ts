import { useEffect, useState } from 'react'
import type { Series } from '../../shared/history.ts'
import { client } from '../app/client.ts'
import { engineNow } from '../ui/now.ts'
import { appendTail, type DrawnSeries, dropBefore, emptySeries, fromHistory, recentOf, type TailColumns } from './joinSeries.ts'
import { type TimeRange, type TimeWindow, windowOf } from './timeRange.ts'

/** A series and how many buckets of it are wanted: about one per two pixels, fewer for bars. */
export interface WantedSeries {
  readonly series: Series
  readonly points: number
}

export interface SeriesState {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly words: string | null
  /** The stretch that `series` cover; of the last range while a new one is on its way. */
  readonly window: TimeWindow
  /** In the order asked for. */
  readonly series: readonly DrawnSeries[]
  /** Raw samples of the last minute, in the same order: what "now" means. */
  readonly recent: readonly TailColumns[]
  readonly bucketMs: readonly number[]
}

const tailEveryMs = 2000
/** Samples of slower session lists may come a little later under an earlier time: asked for again, they are known or new. */
const tailOverlapMs = 10_000
/** The engine's tail reaches 30 minutes back; after a longer pause the whole range is read anew. */
const tailReachMs = 25 * 60_000
export const recentMs = 60_000

/**
 * History and the live tail of some series as one. A live range goes on by itself every two seconds; nothing is mounted
 * anew and nothing flashes. `wanted` and `range` are compared by value.
 */
export const useSeries = (wanted: readonly WantedSeries[], range: TimeRange): SeriesState => {
  const key = JSON.stringify([wanted, range])
  const [state, setState] = useState<SeriesState & { readonly key: string }>(() => ({
    key: '',
    status: 'loading',
    words: null,
    window: windowOf(range, engineNow()),
    series: [],
    recent: [],
    bucketMs: [],
  }))

  useEffect(() => {
    const [askedFor, asked] = JSON.parse(key) as [readonly WantedSeries[], TimeRange]
    if (askedFor.length === 0) return
    const abort = new AbortController()
    const { signal } = abort
    const all = askedFor.map((one) => one.series)
    let timer: ReturnType<typeof setTimeout> | undefined
    let series: readonly DrawnSeries[] = []
    let recent: readonly TailColumns[] = all.map(() => ({ at: [], values: [] }))
    let bucketMs: readonly number[] = []
    let newest = 0

    const show = (window: TimeWindow) => setState({ key, status: 'ready', words: null, window, series, recent, bucketMs })
    const takeTail = async (since: number) => {
      const tails = await client.history.tail({ series: all, since }, { signal })
      const now = engineNow()
      const window = windowOf(asked, now)
      series = series.map((one, index) => dropBefore(appendTail(one, tails[index] ?? { at: [], values: [] }, bucketMs[index] ?? 1000), window.from))
      recent = recent.map((one, index) => recentOf(one, tails[index] ?? { at: [], values: [] }, now - recentMs))
      newest = tails.reduce((latest, tail) => Math.max(latest, tail.at.at(-1) ?? 0), newest)
      return window
    }
    const load = async () => {
      const window = windowOf(asked, engineNow())
      // Bars are wider than lines are: one question for each number of points.
      const sizes = [...new Set(askedFor.map((one) => one.points))]
      const answers = await Promise.all(
        sizes.map((points) =>
          client.history.range(
            { series: askedFor.filter((one) => one.points === points).map((one) => one.series), from: window.from, to: window.to, points },
            { signal },
          ),
        ),
      )
      const taken = sizes.map(() => 0)
      series = askedFor.map((one) => {
        const size = sizes.indexOf(one.points)
        const columns = answers[size]?.[taken[size] ?? 0]
        taken[size] = (taken[size] ?? 0) + 1
        return columns ? fromHistory(columns) : emptySeries
      })
      bucketMs = askedFor.map((one) => (window.to - window.from) / one.points)
      newest = window.to - recentMs
      show(window.live ? await takeTail(newest) : window)
    }
    const run = async (again: boolean) => {
      try {
        if (again && engineNow() - newest < tailReachMs) {
          // A hidden page asks for nothing; what it missed comes with the first tail after.
          if (!document.hidden) show(await takeTail(newest - tailOverlapMs))
        } else await load()
      } catch (error) {
        if (signal.aborted) return
        const words = error instanceof Error ? error.message : String(error)
        setState((before) =>
          before.key === key ? { ...before, status: before.series.length > 0 ? 'ready' : 'failed', words } : { ...before, key, status: 'failed', words },
        )
      }
      if (!signal.aborted && asked.kind !== 'between') timer = setTimeout(() => void run(series.length > 0), tailEveryMs)
    }
    void run(false)
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key])

  return state.key === key ? state : { ...state, status: state.status === 'failed' ? 'failed' : 'loading' }
}
