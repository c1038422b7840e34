import { Fragment, memo, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Area, Bar, CartesianGrid, ComposedChart, Line, ReferenceArea, ReferenceDot, ReferenceLine, XAxis, YAxis } from 'recharts'
import { baselineLook } from './baseline.tsx'
import type { DrawnPoint } from './joinSeries.ts'
import type { LaneArea, LaneDrawing } from './laneDrawing.ts'
import { isReachable, type Lane } from './lanes.ts'
import type { BaselinePoint } from './limitLines.ts'
import { type LimitLine, valueOfLine } from './limitLines.ts'
import type { TimeWindow } from './timeRange.ts'

/** Room for 100,000. */
export const axisPx = 52
export const airPx = 7
const margin = { top: airPx, right: 0, bottom: airPx, left: 0 }
const tickLook = { fill: 'var(--faint)', fontSize: 11 }
/** Neutral: colour is kept for trouble. */
const colors: Record<Lane['tone'], string> = { in: 'var(--in)', out: 'var(--out)', third: 'var(--series3)', trouble: 'var(--major)' }
const still = { isAnimationActive: false, connectNulls: false, dot: false, activeDot: false } as const

interface LaneChartProps {
  readonly drawing: LaneDrawing
  readonly window: TimeWindow
  readonly plotPx: number
  readonly height: number
  /** Without it, lines have no labels. Pass the same function each time. */
  readonly textOfLine?: (drawing: LaneDrawing, line: LimitLine) => string
}
/** Min to max as a band, the mean as a line. Fixed size, no animation, no dots, no pointer events. */
export const LaneChart = memo(function LaneChart({ drawing, window, plotPx, height, textOfLine }: LaneChartProps) {
  const { t } = useTranslation()
  const hatch = useId()
  const { lane, points, other, baseline, areas, scale, axis, limits, lines, bucketMs } = drawing
  const color = colors[lane.tone]
  const shape = lane.shape === 'line' ? 'linear' : 'stepAfter'
  const ticks = height - 2 * airPx < 48 ? [scale.ticks[0] ?? 0, scale.ticks.at(-1) ?? scale.top] : scale.ticks
  const label = (tick: number) => (isReachable(lane.metric) ? t(tick === 1 ? 'history.yes' : 'history.no') : (axis.labels[scale.ticks.indexOf(tick)] ?? ''))
  const barPx = Math.max(1, (bucketMs / (window.to - window.from)) * plotPx * 0.76)
  return (
    <ComposedChart
      width={axisPx + plotPx}
      height={height}
      data={points as DrawnPoint[]}
      margin={margin}
      accessibilityLayer={false}
      style={{ pointerEvents: 'none' }}
    >
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse">
          <path d="M-1 1 1-1M0 6 6 0M5 7 7 5" stroke="var(--unknown)" />
        </pattern>
      </defs>
      <CartesianGrid vertical={false} horizontalValues={scale.ticks as number[]} stroke="var(--line)" />
      <XAxis dataKey="at" type="number" niceTicks="none" domain={[window.from, window.to]} allowDataOverflow hide />
      <YAxis
        width={axisPx}
        niceTicks="none"
        domain={[scale.bottom ?? 0, scale.top]}
        allowDataOverflow
        ticks={ticks as number[]}
        interval={0}
        tickFormatter={label}
        tick={tickLook}
        axisLine={false}
        tickLine={false}
        // A sign takes the room.
        tickSize={scale.bottom === undefined ? 6 : 0}
      />
      {areas.map((area) => (
        <ReferenceArea
          key={`${area.kind}${area.from}`}
          x1={Math.max(area.from, window.from)}
          x2={Math.min(area.to, window.to)}
          shape={(place: AreaPlace) => <Shade {...place} kind={area.kind} hatch={`url(#${hatch})`} height={height} />}
        />
      ))}
      {baseline.length > 0 && <Area {...still} data={baseline as BaselinePoint[]} dataKey="band" type="stepAfter" stroke="none" {...baselineLook} />}
      {limits && <ReferenceLine y={limits.soundTo} stroke="var(--major)" strokeDasharray="2 4" />}
      {limits && <ReferenceLine y={limits.lostFrom} stroke="var(--critical)" strokeDasharray="6 4" />}
      {lines.map((line) => {
        const value = valueOfLine(line)
        const key = `${line.kind} ${line.severity} ${line.side}`
        const look = line.kind === 'raise' ? { stroke: `var(--${line.severity})`, strokeDasharray: '6 4' } : { stroke: 'var(--muted)', strokeDasharray: '2 4' }
        // On the side on which the alarm is active; `clear`: on the other side.
        const position = (line.side === 'above') === (line.kind === 'raise') ? ('insideBottomLeft' as const) : ('insideTopLeft' as const)
        const label = textOfLine && { value: textOfLine(drawing, line), position, fill: 'var(--muted)', fontSize: 11 }
        if (value !== null) return <ReferenceLine key={key} y={value} {...look} {...(label && { label })} />
        const first = line.points.find((point) => point.at !== null && point.at >= window.from && point.value !== null)
        return (
          <Fragment key={key}>
            <Line {...still} data={line.points as LimitLine['points'][number][]} dataKey="value" type="stepAfter" {...look} />
            {label && first?.at != null && first.value !== null && <ReferenceDot x={first.at} y={first.value} r={0} label={{ ...label, position: 'right' }} />}
          </Fragment>
        )
      })}
      {lane.shape === 'bars' ? (
        <Bar dataKey="mean" fill={color} isAnimationActive={false} shape={(bar: BarPlace) => <LaneBar {...bar} px={barPx} />} />
      ) : (
        <>
          <Area {...still} dataKey="band" type={shape} stroke="none" fill={color} fillOpacity={0.2} />
          <Line {...still} dataKey="mean" type={shape} stroke={color} strokeWidth={1.5} />
        </>
      )}
      {/* So that it is not mistaken for the current period. */}
      {other && (
        <Line {...still} data={other.points as DrawnPoint[]} dataKey="mean" type={shape} stroke="var(--faint)" strokeWidth={1.2} strokeDasharray="5 3" />
      )}
    </ComposedChart>
  )
})

interface AreaPlace {
  readonly x?: number
  readonly width?: number
}
/** Unknown periods over the full height; where a sum lacks a server, the lower edge. */
function Shade({ x = 0, width = 0, kind, hatch, height }: AreaPlace & { readonly kind: LaneArea['kind']; readonly hatch: string; readonly height: number }) {
  const top = kind === 'partly' ? height - 6 : 0
  return (
    <rect
      data-gap={kind}
      x={x}
      y={top}
      width={Math.max(1, width)}
      height={height - top}
      {...(kind === 'absent' ? { fill: 'var(--raised)' } : { fill: hatch, fillOpacity: 0.5 })}
    />
  )
}

interface BarPlace {
  readonly x?: number | undefined
  readonly y?: number | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly fill?: string | undefined
}
/** The library draws hairline bars on a time axis; ours are as wide as their buckets. */
const LaneBar = ({ x = 0, y = 0, width = 0, height = 0, fill, px }: BarPlace & { readonly px: number }) =>
  height > 0 ? <rect x={x + width / 2} y={y} width={px} height={height} fill={fill} /> : null
