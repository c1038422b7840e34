import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import type { HeartbeatState, Route } from '../../shared/channels.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import type { Log } from '../ports.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { HttpClient } from './httpClient.ts'

/** A URL that an external watchdog expects to be requested at this interval; the URL may be a secret. */
export interface HeartbeatInput {
  readonly url: string
  readonly everySeconds: number
  /** The proxy on the way to it, see `proxySchema`; omitted: none. */
  readonly proxy?: string | undefined
}

/** Shows an external watchdog that this console is alive: without heartbeats, the watchdog raises the alarm. */
export function createHeartbeat({ clock, log, http, signal }: { clock: Clock; log: Log; http: HttpClient; signal: AbortSignal }) {
  let input: HeartbeatInput | null = null
  let running = new AbortController()
  let busy: Promise<void> | null = null
  let okAt: number | null = null
  let failure: SendFailure | null = null
  const beat = async ({ url, proxy }: HeartbeatInput, of: AbortSignal) => {
    const asked = await http.through(proxy).get(url, of)
    if (asked.ok) okAt = clock.now()
    else if (failure === null) log.warn({ failure: asked.failure }, 'the heartbeat did not reach its watchdog')
    failure = asked.ok ? null : asked.failure
  }
  const stop = () => running.abort()
  return {
    configure: (wanted: HeartbeatInput | null): void => {
      if (JSON.stringify(wanted) === JSON.stringify(input)) return
      stop()
      running = new AbortController()
      input = wanted
      okAt = null
      failure = null
      if (wanted === null) return
      const of = AbortSignal.any([signal, running.signal])
      void every(clock)(
        {
          intervalMs: wanted.everySeconds * 1_000,
          timeoutMs: null,
          seed: 'heartbeat',
          signal: of,
          onBug: (error) => log.error({ error }, 'the heartbeat could not be sent'),
        },
        () => {
          busy = beat(wanted, of)
          return busy
        },
      )
    },
    state: (): HeartbeatState | null => input && { origin: new URL(input.url).origin, everySeconds: input.everySeconds, okAt, failure },
    /** Resolves when no request is under way. */
    settled: async (): Promise<void> => {
      await busy?.catch(() => undefined)
    },
    stop,
  }
}

/** Each channel gets a test message when these hours of the week begin. */
export type DrillInput = NonNullable<Route['times']>

export interface DrillDeps {
  readonly clock: Pick<Clock, 'now'>
  /** When hours of the week began last; null: not within a week. */
  readonly weeklyBegins: (weekly: readonly string[], zone: string) => (at: number) => number | null
  /** Stored settings. */
  readonly settings: { readonly read: (key: string) => string | null; readonly note: (key: string, value: string) => void }
  /** When any channel got its last drill; null: never. */
  readonly lastDrillAt: () => number | null
}

const planKey = 'drillPlan'
/** The plan in force, and since when. */
const keptSchema = z.object({ plan: z.string(), since: z.number() })

/** Knows when the drill is due. A drill that was due by the same plan while no console ran is made up for; changed hours count from the change on. */
export function createDrill({ clock, weeklyBegins, settings, lastDrillAt }: DrillDeps) {
  let plan: string | null = null
  let input: DrillInput | null = null
  let beganAt: (at: number) => number | null = () => null
  /** Drills that were due by then are done, or do not count. */
  let doneAt = 0
  return {
    configure: (wanted: DrillInput | null): void => {
      const next = JSON.stringify(wanted)
      if (next === plan) return
      plan = next
      input = wanted
      beganAt = wanted === null ? () => null : weeklyBegins(wanted.weekly, wanted.zone)
      const kept = keptSchema.safeParse(storedJson(settings.read(planKey))).data
      const since = kept?.plan === next ? kept.since : Math.round(clock.now())
      if (kept?.plan !== next) settings.note(planKey, JSON.stringify({ plan: next, since }))
      doneAt = Math.max(since, lastDrillAt() ?? 0)
    },
    input: (): DrillInput | null => input,
    /** Whether the channels are to be tested now, which is said once. */
    isDue: (): boolean => {
      const began = beganAt(clock.now())
      if (began === null || began <= doneAt) return false
      doneAt = began
      return true
    },
  }
}
