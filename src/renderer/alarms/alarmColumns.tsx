import type { TFunction } from 'i18next'
import type { Alarm } from '../../shared/alarms.ts'
import { ownerIdOf } from '../../shared/subjects.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, formatMoment, formatValue, type TimeZoneChoice } from '../../shared/units.ts'
import type { Language } from '../../shared/words/languages.ts'
import { troubleWords } from '../../shared/words/reasonText.ts'
import { SeverityMark } from '../app/StateMark.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { durationOf, hitWords, namesOf, nearTime, roundSpan } from './alarmWords.ts'
import type { ListRow } from './listRows.ts'

/** Input of cells besides the row. */
export interface CellContext {
  readonly now: number
  readonly zone: TimeZoneChoice
  /** The alarm whose details are open. */
  readonly openId: string | null
  readonly chosen: ReadonlySet<string>
  readonly onChoose: (id: string) => void
  readonly linkOf: (alarm: Alarm) => string
  readonly serverLink: (alarm: Alarm) => string
}
type AlarmColumn<Row> = Column<Row, CellContext>

/** Whether nobody has it: such rows are loud. */
const isLoud = ({ state, closed }: Alarm) => closed === null && state === 'unacknowledged'
const timeOf = (at: number, { zone }: CellContext, words: string) => (
  <time dateTime={new Date(at).toISOString()} title={formatDateTime(at, zone)}>
    {words}
  </time>
)

/** Columns of an alarm, whatever row holds it. */
function columnsOf<Row>(alarmIn: (row: Row) => Alarm | null, t: TFunction, language: Language) {
  const cell = (draw: (alarm: Alarm, context: CellContext, row: Row) => React.ReactNode) => (row: Row, context: CellContext) => {
    const alarm = alarmIn(row)
    return alarm === null ? null : draw(alarm, context, row)
  }
  const csv = (field: (alarm: Alarm) => string | number | null) => (row: Row) => {
    const alarm = alarmIn(row)
    return alarm === null ? null : field(alarm)
  }
  const severity: AlarmColumn<Row> = {
    id: 'severity',
    head: t('alarms.column.severity'),
    width: Math.max(
      widthOf(t('alarms.column.severity')),
      18 + widthOf(...(['critical', 'major', 'minor', 'warning'] as const).map((one) => t(`severity.${one}`))),
    ),
    rank: 0,
    cell: cell(({ severity: one }) => <SeverityMark severity={one} />),
    csv: { severity: csv(({ severity: one }) => one), state: csv(({ state }) => state) },
  }
  const what: AlarmColumn<Row> = {
    id: 'what',
    head: t('alarms.column.what'),
    width: 240,
    rank: 0,
    share: 3,
    cell: cell((alarm) => {
      const { text } = troubleWords(alarm, language)
      return (
        <span className={isLoud(alarm) ? 'font-medium' : 'text-muted'} title={text}>
          {text}
        </span>
      )
    }),
    csv: { kind: csv(({ kind }) => kind), what: csv((alarm) => troubleWords(alarm, language).text) },
  }
  const where: AlarmColumn<Row> = {
    id: 'where',
    head: t('alarms.column.where'),
    width: 168,
    rank: 0,
    share: 2,
    cell: cell((alarm, { linkOf, serverLink }) => {
      const { name, server } = namesOf(alarm)
      return (
        <>
          <a href={linkOf(alarm)} tabIndex={-1} className={`hover:underline ${isLoud(alarm) ? 'font-semibold' : 'text-muted'}`} title={name}>
            {name}
          </a>
          {server !== null && (
            <>
              <span className="text-faint"> · </span>
              <a href={serverLink(alarm)} tabIndex={-1} className="text-muted hover:underline" title={server}>
                {server}
              </a>
            </>
          )}
        </>
      )
    }),
    csv: {
      stream: csv((alarm) => (alarm.subject.kind === 'stream' ? alarm.subject.path : null)),
      server: csv(({ serverName }) => serverName),
      server_id: csv(({ subject }) => ownerIdOf(subject)),
    },
  }
  const hit: AlarmColumn<Row> = {
    id: 'hit',
    head: t('alarms.column.hit'),
    width: 100,
    rank: 5,
    share: 1,
    cell: cell((alarm) => (
      <span className="text-muted" title={hitWords(alarm, t)}>
        {hitWords(alarm, t)}
      </span>
    )),
    csv: { streams: csv(({ streams }) => streams), readers: csv(({ readers }) => readers) },
  }
  const count: AlarmColumn<Row> = {
    id: 'count',
    head: t('alarms.column.count'),
    tip: t('alarms.countTip'),
    width: widthOf(t('alarms.column.count'), '9,999'),
    rank: 4,
    numeric: true,
    cell: cell(({ count: times }) => <span className={times > 1 ? 'font-medium' : 'text-faint'}>{formatValue(times, 'count')}</span>),
    csv: { times: csv(({ count: times }) => times) },
  }
  return { severity, what, where, hit, count, cell, csv }
}

/** Columns of open alarms. Those that say when, and who has it, stay longest. */
export function openColumns(t: TFunction, language: Language): readonly AlarmColumn<ListRow>[] {
  const { severity, what, where, hit, count, cell, csv } = columnsOf<ListRow>((row) => (row.kind === 'alarm' ? row.alarm : null), t, language)
  const lastedWords = (ms: number) => t('alarms.lasted', { time: roundSpan(ms) })
  return [
    {
      id: 'choose',
      head: t('alarms.column.choose'),
      silent: true,
      width: 26,
      rank: 0,
      cell: cell((alarm, { chosen, onChoose }) => (
        <input
          type="checkbox"
          aria-label={t('alarms.choose', { name: namesOf(alarm).name })}
          checked={chosen.has(alarm.id)}
          onChange={() => onChoose(alarm.id)}
          className="h-4 w-4 align-middle accent-(--accent)"
        />
      )),
    },
    severity,
    what,
    where,
    hit,
    {
      id: 'since',
      head: t('alarms.column.since'),
      width: widthOf(t('alarms.column.since'), formatMoment(0, 'dayAndTime', 'utc', language)),
      rank: 3,
      cell: cell((alarm, context) => <span className="text-muted">{timeOf(alarm.since, context, nearTime(alarm.since, context.now, context.zone))}</span>),
      csv: { since: csv(({ since }) => isoOrNull(since)), healed_at: csv(({ healedAt }) => isoOrNull(healedAt)) },
    },
    {
      id: 'age',
      head: t('alarms.column.age'),
      width: widthOf(lastedWords(59 * 60_000), formatDuration(359_999_000, language)),
      rank: 1,
      cell: cell((alarm, { now }, row) => {
        if (row.kind === 'alarm' && row.over) return <span className="text-muted">{t('alarms.over')}</span>
        if (alarm.healedAt !== null) return <span className="text-muted">{lastedWords(durationOf(alarm, now))}</span>
        return <span className={isLoud(alarm) ? 'font-semibold' : 'text-muted'}>{formatDuration(durationOf(alarm, now))}</span>
      }),
    },
    count,
    {
      id: 'who',
      head: t('alarms.column.who'),
      tip: t('alarms.whoTip'),
      width: 110,
      rank: 2,
      share: 2,
      cell: cell((alarm, { now, zone }) => {
        const by = alarm.shelf?.by ?? alarm.acknowledged?.by ?? ''
        const until = alarm.shelf?.until ?? alarm.acknowledged?.until ?? null
        return (
          <span className="text-muted" title={alarm.shelf?.reason ?? by}>
            {by}
            {until !== null && <span className="text-faint"> {t('alarms.until', { time: nearTime(until, now, zone) })}</span>}
          </span>
        )
      }),
      csv: {
        acknowledged_by: csv(({ acknowledged }) => acknowledged?.by ?? null),
        shelved_by: csv(({ shelf }) => shelf?.by ?? null),
        shelved_until: csv(({ shelf }) => isoOrNull(shelf?.until ?? null)),
      },
    },
  ]
}

/** Columns of closed alarms. */
export function pastColumns(t: TFunction, language: Language): readonly AlarmColumn<Alarm>[] {
  const { severity, what, where, hit, count } = columnsOf<Alarm>((alarm) => alarm, t, language)
  const timePx = widthOf(formatMoment(0, 'dayAndTime', 'utc', language))
  return [
    {
      id: 'began',
      head: t('alarms.column.began'),
      width: timePx,
      rank: 0,
      cell: ({ since }, context) => timeOf(since, context, nearTime(since, context.now, context.zone)),
      csv: { began: ({ since }) => isoOrNull(since) },
    },
    severity,
    what,
    where,
    hit,
    {
      id: 'lasted',
      head: t('alarms.column.lasted'),
      width: widthOf(t('alarms.column.lasted'), formatDuration(359_999_000, language)),
      rank: 1,
      cell: (alarm, { now }) => <span className="text-muted">{formatDuration(durationOf(alarm, now))}</span>,
      csv: { healed_at: ({ healedAt }) => isoOrNull(healedAt) },
    },
    count,
    {
      id: 'closed',
      head: t('alarms.column.closed'),
      width: timePx,
      rank: 3,
      cell: ({ closed }, context) => closed && <span className="text-muted">{timeOf(closed.at, context, nearTime(closed.at, context.now, context.zone))}</span>,
      csv: { closed_at: ({ closed }) => isoOrNull(closed?.at ?? null), closed_by: ({ closed }) => closed?.because ?? null },
    },
    {
      id: 'who',
      head: t('alarms.column.who'),
      tip: t('alarms.whoTip'),
      width: 96,
      rank: 2,
      cell: ({ acknowledged, shelf }) => <span className="text-muted">{acknowledged?.by ?? shelf?.by ?? ''}</span>,
      csv: { acknowledged_by: ({ acknowledged }) => acknowledged?.by ?? null },
    },
  ]
}
