import { missingIntervals } from '../codec/codec.ts'
import type { TailColumns } from '../protocol/protocol.ts'
import type { SampleColumn } from './reduceSeries.ts'
import type { ColumnSink } from './sampleFeed.ts'

/** Collects raw samples; null where the line must break. */
export function createTailColumn(since: number): ColumnSink & TailColumns {
  const at: number[] = []
  const values: (number | null)[] = []
  const put = (moment: number, value: number | null): void => {
    if (moment <= since) return
    // A gap of zero length is ignored.
    if (at.at(-1) === moment && values.at(-1) === null) {
      values[values.length - 1] = value
      return
    }
    at.push(moment)
    values.push(value)
  }
  return {
    at,
    values,
    addColumn: ({ times, wholes, length, scale, usualMs, presence, gaps }: SampleColumn) => {
      let nextGap = 0
      const gapsUntil = (round: number): void => {
        for (let gap = gaps[nextGap]; gap && gap[0] <= round; gap = gaps[++nextGap]) put(gap[1], null)
      }
      for (let round = 0; round < length; round++) {
        gapsUntil(round)
        if (presence !== null && presence[round] === 0) continue
        const moment = times[round] as number
        const whole = wholes[round] as number
        const last = at.at(-1)
        if (last !== undefined && moment - last > missingIntervals * usualMs && values.at(-1) !== null) put(last + usualMs, null)
        put(moment, Number.isNaN(whole) ? null : whole / scale)
      }
      gapsUntil(Number.POSITIVE_INFINITY)
    },
  }
}
