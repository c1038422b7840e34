import { useQuery } from '@tanstack/react-query'
import { toast } from 'sonner'
import { remoteProbeErrorText } from '../../i18n/gradeText.ts'
import { mostRemoteProbes, type RemoteProbe, remoteProbeInputSchema } from '../../shared/remoteProbes.ts'
import { formatDuration } from '../../shared/units.ts'
import { client, orpc } from '../app/client.ts'
import { type FormField, readEntries, textEntered } from '../app/editing/fields.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { language, t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { useNow } from '../ui/now.ts'
import { ListDialog } from './ListDialog.tsx'

const everyMs = 5_000

export function useRemoteProbes() {
  return useQuery({ ...orpc.remoteProbes.list.queryOptions(), refetchInterval: everyMs })
}
const marks: Readonly<Record<RemoteProbe['state'], MarkKind>> = { up: 'ok', down: 'minor', connecting: 'idle' }

export function RemoteProbesDialog({ onAdd, onEdit, onClose }: Record<'onAdd' | 'onClose', () => void> & { readonly onEdit: (name: string) => void }) {
  const now = useNow()
  const read = useRemoteProbes()
  return (
    <ListDialog
      title={t('probes.remote.title')}
      description={t('probes.remote.description')}
      add={t('probes.remote.add')}
      none={t('probes.remote.none')}
      read={read}
      most={mostRemoteProbes}
      nameOf={({ name }) => name}
      wrongOf={({ error }) => error && remoteProbeErrorText(error, language)}
      markOf={({ state }) => <Mark kind={marks[state]} size={11} word={t(`serverState.${state}`)} quiet={state !== 'down'} />}
      addressOf={({ url }) => url}
      remove={({ name }) => client.remoteProbes.remove({ name })}
      renews="remoteProbes"
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

const schema = remoteProbeInputSchema.partial({ token: true })
const fields: readonly FormField<Record<'name' | 'url' | 'token' | 'fingerprint', string>, RemoteProbe>[] = [
  { id: 'name', kind: 'text', label: 'common.name', placeholder: 'Hamburg' },
  { id: 'url', kind: 'text', label: 'common.address', placeholder: 'https://noc2:8787', wrong: 'probes.remote.formUrlWrong' },
  {
    ...{ id: 'token', kind: 'secret', label: 'common.token' },
    help: (t, { url }, stored) => t(url.trim() === stored?.url ? 'editing.secretKept' : 'probes.remote.formTokenHint'),
    refuse: ({ token, url }, stored) => (token === '' && url.trim() !== stored?.url ? 'probes.remote.formTokenHint' : null),
  },
  { id: 'fingerprint', kind: 'text', label: 'serverForm.fingerprint', wrong: 'serverForm.fingerprintWrong' },
]

/** Adds a remote probe, or changes one. `remoteProbe`: null: it is new. */
export function RemoteProbeDialog({ remoteProbe, onClose }: { readonly remoteProbe: RemoteProbe | null; readonly onClose: () => void }) {
  const own = remoteProbe === null ? fields : fields.filter(({ id }) => id !== 'name')
  return (
    <SendDialog
      title={remoteProbe === null ? t('probes.remote.add') : t('common.editName', { name: remoteProbe.name })}
      submit={t('common.save')}
      fields={own}
      start={{ name: remoteProbe?.name ?? '', url: remoteProbe?.url ?? '', token: '', fingerprint: remoteProbe?.fingerprint ?? '' }}
      stored={remoteProbe}
      read={({ token, ...entered }: Record<'name' | 'url' | 'token' | 'fingerprint', string>) =>
        readEntries(own, schema, { ...entered, token: token || undefined, fingerprint: textEntered(entered.fingerprint) }, { token, ...entered }, remoteProbe)
      }
      send={async (input) => {
        await client.remoteProbes.put(input)
        toast(t('common.saved'))
      }}
      renews="remoteProbes"
      fieldOf={(key) => key}
      onClose={onClose}
    />
  )
}
