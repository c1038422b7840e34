import { useEffect, useRef, useState } from 'react'

/** Minimum time between reads of past figures, ms, because a cursor may move faster than they can be read. */
const restMs = 600
/** A moment that rests long enough to be read. null: now. */
export function useCalmMoment(moment: number | null): number | null {
  const [kept, setKept] = useState(moment)
  const changedAt = useRef(0)
  useEffect(() => {
    if (moment === kept) return
    const timer = setTimeout(
      () => {
        changedAt.current = performance.now()
        setKept(moment)
      },
      kept === null || moment === null ? 0 : Math.max(0, changedAt.current + restMs - performance.now()),
    )
    return () => clearTimeout(timer)
  }, [moment, kept])
  return moment === null ? null : (kept ?? moment)
}
