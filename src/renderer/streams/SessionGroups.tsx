import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { SessionFilter, SessionGroup, SessionGrouping } from '../../shared/sessions.ts'
import { formatNumber, unknownMark } from '../../shared/units.ts'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { column, figureColumn } from '../ui/plainColumns.tsx'

interface SessionGroupsProps {
  readonly groups: readonly SessionGroup[]
  readonly by: SessionGrouping
  readonly onOpen: (group: SessionGroup) => void
}
/** Sessions by what they have in common, the largest groups first. */
export function SessionGroups({ groups, by, onOpen }: SessionGroupsProps) {
  const { t } = useTranslation()
  const columns = useMemo(() => groupColumns(by, t), [by, t])
  return <DataTable label={t('common.sessions')} columns={columns} rows={groups} keyOf={({ key }) => key ?? ''} context={null} rowPx={31} onOpen={onOpen} />
}

function groupColumns(by: SessionGrouping, t: TFunction): readonly Column<SessionGroup, null>[] {
  const count = (id: 'sessions' | 'publishers' | 'readers', head: string, rank: number): Column<SessionGroup, null> =>
    column(id, head, { rank, width: widthOf(head, '000 000'), numeric: true, value: (group) => group[id] }, (group) => formatNumber(group[id], 0))
  const rate = (id: 'rateIn' | 'rateOut', value: (group: SessionGroup) => number | null): Column<SessionGroup, null> =>
    figureColumn(id, t(`sessions.column.${id}`), value, { rank: 2, width: widthOf(t(`sessions.column.${id}`), '000.0 Mbit/s'), unit: 'bps' })
  return [
    column('key', t(sessionFilterText[by]), { rank: 0, width: 180, share: 4, value: ({ key }) => key }, ({ key }) =>
      key === null ? <span className="text-faint">{unknownMark}</span> : <b className="font-medium">{key}</b>,
    ),
    count('sessions', t('common.sessions'), 0),
    count('publishers', t('sessions.publishers'), 1),
    count('readers', t('common.readers'), 1),
    rate('rateIn', ({ bitrateInBps }) => bitrateInBps),
    rate('rateOut', ({ bitrateOutBps }) => bitrateOutBps),
  ]
}

export const sessionFilterText = {
  address: 'common.address',
  network: 'sessions.filter.network',
  agent: 'sessions.filter.agent',
  user: 'common.user',
  path: 'pages.stream',
  server: 'common.server',
  protocol: 'sessions.filter.protocol',
} as const satisfies Record<SessionGrouping | Exclude<keyof SessionFilter, 'q' | 'role'>, string>
