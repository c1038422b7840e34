import { type DailyContentCheck, type DailySettings, dailyContentChecks, type dailyLimits, dailySettingsSchema } from '../../shared/dailyChecks.ts'
import type { Result } from '../../shared/result.ts'
import { type FormField, listEntered, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { issueWords } from '../app/failureWords.ts'
import { linesEntered, readScopeLine, scopeLine } from '../fleet/scopeLines.ts'

/** What is entered about the daily check. Ticks are `yes`, or empty. */
export interface DailyEntries extends Readonly<Record<DailyContentCheck, string>> {
  readonly enabled: string
  readonly at: string
  readonly zone: string
  readonly windowMinutes: string
  readonly tell: string
  readonly tellFaultsOnly: string
  readonly servers: string
  readonly tags: string
  readonly streams: string
  readonly probes: string
  readonly wakesOnDemand: string
  /** One a line: `black, silent streams: wall/*`. */
  readonly exceptions: string
  readonly lookSeconds: string
  readonly atOnce: string
  readonly megabitsPerSecond: string
  readonly keepDays: string
}
type Id = keyof DailyEntries & keyof DailySettings

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
    windowMinutes: String(settings.windowMinutes),
    tell: settings.tell.join(', '),
    tellFaultsOnly: tick(settings.tellFaultsOnly),
    servers: settings.servers.join(', '),
    tags: settings.tags.join(', '),
    streams: settings.streams.join('\n'),
    probes: tick(settings.probes),
    wakesOnDemand: tick(settings.wakesOnDemand),
    ...(Object.fromEntries(dailyContentChecks.map((check) => [check, tick(settings.checks.includes(check))])) as Record<DailyContentCheck, string>),
    exceptions: settings.exceptions.map(exceptionLine).join('\n'),
    lookSeconds: String(settings.lookSeconds),
    atOnce: String(settings.atOnce),
    megabitsPerSecond: String(settings.megabitsPerSecond),
    keepDays: String(settings.keepDays),
  }
}

const lookedFor = { label: 'daily.form.checks', help: 'daily.form.checksHint' } as const

type NumberId = keyof typeof dailyLimits
const numberField = (id: NumberId & Id, label: FormField<DailyEntries>['label'], help?: FormField<DailyEntries>['help']): FormField<DailyEntries> => ({
  id,
  kind: 'text',
  label,
  ...(help !== undefined && { help }),
  wrong: issueWords,
  half: true,
  input: { inputMode: 'numeric' },
})

/** The fields, with words of the numbers' limits. */
export const dailyFields: readonly FormField<DailyEntries>[] = [
  { id: 'enabled', kind: 'tick', label: 'daily.form.enabled' },
  { id: 'at', kind: 'text', label: 'daily.form.at', placeholder: '06:00', wrong: 'daily.form.atWrong', half: true },
  { id: 'zone', kind: 'text', label: 'daily.form.zone', wrong: 'daily.form.zoneWrong', half: true },
  numberField('windowMinutes', 'daily.form.windowMinutes', 'daily.form.windowHint'),
  { id: 'wakesOnDemand', kind: 'tick', label: 'daily.runWakes', help: 'daily.form.wakesHint' },
  { id: 'tell', kind: 'text', label: 'daily.form.tell', help: 'daily.form.tellHint', wrong: 'daily.form.tellWrong' },
  { id: 'tellFaultsOnly', kind: 'tick', label: 'daily.form.tellFaultsOnly' },
  { id: 'servers', kind: 'text', label: 'common.servers', wrong: 'maintenance.form.scopeWrong', half: true },
  { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true },
  {
    id: 'streams',
    kind: 'lines',
    label: 'common.streams',
    help: 'daily.form.scopeHint',
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
  const number = (text: string) => numberEntered(text) ?? Number.NaN
  const input = {
    enabled: entered.enabled === 'yes',
    at: entered.at.trim(),
    zone: entered.zone.trim(),
    windowMinutes: number(entered.windowMinutes),
    tell: listEntered(entered.tell),
    tellFaultsOnly: entered.tellFaultsOnly === 'yes',
    servers: listEntered(entered.servers),
    tags: listEntered(entered.tags),
    streams: listEntered(entered.streams),
    probes: entered.probes === 'yes',
    wakesOnDemand: entered.wakesOnDemand === 'yes',
    checks: dailyContentChecks.filter((check) => entered[check] === 'yes'),
    exceptions: readExceptions(entered.exceptions) ?? [],
    lookSeconds: number(entered.lookSeconds),
    atOnce: number(entered.atOnce),
    megabitsPerSecond: number(entered.megabitsPerSecond),
    keepDays: number(entered.keepDays),
  }
  return readEntries(dailyFields, dailySettingsSchema, input, entered, null)
}
