import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Timeline } from '../../shared/history.ts'
import { orpc } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { engineNow } from '../ui/now.ts'
import { timelineInputOf, type View } from './timelineView.ts'

/** A wheel that is turned asks for nothing until it rests so long. */
const restMs = 140

/** A value as it was when it last rested. */
export function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value)
  const latest = useRef(value)
  latest.current = value
  useEffect(() => {
    if (Object.is(value, rested)) return
    const timer = setTimeout(() => setRested(latest.current), ms)
    return () => clearTimeout(timer)
  }, [value, rested, ms])
  return rested
}

/** A value that may change all the time, taken at most so often: the first change at once, the last one for sure. */
export function useFollowed<T>(value: T, everyMs: number): T {
  const [followed, setFollowed] = useState(value)
  const takenAt = useRef(Number.NEGATIVE_INFINITY)
  const latest = useRef(value)
  latest.current = value
  useEffect(() => {
    if (Object.is(value, followed)) return
    const timer = setTimeout(
      () => {
        takenAt.current = performance.now()
        setFollowed(latest.current)
      },
      Math.max(0, takenAt.current + everyMs - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [value, followed, everyMs])
  return followed
}

export interface TimelineState {
  /** What is known by now of about this view; of the last one while the next is on its way. */
  readonly timeline: Timeline | null
  readonly failure: string | null
  readonly loading: boolean
}

/** What is not older than this may still come. */
const unsettledMs = 10_000

/** The fleet's timeline around a view `width` pixels wide. Where its end goes on with now (`live`), or has not been yet, it is asked for again. */
export function useTimeline(view: View, width: number, live: boolean): TimelineState {
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
  return { timeline: query.data ?? null, failure: query.isError ? failureWords(query.error) : null, loading: query.isFetching || rested !== key }
}
/** As often as there may be another bucket, between two seconds and half a minute. */
const refetchMs = (span: number, points: number) => Math.min(30_000, Math.max(2000, span / points))
