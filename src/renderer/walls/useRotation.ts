import { useEffect, useRef } from 'react'

/** Calls `onTurn` after so many s at one `place`; null: it does not turn. */
export function useRotation(seconds: number | null, place: string, onTurn: () => void): void {
  const latest = useRef(onTurn)
  latest.current = onTurn
  // biome-ignore lint/correctness/useExhaustiveDependencies: at another place the time begins anew
  useEffect(() => {
    if (seconds === null) return
    const timer = setInterval(() => latest.current(), seconds * 1000)
    return () => clearInterval(timer)
  }, [seconds, place])
}
