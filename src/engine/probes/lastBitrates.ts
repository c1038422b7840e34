import { stabilityOf } from '../../shared/probeGrades.ts'
import type { Probe } from '../../shared/probes.ts'

/** Number of readings that are compared, the newest. */
const most = 20

/** The bit rates of the last readings, and how much they vary. */
export function createLastBitrates() {
  const rates: number[] = []
  return {
    add: (bitsPerSecond: number | null): void => {
      if (bitsPerSecond === null) return
      rates.push(bitsPerSecond)
      if (rates.length > most) rates.shift()
    },
    /** Call when the next reading may be of another stream. */
    clear: (): void => void rates.splice(0),
    /** null: fewer than two. */
    sum: (): Probe['bitrate'] => {
      if (rates.length < 2) return null
      const meanBps = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
      const spread = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - meanBps) ** 2, 0) / rates.length)
      const variation = meanBps === 0 ? 0 : spread / meanBps
      return { meanBps, variation, stability: stabilityOf(variation) }
    },
  }
}
export type LastBitrates = ReturnType<typeof createLastBitrates>
