import type { TFunction } from 'i18next'
import { Link } from 'react-router'
import type { AvailabilityRow } from '../../shared/availability.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDuration, formatNumber, formatValue } from '../../shared/units.ts'
import { toSubject } from '../app/links.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'

type AvailabilityColumn = Column<AvailabilityRow>

/** Rounded down: 100 % is said of what was never down only. */
export function percentWords(percent: number | null): string {
  return percent === null ? '–' : `${formatNumber(Math.floor(percent * 1_000) / 1_000, 3)} %`
}
export function timeWords(ms: number | null): string {
  return ms === null || ms < 500 ? '–' : formatDuration(Math.max(ms, 1_000))
}
const seconds = (ms: number): number => Math.round(ms / 1_000)
const longTime = '10 min 10 s'

export function availabilityColumns(t: TFunction): readonly AvailabilityColumn[] {
  const time = (id: 'counted' | 'down' | 'longest' | 'unknown' | 'maintenance', rank: number, of: (row: AvailabilityRow) => number): AvailabilityColumn => ({
    id,
    head: t(`availability.column.${id}`),
    tip: t(`availability.tip.${id}`),
    rank,
    width: widthOf(t(`availability.column.${id}`), longTime),
    numeric: true,
    cell: (row) => timeWords(of(row)),
    value: of,
    csv: { [`${id}Seconds`]: (row) => seconds(of(row)) },
  })
  return [
    {
      id: 'what',
      head: t('availability.column.what'),
      rank: 0,
      width: 200,
      share: 3,
      cell: ({ subject, name, isDown, isCoarse }) => {
        const part = partOf(subject)
        return (
          <>
            <Link to={toSubject(subject)} className="font-medium hover:underline">
              {part ?? name}
            </Link>
            {part !== null && <span className="text-muted"> · {name}</span>}
            {isDown && (
              <span className="ml-2 text-critical text-sm">
                <Mark kind="critical" size={10} /> {t('availability.isDown')}
              </span>
            )}
            {isCoarse && <span className="ml-2 text-faint text-sm">{t('availability.coarse')}</span>}
          </>
        )
      },
      value: ({ subject, name }) => partOf(subject) ?? name,
      csv: { kind: ({ subject }) => subject.kind, name: ({ name }) => name, path: ({ subject }) => partOf(subject) },
    },
    {
      id: 'percent',
      head: t('availability.column.percent'),
      tip: t('availability.tip.percent'),
      rank: 0,
      width: widthOf(t('availability.column.percent'), '100.000 %'),
      numeric: true,
      cell: ({ percent }) => <span className="font-semibold">{percentWords(percent)}</span>,
      value: ({ percent }) => percent,
      largestFirst: false,
      csv: { percent: ({ percent }) => percent, upSeconds: ({ upMs }) => seconds(upMs) },
    },
    time('counted', 2, ({ upMs, downMs }) => upMs + downMs),
    time('down', 1, ({ downMs }) => downMs),
    {
      id: 'outages',
      head: t('availability.column.outages'),
      rank: 1,
      width: widthOf(t('availability.column.outages'), '10,000'),
      numeric: true,
      cell: ({ outages }) => (outages === 0 ? '–' : formatValue(outages, 'count')),
      value: ({ outages }) => outages,
      csv: { outages: ({ outages }) => outages },
    },
    time('longest', 2, ({ longestMs }) => longestMs),
    {
      id: 'repair',
      head: t('availability.column.repair'),
      tip: t('availability.tip.repair'),
      rank: 3,
      width: widthOf(t('availability.column.repair'), longTime),
      numeric: true,
      cell: ({ repairMs }) => timeWords(repairMs),
      value: ({ repairMs }) => repairMs,
      csv: { repairSeconds: ({ repairMs }) => repairMs && seconds(repairMs) },
    },
    time('unknown', 4, ({ unknownMs }) => unknownMs),
    time('maintenance', 5, ({ maintenanceMs }) => maintenanceMs),
  ]
}
