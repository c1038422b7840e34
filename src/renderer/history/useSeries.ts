import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { type SeriesColumns, type Tier, tierStepMs } from '../../shared/history.ts'
import type { Series } from '../../shared/subjects.ts'
import { client } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { engineNow } from '../ui/now.ts'
import { appendTail, type DrawnSeries, dropBefore, emptySeries, fromHistory, recentOf, type TailColumns } from './joinSeries.ts'
import { sumRecent, sumSeries } from './sumSeries.ts'
import { type TimeRange, type TimeWindow, windowOf } from './timeRange.ts'
import { readValuesAt } from './valuesAt.ts'

/** A series and how many buckets of it are wanted: about one per two pixels, fewer for bars. Several series are added up. */
export interface WantedSeries {
  readonly series: readonly Series[]
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
const recentMs = 60_000
/** No more series than this in one question. */
const mostAtOnce = 64
/** Sums of no longer stretches are made of samples. */
const longestOfSamplesMs = 2 * 3_600_000
/** So long after a moment all that is known of it has come. */
const settleMs = 6000
/** A moment of the past may move faster than charts can be read: so long they rest in between. */
const pastRestMs = 300

/** What sums are made of: the same each time. What happens to be quick enough now would show another picture a minute later. */
const tierOfSums = ({ from, to }: TimeWindow, points: number): Tier | undefined =>
  to - from <= longestOfSamplesMs ? 'samples' : (to - from) / points < 2 * tierStepMs.minutes ? 'minutes' : undefined

/** One of the series asked for, and what is known of it. */
interface Part {
  readonly series: Series
  readonly points: number
  drawn: DrawnSeries
  recent: TailColumns
}
const chunksOf = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, index) => all.slice(index * mostAtOnce, (index + 1) * mostAtOnce))

/**
 * History and the live tail of some series as one. A live range goes on by itself every two seconds; nothing is mounted
 * anew and nothing flashes. `wanted` and `range` are compared by value.
 *
 * `asOf`: the moment of the past at which the window is, where a range that goes on with now ends; null: now. It is followed as
 * fast as charts can be read, and nothing live is asked for. `toleranceMs`: without a sample for longer a series is in no sum.
 */
export function useSeries(wanted: readonly WantedSeries[], range: TimeRange, asOf: number | null = null, toleranceMs = 8000): SeriesState {
  const inPast = asOf !== null && range.kind !== 'between'
  const key = JSON.stringify([wanted, range, inPast, toleranceMs])
  const [state, setState] = useState<SeriesState & { readonly key: string }>(() => ({
    key: '',
    status: 'loading',
    words: null,
    window: windowOf(range, engineNow()),
    series: [],
    recent: [],
    bucketMs: [],
  }))
  const latestAsOf = useRef(asOf)
  latestAsOf.current = asOf

  useEffect(() => {
    const [askedFor, asked, past, tolerance] = JSON.parse(key) as [readonly WantedSeries[], TimeRange, boolean, number]
    if (askedFor.length === 0) return
    const abort = new AbortController()
    const { signal } = abort
    const parts: readonly (readonly Part[])[] = askedFor.map(({ series, points }) =>
      series.map((one) => ({ series: one, points, drawn: emptySeries, recent: { at: [], values: [] } })),
    )
    const all = parts.flat()
    let timer: ReturnType<typeof setTimeout> | undefined
    let bucketMs: readonly number[] = []
    let newest = 0
    let loaded = false
    let loadedFor = 0
    let loadedAt = 0

    const windowNow = (): TimeWindow => {
      if (!past) return windowOf(asked, engineNow())
      const { from, to } = windowOf(asked, latestAsOf.current ?? engineNow())
      return { from, to, live: false }
    }
    const show = (window: TimeWindow) => {
      setState({
        key,
        status: 'ready',
        words: null,
        window,
        series: parts.map((own, index) =>
          sumSeries(
            own.map(({ drawn }) => drawn),
            window,
            bucketMs[index] ?? 1000,
            tolerance,
          ),
        ),
        recent: parts.map((own) =>
          sumRecent(
            own.map(({ recent }) => recent),
            tolerance,
          ),
        ),
        bucketMs,
      })
    }
    const takeTail = async (since: number) => {
      const tails = (
        await Promise.all(chunksOf(all).map((some) => client.history.tail({ series: some.map(({ series }) => series), since }, { signal })))
      ).flat()
      const now = engineNow()
      const window = windowOf(asked, now)
      all.forEach((part, index) => {
        const tail = tails[index] ?? { at: [], values: [] }
        part.drawn = dropBefore(appendTail(part.drawn, tail, (window.to - window.from) / part.points), window.from)
        part.recent = recentOf(part.recent, tail, now - recentMs)
        newest = Math.max(newest, tail.at.at(-1) ?? 0)
      })
      return window
    }
    const load = async () => {
      const window = windowNow()
      loadedFor = window.to
      loadedAt = engineNow()
      const isSum = parts.some((own) => own.length > 1)
      // Bars are wider than lines are: one question for each number of points.
      const sizes = [...new Set(askedFor.map((one) => one.points))]
      await Promise.all(
        sizes
          .flatMap((points) => chunksOf(all.filter((part) => part.points === points)))
          .map(async (some) => {
            const points = some[0]?.points ?? 1
            const tier = isSum ? tierOfSums(window, points) : undefined
            const answer = await client.history.range(
              { series: some.map(({ series }) => series), from: window.from, to: window.to, points, ...(tier !== undefined && { tier }) },
              { signal },
            )
            some.forEach((part, index) => {
              const columns = answer[index]
              part.drawn = columns ? fromHistory(columns) : emptySeries
            })
          }),
      )
      bucketMs = askedFor.map((one) => (window.to - window.from) / one.points)
      newest = window.to - recentMs
      loaded = true
      show(window.live ? await takeTail(newest) : window)
    }
    /** In the past: whether the moment has moved by more than a pixel or so since it was last asked for. */
    const moved = () => {
      const { from, to } = windowNow()
      return Math.abs(to - loadedFor) > (to - from) / 600
    }
    const run = async (again: boolean) => {
      try {
        if (past) {
          if (!again || moved()) await load()
        } else if (again && engineNow() - newest < tailReachMs) {
          // A hidden page asks for nothing; what it missed comes with the first tail after.
          if (!document.hidden) show(await takeTail(newest - tailOverlapMs))
        } else await load()
      } catch (error) {
        if (signal.aborted) return
        const words = failureWords(error)
        setState((before) =>
          before.key === key ? { ...before, status: before.series.length > 0 ? 'ready' : 'failed', words } : { ...before, key, status: 'failed', words },
        )
      }
      if (signal.aborted) return
      if (asked.kind !== 'between') timer = setTimeout(() => void run(loaded), past ? pastRestMs : tailEveryMs)
      // Of a stretch that ends about now the last samples come later.
      else if (loadedAt < asked.to + settleMs) timer = setTimeout(() => void run(false), settleMs)
    }
    void run(false)
    return () => {
      abort.abort()
      clearTimeout(timer)
    }
  }, [key])

  return state.key === key ? state : { ...state, status: state.status === 'failed' ? 'failed' : 'loading' }
}

/** What each of these was at a moment of the past, in the order asked for; null: not read yet, or kept in coarser form only. */
export function useValuesAt(wanted: readonly WantedSeries[], moment: number | null, reachMs: number): readonly (number | null)[] | null {
  const series = wanted.map((one) => one.series)
  const query = useQuery({
    queryKey: ['valuesAt', series, moment, reachMs],
    queryFn: ({ signal }) =>
      readValuesAt(series, moment ?? 0, reachMs, async (input) => {
        const answers: SeriesColumns[] = []
        for (const some of chunksOf(input.series)) answers.push(...(await client.history.range({ ...input, series: [...some] }, { signal })))
        return answers
      }),
    enabled: moment !== null && series.length > 0,
    // While a cursor moves, its last values are nearer than none.
    placeholderData: keepPreviousData,
    staleTime: settleMs,
    gcTime: settleMs,
  })
  return moment === null ? null : (query.data ?? null)
}
