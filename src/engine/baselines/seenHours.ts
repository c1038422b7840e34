import type { SeriesColumns } from '../../shared/history.ts'
import type { Span } from '../../shared/maintenance.ts'
import { streamStateCodes } from '../../shared/streams.ts'
import type { HourSeen } from './learnBaseline.ts'
import { type ClockHour, hourMs, quarterMs } from './weekHours.ts'

/** Something that lasts still has no end. */
export interface OpenSpan {
  readonly from: number
  readonly to: number | null
}

export interface SeenIn {
  readonly hours: readonly ClockHour[]
  /** The figure and the state of the stream, in quarter hours. */
  readonly figure: SeriesColumns
  readonly state: SeriesColumns
  /** When it had alarms, and when work was planned on it: of that nothing is known at all. */
  readonly troubled: readonly OpenSpan[]
  readonly maintained: readonly Span[]
}

/** Which hours lie in one of these, at least in part: of many plans there may be thousands. */
function hoursIn(hours: readonly ClockHour[], spans: readonly OpenSpan[]): Uint8Array {
  const isIn = new Uint8Array(hours.length)
  for (const { from, to } of spans) {
    let [first, end] = [0, hours.length]
    while (first < end) {
      const middle = (first + end) >> 1
      if ((hours[middle] as ClockHour).at + hourMs > from) end = middle
      else first = middle + 1
    }
    for (let index = first; index < hours.length && (to === null || (hours[index] as ClockHour).at < to); index++) isIn[index] = 1
  }
  return isIn
}

/** Hours in which a stream was on air, and nothing is missing: four quarter hours without a gap. */
export function seenHours({ hours, figure, state, troubled, maintained }: SeenIn): readonly HourSeen[] {
  const means = new Map(figure.at.map((at, index) => [Math.floor(at / quarterMs), figure.mean[index] as number]))
  for (const [from, to] of figure.gaps) for (let quarter = Math.floor(from / quarterMs); quarter * quarterMs < to; quarter++) means.delete(quarter)
  for (const [index, at] of state.at.entries())
    if (state.min[index] !== streamStateCodes.live || state.max[index] !== streamStateCodes.live) means.delete(Math.floor(at / quarterMs))
  const [isTroubled, isMaintained] = [hoursIn(hours, troubled), hoursIn(hours, maintained)]
  return hours.flatMap(({ at, place }, index) => {
    const first = Math.floor(at / quarterMs)
    const quarters = [first, first + 1, first + 2, first + 3].flatMap((quarter) => means.get(quarter) ?? [])
    if (quarters.length < 4 || isMaintained[index] === 1) return []
    const mean = quarters.reduce((sum, value) => sum + value, 0) / quarters.length
    return [{ at, place, low: Math.min(...quarters), high: Math.max(...quarters), mean, isTroubled: isTroubled[index] === 1 }]
  })
}
