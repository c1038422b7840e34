import { useCallback, useMemo, useState } from 'react'
import { figuresIn, metricLabel } from '../../i18n/metricText.ts'
import { baselineText } from '../../i18n/reasonText.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { formatNumber, formatSpan, formatStretch, formatTime } from '../../shared/units.ts'
import { language, t, useLanguage } from '../app/words.ts'
import type { DrawnLimits, FigureChartProps, FigureMark } from '../fleet/figureChart.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { createValue } from '../ui/listeners.ts'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useSize } from '../ui/useSize.ts'
import { BaselineMark } from './baseline.tsx'
import { CursorLine, CursorSlider, momentAt, moveByKeys } from './ChartPointer.tsx'
import { airPx, axisPx, LaneChart } from './LaneChart.tsx'
import { drawLane, type LaneDrawing } from './laneDrawing.ts'
import { figureLane } from './lanes.ts'
import { type LimitLine, valueOfLine } from './limitLines.ts'
import { Readout } from './Readout.tsx'
import { TimeAxis } from './TimeAxis.tsx'
import type { TimeRange, TimeWindow } from './timeRange.ts'
import { type ShownLane, type Stack, useStack } from './useStack.ts'

/** A figure with the limits that judge it, and with the moments that matter. */
export function FigureChart({
  subject,
  metric,
  name,
  period,
  limits,
  learnedBy = null,
  marks = [],
  height,
  intervalMs,
}: FigureChartProps & { readonly intervalMs: number }) {
  const { ref, width } = useSize<HTMLElement>()
  const [cursor] = useState(() => createValue<number | null>(null))
  const engineGone = useEngineGone()
  const plotPx = Math.max(0, width - axisPx)
  const lanes = useMemo(() => [figureLane(metric)], [metric])
  const key = JSON.stringify(subject)
  const subjects = useMemo(() => [JSON.parse(key) as typeof subject], [key])
  const stack = useStack({ lanes, subjects, range: rangeOf(period), intervalMs, plotPx, learnedBy })
  const { state, window } = stack
  const lane = stack.lanes[0] ?? null
  const drawing = useDrawing(stack, lane, limits)
  const label = metricLabel(metric, language)
  const textOfLine = useLineText()
  const time = { cursor, window, width: plotPx }
  const named = { ref, 'aria-label': `${label}: ${name}`, className: 'flex flex-col' }
  if (state.status === 'ready' && drawing !== null && drawing.points.every(({ mean }) => mean === null))
    return (
      <figure {...named}>
        <p className="text-muted text-sm">
          {label} · {t('figure.unknown', { span: formatStretch(window.from, window.to) })}
        </p>
      </figure>
    )
  return (
    <figure {...named}>
      <div className="flex min-h-[22px] items-baseline gap-2">
        <span className="min-w-0 truncate text-muted text-sm">{label}</span>
        {lane && drawing && (
          <Readout
            drawing={drawing}
            last={lane.last}
            intervalMs={intervalMs}
            window={window}
            cursor={cursor}
            moment={stack.moment}
            lines={0}
            absent={stack.absentNow || drawing.absentNow}
          />
        )}
        {stack.tier !== 'samples' && (
          <span className="ml-auto flex-none text-faint text-sm">{t('timeline.tier', { width: formatSpan(tierStepMs[stack.tier]) })}</span>
        )}
      </div>
      <div className="relative" style={{ height }}>
        {drawing === null && state.status === 'failed' && <p className="text-muted">{t('common.notAvailable', { reason: state.words ?? '' })}</p>}
        {drawing === null && state.status === 'loading' && <Skeleton className="h-full w-full" />}
        {drawing !== null && plotPx > 0 && (
          <>
            <div className={state.status === 'loading' || engineGone ? 'opacity-60' : ''} data-figure={metric}>
              <LaneChart drawing={drawing} window={window} plotPx={plotPx} height={height} textOfLine={textOfLine} />
            </div>
            <div className="pointer-events-none absolute inset-y-0 overflow-hidden" style={{ left: axisPx, width: plotPx }}>
              <Marks marks={marks} window={window} />
            </div>
            <CursorSlider
              {...time}
              className="absolute top-0 cursor-crosshair"
              style={{ left: axisPx, width: plotPx, height }}
              onPointerMove={({ clientX, currentTarget }) => {
                const box = currentTarget.getBoundingClientRect()
                cursor.set(Math.round(momentAt(window, (clientX - box.left) / box.width)))
              }}
              onPointerLeave={() => cursor.set(null)}
              onKeyDown={moveByKeys(window, cursor)}
            >
              <CursorLine cursor={cursor} window={window} />
            </CursorSlider>
          </>
        )}
      </div>
      <div style={{ marginLeft: axisPx }}>{plotPx > 0 && <TimeAxis {...time} days={0} />}</div>
      {limits?.of === 'usual' && stack.baseline !== null && (
        <p className="text-muted text-sm">
          <BaselineMark /> {baselineText(stack.baseline, language)}
        </p>
      )}
      <Summary drawing={drawing} marks={marks} window={window} />
    </figure>
  )
}

const rangeOf = ({ from, to }: FigureChartProps['period']): TimeRange => (to === null ? { kind: 'since', from } : { kind: 'between', from, to })
/** Anew only when its data or limits change: whatever stands around the chart is drawn each second. */
function useDrawing({ window, intervalMs, toleranceMs, unknown, unpublished }: Stack, input: ShownLane | null, limits: DrawnLimits | null): LaneDrawing | null {
  const [lane, series, bucketMs, baseline] = [input?.lane, input?.series, input?.bucketMs, input?.baseline ?? null]
  const key = JSON.stringify(limits)
  return useMemo(() => {
    if (lane === undefined || series === undefined || bucketMs === undefined) return null
    const evaluated = JSON.parse(key) as DrawnLimits | null
    return drawLane({ lane, series, bucketMs, budget: null, other: null, baseline, evaluated }, { window, intervalMs, toleranceMs, unknown, unpublished })
  }, [lane, series, bucketMs, baseline, key, window, intervalMs, toleranceMs, unknown, unpublished])
}

/** What a line means, with its value if that is constant. */
function useLineText() {
  const language = useLanguage()
  return useCallback(
    ({ lane }: LaneDrawing, line: LimitLine): string => {
      const value = valueOfLine(line)
      if (value === null) return t('figure.usualLimit', { factor: formatNumber(line.limit, 1) })
      return t(`figure.${line.kind}`, { limit: figuresIn(language).figure(value, lane.metric, null) })
    },
    [language],
  )
}

function Marks({ marks, window: { from, to } }: { readonly marks: readonly FigureMark[]; readonly window: TimeWindow }) {
  const shareOf = (at: number) => (at - from) / (to - from)
  return marks.map(({ at, words }) =>
    at < from || at > to ? null : (
      <span key={words} data-mark className="absolute inset-y-0 border-muted border-l border-dashed" style={{ left: `${shareOf(at) * 100}%` }}>
        <span
          className={`absolute whitespace-nowrap rounded-sm bg-surface/85 px-0.5 text-[11px] text-muted leading-3 ${shareOf(at) > 0.6 ? 'right-0.5' : 'left-0.5'}`}
          style={{ bottom: airPx + 1 }}
        >
          {words}
        </span>
      </span>
    ),
  )
}

interface SummaryProps {
  readonly drawing: LaneDrawing | null
  readonly marks: readonly FigureMark[]
  readonly window: TimeWindow
}
function Summary({ drawing, marks, window: { from, to } }: SummaryProps) {
  const wordsOf = useLineText()
  if (drawing === null) return null
  const { lane, points, lines } = drawing
  const { figure } = figuresIn(language)
  const known = points.flatMap(({ band }) => (band === null ? [] : [band]))
  const span = formatStretch(from, to)
  const said =
    known.length === 0
      ? t('figure.unknown', { span })
      : t('figure.between', {
          span,
          low: figure(Math.min(...known.map(([low]) => low)), lane.metric, null),
          high: figure(Math.max(...known.map(([, high]) => high)), lane.metric, null),
        })
  const others = [...lines.map((line) => wordsOf(drawing, line)), ...marks.map(({ at, words }) => `${words} ${formatTime(at)}`)]
  return <figcaption className="sr-only">{[said, ...others].join(' · ')}</figcaption>
}
