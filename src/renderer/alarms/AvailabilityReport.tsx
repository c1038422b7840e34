import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { type Availability, type AvailabilityRow, availabilityKinds, mostAvailabilitySubjects } from '../../shared/availability.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatAvailability, formatSpan, formatStretch, formatTotal, formatValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toSubject } from '../app/links.ts'
import { InBar, ListSearch, Totals } from '../app/lists.tsx'
import { zone } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t, useInLanguage } from '../app/words.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNowEvery } from '../ui/now.ts'
import { figureColumn } from '../ui/plainColumns.tsx'
import { Select } from '../ui/Select.tsx'
import { lastMs, type Period, periods, spanOf } from './availabilityPeriod.ts'

/** Reading takes seconds where there are many streams. */
const everyMs = 300_000
const kindText = { stream: 'common.streams', server: 'common.servers', probe: 'common.probes' } as const
const keyOf = ({ subject }: AvailabilityRow) => JSON.stringify(subject)
const rowPx = 34

/** How much of a period up to the shown moment streams, servers and probes were available. */
export function AvailabilityReport() {
  const [params, change] = usePageParams()
  const period = periods.find((one) => one === params.get('period')) ?? 'days30'
  const of = availabilityKinds.find((one) => one === params.get('of')) ?? 'stream'
  const text = params.get('find') ?? ''
  const span = spanOf(period, useNowEvery(everyMs), zone)
  const query = useQuery({
    ...orpc.availability.read.queryOptions({ input: { ...span, of, limit: mostAvailabilitySubjects } }),
    placeholderData: keepPreviousData,
    staleTime: everyMs,
  })
  const { data } = query
  const columns = useInLanguage(availabilityColumns)
  const rows = useMemo(() => (data?.rows ?? []).filter(searchTest(text)), [data, text])
  return (
    <>
      <InBar>
        <Select
          label={t('availability.of')}
          value={of}
          onChange={(next) => change({ of: next === 'stream' ? null : next })}
          options={availabilityKinds.map((value) => ({ value, label: t(kindText[value]) }))}
        />
        <Select
          label={t('availability.period')}
          value={period}
          onChange={(next) => change({ period: next === 'days30' ? null : next })}
          options={periods.map((value) => ({ value, label: periodText(value) }))}
        />
        <CsvButton name={`availability-${period}`} columns={columns} rows={rows} context={null} />
      </InBar>
      <ListSearch text={text} onText={(find) => change({ find })}>
        {data !== undefined && (
          <span className="text-faint text-sm">
            {formatStretch(data.from, data.to)}
            {data.left > 0 && ` · ${t('common.andCountMore', { count: data.left })}`}
            {data.notCounted > 0 && ` · ${t('availability.notCounted', { count: data.notCounted })}`}
          </span>
        )}
      </ListSearch>
      <Loaded query={query} rows={12} failed="alarms.notRead" framed>
        {({ all }) => (
          <>
            <Totals facts={figuresOf(all)} />
            <DataTable
              label={t('common.availability')}
              columns={columns}
              rows={rows}
              keyOf={keyOf}
              context={null}
              rowPx={rowPx}
              empty={<EmptyState title={t(text === '' ? 'availability.none' : 'common.noMatch')} />}
            />
          </>
        )}
      </Loaded>
    </>
  )
}

function periodText(period: Period): string {
  return period === 'month' || period === 'lastMonth' ? t(`availability.periods.${period}`) : t('recordings.span', { time: formatSpan(lastMs[period]) })
}

function searchTest(text: string): (row: AvailabilityRow) => boolean {
  const words = searchTerms(text)
  return ({ subject, name }) => {
    const said = searchText(`${name} ${partOf(subject) ?? ''}`)
    return words.every((word) => said.includes(word))
  }
}

const figuresOf = (all: Availability['all']): React.ComponentProps<typeof Totals>['facts'] => [
  [t('availability.column.percent'), formatAvailability(all.percent)],
  [t('availability.column.outages'), formatValue(all.outages, 'count')],
  [t('availability.column.repair'), formatTotal(all.repairMs), t('availability.tip.repair')],
  [t('availability.column.longest'), formatTotal(all.longestMs)],
  [t('availability.column.down'), formatTotal(all.downMs), t('availability.tip.down')],
  [t('availability.column.unknown'), formatTotal(all.unknownMs), t('availability.tip.unknown')],
  [t('common.maintenance'), formatTotal(all.maintenanceMs)],
]

type AvailabilityColumn = Column<AvailabilityRow>

const seconds = (ms: number | null) => ms && Math.round(ms / 1_000)
const longTime = '10 min 10 s'

function availabilityColumns(): readonly AvailabilityColumn[] {
  const time = (
    id: 'counted' | 'down' | 'longest' | 'repair' | 'unknown' | 'maintenance',
    rank: number,
    of: (row: AvailabilityRow) => number | null,
    head = id === 'maintenance' ? t('common.maintenance') : t(`availability.column.${id}`),
  ): AvailabilityColumn => ({
    id,
    head,
    ...(id !== 'longest' && id !== 'maintenance' && { tip: t(`availability.tip.${id}`) }),
    rank,
    width: widthOf(head, longTime),
    numeric: true,
    cell: (row) => formatTotal(of(row)),
    value: of,
    csv: { [`${id}Seconds`]: (row) => seconds(of(row)) },
  })
  return [
    {
      id: 'what',
      head: t('common.name'),
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
    figureColumn('percent', t('availability.column.percent'), ({ percent }) => percent, {
      rank: 0,
      width: widthOf(t('availability.column.percent'), '100.000 %'),
      write: (value) => <span className="font-semibold">{formatAvailability(value)}</span>,
      tip: t('availability.tip.percent'),
      largestFirst: false,
      csv: { percent: ({ percent }) => percent, upSeconds: ({ upMs }) => seconds(upMs) },
    }),
    time('counted', 2, ({ upMs, downMs }) => upMs + downMs),
    time('down', 1, ({ downMs }) => downMs),
    figureColumn('outages', t('availability.column.outages'), ({ outages }) => outages, {
      rank: 1,
      width: widthOf(t('availability.column.outages'), '10,000'),
      write: (value) => (value === 0 ? '–' : formatValue(value, 'count')),
      csv: 'outages',
    }),
    time('longest', 2, ({ longestMs }) => longestMs),
    time('repair', 3, ({ repairMs }) => repairMs),
    time('unknown', 4, ({ unknownMs }) => unknownMs),
    time('maintenance', 5, ({ maintenanceMs }) => maintenanceMs),
  ]
}
