import type { Host, HostAuthInput } from '../../shared/hosts.ts'
import { type FormField, listEntered, numberEntered, textEntered } from '../app/editing/fields.ts'

export interface HostForm {
  readonly name: string
  readonly machine: 'here' | 'remote'
  readonly ssh: string
  readonly authKind: HostAuthInput['kind']
  /** Empty on an edit: the stored one is kept. */
  readonly password: string
  readonly keyFrom: 'text' | 'file'
  readonly key: string
  readonly keyFile: string
  readonly passphrase: string
  /** One per line, or separated by commas. */
  readonly jump: string
  readonly knownHostsFile: string
  /** '' : none. */
  readonly serverId: string
  readonly intervalSeconds: string
}
export const emptyHostForm: HostForm = {
  name: '',
  machine: 'remote',
  ssh: '',
  authKind: 'key',
  password: '',
  keyFrom: 'text',
  key: '',
  keyFile: '',
  passphrase: '',
  jump: '',
  knownHostsFile: '',
  serverId: '',
  intervalSeconds: '1',
}

/** Entries for editing a host. Secrets are not known here, but the files that contain them are. */
export function hostFormOf(host: Host): HostForm {
  return {
    ...emptyHostForm,
    name: host.name,
    machine: host.ssh === null ? 'here' : 'remote',
    ssh: host.ssh ?? '',
    authKind: host.auth.kind === 'none' ? 'key' : host.auth.kind,
    keyFrom: host.auth.keyFile === null ? 'text' : 'file',
    keyFile: host.auth.keyFile ?? '',
    jump: host.jump.join('\n'),
    knownHostsFile: host.knownHostsFile ?? '',
    serverId: host.serverId ?? '',
    intervalSeconds: String(host.intervalSeconds),
  }
}

/** The kind of secret stored for the address in the form, so that its field may stay empty; null: none, or only the passphrase of a key file. */
function keptSecretOf(host: Host | null, form: HostForm): Host['auth']['kind'] | null {
  if (host === null || !host.auth.hasSecret || host.ssh !== form.ssh.trim()) return null
  return form.authKind === 'key' && form.keyFrom === 'text' && host.auth.keyFile !== null ? null : host.auth.kind
}

function isPublicKey(text: string) {
  return /^\s*(ssh-|ecdsa-|sk-)\S+ AAAA|BEGIN (SSH2 )?PUBLIC KEY/.test(text)
}

/** What the engine takes; of this machine nothing is left that another one was entered with. */
export function hostInputOf(form: HostForm, stored: Host | null) {
  return {
    name: form.name,
    ...(form.machine === 'here'
      ? { ssh: null, auth: null }
      : { ssh: form.ssh, auth: authOf(form), jump: listEntered(form.jump), knownHostsFile: textEntered(form.knownHostsFile) }),
    serverId: textEntered(form.serverId),
    // Nothing is refused: of this machine the default would be too often.
    intervalSeconds: numberEntered(form.intervalSeconds) ?? Number.NaN,
    paused: stored?.paused ?? false,
  }
}

function authOf(form: HostForm): HostAuthInput {
  switch (form.authKind) {
    case 'password':
      return form.password === '' ? { kind: 'password' } : { kind: 'password', password: form.password }
    case 'key':
      return {
        kind: 'key',
        ...(form.keyFrom === 'file' ? { keyFile: form.keyFile.trim() } : form.key.trim() === '' ? {} : { key: `${form.key.trim()}\n` }),
        ...(form.passphrase === '' ? {} : { passphrase: form.passphrase }),
      }
    case 'agent':
      return { kind: 'agent' }
    default:
      return form.authKind satisfies never
  }
}

/** What a test depends on: other fields may change without making its answer old. */
export function testedPart(form: HostForm): string {
  return JSON.stringify({ ...form, name: '', serverId: '', intervalSeconds: '' })
}

/** A name to begin with: what stands between @ and the port. */
export function nameFromTarget(ssh: string): string {
  return /@(\[[^\]]*\]|[^:/\s]*)/.exec(ssh)?.[1]?.replace(/^\[|\]$/g, '') ?? ''
}

export const confirmLetters = 6
/** Whether the letters typed are those: base64 tells large letters from small ones, and so does this. */
export function confirms(typed: string, fingerprint: string): boolean {
  return typed.trim().replace(/=+$/, '').length >= confirmLetters && fingerprint.replace(/=+$/, '').endsWith(typed.trim().replace(/=+$/, ''))
}

const remote = ({ machine }: HostForm) => machine === 'remote'
const withPassword = (form: HostForm) => remote(form) && form.authKind === 'password'
const withKey = (form: HostForm) => remote(form) && form.authKind === 'key'
const passphraseKept = (form: HostForm, host: Host | null) =>
  keptSecretOf(host, form) === 'key' && form.keyFrom === 'file' && form.keyFile.trim() === host?.auth.keyFile
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
    { id: 'ssh', kind: 'text', label: 'common.address', help: 'hosts.form.sshHint', placeholder: 'noc@10.0.0.5:22', shown: remote },
    {
      id: 'name',
      kind: 'text',
      label: 'common.name',
      help: 'common.shownOnEveryScreen',
      placeholder: (t, form) => (remote(form) ? nameFromTarget(form.ssh) : t('common.thisMachine')),
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
        { value: 'agent', label: 'hosts.form.agent' },
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
      more: true,
      input: { rows: 2 },
    },
    { id: 'knownHostsFile', kind: 'text', label: 'hosts.form.knownHosts', shown: remote, more: true },
    { id: 'intervalSeconds', kind: 'text', label: 'common.readEverySeconds', shown: remote, more: true, input: { inputMode: 'decimal' } },
  ]
}
