import { useState } from 'react'
import { foldedPx, readoutPx } from './LaneRow.tsx'
import { laneHeights } from './laneHeights.ts'
import { laneKey } from './lanes.ts'
import type { ShownLane } from './useStack.ts'

interface FoldedLanes {
  readonly isFolded: (lane: ShownLane) => boolean
  /** Folds a lane, or unfolds it. */
  readonly fold: (lane: ShownLane) => void
  /** Height of each lane: folded ones only show their name, the others share the rest. */
  readonly heights: readonly number[]
}
/** Lanes of a stack that the operator has folded, and how `px` are shared among them. */
export function useFoldedLanes(lanes: readonly ShownLane[], px: number): FoldedLanes {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const isFolded = ({ lane }: ShownLane) => folded.has(laneKey(lane))
  const open = lanes.filter((one) => !isFolded(one))
  const shares = laneHeights(
    open.map(({ lane }) => lane.weight),
    Math.max(px - (lanes.length - open.length) * foldedPx, 0),
    readoutPx,
  )
  return {
    isFolded,
    fold: ({ lane }) => {
      const key = laneKey(lane)
      setFolded((before) => (before.has(key) ? new Set([...before].filter((other) => other !== key)) : new Set([...before, key])))
    },
    heights: lanes.map((one) => shares[open.indexOf(one)] ?? foldedPx),
  }
}
