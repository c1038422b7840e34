import { useEffect, useState } from 'react'

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
