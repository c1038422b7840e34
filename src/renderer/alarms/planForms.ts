import type { Alarm } from '../../shared/alarms.ts'
import type { Host } from '../../shared/hosts.ts'
import { isFor, longestHours, type Maintenance, type MaintenanceInput, maintenanceCallSchema, type PlanFacts, type Scope } from '../../shared/maintenance.ts'
import { decidingPlans, type OnAir, type OnAirInput, onAirCallSchema } from '../../shared/onAir.ts'
import { patternSchema } from '../../shared/patterns.ts'
import type { Result } from '../../shared/result.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { entryTime, type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { type FormField, listEntered, numberEntered, readEntries, type Wrong } from '../app/editing/fields.ts'

export interface ListedPlan extends PlanFacts, Scope {
  readonly proxy?: string | null | undefined
  readonly name: string
  readonly zone: string
  /** In the plan's zone, of a single window. */
  readonly start?: string | null
  readonly hours?: number | null
  readonly rrule?: string | null
}

export type PlanEntries = Readonly<ReturnType<typeof entriesOfPlan>>
type Field = FormField<PlanEntries, unknown>
const noEntries = { name: '', tags: '', servers: '', streams: '', calendar: '', proxy: '' }

/** A shared object, because fields with the same legend object are drawn together. */
const scopeLegend = { label: 'maintenance.form.for', help: 'maintenance.form.forHint' } as const

const planFields = {
  name: { id: 'name', kind: 'text', label: 'common.name', wrong: 'maintenance.form.nameWrong', input: { maxLength: 100 } },
  zone: { id: 'zone', kind: 'text', label: 'common.timeZone', placeholder: 'Europe/Berlin', wrong: 'maintenance.form.zoneWrong', half: true },
  calendar: {
    id: 'calendar',
    kind: 'text',
    label: 'maintenance.form.calendar',
    help: 'maintenance.form.calendarHint',
    placeholder: 'https://calendar.example/plan.ics',
    wrong: 'maintenance.form.calendarWrong',
    input: { inputMode: 'url' },
  },
  proxy: {
    id: 'proxy',
    kind: 'text',
    label: 'channels.form.proxy',
    help: 'channels.form.proxyHint',
    placeholder: 'http://proxy.example.org:3128',
    wrong: 'channels.form.proxyHint',
  },
  servers: { id: 'servers', kind: 'text', label: 'common.servers', wrong: 'maintenance.form.scopeWrong', half: true, legend: scopeLegend },
  tags: { id: 'tags', kind: 'text', label: 'common.tags', wrong: 'maintenance.form.scopeWrong', half: true, legend: scopeLegend },
  streams: {
    id: 'streams',
    kind: 'lines',
    label: 'common.streams',
    help: 'onAir.form.streamsHint',
    placeholder: 'north/*',
    wrong: 'maintenance.form.scopeWrong',
    input: { rows: 2 },
  },
} as const satisfies Readonly<Record<string, Field>>

/** Whether the plan has no scope, which may be unintended. */
export function isForEverything({ tags, servers, streams }: PlanEntries): boolean {
  return [tags, servers, streams].every((part) => listEntered(part).length === 0)
}

function entriesOfPlan({ name, tags, servers, streams, zone, calendar, proxy }: ListedPlan) {
  return {
    name,
    tags: tags.join(', '),
    servers: servers.join(', '),
    streams: streams.join('\n'),
    zone,
    calendar: calendar ?? '',
    proxy: proxy ?? '',
  }
}

function planEntered({ name, tags, servers, streams, zone, calendar, proxy }: PlanEntries, hasCalendar: boolean) {
  return {
    name,
    tags: listEntered(tags),
    servers: listEntered(servers),
    streams: listEntered(streams),
    zone: zone.trim(),
    calendar: hasCalendar ? calendar : null,
    ...(hasCalendar && proxy.trim() !== '' && { proxy }),
  }
}

/** Current plans by their end, then the others by their next start. */
export function byNearest(a: ListedPlan, b: ListedPlan): number {
  const nearest = ({ now, next }: ListedPlan) => now?.to ?? next[0]?.from ?? Number.POSITIVE_INFINITY
  return Number(b.now !== null) - Number(a.now !== null) || nearest(a) - nearest(b) || a.name.localeCompare(b.name)
}

/** `rule`: as it is typed. */
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

export function startMaintenance(now: number, zone: TimeZoneChoice): MaintenanceEntries {
  return { ...noEntries, zone: zoneOf(zone), repeat: 'once', start: entryTime(now, zone).slice(0, 16), hours: '1', rrule: '' }
}

export function maintenanceEntries(stored: Maintenance): MaintenanceEntries {
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

export function repeatOf(rrule: string | null, start: string): Repeat {
  if (rrule === null) return 'once'
  return repeats.find((one) => simpleRules[one] === rrule) ?? (rrule === monthWeekday(start) ? 'monthWeekday' : 'rule')
}

function ruleOf({ repeat, rrule, start }: MaintenanceEntries): string | null {
  if (repeat === 'once' || repeat === 'calendar') return null
  if (repeat === 'rule') return rrule.trim()
  return repeat === 'monthWeekday' ? monthWeekday(start) : (simpleRules[repeat as Repeat] ?? null)
}

const hasCalendar = ({ repeat }: MaintenanceEntries) => repeat === 'calendar'
const isPlanned = (entered: MaintenanceEntries) => !hasCalendar(entered)

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
  { id: 'hours', kind: 'text', label: 'common.hours', shown: isPlanned, wrong: 'maintenance.form.hoursWrong', half: true, input: { inputMode: 'decimal' } },
  {
    id: 'rrule',
    kind: 'text',
    label: 'common.rule',
    placeholder: 'FREQ=MONTHLY;BYDAY=-1SA',
    shown: ({ repeat }) => repeat === 'rule',
    wrong: 'maintenance.form.ruleWrong',
  },
  { ...planFields.calendar, shown: hasCalendar },
  { ...planFields.proxy, shown: hasCalendar },
  planFields.servers,
  planFields.tags,
  { ...planFields.streams, legend: scopeLegend },
]

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

/** One for each server. */
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

/** A host, or part of one, stands for the servers on it. What is no server's is left out. */
export function workOf(
  alarms: readonly Pick<Alarm, 'subject' | 'serverName'>[],
  hosts: readonly Pick<Host, 'id' | 'serverIds'>[],
  serverNameOf: (id: string) => string | null,
): readonly WorkedOn[] {
  return workedOn(
    alarms.flatMap(({ subject, serverName }) => {
      // A probe's name is not that of a server.
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

/** By server; a server's own alarm stands for all of it. */
export function workedOn(subjects: readonly { readonly server: string; readonly path: string | null }[]): readonly WorkedOn[] {
  const byServer = new Map<string, Set<string> | null>()
  for (const { server, path } of subjects) {
    const before = byServer.get(server)
    byServer.set(server, path === null || before === null ? null : (before ?? new Set<string>()).add(path))
  }
  return Array.from(byServer, ([server, streams]) => ({ server, streams: [...(streams ?? [])] }))
}

const sources = ['weekly', 'calendar'] as const

export interface OnAirEntries extends PlanEntries {
  readonly source: string
  /** One line each, since the days of a line are separated by commas. */
  readonly weekly: string
}

export function startOnAir(zone: TimeZoneChoice): OnAirEntries {
  return { ...noEntries, zone: zoneOf(zone), source: 'weekly', weekly: '' }
}

export function onAirEntries(stored: OnAir): OnAirEntries {
  return {
    ...entriesOfPlan(stored),
    source: stored.calendar === null ? 'weekly' : 'calendar',
    weekly: stored.weekly.join('\n'),
  }
}

const isOfCalendar = ({ source }: OnAirEntries) => source === 'calendar'

export const onAirFields: readonly FormField<OnAirEntries, OnAir>[] = [
  planFields.name,
  { ...planFields.streams, help: 'onAir.form.streamsHint', placeholder: 'event/stage', wrong: 'onAir.form.streamsWrong' },
  {
    id: 'source',
    kind: 'choice',
    label: 'onAir.form.source',
    options: sources.map((value) => ({ value, label: value === 'weekly' ? ('onAir.weekly' as const) : ('maintenance.repeat.calendar' as const) })),
    half: true,
  },
  planFields.zone,
  {
    id: 'weekly',
    kind: 'lines',
    label: 'common.hours',
    help: 'onAir.form.weeklyHint',
    placeholder: 'MO-FR 08:00-18:00',
    shown: (entered) => !isOfCalendar(entered),
    wrong: 'onAir.form.weeklyWrong',
    input: { rows: 3 },
  },
  { ...planFields.calendar, shown: isOfCalendar },
  { ...planFields.proxy, shown: isOfCalendar },
  planFields.servers,
  planFields.tags,
]

export function readOnAir(entered: OnAirEntries, stored: OnAir | null): Result<OnAirInput, Wrong> {
  const weekly = isOfCalendar(entered) ? [] : entered.weekly.split('\n').flatMap((line) => line.trim() || [])
  return readEntries(onAirFields, onAirCallSchema, { ...planEntered(entered, isOfCalendar(entered)), weekly }, entered, stored)
}

/** How many of these streams the entries fit now, and how many of those are live; null: they name none yet. */
export function matchedBy(
  entered: OnAirEntries,
  rows: readonly { readonly facts: { readonly serverId: string; readonly path: string; readonly state: StreamState } }[],
  serverOf: (id: string) => { readonly name: string; readonly tags: readonly string[] } | undefined,
): { readonly streams: number; readonly live: number } | null {
  const scope = planEntered(entered, false)
  if (scope.streams.length === 0 || scope.streams.some((pattern) => !patternSchema.safeParse(pattern).success)) return null
  const fitting = rows.filter(({ facts }) => isFor(scope, serverOf(facts.serverId) ?? { name: '', tags: [] }, facts.path))
  return { streams: fitting.length, live: fitting.filter(({ facts }) => facts.state === 'live').length }
}

/** A plan by which the stream is to be on air, if any. One whose calendar was never read says nothing. */
export function planFor(plans: readonly OnAir[], server: { readonly name: string; readonly tags: readonly string[] }, path: string): OnAir | null {
  const isKnown = ({ calendar, readAt, now, next }: OnAir) => calendar === null || readAt !== null || now !== null || next.length > 0
  const fitting = plans.filter((plan) => isKnown(plan) && isFor(plan, server, path))
  const of = decidingPlans(fitting, ({ streams }) => streams, path)
  return of.find(({ now }) => now !== null) ?? of[0] ?? null
}
