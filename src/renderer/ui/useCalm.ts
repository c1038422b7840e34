import { useEffect, useRef, useState } from 'react'

/** A pointer that rests so long is forgotten: who reads a list leaves it there for a while; on a wall it may lie there for hours. */
const restMs = 120_000

/**
 * Keeps a value as it is while the pointer is being used over it, so that nothing jumps from under the hand.
 * Spread `hold` on the element; `waiting` says that there is something newer. What was held under another `occasion` is
 * dropped: it is of another moment, or of another thing.
 */
export function useCalm<T>(latest: T, occasion = '') {
  const [kept, setHeld] = useState<{ readonly value: T; readonly occasion: string } | null>(null)
  const held = kept?.occasion === occasion ? kept : null
  const current = useRef(latest)
  current.current = latest
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const release = () => {
    clearTimeout(timer.current)
    setHeld(null)
  }
  const hold = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(release, restMs)
    setHeld((before) => (before?.occasion === occasion ? before : { value: current.current, occasion }))
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    value: held === null ? latest : held.value,
    waiting: held !== null && held.value !== latest,
    release,
    hold: { onPointerEnter: hold, onPointerMove: hold, onPointerLeave: release },
  }
}
