import { useRef, useState } from 'react'

/** A pointer may move so far during a click. */
const slipPx = 4

interface DragOptions {
  /** Share of the width; null: the pointer left. */
  readonly onHover: (share: number | null) => void
  /** Between two shares of the width. False: too short, so that it is a click. */
  readonly onSelect: (from: number, to: number) => boolean
  readonly onClick: (share: number) => void
  /** Moves an item under the pointer instead; `done`: it was released. */
  readonly grasp?: { readonly isAt: (share: number, width: number) => boolean; readonly onMove: (share: number, done: boolean) => void }
}
type PointerEvent = React.PointerEvent<HTMLElement>

/** Hovering, clicking, and dragging over a time axis to select or move. */
export function useDrag({ onHover, onSelect, onClick, grasp }: DragOptions) {
  const drag = useRef<{ readonly start: number; readonly grasped: boolean; moved: boolean } | null>(null)
  const [selection, setSelection] = useState<readonly [number, number] | null>(null)
  const placeOf = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    return { share: Math.min(1, Math.max(0, (clientX - left) / width)), width }
  }
  const end = () => {
    drag.current = null
    setSelection(null)
  }
  return {
    selection,
    pointer: {
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        const { share, width } = placeOf(event)
        drag.current = { start: share, grasped: grasp?.isAt(share, width) ?? false, moved: false }
      },
      onPointerMove: (event: PointerEvent) => {
        const { share, width } = placeOf(event)
        onHover(share)
        const now = drag.current
        if (now === null) return
        if (Math.abs(share - now.start) * width > slipPx) now.moved = true
        if (!now.moved) return
        if (now.grasped) grasp?.onMove(share, false)
        else setSelection([now.start, share])
      },
      onPointerUp: (event: PointerEvent) => {
        const now = drag.current
        end()
        if (now === null) return
        const { share } = placeOf(event)
        if (now.grasped) {
          if (now.moved) grasp?.onMove(share, true)
        } else if (!now.moved || !onSelect(now.start, share)) onClick(share)
      },
      onPointerCancel: end,
      onPointerLeave: () => drag.current === null && onHover(null),
    },
  }
}
