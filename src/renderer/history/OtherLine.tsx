import type { DrawnPoint } from './joinSeries.ts'
import type { TimeWindow } from './timeRange.ts'

interface OtherLineProps {
  readonly points: readonly DrawnPoint[]
  readonly window: TimeWindow
  readonly width: number
  readonly height: number
  /** The value at the upper edge. */
  readonly top: number
  readonly steps: boolean
}
/** Another period over a lane: dashed and lighter, so that it is never taken for what is being looked at. */
export function OtherLine({ points, window, width, height, top, steps }: OtherLineProps) {
  let path = ''
  let last: number | null = null
  for (const { at, mean } of points) {
    if (mean === null) {
      last = null
      continue
    }
    const x = (((at - window.from) / (window.to - window.from)) * width).toFixed(1)
    const y = Math.max(0, height * (1 - mean / top)).toFixed(1)
    path += last === null ? `M${x} ${y}` : steps ? `H${x}V${y}` : `L${x} ${y}`
    last = mean
  }
  return (
    <svg width={width} height={height} className="pointer-events-none absolute inset-0 overflow-hidden" aria-hidden="true">
      <path d={path} fill="none" stroke="var(--faint)" strokeWidth="1.2" strokeDasharray="5 3" />
    </svg>
  )
}
