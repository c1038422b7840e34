import type { ServerTotals } from '../../shared/servers.ts'
import { historyLength } from './bitrateRings.ts'

/** Sums of the fleet over time. */
export const sumIds = ['in', 'out', 'readers'] as const
export type SumId = (typeof sumIds)[number]
/** Sums are about so far apart; ticks of the same poll are no new ones. */
export const sumsStepMs = 2000
const sumsSpacingMs = sumsStepMs - 100

/** The last sums, oldest first, NaN where unknown. */
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
    /** Puts a line of history before them; it ends with the first sum that was added. */
    prepend: (which: SumId, line: Float64Array) => {
      lines[which] = [...line.subarray(0, -1), ...lines[which]].slice(-historyLength)
    },
  }
}
