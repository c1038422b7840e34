import type { Gap } from '../../shared/gaps.ts'
import { metrics } from '../../shared/metrics.ts'
import { grades } from '../../shared/probeGrades.ts'
import { formatNumber, rangeDash, unknownMark, type Written, writeValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { Figure } from '../ui/Figure.tsx'
import { useValue, type Value } from '../ui/listeners.ts'
import { bucketAt, type DrawnSeries, nowOf } from './joinSeries.ts'
import type { LaneDrawing } from './laneDrawing.ts'
import { isReachable, isWhole } from './lanes.ts'
import { writeOnAxis } from './ticks.ts'
import type { TimeWindow } from './timeRange.ts'

interface ReadoutProps {
  readonly drawing: LaneDrawing
  /** null: unknown, or not live. */
  readonly last: number | null
  readonly intervalMs: number
  readonly window: TimeWindow
  readonly cursor: Value<number | null>
  readonly moment: number | null
  /** Lines that fit below the value: that of the compared period, then minimum to maximum. */
  readonly lines: number
  /** No publisher, which differs from an unknown value. */
  readonly absent: boolean
}
/** The newest value; at the window's moment, or at the cursor, that of the chart's point there. */
export function Readout({ drawing, last, intervalMs, window, cursor, moment: past, lines, absent }: ReadoutProps) {
  const { lane, series, gaps, perMinute, bucketMs, axis, other } = drawing
  const pointed = useValue(cursor)
  const moment = pointed ?? (past !== null && past >= window.from && past <= window.to ? past : null)
  if (moment === null && !window.live) return <SpanReadout drawing={drawing} />

  const unit = metrics[lane.metric].unit
  const bucketOf = (of: DrawnSeries, broken: readonly Gap[]) => (moment === null ? null : bucketAt(of, broken, moment, Math.max(bucketMs, 3 * intervalMs)))
  const bucket = bucketOf(series, gaps)
  const pick = (column: readonly number[]) => (bucket === null ? null : (column[bucket] ?? 0) * perMinute)
  const value = moment !== null ? pick(series.mean) : nowOf(lane, series, last, gaps, window.to, perMinute)
  const written = (figure: number | null): Written => {
    if (lane.perMinute && figure !== null) return { number: writeValue(Math.round(figure), 'count').number, unit: t('history.packetsPerMinute') }
    if (isReachable(lane.metric) && figure !== null)
      return { number: t(figure === 1 ? 'history.yes' : figure === 0 ? 'history.no' : 'history.partly'), unit: '' }
    const grade = lane.metric === 'probe.grade' && figure !== null ? grades[grades.length - 1 - figure] : undefined
    if (grade !== undefined) return { number: t(`probes.verdict.${grade}`), unit: '' }
    // A fractional count is a mean and is marked as one.
    if (figure !== null && isWhole(lane.metric) && !Number.isInteger(figure)) return { number: formatNumber(figure, 1), unit: t('history.mean') }
    return writeOnAxis(figure, unit, axis)
  }
  const figure = written(value)
  const nothing = moment === null && absent
  const low = pick(series.min)
  const high = pick(series.max)
  const comparing = other !== null && moment !== null
  const otherBucket = comparing ? bucketOf(other.series, other.gaps) : null
  return (
    <div className="min-w-0">
      <div className="leading-[22px]">
        {nothing ? <span className="text-faint">{unknownMark}</span> : <Figure value={figure} size="middle" />}
        {(nothing || value === null) && axis.unit !== '' && !lane.perMinute && <span className="ml-1.5 text-faint text-sm">{axis.unit}</span>}
      </div>
      {lines > (comparing ? 1 : 0) && low !== null && high !== null && low !== high && !isReachable(lane.metric) && (
        <div className="truncate text-sm text-faint">
          {writeOnAxis(low, unit, axis).number}
          {rangeDash(high)}
          {writeOnAxis(high, unit, axis).number} {axis.unit}
        </div>
      )}
      {comparing && lines > 0 && (
        <div className="truncate text-sm text-faint">
          <DashedMark width={14} /> {otherBucket === null ? unknownMark : writeOnAxis((other.series.mean[otherBucket] ?? 0) * perMinute, unit, axis).number}{' '}
          {lane.perMinute ? '' : axis.unit}
        </div>
      )}
    </div>
  )
}

export function DashedMark({ width }: { readonly width: number }) {
  return (
    <svg width={width} height="8" className="inline" aria-hidden="true">
      <path d={`M0 4h${width}`} stroke="var(--faint)" strokeWidth="1.5" strokeDasharray="3 2" />
    </svg>
  )
}

/** For a fixed range in the past without a cursor. */
function SpanReadout({ drawing: { lane, series, perMinute, axis } }: { readonly drawing: LaneDrawing }) {
  const unit = metrics[lane.metric].unit
  if (series.at.length === 0) return <Figure value={writeValue(null, unit)} />
  const most = Math.max(...series.max) * perMinute
  const low = writeOnAxis(Math.min(...series.min) * perMinute, unit, axis)
  const high = writeOnAxis(most, unit, axis)
  return (
    <div className="truncate text-sm text-muted">
      {low.number === high.number ? '' : `${low.number}${low.unit === high.unit ? '' : ` ${low.unit}`}${rangeDash(most)}`}
      {high.number} {high.unit}
    </div>
  )
}
