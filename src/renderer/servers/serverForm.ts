import { headersIn } from '../../shared/headers.ts'
import { defaultIntervalSeconds, type NewStreams, type Server, type ServerAddresses, type ServerAuthInput, withoutApiPath } from '../../shared/servers.ts'
import { entriesOfIds, type FormField, listEntered, numberEntered, textEntered } from '../app/editing/fields.ts'

export interface ServerForm extends Readonly<Record<keyof ServerAddresses, string>> {
  readonly name: string
  readonly url: string
  readonly authKind: ServerAuthInput['kind']
  readonly user: string
  /** Empty on an edit: the stored one is kept. */
  readonly password: string
  readonly token: string
  readonly fingerprint: string
  /** `Name: value` lines; a stored one has no value. */
  readonly headers: string
  readonly clientKind: 'none' | 'own'
  /** Both empty on an edit: the stored ones are kept. */
  readonly clientCertificate: string
  readonly clientKey: string
  readonly intervalSeconds: string
  readonly tags: string
  readonly newStreams: NewStreams | 'undecided'
}
export const addressNames = [
  'hls',
  'webrtc',
  'rtsp',
  'rtsps',
  'rtmp',
  'rtmps',
  'srt',
  'playback',
  'metrics',
] as const satisfies readonly (keyof ServerAddresses)[]

const texts = ['name', 'url', 'user', 'password', 'token', 'fingerprint', 'headers', 'clientCertificate', 'clientKey', 'tags', ...addressNames] as const
export const emptyForm: ServerForm = {
  ...entriesOfIds(texts, () => ''),
  authKind: 'none',
  clientKind: 'none',
  intervalSeconds: String(defaultIntervalSeconds),
  newStreams: 'undecided',
}

/** The secret is not known here. */
export function formOf(server: Server): ServerForm {
  return {
    ...emptyForm,
    ...entriesOfIds(addressNames, (name) => server.addressesGiven[name] ?? ''),
    name: server.name,
    url: server.url,
    authKind: server.auth.kind,
    user: server.auth.user ?? '',
    fingerprint: server.fingerprint ?? '',
    headers: (server.gate?.headers ?? []).map((name) => `${name}:`).join('\n'),
    clientKind: server.gate?.hasClientCertificate ? 'own' : 'none',
    intervalSeconds: String(server.intervalSeconds),
    tags: server.tags.join(', '),
    newStreams: server.newStreams ?? 'undecided',
  }
}

/** Whether the secret is empty and a stored one of the same kind is kept. */
function secretKept({ authKind, password, token }: ServerForm, server: Server | null): boolean {
  return server?.auth.hasSecret === true && server.auth.kind === authKind && (authKind === 'basic' ? password : token) === ''
}

function certificateKept({ clientKind, clientCertificate, clientKey }: ServerForm, server: Server | null): boolean {
  return clientKind === 'own' && server?.gate?.hasClientCertificate === true && clientCertificate.trim() === '' && clientKey.trim() === ''
}

function gateOf(form: ServerForm, server: Server | null) {
  const before = server?.gate
  const { clientKind, clientCertificate, clientKey } = form
  return {
    ...((form.headers.trim() !== '' || before) && { headers: headersIn(form.headers) ?? {} }),
    ...(clientKind === 'none' && before?.hasClientCertificate && { clientCertificate: null }),
    ...(clientKind === 'own' && !certificateKept(form, server) && { clientCertificate: clientCertificate.trim(), clientKey: clientKey.trim() }),
  }
}

export function serverInputOf(form: ServerForm, server: Server | null) {
  return {
    name: form.name,
    url: tidyUrl(form.url).url,
    auth: authOf(form, secretKept(form, server)),
    fingerprint: textEntered(form.fingerprint),
    intervalSeconds: numberEntered(form.intervalSeconds),
    addresses: Object.fromEntries(addressNames.flatMap((name) => (form[name].trim() === '' ? [] : [[name, form[name].trim()]]))),
    tags: listEntered(form.tags),
    paused: server?.paused ?? false,
    ...gateOf(form, server),
    ...(form.newStreams !== 'undecided' && { newStreams: form.newStreams }),
  }
}

function authOf({ authKind, user, password, token }: ServerForm, kept: boolean): ServerAuthInput {
  if (authKind === 'none') return { kind: 'none' }
  if (authKind === 'basic') return { kind: 'basic', user: user.trim(), ...(kept ? {} : { password }) }
  return { kind: authKind, ...(token === '' ? {} : { token: token.trim() }) }
}

/** Suggests a name: the host in the address. */
export function nameFromUrl(url: string): string {
  try {
    return new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`).hostname.replace(/^\[|\]$/g, '')
  } catch {
    return ''
  }
}

/** Completes an address: removes an API path and adds the default port if none was typed. */
export function tidyUrl(url: string): { readonly url: string; readonly leftOut: string | null } {
  const { url: short, leftOut } = withoutApiPath(url.trim())
  return { url: withDefaultPort(short), leftOut }
}

function withDefaultPort(text: string): string {
  if (text === '') return text
  try {
    const parsed = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`)
    // Other unwanted parts are left in, so that the schema refuses them.
    const bare = parsed.href === `${parsed.protocol}//${parsed.hostname}/` && !/:\d+\/?$/.test(text)
    return bare && /^https?:$/.test(parsed.protocol) ? `${parsed.protocol}//${parsed.hostname}:9997` : text
  } catch {
    return text
  }
}

/** The sign-in of a form: none without a user, password or token, whatever kind is chosen. */
function signIn({ authKind, user, password, token }: ServerForm): readonly string[] {
  const entered = authKind === 'basic' ? [user, password] : authKind === 'none' ? [] : [token]
  return entered.every((text) => text.trim() === '') ? [] : [authKind, ...entered]
}

/** When the server requires a user, the dialog itself selects that kind of sign-in, which alone must not make a test outdated. */
export function testedPart(form: ServerForm): string {
  return JSON.stringify([form.url, signIn(form), form.fingerprint, form.headers, form.clientKind, form.clientCertificate, form.clientKey])
}

const basic = ({ authKind }: ServerForm) => authKind === 'basic'
const withToken = ({ authKind }: ServerForm) => authKind === 'bearer' || authKind === 'jwt'
const protocolNames: Readonly<Record<string, string>> = { webrtc: 'WebRTC' }
const otherAddresses = { label: 'serverForm.addresses', help: 'serverForm.addressesHint' } as const

function areHeaders(form: ServerForm, server: Server | null): boolean {
  const stored = new Set(server?.gate?.headers.map((name) => name.toLowerCase()))
  const headers = headersIn(form.headers)
  return headers !== null && Object.entries(headers).every(([name, value]) => value !== null || stored.has(name.toLowerCase()))
}

export const serverFields: readonly FormField<ServerForm, Server>[] = [
  {
    id: 'url',
    kind: 'text',
    label: 'serverForm.url',
    help: (t, { url }) => {
      const { leftOut } = tidyUrl(url)
      return leftOut === null ? t('serverForm.urlHint') : t('serverForm.urlShortened', { path: leftOut })
    },
    placeholder: 'http://10.0.0.5:9997',
    input: { inputMode: 'url' },
  },
  { id: 'name', kind: 'text', label: 'common.name', help: 'common.shownOnEveryScreen', placeholder: (_t, { url }) => nameFromUrl(tidyUrl(url).url) },
  {
    id: 'authKind',
    kind: 'choice',
    label: 'common.signIn2',
    options: (['none', 'basic', 'bearer', 'jwt'] as const).map((value) => ({ value, label: `serverForm.authKinds.${value}` as const })),
    sets: () => ({ password: '', token: '' }),
    half: true,
  },
  { id: 'user', kind: 'text', label: 'common.user', shown: basic, half: true },
  {
    id: 'password',
    kind: 'secret',
    label: 'common.password',
    help: (t, form, server) => (secretKept(form, server) ? t('editing.secretKept') : undefined),
    shown: basic,
    half: 'right',
  },
  {
    id: 'token',
    kind: 'secret',
    label: 'common.token',
    // MediaMTX takes a user and password as a token of this form.
    help: (t, form, server) => (secretKept(form, server) ? t('editing.secretKept') : form.authKind === 'bearer' ? 'user:password' : undefined),
    shown: withToken,
    refuse: (form, server) => (form.token === '' && !secretKept(form, server) ? 'hosts.form.missing' : null),
    half: true,
  },
  {
    id: 'intervalSeconds',
    kind: 'text',
    label: 'serverForm.interval',
    help: 'serverForm.intervalHint',
    more: true,
    half: true,
    input: { inputMode: 'decimal' },
  },
  { id: 'tags', kind: 'text', label: 'common.tags', more: true, half: true },
  {
    id: 'newStreams',
    kind: 'choice',
    label: 'serverForm.newStreams',
    options: (['undecided', 'continuous', 'events'] as const).map((value) => ({ value, label: `serverForm.newStreamsKinds.${value}` as const })),
    more: true,
  },
  { id: 'fingerprint', kind: 'text', label: 'serverForm.fingerprint', help: 'serverForm.fingerprintHint', wrong: 'serverForm.fingerprintWrong', more: true },
  {
    id: 'headers',
    kind: 'lines',
    label: 'serverForm.headers',
    help: 'serverForm.headersHint',
    placeholder: 'CF-Access-Client-Id: …',
    refuse: (form, server) => (areHeaders(form, server) ? null : 'serverForm.headersWrong'),
    more: true,
    input: { rows: 2 },
  },
  {
    id: 'clientKind',
    kind: 'choice',
    label: 'serverForm.clientKind',
    options: (['none', 'own'] as const).map((value) => ({ value, label: `serverForm.clientKinds.${value}` as const })),
    sets: () => ({ clientCertificate: '', clientKey: '' }),
    more: true,
  },
  ...(['clientCertificate', 'clientKey'] as const).map(
    (id): FormField<ServerForm, Server> => ({
      id,
      kind: 'lines',
      label: `serverForm.${id}`,
      help: (t, form, server) => (certificateKept(form, server) ? t('editing.secretKept') : undefined),
      shown: ({ clientKind }) => clientKind === 'own',
      more: true,
      half: true,
      input: { rows: 3 },
    }),
  ),
  ...addressNames.map(
    (id): FormField<ServerForm, Server> => ({
      id,
      kind: 'text',
      label: id === 'playback' || id === 'metrics' ? `serverForm.address.${id}` : { name: protocolNames[id] ?? id.toUpperCase() },
      placeholder: (_t, _form, server) => server?.addresses[id] ?? '',
      more: true,
      legend: otherAddresses,
      half: true,
    }),
  ),
]
