import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { Route } from '../../shared/channels.ts'
import { storedJson } from '../storage/storedJson.ts'

/** Each channel gets a test message when these hours of the week begin. */
export type DrillInput = NonNullable<Route['times']>

export interface DrillDeps {
  readonly clock: Pick<Clock, 'now'>
  /** When hours of the week began last; null: not within a week. */
  readonly weeklyBegins: (weekly: readonly string[], zone: string) => (at: number) => number | null
  /** Outlives this process. */
  readonly settings: {
    readonly read: (key: string) => string | null
    /** May fail without saying so. */
    readonly note: (key: string, value: string) => void
  }
  /** When a channel got its last drill, or any of them; null: never. */
  readonly lastDrillAt: (channel?: string) => number | null
}

/** Under which the plan is kept, with the moment since when it counts. */
const planKey = 'drillPlan'
/** Under which it is kept which channels are being tested, and since when. */
const runKey = 'drillRun'
const runSchema = z.object({ at: z.number(), channels: z.array(z.string()) })
const keptSchema = z.object({ plan: z.string(), since: z.number() })

/**
 * Knows when the drill is due. One that was due by the same plan while no console ran is made up for, and one that a console did not finish is finished:
 * hours that are changed count from then on.
 */
export function createDrill({ clock, weeklyBegins, settings, lastDrillAt }: DrillDeps) {
  let plan: string | null = null
  let input: DrillInput | null = null
  let beganAt: (at: number) => number | null = () => null
  /** What began by then is done, or does not count. */
  let doneAt = 0
  /** Channels that the console before left out, as it ended. */
  let left: readonly string[] = []
  return {
    configure: (wanted: DrillInput | null): void => {
      const next = JSON.stringify(wanted)
      if (next === plan) return
      plan = next
      input = wanted
      beganAt = wanted === null ? () => null : weeklyBegins(wanted.weekly, wanted.zone)
      const now = clock.now()
      const kept = keptSchema.safeParse(storedJson(settings.read(planKey))).data
      left = []
      if (kept?.plan === next) {
        doneAt = Math.max(kept.since, lastDrillAt() ?? 0)
        const run = runSchema.safeParse(storedJson(settings.read(runKey))).data
        left = run?.channels.filter((name) => (lastDrillAt(name) ?? 0) < run.at) ?? []
      } else {
        doneAt = now
        settings.note(planKey, JSON.stringify({ plan: next, since: Math.round(now) }))
      }
    },
    input: (): DrillInput | null => input,
    /** Which of these channels are to be tested now, which is said once. */
    due: (channels: readonly string[]): readonly string[] => {
      const [at, late] = [clock.now(), left]
      left = []
      const began = beganAt(at)
      if (began === null || began <= doneAt) return late.filter((name) => channels.includes(name))
      doneAt = began
      settings.note(runKey, JSON.stringify({ at: Math.round(at), channels }))
      return channels
    },
    finished: (): void => settings.note(runKey, 'null'),
  }
}
