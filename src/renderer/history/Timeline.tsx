import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { eventLabel } from '../../i18n/eventText.ts'
import type { Timeline as TimelineColumns } from '../../shared/history.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { formatDateTime, formatStretch, formatValue } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { useCanvas } from '../app/useCanvas.ts'
import { language, t, useLanguage } from '../app/words.ts'
import { zoneClock } from '../app/zoneClock.ts'
import { markOfEvent } from '../fleet/eventMarks.ts'
import { Mark } from '../ui/Mark.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { useSize } from '../ui/useSize.ts'
import { worstKind } from './laneMarks.ts'
import { TickLabels } from './TimeAxis.tsx'
import { type TimeTick, timeTicks, valueScale } from './ticks.ts'
import {
  type Bounds,
  downShare,
  type EventCluster,
  eventClusters,
  panView,
  type TimelineShape,
  timelineShape,
  type View,
  viewOfDrag,
  zoomView,
} from './timelineView.ts'
import { useDrag } from './useDrag.ts'

interface TimelineProps {
  readonly view: View
  readonly onView: (view: View) => void
  readonly bounds: Bounds
  readonly moment: number | null
  /** `moving`: the cursor is still being dragged. */
  readonly onMoment: (at: number, moving: boolean) => void
  readonly timeline: TimelineColumns | null
  readonly failure: string | null
  readonly servers: number
  readonly onWidth: (width: number) => void
}

const barsPx = 84
const axisPx = 20
const lanePx = 24
/** A drag this near grabs the cursor's line. */
const graspPx = 6
/** Two polls plus transit: newer data may still arrive. */
const comingMs = 6000

/** The wheel zooms around the pointer, a drag zooms to the selected period, a click or dragging the cursor's line goes to a moment. */
export const Timeline = memo(function Timeline({ view, onView, bounds, moment, onMoment, timeline, failure, servers, onWidth }: TimelineProps) {
  const locale = useLanguage()
  const { zone } = usePreferences()
  const { ref, width } = useSize<HTMLDivElement>()
  useEffect(() => onWidth(width), [width, onWidth])
  const span = view.to - view.from
  const x = (at: number) => ((at - view.from) / span) * width

  const shape = useMemo(
    () => (timeline === null ? { bars: [], unknown: [], most: 0 } : timelineShape(timeline, view, width, bounds.to, comingMs)),
    [timeline, view, width, bounds.to],
  )
  const ticks = useMemo(() => timeTicks(zoneClock(zone), view.from, view.to, Math.max(2, Math.floor(width / 96)), locale), [view, width, zone, locale])
  const top = valueScale(Math.max(4, shape.most), true).top
  const draw = useMemo(
    () => (g: CanvasRenderingContext2D, token: Token) => drawTimeline(g, token, { shape, ticks, view, width, top, servers, now: bounds.to }),
    [shape, ticks, view, width, top, servers, bounds.to],
  )
  const canvas = useCanvas(width, barsPx, draw)

  const move = useWheel(ref, view, bounds, onView)
  const [hover, setHover] = useState<number | null>(null)
  const momentAt = (share: number) => Math.round(view.from + share * span)
  const cursorAt = moment ?? bounds.to
  const cursorX = x(cursorAt)
  const labelX = Math.min(width - 62, Math.max(62, cursorX))
  const isAtCursor = (share: number) => Math.abs(share * width - cursorX) <= graspPx
  const { selection, pointer } = useDrag({
    onHover: setHover,
    onSelect: (start, end) => {
      const next = viewOfDrag(view, start, end, bounds)
      if (next) move(next)
      return next !== null
    },
    onClick: (share) => onMoment(momentAt(share), false),
    grasp: { isAt: isAtCursor, onMove: (share, done) => onMoment(momentAt(share), !done) },
  })
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = span / (event.shiftKey ? 20 : 200)
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') onMoment(cursorAt + (event.key === 'ArrowLeft' ? -step : step), true)
    else if (event.key === 'PageUp' || event.key === 'PageDown') move(panView(view, event.key === 'PageUp' ? -span * 0.9 : span * 0.9, bounds))
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="flex flex-col">
      <div ref={ref} className="relative" style={{ height: barsPx + axisPx }}>
        <canvas ref={canvas} className="absolute inset-x-0 top-0" style={{ width, height: barsPx }} />
        {shape.most > 0 && (
          <span className="pointer-events-none absolute top-0 left-0 rounded-br bg-surface pr-1 text-xs leading-3 text-faint">{formatValue(top, 'count')}</span>
        )}
        {timeline === null && (
          <div className="absolute inset-x-0 top-0 flex items-center justify-center text-muted" style={{ height: barsPx }}>
            {failure === null ? <span className="text-faint">{t('common.loading')}</span> : t('common.notAvailable', { reason: failure })}
          </div>
        )}
        {selection !== null && (
          <div
            className="pointer-events-none absolute top-0 bg-accent-soft"
            style={{ left: Math.min(...selection) * width, width: Math.abs(selection[1] - selection[0]) * width, height: barsPx }}
          />
        )}
        <div
          role="slider"
          tabIndex={0}
          aria-label={t('timeline.cursor')}
          aria-valuemin={view.from}
          aria-valuemax={view.to}
          aria-valuenow={cursorAt}
          aria-valuetext={moment === null ? t('history.now') : formatDateTime(moment)}
          className={`absolute inset-x-0 top-0 touch-none select-none ${hover !== null && isAtCursor(hover) ? 'cursor-ew-resize' : 'cursor-crosshair'}`}
          style={{ height: barsPx }}
          onKeyDown={onKeyDown}
          {...pointer}
        />
        <div className="pointer-events-none absolute inset-x-0 overflow-hidden" style={{ top: barsPx, height: axisPx }}>
          <TickLabels ticks={ticks.filter(({ at }) => moment === null || Math.abs(x(at) - labelX) > 92)} window={view} width={width} />
        </div>
        {cursorX >= -1 && cursorX <= width + 1 && <CursorLine x={cursorX} labelX={labelX} width={width} at={moment} />}
        {hover !== null && <HoverText share={hover} view={view} width={width} timeline={timeline} />}
      </div>
      <EventMarks timeline={timeline} view={view} width={width} onMoment={onMoment} />
      <p className="truncate pt-1 text-faint text-xs">{t('timeline.gestures')}</p>
    </div>
  )
})

/** Events arrive faster than pages render: each continues from the view requested last. Returns a setter, absolute or relative to that. */
function useWheel(ref: React.RefObject<HTMLDivElement | null>, view: View, bounds: Bounds, onView: (view: View) => void) {
  const latest = useRef({ view, bounds, onView })
  latest.current = { ...latest.current, bounds, onView }
  useEffect(() => {
    latest.current.view = view
  }, [view])
  const move = useCallback((to: View | ((now: View) => View)) => {
    const next = typeof to === 'function' ? to(latest.current.view) : to
    latest.current.view = next
    latest.current.onView(next)
  }, [])
  useEffect(() => {
    const element = ref.current
    if (!element) return
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const limits = latest.current.bounds
      const box = element.getBoundingClientRect()
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
      const delta = (sideways && event.deltaX !== 0 ? event.deltaX : event.deltaY) * unit
      move((now) => {
        const length = now.to - now.from
        return sideways
          ? panView(now, (delta / box.width) * length, limits)
          : zoomView(now, Math.exp(Math.max(-400, Math.min(400, delta)) * 0.002), now.from + ((event.clientX - box.left) / box.width) * length, limits)
      })
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [ref, move])
  return move
}

interface EventMarksProps {
  readonly timeline: TimelineColumns | null
  readonly view: View
  readonly width: number
  readonly onMoment: (at: number, moving: boolean) => void
}
/** The list beside the charts has their sentences. */
const EventMarks = memo(function EventMarks({ timeline, view, width, onMoment }: EventMarksProps) {
  useLanguage()
  const clusters = useMemo(() => (timeline === null ? [] : eventClusters(timeline, view, width)), [timeline, view, width])
  return (
    <div className="relative border-line border-t" style={{ height: lanePx }}>
      {clusters.map((cluster) => {
        const kind = worstKind(cluster.kinds)
        return (
          <Tooltip key={`${cluster.from} ${cluster.count}`} side="bottom" content={<ClusterText cluster={cluster} />}>
            <button
              type="button"
              tabIndex={-1}
              onClick={() => onMoment(cluster.from, false)}
              className="absolute top-[5px] flex h-[14px] -translate-x-1/2 items-center"
              style={{ left: Math.min(width - 6, Math.max(6, cluster.x)) }}
            >
              <Mark kind={markOfEvent(kind)} size={9} label={`${cluster.count}`} />
            </button>
          </Tooltip>
        )
      })}
      {timeline !== null && clusters.length === 0 && <span className="absolute top-1 left-0 text-sm text-faint">{t('history.nothingHappened')}</span>}
    </div>
  )
})

/** Only for a mark under the pointer: formatting the period takes longer than drawing the mark. */
function ClusterText({ cluster: { from, to, kinds } }: { readonly cluster: EventCluster }) {
  return (
    <div>
      <div className="text-faint">{formatStretch(from, to)}</div>
      <ul>
        {kinds.map(([name, count]) => (
          <li key={name}>
            <Mark kind={markOfEvent(name)} size={10} /> {count} × {eventLabel(name, language)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const CursorLine = ({ x, labelX, width, at }: { readonly x: number; readonly labelX: number; readonly width: number; readonly at: number | null }) => (
  <>
    <div
      className={`pointer-events-none absolute top-0 w-0.5 -translate-x-1/2 ${at === null ? 'bg-line-strong' : 'bg-past'}`}
      style={{ left: Math.min(width - 1, Math.max(1, x)), height: barsPx }}
    />
    {at !== null && (
      <span
        className="pointer-events-none absolute top-[85px] -translate-x-1/2 whitespace-nowrap rounded bg-past px-1.5 text-xs font-semibold text-on-accent"
        style={{ left: labelX }}
      >
        {formatDateTime(at)}
      </span>
    )}
  </>
)

interface HoverWordsProps {
  readonly share: number
  readonly view: View
  readonly width: number
  readonly timeline: TimelineColumns | null
}
function HoverText({ share, view, width, timeline }: HoverWordsProps) {
  const at = view.from + share * (view.to - view.from)
  const index = timeline === null ? -1 : Math.floor((at - (timeline.at[0] ?? 0)) / timeline.widthMs)
  const troubled = timeline?.troubled[index] ?? null
  const down = timeline?.down[index] ?? null
  const trouble = [troubled === null ? null : t('timeline.troubled', { count: troubled }), down === null ? null : t('timeline.down', { count: down })].filter(
    (part) => part !== null,
  )
  const words = index < 0 || timeline === null || index >= timeline.at.length ? null : trouble.length === 0 ? t('common.noData') : trouble.join(' · ')
  return (
    <>
      <div className="pointer-events-none absolute top-0 w-px bg-muted opacity-60" style={{ left: share * width, height: barsPx }} />
      <span
        className="pointer-events-none absolute top-0 z-10 whitespace-nowrap rounded bg-raised px-1.5 text-sm shadow-float"
        style={share < 0.5 ? { left: share * width + 8 } : { right: width - share * width + 8 }}
      >
        <span className="text-muted">{formatDateTime(at)}</span> {words}
      </span>
    </>
  )
}

export function bucketOf(timeline: TimelineColumns): number {
  return Math.max(timeline.widthMs, tierStepMs[timeline.tier])
}

type Token = (name: string) => string
interface Painting {
  readonly shape: TimelineShape
  readonly ticks: readonly TimeTick[]
  readonly view: View
  readonly width: number
  readonly top: number
  readonly servers: number
  /** The future is beyond it. */
  readonly now: number
}
/** A single trouble beside hundreds stays visible. */
const leastPx = 3

/** A thousand bars are combined into three paths. */
function drawTimeline(g: CanvasRenderingContext2D, token: Token, { shape, ticks, view, width, top, servers, now }: Painting): void {
  const height = barsPx
  const x = (at: number) => ((at - view.from) / (view.to - view.from)) * width
  g.clearRect(0, 0, width, height)
  g.fillStyle = token('line')
  for (const { at, dayStart } of ticks) g.fillRect(Math.round(x(at)), dayStart ? 0 : height - 4, 1, height)
  for (const [from, to] of shape.unknown) {
    g.save()
    g.beginPath()
    g.rect(from, 0, to - from, height)
    g.clip()
    g.strokeStyle = token('unknown')
    g.globalAlpha = 0.38
    g.lineWidth = 1
    g.beginPath()
    const first = Math.floor(from / 6) * 6
    for (let line = first - height; line < to; line += 6) {
      g.moveTo(line, height)
      g.lineTo(line + height, 0)
    }
    g.stroke()
    g.restore()
  }
  const known = new Path2D()
  const troubled = new Path2D()
  const down = new Path2D()
  const room = height - 6
  for (const bar of shape.bars) {
    const left = Math.max(-1, bar.x)
    const right = Math.min(width + 1, bar.x + bar.width)
    const wide = Math.max(1, right - left - (bar.width >= 3 ? 1 : 0))
    known.rect(left, height - 1, right - left, 1)
    let y = height
    if (bar.down > 0) {
      const tall = downShare(bar.down, servers) * room
      down.rect(left, y - tall, Math.max(leastPx, wide), tall)
      y -= tall
    }
    if (bar.troubled > 0) {
      const tall = Math.min(y, Math.max(leastPx, (bar.troubled / top) * room))
      troubled.rect(left, y - tall, wide, tall)
    }
  }
  g.fillStyle = token('line-strong')
  g.fill(known)
  g.fillStyle = token('major')
  g.fill(troubled)
  g.fillStyle = token('critical')
  g.fill(down)
  if (x(now) < width) {
    g.fillStyle = token('surface')
    g.fillRect(x(now), 0, width - x(now), height)
    g.fillStyle = token('line-strong')
    g.fillRect(Math.round(x(now)), 0, 1, height)
  }
}
