import { Pause, Pencil, Play, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import type { Server } from '../../shared/servers.ts'
import { formatNumber } from '../../shared/units.ts'
import { serverErrorWords } from '../../shared/words/errorText.ts'
import { client } from '../app/client.ts'
import { useLanguage } from '../app/eventWords.ts'
import { failureWords } from '../app/failureWords.ts'
import { toServer } from '../app/links.ts'
import { ServerStateMark } from '../app/StateMark.tsx'
import { TryNow } from '../app/TryNow.tsx'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { RemoveDialog } from '../ui/RemoveDialog.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'

interface ServersListProps {
  readonly servers: readonly Server[]
  readonly onAdd: () => void
  readonly onEdit: (server: Server) => void
}

/** All servers with where they come from, to be edited, paused and removed. */
export function ServersList({ servers, onAdd, onEdit }: ServersListProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const [removing, setRemoving] = useState<Server | null>(null)
  const act = (work: Promise<unknown>, done?: string) =>
    void work.then(
      () => done && toast(done),
      (error: unknown) => toast.error(t('settings.failed', { reason: failureWords(error) })),
    )
  return (
    <Panel
      title={t('settings.sections.servers')}
      hint={servers.length > 0 ? String(servers.length) : undefined}
      actions={
        <Button look="primary" onClick={onAdd}>
          <Plus size={14} aria-hidden="true" /> {t('settings.add')}
        </Button>
      }
    >
      {servers.length === 0 ? (
        <EmptyState
          title={t('settings.none')}
          actions={
            <Button look="primary" onClick={onAdd}>
              {t('settings.add')}
            </Button>
          }
        >
          {t('settings.noneText')}
        </EmptyState>
      ) : (
        <table className="deck">
          <thead>
            <tr>
              <th>{t('settings.server')}</th>
              <th>{t('settings.state')}</th>
              <th>{t('settings.address')}</th>
              <th className="max-[1439px]:hidden">{t('settings.signIn')}</th>
              <th className="n max-[1439px]:hidden">{t('settings.interval')}</th>
              <th>{t('settings.origin')}</th>
              <th>
                <span className="sr-only">{t('server.edit')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {servers.map((server) => {
              const words = server.error ? serverErrorWords(server.error, language) : null
              return (
                <tr key={server.id}>
                  <td>
                    <a href={`#${toServer(server.id)}`} className="font-medium hover:underline">
                      {server.name}
                    </a>{' '}
                    <span className="text-faint">{server.tags.join(', ')}</span>
                  </td>
                  <td className="max-w-[200px] min-[1500px]:max-w-[360px] truncate" title={words ? `${words.what} ${words.todo}` : undefined}>
                    <ServerStateMark server={server} /> <span className="text-muted">{words?.what ?? ''}</span>
                  </td>
                  <td className="max-w-[280px] truncate text-muted">{server.url}</td>
                  <td className="text-muted max-[1439px]:hidden">
                    {t(`server.auth.${server.auth.kind}`)}
                    {server.auth.user ? ` · ${server.auth.user}` : ''}
                  </td>
                  <td className="n text-muted max-[1439px]:hidden">{t('settings.seconds', { seconds: formatNumber(server.intervalSeconds, 1) })}</td>
                  <td>
                    {server.origin === 'yaml' ? (
                      <Tooltip content={t('settings.yamlHint')}>
                        <button type="button" className="rounded border border-line-strong px-1.5 text-muted text-sm">
                          {t('settings.yaml')}
                        </button>
                      </Tooltip>
                    ) : (
                      <span className="text-faint">{t('settings.stored')}</span>
                    )}
                  </td>
                  <td className="n whitespace-nowrap">
                    <TryNow server={server} className="mr-1" />
                    {server.origin === 'stored' && (
                      <span className="inline-flex">
                        <Button look="quiet" aria-label={t('settings.edit', { name: server.name })} onClick={() => onEdit(server)} className="!px-1.5">
                          <Pencil size={14} />
                        </Button>
                        <Button
                          look="quiet"
                          aria-label={t(server.paused ? 'settings.resume' : 'settings.pause', { name: server.name })}
                          onClick={() => act(client.servers.update({ id: server.id, change: { paused: !server.paused } }))}
                          className="!px-1.5"
                        >
                          {server.paused ? <Play size={14} /> : <Pause size={14} />}
                        </Button>
                        <Button look="quiet" aria-label={t('settings.remove', { name: server.name })} onClick={() => setRemoving(server)} className="!px-1.5">
                          <Trash2 size={14} />
                        </Button>
                      </span>
                    )}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {removing && (
        <RemoveDialog
          title={t('settings.removeTitle', { name: removing.name })}
          description={t('settings.removeText')}
          removeLabel={t('settings.removeIt')}
          cancelLabel={t('common.cancel')}
          closeLabel={t('common.close')}
          onRemove={() => act(client.servers.remove({ id: removing.id }), t('settings.removed', { name: removing.name }))}
          onClose={() => setRemoving(null)}
        />
      )}
    </Panel>
  )
}
