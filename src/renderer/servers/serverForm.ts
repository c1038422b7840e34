import { err, ok, type Result } from '../../shared/result.ts'
import {
  defaultIntervalSeconds,
  type Server,
  type ServerAddresses,
  type ServerAuthInput,
  type ServerInput,
  serverInputSchema,
  withoutApiPath,
} from '../../shared/servers.ts'

/** What stands in the fields of the form, as text. */
export interface ServerForm {
  readonly name: string
  readonly url: string
  readonly authKind: ServerAuthInput['kind']
  readonly user: string
  /** Password or token. Empty on an edit: the stored one stays. */
  readonly secret: string
  readonly fingerprint: string
  readonly intervalSeconds: string
  readonly addresses: Readonly<Record<keyof ServerAddresses, string>>
  readonly tags: string
  readonly paused: boolean
}
export const addressNames = ['hls', 'webrtc', 'rtsp', 'srt', 'playback', 'metrics', 'pprof'] as const satisfies readonly (keyof ServerAddresses)[]

export const emptyForm: ServerForm = {
  name: '',
  url: '',
  authKind: 'none',
  user: '',
  secret: '',
  fingerprint: '',
  intervalSeconds: String(defaultIntervalSeconds),
  addresses: { hls: '', webrtc: '', rtsp: '', srt: '', playback: '', metrics: '', pprof: '' },
  tags: '',
  paused: false,
}

/** Fields as they stand for a server that is to be edited. The secret is never known here. */
export const formOf = (server: Server): ServerForm => ({
  name: server.name,
  url: server.url,
  authKind: server.auth.kind,
  user: server.auth.user ?? '',
  secret: '',
  fingerprint: server.fingerprint ?? '',
  intervalSeconds: String(server.intervalSeconds),
  addresses: Object.fromEntries(addressNames.map((name) => [name, server.addressesGiven[name] ?? ''])) as Record<keyof ServerAddresses, string>,
  tags: server.tags.join(', '),
  paused: server.paused,
})

/** Messages by field. */
export type FormErrors = Readonly<Partial<Record<keyof ServerForm, string>>>

const fieldOf: Record<string, keyof ServerForm> = {
  name: 'name',
  url: 'url',
  fingerprint: 'fingerprint',
  intervalSeconds: 'intervalSeconds',
  tags: 'tags',
  addresses: 'addresses',
  user: 'user',
  password: 'secret',
  token: 'secret',
}

/**
 * The input for the engine, or what is wrong, by field. `keptSecretKind`: a secret of this kind is stored already, so that
 * the field may stay empty.
 */
export function readForm(form: ServerForm, keptSecretKind: ServerAuthInput['kind'] | null): Result<ServerInput, FormErrors> {
  const secretKept = keptSecretKind === form.authKind && form.secret === ''
  const missing: FormErrors = form.authKind !== 'none' && form.authKind !== 'basic' && form.secret === '' && !secretKept ? { secret: 'Enter the token' } : {}
  const parsed = serverInputSchema.safeParse({
    name: form.name,
    url: form.url,
    auth: authOf(form, secretKept),
    fingerprint: form.fingerprint.trim() === '' ? null : form.fingerprint,
    intervalSeconds: form.intervalSeconds.trim() === '' ? undefined : Number(form.intervalSeconds.replace(',', '.')),
    addresses: Object.fromEntries(addressNames.flatMap((name) => (form.addresses[name].trim() === '' ? [] : [[name, form.addresses[name].trim()]]))),
    tags: form.tags.split(',').flatMap((tag) => tag.trim() || []),
    paused: form.paused,
  })
  if (parsed.success && Object.keys(missing).length === 0) return ok(parsed.data)
  const errors: Partial<Record<keyof ServerForm, string>> = { ...missing }
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0] === 'auth' ? (issue.path[1] ?? 'user') : (issue.path[0] ?? 'url'))
    const field = fieldOf[key] ?? 'url'
    errors[field] ??=
      field === 'intervalSeconds' && issue.code === 'invalid_type' ? 'Enter seconds, such as 2' : field === 'user' ? 'Enter the user' : issue.message
  }
  return err(errors)
}

function authOf(form: ServerForm, secretKept: boolean): ServerAuthInput {
  switch (form.authKind) {
    case 'none':
      return { kind: 'none' }
    case 'basic':
      return secretKept ? { kind: 'basic', user: form.user.trim() } : { kind: 'basic', user: form.user.trim(), password: form.secret }
    case 'bearer':
    case 'jwt':
      return form.secret === '' ? { kind: form.authKind } : { kind: form.authKind, token: form.secret.trim() }
    default:
      return form.authKind satisfies never
  }
}

/** The same without what a test does not need; a name may still be missing. */
export function readFormForTest(
  form: ServerForm,
  keptSecretKind: ServerAuthInput['kind'] | null,
): Result<Omit<ServerInput, 'name' | 'tags' | 'paused'>, FormErrors> {
  const read = readForm({ ...form, name: form.name.trim() || 'test', tags: '' }, keptSecretKind)
  if (!read.ok) return read
  const { name: _name, tags: _tags, paused: _paused, ...rest } = read.value
  return ok(rest)
}

/** A name to begin with, from the address: its host. */
export function nameFromUrl(url: string): string {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`).hostname.replace(/^\[|\]$/g, '')
  } catch {
    return ''
  }
}

/** The address without a path of the API, and with its usual port where none was typed. */
export function tidyUrl(url: string): { readonly url: string; readonly leftOut: string | null } {
  const { url: short, leftOut } = withoutApiPath(url.trim())
  return { url: withUsualPort(short), leftOut }
}

function withUsualPort(text: string): string {
  if (text === '') return text
  try {
    const parsed = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
    const bare = parsed.port === '' && parsed.pathname === '/' && !/:\d+\/?$/.test(text)
    return bare && (parsed.protocol === 'http:' || parsed.protocol === 'https:') ? `${parsed.protocol}//${parsed.hostname}:9997` : text
  } catch {
    return text
  }
}

/** How a form signs in: without a user, password or token nobody does, whatever kind is chosen. */
const signIn = ({ authKind, user, secret }: ServerForm): string =>
  authKind === 'none' || (user.trim() === '' && secret === '') ? 'none' : JSON.stringify([authKind, authKind === 'basic' ? user : '', secret])

/**
 * Whether the operator changed something that a test depends on since. The dialog itself offers the fields for a user when the server
 * asks for one: that alone changes nothing.
 */
export const isOutdated = (of: ServerForm, form: ServerForm): boolean =>
  of.url !== form.url || signIn(of) !== signIn(form) || of.fingerprint !== form.fingerprint
