import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import { type CalendarProblem, type Span, shownCalendar } from '../../shared/maintenance.ts'
import type { EnginePorts, Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createCalendars } from './calendars.ts'
import type { CalendarRef } from './fetchCalendar.ts'
import { contains, listedWindows, type Outlook, outlookAt, type Windows } from './windows.ts'

/** Dependencies of everything that follows plans. */
export interface PlansDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly slices: Slices
  readonly userAgent: string
  readonly systemProxy?: EnginePorts['systemProxy']
  readonly signal: AbortSignal
}

/** A plan with its own windows, or those of a calendar. */
export interface TimedPlan {
  readonly input: { readonly calendar: string | null; readonly zone: string; readonly proxy?: string | null | undefined }
  /** null: the windows of its calendar. */
  readonly windows: Windows | null
}

/** How often to check whether a window began or ended, ms: at whole seconds, when they do. */
const tickMs = 1_000
const dayMs = 86_400_000
/** Maximum number of windows of a plan in a period. */
const mostWithin = 1_000

/**
 * Determines the windows of plans, and follows their calendars. `onTick` is called each second, and when the plans may have changed, but not for the
 * `first` plans.
 */
export function createPlanTimes<Plan extends TimedPlan>(
  use: string,
  { clock, log, db, slices, userAgent, systemProxy, signal }: PlansDeps,
  onTick: (isChanged: boolean) => void,
  first: readonly Plan[] = [],
) {
  let followed: ReadonlySet<Plan> = new Set(first)
  const outlooks = new Map<Plan, Outlook>()
  const computed = new Map<Plan, { readonly firstDay: number; readonly lastDay: number; readonly spans: readonly Span[] }>()
  const changed = () => {
    // Keep a plan's own windows: they never change, and are expensive to compute.
    for (const known of [outlooks, computed]) for (const plan of known.keys()) if (plan.windows === null || !followed.has(plan)) known.delete(plan)
    onTick(true)
  }
  const calendars = createCalendars({ use, clock, log, db, slices, userAgent, systemProxy, onChange: changed, signal })
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
  const followCalendars = (plans: readonly Plan[]) =>
    calendars.follow(plans.flatMap(({ input: { calendar, zone, proxy } }) => (calendar === null ? [] : [{ calendar, zone, proxy }])))
  followCalendars(first)
  const calendarOf = ({ input: { calendar, zone, proxy } }: Plan) => (calendar === null ? null : calendars.of({ calendar, zone, proxy }))
  const outlook = (plan: Plan, at: number): Outlook => {
    const known = outlooks.get(plan)
    if (known !== undefined && contains(known.valid, at)) return known
    const found = outlookAt(plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? []), at)
    outlooks.set(plan, found)
    return found
  }
  return {
    outlook,
    /** The windows of a plan that overlap a period. */
    within: (plan: Plan, from: number, to: number): readonly Span[] => {
      // By whole days, so that lookups for further streams hit the cache.
      const [firstDay, lastDay] = [Math.floor(from / dayMs), Math.ceil(to / dayMs)]
      const known = computed.get(plan)
      if (known?.firstDay === firstDay && known.lastDay === lastDay) return known.spans
      const windows = plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? [])
      const spans = windows.from(firstDay * dayMs, mostWithin).filter((span) => span.from < lastDay * dayMs)
      computed.set(plan, { firstDay, lastDay, spans })
      return spans
    },
    /** Whether the windows of a plan are known; false: its calendar was never read. */
    isKnown: (plan: Plan): boolean => plan.windows !== null || (calendarOf(plan)?.isKnown ?? false),
    /** Replaces the plans. */
    follow: (plans: readonly Plan[]): void => {
      followed = new Set(plans)
      followCalendars(plans)
      changed()
    },
    /** A plan's times and calendar, for display. */
    shown: (plan: Plan): { calendar: string | null; now: Span | null; next: Span[]; readAt: number | null; problem: CalendarProblem | null } => {
      const { now, next } = outlook(plan, clock.now())
      const { readAt = null, problem = null } = calendarOf(plan) ?? {}
      return { calendar: plan.input.calendar && shownCalendar(plan.input.calendar), now, next: [...next], readAt, problem }
    },
    /** Reads a calendar without following it. */
    read: (ref: CalendarRef, of: AbortSignal) => calendars.read(ref, of),
    settled: calendars.settled,
    close: calendars.close,
  }
}
