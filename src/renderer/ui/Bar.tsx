import { createContext, useContext } from 'react'

interface BarProps {
  /** 0 to 100; null: unknown. */
  readonly percent: number | null
  readonly width?: number | string
}
type LevelColor = 'muted' | 'ok' | 'warning' | 'major' | 'critical'
/** Neutral to 75 %, orange to 90 %, red above. */
const calm = (percent: number): LevelColor => (percent <= 75 ? 'muted' : percent <= 90 ? 'major' : 'critical')
/** For those used to them: green below 50 %, blue from there, orange from 75 %, red from 90 %. */
const classic = (percent: number): LevelColor => (percent < 50 ? 'ok' : percent < 75 ? 'warning' : percent < 90 ? 'major' : 'critical')
const isClassic = createContext(false)
/** Sets the colours of all bars inside, as the operator prefers. */
export const BarColors = isClassic.Provider

/** Returns the palette token of a level; null: unknown. */
export function useLevelColor(): (percent: number | null) => LevelColor {
  const of = useContext(isClassic) ? classic : calm
  return (percent) => (percent === null ? 'muted' : of(percent))
}

export function Bar({ percent, width = 40 }: BarProps) {
  const levelColor = useLevelColor()
  return (
    <span
      className={`inline-block h-1.5 flex-none overflow-hidden rounded-[2px] bg-line align-[1px] relative -top-px ${percent === null ? 'hatched' : ''}`}
      style={{ width }}
      aria-hidden="true"
    >
      {percent !== null && (
        <i className="block h-full" style={{ width: `${Math.min(100, Math.max(0, percent))}%`, background: `var(--${levelColor(percent)})` }} />
      )}
    </span>
  )
}
