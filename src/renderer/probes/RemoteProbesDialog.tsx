import { useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { remoteProbeErrorText } from '../../i18n/gradeText.ts'
import { mostRemoteProbes, type RemoteProbe, remoteProbeInputSchema } from '../../shared/remoteProbes.ts'
import { formatDuration } from '../../shared/units.ts'
import { client, orpc, renew } from '../app/client.ts'
import { type FormField, readEntries, textEntered } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { failureText } from '../app/failureText.ts'
import { language, t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { ListDialog } from './ListDialog.tsx'

const everyMs = 5_000

/** Remote probes, refreshed while a component needs them. `failed`: why they are not known. */
export function useRemoteProbes(): { readonly remoteProbes: readonly RemoteProbe[] | undefined; readonly failed: string | null } {
  const query = useQuery({ ...orpc.remoteProbes.list.queryOptions(), refetchInterval: everyMs })
  return { remoteProbes: query.data, failed: query.isError && query.data === undefined ? failureText(query.error) : null }
}
const marks: Readonly<Record<RemoteProbe['state'], MarkKind>> = { up: 'ok', down: 'minor', connecting: 'idle' }

/** Remote probes: how each is, and what to do with it. */
export function RemoteProbesDialog({ onAdd, onEdit, onClose }: Record<'onAdd' | 'onClose', () => void> & { readonly onEdit: (name: string) => void }) {
  const now = useNow()
  const { remoteProbes, failed } = useRemoteProbes()
  return (
    <ListDialog
      title={t('probes.remote.title')}
      description={t('probes.remote.description')}
      add={t('probes.remote.add')}
      none={t('probes.remote.none')}
      items={remoteProbes}
      most={mostRemoteProbes}
      failed={failed}
      nameOf={({ name }) => name}
      wrongOf={({ error }) => error && remoteProbeErrorText(error, language)}
      head={({ state, name, url }) => (
        <>
          <Mark kind={marks[state]} size={11} word={t(`serverState.${state}`)} quiet={state !== 'down'} />
          <b className="break-words font-semibold">{name}</b>
          <span className="break-all text-muted">{url}</span>
        </>
      )}
      remove={({ name }) => client.remoteProbes.remove({ name })}
      renew={() => void renew('remoteProbes')}
      onAdd={onAdd}
      onEdit={({ name }) => onEdit(name)}
      onClose={onClose}
    >
      {({ state, readAt, shared, probes }) => (
        <>
          {state === 'up' && <p className="text-muted">{t('probes.remote.shares', { shared, count: probes })}</p>}
          {state === 'down' && (
            <p className="text-faint">{readAt === null ? t('common.neverRead') : t('common.readAgeAgo', { age: formatDuration(now - readAt) })}</p>
          )}
        </>
      )}
    </ListDialog>
  )
}

interface Entries {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly fingerprint: string
}
/** A token stays with its address. */
const isKept = (entered: Entries, stored: RemoteProbe | null) => stored !== null && entered.url.trim() === stored.url

const fields: readonly FormField<Entries, RemoteProbe>[] = [
  { id: 'name', kind: 'text', label: 'common.name', placeholder: 'Hamburg' },
  { id: 'url', kind: 'text', label: 'common.address', placeholder: 'https://noc2:8787', wrong: 'probes.remote.formUrlWrong' },
  {
    id: 'token',
    kind: 'secret',
    label: 'common.token',
    help: (t, entered, stored) => t(isKept(entered, stored) ? 'editing.secretKept' : 'probes.remote.formTokenHint'),
    refuse: (entered, stored) => (entered.token === '' && !isKept(entered, stored) ? 'probes.remote.formTokenHint' : null),
    wrong: 'probes.remote.formTokenHint',
  },
  { id: 'fingerprint', kind: 'text', label: 'serverForm.fingerprint', wrong: 'serverForm.fingerprintWrong', more: true },
]
const schema = remoteProbeInputSchema.extend({ token: remoteProbeInputSchema.shape.token.optional() })

/** Adds a remote probe, or changes one. `remoteProbe`: null: it is new. */
export function RemoteProbeDialog({ remoteProbe, onClose }: { readonly remoteProbe: RemoteProbe | null; readonly onClose: () => void }) {
  const own = remoteProbe === null ? fields : fields.filter(({ id }) => id !== 'name')
  return (
    <SendDialog
      title={remoteProbe === null ? t('probes.remote.add') : t('common.editName', { name: remoteProbe.name })}
      submit={t('common.save')}
      fields={own}
      stored={remoteProbe}
      start={{ name: remoteProbe?.name ?? '', url: remoteProbe?.url ?? '', token: '', fingerprint: remoteProbe?.fingerprint ?? '' }}
      read={(entered: Entries) => {
        const { name, url, token, fingerprint } = entered
        return readEntries(own, schema, { name, url, token: token === '' ? undefined : token, fingerprint: textEntered(fingerprint) }, entered, remoteProbe)
      }}
      send={async (input) => {
        await client.remoteProbes.put(input)
        await renew('remoteProbes')
        toast(t('common.saved'))
      }}
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}
