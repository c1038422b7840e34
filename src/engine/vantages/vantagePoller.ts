import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { mostProbes } from '../../shared/probes.ts'
import { redactUrl } from '../../shared/redact.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type Sight, sightSchema } from '../../shared/sights.ts'
import { sightsSchema, type VantageError, type VantageInput } from '../../shared/vantages.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'

/** As often as probes are read at most. */
const everyMs = 10_000
const answerLimitMs = 8_000
/** 2,000 probes take 0.6 MB; with the longest addresses and failures more. */
const longestAnswer = 8_000_000
/** What was seen at the last answer counts for so long. */
const countsMs = 3 * everyMs
/** A console that refuses the token is asked this often: each try is answered late, and logged there. */
const refusedEveryMs = 300_000

const answerSchema = sightsSchema.extend({ probes: z.array(z.unknown()).max(mostProbes) })

/** One other console that is being read. */
export interface VantagePoller {
  readonly state: () => 'connecting' | 'up' | 'down'
  readonly error: () => VantageError | null
  readonly readAt: () => number | null
  /** What it sees, by names in lower case, as far as that counts now. Times by our clock. */
  readonly sights: () => ReadonlyMap<string, Sight>
  /** null: nothing is being read. */
  readonly busy: () => Promise<void> | null
  /** Resolves when it has ended after the signal. */
  readonly ended: Promise<void>
}

interface PollerDeps {
  readonly clock: Clock
  readonly log: Log
  /** Id of our own installation. */
  readonly installation: string
  readonly userAgent: string
  readonly signal: AbortSignal
}

const none: ReadonlyMap<string, Sight> = new Map()

/** Reads what another console sees of its probes. */
export function createVantagePoller(
  { clock, log, installation, userAgent, signal }: PollerDeps,
  { name, url, token, fingerprint }: VantageInput,
): VantagePoller {
  const pool = createServerPool({ clock, url, fingerprint, userAgent, maxResponseBytes: longestAnswer, connections: 1 })
  let error: VantageError | null = null
  let readAt: number | null = null
  let sights = none
  /** Of the last answer, by the other console's clock. */
  let answeredAt: number | null = null
  let busy: Promise<void> | null = null

  const read = async (limit: AbortSignal): Promise<void> => {
    const answer = await pool.read('/api/probes/sights', limit, { authorization: `Bearer ${token}`, 'cache-control': 'no-cache' })
    const now = clock.now()
    const read = answer.ok ? sightsIn(answer.value.status, answer.value.body, installation, now) : err({ kind: 'connection', error: answer.error } as const)
    const seen = read.ok && read.value.at === answeredAt ? err({ kind: 'sameAnswer' } as const) : read
    if (read.ok) answeredAt = read.value.at
    if (!seen.ok && error === null) log.warn({ vantage: name, error: seen.error }, 'another console cannot be read')
    error = seen.ok ? null : seen.error
    if (!seen.ok) return
    sights = seen.value.sights
    readAt = now
  }
  const loop = every(clock)(
    {
      intervalMs: everyMs,
      timeoutMs: answerLimitMs,
      seed: `vantage ${name}`,
      phaseStepMs: 100,
      signal,
      delayMs: () => (error?.kind === 'tokenRefused' ? refusedEveryMs : null),
      onBug: (bug) => log.error({ vantage: name, error: bug }, 'another console could not be read, by a bug of ours'),
    },
    (_at, limit) => {
      busy = read(limit).finally(() => {
        busy = null
      })
      return busy
    },
  )
  return {
    state: () => (error !== null ? 'down' : readAt === null ? 'connecting' : 'up'),
    error: () => error,
    readAt: () => readAt,
    sights: () => (readAt !== null && clock.now() - readAt <= countsMs ? sights : none),
    busy: () => busy,
    ended: loop.then(() => pool.close()),
  }
}

interface SightsAnswer {
  /** By the other console's clock. */
  readonly at: number
  readonly sights: ReadonlyMap<string, Sight>
}
/** What an answer says. Entries that can't be read are left out, not the others. */
function sightsIn(status: number, body: Buffer, installation: string, now: number): Result<SightsAnswer, VantageError> {
  // Too many wrong tries from here are refused for a while, too.
  if (status === 401 || status === 403 || status === 429) return err({ kind: 'tokenRefused' })
  if (status !== 200) return err({ kind: 'notMtxdeck', status })
  const { data } = answerSchema.safeParse(jsonIn(body))
  if (data === undefined) return err({ kind: 'unreadable' })
  if (data.installation === installation) return err({ kind: 'itself' })
  const ahead = data.at - now
  const ours = (at: number) => Math.min(now, Math.max(0, at - ahead))
  const found = data.probes.flatMap((one) => sightSchema.safeParse(one).data ?? [])
  const sights = new Map(
    found.map((sight) => [
      sight.name.toLowerCase(),
      { ...sight, url: redactUrl(sight.url), since: ours(sight.since), readAt: sight.readAt === null ? null : ours(sight.readAt) },
    ]),
  )
  return ok({ at: data.at, sights })
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
