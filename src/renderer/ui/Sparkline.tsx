/** SVG path of a line through `count` values, from the left; NaN interrupts it. `slots` values fill the width. Pure. */
export function sparklinePath(values: ArrayLike<number>, count: number, width: number, height: number, slots = count): string {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? Number.NaN
    if (value < low) low = value
    if (value > high) high = value
  }
  // One point is no line yet.
  if (low > high || count < 2) return ''
  // A steady line must look steady, so variations below 10 % of the value do not fill the height.
  const span = Math.max(high - low, Math.abs(high) * 0.1, 1e-9)
  // Only zeros make a line at the bottom: in the middle it would look like a steady stream.
  const middle = high <= 0 ? low + span / 2 : (high + low) / 2
  const step = width / Math.max(1, slots - 1)
  const left = width - (count - 1) * step
  let path = ''
  let pen = false
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? Number.NaN
    if (Number.isNaN(value)) {
      pen = false
      continue
    }
    const x = left + i * step
    const y = height / 2 - ((value - middle) / span) * (height - 3)
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    // Keep a single point between two gaps visible.
    if (!pen) path += 'h.1'
    pen = true
  }
  return path
}

interface SparklineProps {
  readonly values: ArrayLike<number>
  /** How many values fill the width: with fewer, the line starts further right. */
  readonly slots?: number
  readonly width?: number
  readonly height?: number
  /** A palette token. Neutral by default: colour is for trouble. */
  readonly color?: string
  readonly className?: string
}
/** A line without axes, to show beside the figure with the value. Gaps stay gaps. Hidden from screen readers. */
export function Sparkline({ values, slots = 60, width = 84, height = 24, color = 'in', className = '' }: SparklineProps) {
  return (
    <svg className={`flex-none ${className}`} width={width} height={height} aria-hidden="true">
      <path
        d={sparklinePath(values, values.length, width - 2, height, slots)}
        transform="translate(1 0)"
        fill="none"
        stroke={`var(--${color})`}
        strokeWidth="1.4"
        strokeLinecap="round"
      />
    </svg>
  )
}
