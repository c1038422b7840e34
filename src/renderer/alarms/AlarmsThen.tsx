import { isDefinedError } from '@orpc/client'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { countsOf, mostAlarmsThen } from '../../shared/alarms.ts'
import { formatDateTime } from '../../shared/units.ts'
import { orpc, useConnection } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { goToMoment } from '../app/moment.ts'
import { openAlarms } from '../app/openAlarms.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { OpenAlarms } from './OpenAlarms.tsx'

/** Cache time: moments that a cursor passed are rarely needed again, ms. */
const keptMs = 20_000

interface AlarmsThenProps {
  readonly at: number
  /** Where its actions go. */
  readonly bar: HTMLElement | null
  readonly serverName: (id: string) => string
}
/** The alarms that were open at a moment of the past, as they stood then. */
export function AlarmsThen({ at, bar, serverName }: AlarmsThenProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const bundle = useConnection().hello?.bundle ?? null
  const input = { at, limit: mostAlarmsThen }
  // The former ones stay while the moment moves.
  const often = { retry: false, gcTime: keptMs, staleTime: keptMs, placeholderData: <T,>(before: T | undefined) => before }
  const query = useQuery({ ...orpc.alarms.list.queryOptions({ input }), ...often })
  const { data: incidents } = useQuery({ ...orpc.incidents.list.queryOptions({ input }), ...often })
  const alarms = useMemo(() => query.data && incidents && openAlarms(query.data, countsOf(query.data), incidents), [query.data, incidents])
  if (alarms !== undefined) return <OpenAlarms bar={bar} alarms={alarms} at={at} serverName={serverName} />
  if (query.error === null)
    return (
      <div className="flex-1 rounded-lg border border-line bg-surface p-4">
        <SkeletonRows rows={12} />
      </div>
    )
  if (!isDefinedError(query.error)) return <NoneKnown title={t('alarms.notRead', { reason: failureWords(query.error) })} />
  const { since } = query.error.data
  // Those of earlier versions.
  if (bundle !== null && since > bundle.to) return <NoneKnown title={t('alarms.atMoment.inBundle')} />
  return (
    <NoneKnown title={t('alarms.atMoment.notKept')} actions={<Button onClick={() => goToMoment(since)}>{t('alarms.atMoment.goFirst')}</Button>}>
      {t('alarms.atMoment.since', { time: formatDateTime(since, zone) })}
    </NoneKnown>
  )
}

interface NoneKnownProps {
  readonly title: string
  readonly actions?: React.ReactNode
  readonly children?: React.ReactNode
}
function NoneKnown({ title, actions, children }: NoneKnownProps) {
  const { t } = useTranslation()
  return (
    <EmptyState
      icon={<Mark kind="unknown" size={24} />}
      title={title}
      actions={
        <>
          {actions}
          <Button onClick={() => goToMoment(null)}>{t('past.back')}</Button>
        </>
      }
    >
      {children}
    </EmptyState>
  )
}
