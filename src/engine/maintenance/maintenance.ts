import { randomUUID } from 'node:crypto'
import { isFor, type Maintenance, type MaintenanceInput, type MaintenancePreview, type Span, shownCalendar } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type AlarmSubject, pathOf } from '../../shared/subjects.ts'
import { createMaintenanceRows, type StoredPlan } from './maintenanceRows.ts'
import { outlookAt } from './outlook.ts'
import { createPlanTimes, holds, type PlansDeps, type TimedPlan } from './planTimes.ts'
import { listedWindows, namedZone, recurringWindows, type Windows } from './windows.ts'

export interface MaintenanceDeps extends PlansDeps {
  /** The server that a subject is or belongs to, of a host that runs on it; null: none is known. */
  readonly serverOf: (subject: AlarmSubject) => { readonly name: string; readonly tags: readonly string[] } | null
  /** Windows began, ended or changed. */
  readonly onChange: () => void
}

/** When work is planned, and on what: what happens meanwhile is recorded and not told. */
export interface MaintenancePlans {
  /** The window in which a subject is at a moment, of several the one that ends last; null: none. */
  readonly of: (subject: AlarmSubject, at: number) => Span | null
  /** The windows for a subject that lie at least in part in a period, as they are planned now. */
  readonly within: (subject: AlarmSubject, from: number, to: number) => readonly Span[]
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

const mostStored = 1_000
/** What is over is forgotten after this time, ms: what is usual for a stream is not learned of it. */
const keepOverMs = 63 * 86_400_000
const dayMs = 86_400_000

interface Planned extends Omit<StoredPlan, 'by' | 'addedAt'>, TimedPlan {
  readonly input: MaintenanceInput
  readonly origin: Maintenance['origin']
  readonly by: string | null
  readonly addedAt: number | null
}

export function createMaintenance(deps: MaintenanceDeps): MaintenancePlans {
  const { clock, log, db, serverOf, onChange, signal } = deps
  const rows = createMaintenanceRows(db)
  let fromFile: readonly Planned[] = []
  const read = rows.all()
  if (read.unreadable > 0) log.error({ plans: read.unreadable }, 'some maintenance windows cannot be read')
  let stored = new Map(read.plans.map((plan) => [plan.id, planned(plan, 'stored')]))
  /** Forgotten when anything changes. */
  let current: { readonly valid: Span; readonly plans: readonly { readonly plan: Planned; readonly span: Span }[] } | null = null
  let last = ''
  const times = createPlanTimes<Planned>('maintenance', deps, look, [...stored.values()])
  const all = (): readonly Planned[] => [...fromFile, ...stored.values()]
  const currentAt = (at: number) => {
    if (current !== null && holds(current.valid, at)) return current.plans
    const seen = all().map((plan) => ({ plan, ...times.outlook(plan, at) }))
    current = {
      valid: { from: Math.max(...seen.map(({ valid }) => valid.from), at - dayMs), to: Math.min(...seen.map(({ valid }) => valid.to), at + dayMs) },
      plans: seen.flatMap(({ plan, now }) => (now === null ? [] : [{ plan, span: now }])),
    }
    return current.plans
  }

  function look(isChanged: boolean): void {
    if (isChanged) current = null
    const lasting = currentAt(clock.now())
      .map(({ plan, span }) => `${plan.id} ${span.from}`)
      .join('\n')
    if (!isChanged && lasting === last) return
    last = lasting
    onChange()
  }

  const shown = (plan: Planned): Maintenance => {
    const { id, origin, input, by, addedAt } = plan
    return { id, origin, by, addedAt, ...input, ...times.shown(plan) }
  }
  const find = (id: string): Planned | undefined => stored.get(id) ?? fromFile.find((plan) => plan.id === id)
  const refusal = (id: string) => err(find(id) === undefined ? ('NOT_FOUND' as const) : ('FORBIDDEN' as const))
  const keep = (plan: StoredPlan): Maintenance => {
    rows.keep(plan)
    const kept = planned(plan, 'stored')
    stored.set(plan.id, kept)
    times.follow(all())
    return shown(kept)
  }
  const forgetOld = () => {
    const at = clock.now()
    const isOver = (plan: Planned) =>
      plan.input.calendar === null && times.outlook(plan, at - keepOverMs).now === null && times.outlook(plan, at - keepOverMs).next.length === 0
    for (const plan of stored.values()) if (isOver(plan)) drop(plan.id)
  }
  const drop = (id: string) => {
    rows.remove(id)
    stored = new Map([...stored].filter(([other]) => other !== id))
  }

  return {
    of: (subject, at) => {
      const lasting = currentAt(at)
      // No work on servers is a reason to be silent about this console.
      if (lasting.length === 0 || subject.kind === 'console') return null
      const server = serverOf(subject) ?? { name: '', tags: [] }
      let until: Span | null = null
      for (const { plan, span } of lasting) {
        if (isFor(plan.input, server, pathOf(subject)) && span.to > (until?.to ?? 0)) until = span
      }
      return until
    },
    within: (subject, from, to) => {
      const server = serverOf(subject) ?? { name: '', tags: [] }
      return all().flatMap((plan) => (isFor(plan.input, server, pathOf(subject)) ? times.within(plan, from, to) : []))
    },
    list: () => all().map(shown),
    get: (id) => {
      const plan = find(id)
      return plan ? shown(plan) : null
    },
    preview: async (input, of = signal) => {
      const at = clock.now()
      if (input.calendar === null) return { ...aheadOf(windowsOf(input), at), problem: null }
      const { spans, problem } = await times.read({ calendar: input.calendar, zone: input.zone }, of)
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
      times.follow(all())
      return ok(undefined)
    },
    configure: (inputs) => {
      fromFile = inputs.map((input) => planned({ id: `file:${input.name}`, input, by: null, addedAt: null }, 'yaml'))
      times.follow(all())
    },
    settled: times.settled,
    [Symbol.asyncDispose]: times.close,
  }
}

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
