import { languages as languageTags } from '../../i18n/languages.ts'
import { type ChannelKindName, channelKindNames, type EnteredValues } from '../../shared/channels.ts'
import { headersIn } from '../../shared/headers.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type Severity, severities } from '../../shared/severities.ts'
import { entriesOfIds, type FormField, listEntered, type WordId, type Wrong } from '../app/editing/fields.ts'
import { languages } from '../app/languages.ts'

/** Keys of every kind that are entered as they are. */
const common = ['language', 'atMost', 'perMinutes', 'digestMinutes'] as const
const ofKinds = ['from', 'smtp', 'user', 'startTls', 'caFile', 'headers', 'templateFile', 'url', 'topic', 'tag', 'facility'] as const
/** `address` has the channel kind as its key in the file. `publicUrl` and `sendOpen` (tell of what is open already) are not the channel's. */
const others = ['kind', 'name', 'address', 'secret', 'proxy', 'acknowledgeLink', 'publicUrl', 'sendOpen'] as const
type Key = (typeof common | typeof ofKinds | typeof others)[number]
/** Empty: no value, or the stored value, which may be secret, is kept. */
export type ChannelEntries = Readonly<Record<Key, string>>
type Field = FormField<ChannelEntries>

interface ChannelKindForm {
  readonly name: string
  readonly example: string
  readonly fields: readonly (typeof ofKinds)[number][]
  /** Other than in most kinds; null: it has no secret. */
  readonly address?: WordId
  readonly secret?: WordId | null
  /** It tracks incidents by key, so its messages are never combined or limited. */
  readonly isKeyed?: true
}
const channelKindForms: Readonly<Record<ChannelKindName, ChannelKindForm>> = {
  webhook: { name: 'Webhook', example: 'https://hook.example/noc', secret: 'channels.form.signingKey', fields: ['headers', 'templateFile'] },
  email: { name: 'E-mail', address: 'channels.form.recipients', example: 'noc@example.org', fields: ['from', 'smtp', 'user', 'startTls', 'caFile'] },
  alertmanager: { name: 'Alertmanager', example: 'http://127.0.0.1:9093', fields: ['user'], isKeyed: true },
  pagerduty: { name: 'PagerDuty', example: 'https://events.pagerduty.com', fields: [], isKeyed: true },
  slack: { name: 'Slack', address: 'channels.form.slack', example: 'C0123456789', fields: ['url'] },
  teams: { name: 'Microsoft Teams', example: 'https://…', secret: 'channels.form.restOfUrl', fields: [] },
  telegram: { name: 'Telegram', address: 'channels.form.chat', example: '-1001234567890', fields: ['topic', 'url'] },
  ntfy: { name: 'ntfy', example: 'https://ntfy.sh/noc', fields: ['user'] },
  apprise: { name: 'Apprise', example: 'http://127.0.0.1:8000/notify/noc', fields: ['tag', 'user'] },
  syslog: { name: 'syslog', example: 'tls://logs.example.org:6514', secret: null, fields: ['facility', 'caFile'] },
}
const addressOf = (kind: ChannelKindName): WordId => channelKindForms[kind].address ?? 'common.address'
function secretOf(kind: ChannelKindName): WordId | null {
  const { secret = 'channels.form.password' } = channelKindForms[kind]
  return secret
}
const kindOf = ({ kind }: Pick<ChannelEntries, 'kind'>): ChannelKindName => channelKindNames.find((one) => one === kind) ?? 'webhook'

const none: ChannelEntries = { ...entriesOfIds([...common, ...ofKinds, ...others], () => ''), kind: 'webhook', acknowledgeLink: 'yes', sendOpen: 'yes' }

/** Without values that may be secret. `kind` null: a new channel. */
export function channelEntries(kind: ChannelKindName | null, stored: EnteredValues | null): ChannelEntries {
  if (kind === null) return none
  const { [kind]: address, acknowledgeLink, ...others } = stored ?? {}
  const typed = Object.entries({ ...others, ...(address !== undefined && { address }) }).filter(([key]) => key in none)
  const texts = typed.map(([key, value]) => [key, Array.isArray(value) ? value.join(', ') : String(value)])
  return { ...none, ...Object.fromEntries(texts), kind, acknowledgeLink: acknowledgeLink === 'false' ? '' : 'yes' }
}

/** The values for the engine, or a mistake known here; for an existing channel only those that differ from `before`. */
export function readChannel(entered: ChannelEntries, before: ChannelEntries | null): Result<EnteredValues, Wrong> {
  const kind = kindOf(entered)
  const form = channelKindForms[kind]
  const typed = headersIn(entered.headers)
  const headers = Object.fromEntries(Object.entries(typed ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]])))
  if (typed === null || Object.keys(headers).length < Object.keys(typed).length) return err({ headers: 'channels.form.headersWrong' })
  const keys: readonly Key[] = [
    'name',
    'address',
    ...(secretOf(kind) === null ? [] : (['secret'] as const)),
    ...form.fields,
    ...common,
    'acknowledgeLink',
    'publicUrl',
    'sendOpen',
    ...(kind === 'syslog' ? [] : (['proxy'] as const)),
  ]
  const start = before ?? { ...none, kind }
  const changed = keys.filter((key) => entered[key].trim() !== start[key].trim())
  const writtenOf = (key: Key) => {
    if (key === 'headers') return headers
    if (key === 'sendOpen') return 'false'
    if (key === 'acknowledgeLink') return entered[key] === 'yes' ? '' : 'false'
    return entered[key].trim()
  }
  const written = changed.map((key) => [key === 'address' ? kind : key, writtenOf(key)] as const)
  // Always sent for a new channel, so that the engine's errors appear at their fields.
  const named = before === null ? [['name', entered.name.trim()] as const, [kind, entered.address.trim()] as const] : []
  return ok(Object.fromEntries([...named, ...written]))
}

export function fieldOfChannel(key: string): string {
  const [first = ''] = key.split('.')
  return channelKindNames.some((kind) => kind === first) ? 'address' : first
}

const limits = { label: 'channels.form.limits' } as const
/** `hasPublicUrl`: links to this console lead somewhere. `hasOpen`: there are open incidents. */
export function channelFields(isStored: boolean, origin: string, hasPublicUrl: boolean, hasOpen: boolean): readonly Field[] {
  const isOf = (key: Key) => (entered: ChannelEntries) => channelKindForms[kindOf(entered)].fields.some((one) => one === key)
  const isLimited = (entered: ChannelEntries) => channelKindForms[kindOf(entered)].isKeyed !== true
  const long = (id: Key, label: WordId, more: Partial<Field> = {}): Field => ({ id, kind: 'text', label, shown: isOf(id), ...more })
  const text = (id: Key, label: WordId, more: Partial<Field> = {}): Field => ({ ...long(id, label, more), half: true })
  const addresses = [...new Set(channelKindNames.map(addressOf))]
  const secrets = [...new Set(channelKindNames.flatMap((kind) => secretOf(kind) ?? []))]
  const kept = isStored ? { help: 'channels.form.kept' as const } : {}
  const ofNew: readonly Field[] = [
    {
      id: 'kind',
      kind: 'choice',
      label: 'channels.column.kind',
      half: true,
      options: channelKindNames.map((value) => ({ value, label: { name: channelKindForms[value].name } })),
    },
    { id: 'name', kind: 'text', label: 'common.name', half: true, input: { maxLength: 100 } },
  ]
  return [
    ...(isStored ? [] : ofNew),
    ...addresses.map(
      (label): Field => ({
        id: 'address',
        kind: 'text',
        label,
        ...kept,
        placeholder: (_t, entered) => (isStored ? origin : channelKindForms[kindOf(entered)].example),
        shown: (entered) => addressOf(kindOf(entered)) === label,
      }),
    ),
    text('from', 'channels.form.from', { placeholder: 'mtxdeck@example.org' }),
    text('smtp', 'channels.form.smtp', { placeholder: 'smtp://mail.example.org:587' }),
    text('user', 'common.user'),
    ...secrets.map((label): Field => ({ id: 'secret', kind: 'secret', label, half: true, ...kept, shown: (entered) => secretOf(kindOf(entered)) === label })),
    text('startTls', 'channels.form.startTls', {
      kind: 'choice',
      options: [
        { value: '', label: 'channels.form.startTlsUsual' },
        { value: 'false', label: 'common.never' },
      ],
    }),
    text('topic', 'channels.form.topic', { input: { inputMode: 'numeric' } }),
    text('tag', 'channels.form.tag'),
    text('facility', 'channels.form.facility', { placeholder: 'local0' }),
    long('url', 'channels.form.otherUrl', { ...kept }),
    long('headers', 'channels.form.headers', { kind: 'lines', placeholder: 'X-Team: noc', input: { rows: 2 }, ...kept }),
    long('templateFile', 'channels.form.template', { kind: 'lines', help: 'channels.form.templateHint', input: { rows: 3 } }),
    long('caFile', 'channels.form.ca', { kind: 'lines', placeholder: '-----BEGIN CERTIFICATE-----', input: { rows: 2 } }),
    {
      id: 'proxy',
      kind: 'text',
      label: 'channels.form.proxy',
      help: 'channels.form.proxyHint',
      placeholder: 'http://proxy.example.org:3128',
      shown: ({ kind }) => kind !== 'syslog',
    },
    {
      id: 'language',
      kind: 'choice',
      label: 'channels.form.language',
      half: true,
      options: languageTags.map((tag) => ({ value: tag === 'en' ? '' : tag, label: { name: languages[tag].name } })),
    },
    { id: 'acknowledgeLink', kind: 'tick', label: 'channels.form.acknowledgeLink', shown: ({ kind }) => kind !== 'syslog' },
    {
      id: 'publicUrl',
      kind: 'text',
      label: 'channels.form.publicUrlTitle',
      placeholder: 'https://noc.example.org',
      shown: ({ kind, acknowledgeLink }) => !hasPublicUrl && kind !== 'syslog' && acknowledgeLink !== '',
    },
    { id: 'sendOpen', kind: 'tick', label: 'channels.form.sendOpen', shown: () => !isStored && hasOpen },
    { id: 'atMost', kind: 'text', label: 'channels.form.atMost', half: true, legend: limits, shown: isLimited, input: { inputMode: 'numeric' } },
    { id: 'perMinutes', kind: 'text', label: 'channels.form.perMinutes', half: true, legend: limits, placeholder: '60', shown: isLimited },
    { id: 'digestMinutes', kind: 'text', label: 'channels.form.digestMinutes', half: true, legend: limits, shown: isLimited, input: { inputMode: 'numeric' } },
  ]
}

const routeKeys = ['to', 'tags', 'days', 'hours', 'zone', 'remindMinutes'] as const
/** Empty means all, or always. */
type RouteEntries = Readonly<Record<Severity | (typeof routeKeys)[number] | 'afterMinutes' | 'escalateTo', string>>
type RouteField = FormField<RouteEntries>

export function listed(value: EnteredValues[string] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : ''
}

/** null: a new one. */
export function routeEntries(entries: EnteredValues | null): RouteEntries {
  const { severities: chosen, escalate } = entries ?? {}
  const { afterMinutes, to } = typeof escalate === 'object' && !Array.isArray(escalate) ? escalate : {}
  return {
    ...entriesOfIds(routeKeys, (key) => listed(entries?.[key])),
    ...entriesOfIds(severities, (severity) => (listEntered(listed(chosen)).includes(severity) ? 'yes' : '')),
    afterMinutes: listed(afterMinutes),
    escalateTo: listed(to),
  }
}

export function readRoute(entered: RouteEntries): Result<EnteredValues, Wrong> {
  const list = (text: string) => [...listEntered(text)]
  const chosen = severities.filter((severity) => entered[severity] === 'yes')
  const isTimed = entered.days.trim() !== '' || entered.hours.trim() !== ''
  const escalates = entered.afterMinutes.trim() !== '' || entered.escalateTo.trim() !== ''
  return ok({
    to: list(entered.to),
    ...(chosen.length > 0 && { severities: chosen }),
    ...(entered.tags.trim() !== '' && { tags: list(entered.tags) }),
    ...(entered.days.trim() !== '' && { days: list(entered.days) }),
    ...(entered.hours.trim() !== '' && { hours: list(entered.hours) }),
    ...(isTimed && { zone: entered.zone.trim() }),
    ...(escalates && { escalate: { afterMinutes: entered.afterMinutes.trim(), to: list(entered.escalateTo) } }),
    ...(entered.remindMinutes.trim() !== '' && { remindMinutes: entered.remindMinutes.trim() }),
  })
}

/** `key` is that of the configuration file. */
export function fieldOfRoute(key: string): string {
  const [first = '', second = ''] = key.split('.')
  if (first === 'severities') return 'critical'
  return first !== 'escalate' ? first : second === 'to' ? 'escalateTo' : 'afterMinutes'
}

const escalation = { label: 'common.ifNobodyAcknowledges' } as const
const times = { label: 'channels.column.times', help: 'channels.form.timesHint' } as const
const severityLegend = { label: 'alarms.column.severity', help: 'channels.form.severitiesHint' } as const

export function routeFields(channels: readonly string[]): readonly RouteField[] {
  return [
    { id: 'to', kind: 'text', label: 'channels.form.to', placeholder: channels.join(', ') },
    { id: 'tags', kind: 'text', label: 'channels.form.tags', placeholder: 'studio, north' },
    ...severities.map((id): RouteField => ({ id, kind: 'tick', label: `severity.${id}`, legend: severityLegend })),
    { id: 'days', kind: 'text', label: 'channels.form.days', half: true, placeholder: 'MO-FR', legend: times },
    { id: 'hours', kind: 'text', label: 'common.hours', half: true, placeholder: '22:00-06:00', legend: times },
    { id: 'zone', kind: 'text', label: 'common.timeZone', half: true, placeholder: 'Europe/Berlin', legend: times },
    { id: 'afterMinutes', kind: 'text', label: 'channels.form.afterMinutes', half: true, legend: escalation, input: { inputMode: 'numeric' } },
    { id: 'escalateTo', kind: 'text', label: 'channels.form.to', half: true, placeholder: channels.join(', '), legend: escalation },
    { id: 'remindMinutes', kind: 'text', label: 'channels.form.remindMinutes', half: true, legend: escalation, input: { inputMode: 'numeric' } },
  ]
}
