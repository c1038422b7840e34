import { useTranslation } from 'react-i18next'
import type { HostFailure } from '../../shared/errors.ts'
import { type Host, type HostInput, type HostReading, hostInputSchema } from '../../shared/hosts.ts'
import { formatDuration } from '../../shared/units.ts'
import { client } from '../app/client.ts'
import { EditDialog } from '../app/editing/EditDialog.tsx'
import { listEntered } from '../app/editing/fields.ts'
import type { EditedNoun } from '../app/editing/useEditing.ts'
import { Mark } from '../ui/Mark.tsx'
import { hostFields } from './hostFields.ts'
import { emptyHostForm, type HostForm, hostFormOf, hostInputOf, nameFromTarget, testedPart } from './hostForm.ts'
import { KeyQuestion } from './KeyQuestion.tsx'
import { Recipe } from './Recipe.tsx'
import { hostFailure, renewHosts, showStored } from './useHosts.ts'

interface HostDialogProps {
  /** null: a new one. */
  readonly host: Host | null
  readonly servers: readonly { readonly id: string; readonly name: string }[]
  /** Initial entries of a new one. */
  readonly start?: Partial<HostForm>
  readonly onClose: () => void
}
type HostTestInput = Omit<HostInput, 'name' | 'paused'>

const hostNoun: Omit<EditedNoun<Host, HostForm, HostInput, HostTestInput, HostTest>, 'fields'> = {
  words: {
    add: 'common.addAHost',
    edit: 'common.editName',
    addIt: 'common.add',
    added: 'common.wasAdded',
    saved: 'common.wasSaved',
    nameTaken: 'common.nameTaken',
    more: 'common.moreSettings',
  },
  empty: emptyHostForm,
  entriesOf: hostFormOf,
  moreFirst: ({ jump, knownHostsFile }) => jump.length > 0 || knownHostsFile !== null,
  nameOf: (form, t) => (form.machine === 'here' ? t('common.thisMachine') : nameFromTarget(form.ssh)),
  inputOf: hostInputOf,
  schema: hostInputSchema,
  testSchema: hostInputSchema.omit({ name: true, paused: true }),
  add: async (input) => showStored(await client.hosts.add(input)),
  update: async (id, change) => showStored(await client.hosts.update({ id, change })),
  test: (input, id, signal) => client.hosts.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal }),
  refusals: { KEY_UNAVAILABLE: 'hosts.form.noSecrets' },
  afterStoring: () => void renewHosts(),
  testedPart,
  works: ({ error }) => error === null,
  asks: ({ error }) => (error?.fingerprint ? { error, reading: null } : null),
  Answer: ({ result, store, retest }) => (
    <HostTestView
      result={result}
      stored={store}
      onAccepted={(accepted) => {
        void renewHosts()
        // The host is stored now, so its credentials are no longer shown.
        retest({ name: accepted.name, password: '', key: '', passphrase: '' }, accepted)
      }}
    />
  ),
  Below: ({ entered }) => (entered.machine === 'here' ? null : <Recipe ssh={entered.ssh} jump={listEntered(entered.jump)} />),
}

/** Adds or edits a host: its address, how to sign in, and what a test of both finds. */
export function HostDialog({ host, servers, start = {}, onClose }: HostDialogProps) {
  return <EditDialog noun={{ ...hostNoun, fields: hostFields(servers) }} edited={host} start={start} onClose={onClose} />
}

interface HostTest {
  readonly error: HostFailure | null
  readonly reading: HostReading | null
}
interface HostTestViewProps {
  readonly result: HostTest
  readonly stored: () => Promise<Host | null>
  readonly onAccepted: (host: Host) => void
}

/** Result of a test: that it works and which machine answers, or what is wrong and what to do. */
function HostTestView({ result: { error, reading }, stored, onAccepted }: HostTestViewProps) {
  const { t } = useTranslation()
  if (error !== null && (error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged') && error.fingerprint !== null)
    return <KeyQuestion key={`${error.target} ${error.fingerprint}`} error={error} stored={stored} onAccepted={onAccepted} />
  const { what, todo } = error === null ? { what: t('hosts.form.works'), todo: '' } : hostFailure(error)
  const facts = [
    reading?.hostname ?? [],
    reading?.system ?? [],
    reading?.uptimeSeconds == null ? [] : `${t('hosts.column.uptime')} ${formatDuration(reading.uptimeSeconds * 1000)}`,
  ].flat()
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3" role="status">
      <Mark kind={error === null ? 'ok' : 'critical'} size={13} word={what} />
      {todo !== '' && <p>{todo}</p>}
      {facts.length > 0 && <p>{facts.join(' · ')}</p>}
    </div>
  )
}
