import { ComposedChart, XAxis } from 'recharts'
import { formatDateTime, type TimeZoneChoice } from '../../shared/units.ts'
import { shiftDays, zoneClock } from '../app/zoneClock.ts'
import { useValue, type Value } from '../ui/listeners.ts'
import { timeTicks } from './ticks.ts'
import type { TimeWindow } from './timeRange.ts'

export const timeAxisPx = 22
const margin = { top: 0, right: 0, bottom: 0, left: 0 }

interface TimeAxisProps {
  readonly cursor: Value<number | null>
  readonly window: TimeWindow
  readonly width: number
  readonly zone: TimeZoneChoice
  readonly locale: string
  /** How many days earlier the compared period is; 0: no comparison. */
  readonly days: number
}
/** Time axis of all lanes, with the time at the cursor. */
export function TimeAxis({ cursor, window, width, zone, locale, days }: TimeAxisProps) {
  const ticks = timeTicks(zoneClock(zone), window.from, window.to, Math.max(2, Math.floor(width / 90)), locale)
  const labels = new Map(ticks.map(({ at, label }) => [at, label]))
  return (
    <div className="relative" style={{ height: timeAxisPx, width }}>
      <ComposedChart width={width} height={timeAxisPx} margin={margin} accessibilityLayer={false} style={{ pointerEvents: 'none' }}>
        <XAxis
          dataKey="at"
          type="number"
          niceTicks="none"
          domain={[window.from, window.to]}
          allowDataOverflow
          height={timeAxisPx - 1}
          ticks={ticks.map(({ at }) => at)}
          interval={0}
          axisLine={false}
          tickLine={false}
          tick={({ x, y, payload }: TickPlace) => <TimeLabel x={Number(x)} y={Number(y)} label={labels.get(payload.value) ?? ''} width={width} />}
        />
      </ComposedChart>
      <CursorTime cursor={cursor} window={window} width={width} zone={zone} days={days} />
    </div>
  )
}

interface TickPlace {
  readonly x: number | string
  readonly y: number | string
  readonly payload: { readonly value: number }
}
/** A label that is not cut off at the ends of the axis. */
function TimeLabel({ x, y, label, width }: { readonly x: number; readonly y: number; readonly label: string; readonly width: number }) {
  const half = Math.max(18, label.length * 3.6)
  return (
    <text x={Math.min(width - half, Math.max(half, x))} y={y + 6} fill="var(--faint)" fontSize={11} textAnchor="middle">
      {label}
    </text>
  )
}

interface CursorTimeProps {
  readonly cursor: Value<number | null>
  readonly window: TimeWindow
  readonly width: number
  readonly zone: TimeZoneChoice
  readonly days: number
}
function CursorTime({ cursor, window, width, zone, days }: CursorTimeProps) {
  const moment = useValue(cursor)
  if (moment === null) return null
  const x = ((moment - window.from) / (window.to - window.from)) * width
  const half = days === 0 ? 66 : 140
  return (
    <span
      className="pointer-events-none absolute top-0.5 z-10 -translate-x-1/2 whitespace-nowrap rounded bg-raised px-1.5 text-sm text-text shadow-float"
      style={{ left: Math.min(width - half, Math.max(half, x)) }}
    >
      {formatDateTime(moment, zone)}
      {days !== 0 && <span className="text-faint"> ┄ {formatDateTime(shiftDays(zoneClock(zone), moment, -days), zone)}</span>}
    </span>
  )
}
