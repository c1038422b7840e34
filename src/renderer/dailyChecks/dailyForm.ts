import { type DailyContentCheck, type DailySettings, dailyContentChecks, dailyLimits, dailySettingsSchema } from '../../shared/dailyChecks.ts'
import type { Result } from '../../shared/result.ts'
import { entriesOfIds, type FormField, listEntered, numberEntered, readEntries, type WordId, type Wrong } from '../app/editing/fields.ts'
import { linesEntered, readScopeLine, scopeLine } from '../fleet/enteredLines.ts'

type NumberId = keyof typeof dailyLimits
const numberIds = Object.keys(dailyLimits) as readonly NumberId[]
const ticks = ['enabled', 'tellFaultsOnly', 'probes', 'wakesOnDemand'] as const
/** By commas, or one a line. */
const lists = { tell: ', ', servers: ', ', tags: ', ', streams: '\n' } as const
const listIds = Object.keys(lists) as readonly (keyof typeof lists)[]

/** What is entered about the daily check. Ticks are `yes`, or empty; exceptions one a line: `black, silent streams: wall/*`. */
type DailyEntries = Readonly<Record<DailyContentCheck | NumberId | (typeof ticks)[number] | keyof typeof lists | 'at' | 'zone' | 'exceptions', string>>

const none = 'none'
/** The lines of what was typed; null: one has another form, or there are too many. */
const readExceptions = (text: string): DailySettings['exceptions'] | null =>
  dailySettingsSchema.shape.exceptions.safeParse(
    linesEntered(text).map((line) => {
      const read = readScopeLine(line)
      return read && { checks: read.head === none ? [] : read.head.split(/[\s,]+/), ...read.scope }
    }),
  ).data ?? null

const tick = (on: boolean) => (on ? 'yes' : '')

export function dailyEntries(settings: DailySettings): DailyEntries {
  return {
    at: settings.at,
    zone: settings.zone,
    ...entriesOfIds(ticks, (id) => tick(settings[id])),
    ...entriesOfIds(listIds, (id) => settings[id].join(lists[id])),
    ...entriesOfIds(dailyContentChecks, (check) => tick(settings.checks.includes(check))),
    exceptions: settings.exceptions.map(({ checks, ...scope }) => scopeLine(checks.join(', ') || none, scope)).join('\n'),
    ...entriesOfIds(numberIds, (id) => String(settings[id])),
  }
}

const lookedFor = { label: 'probes.content.ticks', help: 'daily.form.checksHint' } as const

function numberField(id: NumberId, label: WordId): FormField<DailyEntries> {
  return { id, kind: 'text', label, half: true, input: { inputMode: 'numeric' } }
}

export const dailyFields: readonly FormField<DailyEntries>[] = [
  { id: 'enabled', kind: 'tick', label: 'daily.form.enabled' },
  { id: 'at', kind: 'text', label: 'daily.form.at', placeholder: '06:00', half: true },
  { id: 'zone', kind: 'text', label: 'common.timeZone', half: true },
  numberField('windowMinutes', 'daily.form.windowMinutes'),
  { id: 'wakesOnDemand', kind: 'tick', label: 'daily.runWakes' },
  { id: 'tell', kind: 'text', label: 'daily.form.tell', help: 'daily.form.tellHint' },
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

export function readDaily(entered: DailyEntries): Result<DailySettings, Wrong> {
  const input = {
    at: entered.at.trim(),
    zone: entered.zone.trim(),
    ...Object.fromEntries(ticks.map((id) => [id, entered[id] === 'yes'])),
    ...Object.fromEntries(listIds.map((id) => [id, listEntered(entered[id])])),
    checks: dailyContentChecks.filter((check) => entered[check] === 'yes'),
    exceptions: readExceptions(entered.exceptions) ?? [],
    ...Object.fromEntries(numberIds.map((id) => [id, numberEntered(entered[id]) ?? Number.NaN])),
  }
  return readEntries(dailyFields, dailySettingsSchema, input, entered, null)
}
