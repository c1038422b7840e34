import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { every } from '../../clock/every.ts'
import { type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import { type PlanFacts, type PlanPreview, type Span, shownCalendar } from '../../shared/maintenance.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { createEntryRows } from '../storage/entryRows.ts'
import { type CalendarRef, createCalendars, type PlansDeps } from './calendars.ts'
import { contains, listedWindows, type Outlook, outlookAt, type Windows } from './windows.ts'

/** How often to check whether a window began or ended, ms: at whole seconds, when they do. */
const tickMs = 1_000
const dayMs = 86_400_000
/** Maximum number of windows of a plan in a period. */
const mostWithin = 1_000

interface Timed {
  readonly calendar: string | null
  readonly zone: string
  readonly proxy?: string | null | undefined
}
/** A plan from the configuration file or entered in the console. */
export interface Plan<Input> {
  readonly id: string
  readonly origin: PlanFacts['origin']
  readonly input: Input & Timed
  /** null: the windows of its calendar. */
  readonly windows: Windows | null
  /** null: from the configuration file. */
  readonly by: string | null
  readonly addedAt: number | null
}

interface PlanUse<Input> {
  readonly use: FactsOf<'planEdited'>['use']
  readonly table: 'maintenance' | 'on_air'
  readonly schema: z.ZodType<Input>
  /** The windows of a plan without a calendar. */
  readonly windowsOf: (input: Input) => Windows
  readonly mostStored: number
  /** Called twice a second, and when what is planned may have changed; never before `createPlans` has returned. */
  readonly onTick: (isChanged: boolean) => void
}

export interface PlansRecord {
  /** Called with each change that an operator made. */
  readonly record: (events: readonly NewEvent[]) => void
}

/** Plans that are over for good are deleted after this time, ms. Kept until then because learning what is usual for a stream excludes maintenance. */
const keepOverMs = 63 * 86_400_000

/** Manages the plans of the configuration file and those entered in the console, determines their windows, and follows their calendars. */
export function createPlans<Input extends { readonly name: string } & Timed>(
  deps: PlansDeps & PlansRecord,
  { use, table, schema, windowsOf, mostStored, onTick }: PlanUse<Input>,
) {
  const { clock, log, db, signal } = deps
  const rows = createEntryRows<StoredPlan<Input>>(db, table, { input: schema, by: null, addedAt: null }, 'added_at, id')
  const planned = (plan: Omit<Plan<Input>, 'origin' | 'windows'>, origin: PlanFacts['origin']): Plan<Input> => ({
    ...plan,
    origin,
    windows: plan.input.calendar === null ? windowsOf(plan.input) : null,
  })
  let fromFile: readonly Plan<Input>[] = []
  const read = rows.all()
  if (read.unreadable.length > 0) log.error({ use, plans: read.unreadable.length }, 'some plans cannot be read')
  let stored = new Map(read.entries.map((plan) => [plan.id, planned(plan, 'stored')]))
  const all = (): readonly Plan<Input>[] => [...fromFile, ...stored.values()]

  const outlooks = new Map<Plan<Input>, Outlook>()
  const computed = new Map<Plan<Input>, { readonly firstDay: number; readonly lastDay: number; readonly spans: readonly Span[] }>()
  const changed = () => {
    const followed = new Set(all())
    // Keep a plan's own windows: they never change, and are expensive to compute.
    for (const known of [outlooks, computed]) for (const plan of known.keys()) if (plan.windows === null || !followed.has(plan)) known.delete(plan)
    onTick(true)
  }
  const calendars = createCalendars({ ...deps, use, onChange: changed })
  const refOf = ({ calendar, zone, proxy }: Timed): CalendarRef | null => (calendar === null ? null : { calendar, zone, proxy })
  const followCalendars = () => calendars.follow(all().flatMap(({ input }) => refOf(input) ?? []))
  followCalendars()
  void every(clock)(
    {
      intervalMs: tickMs,
      firstDelayMs: tickMs,
      timeoutMs: null,
      seed: use,
      signal,
      onBug: (error) => log.error({ error, use }, 'what is planned could not be looked at'),
    },
    async () => onTick(false),
  )
  const follow = () => {
    followCalendars()
    changed()
  }
  const calendarOf = ({ input }: Plan<Input>) => {
    const ref = refOf(input)
    return ref && calendars.of(ref)
  }
  const windowsFor = (plan: Plan<Input>): Windows => plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? [])
  const outlook = (plan: Plan<Input>, at: number): Outlook => {
    const known = outlooks.get(plan)
    if (known !== undefined && contains(known.valid, at)) return known
    const found = outlookAt(windowsFor(plan), at)
    outlooks.set(plan, found)
    return found
  }

  const shown = (plan: Plan<Input>): Input & PlanFacts => {
    const { id, origin, input, by, addedAt } = plan
    const { now, next } = outlook(plan, clock.now())
    const { readAt = null, problem = null } = calendarOf(plan) ?? {}
    return { ...input, id, origin, by, addedAt, calendar: input.calendar && shownCalendar(input.calendar), now, next: [...next], readAt, problem }
  }
  const find = (id: string): Plan<Input> | undefined => stored.get(id) ?? fromFile.find((plan) => plan.id === id)
  const refusal = (id: string) => err(find(id) === undefined ? ('NOT_FOUND' as const) : ('FORBIDDEN' as const))
  const edited = (what: FactsOf<'planEdited'>['what'], { name }: Input, by: string) =>
    deps.record([newEvent('planEdited', clock.now(), { use, plan: name, by, what })])
  const keep = (what: FactsOf<'planEdited'>['what'], plan: StoredPlan<Input>): Input & PlanFacts => {
    rows.keep(plan)
    const kept = planned(plan, 'stored')
    stored.set(plan.id, kept)
    follow()
    edited(what, plan.input, plan.by)
    return shown(kept)
  }
  const isOver = (plan: Plan<Input>): boolean => {
    const isOverAt = (at: number) => {
      const { now, next } = outlook(plan, at)
      return now === null && next.length === 0
    }
    return plan.input.calendar === null && isOverAt(clock.now()) && isOverAt(clock.now() - keepOverMs)
  }
  const drop = (id: string) => {
    rows.remove(id)
    stored = new Map([...stored].filter(([other]) => other !== id))
  }

  return {
    all,
    outlook,
    /** The windows of a plan that overlap a period. */
    within: (plan: Plan<Input>, from: number, to: number): readonly Span[] => {
      // By whole days, so that lookups for further streams hit the cache.
      const [firstDay, lastDay] = [Math.floor(from / dayMs), Math.ceil(to / dayMs)]
      const known = computed.get(plan)
      if (known?.firstDay === firstDay && known.lastDay === lastDay) return known.spans
      const spans = windowsFor(plan)
        .from(firstDay * dayMs, mostWithin)
        .filter((span) => span.from < lastDay * dayMs)
      computed.set(plan, { firstDay, lastDay, spans })
      return spans
    },
    /** Whether the windows of a plan are known; false: its calendar was never read. */
    isKnown: (plan: Plan<Input>): boolean => plan.windows !== null || (calendarOf(plan)?.isKnown ?? false),
    list: (): readonly (Input & PlanFacts)[] => all().map(shown),
    get: (id: string): (Input & PlanFacts) | null => {
      const plan = find(id)
      return plan ? shown(plan) : null
    },
    preview: async (input: Input, of: AbortSignal = signal): Promise<PlanPreview> => {
      const at = clock.now()
      const ref = refOf(input)
      const { spans, problem } = ref === null ? { spans: null, problem: null } : await calendars.read(ref, of)
      const { now, next } = outlookAt(spans === null ? windowsOf(input) : listedWindows(spans), at)
      return { now, next: [...next], problem }
    },
    /** Takes effect immediately, like every change. BAD_REQUEST: too many plans. */
    add: (input: Input, by: string): Result<Input & PlanFacts, 'BAD_REQUEST'> => {
      for (const plan of stored.values()) if (isOver(plan)) drop(plan.id)
      if (stored.size >= mostStored) return err('BAD_REQUEST')
      return ok(keep('added', { id: randomUUID(), input, by, addedAt: clock.now() }))
    },
    /** If the calendar's address is unchanged from the one shown, the stored one is kept. FORBIDDEN: the plan is in the configuration file. */
    update: (id: string, input: Input, by: string): Result<Input & PlanFacts, 'NOT_FOUND' | 'FORBIDDEN'> => {
      const before = stored.get(id)
      if (before === undefined) return refusal(id)
      const { calendar } = before.input
      const isKept = calendar !== null && input.calendar === shownCalendar(calendar)
      return ok(keep('changed', { id, input: isKept ? { ...input, calendar } : input, by, addedAt: before.addedAt ?? clock.now() }))
    },
    remove: (id: string, by: string): Result<void, 'NOT_FOUND' | 'FORBIDDEN'> => {
      const plan = stored.get(id)
      if (plan === undefined) return refusal(id)
      drop(id)
      follow()
      edited('removed', plan.input, by)
      return ok(undefined)
    },
    /** Sets the plans of the configuration file. */
    configure: (inputs: readonly Input[]): void => {
      fromFile = inputs.map((input) => planned({ id: `file:${input.name}`, input, by: null, addedAt: null }, 'yaml'))
      follow()
    },
    settled: calendars.settled,
    [Symbol.asyncDispose]: calendars.close,
  }
}

interface StoredPlan<Input> {
  readonly id: string
  readonly input: Input
  readonly by: string
  readonly addedAt: number
}
