import { isFor, type Span } from '../../shared/maintenance.ts'
import { decidingPlans, type OnAirInput, onAirInputSchema } from '../../shared/onAir.ts'
import type { Planned } from '../streams/streamRecord.ts'
import type { PlansDeps } from './calendars.ts'
import { createPlans, type Plan as PlanOf, type PlansRecord } from './plans.ts'
import { joinedWindows, weeklyWindows } from './windows.ts'

interface OnAirDeps extends PlansDeps, PlansRecord {
  /** null: unknown server. */
  readonly serverOf: (serverId: string) => { readonly name: string; readonly tags: readonly string[] } | null
  readonly onChange: () => void
}

export type OnAirPlans = ReturnType<typeof createOnAir>

type Plan = PlanOf<OnAirInput>

/** Maximum number of plans: when one begins or ends, each stream is matched with all of them. */
const mostStored = 200

export function createOnAir(deps: OnAirDeps) {
  const { clock, serverOf, onChange } = deps
  let last = ''
  let plannedBy = new Map<Plan, Planned>()
  /** Cache, as it is read for each stream of a server; cleared on changes. */
  const plansByServer = new Map<string, readonly Plan[]>()
  const plans = createPlans<OnAirInput>(deps, {
    use: 'onAir',
    table: 'on_air',
    schema: onAirInputSchema,
    windowsOf: ({ weekly, zone }) => joinedWindows(weekly.map((hours) => weeklyWindows(hours, zone))),
    mostStored,
    onTick,
  })
  const plannedAt = (plan: Plan, at: number): Planned => {
    const before = plannedBy.get(plan)
    const { now } = plans.outlook(plan, at)
    const isDue = now !== null
    if (before?.isDue === isDue && (now === null || before.since === now.from)) return before
    return { name: plan.input.name, isDue, since: now?.from ?? at }
  }
  function onTick(isChanged: boolean): void {
    const at = clock.now()
    plannedBy = new Map(plans.all().map((plan) => [plan, plannedAt(plan, at)]))
    const state = Array.from(plannedBy, ([plan, { isDue, since }]) => `${plans.isKnown(plan)} ${isDue} ${since}`).join('\n')
    if (!isChanged && state === last) return
    last = state
    plansByServer.clear()
    onChange()
  }
  const plansOf = (serverId: string): readonly Plan[] => {
    if (plannedBy.size === 0) return []
    const known = plansByServer.get(serverId)
    if (known !== undefined) return known
    const server = serverOf(serverId)
    if (server === null) return []
    const found = [...plannedBy.keys()].filter((plan) => plans.isKnown(plan) && isFor({ ...plan.input, streams: [] }, server, null))
    plansByServer.set(serverId, found)
    return found
  }
  const isDue = (plan: Plan): boolean => plannedBy.get(plan)?.isDue ?? false
  const plansFor = (serverId: string, path: string): readonly Plan[] => {
    const fitting = plansOf(serverId).filter(({ input }) => isFor({ tags: [], servers: [], streams: input.streams }, nobody, path))
    return decidingPlans(fitting, ({ input }) => input.streams, path)
  }
  const knownPlan = (id: string): Plan | null => {
    for (const plan of plannedBy.keys()) if (plan.id === id) return plans.isKnown(plan) ? plan : null
    return null
  }
  return {
    ...plans,
    /** When a stream is planned to be on air within a period, by the current plans; null: no plan applies to it. */
    within: (serverId: string, path: string, from: number, to: number): readonly Span[] | null => {
      const of = plansFor(serverId, path)
      return of.length === 0 ? null : of.flatMap((plan) => plans.within(plan, from, to))
    },
    /** The plan that applies to a stream now; null: none. */
    of: (serverId: string, path: string): Planned | null => {
      const of = plansFor(serverId, path)
      const due = of.find(isDue)
      const plan = due ?? of[0]
      const planned = plan && plannedBy.get(plan)
      if (planned === undefined) return null
      return due?.input.streams.includes(path) ? { ...planned, isNamed: true } : planned
    },
    /** The state of a plan, by its id; null: there is none, or its calendar was not read yet. */
    planned: (id: string): Planned | null => {
      const plan = knownPlan(id)
      return plan === null ? null : (plannedBy.get(plan) ?? null)
    },
    /** The times of a plan within a period, in the same way. */
    plannedWithin: (id: string, from: number, to: number): readonly Span[] | null => {
      const plan = knownPlan(id)
      return plan && plans.within(plan, from, to)
    },
    serverChanged: (serverId: string): void => {
      const before = plansByServer.get(serverId)
      if (before === undefined) return
      plansByServer.delete(serverId)
      const now = plansOf(serverId)
      if (now.length !== before.length || now.some((plan, place) => plan !== before[place])) onChange()
    },
    configure: (inputs: readonly OnAirInput[]): void => {
      if (inputs.length > 0 || plans.all().length > 0) plans.configure(inputs)
    },
  }
}

const nobody = { name: '', tags: [] }
