import { useState } from 'react'
import type { HostFailure } from '../../shared/errors.ts'
import { authorizedKeysLine, authorizedKeysLineOfJumpHost } from '../../shared/hostRecipe.ts'
import { type Host, type HostInput, type HostReading, hostInputSchema } from '../../shared/hosts.ts'
import { formatDuration } from '../../shared/units.ts'
import { Copyable } from '../app/Copyable.tsx'
import { client, orpc, renew } from '../app/client.ts'
import { EditDialog } from '../app/editing/EditDialog.tsx'
import { listEntered } from '../app/editing/fields.ts'
import type { EditedNoun } from '../app/editing/useEditing.ts'
import { t } from '../app/words.ts'
import { showStored } from '../fleet/listed.ts'
import { TextField } from '../ui/Field.tsx'
import { Mark } from '../ui/Mark.tsx'
import { dotted } from './hostCells.tsx'
import { emptyHostForm, type HostForm, hostFields, hostFormOf, hostInputOf, nameFromTarget, testedPart } from './hostForm.ts'
import { KeyQuestion } from './KeyQuestion.tsx'
import { hostFailure } from './useHosts.ts'

interface HostDialogProps {
  /** null: a new one. */
  readonly host: Host | null
  readonly servers: readonly { readonly id: string; readonly name: string }[]
  readonly start?: Partial<HostForm>
  readonly onClose: () => void
}
type HostTestInput = Omit<HostInput, 'name' | 'paused'>

const hostNoun: Omit<EditedNoun<Host, HostForm, HostInput, HostTestInput, HostTest>, 'fields'> = {
  title: 'common.addAHost',
  empty: emptyHostForm,
  entriesOf: hostFormOf,
  nameOf: (form, t) => (form.machine === 'here' ? t('common.thisMachine') : nameFromTarget(form.ssh)),
  inputOf: hostInputOf,
  schema: hostInputSchema,
  testSchema: hostInputSchema.omit({ name: true, paused: true }),
  add: async (input) => showStored(orpc.hosts.list.queryKey(), await client.hosts.add(input)),
  update: async (id, change) => showStored(orpc.hosts.list.queryKey(), await client.hosts.update({ id, change })),
  test: (input, id, signal) => client.hosts.test({ ...input, ...(id === undefined ? {} : { id }) }, { signal }),
  refusals: { KEY_UNAVAILABLE: 'hosts.form.noSecrets' },
  afterStoring: () => void renew('hosts'),
  testedPart,
  works: ({ error }) => error === null,
  asks: ({ error }) => (error?.fingerprint ? { error, reading: null } : null),
  Answer: ({ result, store, retest }) => (
    <HostTestView
      result={result}
      stored={store}
      onAccepted={(accepted) => {
        void renew('hosts')
        // The host is stored now, so its credentials are no longer shown.
        retest({ name: accepted.name, password: '', key: '', passphrase: '' }, accepted)
      }}
    />
  ),
  Below: ({ entered }) => (entered.machine === 'here' ? null : <Recipe ssh={entered.ssh} jump={listEntered(entered.jump)} />),
}

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

function HostTestView({ result: { error, reading }, stored, onAccepted }: HostTestViewProps) {
  if (error !== null && (error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged') && error.fingerprint !== null)
    return <KeyQuestion key={`${error.target} ${error.fingerprint}`} error={error} stored={stored} onAccepted={onAccepted} />
  const { what, todo } = error === null ? { what: t('hosts.form.works'), todo: '' } : hostFailure(error)
  const uptime = reading?.uptimeSeconds == null ? null : `${t('hosts.column.uptime')} ${formatDuration(reading.uptimeSeconds * 1000)}`
  const facts = dotted(reading?.hostname ?? null, reading?.system ?? null, uptime)
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3" role="status">
      <Mark kind={error === null ? 'ok' : 'critical'} size={13} word={what} />
      {todo !== '' && <p>{todo}</p>}
      {facts !== '' && <p>{facts}</p>}
    </div>
  )
}

const examplePublicKey = 'ssh-ed25519 AAAA… noc'
interface RecipeProps {
  /** `user@host:port` of the host as entered. */
  readonly ssh: string
  readonly jump: readonly string[]
}
function addressOf(target: string): string {
  const address = target.trim().replace(/^[^@]*@/, '')
  return /:\d+$/.test(address) ? address : `${address}:22`
}

function Recipe({ ssh, jump }: RecipeProps) {
  const [key, setKey] = useState('')
  const publicKey = key.trim() === '' ? examplePublicKey : (key.trim().split('\n')[0]?.trim() ?? examplePublicKey)
  // Each jump host leads to the next host.
  const onTheWay = jump.map((target, place) => ({ target, next: addressOf(jump[place + 1] ?? ssh) }))
  return (
    <details>
      <summary className="rounded py-0.5 font-medium text-muted hover:text-text">{t('hosts.form.recipe')}</summary>
      <div className="mt-2 flex flex-col gap-2.5">
        <p className="text-muted">{t('hosts.form.recipeText')}</p>
        <TextField label={t('hosts.form.recipeKey')} placeholder={examplePublicKey} value={key} onChange={(event) => setKey(event.target.value)} />
        <Copyable text={authorizedKeysLine(publicKey)} />
        {ssh.trim() !== '' &&
          onTheWay.map(({ target, next }) => (
            <div key={target} className="flex flex-col gap-1">
              <span className="font-medium text-muted text-sm">{t('hosts.form.recipeJump', { target })}</span>
              <Copyable text={authorizedKeysLineOfJumpHost(next, publicKey)} />
            </div>
          ))}
      </div>
    </details>
  )
}
