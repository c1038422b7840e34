import { useCallback, useMemo, useRef } from 'react'
import { useSearchParams } from 'react-router'
import { defaultRange, readTimeRange, type TimeRange, writeTimeRange } from './timeRange.ts'

/** The stretch of time that stands in the address. `back` undoes zooms, one a call, and ends at the last live one. */
export const useTimeRange = () => {
  const [params, setParams] = useSearchParams()
  const range = useMemo(() => readTimeRange(params), [params])
  const before = useRef<TimeRange[]>([])
  const setRange = useCallback(
    (next: TimeRange) => {
      if (next.kind === 'between') before.current.push(range)
      else before.current = []
      setParams((old) => writeTimeRange(old, next))
    },
    [setParams, range],
  )
  const back = useCallback(() => {
    const last = before.current.pop() ?? (range.kind === 'last' ? null : defaultRange)
    if (last !== null) setParams((old) => writeTimeRange(old, last))
  }, [setParams, range])
  return { range, setRange, back }
}
