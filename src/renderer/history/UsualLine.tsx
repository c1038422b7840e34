import { metrics } from '../../shared/metrics.ts'
import { formatRange, unknownMark } from '../../shared/units.ts'
import { type Usual, usualAt } from '../../shared/usual.ts'
import { type Cursor, useCursor } from './cursor.ts'

/** How what is usual is drawn: the same in the chart and in its legends. */
export const usualLook = { fill: 'var(--muted)', fillOpacity: 0.16 } as const

export function UsualMark() {
  return (
    <svg width="14" height="9" className="inline flex-none" aria-hidden="true">
      <rect width="14" height="9" rx="1" {...usualLook} />
    </svg>
  )
}

/** What is usual at the cursor, or at the moment shown. */
export function UsualLine({ usual, cursor, title }: { readonly usual: Usual; readonly cursor: Cursor; readonly title: string }) {
  const at = useCursor(cursor) ?? usual.at
  const range = usualAt(usual, at)
  return (
    <div className="truncate text-sm text-faint" title={title} data-usual>
      <UsualMark /> {range === null ? unknownMark : formatRange(range.low, range.high, metrics[usual.metric].unit)}
    </div>
  )
}
