import { type ReportInput, reportInputSchema, reportSteps } from '../../shared/reports.ts'
import type { Result } from '../../shared/result.ts'
import { entriesOfIds, type FormField, listEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { languages } from '../app/languages.ts'

const lists = ['channels', 'tags', 'servers'] as const
const choices = ['every', 'language'] as const
/** What is entered about a report. Lists are by commas, a tick is `yes`, or empty. */
export type ReportEntries = Readonly<Record<(typeof lists)[number] | (typeof choices)[number] | 'name' | 'enabled' | 'at' | 'zone', string>>

export function reportEntries(input: ReportInput): ReportEntries {
  return {
    ...{ name: input.name, enabled: input.enabled ? 'yes' : '', at: input.at, zone: input.zone },
    ...entriesOfIds(choices, (id) => input[id]),
    ...entriesOfIds(lists, (id) => input[id].join(', ')),
  }
}

export function reportFields(): readonly FormField<ReportEntries>[] {
  return [
    { id: 'name', kind: 'text', label: 'common.name' },
    { id: 'enabled', kind: 'tick', label: 'shift.reports.enabled' },
    {
      id: 'every',
      kind: 'choice',
      label: 'shift.reports.every',
      half: true,
      options: reportSteps.map((value) => ({ value, label: `shift.reports.steps.${value}` })),
    },
    { id: 'at', kind: 'text', label: 'shift.reports.at', placeholder: '07:00', half: true },
    { id: 'zone', kind: 'text', label: 'common.timeZone', placeholder: 'Europe/Berlin', half: true },
    {
      ...{ id: 'language', kind: 'choice', label: 'common.language', half: true },
      options: Object.entries(languages).map(([value, { name }]) => ({ value, label: { name } })),
    },
    { id: 'channels', kind: 'text', label: 'shift.reports.channels', help: 'shift.reports.channelsHint' },
    { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true },
    { id: 'servers', kind: 'text', label: 'common.servers', help: 'maintenance.form.forHint', wrong: 'maintenance.form.scopeWrong', half: true },
  ]
}

export function readReport(entered: ReportEntries): Result<ReportInput, Wrong> {
  const input = {
    ...entered,
    enabled: entered.enabled === 'yes',
    ...Object.fromEntries(lists.map((id) => [id, listEntered(entered[id])])),
  }
  return readEntries(reportFields(), reportInputSchema, input, entered, null)
}
