import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { takerName } from '../../i18n/alarmText.ts'
import { ruleName } from '../../i18n/ruleText.ts'
import { type AlarmStatistics, alarmLoad } from '../../shared/alarmStatistics.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Rule } from '../../shared/rules.ts'
import { partOf, subjectName } from '../../shared/subjectNames.ts'
import { formatDuration, formatMoment, formatNumber, formatSpan, formatValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toAlarm, toRule, toSubject } from '../app/links.ts'
import { InBar, Totals } from '../app/lists.tsx'
import { zone } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t, useInLanguage } from '../app/words.ts'
import { alarmTitle } from '../fleet/incidentWords.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { useRules } from '../fleet/useRules.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'
import { column, figureColumn, linkColumn, textColumn } from '../ui/plainColumns.tsx'
import { Select } from '../ui/Select.tsx'
import { roundSpan } from './alarmMessage.ts'
import { HourBars } from './HourBars.tsx'

/** Counting reads all that is stored of the period. */
const everyMs = 300_000
const spans = ['7', '30'] as const
const mostOperators = 10

/** How many alarms there are for an operator, what makes most of them, and what is not dealt with. */
export function AlarmLoad() {
  const [params, change] = usePageParams()
  const days = spans.find((one) => one === params.get('days')) ?? '7'
  const operators = Math.min(mostOperators, Math.max(1, Math.floor(Number(params.get('operators') ?? 1)) || 1))
  const query = useQuery({ ...orpc.alarms.statistics.queryOptions({ input: { days: Number(days) } }), refetchInterval: everyMs })
  const { data } = query
  return (
    <>
      <InBar>
        {data !== undefined && data.knownFrom > data.from && (
          <span className="mr-1 text-faint text-sm">{t('common.keptSinceTime', { time: formatMoment(data.knownFrom, 'dayAndTime', zone) })}</span>
        )}
        <Select
          label={t('alarmLoad.operators')}
          value={String(operators)}
          onChange={(next) => change({ operators: next === '1' ? null : next })}
          options={Array.from({ length: mostOperators }, (_, place) => ({
            value: String(place + 1),
            label: `${t('alarmLoad.operators')}: ${place + 1}`,
          }))}
        />
        <Select
          label={t('alarmLoad.title')}
          value={days}
          onChange={(next) => change({ days: next === '7' ? null : next })}
          options={spans.map((value) => ({ value, label: t('recordings.span', { time: formatSpan(Number(value) * 86_400_000) }) }))}
        />
      </InBar>
      <Loaded query={query} rows={12} failed="alarms.notRead" framed>
        {(statistics) => <Loads statistics={statistics} operators={operators} />}
      </Loaded>
    </>
  )
}

function Loads({ statistics, operators }: { readonly statistics: AlarmStatistics; readonly operators: number }) {
  const { data: rules } = useRules()
  const rest = useMemo(() => restRows(statistics), [statistics])
  const context = useMemo(() => ({ rules: rules ?? [], to: statistics.to }), [rules, statistics.to])
  const columns = useInLanguage(allColumns)
  const { staleTotal, shelvesTotal, chatteringTotal } = statistics
  const more = staleTotal + shelvesTotal + chatteringTotal - rest.length
  return (
    <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto">
      <Figures statistics={statistics} operators={operators} />
      <Panel title={t('alarmLoad.hours')} className="flex-none">
        <HourBars statistics={statistics} operators={operators} />
      </Panel>
      <Ranking name="noisiest-rules" title={t('alarmLoad.rules')} columns={columns.rules} rows={statistics.rules} keyOf={ofRule} context={context} />
      <Ranking
        name="noisiest-subjects"
        title={t('alarmLoad.subjects')}
        columns={columns.subjects}
        rows={statistics.subjects}
        keyOf={ofSubject}
        context={context}
      />
      <Ranking
        name="not-dealt-with"
        title={t('alarmLoad.rest')}
        hint={more > 0 ? t('common.andCountMore', { count: more }) : undefined}
        columns={columns.rest}
        rows={rest}
        keyOf={ofRest}
        context={context}
      />
      <Ranking name="acknowledged-by" title={t('alarmLoad.takers')} columns={columns.takers} rows={statistics.takers} keyOf={ofTaker} context={context} />
    </div>
  )
}

const ofRule = ({ rule }: { readonly rule: string }) => rule
const ofSubject = ({ subject }: AlarmStatistics['subjects'][number]) => JSON.stringify(subject)
const ofRest = ({ key }: { readonly key: string }) => key
const ofTaker = ({ by, link }: AlarmStatistics['takers'][number]) => JSON.stringify([by, link])

interface RankingProps<Row extends object> {
  /** Of its CSV file. */
  readonly name: string
  readonly title: string
  readonly hint?: string | undefined
  readonly columns: readonly LoadColumn<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly context: LoadContext
}
function Ranking<Row extends object>({ name, title, hint, ...table }: RankingProps<Row>) {
  return (
    <Panel title={title} hint={hint} className="flex-none" actions={<CsvButton name={name} {...table} />}>
      <DataTable label={title} {...table} empty={<EmptyState icon={<Mark kind="ok" size={24} />} title={t('alarmLoad.none')} />} />
    </Panel>
  )
}

function Figures({ statistics, operators }: { readonly statistics: AlarmStatistics; readonly operators: number }) {
  const { began, incidents, hours, floodsTotal, takenAfterMs } = statistics
  const { easyPerHour, mostPerHour, flood, floodMinutes } = alarmLoad
  // The mean of the bars below.
  const hoursKnown = Math.max(1, hours.filter((count) => count !== null).length)
  const mean = hours.reduce<number>((sum, count) => sum + (count ?? 0), 0) / hoursKnown / operators
  const busy = hours.filter((count) => (count ?? 0) / operators > mostPerHour).length
  const facts: React.ComponentProps<typeof Totals>['facts'] = [
    [t('alarmLoad.began'), formatValue(began, 'count')],
    [t('alarmLoad.incidents'), formatValue(incidents, 'count')],
    [t('alarmLoad.mean'), formatNumber(mean, 2), t('alarmLoad.meanTip', { easy: easyPerHour, most: mostPerHour })],
    [t('alarmLoad.busy', { most: mostPerHour }), formatValue(busy, 'count')],
    [t('alarmLoad.floods'), formatValue(floodsTotal, 'count'), t('alarmLoad.floodsTip', { flood, minutes: floodMinutes })],
    [t('alarmLoad.takenAfter'), takenAfterMs === null ? '–' : formatDuration(takenAfterMs)],
  ]
  return <Totals facts={facts} />
}

interface LoadContext {
  readonly rules: readonly Rule[]
  readonly to: number
}
type LoadColumn<Row> = Column<Row, LoadContext>
interface Counted {
  readonly began: number
  readonly share: number
}

const countColumns = (): readonly LoadColumn<Counted>[] => [
  figureColumn('began', t('common.began'), ({ began }) => began, { rank: 0, width: widthOf(t('common.began'), '100,000'), sortable: false, csv: 'began' }),
  figureColumn('share', t('alarmLoad.share'), (row) => row.share, {
    rank: 1,
    width: widthOf(t('alarmLoad.share'), '100 %'),
    sortable: false,
    csv: 'share',
    write: (share) => `${formatNumber(share * 100, 0)} %`,
  }),
]

/** A rule that was removed since goes by its id. */
function nameOf(id: string, { rules }: LoadContext): string {
  const rule = rules.find((one) => one.id === id)
  return rule === undefined ? id : ruleName(rule, language)
}

const allColumns = () => ({ rules: ruleColumns(), subjects: subjectColumns(), rest: restColumns(), takers: takerColumns() })

function ruleColumns(): readonly LoadColumn<AlarmStatistics['rules'][number]>[] {
  return [
    column('rule', t('common.rule'), { rank: 0, width: 180, share: 2, wraps: true, csv: { rule: ({ rule }) => rule } }, ({ rule }, context) => (
      <span className="font-medium">{nameOf(rule, context)}</span>
    )),
    ...countColumns(),
    column('todo', t('common.whatToDo'), { rank: 2, width: 190, share: 3, wraps: true }, ({ rule: id, began }, { rules }) => {
      const rule = began >= alarmLoad.chatter ? rules.find((one) => one.id === id) : undefined
      return (
        rule && (
          <Link to={toRule(rule.id, true)} className="text-accent hover:underline">
            {t('alarmLoad.change')}
          </Link>
        )
      )
    }),
  ]
}

function subjectColumns(): readonly LoadColumn<AlarmStatistics['subjects'][number]>[] {
  return [
    linkColumn('where', t('common.where'), ({ subject, serverName }) => subjectName(subject, serverName), {
      to: ({ subject }) => toSubject(subject),
      ...{ rank: 0, width: 180, share: 3, wraps: true, sortable: false },
      csv: { server: ({ serverName }) => serverName, part: ({ subject }) => partOf(subject) },
    }),
    ...countColumns(),
  ]
}

/** What somebody has to see to. */
interface RestRow extends Pick<Alarm, 'id' | 'kind' | 'rule' | 'subject' | 'serverName' | 'severity'> {
  readonly key: string
  readonly is: 'chatters' | 'stale' | 'shelved'
  readonly most: number | null
  readonly since: number
  readonly by: string
}
function restRows({ chattering, stale, shelves }: AlarmStatistics): readonly RestRow[] {
  return [
    ...chattering.map((alarm) => ({ ...alarm, key: `chatters ${alarm.id}`, is: 'chatters', since: alarm.at, by: '' }) as const),
    ...stale.map((alarm) => ({ ...alarm, key: `stale ${alarm.id}`, is: 'stale', most: null, by: '' }) as const),
    ...shelves.map((alarm) => ({ ...alarm, key: `shelved ${alarm.id}`, is: 'shelved', most: null, since: alarm.at }) as const),
  ]
}

function restColumns(): readonly LoadColumn<RestRow>[] {
  const words = ({ is, most, since, by }: RestRow, { to }: LoadContext) =>
    is === 'chatters'
      ? t('alarmLoad.chatters', { count: most ?? 0 })
      : t(is === 'stale' ? 'alarmLoad.stale' : 'alarmLoad.shelved', { time: roundSpan(to - since), by })
  return [
    {
      id: 'what',
      head: t('alarms.column.what'),
      rank: 0,
      width: 200,
      share: 2,
      wraps: true,
      cell: (row, context) => (
        <>
          <SeverityMark severity={row.severity} size={10} />{' '}
          <Link to={toAlarm(row.id)} className="font-medium hover:underline">
            {alarmTitle(row, context.rules)}
          </Link>
          <span className="block text-muted">{words(row, context)}</span>
        </>
      ),
      csv: {
        what: ({ is }) => is,
        severity: ({ severity }) => severity,
        alarm: ({ id }) => id,
        kind: ({ kind }) => kind,
        rule: ({ rule }) => rule,
        most: ({ most }) => most,
        by: ({ by }) => by,
      },
    },
    textColumn('where', t('common.where'), ({ subject, serverName }) => subjectName(subject, serverName), {
      ...{ rank: 0, width: 140, share: 2, wraps: true, sortable: false, className: '' },
      csv: { server: ({ serverName }) => serverName, part: ({ subject }) => partOf(subject) },
    }),
    column('todo', t('common.whatToDo'), { rank: 2, width: 220, share: 3, wraps: true }, ({ is, rule }, { rules }) => {
      const todo = t(is === 'chatters' ? 'alarmLoad.chatterTodo' : is === 'stale' ? 'alarmLoad.staleTodo' : 'alarmLoad.shelfTodo')
      if (is === 'stale' || !rules.some(({ id }) => id === rule)) return <span className="text-muted">{todo}</span>
      return (
        <Link to={toRule(rule, is === 'chatters')} className="text-accent hover:underline">
          {todo}
        </Link>
      )
    }),
  ]
}

function takerColumns(): readonly LoadColumn<AlarmStatistics['takers'][number]>[] {
  const nameOfTaker = ({ by, link }: AlarmStatistics['takers'][number]) => takerName({ by, ...(link !== null && { link }) }, language)
  return [
    column('who', t('common.name'), { rank: 0, width: 180, share: 2, wraps: true, csv: { by: ({ by }) => by, link: ({ link }) => link } }, (row) => (
      <span className="font-medium">{nameOfTaker(row)}</span>
    )),
    figureColumn('taken', t('common.acknowledged'), ({ taken }) => taken, {
      rank: 0,
      width: widthOf(t('common.acknowledged'), '100,000'),
      sortable: false,
      csv: 'taken',
    }),
    figureColumn('after', t('alarmLoad.takenAfter'), ({ takenAfterMs }) => takenAfterMs, {
      rank: 0,
      width: widthOf(t('alarmLoad.takenAfter'), '10 min 10 s'),
      sortable: false,
      csv: { afterSeconds: ({ takenAfterMs }) => Math.round(takenAfterMs / 1_000) },
      write: (ms) => formatDuration(ms),
    }),
  ]
}
