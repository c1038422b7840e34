import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import { isFor, type Maintenance, type MaintenanceInput, type MaintenancePreview, type Span, shownCalendar } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { pathOf, type Subject } from '../../shared/subjects.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createCalendars } from './calendars.ts'
import { createMaintenanceRows, type StoredPlan } from './maintenanceRows.ts'
import { type Outlook, outlookAt } from './outlook.ts'
import { listedWindows, namedZone, recurringWindows, type Windows } from './windows.ts'

export interface MaintenanceDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly slices: Slices
  readonly userAgent: string
  /** The server that a subject is or belongs to; null: none is known. */
  readonly serverOf: (subject: Subject) => { readonly name: string; readonly tags: readonly string[] } | null
  /** Windows began, ended or changed. */
  readonly onChange: () => void
  readonly signal: AbortSignal
}

/** When work is planned, and on what: what happens meanwhile is recorded and not told. */
export interface MaintenancePlans {
  /** The window in which a subject is at a moment, of several the one that ends last; null: none. */
  readonly of: (subject: Subject, at: number) => Span | null
  readonly list: () => readonly Maintenance[]
  readonly get: (id: string) => Maintenance | null
  readonly preview: (input: MaintenanceInput, signal?: AbortSignal) => Promise<MaintenancePreview>
  readonly add: (input: MaintenanceInput, by: string) => Result<Maintenance, 'BAD_REQUEST'>
  readonly update: (id: string, input: MaintenanceInput, by: string) => Result<Maintenance, 'NOT_FOUND' | 'FORBIDDEN'>
  readonly remove: (id: string) => Result<void, 'NOT_FOUND' | 'FORBIDDEN'>
  /** The windows of the configuration file. */
  readonly configure: (inputs: readonly MaintenanceInput[]) => void
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** How often it is looked whether a window began or ended, ms. */
const lookMs = 500
const mostStored = 1_000
/** What is over is forgotten after this time, ms. */
const keepOverMs = 31 * 86_400_000
const dayMs = 86_400_000

interface Planned extends Omit<StoredPlan, 'by' | 'addedAt'> {
  readonly origin: Maintenance['origin']
  readonly by: string | null
  readonly addedAt: number | null
  /** null: those of its calendar. */
  readonly windows: Windows | null
}

export function createMaintenance({ clock, log, db, slices, userAgent, serverOf, onChange, signal }: MaintenanceDeps): MaintenancePlans {
  const rows = createMaintenanceRows(db)
  let fromFile: readonly Planned[] = []
  const read = rows.all()
  if (read.unreadable > 0) log.error({ plans: read.unreadable }, 'some maintenance windows cannot be read')
  let stored = new Map(read.plans.map((plan) => [plan.id, planned(plan, 'stored')]))
  /** Forgotten when anything changes. */
  let outlooks = new Map<Planned, Outlook>()
  let current: { readonly valid: Span; readonly plans: readonly { readonly plan: Planned; readonly span: Span }[] } | null = null

  const calendars = createCalendars({ use: 'maintenance', clock, log, rows, slices, userAgent, onChange: changed, signal })
  function changed(): void {
    outlooks = new Map()
    current = null
    look(true)
  }
  const all = (): readonly Planned[] => [...fromFile, ...stored.values()]
  const follow = () => calendars.follow(all().flatMap(({ input: { calendar, zone } }) => (calendar === null ? [] : [{ calendar, zone }])))

  const calendarOf = ({ input: { calendar, zone } }: Planned) => (calendar === null ? null : calendars.of({ calendar, zone }))
  const outlookOf = (plan: Planned, at: number): Outlook => {
    const known = outlooks.get(plan)
    if (known !== undefined && holds(known.valid, at)) return known
    const found = outlookAt(plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? []), at)
    outlooks.set(plan, found)
    return found
  }
  const currentAt = (at: number) => {
    if (current !== null && holds(current.valid, at)) return current.plans
    const seen = all().map((plan) => ({ plan, ...outlookOf(plan, at) }))
    current = {
      valid: { from: Math.max(...seen.map(({ valid }) => valid.from), at - dayMs), to: Math.min(...seen.map(({ valid }) => valid.to), at + dayMs) },
      plans: seen.flatMap(({ plan, now }) => (now === null ? [] : [{ plan, span: now }])),
    }
    return current.plans
  }

  let last = ''
  function look(isChanged: boolean): void {
    const lasting = currentAt(clock.now())
      .map(({ plan, span }) => `${plan.id} ${span.from}`)
      .join('\n')
    if (!isChanged && lasting === last) return
    last = lasting
    onChange()
  }
  follow()
  void every(clock)(
    {
      intervalMs: lookMs,
      firstDelayMs: lookMs,
      timeoutMs: null,
      seed: 'maintenance',
      signal,
      onBug: (error) => log.error({ error }, 'maintenance could not be looked at'),
    },
    async () => look(false),
  )

  const shown = (plan: Planned): Maintenance => {
    const { now, next } = outlookOf(plan, clock.now())
    const { id, origin, input, by, addedAt } = plan
    const { readAt = null, problem = null } = calendarOf(plan) ?? {}
    return { id, origin, by, addedAt, ...input, calendar: input.calendar && shownCalendar(input.calendar), now, next: [...next], readAt, problem }
  }
  const find = (id: string): Planned | undefined => stored.get(id) ?? fromFile.find((plan) => plan.id === id)
  const refusal = (id: string) => err(find(id) === undefined ? ('NOT_FOUND' as const) : ('FORBIDDEN' as const))
  const keep = (plan: StoredPlan): Maintenance => {
    rows.keep(plan)
    const kept = planned(plan, 'stored')
    stored.set(plan.id, kept)
    follow()
    changed()
    return shown(kept)
  }
  const forgetOld = () => {
    const at = clock.now()
    const isOver = (plan: Planned) =>
      plan.input.calendar === null && outlookOf(plan, at - keepOverMs).now === null && outlookOf(plan, at - keepOverMs).next.length === 0
    for (const plan of stored.values()) if (isOver(plan)) drop(plan.id)
  }
  const drop = (id: string) => {
    rows.remove(id)
    stored = new Map([...stored].filter(([other]) => other !== id))
  }

  return {
    of: (subject, at) => {
      const lasting = currentAt(at)
      if (lasting.length === 0) return null
      const server = serverOf(subject) ?? { name: '', tags: [] }
      let until: Span | null = null
      for (const { plan, span } of lasting) {
        if (isFor(plan.input, server, pathOf(subject)) && span.to > (until?.to ?? 0)) until = span
      }
      return until
    },
    list: () => all().map(shown),
    get: (id) => {
      const plan = find(id)
      return plan ? shown(plan) : null
    },
    preview: async (input, of = signal) => {
      const at = clock.now()
      if (input.calendar === null) return { ...aheadOf(windowsOf(input), at), problem: null }
      const { spans, problem } = await calendars.read({ calendar: input.calendar, zone: input.zone }, of)
      return { ...aheadOf(listedWindows(spans), at), problem }
    },
    add: (input, by) => {
      forgetOld()
      if (stored.size >= mostStored) return err('BAD_REQUEST')
      return ok(keep({ id: randomUUID(), input, by, addedAt: clock.now() }))
    },
    update: (id, input, by) => {
      const before = stored.get(id)
      if (before === undefined) return refusal(id)
      const { calendar } = before.input
      const isKept = calendar !== null && input.calendar === shownCalendar(calendar)
      return ok(keep({ id, input: isKept ? { ...input, calendar } : input, by, addedAt: before.addedAt ?? clock.now() }))
    },
    remove: (id) => {
      if (!stored.has(id)) return refusal(id)
      drop(id)
      follow()
      changed()
      return ok(undefined)
    },
    configure: (inputs) => {
      fromFile = inputs.map((input) => planned({ id: `file:${input.name}`, input, by: null, addedAt: null }, 'yaml'))
      follow()
      changed()
    },
    settled: calendars.settled,
    [Symbol.asyncDispose]: calendars.close,
  }
}

const holds = ({ from, to }: Span, at: number): boolean => at >= from && at < to

function planned(plan: Omit<Planned, 'origin' | 'windows'>, origin: Maintenance['origin']): Planned {
  return { ...plan, origin, windows: plan.input.calendar === null ? windowsOf(plan.input) : null }
}

function windowsOf({ start, zone, hours, rrule }: MaintenanceInput): Windows {
  return start === null || hours === null
    ? listedWindows([])
    : recurringWindows({ start, zone: namedZone(zone), lengthMs: Math.round(hours * 3_600_000), rrule })
}

function aheadOf(windows: Windows, at: number): Pick<MaintenancePreview, 'now' | 'next'> {
  const { now, next } = outlookAt(windows, at)
  return { now, next: [...next] }
}
