import { X } from 'lucide-react'
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Language } from '../../i18n/languages.ts'
import { troubleText } from '../../i18n/reasonText.ts'
import { type Alarm, type AlarmState, alarmStates } from '../../shared/alarms.ts'
import { severities } from '../../shared/severities.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { useKeys } from '../app/keys.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { t, useInLanguage, useLanguage } from '../app/words.ts'
import { type OpenAlarms as Open, useEngineGone, useVerdict } from '../fleet/fleet.ts'
import { alarmHitText } from '../fleet/incidentWords.ts'
import { useNews } from '../fleet/lastLook.ts'
import { May } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { toggledIn } from '../ui/Chip.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { GroupHeading, groupRowClass } from '../ui/GroupHeading.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Tick } from '../ui/Tick.tsx'
import { useHold } from '../ui/useCalm.ts'
import { AlarmFilters, WithDetails } from './AlarmsWithDetails.tsx'
import { openColumns, useFittingColumns } from './alarmColumns.tsx'
import { type AlarmFilter, filterParams, filterTest, isFiltered, noFilter, readFilter } from './alarmFilter.ts'
import { isHandled, namesOf } from './alarmMessage.ts'
import { alarmsOfRow, incidentKey, type ListRow, listRows, rowsInPlace } from './listRows.ts'
import { useAlarmDesk, useAlarmKeys } from './useAlarmDesk.tsx'

interface OpenAlarmsProps {
  readonly alarms: Open
  /** The past moment of which they are; null: now. */
  readonly at?: number | null
  readonly serverName: (id: string) => string
}
/** Open alarms, grouped by state, worst first. Filters and the open alarm are stored in the address. */
export function OpenAlarms({ alarms, at = null, serverName }: OpenAlarmsProps) {
  const past = at !== null
  const now = useNow()
  const gone = useEngineGone()
  const [params, change] = usePageParams()
  const filter = useMemo(() => readFilter(params), [params])
  const onFilter = (next: AlarmFilter) => change(filterParams(next))
  const openIncident = params.get('incident')
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const onFold = useCallback((id: string) => setUnfolded((before) => toggledIn(before, id)), [])
  const list = useList(alarms, filter, unfolded, at)
  const { chosen, chosenAlarms, chosenIncidents, toggle, isAllChosen, toggleAll, clear } = useChosen(list.rows)
  const leadId = useLeadOf(openIncident, alarms)
  const openId = leadId ?? params.get('id')
  const opened = alarms.list.find(({ id }) => id === openId)
  const openedTargets = useMemo(() => {
    if (opened === undefined) return []
    // The row of an incident stands for all of it, whichever alarm leads it now.
    return openIncident === null ? [opened] : alarms.list.filter(({ incident }) => incident === openIncident)
  }, [alarms, opened, openIncident])
  const targets = chosenAlarms.length > 0 ? chosenAlarms : openedTargets
  const all = useAlarmDesk(clear)
  const whole = chosenAlarms.length > 0 ? chosenIncidents : openIncident === null ? [] : [openIncident]
  const desk = all.forIncidents(whole)
  useAlarmKeys(desk, past ? null : () => targets)
  useKeys('page', [{ keys: 'c', words: t('common.clearFilters'), run: () => onFilter(noFilter) }])
  const isAnyHandled = alarms.list.some(isHandled)
  const ofAll = useInLanguage(openColumns)
  const columns = useMemo(() => ofAll.filter(({ id }) => (!past || id !== 'choose') && (isAnyHandled || id !== 'who')), [ofAll, past, isAnyHandled])
  const { fitting, rowPx } = useFittingColumns(columns)
  const openKey = openIncident === null ? openId : incidentKey(openIncident)
  const newSince = useNews(past ? null : alarms.list)?.since ?? null
  const context = useMemo(
    () => ({ now, openId, openKey, chosen, onChoose: toggle, onFold, newSince }),
    [now, openId, openKey, chosen, toggle, onFold, newSince],
  )
  const onOpen = useCallback(
    (row: ListRow) => {
      if (row.kind !== 'group') change(row.kind === 'alarm' ? { id: row.alarm.id, incident: null } : { id: null, incident: row.incident.id }, false)
    },
    [change],
  )
  const { total } = alarms
  return (
    <WithDetails
      id={openId}
      at={at}
      listed={opened}
      desk={all.forIncidents(openIncident === null ? [] : [openIncident])}
      incident={openIncident}
      targets={openedTargets}
      filters={<AlarmFilters filter={filter} onFilter={onFilter} states={alarms.counts} {...list.facets()} serverName={serverName} />}
      actions={
        <>
          {list.waiting > 0 && (
            <button type="button" onClick={list.hold.release} className="rounded-full border border-accent bg-accent-soft px-2 text-sm">
              {t('overview.newEvents', { count: list.waiting })}
            </button>
          )}
          {chosenAlarms.length > 0 && (
            <Button look="quiet" onClick={clear} title={t('common.clearSelection')}>
              {t('alarms.chosen', { count: chosenAlarms.length })} <X size={12} aria-hidden="true" />
            </Button>
          )}
          {!past && (
            <May needs="operate">
              <Button keyHint="a" disabled={targets.length === 0} onClick={() => desk.acknowledge(targets)} text={t('alarms.acknowledge')} />
              <Button keyHint="s" disabled={targets.length === 0} onClick={() => desk.ask('shelve', targets)} text={t('alarms.shelve')} />
              <Button keyHint="m" disabled={targets.length === 0} onClick={() => desk.plan(targets)} text={t('maintenance.now.button')} />
            </May>
          )}
          <CsvButton name="alarms" columns={columns} rows={list.alarmRows} context={context} />
        </>
      }
    >
      {total > alarms.list.length && <p className="flex-none text-muted">{t('alarms.more', { shown: alarms.list.length, all: total })}</p>}
      <DataTable
        label={t('pages.alarms')}
        columns={fitting}
        rows={list.rows}
        keyOf={keyOf}
        context={context}
        rowPx={rowPx}
        onOpen={onOpen}
        hold={list.hold}
        rowClass={gone ? goneClass : rowClass}
        span={groupSpan}
        empty={<NoAlarms filtered={isFiltered(filter)} past={past} onClear={() => onFilter(noFilter)} />}
      />
      {desk.dialog}
    </WithDetails>
  )

  function groupSpan(row: ListRow) {
    if (row.kind !== 'group') return null
    return {
      from: past ? 'severity' : 'choose',
      cell: (
        <span className="flex items-center gap-2.5">
          {!past && (
            <Tick
              aria-label={t('alarms.chooseAll', { state: t(`alarms.state.${row.state}`) })}
              checked={isAllChosen(row.state)}
              onTick={() => toggleAll(row.state)}
            />
          )}
          <GroupHeading name={t(`alarms.state.${row.state}`)} count={row.count}>
            {row.alarms > row.count && <span className="font-normal text-faint"> · {t('alarms.members', { count: row.alarms })}</span>}
          </GroupHeading>
        </span>
      ),
    }
  }
}

const keyOf = ({ key }: ListRow) => key
const edges = {
  critical: 'shadow-[inset_3px_0_0_var(--critical)]',
  major: 'shadow-[inset_3px_0_0_var(--major)]',
  minor: 'shadow-[inset_3px_0_0_var(--minor)]',
  warning: 'shadow-[inset_3px_0_0_var(--warning)]',
}
interface OpenRow {
  readonly openId: string | null
  readonly openKey: string | null
}
function rowClass(row: ListRow, { openId, openKey }: OpenRow): string {
  if (row.kind === 'group') return groupRowClass
  const { state, severity } = row.kind === 'alarm' ? row.alarm : row.incident
  // An incident of one alarm has the row of that.
  const open = row.key === openKey || (row.kind === 'alarm' && !row.inside && row.key === openId) ? 'bg-accent-soft' : ''
  return `${open} ${row.over ? 'stale' : state === 'unacknowledged' ? edges[severity] : ''}`
}
const goneClass = (row: ListRow, context: OpenRow) => `${rowClass(row, context)} stale`

/** The alarm that leads an incident; of one that is over the last that did, or the one it is named after. null: no incident is open. */
function useLeadOf(incident: string | null, alarms: Open): string | null {
  const [last, setLast] = useState<{ readonly incident: string; readonly lead: string } | null>(null)
  const lead = alarms.incidents.find(({ id }) => id === incident)?.lead
  if (incident !== null && lead !== undefined && lead !== last?.lead) setLast({ incident, lead })
  return incident === null ? null : (lead ?? (last?.incident === incident ? last.lead : incident))
}

function searchedWords(alarm: Alarm, language: Language): string {
  const { name, server } = namesOf(alarm)
  const { kind, camera, said } = alarm
  return [troubleText(alarm, language).text, t(`troubleKind.${kind}`), name, server, camera?.name, camera?.place, alarmHitText(alarm), said].join(' ')
}

/** Rows that pass the filter, grouped, and kept in place while the pointer is over them. */
function useList(alarms: Open, filter: AlarmFilter, unfolded: ReadonlySet<string>, at: number | null) {
  const language = useLanguage()
  const now = useMemo(() => {
    const wordsOf = (alarm: Alarm) => searchedWords(alarm, language)
    const incidents = new Map(alarms.incidents.map((incident) => [incident.id, incident]))
    const passing = alarms.list.filter(filterTest(filter, wordsOf, (alarm) => incidents.get(alarm.incident) ?? alarm))
    // The numbers are those of all.
    const lacks = alarms.total > alarms.list.length
    const countOf = (state: AlarmState, listed: number) => (lacks && !isFiltered(filter) ? alarms.counts[state] : listed)
    return { rows: listRows(passing, countOf, alarms.incidents, ({ id }) => unfolded.has(id)), passing }
  }, [alarms, filter, language, unfolded])
  const listed = useStableRows(now.rows, JSON.stringify([filter, [...unfolded], at]))
  const alarmRows = useMemo(() => listRows(now.passing, (_, count) => count).filter(({ kind }) => kind === 'alarm'), [now])
  const facets = () => {
    const servers = new Map<string, Set<string>>()
    for (const { subject, incident } of alarms.list) {
      const own = servers.get(ownerIdOf(subject)) ?? new Set()
      servers.set(ownerIdOf(subject), own.add(incident))
    }
    // Hosts and this console are among them.
    const names = new Map(alarms.list.map(({ subject, serverName }) => [ownerIdOf(subject), serverName]))
    const states = filter.states.length > 0 ? filter.states : alarmStates
    return {
      severityCounts: new Map(severities.map((severity) => [severity, states.reduce((sum, state) => sum + alarms.bySeverity[state][severity], 0)])),
      servers: [...servers].map(([value, own]) => ({ value, count: own.size, name: names.get(value) ?? value })),
    }
  }
  return { ...listed, alarmRows, facets }
}

function useChosen(rows: readonly ListRow[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  /** All alarms of an incident, or none if all are selected. */
  const toggle = useCallback(
    (ids: readonly string[]) =>
      setChosen((before) => (ids.every((id) => before.has(id)) ? new Set([...before].filter((id) => !ids.includes(id))) : new Set([...before, ...ids]))),
    [],
  )
  const clear = useCallback(() => setChosen(new Set()), [])
  const listedIn = (state: AlarmState) => {
    const from = rows.findIndex(({ key, kind }) => kind === 'group' && key === state)
    const to = rows.findIndex(({ kind }, place) => kind === 'group' && place > from)
    return [...new Set(rows.slice(from, to < 0 ? undefined : to).flatMap((row) => alarmsOfRow(row).map(({ id }) => id)))]
  }
  const isAllChosen = (state: AlarmState) => listedIn(state).every((id) => chosen.has(id)) && listedIn(state).length > 0
  const toggleAll = (state: AlarmState) => toggle(listedIn(state))
  // A row that stands for an incident is selected with what came to it since.
  const chosenRows = rows.filter((row) => alarmsOfRow(row).some(({ id }) => chosen.has(id)))
  const folded = chosenRows.flatMap((row) => (row.kind === 'incident' && !row.isOpen ? [row] : []))
  const single = chosenRows.flatMap((row) => (row.kind === 'alarm' ? [row.alarm] : []))
  const chosenAlarms = [...folded.flatMap(alarmsOfRow), ...single]
  const chosenIncidents = folded.map(({ incident }) => incident.id)
  return { chosen, chosenAlarms, chosenIncidents, toggle, isAllChosen, toggleAll, clear }
}

/** Why the list is empty: nothing matches, nothing is wrong, or not everything is known. */
function NoAlarms({ filtered, past, onClear }: { readonly filtered: boolean; readonly past: boolean; readonly onClear: () => void }) {
  const verdict = useVerdict()
  if (filtered) return <EmptyState title={t('common.noMatch')} actions={<Button onClick={onClear}>{t('common.clearFilters')}</Button>} />
  if (past) return <EmptyState title={t('alarms.atMoment.none')} />
  return (
    <EmptyState icon={<Mark kind={verdict === 'well' ? 'ok' : verdict === 'unknown' ? 'unknown' : 'idle'} size={24} />} title={t('alarms.none')}>
      {verdict === 'unknown' && `${t('common.someStatesUnknown')}.`}
    </EmptyState>
  )
}

/** Rows that do not move under the pointer, until `occasion` changes. */
function useStableRows(now: readonly ListRow[], occasion: string) {
  const { held, ...hold } = useHold(occasion)
  const kept = useRef(now)
  const listed = held ? rowsInPlace(kept.current, now) : { rows: now, waiting: 0 }
  kept.current = listed.rows
  return { ...listed, hold }
}
