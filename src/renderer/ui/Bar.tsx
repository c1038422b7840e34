interface BarProps {
  /** 0 to 100; null: unknown. */
  readonly percent: number | null
  readonly width?: number | string
}
/** Palette token of a level: neutral to 75 %, orange to 90 %, red above. null: unknown. */
export function levelColor(percent: number | null): 'muted' | 'major' | 'critical' {
  return percent === null || percent <= 75 ? 'muted' : percent <= 90 ? 'major' : 'critical'
}

/** Utilisation bar, to show beside its number. */
export function Bar({ percent, width = 40 }: BarProps) {
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
