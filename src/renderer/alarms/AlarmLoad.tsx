import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { ruleName } from '../../i18n/ruleText.ts'
import { type AlarmStatistics, alarmLoad, mostOperators } from '../../shared/alarmStatistics.ts'
import type { Rule } from '../../shared/rules.ts'
import { subjectName } from '../../shared/subjectNames.ts'
import { formatDuration, formatMoment, formatNumber, formatSpan, formatValue } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { Loaded } from '../app/Loaded.tsx'
import { toAlarm, toRule, toSubject } from '../app/links.ts'
import { InBar, Totals } from '../app/lists.tsx'
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

/** Counting reads all that is stored of the period. */
const everyMs = 300_000
const spans = ['7', '30'] as const

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
          <span className="mr-1 text-faint text-sm">{t('common.keptSinceTime', { time: formatMoment(data.knownFrom, 'dayAndTime') })}</span>
        )}
        <Select
          label={t('alarmLoad.operators')}
          value={String(operators)}
          onChange={(next) => change({ operators: next === '1' ? null : next })}
          options={Array.from({ length: mostOperators }, (_, place) => ({ value: String(place + 1), label: `${t('alarmLoad.operators')}: ${place + 1}` }))}
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
  const { rules, subjects, rest, restTotal, to } = statistics
  const { data: known } = useRules()
  const context = useMemo(() => ({ rules: known ?? [], to }), [known, to])
  const columns = useInLanguage(allColumns)
  return (
    <div className="flex min-h-0 flex-col gap-2.5 overflow-y-auto">
      <Totals facts={figuresOf(statistics, operators)} />
      <Ranking title={t('alarmLoad.rules')} columns={columns.rules} rows={rules} keyOf={ofRule} context={context} />
      <Ranking title={t('alarmLoad.subjects')} columns={columns.subjects} rows={subjects} keyOf={ofSubject} context={context} />
      <Ranking title={t('alarmLoad.rest')} more={restTotal - rest.length} columns={columns.rest} rows={rest} keyOf={ofRest} context={context} />
    </div>
  )
}

type RestRow = AlarmStatistics['rest'][number]
const ofRule = ({ rule }: { readonly rule: string }) => rule
const ofSubject = ({ subject }: AlarmStatistics['subjects'][number]) => JSON.stringify(subject)
const ofRest = ({ is, id }: RestRow) => `${is} ${id}`

interface RankingProps<Row extends object> {
  readonly title: string
  readonly more?: number
  readonly columns: readonly LoadColumn<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly context: LoadContext
}
function Ranking<Row extends object>({ title, more = 0, ...table }: RankingProps<Row>) {
  return (
    <Panel title={title} hint={more > 0 ? t('common.andCountMore', { count: more }) : undefined} className="flex-none">
      <DataTable label={title} {...table} empty={<EmptyState icon={<Mark kind="ok" size={24} />} title={t('alarmLoad.none')} />} />
    </Panel>
  )
}

function figuresOf(statistics: AlarmStatistics, operators: number): React.ComponentProps<typeof Totals>['facts'] {
  const { began, incidents, perHour, busyHours, busiest, takenAfterMs } = statistics
  const { easyPerHour, mostPerHour } = alarmLoad
  const each = (count: number, digits: number) => formatNumber(count / operators, digits)
  return [
    [t('alarmLoad.began'), formatValue(began, 'count')],
    [t('alarmLoad.incidents'), formatValue(incidents, 'count')],
    [t('alarmLoad.mean'), perHour === null ? '–' : each(perHour, 2), t('alarmLoad.meanTip', { easy: easyPerHour, most: mostPerHour })],
    [t('alarmLoad.busy', { most: mostPerHour }), formatValue(busyHours[operators - 1] ?? null, 'count')],
    [t('alarmLoad.busiest'), busiest === null ? '–' : `${each(busiest.began, 1)} · ${formatMoment(busiest.at, 'dayAndTime')}`],
    [t('alarmLoad.takenAfter'), takenAfterMs === null ? '–' : formatDuration(takenAfterMs)],
  ]
}

interface LoadContext {
  readonly rules: readonly Rule[]
  readonly to: number
}
type LoadColumn<Row> = Column<Row, LoadContext>

const countColumn = (): LoadColumn<{ readonly began: number }> =>
  figureColumn('began', t('common.began'), ({ began }) => began, { rank: 0, width: widthOf(t('common.began'), '100,000'), sortable: false })

/** A rule that was removed since is named by its id. */
function nameOf(id: string, { rules }: LoadContext): string {
  const rule = rules.find((one) => one.id === id)
  return rule === undefined ? id : ruleName(rule, language)
}

const allColumns = () => ({ rules: ruleColumns(), subjects: subjectColumns(), rest: restColumns() })

function ruleColumns(): readonly LoadColumn<AlarmStatistics['rules'][number]>[] {
  return [
    column('rule', t('common.rule'), { rank: 0, width: 180, share: 2, wraps: true }, ({ rule }, context) => (
      <span className="font-medium">{nameOf(rule, context)}</span>
    )),
    countColumn(),
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
    }),
    countColumn(),
  ]
}

function restColumns(): readonly LoadColumn<RestRow>[] {
  const words = ({ is, times, since, by }: RestRow, { to }: LoadContext) =>
    is === 'chatters'
      ? t('alarmLoad.chatters', { count: times ?? 0 })
      : t(is === 'stale' ? 'alarmLoad.stale' : 'alarmLoad.shelved', { time: roundSpan(to - since), by: by ?? '' })
  return [
    column('what', t('alarms.column.what'), { rank: 0, width: 200, share: 2, wraps: true }, (row, context) => (
      <>
        <SeverityMark severity={row.severity} size={10} />{' '}
        <Link to={toAlarm(row.id)} className="font-medium hover:underline">
          {alarmTitle(row, context.rules)}
        </Link>
        <span className="block text-muted">{words(row, context)}</span>
      </>
    )),
    textColumn('where', t('common.where'), ({ subject, serverName }) => subjectName(subject, serverName), {
      ...{ rank: 0, width: 140, share: 2, wraps: true, sortable: false, className: '' },
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
