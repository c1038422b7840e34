import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import {
  type EnteredReadiness,
  type EnteredValues,
  enteredValuesSchema,
  type HeartbeatState,
  type ReadinessPart,
  type Route,
  readinessParts,
} from '../../shared/channels.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { zoneSchema } from '../../shared/maintenance.ts'
import { readWeekly } from '../../shared/onAir.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SendFailure } from '../../shared/sendFailures.ts'
import { countSchema, knownKeys, proxySchema, refused, severalSuchAs, suchAs } from '../../shared/written.ts'
import type { Log } from '../ports.ts'
import { type KeyStore, keepSecret, readSecret } from '../storage/keptSecrets.ts'
import { storedJson } from '../storage/storedJson.ts'
import { httpUrl } from './channelKind.ts'
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

const mostSeconds = 86_400
/** How often a watcher elsewhere is asked, s. */
export const everySecondsSchema = countSchema(10, mostSeconds)
export const defaultEverySeconds = 60

/** A drill as it is typed, in a configuration file or in the console. */
export const drillSchema = knownKeys({
  days: severalSuchAs('MO', (days) => readWeekly(`${days} 00:00-24:00`) !== null).optional(),
  at: suchAs('10:00', (at) => readWeekly(`MO ${at}-24:00`) !== null),
  zone: zoneSchema,
}).transform(({ days = ['MO'], at, zone }): DrillInput => ({ weekly: [`${days.join(',')} ${at}-24:00`], zone }))

const heartbeatSchema = knownKeys({ url: httpUrl, everySeconds: everySecondsSchema.optional(), proxy: proxySchema.optional() }).transform(
  ({ url, everySeconds = defaultEverySeconds, proxy }): HeartbeatInput => ({ url, everySeconds, proxy }),
)
export const originSchema = z.string().transform((text, ctx) => {
  if (!URL.canParse(text) || !/^https?:/.test(text)) return refused(ctx, { kind: 'notSuchAs', example: 'https://noc.example.org' })
  const { origin, pathname } = new URL(text)
  return pathname === '/' ? origin : refused(ctx, { kind: 'pathInOrigin', path: pathname })
})
const publicUrlSchema = knownKeys({ publicUrl: originSchema }).transform(({ publicUrl }): string => publicUrl)
const forms = { heartbeat: heartbeatSchema, drill: drillSchema, publicUrl: publicUrlSchema }

/** What is in force; null: there is none. */
export interface ReadinessInput {
  readonly heartbeat: HeartbeatInput | null
  readonly drill: DrillInput | null
  readonly publicUrl: string | null
}

const storedSchema = z.object({ entries: enteredValuesSchema, by: z.string(), at: z.number() })
type Stored = z.infer<typeof storedSchema>
type Wrong = readonly z.core.$ZodIssue[]

interface ReadinessEditsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly kept: KeyStore
  readonly onChange: () => void
  readonly record: (events: readonly NewEvent[]) => void
}

/** What operators enter of the heartbeat, the drill and the public address. Where the configuration file has one of them, that one counts. */
export function createReadinessEdits({ clock, kept, onChange, record }: ReadinessEditsDeps) {
  const keyOf = (part: ReadinessPart) => `entered ${part}`
  const stored = new Map(
    readinessParts.flatMap((part) => {
      const read = storedSchema.safeParse(storedJson(readSecret(kept, keyOf(part)))).data
      return read === undefined ? [] : [[part, read] as const]
    }),
  )
  let ofFile: ReadinessInput = { heartbeat: null, drill: null, publicUrl: null }
  const inputOf = <Part extends ReadinessPart>(part: Part) => forms[part].safeParse(stored.get(part)?.entries).data ?? null
  const store = (part: ReadinessPart, next: Stored | null, by: string): Result<void, 'UNAVAILABLE'> => {
    if (!keepSecret(kept, keyOf(part), next && JSON.stringify(next))) return err('UNAVAILABLE')
    const what = next === null ? 'removed' : stored.has(part) ? 'changed' : 'added'
    if (next === null) stored.delete(part)
    else stored.set(part, next)
    record([newEvent('readinessEdited', clock.now(), { part, by, what })])
    onChange()
    return ok(undefined)
  }
  return {
    /** Those of the configuration file. */
    configure: (input: ReadinessInput): void => {
      ofFile = input
    },
    inForce: (): ReadinessInput => ({
      heartbeat: ofFile.heartbeat ?? (inputOf('heartbeat') as HeartbeatInput | null),
      drill: ofFile.drill ?? (inputOf('drill') as DrillInput | null),
      publicUrl: ofFile.publicUrl ?? (inputOf('publicUrl') as string | null),
    }),
    /** As it was typed, without the URL, which may be a secret; null: it is in the configuration file, or there is none. */
    entered: (part: ReadinessPart): EnteredReadiness | null => {
      const known = ofFile[part] === null ? stored.get(part) : undefined
      if (known === undefined) return null
      const { url: _, ...entries } = known.entries
      return { ...known, entries }
    },
    /** What is left out of the URL stays as it was. */
    put: (part: ReadinessPart, typed: EnteredValues, by: string): Result<void, 'FORBIDDEN' | 'UNAVAILABLE' | Wrong> => {
      if (ofFile[part] !== null) return err('FORBIDDEN')
      const { url } = stored.get(part)?.entries ?? {}
      const entries = {
        ...(part === 'heartbeat' && url !== undefined && { url }),
        ...Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== '')),
      }
      const read = forms[part].safeParse(entries)
      return read.success ? store(part, { entries, by, at: clock.now() }, by) : err(read.error.issues)
    },
    remove: (part: ReadinessPart, by: string): Result<void, 'FORBIDDEN' | 'UNAVAILABLE'> => {
      if (ofFile[part] !== null) return err('FORBIDDEN')
      return stored.has(part) ? store(part, null, by) : ok(undefined)
    },
  }
}
export type ReadinessEdits = ReturnType<typeof createReadinessEdits>
