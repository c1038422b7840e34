import { useQuery } from '@tanstack/react-query'
import { Plus, RotateCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { NamedToken } from '../../shared/accounts.ts'
import { formatMoment } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client, orpc, renew } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { t } from '../app/words.ts'
import { useMe } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import type { Column } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { engineNow, useEngineNow } from '../ui/now.ts'
import { Panel } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { limitText, noToken, readToken, tokenFields } from './accountForm.ts'
import { ShownOnce } from './ShownOnce.tsx'

const act = actThen('accounts')

const everyMs = 10_000

type Open =
  | { readonly kind: 'add' }
  | { readonly kind: 'rotate' | 'remove'; readonly token: NamedToken }
  | { readonly kind: 'made'; readonly name: string; readonly secret: string }

export function Tokens() {
  const query = useQuery({ ...orpc.accounts.tokens.queryOptions(), refetchInterval: everyMs })
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const showMade = ({ token: { name }, secret }: { readonly token: NamedToken; readonly secret: string }) => {
    setOpen({ kind: 'made', name, secret })
    void renew('accounts')
  }
  return (
    <Panel
      title={t('people.tokens.title')}
      hint={t('people.tokens.text')}
      actions={<Button icon={Plus} look="primary" onClick={() => setOpen({ kind: 'add' })} text={t('people.tokens.add')} />}
    >
      <TokenFile />
      <Loaded query={query} rows={3}>
        {(tokens) => <TokensTable tokens={tokens} onOpen={(kind, token) => setOpen({ kind, token })} />}
      </Loaded>
      {open?.kind === 'add' && (
        <SendDialog
          at="side"
          title={t('people.tokens.add')}
          submit={t('common.add')}
          fields={tokenFields}
          start={noToken}
          read={(entered) => readToken(entered, engineNow())}
          send={async (input) => showMade(await client.accounts.addToken(input))}
          // The secret follows, and stays.
          onClose={() => setOpen((now) => (now?.kind === 'made' ? now : null))}
        />
      )}
      {open?.kind === 'rotate' && (
        <RemoveDialog
          title={t('people.tokens.rotate', { name: open.token.name })}
          description={t('people.tokens.rotateText')}
          submit={t('people.tokens.rotateIt')}
          onRemove={() => void act(client.accounts.rotateToken({ id: open.token.id }).then(showMade))}
          onClose={close}
        />
      )}
      {open?.kind === 'remove' && (
        <RemoveDialog
          title={t('common.removeName', { name: open.token.name })}
          description={t('people.tokens.removeText')}
          onRemove={() => void act(client.accounts.removeToken({ id: open.token.id }), t('common.removedName', { name: open.token.name }))}
          onClose={close}
        />
      )}
      {open?.kind === 'made' && (
        <ShownOnce title={t('people.tokens.secret', { name: open.name })} description={t('people.tokens.secretText')} secret={open.secret} onClose={close} />
      )}
    </Panel>
  )
}

function TokenFile() {
  const { data: me } = useMe()
  const { data: kept } = useQuery(orpc.accounts.tokenFile.queryOptions())
  if (kept === undefined) return null
  const { admits } = kept
  return (
    <div className="mb-2 flex items-center gap-4">
      <p className="min-w-0 flex-1 text-muted">
        <span className="font-medium text-text">{t('people.tokens.file')}.</span> {t(admits ? 'people.tokens.fileOn' : 'people.tokens.fileOff')}
      </p>
      {me?.kind === 'account' && (
        <Button onClick={() => void act(client.accounts.keepTokenFile({ admits: !admits }))}>
          {t(admits ? 'rules.form.switchOff' : 'rules.form.switchOn')}
        </Button>
      )}
    </div>
  )
}

function TokensTable({ tokens, onOpen }: { readonly tokens: readonly NamedToken[]; readonly onOpen: (kind: 'rotate' | 'remove', token: NamedToken) => void }) {
  const now = useEngineNow()
  const time = (at: number | null) => (at === null ? t('common.never') : formatMoment(at, 'minute'))
  const columns: readonly Column<NamedToken>[] = [
    textColumn('name', t('common.name'), ({ name }) => name, { rank: 0, width: 130, share: 1, className: 'font-medium' }),
    textColumn('role', t('people.role'), ({ role }) => t(`people.roles.${role}`), { rank: 1, width: 110, share: 1 }),
    textColumn('console', t('people.console'), (token) => t(`people.consoles.${token.console}`), { rank: 2, width: 100, share: 1 }),
    textColumn('limit', t('people.limit'), limitText, { rank: 5, width: 100, share: 1 }),
    column('expiresAt', t('people.tokens.expiresAt'), { rank: 0, width: 150, value: ({ expiresAt }) => expiresAt }, ({ expiresAt }) =>
      expiresAt === null ? (
        <span className="text-muted">{t('people.tokens.never')}</span>
      ) : expiresAt <= now ? (
        <span className="font-medium text-major">{t('people.tokens.ended')}</span>
      ) : (
        formatMoment(expiresAt, 'minute')
      ),
    ),
    textColumn('lastUsed', t('people.tokens.lastUsed'), ({ lastUsedAt }) => time(lastUsedAt), { rank: 3, width: 140, share: 1 }),
    textColumn('by', t('people.tokens.by'), ({ by }) => by, { rank: 4, width: 100, share: 1 }),
    column('actions', t('common.edit'), { rank: 0, width: 68, silent: true, numeric: true }, (token) => (
      <span className="-my-1 inline-flex">
        {(['rotate', 'remove'] as const).map((kind) => {
          const label = t(kind === 'rotate' ? 'people.tokens.rotate' : 'common.removeName', { name: token.name })
          const Icon = kind === 'rotate' ? RotateCw : Trash2
          return <Button key={kind} look="quiet" label={label} onClick={() => onOpen(kind, token)} icon={Icon} />
        })}
      </span>
    )),
  ]
  return (
    <DataTable
      label={t('people.tokens.title')}
      columns={columns}
      rows={tokens}
      keyOf={({ id }) => id}
      context={null}
      empty={<p className="py-2 text-faint">{t('people.tokens.none')}</p>}
    />
  )
}
