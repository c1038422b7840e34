import type { Alarm } from '../../shared/alarms.ts'
import type { Host } from '../../shared/hosts.ts'
import { longestHours, type Maintenance, type MaintenanceInput, maintenanceCallSchema } from '../../shared/maintenance.ts'
import type { Result } from '../../shared/result.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { entryTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import { type FormField, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'
import { entriesOfPlan, type PlanEntries, planEntered, planFields, scopeLegend } from './planColumns.tsx'

/** How a window recurs, as it is chosen. `rule`: as it is typed. */
const repeats = ['once', 'daily', 'weekly', 'monthDay', 'monthWeekday', 'rule', 'calendar'] as const
type Repeat = (typeof repeats)[number]

export interface MaintenanceEntries extends PlanEntries {
  readonly repeat: string
  readonly start: string
  readonly hours: string
  readonly rrule: string
}

const minuteMs = 60_000
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']

/** A new one begins now. */
export function startEntries(now: number, zone: TimeZoneChoice): MaintenanceEntries {
  return {
    name: '',
    tags: '',
    servers: '',
    streams: '',
    repeat: 'once',
    start: entryTime(now, zone).slice(0, 16),
    hours: '1',
    zone: zoneOf(zone),
    rrule: '',
    calendar: '',
    proxy: '',
  }
}

export function entriesOf(stored: Maintenance): MaintenanceEntries {
  const { start, hours, rrule, calendar } = stored
  const repeat = calendar === null ? repeatOf(rrule, start ?? '') : 'calendar'
  return {
    ...entriesOfPlan(stored),
    repeat,
    start: start?.replace('T', ' ') ?? '',
    hours: hours === null ? '' : String(hours),
    rrule: repeat === 'rule' ? (rrule ?? '') : '',
  }
}

/** The same weekday of each month: the last one if this is the last. */
function monthWeekday(start: string): string {
  const at = Date.parse(`${start.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(at)) return 'FREQ=MONTHLY'
  const day = new Date(at)
  const isLast = new Date(at + 7 * 86_400_000).getUTCMonth() !== day.getUTCMonth()
  return `FREQ=MONTHLY;BYDAY=${isLast ? -1 : Math.ceil(day.getUTCDate() / 7)}${weekdays[day.getUTCDay()] ?? ''}`
}

const simpleRules: Readonly<Partial<Record<Repeat, string>>> = { daily: 'FREQ=DAILY', weekly: 'FREQ=WEEKLY', monthDay: 'FREQ=MONTHLY' }

/** How it recurs, in the words of the form. */
export function repeatOf(rrule: string | null, start: string): Repeat {
  if (rrule === null) return 'once'
  return repeats.find((one) => simpleRules[one] === rrule) ?? (rrule === monthWeekday(start) ? 'monthWeekday' : 'rule')
}

function ruleOf({ repeat, rrule, start }: MaintenanceEntries): string | null {
  if (repeat === 'once' || repeat === 'calendar') return null
  if (repeat === 'rule') return rrule.trim()
  return repeat === 'monthWeekday' ? monthWeekday(start) : (simpleRules[repeat as Repeat] ?? null)
}

const isCalendar = ({ repeat }: MaintenanceEntries) => repeat === 'calendar'
const isPlanned = (entered: MaintenanceEntries) => !isCalendar(entered)

export const maintenanceFields: readonly FormField<MaintenanceEntries, Maintenance>[] = [
  planFields.name,
  {
    id: 'repeat',
    kind: 'choice',
    label: 'common.repeats',
    options: repeats.map((value) => ({ value, label: `maintenance.repeat.${value}` as const })),
    half: true,
  },
  planFields.zone,
  {
    id: 'start',
    kind: 'text',
    label: 'maintenance.form.start',
    placeholder: '2026-11-28 02:00',
    shown: isPlanned,
    wrong: 'maintenance.form.startWrong',
    half: true,
  },
  {
    id: 'hours',
    kind: 'text',
    label: 'common.hours',
    shown: isPlanned,
    wrong: 'maintenance.form.hoursWrong',
    half: true,
    input: { inputMode: 'decimal' },
  },
  {
    id: 'rrule',
    kind: 'text',
    label: 'common.rule',
    placeholder: 'FREQ=MONTHLY;BYDAY=-1SA',
    shown: ({ repeat }) => repeat === 'rule',
    wrong: 'maintenance.form.ruleWrong',
  },
  { ...planFields.calendar, shown: isCalendar },
  { ...planFields.proxy, shown: isCalendar },
  planFields.servers,
  planFields.tags,
  { ...planFields.streams, legend: scopeLegend },
]

/** The entries as the input of a call, or the mistakes by field. */
export function readMaintenance(entered: MaintenanceEntries, stored: Maintenance | null): Result<MaintenanceInput, Wrong> {
  const planned = isPlanned(entered)
  const input = {
    ...planEntered(entered, !planned),
    start: planned ? entered.start.trim().replace(/\s+/, 'T') : null,
    hours: planned ? (numberEntered(entered.hours) ?? 0) : null,
    rrule: ruleOf(entered),
  }
  return readEntries(maintenanceFields, maintenanceCallSchema, input, entered, stored)
}

/** What work is announced for at once: a server, or some of its streams. */
export interface WorkedOn {
  readonly server: string
  /** Empty: the whole server. */
  readonly streams: readonly string[]
}
export const spans: Readonly<Record<'quarter' | 'hour' | 'hours' | 'shift', number>> = {
  quarter: 15 * minuteMs,
  hour: 60 * minuteMs,
  hours: 240 * minuteMs,
  shift: 480 * minuteMs,
}

/** Windows that begin now, one for each server. */
export function windowsNow(on: readonly WorkedOn[], { name, span, now }: { readonly name: string; readonly span: keyof typeof spans; readonly now: number }) {
  return on.map(
    ({ server, streams }): MaintenanceInput => ({
      name,
      tags: [],
      servers: [server],
      streams: [...streams],
      zone: 'UTC',
      start: new Date(now).toISOString().slice(0, 19),
      hours: Math.min(longestHours, spans[span] / 3_600_000),
      rrule: null,
      calendar: null,
    }),
  )
}

/** What alarms are about as work: a host, or part of one, is worked on with the servers on it. Left out is what is no server's. */
export function workOf(
  alarms: readonly Pick<Alarm, 'subject' | 'serverName'>[],
  hosts: readonly Pick<Host, 'id' | 'serverIds'>[],
  serverNameOf: (id: string) => string | null,
): readonly WorkedOn[] {
  return workedOn(
    alarms.flatMap(({ subject, serverName }) => {
      // A server of the name of a probe is none.
      if (subject.kind === 'console' || subject.kind === 'probe') return []
      if (!('hostId' in subject)) return [{ server: serverName, path: pathOf(subject) }]
      const host = hosts.find(({ id }) => id === subject.hostId)
      return (host?.serverIds ?? []).flatMap((id) => {
        const server = serverNameOf(id)
        return server === null ? [] : [{ server, path: null }]
      })
    }),
  )
}

/** Servers and streams of alarms, by server. A server's own alarm stands for all of it. */
export function workedOn(subjects: readonly { readonly server: string; readonly path: string | null }[]): readonly WorkedOn[] {
  const byServer = new Map<string, Set<string> | null>()
  for (const { server, path } of subjects) {
    const before = byServer.get(server)
    byServer.set(server, path === null || before === null ? null : (before ?? new Set<string>()).add(path))
  }
  return Array.from(byServer, ([server, streams]) => ({ server, streams: [...(streams ?? [])] }))
}
