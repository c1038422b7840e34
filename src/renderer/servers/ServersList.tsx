import { Pencil, Plus } from 'lucide-react'
import { serverErrorText } from '../../i18n/errorText.ts'
import type { Server } from '../../shared/servers.ts'
import { formatSpan } from '../../shared/units.ts'
import { act } from '../app/act.ts'
import { client } from '../app/client.ts'
import { PauseAndRemove } from '../app/editing/Removing.tsx'
import { toServer } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import { fleet } from '../fleet/fleet.ts'
import { May, useMay } from '../fleet/me.tsx'
import { ServerStateMark } from '../fleet/StateMark.tsx'
import { TryNow } from '../fleet/TryNow.tsx'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { column, figureColumn, textColumn } from '../ui/plainColumns.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'

interface ServersListProps {
  readonly servers: readonly Server[]
  readonly onAdd: () => void
  readonly onEdit: (server: Server) => void
}

export function ServersList({ servers, onAdd, onEdit }: ServersListProps) {
  const columns = columnsOf(onEdit)
  return (
    <Panel
      title={t('common.servers')}
      hint={servers.length > 0 ? String(servers.length) : undefined}
      actions={
        <May needs="administer">
          <Button icon={Plus} look="primary" onClick={onAdd} text={t('common.addAServer')} />
        </May>
      }
    >
      {servers.length === 0 ? (
        <EmptyState
          title={t('common.noServersYet')}
          actions={
            <May needs="administer">
              <Button look="primary" onClick={onAdd} text={t('common.addAServer')} />
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

function columnsOf(onEdit: (server: Server) => void): readonly Column<Server>[] {
  return [
    column('server', t('common.server'), { rank: 0, width: 150, wraps: true, share: 2, value: ({ name }) => name }, ({ id, name, tags }) => (
      <>
        <a href={`#${toServer(id)}`} className="font-medium hover:underline">
          {name}
        </a>{' '}
        <span className="text-faint">{tags.join(', ')}</span>
      </>
    )),
    column('state', t('common.state'), { rank: 0, width: 130, wraps: true, share: 3, value: ({ state }) => state }, (server) => {
      const words = server.error ? serverErrorText(server.error, language) : null
      return (
        <span title={words ? `${words.what} ${words.todo}` : undefined}>
          <ServerStateMark server={server} severity={fleet.severityOfServer(server.id)} /> <span className="text-muted">{words?.what ?? ''}</span>
        </span>
      )
    }),
    textColumn('address', t('common.address'), ({ url }) => url, { rank: 0, width: 150, share: 2, wraps: true }),
    column('signIn', t('common.signIn2'), { rank: 2, width: 130, share: 1 }, ({ auth }) => (
      <span className="text-muted">
        {t(`serverForm.authKinds.${auth.kind}`)}
        {auth.user ? ` · ${auth.user}` : ''}
      </span>
    )),
    figureColumn('interval', t('settings.interval'), ({ intervalSeconds }) => intervalSeconds, {
      rank: 3,
      width: widthOf(t('settings.interval')),
      write: (value) => <span className="text-muted">{formatSpan(value * 1000)}</span>,
    }),
    column(
      'origin',
      t('rules.column.origin'),
      { rank: 0, width: widthOf(t('rules.column.origin'), t('common.thisConsole'), t('settings.yaml')) + 14 },
      ({ origin }) =>
        origin === 'yaml' ? (
          <Tooltip content={t('settings.yamlHint')}>
            <button type="button" className="rounded border border-line-strong px-1.5 text-muted text-sm">
              {t('settings.yaml')}
            </button>
          </Tooltip>
        ) : (
          <span className="text-faint">{t('common.thisConsole')}</span>
        ),
    ),
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
  const { id, name, paused } = server
  const may = useMay('administer')
  return (
    <>
      <TryNow server={server} className="mr-1" />
      {server.origin === 'stored' && may && (
        <span className="inline-flex">
          <Button look="quiet" label={t('common.editName', { name })} onClick={() => onEdit(server)} icon={Pencil} />
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
