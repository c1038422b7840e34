import { isFor } from '../../shared/maintenance.ts'
import type { OnAir, OnAirInput } from '../../shared/onAir.ts'
import type { Planned } from '../streams/onAirPlan.ts'
import { createPlanTimes, type PlansDeps, type TimedPlan } from './planTimes.ts'
import { weeklyWindows } from './weekly.ts'
import { joinedWindows } from './windows.ts'

export interface OnAirDeps extends PlansDeps {
  /** null: not known yet. */
  readonly serverOf: (serverId: string) => { readonly name: string; readonly tags: readonly string[] } | null
  /** What is expected changed. */
  readonly onChange: () => void
}

/** When streams are expected to be on air. */
export interface OnAirPlans {
  /** What is planned for a stream now; null: nothing is planned for it. */
  readonly of: (serverId: string, path: string) => Planned | null
  /** Paths that are named as they are and expected now. */
  readonly duePaths: (serverId: string) => readonly string[]
  readonly list: () => readonly OnAir[]
  /** The name or the tags of a server may have changed. */
  readonly serverChanged: (serverId: string) => void
  /** The plans of the configuration file. */
  readonly configure: (inputs: readonly OnAirInput[]) => void
  readonly settled: () => Promise<void>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

interface Plan extends TimedPlan {
  readonly input: OnAirInput
  planned: Planned
}

export function createOnAir(deps: OnAirDeps): OnAirPlans {
  const { clock, serverOf, onChange } = deps
  let plans: readonly Plan[] = []
  let last = ''
  /** Asked for each stream of a server: kept until something changes. */
  const plansByServer = new Map<string, readonly Plan[]>()
  const times = createPlanTimes<Plan>('onAir', deps, look)
  function look(isChanged: boolean): void {
    const at = clock.now()
    for (const plan of plans) {
      const { now } = times.outlook(plan, at)
      const isDue = now !== null
      if (plan.planned.isDue !== isDue || (now !== null && plan.planned.since !== now.from)) {
        plan.planned = { name: plan.input.name, isDue, since: now?.from ?? at }
      }
    }
    const state = plans.map((plan) => `${times.isKnown(plan)} ${plan.planned.isDue} ${plan.planned.since}`).join('\n')
    if (!isChanged && state === last) return
    last = state
    plansByServer.clear()
    onChange()
  }
  const plansOf = (serverId: string): readonly Plan[] => {
    if (plans.length === 0) return plans
    const known = plansByServer.get(serverId)
    if (known !== undefined) return known
    const server = serverOf(serverId)
    if (server === null) return []
    const found = plans.filter((plan) => times.isKnown(plan) && isFor({ ...plan.input, streams: [] }, server, null))
    plansByServer.set(serverId, found)
    return found
  }
  return {
    of: (serverId, path) => {
      const of = plansOf(serverId).filter(({ input }) => isFor({ tags: [], servers: [], streams: input.streams }, nobody, path))
      const due = of.find(({ planned }) => planned.isDue)
      if (due === undefined) return of[0]?.planned ?? null
      return due.input.streams.includes(path) ? { ...due.planned, isNamed: true } : due.planned
    },
    duePaths: (serverId) => plansOf(serverId).flatMap(({ planned, input }) => (planned.isDue ? input.streams.filter((pattern) => !isPattern(pattern)) : [])),
    list: () => plans.map((plan): OnAir => ({ ...plan.input, ...times.shown(plan) })),
    serverChanged: (serverId) => {
      const before = plansByServer.get(serverId)
      if (before === undefined) return
      plansByServer.delete(serverId)
      const now = plansOf(serverId)
      if (now.length !== before.length || now.some((plan, place) => plan !== before[place])) onChange()
    },
    configure: (inputs) => {
      if (inputs.length === 0 && plans.length === 0) return
      plans = inputs.map((input) => ({
        input,
        windows: input.calendar === null ? joinedWindows(input.weekly.map((hours) => weeklyWindows(hours, input.zone))) : null,
        planned: { name: input.name, isDue: false, since: clock.now() },
      }))
      times.follow(plans)
    },
    settled: times.settled,
    [Symbol.asyncDispose]: times.close,
  }
}

const isPattern = (name: string): boolean => name.includes('*') || name.startsWith('~')
const nobody = { name: '', tags: [] }
