import { unknownMark, writeValue } from '../../shared/units.ts'
import { Bar } from '../ui/Bar.tsx'

interface UseBarProps {
  readonly percent: number | null
  readonly width?: number | string
  /** Where the heading already has the percent sign. */
  readonly unitless?: boolean
}
/** A bar with its number. Unknown is hatched, never 0. */
export function UseBar({ percent, width = 44, unitless = false }: UseBarProps) {
  return (
    <span className="inline-flex flex-none items-baseline gap-1.5 whitespace-nowrap">
      <Bar percent={percent} width={width} />
      <span className={`${unitless ? 'w-[24px]' : 'w-[38px]'} flex-none text-right ${percent === null ? 'text-faint' : ''}`}>
        {percent === null ? (
          unknownMark
        ) : (
          <>
            {writeValue(percent, 'percent').number}
            {!unitless && <span className="text-faint"> %</span>}
          </>
        )}
      </span>
    </span>
  )
}
