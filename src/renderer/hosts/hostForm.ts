import { type Host, type HostAuthInput, type HostInput, hostInputSchema, sshTargetSchema } from '../../shared/hosts.ts'
import { err, ok, type Result } from '../../shared/result.ts'

/** What stands in the fields of the form, as text. */
export interface HostForm {
  readonly name: string
  /** The machine that the engine runs on, instead of one over SSH. */
  readonly local: boolean
  readonly ssh: string
  readonly authKind: HostAuthInput['kind']
  /** Empty on an edit: the stored one stays. */
  readonly password: string
  readonly keyFrom: 'text' | 'file'
  readonly key: string
  readonly keyFile: string
  readonly passphrase: string
  /** One a line or with commas between. */
  readonly jump: string
  readonly knownHostsFile: string
  /** '' : none. */
  readonly serverId: string
  /** '' : found by the server's port. */
  readonly mediaProcess: string
  readonly intervalSeconds: string
  readonly paused: boolean
}
export const emptyHostForm: HostForm = {
  name: '',
  local: false,
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
  mediaProcess: '',
  intervalSeconds: '1',
  paused: false,
}

/** Fields as they stand for a host that is to be edited. Secrets are never known here; the files that hold them are. */
export const hostFormOf = (host: Host): HostForm => ({
  ...emptyHostForm,
  name: host.name,
  local: host.ssh === null,
  ssh: host.ssh ?? '',
  authKind: host.auth.kind === 'none' ? 'key' : host.auth.kind,
  keyFrom: host.auth.keyFile === null ? 'text' : 'file',
  keyFile: host.auth.keyFile ?? '',
  jump: host.jump.join('\n'),
  knownHostsFile: host.knownHostsFile ?? '',
  serverId: host.serverId ?? '',
  mediaProcess: host.mediaProcess ?? '',
  intervalSeconds: String(host.intervalSeconds),
  paused: host.paused,
})

/** What is wrong, by field: a key of `hosts.form.wrong` in the catalogue. */
export type HostFormWrong = 'name' | 'mediaProcess' | 'ssh' | 'password' | 'key' | 'keyFile' | 'keyPublic' | 'jump' | 'jumpMany' | 'interval'
export type HostFormErrors = Readonly<Partial<Record<keyof HostForm, HostFormWrong>>>

/**
 * The kind of secret that is stored for the address in the form, so that its field may stay empty; null: none is. A passphrase
 * alone, of a key in a file, is no key.
 */
export function keptSecretOf(host: Host | null, form: HostForm): Host['auth']['kind'] | null {
  if (host === null || !host.auth.hasSecret || host.ssh !== form.ssh.trim()) return null
  return form.authKind === 'key' && form.keyFrom === 'text' && host.auth.keyFile !== null ? null : host.auth.kind
}

const targets = (text: string): readonly string[] => text.split(/[\n,]/).flatMap((one) => one.trim() || [])
/** Somebody pasted the half that is not secret, which signs nobody in. */
const isPublicKey = (text: string) => /^\s*(ssh-|ecdsa-|sk-)\S+ AAAA|BEGIN (SSH2 )?PUBLIC KEY/.test(text)

/**
 * The input for the engine, or what is wrong, by field. `keptSecretKind`: a secret of this kind is stored already for the
 * same address, so that its field may stay empty.
 */
export function readHostForm(form: HostForm, keptSecretKind: Host['auth']['kind'] | null): Result<HostInput, HostFormErrors> {
  const wrong: Partial<Record<keyof HostForm, HostFormWrong>> = {}
  const interval = Number(form.intervalSeconds.trim().replace(',', '.'))
  if (form.name.trim() === '' || form.name.trim().length > 100) wrong.name = 'name'
  if (form.intervalSeconds.trim() === '' || !(interval >= 0.5 && interval <= 3600)) wrong.intervalSeconds = 'interval'
  if (form.mediaProcess.trim().length > 200) wrong.mediaProcess = 'mediaProcess'
  const jump = targets(form.jump)
  if (!form.local) {
    if (!sshTargetSchema.safeParse(form.ssh).success) wrong.ssh = 'ssh'
    if (jump.length > 4) wrong.jump = 'jumpMany'
    else if (jump.some((one) => !sshTargetSchema.safeParse(one).success)) wrong.jump = 'jump'
    const kept = keptSecretKind === form.authKind
    if (form.authKind === 'password' && form.password === '' && !kept) wrong.password = 'password'
    if (form.authKind === 'key') {
      if (form.keyFrom === 'file') {
        if (form.keyFile.trim() === '') wrong.keyFile = 'keyFile'
      } else if (form.key.trim() === '') {
        if (!kept) wrong.key = 'key'
      } else if (isPublicKey(form.key)) wrong.key = 'keyPublic'
    }
  }
  if (Object.keys(wrong).length > 0) return err(wrong)
  const read = hostInputSchema.safeParse({
    name: form.name,
    ssh: form.local ? null : form.ssh,
    auth: form.local ? null : authOf(form),
    jump: form.local ? [] : jump,
    knownHostsFile: form.local || form.knownHostsFile.trim() === '' ? null : form.knownHostsFile.trim(),
    serverId: form.serverId === '' ? null : form.serverId,
    mediaProcess: form.mediaProcess.trim() === '' ? null : form.mediaProcess.trim(),
    intervalSeconds: interval,
    paused: form.paused,
  })
  return read.success ? ok(read.data) : err({ ssh: 'ssh' })
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
export const testedPart = (form: HostForm): string =>
  JSON.stringify([form.local, form.ssh, form.authKind, form.password, form.keyFrom, form.key, form.keyFile, form.passphrase, form.jump, form.knownHostsFile])

/** A name to begin with: what stands between @ and the port. */
export const nameFromTarget = (ssh: string): string => /@(\[[^\]]*\]|[^:/\s]*)/.exec(ssh)?.[1]?.replace(/^\[|\]$/g, '') ?? ''

/** Last letters of a fingerprint that somebody types who has read it on the machine itself. */
export const confirmLetters = 6
/** Whether the letters typed are those: base64 tells large letters from small ones, and so does this. */
export const confirms = (typed: string, fingerprint: string): boolean =>
  typed.trim().replace(/=+$/, '').length >= confirmLetters && fingerprint.replace(/=+$/, '').endsWith(typed.trim().replace(/=+$/, ''))
