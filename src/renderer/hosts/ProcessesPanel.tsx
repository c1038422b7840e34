import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { formatDuration, formatValue, unknownMark } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { Button } from '../ui/Button.tsx'
import { useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'

/** Who is busy there: asked when somebody wants to know, never by itself. */
export function ProcessesPanel({ hostId }: { readonly hostId: string }) {
  const { t } = useTranslation()
  const now = useEngineNow()
  const query = useQuery({ ...orpc.hosts.processes.queryOptions({ input: { id: hostId } }), enabled: false, retry: false })
  return (
    <Panel
      title={t('hosts.processes')}
      hint={query.data === undefined ? t('hosts.processesHint') : t('hosts.askedAt', { age: formatDuration(Math.max(0, now - query.dataUpdatedAt)) })}
      className="flex-none"
      actions={
        <Button onClick={() => void query.refetch()} disabled={query.isFetching}>
          {t(query.data === undefined ? 'hosts.ask' : 'hosts.askAgain')}
        </Button>
      }
    >
      {query.isError && !query.isFetching ? (
        <p className="text-major">{t('hosts.processesFailed', { reason: failureWords(query.error) })}</p>
      ) : query.data === undefined ? (
        query.isFetching && <SkeletonRows rows={6} />
      ) : query.data.length === 0 ? (
        <p className="text-muted">{t('hosts.noProcesses')}</p>
      ) : (
        <table className="deck">
          <thead>
            <tr>
              <th>{t('hosts.process')}</th>
              <th>{t('hosts.user')}</th>
              <th className="n">{t('hosts.pid')}</th>
              <th className="n">{t('hosts.use.cpu')}</th>
              <th className="n">{t('hosts.use.memory')}</th>
            </tr>
          </thead>
          <tbody>
            {query.data.map((process) => (
              <tr key={process.pid}>
                <td className="max-w-[170px] truncate" title={process.name}>
                  {process.name}
                </td>
                <td className="max-w-[90px] truncate text-muted">{process.user ?? unknownMark}</td>
                <td className="n text-muted">{process.pid}</td>
                <td className="n">{formatValue(process.cpuPercent, 'percent')}</td>
                <td className="n">{formatValue(process.memoryBytes, 'bytes')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  )
}
