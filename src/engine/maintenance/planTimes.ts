import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { Slices } from '../../clock/slices.ts'
import { type CalendarProblem, type Span, shownCalendar } from '../../shared/maintenance.ts'
import type { Log } from '../ports.ts'
import type { Database } from '../storage/openDatabase.ts'
import { createCalendarRows } from './calendarRows.ts'
import { type CalendarRef, createCalendars } from './calendars.ts'
import { type Outlook, outlookAt } from './outlook.ts'
import { listedWindows, type Windows } from './windows.ts'

/** What everything that follows plans is created with. */
export interface PlansDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  readonly slices: Slices
  readonly userAgent: string
  readonly signal: AbortSignal
}

/** Something that is planned: windows of its own, or those of a calendar. */
export interface TimedPlan {
  readonly input: { readonly calendar: string | null; readonly zone: string }
  /** null: those of its calendar. */
  readonly windows: Windows | null
}

/** How often it is looked whether a window began or ended, ms: at whole seconds, at which they do. */
const lookMs = 1_000
const dayMs = 86_400_000
/** Windows of a plan in a period. */
const mostWithin = 1_000

/**
 * Knows when the windows of plans are, and follows their calendars. `look` is called each second, and when what is planned may have changed; for the
 * first plans it is not.
 */
export function createPlanTimes<Plan extends TimedPlan>(
  use: string,
  { clock, log, db, slices, userAgent, signal }: PlansDeps,
  look: (isChanged: boolean) => void,
  first: readonly Plan[] = [],
) {
  let followed: ReadonlySet<Plan> = new Set(first)
  const outlooks = new Map<Plan, Outlook>()
  const past = new Map<Plan, { readonly firstDay: number; readonly lastDay: number; readonly spans: readonly Span[] }>()
  const changed = () => {
    // A plan's own windows never change, and take long to find.
    for (const known of [outlooks, past]) for (const plan of known.keys()) if (plan.windows === null || !followed.has(plan)) known.delete(plan)
    look(true)
  }
  const calendars = createCalendars({ use, clock, log, rows: createCalendarRows(db), slices, userAgent, onChange: changed, signal })
  void every(clock)(
    {
      intervalMs: lookMs,
      firstDelayMs: lookMs,
      timeoutMs: null,
      seed: use,
      signal,
      onBug: (error) => log.error({ error, use }, 'what is planned could not be looked at'),
    },
    async () => look(false),
  )
  const followCalendars = (plans: readonly Plan[]) =>
    calendars.follow(plans.flatMap(({ input: { calendar, zone } }) => (calendar === null ? [] : [{ calendar, zone }])))
  followCalendars(first)
  const calendarOf = ({ input: { calendar, zone } }: Plan) => (calendar === null ? null : calendars.of({ calendar, zone }))
  const outlook = (plan: Plan, at: number): Outlook => {
    const known = outlooks.get(plan)
    if (known !== undefined && holds(known.valid, at)) return known
    const found = outlookAt(plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? []), at)
    outlooks.set(plan, found)
    return found
  }
  return {
    outlook,
    /** Its windows that lie at least in part in a period. */
    within: (plan: Plan, from: number, to: number): readonly Span[] => {
      // By whole days, so that looking for the next stream costs nothing.
      const [firstDay, lastDay] = [Math.floor(from / dayMs), Math.ceil(to / dayMs)]
      const known = past.get(plan)
      if (known?.firstDay === firstDay && known.lastDay === lastDay) return known.spans
      const windows = plan.windows ?? listedWindows(calendarOf(plan)?.spans ?? [])
      const spans = windows.from(firstDay * dayMs, mostWithin).filter((span) => span.from < lastDay * dayMs)
      past.set(plan, { firstDay, lastDay, spans })
      return spans
    },
    /** Whether a plan says anything: a calendar that was never read says nothing. */
    isKnown: (plan: Plan): boolean => plan.windows !== null || (calendarOf(plan)?.isKnown ?? false),
    /** From now on these are planned. */
    follow: (plans: readonly Plan[]): void => {
      followed = new Set(plans)
      followCalendars(plans)
      changed()
    },
    /** A plan's times and calendar as they are shown. */
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

/** Whether a moment is within a time. */
export const holds = ({ from, to }: Span, at: number): boolean => at >= from && at < to
