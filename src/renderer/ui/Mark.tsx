/** Shapes of the marks: never colour alone. `idle`: nothing is expected to happen here now. */
const markKinds = ['critical', 'major', 'minor', 'warning', 'ok', 'slate', 'idle', 'unknown', 'maintenance'] as const
export type MarkKind = (typeof markKinds)[number]

export const markColor: Record<MarkKind, string> = {
  critical: 'text-critical',
  major: 'text-major',
  minor: 'text-minor',
  warning: 'text-warning',
  ok: 'text-ok',
  slate: 'text-slate',
  idle: 'text-faint',
  unknown: 'text-unknown',
  maintenance: 'text-maintenance',
}

const shapes: Record<MarkKind, React.ReactNode> = {
  critical: (
    <>
      <path d="M4.8.6h6.4l4.2 4.2v6.4l-4.2 4.2H4.8L.6 11.2V4.8z" />
      <path d="m5.4 5.4 5.2 5.2M10.6 5.4 5.4 10.6" stroke="var(--surface)" strokeWidth="2" />
    </>
  ),
  major: <path d="M8 1.5 15.5 14.5H.5z" />,
  minor: <path d="M8 .8 15.2 8 8 15.2.8 8z" />,
  warning: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="2" />
      <circle cx="8" cy="8" r="2.4" />
    </>
  ),
  ok: <path d="m2.5 8.5 3.6 3.7 7.4-8" fill="none" stroke="currentColor" strokeWidth="2.4" />,
  slate: <rect x="1.5" y="3" width="13" height="10" rx="1.5" />,
  idle: <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.8" strokeDasharray="2.6 2.2" />,
  unknown: (
    <>
      <rect x="1.8" y="1.8" width="12.4" height="12.4" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="m2 10 8-8M6 14l8-8" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
  maintenance: (
    <>
      <path d="M3 3h10v10H3z" fill="none" stroke="currentColor" strokeWidth="2" />
      <path d="M5.5 8h5" stroke="currentColor" strokeWidth="2" />
    </>
  ),
}

interface MarkProps {
  readonly kind: MarkKind
  readonly size?: number
  /** The word beside it, in the mark's colour unless `quiet`. */
  readonly word?: React.ReactNode
  readonly quiet?: boolean
  /** Screen-reader text, if there is no room for a word. */
  readonly label?: string
  readonly className?: string
}
export function Mark({ kind, size = 12, word, quiet = false, label, className = '' }: MarkProps) {
  return (
    <span className={`inline-flex items-center gap-[5px] ${word === undefined ? '' : 'font-semibold'} ${className}`}>
      <svg
        className={`flex-none ${markColor[kind]}`}
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="currentColor"
        role="img"
        aria-label={label}
        aria-hidden={label === undefined}
      >
        {shapes[kind]}
      </svg>
      {word !== undefined && <span className={quiet ? 'font-medium text-muted' : markColor[kind]}>{word}</span>}
    </span>
  )
}

export function Pill({ kind, children }: { readonly kind: MarkKind; readonly children: React.ReactNode }) {
  return (
    <span className={`tinted inline-flex items-center gap-[5px] whitespace-nowrap rounded-full px-2 py-px text-sm font-semibold ${markColor[kind]}`}>
      <Mark kind={kind} size={10} />
      {children}
    </span>
  )
}
