import { Radio } from 'lucide-react'
import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from 'react-router'
import { serverErrorText } from '../../i18n/errorText.ts'
import { type LivesOfStream, mostLivesFields } from '../../shared/lives.ts'
import type { Naming } from '../../shared/naming.ts'
import { searchTerms, searchText } from '../../shared/searchText.ts'
import type { Server } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import { CsvButton, saveCsv } from '../app/CsvButton.tsx'
import { useKeys } from '../app/keys.ts'
import { NotLoaded } from '../app/Loaded.tsx'
import { toStream, toStreams } from '../app/links.ts'
import { keepMoment, useMoment } from '../app/moment.ts'
import { usePageParams, useSortParam, withParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { fleet, useEngineGone, useFacts, useFleetKnown, useFleetTick, useServers, useShownMoment } from '../fleet/fleet.ts'
import { countOf, sumFigures, withoutText } from '../fleet/fleetFigures.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { May } from '../fleet/me.tsx'
import { NoServers } from '../fleet/NothingThere.tsx'
import { useRules } from '../fleet/useRules.ts'
import { useNaming } from '../settings/naming.ts'
import { ExpectMenu } from '../streams/Expectation.tsx'
import { FieldGroups } from '../streams/FieldGroups.tsx'
import { missingReaders } from '../streams/missingReaders.ts'
import { StreamFilters } from '../streams/StreamFilters.tsx'
import { StreamLives, useStreamLives } from '../streams/StreamLives.tsx'
import { isStale, type StreamColumn, streamColumns } from '../streams/streamColumns.tsx'
import { facetCounts, fieldFilter, isFiltered, noFilter, readFilter, type StreamFilter, writeFilter } from '../streams/streamFilter.ts'
import { useListedRows } from '../streams/useListedRows.ts'
import { ColumnsMenu, ViewsMenu } from '../streams/ViewsAndColumns.tsx'
import { Button } from '../ui/Button.tsx'
import type { Sort } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { Select } from '../ui/Select.tsx'
import { useHold } from '../ui/useCalm.ts'

/** Of the whole fleet or of one server. Filters, sort order and columns are stored in the address. */
export function StreamList({ serverId = null }: { readonly serverId?: string | null }) {
  const { t } = useTranslation()
  const [params, , setParams] = usePageParams()
  const known = useFleetKnown()
  const navigate = useNavigate()
  const filter = useMemo(() => readFilter(params), [params])
  const naming = useNaming()
  const columns = useMemo(() => streamColumns(t, naming), [t, naming])
  const [asked, onSort] = useSortParam()
  const sort = asked !== null && columns.some(({ id, value }) => id === asked.id && value !== undefined) ? asked : troublesFirst
  const chosen = useMemo(() => readColumns(params, columns, serverId !== null), [params, columns, serverId])
  const replace = useCallback((change: (before: URLSearchParams) => URLSearchParams) => setParams(change, { replace: true }), [setParams])
  const list = useListing(serverId, filter, columns, sort, naming)
  const past = useMoment() !== null
  const showsLives = params.get('group') === livesView
  const group = naming.fields.find(({ name }) => name === params.get('group')) ?? null
  const gone = useEngineGone()
  const now = useNow()
  const { data: rules } = useRules()
  const { tagsOf } = list
  const missing = useMemo(
    () => missingReaders(past ? [] : (rules ?? []), naming, (id) => ({ name: serverName(id), tags: tagsOf(id) })),
    [rules, past, naming, tagsOf],
  )
  const context = useMemo(
    () => ({ tick: list.tick, now, gone, linkOf, tagsOf: list.tagsOf, missingReaders: missing, bitrates: fleet.bitrates }),
    [list.tick, now, gone, list.tagsOf, missing],
  )
  // Counters in the top bar include whole servers: so must this for the numbers to add up.
  const servers = useServers()
  const troubledServers = useMemo(() => (serverId === null ? serversIn(servers, filter.severities) : []), [servers, serverId, filter.severities])
  // Streams of a server that never answered are in neither number.
  const without = serverId === null ? withoutText(fleet.figures().neverSeen, t) : undefined
  const csv = { name: 'streams', columns, rows: list.rows, context }
  useKeys('page', [
    { keys: 'c', words: t('common.clearFilters'), run: () => replace((before) => writeFilter(before, noFilter)) },
    { keys: 'e', words: t('streams.exportKey'), run: () => saveCsv(csv) },
  ])
  const onOpen = useCallback((row: StreamRow) => void navigate(toStream(row.facts.serverId, row.facts.path)), [navigate])

  return (
    <>
      <div className="flex flex-none flex-wrap items-start gap-x-3 gap-y-2">
        <StreamFilters
          filter={filter}
          onFilter={(next) => replace((before) => writeFilter(before, next))}
          counts={list.counts}
          serverName={serverName}
          fields={naming.fields}
          withServers={serverId === null}
        />
        <div className="ml-auto flex flex-none items-center gap-1.5">
          <span className="mr-1 text-faint text-sm" aria-live="off">
            {troubledServers.length > 0 && (
              <>
                <Link to={toStreams({ server: troubledServers })} className="text-accent hover:underline">
                  {t('streams.troubledServers', { count: troubledServers.length })}
                </Link>
                {' · '}
              </>
            )}
            {known && t('streams.count', { shown: list.rows.length, all: list.all })}
            {list.onDemand > 0 ? ` · ${t('server.onDemand', { count: list.onDemand })}` : ''}
            {list.ended > 0 ? ` · ${t('overview.ended', { count: list.ended })}` : ''}
            {without !== undefined && <span> · {without}</span>}
            {list.held ? ` · ${t('streams.held')}` : ''}
          </span>
          <Select
            label={t('common.groupBy')}
            value={showsLives ? livesView : (group?.name ?? noGroup)}
            options={[
              { value: noGroup, label: t('streams.ungrouped') },
              { value: livesView, label: t('lives.title') },
              ...naming.fields.map(({ name }) => ({ value: name, label: name })),
            ]}
            onChange={(name) => replace((before) => withParams(before, { group: name === noGroup ? null : name }))}
          />
          {serverId === null && <ViewsMenu query={params.toString()} onOpen={(query) => setParams(new URLSearchParams(query))} />}
          {!past && (
            <May needs="operate">
              <ExpectMenu rows={list.rows} />
            </May>
          )}
          <ColumnsMenu columns={columns} chosen={chosen} onChoose={(next) => replace((before) => writeColumns(before, columns, next, serverId !== null))} />
          <CsvButton {...csv} />
        </div>
      </div>
      {showsLives ? (
        <LivesOfList serverId={serverId} filter={filter} />
      ) : known && group !== null ? (
        <FieldGroups
          field={group}
          rows={list.rows}
          naming={naming}
          tick={list.tick}
          onOpen={(value) =>
            replace((before) =>
              withParams(
                writeFilter(before, {
                  ...filter,
                  fields: [...filter.fields.filter((one) => !one.startsWith(fieldFilter(group.name, ''))), fieldFilter(group.name, value)],
                }),
                { group: null },
              ),
            )
          }
        />
      ) : known ? (
        <DataTable
          label={t('pages.streams')}
          columns={columns}
          rows={list.rows}
          keyOf={keyOf}
          context={context}
          chosen={chosen}
          rowPx={34}
          sort={sort}
          // An address without an order has the usual one, by which a saved view is known.
          onSort={(next) => onSort(next?.id === troublesFirst.id && next.descending === troublesFirst.descending ? null : next)}
          onOpen={onOpen}
          hold={list.hold}
          rowClass={rowClass}
          empty={<NoStreams serverId={serverId} filtered={isFiltered(filter)} onClear={() => replace((before) => writeFilter(before, noFilter))} />}
        />
      ) : (
        <NotLoaded error={null} rows={12} framed />
      )}
    </>
  )
}

const troublesFirst: Sort = { id: 'state', descending: false }
const keyOf = (row: StreamRow) => row.key
const rowClass = (row: StreamRow, context: { readonly gone: boolean }) => (isStale(row, context) ? 'stale' : '')
const serverName = (id: string) => fleet.server(id)?.name ?? id
const linkOf = (row: StreamRow) => `#${keepMoment(toStream(row.facts.serverId, row.facts.path))}`

function useListing(serverId: string | null, filter: StreamFilter, columns: readonly StreamColumn[], sort: Sort, naming: Naming) {
  const tick = useFleetTick()
  const facts = useFacts()
  const hold = useHold()
  const servers = useServers()
  const tagKey = JSON.stringify(servers.map((server) => [server.id, server.tags]))
  const tagsOf = useMemo(() => {
    const tags = new Map(JSON.parse(tagKey) as [string, readonly string[]][])
    return (id: string) => tags.get(id) ?? []
  }, [tagKey])
  const all = serverId === null ? fleet.rows() : fleet.rowsOfServer(serverId)
  const past = useMoment() !== null
  const still = hold.held && !past
  const rows = useListedRows({ all, tick, facts, filter, columns, sort, tagsOf, naming, held: still })
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; facts says when
  const counts = useMemo(() => facetCounts(all, tagsOf, naming), [all, facts, tagsOf, naming])
  // Needed so that the listed streams add up to the number expected elsewhere.
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change in place; facts says when
  const { onDemand, ended } = useMemo(() => countOf(rows), [rows, facts])
  return { rows, tick, counts, tagsOf, all: all.length, onDemand, ended, held: still, hold }
}

function NoStreams({ serverId, filtered, onClear }: { readonly serverId: string | null; readonly filtered: boolean; readonly onClear: () => void }) {
  const all = useServers()
  const servers = serverId === null ? all : all.filter(({ id }) => id === serverId)
  const past = useMoment() !== null
  if (filtered) return <EmptyState title={t('common.nothingFound')} actions={<Button onClick={onClear}>{t('common.clearFilters')}</Button>} />
  if (servers.length === 0 && past) return <EmptyState icon={<Radio size={28} />} title={t('past.nothingKept')} />
  if (servers.length === 0) return <NoServers />
  const { neverSeen, serversUp } = sumFigures(servers)
  if (neverSeen.length === 0) return <EmptyState icon={<Radio size={28} />} title={t('overview.mapEmpty')} />
  return (
    <EmptyState icon={<Mark kind="unknown" size={24} />} title={t('overview.mapUnknown')}>
      {serversUp > 0 ? t('overview.mapUnknownSome', { names: neverSeen.join(', ') }) : whyUnknown(servers)}
    </EmptyState>
  )
}

function whyUnknown(servers: readonly Server[]): string {
  const [only] = servers
  return servers.length === 1 && only?.error ? serverErrorText(only.error, language).what : t('streams.noAnswerYet')
}

const noGroup = '-'
/** Not a name of a field. */
const livesView = '.lives'

/** Lives of the last day of streams that pass the filters. */
function LivesOfList({ serverId, filter }: { readonly serverId: string | null; readonly filter: StreamFilter }) {
  const at = useShownMoment()
  const query = useStreamLives({
    ...(serverId !== null && { serverId }),
    ...(filter.fields.length > 0 && { where: filter.fields.slice(0, mostLivesFields) }),
    ...(at !== null && { to: at }),
  })
  const { serverIds, text } = filter
  const isShown = useMemo(() => {
    const words = searchTerms(text)
    return ({ serverId: id, server, path }: LivesOfStream) =>
      (serverIds.length === 0 || serverIds.includes(id)) && words.every((word) => searchText(`${path} ${server}`).includes(word))
  }, [serverIds, text])
  return <StreamLives query={query} isShown={isShown} />
}

const defaultColumns = (columns: readonly StreamColumn[], ofOneServer: boolean) => columns.map(({ id }) => id).filter((id) => !(ofOneServer && id === 'server'))
function readColumns(params: URLSearchParams, columns: readonly StreamColumn[], ofOneServer: boolean): ReadonlySet<string> {
  const named = params.get('columns')?.split(',')
  return new Set(named === undefined ? defaultColumns(columns, ofOneServer) : columns.map(({ id }) => id).filter((id) => named.includes(id)))
}
function writeColumns(params: URLSearchParams, columns: readonly StreamColumn[], chosen: ReadonlySet<string>, ofOneServer: boolean): URLSearchParams {
  const text = columns
    .map(({ id }) => id)
    .filter((id) => chosen.has(id))
    .join(',')
  return withParams(params, { columns: text === defaultColumns(columns, ofOneServer).join(',') ? null : text || true })
}

const serversIn = (servers: readonly Server[], wanted: readonly Severity[]): readonly string[] =>
  servers.flatMap(({ id }) => {
    const severity = fleet.severityOfServer(id)
    return severity !== null && wanted.includes(severity) ? [id] : []
  })

export function StreamsPage() {
  return (
    <>
      <h1 className="sr-only">{t('common.streams')}</h1>
      <StreamList />
    </>
  )
}
