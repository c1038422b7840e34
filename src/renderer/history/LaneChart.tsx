import { memo } from 'react'
import { Area, Bar, ComposedChart, Line, ReferenceLine, XAxis, YAxis } from 'recharts'
import type { DrawnPoint } from './joinSeries.ts'
import type { Lane } from './lanes.ts'
import type { ValueScale } from './ticks.ts'

interface LaneChartProps {
  readonly lane: Lane
  readonly points: readonly DrawnPoint[]
  readonly from: number
  readonly to: number
  readonly width: number
  readonly height: number
  readonly scale: ValueScale
  readonly limits: { readonly soundTo: number; readonly lostFrom: number } | null
  /** Width of one bucket in pixels: bars leave a little air. */
  readonly bucketPx: number
}

/** Line colours are neutral: colour is kept for trouble. */
const colors: Record<Lane['tone'], string> = { in: 'var(--in)', out: 'var(--out)', third: 'var(--series3)', trouble: 'var(--major)' }
const margin = { top: 0, right: 0, bottom: 0, left: 0 }

interface BarPlace {
  readonly x?: number | undefined
  readonly y?: number | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly fill?: string | undefined
}
/** The library gives bars on a time axis a hair's width: ours are as wide as their buckets, from their moment on. */
const LaneBar = ({ x = 0, y = 0, width = 0, height = 0, fill, px }: BarPlace & { readonly px: number }) =>
  height > 0 ? <rect x={x + width / 2} y={y} width={px} height={height} fill={fill} /> : null

/** One lane drawn: min–max as a band, the mean as a line. Fixed size, no animation, no dots; it never reads the pointer. */
export const LaneChart = memo(function LaneChart({ lane, points, from, to, width, height, scale, limits, bucketPx }: LaneChartProps) {
  const color = colors[lane.tone]
  const shape = lane.shape === 'steps' ? 'stepAfter' : 'linear'
  return (
    <ComposedChart width={width} height={height} data={points as DrawnPoint[]} margin={margin} accessibilityLayer={false} style={{ pointerEvents: 'none' }}>
      <XAxis dataKey="at" type="number" domain={[from, to]} allowDataOverflow hide />
      <YAxis domain={[0, scale.top]} allowDataOverflow hide />
      {scale.ticks.map((tick) => (
        <ReferenceLine key={tick} y={tick} stroke="var(--line)" strokeWidth={1} />
      ))}
      {limits && <ReferenceLine y={limits.soundTo} stroke="var(--major)" strokeDasharray="2 4" />}
      {limits && <ReferenceLine y={limits.lostFrom} stroke="var(--critical)" strokeDasharray="6 4" />}
      {lane.shape === 'bars' ? (
        <Bar dataKey="mean" fill={color} isAnimationActive={false} shape={(bar: BarPlace) => <LaneBar {...bar} px={Math.max(1, bucketPx * 0.76)} />} />
      ) : (
        <>
          <Area
            dataKey="band"
            type={shape}
            stroke="none"
            fill={color}
            fillOpacity={0.2}
            isAnimationActive={false}
            connectNulls={false}
            dot={false}
            activeDot={false}
          />
          <Line dataKey="mean" type={shape} stroke={color} strokeWidth={1.5} isAnimationActive={false} connectNulls={false} dot={false} activeDot={false} />
        </>
      )}
    </ComposedChart>
  )
})
