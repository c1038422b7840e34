import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import { type AlarmStatistics, alarmLoad } from '../../shared/alarmStatistics.ts'
import { formatDuration, formatMoment, formatNumber, formatSpan, formatValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { usePreferences } from '../app/preferences.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { usePageParams, withParams } from '../app/usePageParams.ts'
import { useRules } from '../fleet/useRules.ts'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Select } from '../ui/Select.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { HourBars } from './HourBars.tsx'
import { restColumns, restRows, ruleColumns, subjectColumns, takerColumns } from './loadColumns.tsx'

/** Counting reads all that is stored of the period. */
const everyMs = 300_000
const spans = ['7', '30'] as const
const mostOperators = 10

/** How many alarms there are for an operator, what makes most of them, and what is not dealt with. */
export function AlarmLoad({ bar }: { readonly bar: HTMLElement | null }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [params, setParams] = usePageParams()
  const days = spans.find((one) => one === params.get('days')) ?? '7'
  const operators = Math.min(mostOperators, Math.max(1, Math.floor(Number(params.get('operators') ?? 1)) || 1))
  const { data, isError, error } = useQuery({ ...orpc.alarms.statistics.queryOptions({ input: { days: Number(days) } }), refetchInterval: everyMs })
  const onDays = (next: string) => setParams((before) => withParams(before, { days: next === '7' ? null : next }), { replace: true })
  const onOperators = (next: string) => setParams((before) => withParams(before, { operators: next === '1' ? null : next }), { replace: true })
  return (
    <>
      {bar !== null &&
        createPortal(
          <>
            {data !== undefined && data.knownFrom > data.from && (
              <span className="mr-1 text-faint text-sm">{t('common.keptSinceTime', { time: formatMoment(data.knownFrom, 'dayAndTime', zone) })}</span>
            )}
            <Select
              label={t('alarmLoad.operators')}
              value={String(operators)}
              onChange={onOperators}
              options={Array.from({ length: mostOperators }, (_, place) => ({
                value: String(place + 1),
                label: `${t('alarmLoad.operators')}: ${place + 1}`,
              }))}
            />
            <Select
              label={t('alarmLoad.title')}
              value={days}
              onChange={onDays}
              options={spans.map((value) => ({ value, label: t('recordings.span', { time: formatSpan(Number(value) * 86_400_000) }) }))}
            />
          </>,
          bar,
        )}
      {data === undefined ? (
        isError ? (
          <p className="flex-none text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p>
        ) : (
          <div className="flex-1 rounded-lg border border-line bg-surface p-4">
            <SkeletonRows rows={12} />
          </div>
        )
      ) : (
        <Counted statistics={data} operators={operators} />
      )}
    </>
  )
}

function Counted({ statistics, operators }: { readonly statistics: AlarmStatistics; readonly operators: number }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { zone } = usePreferences()
  const { data: rules } = useRules()
  const rest = useMemo(() => restRows(statistics), [statistics])
  const context = useMemo(() => ({ rules: rules ?? [], language, to: statistics.to }), [rules, language, statistics.to])
  const columns = useMemo(() => ({ rules: ruleColumns(t), subjects: subjectColumns(t), rest: restColumns(t), takers: takerColumns(t) }), [t])
  const { staleTotal, shelvesTotal, chatteringTotal } = statistics
  const more = staleTotal + shelvesTotal + chatteringTotal - rest.length
  return (
    <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto">
      <Figures statistics={statistics} operators={operators} />
      <Panel title={t('alarmLoad.hours')} className="flex-none">
        <HourBars statistics={statistics} operators={operators} zone={zone} />
      </Panel>
      <Ranking
        name="noisiest-rules"
        title={t('alarmLoad.rules')}
        columns={columns.rules}
        rows={statistics.rules}
        keyOf={ofRule}
        context={context}
        empty={t('alarmLoad.none')}
      />
      <Ranking
        name="noisiest-subjects"
        title={t('alarmLoad.subjects')}
        columns={columns.subjects}
        rows={statistics.subjects}
        keyOf={ofSubject}
        context={context}
        empty={t('alarmLoad.none')}
      />
      <Ranking
        name="not-dealt-with"
        title={t('alarmLoad.rest')}
        hint={more > 0 ? t('common.andCountMore', { count: more }) : undefined}
        columns={columns.rest}
        rows={rest}
        keyOf={ofRest}
        context={context}
        empty={t('alarmLoad.none')}
      />
      <Ranking
        name="acknowledged-by"
        title={t('alarmLoad.takers')}
        columns={columns.takers}
        rows={statistics.takers}
        keyOf={ofTaker}
        context={context}
        empty={t('alarmLoad.none')}
      />
    </div>
  )
}

const ofRule = ({ rule }: { readonly rule: string }) => rule
const ofSubject = ({ subject }: AlarmStatistics['subjects'][number]) => JSON.stringify(subject)
const ofRest = ({ key }: { readonly key: string }) => key
const ofTaker = ({ by, link }: AlarmStatistics['takers'][number]) => JSON.stringify([by, link])

interface RankingProps<Row extends object, Context> {
  /** Of its CSV file. */
  readonly name: string
  readonly title: string
  readonly hint?: string | undefined
  readonly columns: readonly Column<Row, Context>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly context: Context
  readonly empty: string
}
const Ranking = <Row extends object, Context>({ name, title, hint, columns, rows, keyOf, context, empty }: RankingProps<Row, Context>) => (
  <Panel title={title} hint={hint} className="flex-none" actions={<CsvButton name={name} columns={columns} rows={rows} context={context} />}>
    <DataTable
      label={title}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      context={context}
      empty={<EmptyState icon={<Mark kind="ok" size={24} />} title={empty} />}
    />
  </Panel>
)

function Figures({ statistics, operators }: { readonly statistics: AlarmStatistics; readonly operators: number }) {
  const { t } = useTranslation()
  const { began, incidents, hours, floodsTotal, takenAfterMs } = statistics
  const { easyPerHour, mostPerHour, flood, floodMinutes } = alarmLoad
  // The mean of the bars below.
  const hoursKnown = Math.max(1, hours.filter((count) => count !== null).length)
  const mean = hours.reduce<number>((sum, count) => sum + (count ?? 0), 0) / hoursKnown / operators
  const busy = hours.filter((count) => (count ?? 0) / operators > mostPerHour).length
  const facts: readonly (readonly [name: string, value: string, tip?: string | undefined])[] = [
    [t('alarmLoad.began'), formatValue(began, 'count')],
    [t('alarmLoad.incidents'), formatValue(incidents, 'count')],
    [t('alarmLoad.mean'), formatNumber(mean, 2), t('alarmLoad.meanTip', { easy: easyPerHour, most: mostPerHour })],
    [t('alarmLoad.busy', { most: mostPerHour }), formatValue(busy, 'count')],
    [t('alarmLoad.floods'), formatValue(floodsTotal, 'count'), t('alarmLoad.floodsTip', { flood, minutes: floodMinutes })],
    [t('alarmLoad.takenAfter'), takenAfterMs === null ? '–' : formatDuration(takenAfterMs)],
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
