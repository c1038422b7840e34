import { useQuery } from '@tanstack/react-query'
import { KeyRound, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { z } from 'zod'
import { type Account, passwordSchema } from '../../shared/accounts.ts'
import { formatMoment } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client, orpc, renew } from '../app/client.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { Loaded } from '../app/Loaded.tsx'
import { usePageParams } from '../app/usePageParams.ts'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { type Column, widthOf } from '../ui/columns.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { column, textColumn } from '../ui/plainColumns.tsx'
import { type AccountForm, accountEntries, accountFields, limitText, readAccount, readNewAccount } from './accountForm.ts'
import { ShownOnce } from './ShownOnce.tsx'

const act = actThen('accounts')

/** What another administrator changes is seen here after this time, ms. */
const everyMs = 10_000

export function Accounts() {
  const query = useQuery({ ...orpc.accounts.list.queryOptions(), refetchInterval: everyMs })
  const [params, set] = usePageParams()
  const edit = params.get('edit')
  const close = () => set({ edit: null })
  const add = (label: string) => (
    <Button icon={Plus} look="primary" onClick={() => set({ edit: 'new' }, false)}>
      {label}
    </Button>
  )
  return (
    <Loaded query={query} rows={6} framed>
      {(accounts) => {
        const edited = accounts.find(({ id }) => id === edit) ?? null
        const isFirst = accounts.length === 0
        return (
          <Panel title={t('people.accounts')} hint={isFirst ? undefined : String(accounts.length)} actions={isFirst ? undefined : add(t('people.add'))}>
            {isFirst ? (
              <EmptyState title={t('people.none')} actions={add(t('people.addFirst'))}>
                {t('people.noneText')}
              </EmptyState>
            ) : (
              <AccountsTable accounts={accounts} onEdit={({ id }) => set({ edit: id }, false)} />
            )}
            {(edited !== null || edit === 'new') && <AccountDialog key={edit} edited={edited} isFirst={isFirst} onClose={close} />}
          </Panel>
        )
      }}
    </Loaded>
  )
}

interface AccountDialogProps {
  /** null: a new one. */
  readonly edited: Account | null
  readonly isFirst: boolean
  readonly onClose: () => void
}
function AccountDialog({ edited, isFirst, onClose }: AccountDialogProps) {
  // As it was when the form was opened: what others change meanwhile is not overwritten.
  const [stored] = useState(edited)
  const form: AccountForm = stored !== null ? 'stored' : isFirst ? 'first' : 'new'
  const common = { at: 'side', fields: accountFields(form), start: accountEntries(stored, form), onClose } as const
  if (stored === null)
    return (
      <SendDialog
        {...common}
        title={t(isFirst ? 'people.addFirst' : 'people.add')}
        description={isFirst ? t('people.noneText') : undefined}
        submit={t('common.add')}
        read={(entered) => readNewAccount(entered, form)}
        send={(input) => client.accounts.add(input)}
        renews="accounts"
      />
    )
  return (
    <SendDialog
      {...common}
      title={t('common.editName', { name: stored.name })}
      submit={t('common.save')}
      stored={stored}
      read={readAccount}
      send={(change) => client.accounts.update({ id: stored.id, change, revision: stored.revision })}
      renews="accounts"
    />
  )
}

function AccountsTable({ accounts, onEdit }: { readonly accounts: readonly Account[]; readonly onEdit: (account: Account) => void }) {
  const columns: readonly Column<Account>[] = [
    column('name', t('common.name'), { rank: 0, width: 130, share: 2, wraps: true, value: ({ name }) => name }, ({ name, fullName, disabled }) => (
      <>
        <span className={`font-medium ${disabled ? 'text-faint line-through' : ''}`}>{name}</span>{' '}
        {disabled && <span className="text-faint">{t('people.disabled')}</span>}
        <span className="block truncate text-muted">{fullName}</span>
      </>
    )),
    textColumn('role', t('people.role'), ({ role }) => t(`people.roles.${role}`), {
      rank: 0,
      width: widthOf(t('people.role'), t('people.roles.administrator')),
      share: 1,
    }),
    textColumn('console', t('people.console'), (account) => t(`people.consoles.${account.console}`), {
      rank: 1,
      width: widthOf(t('people.console'), t('people.consoles.administer')),
      share: 1,
    }),
    textColumn('groups', t('people.groups'), ({ groups }) => groups.join(', '), { rank: 6, width: 90, share: 1 }),
    textColumn('limit', t('people.limit'), limitText, { rank: 4, width: 100, share: 1 }),
    column('lastSignIn', t('people.lastSignIn'), { rank: 2, width: 140, value: ({ lastSignInAt }) => lastSignInAt }, ({ lastSignInAt }) => (
      <span className="text-muted">{lastSignInAt === null ? t('common.never') : formatMoment(lastSignInAt, 'minute')}</span>
    )),
    textColumn('totp', t('people.totp'), ({ hasTotp }) => t(hasTotp ? 'people.totpOn' : 'people.totpOff'), {
      rank: 3,
      width: widthOf(t('people.totp')),
      share: 1,
    }),
    column('actions', t('common.edit'), { rank: 0, width: 96, silent: true, numeric: true }, (account) => <Actions account={account} onEdit={onEdit} />),
  ]
  return <DataTable label={t('people.accounts')} columns={columns} rows={accounts} keyOf={({ id }) => id} context={null} />
}

interface ResetEntries {
  readonly password: string
  readonly removeTotp: string
}
const resetSchema = z.object({ password: passwordSchema.optional(), removeTotp: z.boolean() })
const resetFields: readonly FormField<ResetEntries>[] = [
  { id: 'password', kind: 'secret', label: 'people.own.new' },
  { id: 'removeTotp', kind: 'tick', label: 'people.alsoRemoveTotp' },
]
const readReset = (entered: ResetEntries) =>
  readEntries(
    resetFields,
    resetSchema,
    { ...(entered.password !== '' && { password: entered.password }), removeTotp: entered.removeTotp !== '' },
    entered,
    null,
  )

function Actions({ account, onEdit }: { readonly account: Account; readonly onEdit: (account: Account) => void }) {
  const [open, setOpen] = useState<'none' | 'password' | 'remove'>('none')
  const [made, setMade] = useState<string | null>(null)
  const { id, name } = account
  const buttons = [
    { label: t('common.editName', { name }), Icon: Pencil, run: () => onEdit(account) },
    { label: t('people.setPassword', { name }), Icon: KeyRound, run: () => setOpen('password') },
    { label: t('common.removeName', { name }), Icon: Trash2, run: () => setOpen('remove') },
  ]
  return (
    <span className="-my-1 inline-flex">
      {buttons.map(({ label, Icon, run }) => (
        <Button key={label} look="quiet" label={label} onClick={run} icon={Icon} />
      ))}
      {open === 'remove' && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('people.removeText')}
          onRemove={() => void act(client.accounts.remove({ id }), t('common.removedName', { name }))}
          onClose={() => setOpen('none')}
        />
      )}
      {open === 'password' && (
        <SendDialog
          title={t('people.setPassword', { name })}
          description={t('people.setPasswordText')}
          submit={t('common.save')}
          fields={resetFields}
          start={{ password: '', removeTotp: '' }}
          read={readReset}
          send={async (input) => {
            const { password } = await client.accounts.resetPassword({ id, ...input })
            setMade(password)
            await act(renew('accounts'), password === null ? t('people.passwordSet') : undefined)
          }}
          onClose={() => setOpen('none')}
        />
      )}
      {made !== null && (
        <ShownOnce title={t('people.newPassword', { name })} description={t('people.newPasswordText')} secret={made} onClose={() => setMade(null)} />
      )}
    </span>
  )
}
