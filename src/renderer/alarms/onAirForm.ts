import { isFor } from '../../shared/maintenance.ts'
import { decidingPlans, type OnAir, type OnAirInput, onAirCallSchema } from '../../shared/onAir.ts'
import { patternSchema } from '../../shared/patterns.ts'
import type { Result } from '../../shared/result.ts'
import { type TimeZoneChoice, zoneOf } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { type FormField, readEntries, type Wrong } from '../app/editing/fields.ts'
import { entriesOfPlan, type PlanEntries, planEntered, planFields } from './planColumns.tsx'

/** Where the times are from, as it is chosen. */
const sources = ['weekly', 'calendar'] as const

export interface OnAirEntries extends PlanEntries {
  readonly source: string
  /** One line each, since the days of a line are separated by commas. */
  readonly weekly: string
}

export function startOnAir(zone: TimeZoneChoice): OnAirEntries {
  return {
    name: '',
    tags: '',
    servers: '',
    streams: '',
    source: 'weekly',
    weekly: '',
    zone: zoneOf(zone),
    calendar: '',
    proxy: '',
  }
}

export function onAirEntries(stored: OnAir): OnAirEntries {
  return {
    ...entriesOfPlan(stored),
    source: stored.calendar === null ? 'weekly' : 'calendar',
    weekly: stored.weekly.join('\n'),
  }
}

const isCalendar = ({ source }: OnAirEntries) => source === 'calendar'

export const onAirFields: readonly FormField<OnAirEntries, OnAir>[] = [
  planFields.name,
  { ...planFields.streams, help: 'onAir.form.streamsHint', placeholder: 'event/stage', wrong: 'onAir.form.streamsWrong' },
  {
    id: 'source',
    kind: 'choice',
    label: 'onAir.form.source',
    options: sources.map((value) => ({ value, label: value === 'weekly' ? ('onAir.source.weekly' as const) : ('maintenance.repeat.calendar' as const) })),
    half: true,
  },
  planFields.zone,
  {
    id: 'weekly',
    kind: 'lines',
    label: 'common.hours',
    help: 'onAir.form.weeklyHint',
    placeholder: 'MO-FR 08:00-18:00',
    shown: (entered) => !isCalendar(entered),
    wrong: 'onAir.form.weeklyWrong',
    input: { rows: 3 },
  },
  { ...planFields.calendar, shown: isCalendar },
  { ...planFields.proxy, shown: isCalendar },
  planFields.servers,
  planFields.tags,
]

/** The entries as the input of a call, or the mistakes by field. */
export function readOnAir(entered: OnAirEntries, stored: OnAir | null): Result<OnAirInput, Wrong> {
  const weekly = isCalendar(entered) ? [] : entered.weekly.split('\n').flatMap((line) => line.trim() || [])
  return readEntries(onAirFields, onAirCallSchema, { ...planEntered(entered, isCalendar(entered)), weekly }, entered, stored)
}

/** How many of these streams the entries fit now, and how many of those are live; null: they name none yet. Pure. */
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

/** Of several plans one by which the stream is to be on air. One whose calendar was never read says nothing. Pure. */
export function planFor(plans: readonly OnAir[], server: { readonly name: string; readonly tags: readonly string[] }, path: string): OnAir | null {
  const isKnown = ({ calendar, readAt, now, next }: OnAir) => calendar === null || readAt !== null || now !== null || next.length > 0
  const fitting = plans.filter((plan) => isKnown(plan) && isFor(plan, server, path))
  const of = decidingPlans(fitting, ({ streams }) => streams, path)
  return of.find(({ now }) => now !== null) ?? of[0] ?? null
}
