import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { serverErrorText } from '../../i18n/errorText.ts'
import type { RecordedPath, RecordingList, RecordingServer } from '../../shared/recordings.ts'
import { formatSpan, formatValue } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { useConnection } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { Middle, PageNotLoaded } from '../app/Loaded.tsx'
import { ListAndDetails } from '../app/lists.tsx'
import { usePreferences } from '../app/preferences.ts'
import { usePageParams } from '../app/usePageParams.ts'
import { language, t } from '../app/words.ts'
import { useServers, useShownMoment } from '../fleet/fleet.ts'
import { NotInBundle } from '../fleet/NothingThere.tsx'
import { RecordingDetails } from '../recordings/RecordingDetails.tsx'
import { recordingColumns, worstRecordedFirst } from '../recordings/recordingColumns.tsx'
import { recordingSpanNames, recordingSpans, useRecordings } from '../recordings/useRecordings.ts'
import { Button } from '../ui/Button.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Select } from '../ui/Select.tsx'

function useRecordingsAddress() {
  const [params, set] = usePageParams()
  const text = params.get('q') ?? ''
  const server = params.get('server')
  return {
    text,
    server,
    span: recordingSpanNames.find((one) => one === params.get('span')) ?? 'day',
    openServer: params.get('of'),
    openPath: params.get('path'),
    day: params.get('day'),
    isFiltered: text.trim() !== '' || server !== null,
    set,
    clear: () => set({ q: null, server: null }),
    open: ({ serverId, path }: RecordedPath) => set({ of: serverId, path, day: null }, false),
    close: () => set({ of: null, path: null, day: null }),
  }
}
type Address = ReturnType<typeof useRecordingsAddress>
const everyMark = '*'
const keyOf = ({ serverId, path }: RecordedPath) => `${serverId}/${path}`
const rowPx = 31

export function RecordingsPage() {
  const address = useRecordingsAddress()
  const list = useRecordings({ ...address, moment: useShownMoment() })
  if (useConnection().hello?.bundle) return <NotInBundle />
  return (
    <>
      <Head list={list.data} address={address} />
      {list.data !== undefined && <Notes list={list.data} />}
      <Content list={list} address={address} />
    </>
  )
}

function Head({ list, address }: { readonly list: RecordingList | undefined; readonly address: Address }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const servers = useServers()
  const { text, server, span, set } = address
  const columns = useMemo(() => recordingColumns(t, zone), [t, zone])
  return (
    <div className="flex flex-none flex-wrap items-center gap-x-2.5 gap-y-2">
      <h1 className="sr-only">{t('pages.recordings')}</h1>
      <SearchField label={t('common.search')} width={220} text={text} onText={(q) => set({ q })} />
      <Select
        label={t('common.server')}
        value={servers.some(({ id }) => id === server) ? (server ?? everyMark) : everyMark}
        onChange={(next) => set({ server: next === everyMark ? null : next })}
        options={[{ value: everyMark, label: t('configurations.all') }, ...servers.map(({ id, name }) => ({ value: id, label: name }))]}
        passesKeys
      />
      <Select
        label={t('availability.period')}
        value={span}
        onChange={(next) => set({ span: next === 'day' ? null : next })}
        options={recordingSpanNames.map((value) => ({ value, label: t('recordings.span', { time: formatSpan(recordingSpans[value]) }) }))}
        passesKeys
      />
      {list !== undefined && <Counts list={list} />}
      {list !== undefined && (
        <div className="ml-auto">
          <CsvButton name="recordings" columns={columns} rows={list.paths} context={null} />
        </div>
      )}
    </div>
  )
}

function Counts({ list: { total, paths } }: { readonly list: RecordingList }) {
  const withGaps = paths.filter(({ sums }) => (sums?.gaps ?? 0) > 0).length
  return (
    <p className="flex flex-wrap gap-x-3 text-muted text-sm">
      <span>
        {total > paths.length ? t('common.someShown', { shown: paths.length, count: total }) : `${t('common.streams')}: ${formatValue(total, 'count')}`}
      </span>
      {withGaps > 0 && <span className="font-medium text-critical">{t('recordings.withGaps', { streams: withGaps })}</span>}
    </p>
  )
}

function Notes({ list: { servers } }: { readonly list: RecordingList }) {
  const why = ({ server, error, cut }: RecordingServer): string | null => {
    if (error?.kind === 'noApiHere') return t('recordings.tooOld', { server })
    if (error !== null) return t('recordings.notRead', { server, reason: serverErrorText(error, language).what })
    return cut ? t('recordings.cut', { server }) : null
  }
  const notes = servers.flatMap((server) => why(server) ?? [])
  if (notes.length === 0) return null
  return (
    <ul className="flex-none text-sm text-unknown">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  )
}

function Content({ list: { data, error }, address }: { readonly list: ReturnType<typeof useRecordings>; readonly address: Address }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const columns = useMemo(() => recordingColumns(t, zone), [t, zone])
  const rows = useMemo(() => worstRecordedFirst(data?.paths ?? []), [data])
  const { openServer, openPath, day, set, close } = address
  if (data === undefined) return <PageNotLoaded failed={error && failureText(error)} title="common.cannotBeRead" rows={12} />
  const open = rows.find(({ serverId, path }) => serverId === openServer && path === openPath)
  if (data.total === 0 && open === undefined)
    return (
      <Middle>
        <EmptyState
          title={t('recordings.none')}
          actions={address.isFiltered ? <Button onClick={address.clear}>{t('common.clearFilters')}</Button> : undefined}
        />
      </Middle>
    )
  return (
    <ListAndDetails
      details={
        open === undefined ? null : (
          <RecordingDetails
            key={keyOf(open)}
            stream={open}
            plan={open.plan}
            server={data.servers.find(({ serverId }) => serverId === open.serverId) ?? null}
            day={day}
            onDay={(next) => set({ day: next })}
            onClose={close}
          />
        )
      }
      onClose={close}
    >
      <DataTable
        label={t('pages.recordings')}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        context={null}
        rowPx={rowPx}
        onOpen={address.open}
        rowClass={(row) => (row === open ? 'bg-accent-soft' : '')}
      />
    </ListAndDetails>
  )
}
