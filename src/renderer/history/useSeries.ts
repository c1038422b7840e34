import { useEffect, useRef, useState } from 'react'
import type { RangeInput } from '../../shared/history.ts'
import type { MetricId } from '../../shared/metrics.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { type Series, seriesOf } from '../../shared/subjects.ts'
import { bucketWidth } from '../../shared/tiers.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { engineNow } from '../ui/now.ts'
import { type DrawnSeries, dropBefore, emptySeries, fromHistory, fromSum, joinNewest, lastOf, rereadFrom } from './joinSeries.ts'
import { type TimeRange, type TimeWindow, windowOf } from './timeRange.ts'

/** About one bucket per two pixels, fewer for bars. Several subjects are added up; all sums of a query have the same subjects. */
export interface WantedSeries {
  readonly metric: MetricId
  readonly of: readonly Subject[]
  readonly points: number
}

export interface SeriesState {
  readonly status: 'loading' | 'ready' | 'failed'
  readonly words: string | null
  /** That of the previous range while a new one loads. */
  readonly window: TimeWindow
  readonly series: readonly DrawnSeries[]
  /** null: unknown, or not live. */
  readonly last: readonly (number | null)[]
  readonly bucketMs: readonly number[]
}

const everyMs = 2000
/** Samples from slow session lists may arrive late: what is newer is read again. */
const lateMs = 10_000
const mostAtOnce = 64
/** A thirtieth of a bucket's width, within these bounds. */
const newestEveryMs = { least: 2000, most: 6000 }
/** All samples of a moment have arrived by then. */
const settleMs = 6000
/** The past moment may move faster than charts can be read. */
const pastRestMs = 300
/** A live range that has grown by this factor is read anew with wider buckets. */
const mostGrowth = 1.5

type Period = Pick<RangeInput, 'from' | 'to' | 'points'>
interface Part extends WantedSeries {
  readonly bucketMs: number
  drawn: DrawnSeries
  /** null: unknown, or not live. */
  last: number | null
}
const isSum = ({ of }: WantedSeries): boolean => of.length > 1
const seriesOfPart = ({ metric, of }: WantedSeries): Series[] => of.map((one) => seriesOf(one, metric))
const chunksOf = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, index) => all.slice(index * mostAtOnce, (index + 1) * mostAtOnce))

/**
 * Some series from history. A live range is extended every two seconds without remounting or flashing: its newest buckets are
 * read again. `wanted` and `range` are compared by value.
 *
 * `asOf`: the window's moment in the past, at which a live range ends; null: now. It is followed as fast as charts can be read,
 * without querying live data. `toleranceMs`: a series without a sample for longer is excluded from sums.
 */
export function useSeries(wanted: readonly WantedSeries[], range: TimeRange, asOf: number | null, toleranceMs: number): SeriesState {
  const inPast = asOf !== null && range.kind !== 'between'
  const key = JSON.stringify([wanted, range, inPast, toleranceMs])
  const [state, setState] = useState<SeriesState & { readonly key: string }>(() => ({
    key: '',
    status: 'loading',
    words: null,
    window: windowOf(range, engineNow()),
    series: [],
    last: [],
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
    let readTo = 0
    let loaded = false
    let loadedFor: TimeWindow = { from: 0, to: 0, live: false }
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
        last: parts.map(({ last }) => last),
        bucketMs: parts.map(({ bucketMs }) => bucketMs),
      })
    }
    /** Parts of one number of points in one go: bars need fewer than lines. */
    const read = async (some: readonly Part[], periodOf: (of: Part) => Period, withLast: boolean, take: (part: Part, read: DrawnSeries) => void) => {
      await Promise.all(
        [...new Set(some.map(({ points }) => points))].flatMap((points) => {
          const of = some.filter((part) => part.points === points)
          const period = periodOf(of[0] as Part)
          const single = chunksOf(of.filter((part) => !isSum(part))).map(async (chunk) => {
            const answer = await client.history.range({ series: chunk.flatMap(seriesOfPart), ...period, totals: withLast }, { signal })
            chunk.forEach((part, index) => {
              const columns = answer[index]
              part.last = columns === undefined ? null : lastOf(columns)
              take(part, columns ? fromHistory(columns) : emptySeries)
            })
          })
          return [...single, readSums(of.filter(isSum), period, take)]
        }),
      )
    }
    const readSums = async (sums: readonly Part[], { from, to }: Period, take: (part: Part, read: DrawnSeries) => void) => {
      const [first] = sums
      if (first === undefined) return
      const { bucketMs, of } = first
      const asked = { metrics: sums.map(({ metric }) => metric), subjects: [...of], from, to, bucketMs, toleranceMs: tolerance }
      const answer = await client.history.sum(asked, { signal })
      sums.forEach((part, index) => {
        const sum = answer[index]
        if (sum === undefined) return
        part.last = sum.last
        take(part, fromSum(sum))
      })
    }
    /** From where something may have changed: long ago, if the page was hidden. */
    const readNewest = async (): Promise<TimeWindow> => {
      const window = windowOf(asked, engineNow())
      const narrowest = Math.min(...parts.map(({ bucketMs }) => bucketMs))
      if (window.to - readTo < Math.min(newestEveryMs.most, Math.max(newestEveryMs.least, narrowest / 30)) - 500) {
        for (const part of parts) part.drawn = dropBefore(part.drawn, window.from)
        return window
      }
      const fromOf = ({ bucketMs }: Part) => rereadFrom(readTo, window.from, tolerance + lateMs, bucketMs)
      const periodOf = (part: Part): Period => {
        const from = fromOf(part)
        const buckets = Math.ceil((window.to - from) / part.bucketMs)
        // Whole buckets, as wide as the others.
        return { from, to: from + buckets * part.bucketMs, points: buckets + 1 }
      }
      await read(parts, periodOf, true, (part, fresh) => {
        part.drawn = dropBefore(joinNewest(part.drawn, fresh, fromOf(part)), window.from)
      })
      readTo = window.to
      return window
    }
    const load = async () => {
      const window = windowNow()
      loadedFor = window
      loadedAt = engineNow()
      const some = askedFor.map((one): Part => ({ ...one, bucketMs: bucketWidth(window.from, window.to, one.points), drawn: emptySeries, last: null }))
      await read(
        some,
        ({ points }) => ({ from: window.from, to: window.to, points }),
        false,
        (part, whole) => {
          part.drawn = whole
        },
      )
      parts = some
      // What came meanwhile, and the newest values.
      readTo = window.to - newestEveryMs.most
      loaded = true
      show(window.live ? await readNewest() : window)
    }
    /** The past moment has moved by more than about a pixel since the last query. */
    const moved = () => {
      const { from, to } = windowNow()
      return Math.abs(to - loadedFor.to) > (to - from) / 600
    }
    const hasGrown = () => {
      const { from, to } = windowNow()
      return to - from > mostGrowth * (loadedFor.to - loadedFor.from)
    }
    const run = async (again: boolean) => {
      try {
        if (past) {
          if (!again || moved()) await load()
        } else if (!again || hasGrown()) await load()
        // A hidden page does not query; the next query brings what it missed.
        else if (!document.hidden) show(await readNewest())
      } catch (error) {
        if (signal.aborted) return
        const words = failureText(error)
        setState((before) =>
          before.key === key ? { ...before, status: before.series.length > 0 ? 'ready' : 'failed', words } : { ...before, key, status: 'failed', words },
        )
      }
      if (signal.aborted) return
      if (asked.kind !== 'between') timer = setTimeout(() => void run(loaded), past ? pastRestMs : everyMs)
      // The last samples of a range that ends about now arrive later.
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
