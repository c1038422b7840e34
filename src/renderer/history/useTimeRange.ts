import { useCallback, useMemo } from 'react'
import { useLocation, useNavigate } from 'react-router'
import type { Subject } from '../../shared/subjectNames.ts'
import { useAddressParams } from '../app/usePageParams.ts'
import { readTimeRange, type TimeRange, usualRange, writeTimeRange } from './timeRange.ts'

/** The range in the address. Each is an entry in the router's history: Back and `onBack` leave a zoom first; `onBack` ends at a live range. */
export function useTimeRange(of: Subject) {
  const key = JSON.stringify(of)
  const subject = useMemo(() => JSON.parse(key) as Subject, [key])
  const subjects = useMemo(() => [subject], [subject])
  const [params, setParams] = useAddressParams()
  const chosen = useMemo(() => readTimeRange(params), [params])
  const navigate = useNavigate()
  const isZoom = (useLocation().state as EntryState | null)?.zoomed === true
  const onRange = useCallback(
    (next: TimeRange) => setParams((old) => writeTimeRange(old, next), { state: { zoomed: next.kind === 'between' } satisfies EntryState }),
    [setParams],
  )
  const onBack = useCallback(() => {
    if (isZoom) void navigate(-1)
    // A link opened directly has nothing to go back to.
    else if (chosen !== null && chosen.kind !== 'last') setParams((old) => writeTimeRange(old, null))
  }, [navigate, setParams, isZoom, chosen])
  return { subject, subjects, range: chosen ?? usualRange, onRange, onBack }
}

/** Of a router history entry: it was zoomed to from the entry before. */
interface EntryState {
  readonly zoomed: boolean
}
