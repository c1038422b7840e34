import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNavigationType } from 'react-router'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { useAddressParams } from '../app/usePageParams.ts'
import { engineNow } from '../ui/now.ts'
import { useRested } from '../ui/timing.ts'
import { type Bounds, longestViewMs, rangeOfView, timelineInputOf, usualSpanMs, type View, viewAround, viewWith } from './timelineView.ts'
import { readTimeRange, windowOf, writeTimeRange } from './timeRange.ts'

/** Browsers limit how often an address may change, so it follows a view at rest. */
const addressRestMs = 350

interface Shown {
  readonly view: View
  /** Its end moves with now. */
  readonly live: boolean
  readonly usual?: boolean
  /** On this page, not by following the moment or from an address. */
  readonly chosen?: boolean
}
/** All data if `whole`, else the last day, or the day around a moment. */
function usualShown(moment: number | null, bounds: Bounds, whole: boolean): Shown {
  if (whole) return { view: { from: Math.max(bounds.from, bounds.to - longestViewMs), to: bounds.to }, live: false, usual: true }
  return moment === null
    ? { view: { from: bounds.to - usualSpanMs, to: bounds.to }, live: true, usual: true }
    : { view: viewAround(moment, usualSpanMs, bounds), live: false, usual: true }
}
function readShown(params: URLSearchParams, moment: number | null, bounds: Bounds, whole: boolean): Shown {
  const range = readTimeRange(params)
  if (range === null) return usualShown(moment, bounds, whole)
  // A live range is relative to a past moment: the view is centred around it.
  if (range.kind === 'last' && moment !== null) {
    const { from, to } = windowOf(range, bounds.to)
    return { view: viewAround(moment, to - from, bounds), live: false }
  }
  const { from, to } = windowOf(range, bounds.to)
  return { view: { from, to }, live: range.kind !== 'between' }
}
const textOf = (params: URLSearchParams) => ['range', 'from', 'to'].map((name) => params.get(name) ?? '').join()

/** Written to the address at rest, with a history entry after a default or followed view. Addresses take precedence; follows the moment. */
export function useTimelineView(moment: number | null, bounds: Bounds, whole: boolean) {
  const [params, setParams] = useAddressParams()
  const text = textOf(params)
  const [shown, setShown] = useState<Shown>(() => readShown(params, moment, bounds, whole))
  const known = useRef(text)
  const navigation = useNavigationType()
  const latest = useRef({ bounds, params, moment, navigation, whole })
  latest.current = { bounds, params, moment, navigation, whole }

  useEffect(() => {
    if (text === known.current) return
    known.current = text
    setShown(readShown(latest.current.params, latest.current.moment, latest.current.bounds, latest.current.whole))
  }, [text])
  useEffect(() => {
    if (whole) setShown((last) => (last.usual ? usualShown(latest.current.moment, latest.current.bounds, whole) : last))
  }, [whole])

  const live = shown.live && moment === null
  const length = shown.view.to - shown.view.from
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves with now only while the view is live
  const view = useMemo(() => (live ? { from: bounds.to - length, to: bounds.to } : shown.view), [live, live ? bounds.to : 0, length, shown.view])

  const before = useRef(moment)
  useEffect(() => {
    const was = before.current
    before.current = moment
    if (moment === null) {
      if (was === null) return
      // The browser's Back restores the view shown then; returning to now must show now.
      const timer = setTimeout(() => {
        if (latest.current.navigation === 'POP') return
        setShown(({ view: { from, to } }) => {
          const end = latest.current.bounds.to
          return { view: { from: end - (to - from), to: end }, live: true }
        })
      })
      return () => clearTimeout(timer)
    }
    setShown((last) => {
      const { bounds: limits } = latest.current
      const span = last.view.to - last.view.from
      const seen = last.live ? { from: limits.to - span, to: limits.to } : last.view
      const next = viewWith(seen, moment, limits)
      return !last.live && next === last.view ? last : { view: next, live: false }
    })
  }, [moment])

  const rested = useRested(shown, addressRestMs)
  const written = useRef(rested)
  useEffect(() => {
    if (written.current === rested) return
    written.current = rested
    if (rested.usual) return
    const range = rangeOfView(rested.view, rested.live)
    const isZoom = rested.chosen === true && range.kind === 'between' && readTimeRange(latest.current.params)?.kind !== 'between'
    setParams(
      (old) => {
        const next = writeTimeRange(old, range)
        known.current = textOf(next)
        return next
      },
      { replace: !isZoom, preventScrollReset: true },
    )
  }, [rested, setParams])

  const setView = useCallback((next: View, nextLive = false) => setShown({ view: next, live: nextLive, chosen: true }), [])
  return {
    view,
    live,
    setView,
    range: rangeOfView(rested.view, rested.live && moment === null),
  }
}

const restMs = 140

const unsettledMs = 10_000

/** Around a view `width` pixels wide. Refetched if its end is live or in the future. */
export function useTimeline(view: View, width: number, live: boolean) {
  const input = timelineInputOf(view, width)
  const key = JSON.stringify(input)
  const rested = useRested(key, restMs)
  const grows = live || input.to > engineNow() - unsettledMs
  const query = useQuery({
    ...orpc.history.timeline.queryOptions({ input: JSON.parse(rested) as typeof input }),
    enabled: width > 0,
    placeholderData: keepPreviousData,
    staleTime: grows ? 2000 : 60_000,
    refetchInterval: grows ? refetchMs(input.to - input.from, input.points ?? 1000) : false,
    retry: false,
  })
  return {
    timeline: query.data ?? null,
    failure: query.isError ? failureText(query.error) : null,
    loading: query.isFetching || rested !== key,
  }
}
/** One bucket, between two seconds and half a minute. */
const refetchMs = (span: number, points: number) => Math.min(30_000, Math.max(2000, span / points))
