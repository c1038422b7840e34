import { headersIn } from '../../shared/headersIn.ts'
import type { Server } from '../../shared/servers.ts'
import type { FormField } from '../app/editing/fields.ts'
import { issueText } from '../app/failureText.ts'
import { addressNames, certificateKept, nameFromUrl, type ServerForm, secretKept, tidyUrl } from './serverForm.ts'

const basic = ({ authKind }: ServerForm) => authKind === 'basic'
const withToken = ({ authKind }: ServerForm) => authKind === 'bearer' || authKind === 'jwt'
const protocolNames: Readonly<Record<string, string>> = { webrtc: 'WebRTC' }
const otherAddresses = { label: 'serverForm.addresses', help: 'serverForm.addressesHint' } as const

/** Each line is a header, with a value or a stored one. */
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
    wrong: issueText,
    input: { inputMode: 'url' },
  },
  {
    id: 'name',
    kind: 'text',
    label: 'common.name',
    help: 'common.shownOnEveryScreen',
    placeholder: (_t, { url }) => nameFromUrl(tidyUrl(url).url),
    wrong: issueText,
  },
  {
    id: 'authKind',
    kind: 'choice',
    label: 'common.signIn2',
    options: [
      { value: 'none', label: 'serverForm.authKinds.none' },
      { value: 'basic', label: 'serverForm.authKinds.basic' },
      { value: 'bearer', label: 'serverForm.authKinds.bearer' },
      { value: 'jwt', label: 'serverForm.authKinds.jwt' },
    ],
    sets: () => ({ password: '', token: '' }),
    half: true,
  },
  { id: 'user', kind: 'text', label: 'common.user', shown: basic, wrong: issueText, half: true },
  {
    id: 'password',
    kind: 'secret',
    label: 'common.password',
    help: (t, form, server) => (secretKept(form, server) ? t('editing.secretKept') : undefined),
    shown: basic,
    wrong: issueText,
    half: 'right',
  },
  {
    id: 'token',
    kind: 'secret',
    label: 'common.token',
    // MediaMTX takes a user and password as a token of this form.
    help: (t, form, server) => (secretKept(form, server) ? t('editing.secretKept') : form.authKind === 'bearer' ? 'user:password' : undefined),
    shown: withToken,
    wrong: issueText,
    refuse: (form, server) => (form.token === '' && !secretKept(form, server) ? 'hosts.form.missing' : null),
    half: true,
  },
  {
    id: 'intervalSeconds',
    kind: 'text',
    label: 'serverForm.interval',
    help: 'serverForm.intervalHint',
    wrong: issueText,
    more: true,
    half: true,
    input: { inputMode: 'decimal' },
  },
  { id: 'tags', kind: 'text', label: 'common.tags', wrong: issueText, more: true, half: true },
  {
    id: 'newStreams',
    kind: 'choice',
    label: 'serverForm.newStreams',
    options: [
      { value: 'undecided', label: 'serverForm.newStreamsKinds.undecided' },
      { value: 'continuous', label: 'serverForm.newStreamsKinds.continuous' },
      { value: 'events', label: 'serverForm.newStreamsKinds.events' },
    ],
    more: true,
  },
  {
    id: 'fingerprint',
    kind: 'text',
    label: 'serverForm.fingerprint',
    help: 'serverForm.fingerprintHint',
    wrong: 'serverForm.wrong.fingerprint',
    more: true,
  },
  {
    id: 'headers',
    kind: 'lines',
    label: 'serverForm.headers',
    help: 'serverForm.headersHint',
    placeholder: 'CF-Access-Client-Id: …',
    wrong: issueText,
    refuse: (form, server) => (areHeaders(form, server) ? null : 'serverForm.wrong.headers'),
    more: true,
    input: { rows: 2 },
  },
  {
    id: 'clientKind',
    kind: 'choice',
    label: 'serverForm.clientKind',
    options: [
      { value: 'none', label: 'serverForm.clientKinds.none' },
      { value: 'own', label: 'serverForm.clientKinds.own' },
    ],
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
      wrong: issueText,
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
      wrong: issueText,
      more: true,
      legend: otherAddresses,
      half: true,
    }),
  ),
]
