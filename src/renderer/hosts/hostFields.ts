import type { Host } from '../../shared/hosts.ts'
import { validationErrorOf } from '../../shared/validationErrors.ts'
import type { FormField } from '../app/editing/fields.ts'
import { type HostForm, isPublicKey, keptSecretOf, nameFromTarget } from './hostForm.ts'

const remote = ({ machine }: HostForm) => machine === 'remote'
const withPassword = (form: HostForm) => remote(form) && form.authKind === 'password'
const withKey = (form: HostForm) => remote(form) && form.authKind === 'key'
const passphraseKept = (form: HostForm, host: Host | null) =>
  keptSecretOf(host, form) === 'key' && form.keyFrom === 'file' && form.keyFile.trim() === host?.auth.keyFile

type Evaluated = Extract<FormField<HostForm, Host>['wrong'], (...given: never[]) => unknown>
/** As the contract says what is wrong. */
const asItIs: Evaluated = (issue) => ({ validationError: validationErrorOf(issue) })

/** Form fields of a host. `servers`: choices for the server that runs there. */
export function hostFields(servers: readonly { readonly id: string; readonly name: string }[]): readonly FormField<HostForm, Host>[] {
  return [
    {
      id: 'machine',
      kind: 'choice',
      label: 'hosts.form.kind',
      options: [
        { value: 'remote', label: 'hosts.form.remote' },
        { value: 'here', label: 'hosts.form.here' },
      ],
      // This machine is read less often, because each reading takes some of its CPU time.
      sets: (machine) => ({ intervalSeconds: machine === 'here' ? '2' : '1' }),
      forgetsTest: true,
    },
    {
      id: 'ssh',
      kind: 'text',
      label: 'common.address',
      help: 'hosts.form.sshHint',
      placeholder: 'noc@10.0.0.5:22',
      shown: remote,
      wrong: asItIs,
    },
    {
      id: 'name',
      kind: 'text',
      label: 'common.name',
      help: 'common.shownOnEveryScreen',
      placeholder: (t, form) => (remote(form) ? nameFromTarget(form.ssh) : t('common.thisMachine')),
      wrong: asItIs,
    },
    {
      id: 'serverId',
      kind: 'choice',
      label: 'hosts.form.server',
      options: [{ value: '', label: 'serverForm.authKinds.none' }, ...servers.map(({ id, name }) => ({ value: id, label: { name } }))],
    },
    {
      id: 'authKind',
      kind: 'choice',
      label: 'common.signIn2',
      options: [
        { value: 'key', label: 'common.privateKey' },
        { value: 'password', label: 'common.password' },
        { value: 'agent', label: 'hosts.form.authKinds.agent' },
      ],
      shown: remote,
    },
    {
      id: 'password',
      kind: 'secret',
      label: 'common.password',
      help: (t, form, host) => (keptSecretOf(host, form) === 'password' && form.password === '' ? t('editing.secretKept') : undefined),
      shown: withPassword,
      refuse: (form, host) => (form.password === '' && keptSecretOf(host, form) !== 'password' ? 'hosts.form.missing' : null),
    },
    {
      id: 'keyFrom',
      kind: 'choice',
      label: 'hosts.form.keyFrom',
      options: [
        { value: 'text', label: 'hosts.form.keyFroms.text' },
        { value: 'file', label: 'hosts.form.keyFroms.file' },
      ],
      shown: withKey,
    },
    {
      id: 'key',
      kind: 'lines',
      label: 'common.privateKey',
      help: (t, form, host) => t(keptSecretOf(host, form) === 'key' && form.key === '' ? 'editing.secretKept' : 'hosts.form.keyHint'),
      placeholder: '-----BEGIN OPENSSH PRIVATE KEY-----',
      shown: (form) => withKey(form) && form.keyFrom === 'text',
      refuse: (form, host) => {
        if (isPublicKey(form.key)) return 'hosts.form.keyPublic'
        return form.key.trim() === '' && keptSecretOf(host, form) !== 'key' ? 'hosts.form.missing' : null
      },
      input: { rows: 4, className: 'font-mono !text-sm' },
    },
    {
      id: 'keyFile',
      kind: 'text',
      label: 'hosts.form.keyFile',
      placeholder: '/etc/mtxdeck/id_ed25519',
      shown: (form) => withKey(form) && form.keyFrom === 'file',
      refuse: ({ keyFile }) => (keyFile.trim() === '' ? 'hosts.form.missing' : null),
    },
    {
      id: 'passphrase',
      kind: 'secret',
      label: 'hosts.form.passphrase',
      help: (t, form, host) => (passphraseKept(form, host) && form.passphrase === '' ? t('editing.secretKept') : undefined),
      shown: withKey,
    },
    {
      id: 'jump',
      kind: 'lines',
      label: 'hosts.form.jump',
      help: 'hosts.form.jumpHint',
      placeholder: 'noc@bastion.example:22',
      shown: remote,
      wrong: asItIs,
      more: true,
      input: { rows: 2 },
    },
    { id: 'knownHostsFile', kind: 'text', label: 'hosts.form.knownHosts', shown: remote, more: true },
    {
      id: 'intervalSeconds',
      kind: 'text',
      label: 'common.readEverySeconds',
      shown: remote,
      wrong: asItIs,
      more: true,
      input: { inputMode: 'decimal' },
    },
  ]
}
