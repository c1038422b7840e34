import { useRef, useState } from 'react'

/**
 * Keeps a value as it is while the pointer is over it or the focus is in it, so that nothing jumps from under
 * the hand. Spread `hold` on the element; `waiting` says that there is something newer.
 */
export const useCalm = <T>(latest: T) => {
  const [held, setHeld] = useState<{ readonly value: T } | null>(null)
  const current = useRef(latest)
  current.current = latest
  const release = () => setHeld(null)
  return {
    value: held === null ? latest : held.value,
    waiting: held !== null && held.value !== latest,
    release,
    hold: {
      onPointerEnter: () => setHeld({ value: current.current }),
      onPointerLeave: release,
    },
  }
}
