interface BarProps {
  /** 0 to 100; null: not known. */
  readonly percent: number | null
  /** Percent from which the bar turns, each with a palette token: `[[75, 'major'], [90, 'critical']]`. */
  readonly levels?: readonly (readonly [number, string])[]
  readonly width?: number
}
/** Two levels: neutral to 75 %, orange to 90 %, red above. */
export const calmLevels = [
  [75, 'major'],
  [90, 'critical'],
] as const
/** For those used to four: green to 50, yellow to 75, orange to 90, red above. */
export const classicLevels = [
  [0, 'ok'],
  [50, 'minor'],
  [75, 'major'],
  [90, 'critical'],
] as const
/** How much of something is used; the number stands beside it. */
export const Bar = ({ percent, levels = calmLevels, width = 40 }: BarProps) => {
  const color = percent === null ? 'muted' : (levels.findLast(([from]) => percent > from || (from === 0 && percent >= 0))?.[1] ?? 'muted')
  return (
    <span
      className={`inline-block h-1.5 overflow-hidden rounded-[2px] bg-line align-[1px] ${percent === null ? 'hatched' : ''}`}
      style={{ width }}
      aria-hidden="true"
    >
      {percent !== null && <i className="block h-full" style={{ width: `${Math.min(100, Math.max(0, percent))}%`, background: `var(--${color})` }} />}
    </span>
  )
}
