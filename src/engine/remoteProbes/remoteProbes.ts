import { isDeepStrictEqual } from 'node:util'
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
  remoteProbeInputSchema,
  remoteReadingSchema,
  remoteReadingsSchema,
} from '../../shared/remoteProbes.ts'
import { err, ok } from '../../shared/result.ts'
import { api, orRefused } from '../api.ts'
import { createServerPool } from '../http/serverPool.ts'
import type { WholeReply } from '../http/takeReplies.ts'
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

/** A remote probe, with what is known of it. */
interface Watched {
  readonly input: Stored
  readonly origin: RemoteProbe['origin']
  /** null: it can't be decrypted. */
  readonly token: string | null
  error: RemoteProbeError | null
  readAt: number | null
  /** By names in lower case. Times by our clock. */
  readings: ReadonlyMap<string, RemoteReading>
  /** Of the last answer, by the other console's clock. */
  answeredAt: number | null
  /** Not asked before. */
  waitsUntil: number
}

/** `yaml`: those of the configuration file; null: a bundle is shown, and none is read. */
export function createRemoteProbes(deps: RemoteProbesDeps, yaml: readonly RemoteProbeInput[] | null) {
  const { kept, clock, log } = deps
  let stored: readonly Stored[] = yaml === null ? [] : (storedSchema.safeParse(storedJson(kept.read(listKey))).data ?? [])
  let ofFile = yaml ?? []
  let watched: readonly Watched[] = []
  let stop = new AbortController()
  let busy: Promise<unknown> = Promise.resolve()
  let loops: Promise<unknown> = Promise.resolve()

  /** Reads all of them now and from now on. Those of the file take precedence over stored ones of the same name. */
  const configure = (): void => {
    const fileIds = new Set(ofFile.map(({ name }) => idOf(name)))
    const wanted = [
      ...ofFile.map(({ token, ...input }) => ({ input, origin: 'yaml' as const, token })),
      ...stored
        .filter(({ name }) => !fileIds.has(idOf(name)))
        .map((input) => ({ input, origin: 'stored' as const, token: readSecret(kept, tokenKey(input.name)) })),
    ].slice(0, mostRemoteProbes)
    watched = wanted.map((one) => watched.find(({ input, origin, token }) => isDeepStrictEqual({ input, origin, token }, one)) ?? begun(one))
    stop.abort()
    stop = new AbortController()
    if (watched.length > 0) loops = Promise.all([loops, readOn(AbortSignal.any([deps.signal, stop.signal]))])
  }
  const readOn = (signal: AbortSignal): Promise<void> =>
    every(clock)(
      {
        ...{ intervalMs: everyMs, timeoutMs: answerLimitMs, seed: 'vantages', phaseStepMs: 100, signal },
        onBug: (bug) => log.error({ error: bug }, 'remote probes could not be read, by a bug of ours'),
      },
      async (_at, limit) => {
        const all = watched.map((one) => read(deps, one, limit))
        busy = Promise.allSettled(all)
        await busy
        await Promise.all(all)
      },
    )
  const find = (name: string) => watched.find(({ input }) => idOf(input.name) === idOf(name))
  const keep = (next: readonly Stored[]): void => {
    stored = next
    kept.note(listKey, JSON.stringify(next))
    configure()
  }
  /** What it knows, as far as that counts now. */
  const readingsOf = ({ readAt, readings }: Watched) => (readAt !== null && clock.now() - readAt <= countsMs ? readings : none)
  const shown = (one: Watched): RemoteProbe => {
    const readings = readingsOf(one)
    const { error, readAt, origin } = one
    return {
      ...{ ...one.input, origin, error, readAt },
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
        const reading = readingsOf(one).get(idOf(probeName))
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
    settled: async (): Promise<void> => void (await Promise.allSettled([busy])),
    /** Resolves when nothing is read any more after the signal. */
    ended: async (): Promise<void> => void (await loops),
  }
}
type RemoteProbes = ReturnType<typeof createRemoteProbes>

function ownReading(probe: Probe, now: number): RemoteReading {
  const { name, url, state, stateSince, readAt, why, reading, grade } = probe
  const figures = { bitrateBps: reading?.bitrateBps ?? null, answerMs: reading?.response.answerMs ?? null, grade }
  const known = { name, url, since: stateSince, readAt }
  if (state === 'up' && readAt !== null && now - readAt <= readingHoldsMs(probe)) return { ...known, ...figures, state, why: null }
  return { ...known, state: state === 'down' ? state : 'unknown', why, bitrateBps: null, answerMs: null, grade: null }
}

const none: Watched['readings'] = new Map()
const answerSchema = remoteReadingsSchema.extend({ probes: z.array(z.unknown()).max(mostProbes) })

function begun(one: Pick<Watched, 'input' | 'origin' | 'token'>): Watched {
  const error = one.token === null ? ({ kind: 'connection', error: { kind: 'secretMissing', detail: { kind: 'encryptedWithOtherKey' } } } as const) : null
  return { ...one, error, readAt: null, readings: none, answeredAt: null, waitsUntil: Number.NEGATIVE_INFINITY }
}

async function read({ clock, log, installation, userAgent }: RemoteProbesDeps, one: Watched, signal: AbortSignal): Promise<void> {
  const { name, url, fingerprint } = one.input
  if (one.token === null || clock.monotonic() < one.waitsUntil) return
  const pool = createServerPool({ clock, url, fingerprint, userAgent, maxResponseBytes: longestAnswer, connections: 1 })
  try {
    // A proxy may serve the other console below a path.
    const path = `${withoutSlash(new URL(url).pathname)}/api/probes/sights`
    const answer = await pool.read(path, signal, { authorization: `Bearer ${one.token}`, 'cache-control': 'no-cache' })
    const failed = answer.ok ? takeOver(one, answer.value, installation, clock.now()) : ({ kind: 'connection', error: answer.error } as const)
    if (failed !== null && one.error === null) log.warn({ remoteProbe: name, error: failed }, 'a remote probe cannot be read')
    one.error = failed
    if (failed?.kind === 'tokenRefused') one.waitsUntil = clock.monotonic() + refusedEveryMs
  } finally {
    await pool.close()
  }
}

/** Takes over what an answer says, or returns why it cannot. Entries that can't be read are left out, not the others. */
function takeOver(one: Watched, { status, body }: Pick<WholeReply, 'status' | 'body'>, installation: string, now: number): RemoteProbeError | null {
  // Too many wrong tries from here are refused for a while, too.
  if (status === 401 || status === 403 || status === 429) return { kind: 'tokenRefused' }
  const { data } = answerSchema.safeParse(status === 200 ? storedJson(body.toString('utf8')) : null)
  // Something in between keeps what it answered once.
  if (data === undefined || data.at === one.answeredAt) return { kind: 'unreadable', status }
  if (data.installation === installation) return { kind: 'itself' }
  const ahead = data.at - now
  const ours = (at: number) => Math.min(now, Math.max(0, at - ahead))
  const found = data.probes.flatMap((probe) => remoteReadingSchema.safeParse(probe).data ?? [])
  one.readings = new Map(
    found.map((of) => [idOf(of.name), { ...of, url: redactUrl(of.url), since: ours(of.since), readAt: of.readAt === null ? null : ours(of.readAt) }]),
  )
  one.answeredAt = data.at
  one.readAt = now
  return null
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
