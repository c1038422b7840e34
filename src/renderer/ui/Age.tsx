import { formatDuration, unknownMark } from '../../shared/units.ts'
import { useNow } from './now.ts'

/** How long ago `since` was at the time that the page shows, updated every second. null: unknown. */
export function Age({ since, className = '' }: { readonly since: number | null; readonly className?: string }) {
  const now = useNow()
  return <span className={`whitespace-nowrap ${className}`}>{since === null ? unknownMark : formatDuration(now - since)}</span>
}
