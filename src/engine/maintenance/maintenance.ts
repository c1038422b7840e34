import type { Database } from 'better-sqlite3'
import { isFor, type MaintenanceInput, maintenanceInputSchema, type Scope, type Span, scopeSchema } from '../../shared/maintenance.ts'
import type { Server } from '../../shared/servers.ts'
import { type AlarmSubject, pathOf, serverSubject } from '../../shared/subjectNames.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import { attemptWrite } from '../storage/storageTrouble.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { PlansDeps } from './calendars.ts'
import type { OnAirPlans } from './onAir.ts'
import { createPlans, type Plan, type PlansRecord } from './plans.ts'
import { contains, listedWindows, namedZone, recurringWindows, type Windows } from './windows.ts'

/** Properties of a subject that decide which maintenance concerns it. */
interface WorkPlace {
  /** Name of its server: for a host, the one running on it; for a probe, the one it reads. '': unknown. */
  readonly name: string
  readonly tags: readonly string[]
  /** Path of the stream, also of one read by a probe; null: not a stream. */
  readonly path: string | null
}

interface MaintenanceDeps extends PlansDeps, PlansRecord {
  readonly placeOf: (subject: AlarmSubject) => WorkPlace
  readonly onChange: () => void
}

/** When work is planned, and on what: alarms meanwhile are recorded, without notifications. */
export type MaintenancePlans = ReturnType<typeof createMaintenance>

const mostStored = 1_000
const dayMs = 86_400_000

export function createMaintenance(deps: MaintenanceDeps) {
  const { clock, placeOf, onChange } = deps
  /** Cache, discarded when anything changes. */
  let current: { readonly valid: Span; readonly plans: readonly { readonly plan: Plan<MaintenanceInput>; readonly span: Span }[] } | null = null
  let last = ''
  const held = createHeldMaintenance(deps.db, clock.now())
  const plans = createPlans<MaintenanceInput>(deps, {
    use: 'maintenance',
    table: 'maintenance',
    schema: maintenanceInputSchema,
    windowsOf,
    mostStored,
    onTick,
  })
  const currentAt = (at: number) => {
    if (current !== null && contains(current.valid, at)) return current.plans
    const seen = plans.all().map((plan) => ({ plan, ...plans.outlook(plan, at) }))
    current = {
      valid: { from: Math.max(...seen.map(({ valid }) => valid.from), at - dayMs), to: Math.min(...seen.map(({ valid }) => valid.to), at + dayMs) },
      plans: seen.flatMap(({ plan, now }) => (now === null ? [] : [{ plan, span: now }])),
    }
    return current.plans
  }

  function onTick(isChanged: boolean): void {
    if (isChanged) current = null
    const now = clock.now()
    const windows = currentAt(now)
    held.update(
      windows.map(({ plan: { id, input }, span }) => ({
        ...span,
        key: `${id} ${span.from}`,
        scope: { tags: input.tags, servers: input.servers, streams: input.streams },
      })),
      now,
    )
    const state = windows.map(({ plan, span }) => `${plan.id} ${span.from}`).join('\n')
    if (!isChanged && state === last) return
    last = state
    onChange()
  }

  return {
    ...plans,
    /** The window that is open for a subject, of several the one that ends last; null: none. */
    of: (subject: AlarmSubject, at: number): Span | null => {
      const windows = currentAt(at)
      // Maintenance of servers does not suppress alarms of this console.
      if (windows.length === 0 || subject.kind === 'console') return null
      const place = placeOf(subject)
      let until: Span | null = null
      for (const { plan, span } of windows) {
        if (isFor(plan.input, place, place.path) && span.to > (until?.to ?? 0)) until = span
      }
      return until
    },
    /** Which streams of a server are within a window now; null: none are. */
    streamsOf: (serverId: string): ((path: string) => boolean) | null => {
      const windows = currentAt(clock.now())
      if (windows.length === 0) return null
      const place = placeOf(serverSubject(serverId))
      const scopes = windows.flatMap(({ plan }) => (isFor({ ...plan.input, streams: [] }, place, null) ? [plan.input.streams] : []))
      return scopes.length === 0 ? null : (path) => scopes.some((streams) => isFor({ tags: [], servers: [], streams }, place, path))
    },
    /** The windows for a subject that overlap a period: past ones as they were, and those planned now. They may overlap each other. */
    within: (subject: AlarmSubject, from: number, to: number): readonly Span[] => {
      const place = placeOf(subject)
      return [
        ...held.within(from, to).flatMap(({ scope, spans }) => (isFor(scope, place, place.path) ? spans : [])),
        ...plans.all().flatMap((plan) => (isFor(plan.input, place, place.path) ? plans.within(plan, from, to) : [])),
      ]
    },
  }
}

function windowsOf({ start, zone, hours, rrule }: MaintenanceInput): Windows {
  return start === null || hours === null
    ? listedWindows([])
    : recurringWindows({ start, zone: namedZone(zone), lengthMs: Math.round(hours * 3_600_000), rrule })
}

interface WorkPlacesDeps {
  /** Name and tags of the server that a subject is or belongs to. */
  readonly placeOf: (subject: AlarmSubject) => { readonly server: string | null; readonly tags: readonly string[] }
  readonly server: (id: string) => Pick<Server, 'name' | 'tags'> | null
  /** The streams of watched servers that probes read, by probe id. */
  readonly probed: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>
}

/** Returns the properties that decide which maintenance concerns a subject. Maintenance of a server also concerns the probes that read its streams. */
export function workPlacesBy({ placeOf, server, probed }: WorkPlacesDeps) {
  return (subject: AlarmSubject): WorkPlace => {
    const { server: name, tags } = placeOf(subject)
    const read = subject.kind === 'probe' ? probed().get(subject.probeId) : undefined
    if (read === undefined) return { name: name ?? '', tags: name === null && subject.kind !== 'probe' ? [] : tags, path: pathOf(subject) }
    const of = server(read.serverId)
    return { name: of?.name ?? '', tags: [...tags, ...(of?.tags ?? [])], path: read.path }
  }
}

interface CurrentWindow extends Span {
  readonly key: string
  readonly scope: Scope
}

/** Retention, ms, longer than any availability report looks back; and maximum number. */
const keptMs = 100 * 86_400_000
const mostKept = 10_000

interface Row {
  readonly key: string
  readonly scope: string
  readonly from_at: number
  readonly to_at: number
}

/** Records past maintenance windows, however they ended and whatever is planned now: the only SQL on `held_maintenance`. */
function createHeldMaintenance(db: Database, now: number) {
  const keep = db.prepare(
    `INSERT INTO held_maintenance (key, scope, from_at, to_at) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET scope = excluded.scope, to_at = excluded.to_at`,
  )
  const end = db.prepare('UPDATE held_maintenance SET to_at = ? WHERE key = ?')
  const forget = db.prepare('DELETE FROM held_maintenance WHERE to_at < ? OR key IN (SELECT key FROM held_maintenance ORDER BY to_at DESC LIMIT -1 OFFSET ?)')
  const within = db.prepare('SELECT * FROM held_maintenance WHERE to_at > ? AND from_at < ? ORDER BY from_at')
  const selectCurrent = db.prepare('SELECT * FROM held_maintenance WHERE to_at > ?')
  /** Stored ends of the open windows, by key. */
  let stored = new Map((selectCurrent.all(now) as Row[]).map(({ key, to_at: to }) => [key, to]))
  let asked: { readonly from: number; readonly to: number; readonly found: readonly { readonly scope: Scope; readonly spans: readonly Span[] }[] } | null = null
  return {
    /** Records which windows are open. If storing fails, it is retried with the next change. */
    update: (windows: readonly CurrentWindow[], at: number): void => {
      const current = new Map(windows.map((window) => [window.key, window]))
      const begun = windows.filter(({ key, to }) => stored.get(key) !== Math.round(to))
      const over = [...stored].filter(([key]) => !current.has(key))
      if (begun.length === 0 && over.length === 0) return
      asked = null
      const write = db.transaction(() => {
        for (const { key, scope, from, to } of begun) keep.run(key, JSON.stringify(scope), Math.round(from), Math.round(to))
        for (const [key, to] of over) if (to > at) end.run(Math.round(at), key)
        forget.run(at - keptMs, mostKept)
      })
      if (attemptWrite(() => write())) stored = new Map(windows.map(({ key, to }) => [key, Math.round(to)]))
    },
    /** The windows that overlap a period, grouped by scope. */
    within: (from: number, to: number): readonly { readonly scope: Scope; readonly spans: readonly Span[] }[] => {
      if (asked?.from === from && asked.to === to) return asked.found
      const scopes = new Map<string, Span[]>()
      for (const row of within.all(from, to) as Row[]) {
        const spans = scopes.get(row.scope) ?? []
        scopes.set(row.scope, spans)
        spans.push({ from: row.from_at, to: row.to_at })
      }
      const found = Array.from(scopes, ([scope, spans]) => ({ scope: scopeSchema.safeParse(storedJson(scope)), spans })).flatMap(({ scope, spans }) =>
        scope.success ? [{ scope: scope.data, spans }] : [],
      )
      asked = { from, to, found }
      return found
    },
  }
}

export function maintenanceRouter(maintenance: MaintenancePlans, onAir: OnAirPlans) {
  return {
    maintenance: {
      list: api.maintenance.list.handler(() => [...maintenance.list()]),
      get: api.maintenance.get.handler(({ input, errors }) => orNotFound(maintenance.get(input.id), errors)),
      preview: api.maintenance.preview.handler(({ input, signal }) => maintenance.preview(input, signal)),
      add: api.maintenance.add.handler(({ input, context, errors }) => orRefused(maintenance.add(input, context.operator.name), errors)),
      update: api.maintenance.update.handler(({ input, context, errors }) =>
        orRefused(maintenance.update(input.id, input.change, context.operator.name), errors),
      ),
      remove: api.maintenance.remove.handler(({ input, context: { operator }, errors }) => {
        orRefused(maintenance.remove(input.id, operator.name), errors)
      }),
    },
    onAir: {
      list: api.onAir.list.handler(() => [...onAir.list()]),
      get: api.onAir.get.handler(({ input, errors }) => orNotFound(onAir.get(input.id), errors)),
      preview: api.onAir.preview.handler(({ input, signal }) => onAir.preview(input, signal)),
      add: api.onAir.add.handler(({ input, context, errors }) => orRefused(onAir.add(input, context.operator.name), errors)),
      update: api.onAir.update.handler(({ input, context, errors }) => orRefused(onAir.update(input.id, input.change, context.operator.name), errors)),
      remove: api.onAir.remove.handler(({ input, context: { operator }, errors }) => {
        orRefused(onAir.remove(input.id, operator.name), errors)
      }),
    },
  }
}
