import { type AlarmStatistics, alarmLoad } from '../../shared/alarmStatistics.ts'
import { formatMoment, formatNumber } from '../../shared/units.ts'
import { zone } from '../app/preferences.ts'
import { t } from '../app/words.ts'
import { widthOf } from '../ui/columns.ts'
import { useSize } from '../ui/useSize.ts'

const hourMs = 3_600_000
const heightPx = 132
const axisPx = 18

interface HourBarsProps {
  readonly statistics: AlarmStatistics
  readonly operators: number
}
/** Alarms of each hour for one operator, with what is easy and what is the most that one can handle; floods are marked. */
export function HourBars({ statistics: { hours, hoursFrom, knownFrom, floods, to }, operators }: HourBarsProps) {
  const { ref, width } = useSize<HTMLDivElement>()
  const { easyPerHour, mostPerHour } = alarmLoad
  const rates = hours.map((began) => (began ?? 0) / operators)
  const peak = Math.max(0, ...rates)
  const top = Math.max(mostPerHour * 1.25, peak * 1.05)
  const y = (rate: number) => (heightPx - axisPx) * (1 - rate / top)
  const x = (at: number) => (width * (at - hoursFrom)) / Math.max(hourMs, hours.length * hourMs)
  const barPx = width / Math.max(1, hours.length)
  const labelOf = (at: number) => formatMoment(at, 'dayAndTime', zone)
  const labels = dayLabels({ from: hoursFrom, to: hoursFrom + hours.length * hourMs, widthPx: width, labelPx: widthOf(labelOf(hoursFrom), labelOf(to)) })
  const busiest = `${formatMoment(hoursFrom + rates.indexOf(peak) * hourMs, 'dayAndTime', zone)}: ${formatNumber(peak, 1)}`
  return (
    <div ref={ref} className="min-w-0">
      <svg role="img" aria-label={`${t('alarmLoad.hours')} · ${busiest}`} width="100%" height={heightPx} className="block">
        {knownFrom > hoursFrom && (
          <rect x={0} y={0} width={Math.min(width, x(knownFrom))} height={y(0)} className="fill-unknown opacity-15">
            <title>{t('common.keptSinceTime', { time: formatMoment(knownFrom, 'dayAndTime', zone) })}</title>
          </rect>
        )}
        {rates.map((rate, hour) => {
          const at = hoursFrom + hour * hourMs
          return (
            <rect
              key={at}
              x={x(at)}
              y={y(rate)}
              width={Math.max(1, barPx - (barPx > 4 ? 1 : 0))}
              height={Math.max(0, y(0) - y(rate))}
              className={rate > mostPerHour ? 'fill-major' : 'fill-(--in)'}
            >
              <title>{`${formatMoment(at, 'dayAndTime', zone)}: ${hours[hour] ?? 0}`}</title>
            </rect>
          )
        })}
        {floods.map(({ from, to: end, began }) => (
          <rect key={from} x={x(from)} y={0} width={Math.max(3, x(end) - x(from))} height={5} className="fill-critical">
            <title>{`${formatMoment(from, 'dayAndTime', zone)}: ${t('alarmLoad.floods')} ${began}`}</title>
          </rect>
        ))}
        <Limit y={y(easyPerHour)} label={t('alarmLoad.limitEasy', { count: easyPerHour })} />
        <Limit y={y(mostPerHour)} label={t('alarmLoad.limitMost', { count: mostPerHour })} />
        <line x1={0} x2={width} y1={y(0)} y2={y(0)} className="stroke-line-strong" />
        {labels.map((at) => (
          <text key={at} x={x(at)} y={heightPx - 4} className="fill-faint text-xs">
            {labelOf(at)}
          </text>
        ))}
      </svg>
    </div>
  )
}

const Limit = ({ y, label }: { readonly y: number; readonly label: string }) => (
  <g>
    <line x1={0} x2="100%" y1={y} y2={y} strokeDasharray="4 4" className="stroke-muted" />
    <text x={4} y={y - 3} className="fill-muted text-xs">
      {label}
    </text>
  </g>
)

const dayMs = 86_400_000

/** Beginnings of the days of a time axis that get a label, so that no label touches another one or ends beyond the axis. `labelPx`: the widest, with its gap. */
export function dayLabels({
  from,
  to,
  widthPx,
  labelPx,
}: {
  readonly from: number
  readonly to: number
  readonly widthPx: number
  readonly labelPx: number
}): readonly number[] {
  const days = Math.ceil((to - from) / dayMs)
  const dayPx = (widthPx * dayMs) / Math.max(1, to - from)
  const every = Math.max(1, Math.ceil(labelPx / Math.max(1, dayPx)))
  return Array.from({ length: Math.ceil(days / every) }, (_, place) => place * every).flatMap((day) =>
    day * dayPx + labelPx <= widthPx || day === 0 ? [from + day * dayMs] : [],
  )
}
