import { useEffect, useState } from 'react'
import { formatDateTime } from '../../shared/units.ts'
import { goToMoment } from '../app/moment.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { useValue, type Value } from '../ui/listeners.ts'
import { type TimeRange, type TimeWindow, zoomOf } from './timeRange.ts'
import { useDrag } from './useDrag.ts'

interface ChartPointerProps {
  readonly cursor: Value<number | null>
  readonly window: TimeWindow
  readonly left: number
  readonly width: number
  readonly height: number
  readonly moment: number | null
  readonly onRange: (range: TimeRange) => void
  readonly onBack: () => void
}
/** Over all lanes: draws the past moment and a drag's selection, and handles pointer and keys. */
export function ChartPointer({ cursor, window, left, width, height, moment: past, onRange, onBack }: ChartPointerProps) {
  const { from, to } = window
  const [pin, setPin] = useState<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the time window releases the pin
  useEffect(() => setPin(null), [from, to])
  const { selection, pointer } = useDrag({
    onHover: (share) => cursor.set(share === null ? null : Math.round(momentAt(window, share))),
    onSelect: (start, end) => {
      const range = zoomOf(window, start, end)
      if (range) onRange(range)
      return true
    },
    onClick: (share) => setPin(Math.round(momentAt(window, share))),
  })
  /** Arrows move the cursor, plus and minus zoom around it, Enter goes to its moment, Escape removes it. */
  const onKeyDown = (event: React.KeyboardEvent) => {
    const at = cursor.get()
    if (moveByKeys(window, cursor)(event)) return
    if (event.key === '+') {
      const middle = at === null ? 0.5 : (at - from) / (to - from)
      const range = zoomOf(window, middle - 0.25, middle + 0.25)
      if (range) onRange(range)
    } else if (event.key === '-') onBack()
    else if (event.key === 'Enter' && at !== null) goToMoment(at)
    else if (event.key === 'Escape' && (at !== null || pin !== null)) {
      setPin(null)
      cursor.set(null)
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      {pin !== null && (
        <Button
          className="!absolute top-1 z-30 shadow-float"
          style={{ left: left + Math.min(width - 190, Math.max(0, ((pin - from) / (to - from)) * width + 6)) }}
          onClick={() => {
            setPin(null)
            goToMoment(pin)
          }}
        >
          {t('common.goToTime', { time: formatDateTime(pin) })}
        </Button>
      )}
      <CursorSlider
        cursor={cursor}
        window={window}
        className="absolute top-0 z-10 cursor-crosshair touch-none select-none"
        style={{ left, width, height }}
        onKeyDown={onKeyDown}
        {...pointer}
        onDoubleClick={() => {
          setPin(null)
          onBack()
        }}
      >
        {selection !== null && (
          <div
            className="pointer-events-none absolute inset-y-0 bg-accent-soft"
            style={{ left: Math.min(...selection) * width, width: Math.abs(selection[1] - selection[0]) * width }}
          />
        )}
        {past !== null && <LineAt at={past} window={window} className="w-0.5 -translate-x-1/2 bg-past" />}
        <CursorLine cursor={cursor} window={window} />
      </CursorSlider>
    </>
  )
}

/** The chart library's ReferenceLine would cost a millisecond more per frame (docs/adr/0014). */
export function CursorLine({ cursor, window }: { readonly cursor: Value<number | null>; readonly window: TimeWindow }) {
  const moment = useValue(cursor)
  return moment === null ? null : <LineAt at={moment} window={window} className="w-px bg-muted opacity-70" />
}

function LineAt({ at, window: { from, to }, className }: { readonly at: number; readonly window: TimeWindow; readonly className: string }) {
  if (at < from || at > to) return null
  return <div className={`pointer-events-none absolute inset-y-0 ${className}`} style={{ left: `${((at - from) / (to - from)) * 100}%` }} />
}

interface CursorSliderProps extends React.ComponentProps<'div'> {
  readonly cursor: Value<number | null>
  readonly window: TimeWindow
}
/** Announces the cursor to screen readers. Its children do not rerender when it moves. */
export function CursorSlider({ cursor, window, ...rest }: CursorSliderProps) {
  const moment = useValue(cursor)
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t('history.cursor')}
      aria-valuemin={window.from}
      aria-valuemax={window.to}
      aria-valuenow={moment ?? window.to}
      aria-valuetext={moment === null ? t('history.now') : formatDateTime(moment)}
      {...rest}
    />
  )
}

export function momentAt({ from, to }: TimeWindow, share: number): number {
  return from + (to - from) * share
}

/** Arrows move the cursor, with Shift farther. Returns whether they did. */
export function moveByKeys(window: TimeWindow, cursor: Value<number | null>) {
  return (event: React.KeyboardEvent): boolean => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return false
    const step = (window.to - window.from) / (event.shiftKey ? 20 : 200)
    cursor.set(Math.min(window.to, Math.max(window.from, (cursor.get() ?? window.to) + (event.key === 'ArrowLeft' ? -step : step))))
    event.preventDefault()
    event.stopPropagation()
    return true
  }
}
