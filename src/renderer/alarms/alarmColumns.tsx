import { ChevronDown, ChevronRight } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { incidentCause, incidentName, incidentTitle } from '../../i18n/incidentText.ts'
import { troubleText } from '../../i18n/reasonText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { severities } from '../../shared/severities.ts'
import { isoOrNull } from '../../shared/time.ts'
import { formatDateTime, formatDuration, formatInterval, formatMoment, formatTime } from '../../shared/units.ts'
import { toCamera, toOwner, toSubject } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { language, t } from '../app/words.ts'
import { alarmHitText, incidentHitText } from '../fleet/incidentWords.ts'
import { isNewSince } from '../fleet/lastLook.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { Mark } from '../ui/Mark.tsx'
import { createMediaHook } from '../ui/media.ts'
import { column } from '../ui/plainColumns.tsx'
import { Tick } from '../ui/Tick.tsx'
import { calmText, durationText, firstBegan, namesOf, pastText, timesText } from './alarmMessage.ts'
import type { ItemRow, ListRow } from './listRows.ts'

interface CellContext {
  readonly now: number
}
interface OpenContext extends CellContext {
  readonly chosen: ReadonlySet<string>
  readonly onChoose: (ids: readonly string[]) => void
  readonly onFold: (incident: string) => void
  /** Alarms that began after it are marked as new, epoch ms; null: none. */
  readonly newSince: number | null
}
type AlarmColumn<Context = CellContext> = Omit<Column<Alarm, Context>, 'value'>
interface OpenColumn extends AlarmColumn<OpenContext> {
  /** Shown instead in a row that only keeps its place. */
  readonly over?: ReactNode
  /** In the row of an incident of several alarms; left out: nothing. */
  readonly ofIncident?: (row: IncidentRow, context: OpenContext) => ReactNode
}
type IncidentRow = Extract<ListRow, { kind: 'incident' }>

const isLoud = ({ state, closed }: Alarm) => closed === null && state === 'unacknowledged'
const timeOf = (at: number) => (
  <time dateTime={new Date(at).toISOString()} title={formatDateTime(at)}>
    {formatTime(at)}
  </time>
)

function columnsOf() {
  const severity: AlarmColumn = {
    id: 'severity',
    head: t('alarms.column.severity'),
    width: Math.max(widthOf(t('alarms.column.severity')), 18 + widthOf(...severities.map((one) => t(`severity.${one}`)))),
    rank: 0,
    cell: ({ severity: one }) => <SeverityMark severity={one} />,
    csv: { severity: ({ severity: one }) => one, state: ({ state }) => state },
  }
  const what: AlarmColumn = {
    id: 'what',
    head: t('alarms.column.what'),
    width: 240,
    rank: 0,
    share: 12,
    wraps: true,
    cell: (alarm, { now }) => {
      const text = [calmText(alarm, now), troubleText(alarm, language).text].filter((words) => words !== null).join(' · ')
      return (
        <span className={isLoud(alarm) ? 'font-medium' : 'text-muted'} title={text}>
          {text}
        </span>
      )
    },
    csv: { kind: ({ kind }) => kind, what: (alarm) => troubleText(alarm, language).text },
  }
  const linkAfter = (to: string, name: string) => (
    <>
      <span className="text-faint"> · </span>
      <a href={`#${keepMoment(to)}`} tabIndex={-1} className="text-muted hover:underline" title={name}>
        {name}
      </a>
    </>
  )
  const ofCamera = ({ camera }: Pick<Alarm, 'camera'>) => camera !== undefined && linkAfter(toCamera(camera.id), camera.name)
  const where: AlarmColumn = {
    id: 'where',
    head: t('common.where'),
    width: 150,
    rank: 0,
    share: 2,
    wraps: true,
    cell: (alarm) => {
      const { name, server } = namesOf(alarm)
      return (
        <>
          <a
            href={`#${keepMoment(toSubject(alarm.subject))}`}
            tabIndex={-1}
            className={`hover:underline ${isLoud(alarm) ? 'font-semibold' : 'text-muted'}`}
            title={name}
          >
            {name}
          </a>
          {alarm.subject.kind === 'probe' && <span className="text-faint"> · {t('common.probe')}</span>}
          {server !== null && linkAfter(toOwner(alarm.subject), server)}
          {ofCamera(alarm)}
        </>
      )
    },
    csv: {
      camera: ({ camera }) => camera?.name ?? null,
      stream: ({ subject }) => (subject.kind === 'stream' ? subject.path : null),
      server: ({ serverName }) => serverName,
      server_id: ({ subject }) => ('serverId' in subject ? subject.serverId : null),
      host_id: ({ subject }) => ('hostId' in subject ? subject.hostId : null),
    },
  }
  const hit: AlarmColumn = column(
    'hit',
    t('common.whoIsHit'),
    { width: 110, rank: 5, share: 1, wraps: true, csv: { streams: ({ streams }) => streams, readers: ({ readers }) => readers } },
    (alarm) => (
      <span className="text-muted" title={alarmHitText(alarm)}>
        {alarmHitText(alarm)}
      </span>
    ),
  )
  const times = (count: number) => count > 1 && <span> · {timesText(count)}</span>
  const when = (first: ReactNode, second: ReactNode) => (
    <>
      <div className="truncate">{first}</div>
      <div className="truncate text-muted text-sm">{second}</div>
    </>
  )
  const whenPx = widthOf(`${formatMoment(0, 'dayAndTime', 'utc', language)} · 99 ×`)
  return { severity, what, where, ofCamera, hit, times, when, whenPx }
}

/** Columns of open alarms; when, and who has it, are hidden last. */
export function openColumns(): readonly Column<ListRow, OpenContext>[] {
  const { severity, what, where, ofCamera, hit, times, when, whenPx } = columnsOf()
  const ageOf = (of: Parameters<typeof durationText>[0] & Pick<Alarm, 'state'>, now: number) =>
    of.healedAt !== null ? (
      <span className="text-muted">{t('alarms.lasted', { time: durationText(of, now) })}</span>
    ) : (
      <span className={of.state === 'unacknowledged' ? 'font-semibold' : 'text-muted'}>{durationText(of, now)}</span>
    )
  const newMark = (alarms: readonly Alarm[], { newSince }: OpenContext) =>
    alarms.some((alarm) => isNewSince(alarm, newSince)) && (
      <span title={t('alarms.isNew')} className="mr-1.5 inline-block h-[7px] w-[7px] flex-none rounded-full bg-accent align-middle">
        <span className="sr-only">{t('alarms.isNew')}</span>
      </span>
    )
  const columns: readonly OpenColumn[] = [
    {
      id: 'choose',
      head: t('alarms.column.choose'),
      silent: true,
      width: 26,
      rank: 0,
      cell: (alarm, { chosen, onChoose }) => (
        <Tick
          className="h-4 w-4 align-middle"
          aria-label={t('common.selectName', { name: namesOf(alarm).name })}
          checked={chosen.has(alarm.id)}
          onTick={() => onChoose([alarm.id])}
        />
      ),
      ofIncident: ({ incident, alarms }, { chosen, onChoose }) => (
        <Tick
          className="h-4 w-4 align-middle"
          aria-label={t('common.selectName', { name: incidentTitle(incident, language) })}
          checked={alarms.every(({ id }) => chosen.has(id))}
          onTick={() => onChoose(alarms.map(({ id }) => id))}
        />
      ),
    },
    { ...severity, ofIncident: ({ incident }) => <SeverityMark severity={incident.severity} /> },
    {
      ...what,
      cell: (alarm, context) => (
        <>
          {newMark([alarm], context)}
          {what.cell(alarm, context)}
        </>
      ),
      ofIncident: ({ incident, isOpen, alarms }, context) => {
        const { onFold, now } = context
        const cause = [calmText(incident, now), incidentCause({ ...incident, causes: undefined }, language)].filter((words) => words !== null).join(' · ')
        const Fold = isOpen ? ChevronDown : ChevronRight
        return (
          <span className={incident.state === 'unacknowledged' ? 'font-medium' : 'text-muted'} title={cause}>
            {newMark(alarms, context)}
            <button
              type="button"
              aria-expanded={isOpen}
              aria-label={`${t('alarms.members', { count: incident.membersTotal })}: ${incidentTitle(incident, language)}`}
              onClick={(event) => {
                event.stopPropagation()
                onFold(incident.id)
              }}
              className="mr-1.5 inline-flex items-center gap-0.5 rounded border border-line bg-raised pr-1.5 pl-0.5 align-bottom text-sm hover:bg-hover"
            >
              <Fold size={14} aria-hidden="true" />
              {t('alarms.members', { count: incident.membersTotal })}
            </button>
            {cause}
          </span>
        )
      },
    },
    {
      ...where,
      ofIncident: ({ incident }) => {
        const { name, rest } = incidentName(incident, language)
        return (
          <span title={incidentTitle(incident, language)}>
            <span className={incident.state === 'unacknowledged' ? 'font-semibold' : 'text-muted'}>{name}</span>
            {rest !== null && <span className="text-muted"> · {rest}</span>}
            {ofCamera(incident)}
          </span>
        )
      },
    },
    { ...hit, ofIncident: ({ incident }) => <span className="text-muted">{incidentHitText(incident)}</span> },
    {
      id: 'since',
      head: t('common.since'),
      width: Math.max(whenPx, widthOf(formatInterval(55_000, 125_000, language))),
      rank: 0,
      over: <span className="text-muted">{t('alarms.over')}</span>,
      cell: (alarm, context) =>
        when(
          ageOf(alarm, context.now),
          <>
            {timeOf(alarm.since)}
            {times(alarm.count)}
          </>,
        ),
      ofIncident: ({ incident }, context) => when(ageOf(incident, context.now), timeOf(incident.since)),
      csv: {
        since: ({ since }) => isoOrNull(since),
        healed_at: ({ healedAt }) => isoOrNull(healedAt),
        times: ({ count }) => count,
      },
    },
    {
      id: 'who',
      head: t('common.who'),
      width: 110,
      rank: 2,
      wraps: true,
      cell: ({ shelf, acknowledged, suppressedBy }) => {
        if (suppressedBy === 'maintenance') return <Mark kind="maintenance" word={t('maintenance.mark')} quiet />
        const by = shelf?.by ?? acknowledged?.by ?? ''
        const until = shelf?.until ?? acknowledged?.until ?? null
        return (
          <span className="text-muted" title={shelf?.reason ?? by}>
            {by}
            {until !== null && <span className="text-faint"> {t('common.untilTime', { time: formatTime(until) })}</span>}
          </span>
        )
      },
      ofIncident: ({ incident, alarms }) => {
        if (incident.state === 'unacknowledged') return null
        const names = [...new Set(alarms.flatMap(({ shelf, acknowledged }) => shelf?.by ?? acknowledged?.by ?? []))]
        return (
          <span className="text-muted" title={names.join(', ')}>
            {names.join(', ')}
          </span>
        )
      },
      csv: {
        acknowledged_by: ({ acknowledged }) => acknowledged?.by ?? null,
        shelved_by: ({ shelf }) => shelf?.by ?? null,
        shelved_until: ({ shelf }) => isoOrNull(shelf?.until ?? null),
      },
    },
  ]
  return columns.map(inList)
}

function inList({ cell, csv = {}, over, ofIncident, ...column }: OpenColumn): Column<ListRow, OpenContext> {
  const cellOf = (row: ItemRow, context: OpenContext) => {
    if (row.over && over) return over
    if (row.kind === 'incident') return ofIncident?.(row, context) ?? null
    const shown = cell(row.alarm, context)
    return row.inside && column.id === 'what' ? <span className="block pl-6">{shown}</span> : shown
  }
  return {
    ...column,
    cell: (row, context) => (row.kind === 'group' ? null : cellOf(row, context)),
    csv: Object.fromEntries(
      Object.entries(csv).map(([name, field]) => [name, (row: ListRow, context: OpenContext) => (row.kind === 'alarm' ? field(row.alarm, context) : null)]),
    ),
  }
}

export function pastColumns(): readonly Column<Alarm, CellContext>[] {
  const { severity, what, where, hit, times, when, whenPx } = columnsOf()
  const timePx = widthOf(formatMoment(0, 'dayAndTime', 'utc', language))
  return [
    {
      id: 'began',
      head: t('common.began'),
      width: Math.max(whenPx, widthOf(t('alarms.lasted', { time: formatDuration(359_999_000, language) }))),
      rank: 0,
      cell: (alarm) =>
        when(
          timeOf(firstBegan(alarm)),
          <>
            {pastText(alarm)}
            {times(alarm.count)}
          </>,
        ),
      csv: {
        began: (alarm) => isoOrNull(firstBegan(alarm)),
        healed_at: ({ healedAt }) => isoOrNull(healedAt),
        times: ({ count }) => count,
      },
    },
    severity,
    what,
    where,
    hit,
    {
      id: 'closed',
      head: t('alarms.column.closed'),
      width: timePx,
      rank: 3,
      cell: ({ closed }) => closed && <span className="text-muted">{timeOf(closed.at)}</span>,
      csv: { closed_at: ({ closed }) => isoOrNull(closed?.at ?? null), closed_by: ({ closed }) => closed?.because ?? null },
    },
    column(
      'who',
      t('common.who'),
      { rank: 2, width: 96, csv: { acknowledged_by: ({ acknowledged }) => acknowledged?.by ?? null } },
      ({ acknowledged, shelf }) => <span className="text-muted">{acknowledged?.by ?? shelf?.by ?? ''}</span>,
    ),
  ]
}

/** On a telephone: all that decides in one column. */
function briefColumns<Row, Context>(columns: readonly Column<Row, Context>[]): readonly Column<Row, Context>[] {
  const cellOf = (id: string) => columns.find((column) => column.id === id)?.cell
  const [severity, where, when, what] = [cellOf('severity'), cellOf('where'), cellOf('since') ?? cellOf('began'), cellOf('what')]
  return [
    ...columns.filter(({ id }) => id === 'choose'),
    column('brief', t('alarms.column.what'), { rank: 0, width: 200, share: 1 }, (row, context) => (
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2 whitespace-normal">
        <span className="line-clamp-2 break-words">
          {severity?.(row, context)} {where?.(row, context)}
        </span>
        <span className="text-right">{when?.(row, context)}</span>
        <span className="col-span-2 line-clamp-2 break-words">{what?.(row, context)}</span>
      </div>
    )),
  ]
}

const useNarrow = createMediaHook('(max-width: 699px)')

/** Columns that fit this window, and the height of its rows: two lines, or four in one column. */
export function useFittingColumns<Row, Context>(columns: readonly Column<Row, Context>[]) {
  const narrow = useNarrow()
  const fitting = useMemo(() => (narrow ? briefColumns(columns) : columns), [narrow, columns])
  return { fitting, rowPx: narrow ? 82 : 44 }
}
