import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { z } from 'zod'
import type { Passkey } from '../../shared/accounts.ts'
import { enteredName } from '../../shared/entered.ts'
import { formatMoment } from '../../shared/units.ts'
import { actThen } from '../app/act.ts'
import { client, orpc } from '../app/client.ts'
import { consoleAddress } from '../app/consoleAddress.ts'
import { type FormField, readEntries } from '../app/editing/fields.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { NotLoaded } from '../app/Loaded.tsx'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Panel } from '../ui/Panel.tsx'

const act = actThen('accounts')

interface PasskeyEntries {
  readonly name: string
  readonly current: string
}
const fields: readonly FormField<PasskeyEntries>[] = [
  { id: 'name', kind: 'text', label: 'people.own.passkeyName', help: 'people.own.passkeyNameHint', input: { maxLength: 60 } },
  { id: 'current', kind: 'secret', label: 'people.own.current', help: 'people.own.passkeyPassword', input: { autoComplete: 'current-password' } },
]
const entriesSchema = z.object({ name: enteredName(60), current: z.string() })

/** Passkeys of the own account, and the organisation's provider. */
export function OtherWays() {
  const { data: ways, error } = useQuery({ ...orpc.accounts.ways.queryOptions(), staleTime: 0 })
  const [adding, setAdding] = useState(false)
  if (ways === undefined) return <NotLoaded error={error} rows={2} />
  const { passkeys, passkeysPossible, provider } = ways
  const add = async ({ name, current }: PasskeyEntries) => {
    const { startRegistration } = await import('@simplewebauthn/browser')
    const optionsJSON = await client.accounts.startPasskey(current === '' ? {} : { password: current })
    // Browsers say it in English.
    const made = startRegistration({ optionsJSON: optionsJSON as never })
    const { id, rawId, response } = await made.catch(() => Promise.reject(new Error(t('people.own.passkeyNotMade'))))
    await client.accounts.addPasskey({ name, answer: { id, rawId, type: 'public-key', response } })
    toast(t('people.own.passkeyAdded'))
  }
  return (
    <>
      <Panel title={t('people.own.passkeys')} actions={passkeysPossible && <Button onClick={() => setAdding(true)}>{t('people.own.addPasskey')}</Button>}>
        <p className="max-w-[72ch] text-muted">{t(passkeysPossible ? 'people.own.passkeysText' : 'people.own.passkeysNot')}</p>
        <ul className="mt-2 flex flex-col gap-1">
          {passkeys.map((passkey) => (
            <PasskeyLine key={passkey.id} passkey={passkey} />
          ))}
        </ul>
        {adding && (
          <SendDialog
            title={t('people.own.addPasskey')}
            submit={t('common.add')}
            fields={fields}
            start={{ name: '', current: '' }}
            read={(entered) => readEntries(fields, entriesSchema, entered, entered, null)}
            send={add}
            renews="accounts"
            onClose={() => setAdding(false)}
          />
        )}
      </Panel>
      {provider !== null && (
        <Panel
          title={t('people.own.provider', { name: provider.name })}
          actions={
            provider.isLinked ? (
              <Button onClick={() => void act(client.accounts.removeProvider(), t('people.own.disconnected', { name: provider.name }))}>
                {t('sessions.kick')}
              </Button>
            ) : (
              <Button onClick={() => window.location.assign(consoleAddress('/api/sign-in/oidc?link=1'))}>{t('people.own.connect')}</Button>
            )
          }
        >
          <p className="max-w-[72ch] text-muted">{t(provider.isLinked ? 'people.own.providerLinked' : 'people.own.providerNot', { name: provider.name })}</p>
        </Panel>
      )}
    </>
  )
}

function PasskeyLine({ passkey: { id, name, createdAt, lastUsedAt } }: { readonly passkey: Passkey }) {
  const [removing, setRemoving] = useState(false)
  return (
    <li className="flex items-center gap-4">
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <span className="text-muted text-sm">
        {t('people.own.createdAt')}: {formatMoment(createdAt, 'minute')} · {t('people.own.lastUsed')}:{' '}
        {lastUsedAt === null ? t('people.own.never') : formatMoment(lastUsedAt, 'minute')}
      </span>
      <Button aria-label={t('common.removeName', { name })} onClick={() => setRemoving(true)} text={t('common.remove')} />
      {removing && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('people.own.removePasskeyText')}
          onRemove={() => void act(client.accounts.removePasskey({ id }), t('common.removedName', { name }))}
          onClose={() => setRemoving(false)}
        />
      )}
    </li>
  )
}
