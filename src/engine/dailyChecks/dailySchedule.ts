import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { DailySettings } from '../../shared/dailyChecks.ts'
import type { Span } from '../../shared/maintenance.ts'
import { storedJson } from '../storage/storedJson.ts'

export interface ScheduleDeps {
  readonly clock: Pick<Clock, 'now'>
  /** The windows that last at a moment or begin after it, of a time of day on the clocks of a zone, the earliest first. */
  readonly windowsOf: (settings: Pick<DailySettings, 'at' | 'zone' | 'windowMinutes'>) => { readonly from: (at: number, most: number) => readonly Span[] }
  /** Outlives this process. `note` may fail without saying so. */
  readonly kept: { readonly read: (key: string) => string | null; readonly note: (key: string, value: string) => void }
}

const key = 'dailyCheckDone'
const keptSchema = z.object({ plan: z.string(), at: z.number() })
const dayMs = 86_400_000
/** Of a console that was off for longer only the last ones are said to be missed. */
const mostMissed = 31
/** A clock that was set back by more than that has no time in common with what is kept. */
const mostBackMs = dayMs

/** Knows when the daily check is due: at a time of day of a zone, also where its clocks are set. One that is switched on or changed counts from then on. */
export function createDailySchedule({ clock, windowsOf, kept }: ScheduleDeps) {
  let plan = 'off'
  let windows: ReturnType<typeof windowsOf> | null = null
  /** What began by then is done or missed. */
  let doneAt = 0
  /** The first one after that; null: not looked up. */
  let next: Span | null = null

  const note = (at: number): void => {
    doneAt = at
    next = null
    kept.note(key, JSON.stringify({ plan, at: Math.round(at) }))
  }
  const after = (at: number, most: number): readonly Span[] => windows?.from(at, most + 1).filter(({ from }) => from > at) ?? []
  const heedSetBack = (): void => {
    if (doneAt - clock.now() > mostBackMs) note(clock.now())
  }
  return {
    configure: (settings: DailySettings): void => {
      const { enabled, at, zone, windowMinutes } = settings
      const wanted = enabled ? `${at} ${zone}` : 'off'
      windows = enabled ? windowsOf({ at, zone, windowMinutes }) : null
      next = null
      const known = keptSchema.safeParse(storedJson(kept.read(key))).data
      if (known?.plan === wanted) doneAt = known.at
      plan = wanted
      if (known?.plan !== wanted) note(clock.now())
    },
    /** The next one that begins; null: it is off. */
    next: (): Span | null => after(Math.max(doneAt, clock.now()), 1)[0] ?? null,
    /** What was due since the last one that is done: windows that have passed, and the one that lasts. */
    due: (): { readonly missed: readonly Span[]; readonly now: Span | null } => {
      const at = clock.now()
      heedSetBack()
      next ??= after(doneAt, 1)[0] ?? null
      if (next === null || next.from > at) return { missed: [], now: null }
      const begun = after(Math.max(doneAt, at - mostMissed * dayMs), mostMissed + 1).filter(({ from }) => from <= at)
      return { missed: begun.filter(({ to }) => to <= at), now: begun.findLast(({ to }) => to > at) ?? null }
    },
    /** What began up to a moment is done, or said to be missed. */
    done: note,
  }
}
