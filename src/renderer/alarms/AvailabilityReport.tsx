import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'
import { type Availability, type AvailabilityRow, availabilityKinds, mostAvailabilitySubjects } from '../../shared/availability.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDuration, formatNumber, formatSpan, formatStretch, formatValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { toSubject } from '../app/links.ts'
import { usePreferences } from '../app/preferences.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNowEvery } from '../ui/now.ts'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { lastMs, type Period, periods, spanOf } from './availabilityPeriod.ts'

/** Reading takes seconds where there are many streams: it is read again this often, ms. */
const everyMs = 300_000
const kindText = { stream: 'common.streams', server: 'common.servers', probe: 'common.probes' } as const
const keyOf = ({ subject }: AvailabilityRow) => JSON.stringify(subject)
const rowPx = 34

/** How much of a period up to the shown moment streams, servers and probes were available. */
export function AvailabilityReport({ bar }: { readonly bar: HTMLElement | null }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [params, setParams] = usePageParams()
  const period = periods.find((one) => one === params.get('period')) ?? 'days30'
  const of = availabilityKinds.find((one) => one === params.get('of')) ?? 'stream'
  const text = params.get('find') ?? ''
  // A new report every five minutes, and not with each second.
  const span = spanOf(period, useNowEvery(everyMs), zone)
  const { data, isError, error } = useQuery({
    ...orpc.availability.read.queryOptions({ input: { ...span, of, limit: mostAvailabilitySubjects } }),
    placeholderData: keepPreviousData,
    staleTime: everyMs,
  })
  const columns = useMemo(() => availabilityColumns(t), [t])
  const rows = useMemo(() => (data?.rows ?? []).filter(searchTest(text)), [data, text])
  const set = (change: Readonly<Record<string, string | null>>) => setParams((before) => withParams(before, change), { replace: true })
  return (
    <>
      {bar !== null &&
        createPortal(
          <>
            <Select
              label={t('availability.of')}
              value={of}
              onChange={(next) => set({ of: next === 'stream' ? null : next })}
              options={availabilityKinds.map((value) => ({ value, label: t(kindText[value]) }))}
            />
            <Select
              label={t('availability.period')}
              value={period}
              onChange={(next) => set({ period: next === 'days30' ? null : next })}
              options={periods.map((value) => ({ value, label: periodText(value, t) }))}
            />
            <CsvButton name={`availability-${period}`} columns={columns} rows={rows} context={null} />
          </>,
          bar,
        )}
      <search className="flex min-w-0 flex-wrap items-center gap-1.5">
        <SearchField label={t('common.search')} width={220} className="mr-1" text={text} onText={(next) => set({ find: next })} />
        {text !== '' && (
          <Button look="quiet" onClick={() => set({ find: null })}>
            {t('common.clearFilters')}
          </Button>
        )}
        {data !== undefined && (
          <span className="text-faint text-sm">
            {formatStretch(data.from, data.to, zone)}
            {data.left > 0 && ` · ${t('common.andCountMore', { count: data.left })}`}
            {data.notCounted > 0 && ` · ${t('availability.notCounted', { count: data.notCounted })}`}
          </span>
        )}
      </search>
      {data === undefined ? (
        isError ? (
          <p className="flex-none text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p>
        ) : (
          <div className="flex-1 rounded-lg border border-line bg-surface p-4">
            <SkeletonRows rows={12} />
          </div>
        )
      ) : (
        <>
          <Figures report={data} />
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
    </>
  )
}

function periodText(period: Period, t: TFunction): string {
  return period === 'month' || period === 'lastMonth' ? t(`availability.periods.${period}`) : t('recordings.span', { time: formatSpan(lastMs[period]) })
}

function searchTest(text: string): (row: AvailabilityRow) => boolean {
  const words = searchTerms(text)
  return ({ subject, name }) => {
    const said = searchText(`${name} ${partOf(subject) ?? ''}`)
    return words.every((word) => said.includes(word))
  }
}

function Figures({ report: { all } }: { readonly report: Availability }) {
  const { t } = useTranslation()
  const facts: readonly (readonly [name: string, value: string, tip?: string])[] = [
    [t('availability.column.percent'), percentText(all.percent)],
    [t('availability.column.outages'), formatValue(all.outages, 'count')],
    [t('availability.column.repair'), timeMessage(all.repairMs), t('availability.tip.repair')],
    [t('availability.column.longest'), timeMessage(all.longestMs)],
    [t('availability.column.down'), timeMessage(all.downMs), t('availability.tip.down')],
    [t('availability.column.unknown'), timeMessage(all.unknownMs), t('availability.tip.unknown')],
    [t('common.maintenance'), timeMessage(all.maintenanceMs)],
  ]
  return (
    <dl className="flex flex-none flex-wrap gap-x-8 gap-y-2 rounded-lg border border-line bg-surface px-3.5 py-2.5">
      {facts.map(([name, value, tip]) => (
        <div key={name} title={tip}>
          <dt className="text-muted text-sm">{name}</dt>
          <dd className="font-semibold text-lg tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

type AvailabilityColumn = Column<AvailabilityRow>

/** Rounded down: 100 % is said of what was never down only. */
function percentText(percent: number | null): string {
  return percent === null ? '–' : `${formatNumber(Math.floor(percent * 1_000) / 1_000, 3)} %`
}
function timeMessage(ms: number | null): string {
  return ms === null || ms < 500 ? '–' : formatDuration(Math.max(ms, 1_000))
}
const seconds = (ms: number): number => Math.round(ms / 1_000)
const longTime = '10 min 10 s'

function availabilityColumns(t: TFunction): readonly AvailabilityColumn[] {
  const time = (
    id: 'counted' | 'down' | 'longest' | 'unknown' | 'maintenance',
    rank: number,
    of: (row: AvailabilityRow) => number,
    head = id === 'maintenance' ? t('common.maintenance') : t(`availability.column.${id}`),
  ): AvailabilityColumn => ({
    id,
    head,
    ...(id !== 'longest' && id !== 'maintenance' && { tip: t(`availability.tip.${id}`) }),
    rank,
    width: widthOf(head, longTime),
    numeric: true,
    cell: (row) => timeMessage(of(row)),
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
    {
      id: 'percent',
      head: t('availability.column.percent'),
      tip: t('availability.tip.percent'),
      rank: 0,
      width: widthOf(t('availability.column.percent'), '100.000 %'),
      numeric: true,
      cell: ({ percent }) => <span className="font-semibold">{percentText(percent)}</span>,
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
      cell: ({ repairMs }) => timeMessage(repairMs),
      value: ({ repairMs }) => repairMs,
      csv: { repairSeconds: ({ repairMs }) => repairMs && seconds(repairMs) },
    },
    time('unknown', 4, ({ unknownMs }) => unknownMs),
    time('maintenance', 5, ({ maintenanceMs }) => maintenanceMs),
  ]
}
