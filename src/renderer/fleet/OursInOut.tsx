import { t } from '../app/words.ts'
import type { StreamRow } from './fleetRows.ts'

/** Shown before an outgoing rate that includes one of our own pictures, and is therefore an upper limit. */
export function OursInOut({ rows }: { readonly rows: readonly StreamRow[] }) {
  if (!rows.some(({ facts }) => facts.outIncludesOurs)) return null
  const words = t('stream.outIncludesOurs')
  return (
    <abbr title={words} aria-label={words} className="mr-1 text-faint no-underline">
      ≤
    </abbr>
  )
}
