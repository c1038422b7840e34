import type { Host, HostAuthInput } from '../../shared/hosts.ts'
import { listEntered, numberEntered, textEntered } from '../app/editing/fields.ts'

/** Entries of the form, as text. */
export interface HostForm {
  readonly name: string
  /** The machine that the engine runs on, or one over SSH. */
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

/**
 * The kind of secret that is stored for the address in the form, so that its field may stay empty; null: none is. A passphrase
 * alone, of a key in a file, is no key.
 */
export function keptSecretOf(host: Host | null, form: HostForm): Host['auth']['kind'] | null {
  if (host === null || !host.auth.hasSecret || host.ssh !== form.ssh.trim()) return null
  return form.authKind === 'key' && form.keyFrom === 'text' && host.auth.keyFile !== null ? null : host.auth.kind
}

/** The public half was pasted, with which no sign-in is possible. */
export function isPublicKey(text: string) {
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
  return JSON.stringify([
    form.machine,
    form.ssh,
    form.authKind,
    form.password,
    form.keyFrom,
    form.key,
    form.keyFile,
    form.passphrase,
    form.jump,
    form.knownHostsFile,
  ])
}

/** A name to begin with: what stands between @ and the port. */
export function nameFromTarget(ssh: string): string {
  return /@(\[[^\]]*\]|[^:/\s]*)/.exec(ssh)?.[1]?.replace(/^\[|\]$/g, '') ?? ''
}

/** How many of a fingerprint's last letters are typed, as read on the machine itself. */
export const confirmLetters = 6
/** Whether the letters typed are those: base64 tells large letters from small ones, and so does this. */
export function confirms(typed: string, fingerprint: string): boolean {
  return typed.trim().replace(/=+$/, '').length >= confirmLetters && fingerprint.replace(/=+$/, '').endsWith(typed.trim().replace(/=+$/, ''))
}
