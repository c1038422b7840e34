import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type SettingChange, settingChangeText, settingName } from '../../shared/configurationLevels.ts'
import type { ConfigurationChange } from '../../shared/configurations.ts'
import { formatDateTime } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { goToMoment } from '../app/moment.ts'
import { usePreferences } from '../app/preferences.ts'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** When a server's configuration was changed, and what, up to a moment; null: up to now. */
export function ConfigurationChanges({ serverId, until }: { readonly serverId: string; readonly until: number | null }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const input = { id: serverId, ...(until !== null && { until }) }
  const { data, error } = useQuery({
    ...orpc.configurations.changes.queryOptions({ input }),
    ...(until === null && { refetchInterval: 30_000 }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  return (
    <Panel
      title={t('configurations.changes')}
      hint={data?.since != null ? t('common.keptSinceTime', { time: formatDateTime(data.since, zone) }) : undefined}
      className="flex-1 max-[959px]:flex-none"
      bodyClassName="overflow-y-auto"
    >
      {data === undefined ? (
        error !== null ? (
          <EmptyState title={t('common.loadingFailed')}>{failureText(error)}</EmptyState>
        ) : (
          <SkeletonRows rows={6} />
        )
      ) : data.since === null ? (
        <EmptyState title={t('configurations.notKept')} />
      ) : data.changes.length === 0 ? (
        <EmptyState title={t('configurations.same')} />
      ) : (
        <>
          <ul className="flex flex-col gap-1">
            {data.changes.map((change) => (
              <Change key={change.at} serverId={serverId} change={change} />
            ))}
          </ul>
          <p className="mt-3 text-faint text-sm">{t('configurations.hidden')}</p>
        </>
      )}
    </Panel>
  )
}

/** Times closer together than this are shown as one: a configuration is read each minute, ms. */
const readEveryMs = 180_000

/** One change: when, and its first settings; all of them when it is opened. */
function Change({ serverId, change }: { readonly serverId: string; readonly change: ConfigurationChange }) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const [open, setOpen] = useState(false)
  const { at, after, count, settings } = change
  const more = count - settings.length
  return (
    <li className="rounded border border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full flex-col gap-0.5 rounded px-2 py-1.5 text-left hover:bg-hover"
      >
        <span className="font-medium">
          {at - after > readEveryMs
            ? t('common.betweenFromAndTo', { from: formatDateTime(after, zone), to: formatDateTime(at, zone) })
            : formatDateTime(at, zone)}
        </span>
        {!open && (
          <span className="flex flex-col font-mono text-sm">
            {settings.map((one) => (
              <span key={settingName(one)} className="[overflow-wrap:anywhere]">
                {settingChangeText(settingName(one), one.before, one.after)}
              </span>
            ))}
          </span>
        )}
        {!open && more > 0 && <span className="text-muted text-sm">{t('common.andCountMore', { count: more })}</span>}
      </button>
      {open && <Difference serverId={serverId} from={after} to={at} />}
    </li>
  )
}

/** All settings that differ between two moments. */
function Difference({ serverId, from, to }: { readonly serverId: string; readonly from: number; readonly to: number }) {
  const { t } = useTranslation()
  const columns = useMemo(() => settingColumns(t), [t])
  const { data, error } = useQuery({ ...orpc.configurations.difference.queryOptions({ input: { id: serverId, from, to } }), retry: false })
  if (data === undefined)
    return <div className="px-2 pb-2">{error === null ? <SkeletonRows rows={3} /> : <p className="text-major">{failureText(error)}</p>}</div>
  return (
    <div className="px-2 pb-2">
      <DataTable label={t('configurations.changes')} columns={columns} rows={data.settings} keyOf={settingName} context={null} />
      {data.count > data.settings.length && (
        <p className="mt-1 text-muted text-sm">{t('configurations.firstOnly', { shown: data.settings.length, count: data.count })}</p>
      )}
      <Button className="mt-2" onClick={() => goToMoment(to)}>
        {t('common.goToThisMoment')}
      </Button>
    </div>
  )
}

/** A setting before or after the change; null: it was not there. */
const valueColumn = (id: 'before' | 'after', head: string): Column<SettingChange> => ({
  id,
  head,
  width: 80,
  rank: 0,
  share: 24,
  wraps: true,
  cell: (setting) => <span className={`[overflow-wrap:anywhere] font-mono ${setting[id] === null ? 'text-faint' : ''}`}>{setting[id] ?? '–'}</span>,
})

const settingColumns = (t: TFunction): readonly Column<SettingChange>[] => [
  {
    id: 'setting',
    head: t('configurations.setting'),
    width: 120,
    rank: 0,
    share: 52,
    wraps: true,
    value: settingName,
    cell: (setting) => <span className="[overflow-wrap:anywhere] font-mono">{settingName(setting)}</span>,
  },
  valueColumn('before', t('configurations.before')),
  valueColumn('after', t('configurations.after')),
]
