import type { ServerTotals } from '../../shared/servers.ts'
import { historyLength } from './bitrateRings.ts'

/** Fleet-wide sums with a sparkline. */
export const sumIds = ['in', 'out', 'readers'] as const
export type SumId = (typeof sumIds)[number]
/** Time between sums, ms: several ticks of the same poll count as one. */
const sumsSpacingMs = 1900

/** Stores the last values of each sum, oldest first, NaN where unknown. */
export function createSumLines() {
  const lines: Record<SumId, readonly number[]> = { in: [], out: [], readers: [] }
  let newest = Number.NEGATIVE_INFINITY
  const append = (which: SumId, value: number | null) => {
    lines[which] = [...lines[which], value ?? Number.NaN].slice(-historyLength)
  }
  return {
    read: (which: SumId) => lines[which],
    add: (at: number, totals: ServerTotals) => {
      if (at - newest < sumsSpacingMs) return
      newest = at
      append('in', totals.bitrateInBps)
      append('out', totals.bitrateOutBps)
      append('readers', totals.readers)
    },
  }
}
