import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { mostProbes } from '../../shared/probeIds.ts'
import type { Probe } from '../../shared/probes.ts'
import { readingHoldsMs } from '../../shared/probeTurns.ts'
import { redactUrl } from '../../shared/redact.ts'
import {
  type Elsewhere,
  mostRemoteProbes,
  type RemoteProbe,
  type RemoteProbeError,
  type RemoteProbeInput,
  type RemoteReading,
  type RemoteReadings,
  type RemoteState,
  remoteProbeInputSchema,
  remoteReadingSchema,
  remoteReadingsSchema,
} from '../../shared/remoteProbes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { api, orRefused } from '../api.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { Log } from '../ports.ts'
import { type KeyStore, keepSecret, readSecret } from '../storage/keptSecrets.ts'
import { storedJson } from '../storage/storedJson.ts'

interface RemoteProbesDeps {
  readonly clock: Clock
  readonly log: Log
  readonly kept: KeyStore
  /** Id of this installation: a console that reads itself learns nothing. */
  readonly installation: string
  readonly userAgent: string
  /** This console's probes. */
  readonly probes: () => readonly Probe[]
  readonly signal: AbortSignal
}

/** As often as probes are read at most. */
const everyMs = 10_000
const answerLimitMs = 8_000
/** 2,000 probes take 0.6 MB; with the longest addresses and failures more. */
const longestAnswer = 8_000_000
/** What was read last counts for so long. */
const countsMs = 3 * everyMs
/** A console that refuses the token is asked this often: each try is answered late, and logged there. */
const refusedEveryMs = 300_000

const listKey = 'vantages'
const tokenKey = (name: string) => `vantage token ${idOf(name)}`
const idOf = (name: string) => name.toLowerCase()
const storedSchema = z.array(remoteProbeInputSchema.omit({ token: true }))
type Stored = z.infer<typeof storedSchema>[number]

/** `yaml`: those of the configuration file; null: a bundle is shown, and none is read. */
export function createRemoteProbes(deps: RemoteProbesDeps, yaml: readonly RemoteProbeInput[] | null) {
  const { kept, clock } = deps
  let stored: readonly Stored[] = yaml === null ? [] : (storedSchema.safeParse(storedJson(kept.read(listKey))).data ?? [])
  let ofFile = yaml ?? []
  let watched: readonly Watched[] = []
  const ending = new Set<Promise<void>>()

  /** Those of the file take precedence over stored ones of the same name. What has not changed is read on. */
  const configure = (): void => {
    const fileIds = new Set(ofFile.map(({ name }) => idOf(name)))
    const wanted = [
      ...ofFile.map(({ token, ...input }) => ({ input, origin: 'yaml' as const, token })),
      ...stored
        .filter(({ name }) => !fileIds.has(idOf(name)))
        .map((input) => ({ input, origin: 'stored' as const, token: readSecret(kept, tokenKey(input.name)) })),
    ].slice(0, mostRemoteProbes)
    const markOf = ({ input, origin, token }: Pick<Watched, 'input' | 'origin' | 'token'>) => JSON.stringify([input, origin, token])
    const before = new Map(watched.map((one) => [markOf(one), one]))
    watched = wanted.map((one) => {
      const same = before.get(markOf(one))
      before.delete(markOf(one))
      if (same !== undefined) return same
      const begun = watch(deps, one.input, one.origin, one.token)
      ending.add(begun.ended)
      void begun.ended.finally(() => ending.delete(begun.ended))
      return begun
    })
    for (const one of before.values()) one.stop()
  }
  const find = (name: string) => watched.find(({ input }) => idOf(input.name) === idOf(name))
  const keep = (next: readonly Stored[]): void => {
    stored = next
    kept.note(listKey, JSON.stringify(next))
    configure()
  }
  const shown = (one: Watched): RemoteProbe => {
    const readings = one.readings()
    const { error, readAt } = one.known
    return {
      ...{ name: one.input.name, url: one.input.url, fingerprint: one.input.fingerprint, origin: one.origin, error, readAt },
      state: error !== null ? 'down' : readAt === null ? 'connecting' : 'up',
      shared: deps.probes().filter(({ name }) => readings.has(idOf(name))).length,
      probes: readings.size,
    }
  }
  configure()

  return {
    all: (): RemoteProbe[] => watched.map(shown),
    /** What each of them knows of the probe of this name; those without such a probe are left out. */
    elsewhere: (probeName: string): Elsewhere[] =>
      watched.flatMap((one) => {
        const reading = one.readings().get(idOf(probeName))
        return reading === undefined ? [] : [{ ...reading, vantage: one.input.name }]
      }),
    /** Adds one, or changes it; without a token, the one before stays. */
    put: ({ token, ...edit }: Stored & { readonly token?: string | undefined }) => {
      const before = find(edit.name)
      if (before?.origin === 'yaml') return err('READ_ONLY')
      if (before === undefined && watched.length >= mostRemoteProbes) return err('TOO_MANY')
      // A token stays with its address.
      const known = before?.input.url === edit.url ? before.token : null
      if (token === undefined && known === null) return err('TOKEN_MISSING')
      if (token !== undefined && !keepSecret(kept, tokenKey(edit.name), token)) return err('UNAVAILABLE')
      keep([...stored.filter(({ name }) => idOf(name) !== idOf(edit.name)), edit])
      return ok(shown(find(edit.name) as Watched))
    },
    remove: (name: string) => {
      const before = find(name)
      if (before === undefined) return err('NOT_FOUND')
      if (before.origin === 'yaml') return err('READ_ONLY')
      keepSecret(kept, tokenKey(name), null)
      keep(stored.filter((one) => idOf(one.name) !== idOf(name)))
      return ok(null)
    },
    applyYaml: (inputs: readonly RemoteProbeInput[]): void => {
      ofFile = inputs
      configure()
    },
    /** What this console knows of its probes, for another one. What others know is not passed on. */
    own: (): RemoteReadings => ({
      ...{ product: 'mtxdeck', installation: deps.installation, at: clock.now() },
      probes: deps
        .probes()
        .slice(0, mostProbes)
        .map((probe) => ownReading(probe, clock.now())),
    }),
    /** Resolves when none is being read. */
    settled: async (): Promise<void> => {
      await Promise.allSettled(watched.map(({ known }) => known.busy))
    },
    /** Resolves when all have ended after the signal. */
    ended: async (): Promise<void> => {
      await Promise.allSettled(ending)
    },
  }
}
type RemoteProbes = ReturnType<typeof createRemoteProbes>

/** Whether a probe is up or down at a moment, as far as it is known then. */
function remoteStateOf(probe: Pick<Probe, 'state' | 'readAt' | 'mode' | 'intervalSeconds' | 'lookSeconds'>, now: number): RemoteState {
  if (probe.state === 'down') return 'down'
  return probe.state === 'up' && probe.readAt !== null && now - probe.readAt <= readingHoldsMs(probe) ? 'up' : 'unknown'
}
function ownReading(probe: Probe, now: number): RemoteReading {
  const { name, url, stateSince, readAt, why, reading, grade } = probe
  const state = remoteStateOf(probe, now)
  const isUp = state === 'up'
  return {
    ...{ name, url, state, since: stateSince, readAt },
    why: isUp ? null : why,
    bitrateBps: isUp ? (reading?.bitrateBps ?? null) : null,
    answerMs: isUp ? (reading?.response.answerMs ?? null) : null,
    grade: isUp ? grade : null,
  }
}

type Readings = ReadonlyMap<string, RemoteReading>
const none: Readings = new Map()
const answerSchema = remoteReadingsSchema.extend({ probes: z.array(z.unknown()).max(mostProbes) })

type Watched = ReturnType<typeof watch>
/** Begins to read a remote probe. `token` null: it can't be decrypted. */
function watch({ clock, log, installation, userAgent, signal }: RemoteProbesDeps, input: Stored, origin: RemoteProbe['origin'], token: string | null) {
  const { name, url, fingerprint } = input
  const stop = new AbortController()
  const known = {
    error: null as RemoteProbeError | null,
    readAt: null as number | null,
    readings: none,
    /** Of the last answer, by the other console's clock. */
    answeredAt: null as number | null,
    /** null: nothing is being read. */
    busy: null as Promise<void> | null,
  }
  const begin = (token: string): Promise<void> => {
    const pool = createServerPool({ clock, url, fingerprint, userAgent, maxResponseBytes: longestAnswer, connections: 1 })
    // A proxy may serve the other console below a path.
    const sights = `${withoutSlash(new URL(url).pathname)}/api/probes/sights`
    const read = async (limit: AbortSignal): Promise<void> => {
      const answer = await pool.read(sights, limit, { authorization: `Bearer ${token}`, 'cache-control': 'no-cache' })
      const now = clock.now()
      const found: Result<Answer, RemoteProbeError> = answer.ok
        ? readingsIn(answer.value.status, answer.value.body, installation, now, known.answeredAt)
        : err({ kind: 'connection', error: answer.error })
      if (!found.ok && known.error === null) log.warn({ remoteProbe: name, error: found.error }, 'a remote probe cannot be read')
      known.error = found.ok ? null : found.error
      if (found.ok) Object.assign(known, { readings: found.value.readings, answeredAt: found.value.at, readAt: now })
    }
    const loop = every(clock)(
      {
        intervalMs: everyMs,
        timeoutMs: answerLimitMs,
        seed: `vantage ${name}`,
        phaseStepMs: 100,
        signal: AbortSignal.any([signal, stop.signal]),
        delayMs: () => (known.error?.kind === 'tokenRefused' ? refusedEveryMs : null),
        onBug: (bug) => log.error({ remoteProbe: name, error: bug }, 'a remote probe could not be read, by a bug of ours'),
      },
      (_at, limit) => {
        known.busy = read(limit).finally(() => {
          known.busy = null
        })
        return known.busy
      },
    )
    return loop.then(() => pool.close())
  }
  if (token === null) known.error = { kind: 'connection', error: { kind: 'secretMissing', detail: { kind: 'encryptedWithOtherKey' } } }
  return {
    ...{ input, origin, token },
    known: known as Readonly<typeof known>,
    /** What it knows, by names in lower case, as far as that counts now. Times by our clock. */
    readings: (): Readings => (known.readAt !== null && clock.now() - known.readAt <= countsMs ? known.readings : none),
    stop: (): void => stop.abort(),
    /** Resolves when it has ended after the signal or `stop`. */
    ended: token === null ? Promise.resolve() : begin(token),
  }
}

interface Answer {
  /** By the other console's clock. */
  readonly at: number
  readonly readings: Readings
}
/** What an answer says. Entries that can't be read are left out, not the others. `before`: `at` of the answer before. */
function readingsIn(status: number, body: Buffer, installation: string, now: number, before: number | null): Result<Answer, RemoteProbeError> {
  // Too many wrong tries from here are refused for a while, too.
  if (status === 401 || status === 403 || status === 429) return err({ kind: 'tokenRefused' })
  const { data } = answerSchema.safeParse(status === 200 ? storedJson(body.toString('utf8')) : null)
  // Something in between keeps what it answered once.
  if (data === undefined || data.at === before) return err({ kind: 'unreadable', status })
  if (data.installation === installation) return err({ kind: 'itself' })
  const ahead = data.at - now
  const ours = (at: number) => Math.min(now, Math.max(0, at - ahead))
  const found = data.probes.flatMap((one) => remoteReadingSchema.safeParse(one).data ?? [])
  const readings = new Map(
    found.map((one) => [idOf(one.name), { ...one, url: redactUrl(one.url), since: ours(one.since), readAt: one.readAt === null ? null : ours(one.readAt) }]),
  )
  return ok({ at: data.at, readings })
}

export function remoteProbesRouter(remoteProbes: RemoteProbes) {
  return {
    list: api.remoteProbes.list.handler(() => remoteProbes.all()),
    put: api.remoteProbes.put.handler(({ input, errors }) => orRefused(remoteProbes.put(input), errors)),
    remove: api.remoteProbes.remove.handler(({ input, errors }) => {
      orRefused(remoteProbes.remove(input.name), errors)
    }),
    readings: api.remoteProbes.readings.handler(() => remoteProbes.own()),
  }
}
