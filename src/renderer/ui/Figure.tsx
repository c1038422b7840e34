import { formatDuration, unknownMark, type Written } from '../../shared/units.ts'
import { useNow } from './now.ts'

const sizes = { small: 'text-base', middle: 'text-lg', large: 'text-2xl tracking-[-0.02em]' } as const
interface FigureProps {
  readonly value: Written
  readonly size?: keyof typeof sizes
  /** Older than three polls: greyed. */
  readonly stale?: boolean
}
/** A number and its unit in two sizes. Unknown is a hatched dash, never 0. */
export function Figure({ value, size = 'small', stale = false }: FigureProps) {
  return value.number === unknownMark ? (
    <span className={`hatched self-start rounded-sm px-2 text-faint ${sizes[size]}`}>{unknownMark}</span>
  ) : (
    <span className={`whitespace-nowrap ${stale ? 'stale' : ''}`}>
      <span className={`${sizes[size]} ${size === 'small' ? '' : 'font-semibold'}`}>{value.number}</span>
      {value.unit !== '' && <span className={`ml-1 text-faint ${size === 'small' ? '' : 'text-sm'}`}>{value.unit}</span>}
    </span>
  )
}

/** How long ago `since` was at the time that the page shows, updated every second. null: unknown. */
export function Age({ since, className = '' }: { readonly since: number | null; readonly className?: string }) {
  const now = useNow()
  return <span className={`whitespace-nowrap ${className}`}>{since === null ? unknownMark : formatDuration(now - since)}</span>
}
