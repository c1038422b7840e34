import { formatDateTime } from '../../shared/units.ts'
import { zone } from '../app/preferences.ts'
import { language } from '../app/words.ts'
import { shiftDays, zoneClock } from '../app/zoneClock.ts'
import { useValue, type Value } from '../ui/listeners.ts'
import { type TimeTick, timeTicks } from './ticks.ts'
import type { TimeWindow } from './timeRange.ts'

export const timeAxisPx = 22

interface TimeAxisProps {
  readonly cursor: Value<number | null>
  readonly window: TimeWindow
  readonly width: number
  /** The compared period is so many days earlier; 0: no comparison. */
  readonly days: number
}
export function TimeAxis({ cursor, window, width, days }: TimeAxisProps) {
  const ticks = timeTicks(zoneClock(zone), window.from, window.to, Math.max(2, Math.floor(width / 90)), language)
  return (
    <div className="relative" style={{ height: timeAxisPx, width }}>
      <TickLabels ticks={ticks} window={window} width={width} />
      <CursorTime cursor={cursor} window={window} width={width} days={days} />
    </div>
  )
}

interface TickLabelsProps {
  readonly ticks: readonly TimeTick[]
  readonly window: Pick<TimeWindow, 'from' | 'to'>
  readonly width: number
}
export function TickLabels({ ticks, window: { from, to }, width }: TickLabelsProps) {
  return ticks.map(({ at, label, dayStart }) => {
    const half = Math.max(18, label.length * 3.6)
    const x = ((at - from) / (to - from)) * width
    return (
      <span
        key={at}
        className={`pointer-events-none absolute top-0.5 -translate-x-1/2 whitespace-nowrap text-xs ${dayStart ? 'font-medium text-muted' : 'text-faint'}`}
        style={{ left: Math.min(width - half, Math.max(half, x)) }}
      >
        {label}
      </span>
    )
  })
}

function CursorTime({ cursor, window, width, days }: TimeAxisProps) {
  const moment = useValue(cursor)
  if (moment === null) return null
  const x = ((moment - window.from) / (window.to - window.from)) * width
  const half = days === 0 ? 66 : 140
  return (
    <span
      className="pointer-events-none absolute top-0.5 z-10 -translate-x-1/2 whitespace-nowrap rounded bg-raised px-1.5 text-sm text-text shadow-float"
      style={{ left: Math.min(width - half, Math.max(half, x)) }}
    >
      {formatDateTime(moment)}
      {days !== 0 && <span className="text-faint"> ┄ {formatDateTime(shiftDays(zoneClock(zone), moment, -days))}</span>}
    </span>
  )
}
