import { mediaSchemes } from '../../shared/media.ts'
import { type Probe, type ProbeInput, partsOfStreamAddress, probeInputSchema, probeLimits } from '../../shared/probes.ts'
import { redactUrl, secretMark } from '../../shared/redact.ts'
import { formatNumber } from '../../shared/units.ts'
import { type FormField, numberEntered } from '../app/editing/fields.ts'

/** Entries of the form, as text. */
export interface ProbeForm {
  readonly name: string
  readonly url: string
  readonly project: string
  readonly mode: Probe['mode']
  readonly intervalSeconds: string
  readonly lookSeconds: string
  readonly retries: string
  /** `yes`, or empty. */
  readonly paused: string
}

const defaults: ProbeInput = probeInputSchema.parse({ name: 'x', url: 'rtsp://x' })
export const emptyProbeForm: ProbeForm = { ...entriesOf(defaults), name: '', url: '' }

function entriesOf({ name, url, project, mode, intervalSeconds, lookSeconds, retries, paused }: ProbeInput): ProbeForm {
  return {
    name,
    url,
    project,
    mode,
    intervalSeconds: String(intervalSeconds),
    lookSeconds: String(lookSeconds),
    retries: String(retries),
    paused: paused ? 'yes' : '',
  }
}
/** Entries for editing a probe: its address as it is shown. */
export const probeFormOf = (probe: Probe): ProbeForm => entriesOf(probe)

/** What the engine takes. */
export const probeInputOf = (form: ProbeForm) => ({
  name: form.name,
  url: form.url,
  project: form.project,
  mode: form.mode,
  // Nothing is refused: the default would be another number than the one that was deleted.
  intervalSeconds: numberEntered(form.intervalSeconds) ?? Number.NaN,
  lookSeconds: numberEntered(form.lookSeconds) ?? Number.NaN,
  retries: numberEntered(form.retries) ?? Number.NaN,
  paused: form.paused === 'yes',
})

/** What a test depends on. */
export const testedPart = ({ url, lookSeconds }: ProbeForm): string => JSON.stringify([url.trim(), lookSeconds])

/** A name to begin with: host and path of the address, without user and secrets. */
export function nameFromAddress(address: string): string {
  const parts = partsOfStreamAddress(redactUrl(address.trim()))
  if (parts === null) return ''
  const path = parts.path.split('/').filter((part) => part !== '' && !part.includes(secretMark))
  return [parts.host, ...path].join('/').slice(0, 100)
}

/** Whether the address is the stored one as it is shown, so that its secrets are kept. */
const isAsShown = (url: string, stored: Probe | null): boolean => stored !== null && url.trim() === stored.url
const number = { inputMode: 'numeric' } as const
const within = ([least, most]: readonly [number, number]) => ({ least: formatNumber(least, 0), most: formatNumber(most, 0) })

export const probeFields: readonly FormField<ProbeForm, Probe>[] = [
  {
    id: 'url',
    kind: 'text',
    label: 'probes.form.url',
    help: (t, { url }, stored) =>
      t(isAsShown(url, stored) && url.includes(secretMark) ? 'probes.form.urlKept' : 'probes.form.urlHint', { schemes: mediaSchemes.join(', ') }),
    placeholder: 'rtsp://10.0.0.9/cam1',
    wrong: 'probes.form.wrong.url',
    // Taken as it stands, it would be a password of three asterisks.
    refuse: ({ url }, stored) => (url.includes(secretMark) && !isAsShown(url, stored) ? 'probes.form.wrong.hidden' : null),
    input: { inputMode: 'url' },
  },
  {
    id: 'name',
    kind: 'text',
    label: 'probes.form.name',
    placeholder: (_t, { url }) => nameFromAddress(url),
    wrong: 'probes.form.wrong.name',
    half: true,
  },
  { id: 'project', kind: 'text', label: 'probes.column.project', help: 'probes.form.projectHint', wrong: 'probes.form.wrong.project', half: true },
  {
    id: 'mode',
    kind: 'choice',
    label: 'probes.form.mode',
    help: (t, { mode }) => t(`probes.form.modeHint.${mode}`),
    options: [
      { value: 'turns', label: 'probes.form.modes.turns' },
      { value: 'continuous', label: 'probes.form.modes.continuous' },
    ],
    half: true,
  },
  {
    id: 'intervalSeconds',
    kind: 'text',
    label: 'probes.form.interval',
    help: (t) => t('probes.form.within', within(probeLimits.intervalSeconds)),
    shown: ({ mode }) => mode === 'turns',
    wrong: 'probes.form.wrong.interval',
    half: true,
    input: number,
  },
  {
    id: 'lookSeconds',
    kind: 'text',
    label: 'probes.form.look',
    help: 'probes.form.lookHint',
    wrong: 'probes.form.wrong.look',
    more: true,
    half: true,
    input: number,
  },
  {
    id: 'retries',
    kind: 'text',
    label: 'probes.form.retries',
    help: 'probes.form.retriesHint',
    wrong: 'probes.form.wrong.retries',
    more: true,
    half: true,
    input: number,
  },
  { id: 'paused', kind: 'tick', label: 'probes.form.paused', more: true },
]
