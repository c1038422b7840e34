import { type DailyContentCheck, type DailySettings, dailyContentChecks, dailyLimits, dailySettingsSchema } from '../../shared/dailyChecks.ts'
import type { Result } from '../../shared/result.ts'
import { type FormField, listEntered, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { issueText } from '../app/failureText.ts'
import { linesEntered, readScopeLine, scopeLine } from '../fleet/scopeLines.ts'

type NumberId = keyof typeof dailyLimits
const numberIds = Object.keys(dailyLimits) as readonly NumberId[]
/** Each of these ids with a text. */
function entriesOf<Id extends string>(ids: readonly Id[], textOf: (id: Id) => string) {
  return Object.fromEntries(ids.map((id) => [id, textOf(id)])) as Record<Id, string>
}

/** What is entered about the daily check. Ticks are `yes`, or empty. */
interface DailyEntries extends Readonly<Record<DailyContentCheck | NumberId, string>> {
  readonly enabled: string
  readonly at: string
  readonly zone: string
  readonly tell: string
  readonly tellFaultsOnly: string
  readonly servers: string
  readonly tags: string
  readonly streams: string
  readonly probes: string
  readonly wakesOnDemand: string
  /** One a line: `black, silent streams: wall/*`. */
  readonly exceptions: string
}

type DailyException = DailySettings['exceptions'][number]

const none = 'none'
/** An exception as it is entered: `black, silent streams: wall/*`. */
const exceptionLine = ({ checks, ...scope }: DailyException): string => scopeLine(checks.join(', ') || none, scope)
/** The lines of what was typed; null: one has another form, or there are too many. */
const readExceptions = (text: string): DailyException[] | null =>
  dailySettingsSchema.shape.exceptions.safeParse(
    linesEntered(text).map((line) => {
      const read = readScopeLine(line)
      return read && { checks: read.head === none ? [] : read.head.split(/[\s,]+/), ...read.scope }
    }),
  ).data ?? null

const tick = (on: boolean) => (on ? 'yes' : '')

export function dailyEntries(settings: DailySettings): DailyEntries {
  return {
    enabled: tick(settings.enabled),
    at: settings.at,
    zone: settings.zone,
    tell: settings.tell.join(', '),
    tellFaultsOnly: tick(settings.tellFaultsOnly),
    servers: settings.servers.join(', '),
    tags: settings.tags.join(', '),
    streams: settings.streams.join('\n'),
    probes: tick(settings.probes),
    wakesOnDemand: tick(settings.wakesOnDemand),
    ...entriesOf(dailyContentChecks, (check) => tick(settings.checks.includes(check))),
    exceptions: settings.exceptions.map(exceptionLine).join('\n'),
    ...entriesOf(numberIds, (id) => String(settings[id])),
  }
}

const lookedFor = { label: 'probes.content.ticks', help: 'daily.form.checksHint' } as const

const numberField = (id: NumberId, label: FormField<DailyEntries>['label']): FormField<DailyEntries> => ({
  id,
  kind: 'text',
  label,
  wrong: issueText,
  half: true,
  input: { inputMode: 'numeric' },
})

/** The fields, with words of the numbers' limits. */
export const dailyFields: readonly FormField<DailyEntries>[] = [
  { id: 'enabled', kind: 'tick', label: 'daily.form.enabled' },
  { id: 'at', kind: 'text', label: 'daily.form.at', placeholder: '06:00', wrong: issueText, half: true },
  { id: 'zone', kind: 'text', label: 'common.timeZone', wrong: issueText, half: true },
  numberField('windowMinutes', 'daily.form.windowMinutes'),
  { id: 'wakesOnDemand', kind: 'tick', label: 'daily.runWakes' },
  { id: 'tell', kind: 'text', label: 'daily.form.tell', help: 'daily.form.tellHint', wrong: issueText },
  { id: 'tellFaultsOnly', kind: 'tick', label: 'daily.form.tellFaultsOnly' },
  { id: 'servers', kind: 'text', label: 'common.servers', wrong: 'maintenance.form.scopeWrong', half: true },
  { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true },
  {
    id: 'streams',
    kind: 'lines',
    label: 'common.streams',
    help: 'maintenance.form.forHint',
    placeholder: 'north/*',
    wrong: 'maintenance.form.scopeWrong',
    input: { rows: 2 },
  },
  { id: 'probes', kind: 'tick', label: 'daily.form.probes' },
  ...dailyContentChecks.map(
    (check): FormField<DailyEntries> => ({ id: check, kind: 'tick', label: `probes.content.checks.${check}`, half: true, legend: lookedFor }),
  ),
  {
    id: 'exceptions',
    kind: 'lines',
    label: 'daily.form.exceptions',
    help: (t) => t('daily.form.exceptionsHint', { names: dailyContentChecks.join(', ') }),
    placeholder: 'black, silent tags: yard; streams: wall/*',
    refuse: ({ exceptions }) => (readExceptions(exceptions) === null ? 'daily.form.exceptionsWrong' : null),
    legend: lookedFor,
    input: { rows: 2 },
  },
  numberField('lookSeconds', 'daily.form.lookSeconds'),
  numberField('atOnce', 'daily.form.atOnce'),
  numberField('megabitsPerSecond', 'daily.form.megabits'),
  numberField('keepDays', 'daily.form.keepDays'),
]

/** The entries as settings, or the mistakes by field. */
export function readDaily(entered: DailyEntries): Result<DailySettings, Wrong> {
  const input = {
    enabled: entered.enabled === 'yes',
    at: entered.at.trim(),
    zone: entered.zone.trim(),
    tell: listEntered(entered.tell),
    tellFaultsOnly: entered.tellFaultsOnly === 'yes',
    servers: listEntered(entered.servers),
    tags: listEntered(entered.tags),
    streams: listEntered(entered.streams),
    probes: entered.probes === 'yes',
    wakesOnDemand: entered.wakesOnDemand === 'yes',
    checks: dailyContentChecks.filter((check) => entered[check] === 'yes'),
    exceptions: readExceptions(entered.exceptions) ?? [],
    ...Object.fromEntries(numberIds.map((id) => [id, numberEntered(entered[id]) ?? Number.NaN])),
  }
  return readEntries(dailyFields, dailySettingsSchema, input, entered, null)
}
