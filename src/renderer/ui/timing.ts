import { useEffect, useRef, useState } from 'react'

/** Debounces a value: returns it as of the last time it stayed unchanged for `ms`. */
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

/** Throttles a value to one change per `everyMs`: the first change applies at once, and the last one is never lost. */
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

/** True once a condition has held for `patienceMs`, so that brief conditions do not flash a message. */
export function useLasting(condition: boolean, patienceMs: number): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!condition) return
    const timer = setTimeout(() => setLasting(true), patienceMs)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [condition, patienceMs])
  return condition && lasting
}

/** What is typed is asked for once it stayed the same for this long, ms. */
const settledMs = 500
export function useSettled(text: string): string {
  return useRested(text, settledMs)
}
