import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { refusalIn } from '../../i18n/refusalText.ts'
import { type Alarm, longestSearch } from '../../shared/alarms.ts'
import { formatDateTime } from '../../shared/units.ts'
import { CsvButton } from '../app/CsvButton.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { NotLoaded } from '../app/Loaded.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t, useInLanguage } from '../app/words.ts'
import type { OpenAlarms } from '../fleet/fleet.ts'
import { Button } from '../ui/Button.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { useNow } from '../ui/now.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { useHold } from '../ui/useCalm.ts'
import { AlarmFilters, WithDetails } from './AlarmsWithDetails.tsx'
import { pastColumns, useFittingColumns } from './alarmColumns.tsx'
import { type AlarmFilter, filterParams, isFiltered, noFilter, readFilter } from './alarmFilter.ts'
import { useAlarmDesk } from './useAlarmDesk.tsx'

const pageSize = 200
/** Not while the pointer is over them, nor once older ones have been read: rows would move. */
const rereadMs = 5000
const keptMs = 60_000

interface PastAlarmsProps {
  readonly open: OpenAlarms | null
  readonly serverName: (id: string) => string
  readonly servers: readonly { readonly id: string; readonly name: string }[]
}
/** Closed alarms, newest first; more are read when the end comes into sight. */
export function PastAlarms({ open, serverName, servers }: PastAlarmsProps) {
  const now = useNow()
  const [params, change] = usePageParams()
  const filter = useMemo(() => ({ ...readFilter(params), states: [] }), [params])
  const onFilter = (next: AlarmFilter) => change(filterParams(next))
  const openId = params.get('id')
  const desk = useAlarmDesk()
  const hold = useHold()
  const { rows, ended, ...query } = usePages(filter, hold.held)
  const { data: kept } = useQuery({ ...orpc.alarms.kept.queryOptions(), refetchInterval: keptMs })
  const columns = useInLanguage(pastColumns)
  const { fitting, rowPx } = useFittingColumns(columns)
  const context = useMemo(() => ({ now, openId }), [now, openId])
  const onOpen = useCallback((alarm: Alarm) => change({ id: alarm.id }, false), [change])
  return (
    <WithDetails
      id={openId}
      listed={open?.list.find(({ id }) => id === openId)}
      desk={desk}
      filters={
        <AlarmFilters
          filter={filter}
          onFilter={onFilter}
          states={null}
          severityCounts={new Map()}
          servers={servers.map(({ id, name }) => ({ value: id, name, count: null }))}
          serverName={serverName}
        />
      }
      actions={
        <>
          {kept !== undefined && (
            <span className="mr-1 text-faint text-sm">{t('alarms.pastKept', { count: kept.closed, time: formatDateTime(kept.since) })}</span>
          )}
          <CsvButton name="closed-alarms" columns={columns} rows={rows ?? []} context={context} />
        </>
      }
    >
      {query.error !== null && (
        <p className="flex-none text-muted">
          {refusalIn(query.error) === null ? t('alarms.notRead', { reason: failureText(query.error) }) : failureText(query.error)}
        </p>
      )}
      {rows === null ? (
        query.error === null && <NotLoaded error={null} rows={12} framed />
      ) : (
        <DataTable
          label={t('pages.alarms')}
          columns={fitting}
          rows={rows}
          keyOf={keyOf}
          context={context}
          rowPx={rowPx}
          onOpen={onOpen}
          hold={hold}
          onEnd={query.more}
          rowClass={rowClass}
          empty={
            !ended ? (
              <div className="p-4">
                <SkeletonRows rows={6} />
              </div>
            ) : isFiltered(filter) ? (
              <EmptyState title={t('common.noMatch')} actions={<Button onClick={() => onFilter(noFilter)}>{t('common.clearFilters')}</Button>} />
            ) : (
              <EmptyState title={t('alarms.nonePast')} />
            )
          }
        />
      )}
      {desk.dialog}
    </WithDetails>
  )
}

const keyOf = ({ id }: Alarm) => id
const rowClass = ({ id }: Alarm, { openId }: { readonly openId: string | null }) => (id === openId ? 'bg-accent-soft' : '')

function usePages(filter: AlarmFilter, held: boolean) {
  const { severities, serverIds, text } = filter
  const asked = {
    limit: pageSize,
    ...(severities.length > 0 && { severity: [...severities] }),
    ...(serverIds.length > 0 && { serverId: [...serverIds] }),
    ...(text.trim() !== '' && { q: text.slice(0, longestSearch) }),
  }
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    ...orpc.alarms.past.infiniteOptions({
      input: (after: string | undefined) => ({ ...asked, ...(after !== undefined && { after }) }),
      initialPageParam: undefined,
      getNextPageParam: (page) => (page.length < pageSize ? undefined : page.at(-1)?.id),
    }),
    staleTime: 0,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (held || (state.data?.pages.length ?? 0) > 1 ? false : rereadMs),
  })
  const rows = useMemo(() => data?.pages.flat() ?? null, [data])
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  return { rows, error, ended: !hasNextPage, more }
}
