import { mediaSchemes } from '../../shared/media.ts'
import {
  type ContentCheck,
  type ContentProfile,
  type ContentThreshold,
  checksOfProfile,
  contentChecks,
  contentChecksOf,
  contentLimits,
  contentProfiles,
  contentThresholds,
  contentWatchOf,
  type ProbeCheck,
  probeChecks,
} from '../../shared/probeContent.ts'
import { type Probe, type ProbeInput, partsOfStreamAddress, probeInputSchema } from '../../shared/probes.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { formatNumber } from '../../shared/units.ts'
import { entriesOfIds, type FormField, numberEntered } from '../app/editing/fields.ts'

/** Form entries as text. Each check is `yes` or empty; an empty threshold means that of the profile. */
export interface ProbeForm extends Readonly<Record<ProbeCheck | ContentThreshold, string>> {
  readonly name: string
  readonly url: string
  readonly project: string
  readonly mode: Probe['mode']
  readonly intervalSeconds: string
  readonly lookSeconds: string
  readonly retries: string
  /** `yes` or empty. */
  readonly paused: string
  /** Empty: none. */
  readonly profile: ContentProfile | ''
}

const ticksOf = (checks: readonly ContentCheck[]) => entriesOfIds(contentChecks, (check) => (checks.includes(check) ? 'yes' : ''))
const thresholdEntriesOf = (thresholds: ProbeInput['thresholds']) => entriesOfIds(contentThresholds, (name) => String(thresholds[name] ?? ''))

const defaults: ProbeInput = probeInputSchema.parse({ name: 'x', url: 'rtsp://x' })
export const emptyProbeForm: ProbeForm = { ...probeFormOf(defaults), name: '', url: '' }

/** Secrets in the address stay hidden. */
export function probeFormOf({ name, url, project, mode, intervalSeconds, lookSeconds, retries, paused, profile, checks, thresholds }: ProbeInput): ProbeForm {
  return {
    name,
    url,
    project,
    mode,
    intervalSeconds: String(intervalSeconds),
    lookSeconds: String(lookSeconds),
    retries: String(retries),
    paused: paused ? 'yes' : '',
    profile: profile ?? '',
    ...ticksOf(contentChecksOf({ profile, checks })),
    transport: checks.includes('transport') ? 'yes' : '',
    ...thresholdEntriesOf(thresholds),
  }
}

const tickedIn = <Check extends ProbeCheck>(form: ProbeForm, checks: readonly Check[]): readonly Check[] => checks.filter((check) => form[check] === 'yes')
const checkOf: Readonly<Record<ContentThreshold, ContentCheck>> = {
  blackPercent: 'black',
  darkPercent: 'black',
  frozenDb: 'frozen',
  motionPercent: 'noMotion',
  silentDbfs: 'silent',
  targetLufs: 'loudness',
}
const isThresholdShown = (name: ContentThreshold) => (form: ProbeForm) => form[checkOf[name]] === 'yes'

const areSame = (some: readonly ProbeCheck[], others: readonly ProbeCheck[]) => some.length === others.length && some.every((check) => others.includes(check))
/** Checks to store. If exactly the profile's checks are ticked, none are stored, so that they follow the profile. Unchanged stored checks are kept as is. */
function checksIn(form: ProbeForm, stored: Probe | null): readonly ProbeCheck[] {
  const ticked = tickedIn(form, probeChecks)
  if (stored !== null && areSame(stored.checks, ticked)) return stored.checks
  return form.profile !== '' && areSame(checksOfProfile[form.profile], tickedIn(form, contentChecks)) ? tickedIn(form, ['transport']) : ticked
}
/** Thresholds to store. Those not shown can't be edited and keep their stored values. */
const thresholdsIn = (form: ProbeForm, stored: Probe | null) =>
  Object.fromEntries(contentThresholds.map((name) => [name, isThresholdShown(name)(form) ? numberEntered(form[name]) : stored?.thresholds[name]]))

export function probeInputOf(form: ProbeForm, stored: Probe | null) {
  return {
    name: form.name,
    url: form.url,
    project: form.project,
    mode: form.mode,
    // An empty entry becomes NaN, which is rejected: the default could differ from the number that was deleted.
    intervalSeconds: numberEntered(form.intervalSeconds) ?? Number.NaN,
    lookSeconds: numberEntered(form.lookSeconds) ?? Number.NaN,
    retries: numberEntered(form.retries) ?? Number.NaN,
    paused: form.paused === 'yes',
    // Not in the form: the contract is set in the probe's details.
    contract: stored?.contract ?? null,
    profile: form.profile === '' ? null : form.profile,
    checks: checksIn(form, stored),
    thresholds: thresholdsIn(form, stored),
  }
}

/** The entries on which the result of a test depends, as a comparable text. */
export function testedPart(form: ProbeForm): string {
  return JSON.stringify([form.url.trim(), form.lookSeconds, form.profile, tickedIn(form, probeChecks), contentThresholds.map((name) => form[name].trim())])
}

/** Suggested name: host and path of the address, without user and secrets. */
export function nameFromAddress(address: string): string {
  const parts = partsOfStreamAddress(redactUrl(address.trim()))
  if (parts === null) return ''
  const path = parts.path.split('/').filter((part) => part !== '' && !part.includes(secretMark))
  return [parts.host, ...path].join('/').slice(0, 100)
}

/** Whether the address is unchanged from the stored one as shown, so that its secrets are kept. */
const isAsShown = (url: string, stored: Probe | null): boolean => stored !== null && url.trim() === stored.url
const number = { inputMode: 'numeric' } as const

type ProbeField = FormField<ProbeForm, Probe>
const contentFold = 'probes.content.title'
const thresholdFold = 'probes.content.fold'
const ticksLegend = { label: 'probes.content.ticks', help: 'probes.content.ticksHint' } as const
const tickOf = (check: ContentCheck): ProbeField => ({
  id: check,
  kind: 'tick',
  label: `probes.content.checks.${check}`,
  more: contentFold,
  legend: ticksLegend,
  half: true,
})
function usualOf(name: ContentThreshold, { profile }: ProbeForm): string {
  const watch = contentWatchOf({ profile: profile || null, checks: [checkOf[name]], thresholds: {} })
  return watch === null ? '' : formatNumber(watch[name], 2)
}
function thresholdOf(name: ContentThreshold): ProbeField {
  const [least, most] = contentLimits[name]
  return {
    id: name,
    kind: 'text',
    label: `probes.content.thresholds.${name}`,
    help: (t, form) => t('probes.content.limits', { least: formatNumber(least, 2), most: formatNumber(most, 2), usual: usualOf(name, form) }),
    placeholder: (_t, form) => usualOf(name, form),
    shown: isThresholdShown(name),
    more: thresholdFold,
    half: true,
    input: { inputMode: 'text' },
  }
}
const contentFields: readonly ProbeField[] = [
  {
    id: 'profile',
    kind: 'choice',
    label: 'probes.content.profile',
    help: (t, { profile }) => t(`probes.content.profileHint.${profile || 'none'}`),
    options: (['', ...contentProfiles] as const).map((value) => ({ value, label: `probes.content.profiles.${value || 'none'}` as const })),
    sets: (value) => ticksOf(value === '' ? [] : checksOfProfile[value as ContentProfile]),
    // Without any ticked check, the profile's own checks would apply.
    refuse: (form) => (form.profile !== '' && tickedIn(form, contentChecks).length === 0 ? 'probes.content.noTicks' : null),
    more: contentFold,
  },
  ...contentChecks.map(tickOf),
  ...contentThresholds.map(thresholdOf),
]

export const probeFields: readonly ProbeField[] = [
  {
    id: 'url',
    kind: 'text',
    label: 'probes.form.url',
    help: (t) => t('probes.form.urlHint', { schemes: mediaSchemes.join(', ') }),
    placeholder: 'rtsp://10.0.0.9/cam1',
    wrong: 'probes.form.urlWrong',
    // Otherwise the mark for hidden secrets would be taken as the password.
    refuse: ({ url }, stored) => (url.includes(secretMark) && !isAsShown(url, stored) ? 'probes.form.hiddenWrong' : null),
    input: { inputMode: 'url' },
  },
  { id: 'name', kind: 'text', label: 'common.name', placeholder: (_t, { url }) => nameFromAddress(url), half: true },
  { id: 'project', kind: 'text', label: 'probes.column.project', half: true },
  {
    id: 'mode',
    kind: 'choice',
    label: 'probes.form.mode',
    options: [
      { value: 'turns', label: 'probes.form.modes.turns' },
      { value: 'continuous', label: 'probes.form.modes.continuous' },
    ],
    half: true,
  },
  { id: 'intervalSeconds', kind: 'text', label: 'common.readEverySeconds', shown: ({ mode }) => mode === 'turns', half: true, input: number },
  ...contentFields,
  { id: 'lookSeconds', kind: 'text', label: 'probes.form.look', more: true, half: true, input: number },
  { id: 'retries', kind: 'text', label: 'probes.form.retries', more: true, half: true, input: number },
  { id: 'paused', kind: 'tick', label: 'probes.form.paused', more: true },
  {
    id: 'transport',
    kind: 'tick',
    label: 'probes.transport.check',
    legend: { label: 'probes.group.transport', help: 'probes.transport.checkHint' },
    shown: ({ url, transport }) => transport === 'yes' || /^\s*(?:https?|srt|udp):/i.test(url),
    more: true,
  },
]
