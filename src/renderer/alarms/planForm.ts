import type { PlanFacts, Scope } from '../../shared/maintenance.ts'
import { type FormField, listEntered } from '../app/editing/fields.ts'

/** A plan as listed: a maintenance plan or an on-air schedule. */
export interface ListedPlan extends PlanFacts, Scope {
  readonly proxy?: string | null | undefined
  readonly name: string
  readonly zone: string
}

/** Form entries common to all plans. */
export interface PlanEntries {
  readonly name: string
  readonly tags: string
  readonly servers: string
  readonly streams: string
  readonly zone: string
  readonly calendar: string
  readonly proxy: string
}
type Field = FormField<PlanEntries, unknown>

/** A shared object, because fields with the same legend object are drawn together. */
export const scopeLegend = { label: 'maintenance.form.for', help: 'maintenance.form.forHint' } as const

/** Form fields common to all plans. */
export const planFields = {
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
  servers: {
    id: 'servers',
    kind: 'text',
    label: 'common.servers',
    help: 'maintenance.form.scopeHint',
    wrong: 'maintenance.form.scopeWrong',
    half: true,
    legend: scopeLegend,
  },
  tags: { id: 'tags', kind: 'text', label: 'maintenance.form.tags', wrong: 'maintenance.form.scopeWrong', half: true, legend: scopeLegend },
  streams: {
    id: 'streams',
    kind: 'lines',
    label: 'maintenance.form.streams',
    help: 'maintenance.form.streamsHint',
    placeholder: 'north/*',
    wrong: 'maintenance.form.scopeWrong',
    input: { rows: 2 },
  },
} as const satisfies Readonly<Record<string, Field>>

/** Whether the plan has no scope at all, which may be unintended. */
export function isForEverything({ tags, servers, streams }: PlanEntries): boolean {
  return [tags, servers, streams].every((part) => listEntered(part).length === 0)
}

/** The form entries for editing an existing plan. */
export function entriesOfPlan({ name, tags, servers, streams, zone, calendar, proxy }: ListedPlan): PlanEntries {
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

/** Converts the common form entries to the input of an API call; `hasCalendar`: the plan takes its times from a calendar. */
export function planEntered({ name, tags, servers, streams, zone, calendar, proxy }: PlanEntries, hasCalendar: boolean) {
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

/** Sorts current plans first, by their end, then the others by their next start. */
export function byNearest(a: ListedPlan, b: ListedPlan): number {
  const nearest = ({ now, next }: ListedPlan) => now?.to ?? next[0]?.from ?? Number.POSITIVE_INFINITY
  return Number(b.now !== null) - Number(a.now !== null) || nearest(a) - nearest(b) || a.name.localeCompare(b.name)
}
