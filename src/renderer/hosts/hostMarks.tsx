import { largestKnown } from '../../shared/statistics.ts'
import { unknownMark, writeValue } from '../../shared/units.ts'
import { t } from '../app/words.ts'
import { Bar, useLevelColor } from '../ui/Bar.tsx'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { type HostView, stateAt } from './hostFigures.ts'

/** As severe as the alarm of it. */
const kinds: Record<HostView['state'], MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'major',
  waiting: 'major',
  paused: 'maintenance',
  unknown: 'unknown',
}
export function markOfHost(state: HostView['state']): MarkKind {
  return kinds[state]
}

interface HostStateMarkProps {
  readonly view: HostView
  readonly now: number
  readonly wordless?: boolean
  readonly size?: number
}
export function HostStateMark({ view, now, wordless = false, size = 12 }: HostStateMarkProps) {
  const state = stateAt(view, now)
  const kind = markOfHost(state)
  const word = t(`serverState.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={state === 'up'} />
}

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

interface CoreStripProps {
  /** Load per core, 0 to 100; null: unknown. */
  readonly cores: readonly (number | null)[]
  readonly height?: number
  /** Maximum width, px. If there are too many cores, several share a bar that shows the busiest. */
  readonly width?: number
}
const gapPx = 1
const widestPx = 6

/** One bar per core, so that a single busy thread is visible on an otherwise idle machine. */
export function CoreStrip({ cores, height = 16, width = 96 }: CoreStripProps) {
  const levelColor = useLevelColor()
  if (cores.length === 0) return null
  const share = Math.ceil((cores.length * (2 + gapPx)) / width)
  const bars = Array.from({ length: Math.ceil(cores.length / share) }, (_, place) => largestKnown(cores.slice(place * share, (place + 1) * share)))
  const px = Math.min(widestPx, Math.floor(width / bars.length) - gapPx)
  const busiest = largestKnown(cores)
  return (
    <svg
      width={bars.length * (px + gapPx)}
      height={height}
      role="img"
      aria-label={t('hosts.coresLabel', { count: cores.length, busiest: busiest === null ? '–' : Math.round(busiest) })}
      className="inline-block flex-none"
    >
      {bars.map((percent, place) => {
        const filled = percent === null ? 0 : Math.max(1, (Math.min(100, percent) / 100) * height)
        return (
          <g key={place}>
            <rect x={place * (px + gapPx)} y={0} width={px} height={height} fill="var(--line)" />
            {percent === null ? (
              <path d={`M${place * (px + gapPx)} ${height}l${px} ${-height}`} stroke="var(--unknown)" />
            ) : (
              <rect x={place * (px + gapPx)} y={height - filled} width={px} height={filled} fill={`var(--${levelColor(percent)})`} />
            )}
          </g>
        )
      })}
    </svg>
  )
}
