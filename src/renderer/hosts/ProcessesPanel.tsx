import { useQuery } from '@tanstack/react-query'
import type { HostProcess } from '../../shared/hosts.ts'
import { formatDuration, unknownMark } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** The busiest processes: read on request only. */
export function ProcessesPanel({ hostId }: { readonly hostId: string }) {
  const now = useEngineNow()
  const query = useQuery({ ...orpc.hosts.processes.queryOptions({ input: { id: hostId } }), enabled: false, retry: false })
  return (
    <Panel
      title={t('hosts.processes')}
      hint={query.data === undefined ? undefined : t('common.readAgeAgo', { age: formatDuration(Math.max(0, now - query.dataUpdatedAt)) })}
      className="flex-none"
      actions={<Button onClick={() => void query.refetch()} disabled={query.isFetching} text={t('common.readNow')} />}
    >
      {query.isError && !query.isFetching ? (
        <p className="text-major">{failureText(query.error)}</p>
      ) : query.data === undefined ? (
        query.isFetching && <SkeletonRows rows={6} />
      ) : query.data.length === 0 ? (
        <p className="text-muted">{t('common.noData')}</p>
      ) : (
        <DataTable label={t('hosts.processes')} columns={processColumns()} rows={query.data} keyOf={({ pid }) => pid} context={null} />
      )}
    </Panel>
  )
}

const processColumns = (): readonly Column<HostProcess>[] => [
  textColumn('name', t('hosts.process'), ({ name }) => name, { rank: 0, width: 60, share: 2, className: '' }),
  textColumn('user', t('common.user'), ({ user }) => user, {
    rank: 2,
    width: 50,
    share: 1,
    cell: ({ user }) => <span className="text-muted">{user ?? unknownMark}</span>,
  }),
  figureColumn('pid', 'PID', ({ pid }) => pid, { rank: 3, width: widthOf('PID', '1234567'), write: (pid) => <span className="text-muted">{pid}</span> }),
  figureColumn('cpu', t('hosts.use.cpu'), ({ cpuPercent }) => cpuPercent, { rank: 0, width: widthOf(t('hosts.use.cpu'), '100.0 %'), unit: 'percent' }),
  figureColumn('memory', t('hosts.use.memory'), ({ memoryBytes }) => memoryBytes, { rank: 1, width: widthOf(t('hosts.use.memory'), '10.0 MB'), unit: 'bytes' }),
]
