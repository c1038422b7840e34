import { useTranslation } from 'react-i18next'
import { levelColor } from '../ui/Bar.tsx'
import { highest } from './hostFigures.ts'

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
  const { t } = useTranslation()
  if (cores.length === 0) return null
  const share = Math.ceil((cores.length * (2 + gapPx)) / width)
  const bars = Array.from({ length: Math.ceil(cores.length / share) }, (_, place) => highest(cores.slice(place * share, (place + 1) * share)))
  const px = Math.min(widestPx, Math.floor(width / bars.length) - gapPx)
  const busiest = highest(cores)
  return (
    <svg
      width={bars.length * (px + gapPx)}
      height={height}
      role="img"
      aria-label={t('hosts.coresLabel', { count: cores.length, busiest: busiest === null ? '–' : Math.round(busiest) })}
      className="flex-none"
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
