import type { ReactNode } from 'react'
import { formatValue } from '../../shared/units.ts'

/** Look of a row that is the heading of a group. */
export const groupRowClass = '!cursor-default !bg-transparent pt-1.5'

/** Name of a group of rows, and how many there are. */
export function GroupHeading({ name, count, children }: { readonly name: string; readonly count: number; readonly children?: ReactNode }) {
  return (
    <span className="inline-block font-semibold first-letter:uppercase">
      {name} <span className="font-normal text-faint">{formatValue(count, 'count')}</span>
      {children}
    </span>
  )
}
