import { Pencil, Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { serverErrorText } from '../../i18n/errorText.ts'
import type { Server } from '../../shared/servers.ts'
import { formatSpan } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { PauseAndRemove } from '../app/editing/Removing.tsx'
import { toServer } from '../app/links.ts'
import { useAct } from '../app/useAct.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { fleet } from '../fleet/fleet.ts'
import { May, useMay } from '../fleet/me.tsx'
import { ServerStateMark } from '../fleet/StateMark.tsx'
import { TryNow } from '../fleet/TryNow.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'

interface ServersListProps {
  readonly servers: readonly Server[]
  readonly onAdd: () => void
  readonly onEdit: (server: Server) => void
}

/** All servers with their origin, to edit, pause and remove them. */
export function ServersList({ servers, onAdd, onEdit }: ServersListProps) {
  const { t } = useTranslation()
  const columns = useColumns(onEdit)
  return (
    <Panel
      title={t('common.servers')}
      hint={servers.length > 0 ? String(servers.length) : undefined}
      actions={
        <May needs="administer">
          <Button look="primary" onClick={onAdd}>
            <Plus size={14} aria-hidden="true" /> {t('common.addAServer')}
          </Button>
        </May>
      }
    >
      {servers.length === 0 ? (
        <EmptyState
          title={t('common.noServersYet')}
          actions={
            <May needs="administer">
              <Button look="primary" onClick={onAdd}>
                {t('common.addAServer')}
              </Button>
            </May>
          }
        >
          {t('settings.noneText')}
        </EmptyState>
      ) : (
        <DataTable label={t('common.servers')} columns={columns} rows={servers} keyOf={({ id }) => id} context={null} />
      )}
    </Panel>
  )
}

function useColumns(onEdit: (server: Server) => void): readonly Column<Server>[] {
  const { t } = useTranslation()
  const language = useLanguage()
  return [
    {
      id: 'server',
      head: t('common.server'),
      wraps: true,
      rank: 0,
      width: 150,
      share: 2,
      value: ({ name }) => name,
      cell: ({ id, name, tags }) => (
        <>
          <a href={`#${toServer(id)}`} className="font-medium hover:underline">
            {name}
          </a>{' '}
          <span className="text-faint">{tags.join(', ')}</span>
        </>
      ),
    },
    {
      id: 'state',
      head: t('common.state'),
      wraps: true,
      rank: 0,
      width: 130,
      share: 3,
      value: ({ state }) => state,
      cell: (server) => {
        const words = server.error ? serverErrorText(server.error, language) : null
        return (
          <span title={words ? `${words.what} ${words.todo}` : undefined}>
            <ServerStateMark server={server} severity={fleet.severityOfServer(server.id)} /> <span className="text-muted">{words?.what ?? ''}</span>
          </span>
        )
      },
    },
    {
      id: 'address',
      head: t('common.address'),
      wraps: true,
      rank: 0,
      width: 150,
      share: 2,
      value: ({ url }) => url,
      cell: ({ url }) => (
        <span className="text-muted" title={url}>
          {url}
        </span>
      ),
    },
    {
      id: 'signIn',
      head: t('common.signIn2'),
      rank: 2,
      width: 130,
      share: 1,
      cell: ({ auth }) => (
        <span className="text-muted">
          {t(`serverForm.authKinds.${auth.kind}`)}
          {auth.user ? ` · ${auth.user}` : ''}
        </span>
      ),
    },
    {
      id: 'interval',
      head: t('settings.interval'),
      rank: 3,
      width: widthOf(t('settings.interval')),
      numeric: true,
      value: ({ intervalSeconds }) => intervalSeconds,
      cell: ({ intervalSeconds }) => <span className="text-muted">{formatSpan(intervalSeconds * 1000)}</span>,
    },
    {
      id: 'origin',
      head: t('rules.column.origin'),
      rank: 0,
      width: widthOf(t('rules.column.origin'), t('common.thisConsole'), t('settings.yaml')) + 14,
      cell: ({ origin }) =>
        origin === 'yaml' ? (
          <Tooltip content={t('settings.yamlHint')}>
            <button type="button" className="rounded border border-line-strong px-1.5 text-muted text-sm">
              {t('settings.yaml')}
            </button>
          </Tooltip>
        ) : (
          <span className="text-faint">{t('common.thisConsole')}</span>
        ),
    },
    {
      id: 'actions',
      head: t('common.edit'),
      silent: true,
      rank: 0,
      // The button with its icon, and three icons beside it: cut off, a server could be neither edited nor removed.
      width: widthOf(t('common.tryNow')) + 136,
      numeric: true,
      cell: (server) => <Actions server={server} onEdit={onEdit} />,
    },
  ]
}

function Actions({ server, onEdit }: { readonly server: Server; readonly onEdit: (server: Server) => void }) {
  const { t } = useTranslation()
  const act = useAct()
  const { id, name, paused } = server
  const may = useMay('administer')
  return (
    <>
      <TryNow server={server} className="mr-1" />
      {server.origin === 'stored' && may && (
        <span className="inline-flex">
          <Button look="quiet" aria-label={t('common.editName', { name })} onClick={() => onEdit(server)} className="!px-1.5">
            <Pencil size={14} />
          </Button>
          <PauseAndRemove
            paused={paused}
            name={name}
            description={t('settings.removeText')}
            labels={{ pause: t('settings.pause', { name }), resume: t('settings.resume', { name }), remove: t('common.removeName', { name }) }}
            onPause={(next) => void act(client.servers.update({ id, change: { paused: next } }))}
            onRemove={() => void act(client.servers.remove({ id }), t('common.removedName', { name }))}
          />
        </span>
      )}
    </>
  )
}
