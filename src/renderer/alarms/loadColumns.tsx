import type { TFunction } from 'i18next'
import { Link } from 'react-router'
import { takerName } from '../../i18n/alarmText.ts'
import type { Language } from '../../i18n/languages.ts'
import { ruleName } from '../../i18n/ruleText.ts'
import { type AlarmStatistics, alarmLoad } from '../../shared/alarmStatistics.ts'
import type { Alarm } from '../../shared/alarms.ts'
import type { Rule } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { formatDuration, formatNumber, formatValue } from '../../shared/units.ts'
import { toAlarm, toRule, toSubject } from '../app/links.ts'
import { alarmTitle } from '../fleet/alarmTitle.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { roundSpan } from './alarmMessage.ts'

interface LoadContext {
  readonly rules: readonly Rule[]
  readonly language: Language
  readonly to: number
}
type LoadColumn<Row> = Column<Row, LoadContext>
interface Counted {
  readonly began: number
  readonly share: number
}

const share = (value: number) => `${formatNumber(value * 100, 0)} %`
const countColumns = (t: TFunction): readonly LoadColumn<Counted>[] => [
  {
    id: 'began',
    head: t('common.began'),
    rank: 0,
    width: widthOf(t('common.began'), '100,000'),
    numeric: true,
    cell: ({ began }) => formatValue(began, 'count'),
    csv: { began: ({ began }) => began },
  },
  {
    id: 'share',
    head: t('alarmLoad.column.share'),
    rank: 1,
    width: widthOf(t('alarmLoad.column.share'), '100 %'),
    numeric: true,
    cell: ({ share: of }) => share(of),
    csv: { share: ({ share: of }) => of },
  },
]

/** A rule that was removed since goes by its id. */
function nameOf(id: string, { rules, language }: LoadContext): string {
  const rule = rules.find((one) => one.id === id)
  return rule === undefined ? id : ruleName(rule, language)
}

export function ruleColumns(t: TFunction): readonly LoadColumn<AlarmStatistics['rules'][number]>[] {
  return [
    {
      id: 'rule',
      head: t('common.rule'),
      rank: 0,
      width: 180,
      share: 2,
      wraps: true,
      cell: ({ rule }, context) => <span className="font-medium">{nameOf(rule, context)}</span>,
      csv: { rule: ({ rule }) => rule },
    },
    ...countColumns(t),
    {
      id: 'todo',
      head: t('common.whatToDo'),
      rank: 2,
      width: 190,
      share: 3,
      wraps: true,
      cell: ({ rule: id, began }, { rules }) => {
        const rule = began >= alarmLoad.chatter ? rules.find((one) => one.id === id) : undefined
        return (
          rule && (
            <Link to={toRule(rule.id, true)} className="text-accent hover:underline">
              {t('alarmLoad.change')}
            </Link>
          )
        )
      },
    },
  ]
}

function placeOf({ subject, serverName }: Pick<Alarm, 'subject' | 'serverName'>): string {
  const part = partOf(subject)
  return part === null ? serverName : `${serverName} · ${part}`
}

export function subjectColumns(t: TFunction): readonly LoadColumn<AlarmStatistics['subjects'][number]>[] {
  return [
    {
      id: 'where',
      head: t('common.where'),
      rank: 0,
      width: 180,
      share: 3,
      wraps: true,
      cell: (row) => (
        <Link to={toSubject(row.subject)} className="font-medium hover:underline">
          {placeOf(row)}
        </Link>
      ),
      csv: { server: ({ serverName }) => serverName, part: ({ subject }) => partOf(subject) },
    },
    ...countColumns(t),
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
export function restRows({ chattering, stale, shelves }: AlarmStatistics): readonly RestRow[] {
  return [
    ...chattering.map((alarm) => ({ ...alarm, key: `chatters ${alarm.id}`, is: 'chatters', since: alarm.at, by: '' }) as const),
    ...stale.map((alarm) => ({ ...alarm, key: `stale ${alarm.id}`, is: 'stale', most: null, by: '' }) as const),
    ...shelves.map((alarm) => ({ ...alarm, key: `shelved ${alarm.id}`, is: 'shelved', most: null, since: alarm.at }) as const),
  ]
}

export function restColumns(t: TFunction): readonly LoadColumn<RestRow>[] {
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
            {alarmTitle({ kind: row.kind, ...(row.rule != null && { rule: row.rule }) }, context.rules, t, context.language)}
          </Link>
          <span className="block text-muted">{words(row, context)}</span>
        </>
      ),
      csv: {
        what: ({ is }) => is,
        severity: ({ severity }) => severity,
        alarm: ({ id }) => id,
        kind: ({ kind }) => kind,
        rule: ({ rule, kind }) => rule ?? kind,
        most: ({ most }) => most,
        by: ({ by }) => by,
      },
    },
    {
      id: 'where',
      head: t('common.where'),
      rank: 0,
      width: 140,
      share: 2,
      wraps: true,
      cell: (row) => placeOf(row),
      csv: { server: ({ serverName }) => serverName, part: ({ subject }) => partOf(subject) },
    },
    {
      id: 'todo',
      head: t('common.whatToDo'),
      rank: 2,
      width: 220,
      share: 3,
      wraps: true,
      cell: ({ is, kind, rule = kind }, { rules }) => {
        const todo = t(is === 'chatters' ? 'alarmLoad.chatterTodo' : is === 'stale' ? 'alarmLoad.staleTodo' : 'alarmLoad.shelfTodo')
        if (is === 'stale' || !rules.some(({ id }) => id === rule)) return <span className="text-muted">{todo}</span>
        return (
          <Link to={toRule(rule, is === 'chatters')} className="text-accent hover:underline">
            {todo}
          </Link>
        )
      },
    },
  ]
}

export function takerColumns(t: TFunction): readonly LoadColumn<AlarmStatistics['takers'][number]>[] {
  const nameOfTaker = ({ by, link }: AlarmStatistics['takers'][number], language: Language) => takerName({ by, ...(link !== null && { link }) }, language)
  return [
    {
      id: 'who',
      head: t('common.name'),
      rank: 0,
      width: 180,
      share: 2,
      wraps: true,
      cell: (row, { language }) => <span className="font-medium">{nameOfTaker(row, language)}</span>,
      csv: { by: ({ by }) => by, link: ({ link }) => link },
    },
    {
      id: 'taken',
      head: t('common.acknowledged'),
      rank: 0,
      width: widthOf(t('common.acknowledged'), '100,000'),
      numeric: true,
      cell: ({ taken }) => formatValue(taken, 'count'),
      csv: { taken: ({ taken }) => taken },
    },
    {
      id: 'after',
      head: t('alarmLoad.takenAfter'),
      rank: 0,
      width: widthOf(t('alarmLoad.takenAfter'), '10 min 10 s'),
      numeric: true,
      cell: ({ takenAfterMs }) => formatDuration(takenAfterMs),
      csv: { afterSeconds: ({ takenAfterMs }) => Math.round(takenAfterMs / 1_000) },
    },
  ]
}
