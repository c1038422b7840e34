import { useQuery } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ShownRoute } from '../../shared/channels.ts'
import { formatSpan } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { SeverityMark } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { EnteredRoute, RouteDialog } from './ChannelActions.tsx'

/** Times of routes begin and end, and the configuration file is followed while the console runs. */
const everyMs = 5_000

/** Which channels are notified of what, and when. */
export function RouteList({ channels }: { readonly channels: readonly string[] }) {
  const { t } = useTranslation()
  const { data: routes, isError, error } = useQuery({ ...orpc.channels.routes.queryOptions(), refetchInterval: everyMs })
  const [asked, setAsked] = useState<{ readonly route: ShownRoute | null } | null>(null)
  return (
    <Panel
      title={t('channels.routes')}
      actions={<Button onClick={() => setAsked({ route: null })}>{t('channels.form.addRoute')}</Button>}
      className="flex-none"
    >
      {routes === undefined ? (
        isError ? (
          <p className="text-muted">{t('alarms.notRead', { reason: failureText(error) })}</p>
        ) : (
          <SkeletonRows rows={2} />
        )
      ) : routes === null ? (
        <p className="text-muted">{t('channels.everything')}</p>
      ) : (
        <DataTable
          label={t('channels.routes')}
          columns={columnsOf(t, (route) => setAsked({ route }))}
          rows={routes}
          keyOf={keyOf}
          context={null}
          empty={t('common.noneYet')}
        />
      )}
      {asked !== null && <RouteDialog {...asked} channels={channels} onClose={() => setAsked(null)} />}
    </Panel>
  )
}

const keyOf = ({ place }: ShownRoute): string => String(place)

function columnsOf(t: TFunction, onChange: (route: ShownRoute) => void): readonly Column<ShownRoute>[] {
  const all = <span className="text-faint">{t('common.all')}</span>
  return [
    {
      id: 'to',
      head: t('channels.column.to'),
      rank: 0,
      width: 120,
      share: 2,
      wraps: true,
      cell: ({ to }) => <span className="font-medium">{to.join(', ')}</span>,
    },
    {
      id: 'severities',
      head: t('alarms.column.severity'),
      rank: 1,
      width: 130,
      share: 1,
      wraps: true,
      cell: ({ severities }) =>
        severities === null ? (
          all
        ) : (
          <span className="flex flex-wrap gap-x-2">
            {severities.map((severity) => (
              <SeverityMark key={severity} severity={severity} size={10} />
            ))}
          </span>
        ),
    },
    { id: 'tags', head: t('common.tags'), rank: 2, width: 100, share: 1, wraps: true, cell: ({ tags }) => (tags === null ? all : tags.join(', ')) },
    {
      id: 'times',
      head: t('channels.column.times'),
      rank: 0,
      width: 170,
      share: 2,
      wraps: true,
      cell: ({ times, isOpen }) =>
        times === null ? (
          all
        ) : (
          <>
            {times.weekly.map((hours) => (
              <span key={hours} className="block whitespace-nowrap">
                {hours}
              </span>
            ))}
            <span className="text-muted">
              {times.zone}
              {isOpen && ` · ${t('channels.open')}`}
            </span>
          </>
        ),
    },
    {
      id: 'escalate',
      head: t('common.ifNobodyAcknowledges'),
      rank: 1,
      width: 170,
      share: 2,
      wraps: true,
      cell: ({ escalate, remindMinutes }) => (
        <>
          {escalate === null && remindMinutes === null && <span className="text-faint">–</span>}
          {escalate !== null && t('channels.escalates', { time: formatSpan(escalate.afterMinutes * 60_000), to: escalate.to.join(', ') })}
          {remindMinutes !== null && <span className="block">{t('channels.reminds', { time: formatSpan(remindMinutes * 60_000) })}</span>}
        </>
      ),
    },
    {
      id: 'change',
      head: t('common.change'),
      silent: true,
      rank: 0,
      width: widthOf(t('common.change')) + widthOf(t('common.remove')) + 40,
      numeric: true,
      cell: (route) => route.entered !== null && <EnteredRoute id={route.entered.id} onChange={() => onChange(route)} />,
    },
  ]
}
