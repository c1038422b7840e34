import { createContext, useContext } from 'react'

type Levels = readonly (readonly [number, string])[]

interface BarProps {
  /** 0 to 100; null: unknown. */
  readonly percent: number | null
  readonly width?: number | string
}
/** Two levels: neutral to 75 %, orange to 90 %, red above. */
const calmLevels: Levels = [
  [75, 'major'],
  [90, 'critical'],
]
/** Four levels for those used to them: green to 50, yellow to 75, orange to 90, red above. */
const classicLevels: Levels = [
  [0, 'ok'],
  [50, 'minor'],
  [75, 'major'],
  [90, 'critical'],
]
const levelsInUse = createContext(calmLevels)
/** Sets the levels of all bars inside, by the operator's preference. */
export function BarLevels({ classic, children }: { readonly classic: boolean; readonly children: React.ReactNode }) {
  return <levelsInUse.Provider value={classic ? classicLevels : calmLevels}>{children}</levelsInUse.Provider>
}

/** Returns a function from percent (null: unknown) to a palette token, by the operator's levels. */
export function useLevelColor(): (percent: number | null) => string {
  const levels = useContext(levelsInUse)
  return (percent) => (percent === null ? 'muted' : (levels.findLast(([from]) => percent > from || (from === 0 && percent >= 0))?.[1] ?? 'muted'))
}

/** Utilisation bar, to show beside its number. */
export function Bar({ percent, width = 40 }: BarProps) {
  const color = useLevelColor()(percent)
  return (
    <span
      className={`inline-block h-1.5 flex-none overflow-hidden rounded-[2px] bg-line align-[1px] relative -top-px ${percent === null ? 'hatched' : ''}`}
      style={{ width }}
      aria-hidden="true"
    >
      {percent !== null && <i className="block h-full" style={{ width: `${Math.min(100, Math.max(0, percent))}%`, background: `var(--${color})` }} />}
    </span>
  )
}
