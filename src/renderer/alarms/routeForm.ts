import type { EnteredValues } from '../../shared/channels.ts'
import { ok, type Result } from '../../shared/result.ts'
import { severities } from '../../shared/severities.ts'
import { type FormField, listEntered, type Wrong } from '../app/editing/fields.ts'

/** Entered form values of a route. Empty means all, or always. */
interface RouteEntries {
  readonly to: string
  readonly critical: string
  readonly major: string
  readonly minor: string
  readonly warning: string
  readonly tags: string
  readonly days: string
  readonly hours: string
  readonly zone: string
  readonly afterMinutes: string
  readonly escalateTo: string
  readonly remindMinutes: string
}
type Field = FormField<RouteEntries>

/** The entered value of a key as text; lists are joined with commas. */
export function listed(value: EnteredValues[string] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : ''
}

/** Form values of an entered route; null: a new one. */
export function routeEntries(entries: EnteredValues | null): RouteEntries {
  const { to, severities: chosen, tags, days, hours, zone, escalate, remindMinutes } = entries ?? {}
  const { afterMinutes, to: escalateTo } = typeof escalate === 'object' && !Array.isArray(escalate) ? escalate : {}
  const ticked = (severity: string) => (listEntered(listed(chosen)).includes(severity) ? 'yes' : '')
  return {
    to: listed(to),
    critical: ticked('critical'),
    major: ticked('major'),
    minor: ticked('minor'),
    warning: ticked('warning'),
    tags: listed(tags),
    days: listed(days),
    hours: listed(hours),
    zone: listed(zone),
    afterMinutes: listed(afterMinutes),
    escalateTo: listed(escalateTo),
    remindMinutes: listed(remindMinutes),
  }
}

/** The route to send to the engine, which validates it. */
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

/** The form field for a mistake, whose `key` is that of the configuration file. */
export function fieldOfRoute(key: string): string {
  const [first = '', second = ''] = key.split('.')
  if (first === 'severities') return 'critical'
  return first !== 'escalate' ? first : second === 'to' ? 'escalateTo' : 'afterMinutes'
}

const escalation = { label: 'common.ifNobodyAcknowledges' } as const
const times = { label: 'channels.column.times', help: 'channels.form.timesHint' } as const
const severity = { label: 'alarms.column.severity', help: 'channels.form.severitiesHint' } as const

/** The form fields of a route; `channels` are the available ones. */
export function routeFields(channels: readonly string[]): readonly Field[] {
  return [
    { id: 'to', kind: 'text', label: 'channels.form.to', placeholder: channels.join(', ') },
    { id: 'tags', kind: 'text', label: 'channels.form.tags', placeholder: 'studio, north' },
    ...severities.map((id): Field => ({ id, kind: 'tick', label: `severity.${id}`, legend: severity })),
    { id: 'days', kind: 'text', label: 'channels.form.days', half: true, placeholder: 'MO-FR', legend: times },
    { id: 'hours', kind: 'text', label: 'common.hours', half: true, placeholder: '22:00-06:00', legend: times },
    { id: 'zone', kind: 'text', label: 'common.timeZone', half: true, placeholder: 'Europe/Berlin', legend: times },
    { id: 'afterMinutes', kind: 'text', label: 'channels.form.afterMinutes', half: true, legend: escalation, input: { inputMode: 'numeric' } },
    { id: 'escalateTo', kind: 'text', label: 'channels.form.to', half: true, placeholder: channels.join(', '), legend: escalation },
    { id: 'remindMinutes', kind: 'text', label: 'channels.form.remindMinutes', half: true, legend: escalation, input: { inputMode: 'numeric' } },
  ]
}
