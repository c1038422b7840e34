import { useEffect, useRef, useState } from 'react'
import type { SumColumns } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { type Series, seriesOf } from '../../shared/subjects.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { engineNow } from '../ui/now.ts'
import { appendTail, type DrawnSeries, dropBefore, emptySeries, fromHistory, fromSum, joinSum, recentOf, rereadFrom, type TailColumns } from './joinSeries.ts'
import { type TimeRange, type TimeWindow, windowOf } from './timeRange.ts'

/**
 * A metric and its number of buckets: about one per two pixels, fewer for bars. Several subjects are added up; all sums of one query
 * must have the same subjects.
 */
export interface WantedSeries {
  readonly metric: MetricId
  readonly of: readonly Subject[]
  readonly points: number
}

export interface SeriesState {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly words: string | null
  /** The period that `series` covers; that of the previous range while a new one loads. */
  readonly window: TimeWindow
  /** In the requested order. */
  readonly series: readonly DrawnSeries[]
  /** Raw samples of the last minute, in the same order, for the current values. */
  readonly recent: readonly TailColumns[]
  readonly bucketMs: readonly number[]
}

const tailEveryMs = 2000
/** Samples from slow session lists may arrive late with an earlier time, so tail queries overlap by this much; duplicates are skipped. */
const tailOverlapMs = 10_000
/** The engine's tail reaches 30 minutes back; after a pause longer than this, the whole range is read again. */
const tailReachMs = 25 * 60_000
const recentMs = 60_000
/** Maximum number of series per query. */
const mostAtOnce = 64
/** Interval for reading the live part of a sum: a thirtieth of its bucket width, within these bounds. */
const sumEveryMs = { least: 2000, most: 6000 }
/** Time after which all samples of a moment have arrived. */
const settleMs = 6000
/** Minimum time between reads while the past moment moves, which may be faster than charts can be read. */
const pastRestMs = 300

/** One requested series with its data. */
interface Part extends WantedSeries {
  readonly bucketMs: number
  drawn: DrawnSeries
  recent: TailColumns
}
const isSum = ({ of }: WantedSeries): boolean => of.length > 1
const seriesOfPart = ({ metric, of }: WantedSeries): Series[] => of.map((one) => seriesOf(one, metric))
const chunksOf = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, index) => all.slice(index * mostAtOnce, (index + 1) * mostAtOnce))

/**
 * Some series from history, joined with their live tail. A live range is extended every two seconds without remounting or
 * flashing. `wanted` and `range` are compared by value.
 *
 * `asOf`: the window's moment in the past, at which a live range ends; null: now. It is followed as fast as charts can be read,
 * without querying live data. `toleranceMs`: a series without a sample for longer is excluded from sums.
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
    let parts: readonly Part[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    let newest = 0
    let sumsAt = 0
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
        series: parts.map(({ drawn }) => drawn),
        recent: parts.map(({ recent }) => recent),
        bucketMs: parts.map(({ bucketMs }) => bucketMs),
      })
    }
    const readTail = async (since: number) => {
      const single = parts.filter((part) => !isSum(part))
      const tails = (await Promise.all(chunksOf(single).map((some) => client.history.tail({ series: some.flatMap(seriesOfPart), since }, { signal })))).flat()
      const now = engineNow()
      const window = windowOf(asked, now)
      single.forEach((part, index) => {
        const tail = tails[index] ?? { at: [], values: [] }
        part.drawn = dropBefore(appendTail(part.drawn, tail, (window.to - window.from) / part.points), window.from)
        part.recent = recentOf(part.recent, tail, now - recentMs)
        newest = Math.max(newest, tail.at.at(-1) ?? 0)
      })
      await readSumTail(window)
      return window
    }
    /** Reads sums again from where they may have changed: of a page that was hidden, that is long ago. */
    const readSumTail = async (window: TimeWindow) => {
      const sums = parts.filter(isSum)
      const [first] = sums
      if (first === undefined) return
      newest = window.to
      if (window.to - sumsAt < Math.min(sumEveryMs.most, Math.max(sumEveryMs.least, first.bucketMs / 30)) - 500) {
        for (const part of sums) part.drawn = dropBefore(part.drawn, window.from)
        return
      }
      const from = Math.max(window.from, rereadFrom(sumsAt, tolerance + tailOverlapMs, first.bucketMs))
      await readSums(sums, from, window.to, (part, sum) => dropBefore(joinSum(part.drawn, sum, from), window.from))
      sumsAt = window.to
    }
    const readSums = async (sums: readonly Part[], from: number, to: number, join: (part: Part, sum: SumColumns) => DrawnSeries) => {
      for (const bucketMs of new Set(sums.map((part) => part.bucketMs))) {
        const some = sums.filter((part) => part.bucketMs === bucketMs)
        const subjects = [...(some[0]?.of ?? [])]
        const answer = await client.history.sum({ metrics: some.map(({ metric }) => metric), subjects, from, to, bucketMs, toleranceMs: tolerance }, { signal })
        some.forEach((part, index) => {
          const sum = answer[index]
          if (sum === undefined) return
          part.drawn = join(part, sum)
          part.recent = { at: [to], values: [sum.last] }
        })
      }
    }
    const load = async () => {
      const window = windowNow()
      loadedFor = window.to
      loadedAt = engineNow()
      const span = window.to - window.from
      const read = askedFor.map((one): Part => ({ ...one, bucketMs: Math.max(1, span / one.points), drawn: emptySeries, recent: { at: [], values: [] } }))
      const single = read.filter((part) => !isSum(part))
      // Bars need fewer points than lines: one query per number of points.
      const sizes = [...new Set(single.map((one) => one.points))]
      await Promise.all([
        readSums(read.filter(isSum), window.from, window.to, (_, sum) => fromSum(sum)),
        ...sizes
          .flatMap((points) => chunksOf(single.filter((part) => part.points === points)))
          .map(async (some) => {
            const points = some[0]?.points ?? 1
            const answer = await client.history.range({ series: some.flatMap(seriesOfPart), from: window.from, to: window.to, points }, { signal })
            some.forEach((part, index) => {
              const columns = answer[index]
              part.drawn = columns ? fromHistory(columns) : emptySeries
            })
          }),
      ])
      parts = read
      newest = window.to - recentMs
      sumsAt = window.to
      loaded = true
      show(window.live ? await readTail(newest) : window)
    }
    /** In the past: whether the moment has moved by more than about a pixel since the last query. */
    const moved = () => {
      const { from, to } = windowNow()
      return Math.abs(to - loadedFor) > (to - from) / 600
    }
    const run = async (again: boolean) => {
      try {
        if (past) {
          if (!again || moved()) await load()
        } else if (again && engineNow() - newest < tailReachMs) {
          // A hidden page does not query; the first tail afterwards brings what it missed.
          if (!document.hidden) show(await readTail(newest - tailOverlapMs))
        } else await load()
      } catch (error) {
        if (signal.aborted) return
        const words = failureText(error)
        setState((before) =>
          before.key === key ? { ...before, status: before.series.length > 0 ? 'ready' : 'failed', words } : { ...before, key, status: 'failed', words },
        )
      }
      if (signal.aborted) return
      if (asked.kind !== 'between') timer = setTimeout(() => void run(loaded), past ? pastRestMs : tailEveryMs)
      // If the range ends about now, its last samples arrive later.
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
