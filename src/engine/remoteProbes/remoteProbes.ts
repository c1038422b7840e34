import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import { every } from '../../clock/every.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { knownEntries } from '../../shared/knownEntries.ts'
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
type Stored = Omit<RemoteProbeInput, 'token'>

type Wanted = RemoteProbeInput & Pick<RemoteProbe, 'origin'>

/** `yaml`: those of the configuration file; null: a bundle is shown, and none is read. */
export function createRemoteProbes(deps: RemoteProbesDeps, yaml: readonly RemoteProbeInput[] | null) {
  const { kept, clock } = deps
  let stored: readonly Stored[] = yaml === null ? [] : (storedSchema.safeParse(storedJson(kept.read(listKey))).data ?? [])
  let ofFile = yaml ?? []
  let watched: readonly Watched[] = []
  const loops: Promise<void>[] = []

  /** Reads all of them from now on. Those of the file take precedence over stored ones of the same name. */
  const configure = (): void => {
    const fileIds = new Set(ofFile.map(({ name }) => idOf(name)))
    const own = stored.filter(({ name }) => !fileIds.has(idOf(name)))
    const wanted: readonly Wanted[] = [
      ...ofFile.map((one) => ({ ...one, origin: 'yaml' as const })),
      // A token that can't be decrypted has to be entered again, like one that the other console refuses.
      ...own.map((one) => ({ ...one, origin: 'stored' as const, token: readSecret(kept, tokenKey(one.name)) ?? '' })),
    ]
    const before = watched
    watched = wanted.slice(0, mostRemoteProbes).map((one) => before.find(({ of }) => isDeepStrictEqual(of, one)) ?? watch(deps, one))
    for (const one of before) if (!watched.includes(one)) one.stop()
    loops.push(...watched.filter((one) => !before.includes(one)).map(({ loop }) => loop))
  }
  const find = (name: string) => watched.find(({ of }) => idOf(of.name) === idOf(name))
  const keep = (next: readonly Stored[]): void => {
    stored = next
    kept.note(listKey, JSON.stringify(next))
    configure()
  }
  const shown = ({ of: { token: _, ...of }, known: { error, readAt }, readings }: Watched): RemoteProbe => {
    const valid = readings()
    return {
      ...{ ...of, error, readAt },
      state: error !== null ? 'down' : readAt === null ? 'connecting' : 'up',
      shared: deps.probes().filter(({ name }) => valid.has(idOf(name))).length,
      probes: valid.size,
    }
  }
  configure()

  return {
    all: (): RemoteProbe[] => watched.map(shown),
    /** What each of them knows of the probe of this name; those without such a probe are left out. */
    elsewhere: (probeName: string): Elsewhere[] => watched.flatMap(({ readings }) => readings().get(idOf(probeName)) ?? []),
    /** Adds one, or changes that of the same name; without a token, the one before stays with its address. */
    put: ({ token, ...edit }: Stored & { readonly token?: string | undefined }) => {
      const before = find(edit.name)
      if (before?.of.origin === 'yaml') return err('READ_ONLY')
      if (before === undefined && watched.length >= mostRemoteProbes) return err('TOO_MANY')
      // One that can't be decrypted is none.
      if (token === undefined && (before?.of.url !== edit.url || before.of.token === '')) return err('TOKEN_MISSING')
      if (token !== undefined && !keepSecret(kept, tokenKey(edit.name), token)) return err('UNAVAILABLE')
      keep([...stored.filter(({ name }) => idOf(name) !== idOf(edit.name)), edit])
      return ok(shown(find(edit.name) as Watched))
    },
    remove: (name: string) => {
      const before = find(name)
      if (before === undefined) return err('NOT_FOUND')
      if (before.of.origin === 'yaml') return err('READ_ONLY')
      keepSecret(kept, tokenKey(name), null)
      keep(stored.filter((one) => idOf(one.name) !== idOf(name)))
      return ok(null)
    },
    applyYaml: (inputs: readonly RemoteProbeInput[]): void => {
      ofFile = inputs
      configure()
    },
    /** What this console knows of its probes, for another one. What others know is not passed on. */
    own: (): RemoteReadings => {
      const at = clock.now()
      const own = deps.probes().slice(0, mostProbes)
      return { product: 'mtxdeck', installation: deps.installation, at, probes: own.map((probe) => ownReading(probe, at)) }
    },
    settled: async (): Promise<void> => void (await Promise.allSettled(watched.map(({ known }) => known.reading))),
    /** Resolves when nothing is read any more after the signal. */
    ended: async (): Promise<void> => void (await Promise.all(loops)),
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

const answerSchema = remoteReadingsSchema.extend({ probes: z.array(z.unknown()).max(mostProbes) })
type Readings = ReadonlyMap<string, Elsewhere>

type Watched = ReturnType<typeof watch>
/** Reads a remote probe until it is stopped, or this console stops. */
function watch({ clock, log, installation, userAgent, signal }: RemoteProbesDeps, of: Wanted) {
  const { name, url, fingerprint, token } = of
  const known = {
    error: null as RemoteProbeError | null,
    readAt: null as number | null,
    /** By names in lower case. Times by our clock. */
    readings: new Map() as Readings,
    /** Of the last answer, by the other console's clock. */
    answeredAt: null as number | null,
    reading: Promise.resolve(),
  }
  /** Takes over what an answer says, or returns why it cannot. Entries that can't be read are left out, not the others. */
  const takeOver = ({ status, body }: Pick<WholeReply, 'status' | 'body'>): RemoteProbeError | null => {
    // Too many wrong tries from here are refused for a while, too.
    if (status === 401 || status === 403 || status === 429) return { kind: 'tokenRefused' }
    const { data } = answerSchema.safeParse(status === 200 ? storedJson(body.toString('utf8')) : null)
    // Something in between keeps what it answered once.
    if (data === undefined || data.at === known.answeredAt) return { kind: 'unreadable', status }
    if (data.installation === installation) return { kind: 'itself' }
    const now = clock.now()
    const ours = (at: number) => Math.min(now, Math.max(0, at + now - data.at))
    const found = knownEntries(remoteReadingSchema, data.probes)
    known.readings = new Map(
      found.map((one) => {
        const readAt = one.readAt === null ? null : ours(one.readAt)
        return [idOf(one.name), { ...one, vantage: name, url: redactUrl(one.url), since: ours(one.since), readAt }]
      }),
    )
    known.answeredAt = data.at
    known.readAt = now
    return null
  }
  const pool = createServerPool({ clock, url, fingerprint, userAgent, maxResponseBytes: longestAnswer, connections: 1 })
  const read = async (limit: AbortSignal): Promise<void> => {
    // A proxy may serve the other console below a path.
    const path = `${withoutSlash(new URL(url).pathname)}/api/probes/sights`
    const answer = await pool.read(path, limit, { authorization: `Bearer ${token}`, 'cache-control': 'no-cache' })
    const failed = answer.ok ? takeOver(answer.value) : ({ kind: 'connection', error: answer.error } as const)
    if (failed !== null && known.error === null) log.warn({ remoteProbe: name, error: failed }, 'a remote probe cannot be read')
    known.error = failed
  }
  const stopped = new AbortController()
  const loop = every(clock)(
    {
      ...{ intervalMs: everyMs, timeoutMs: answerLimitMs, seed: `vantage ${name}`, phaseStepMs: 100, signal: AbortSignal.any([signal, stopped.signal]) },
      delayMs: () => (known.error?.kind === 'tokenRefused' ? refusedEveryMs : null),
      onBug: (error) => log.error({ error }, 'remote probes could not be read, by a bug of ours'),
    },
    (_at, limit) => {
      known.reading = read(limit)
      return known.reading
    },
  ).finally(pool.close)
  return {
    ...{ of, known, loop },
    /** What it knows, as far as that counts now. */
    readings: (): Readings => (known.readAt !== null && clock.now() - known.readAt <= countsMs ? known.readings : new Map()),
    stop: () => stopped.abort(),
  }
}

export function remoteProbesRouter(remoteProbes: RemoteProbes) {
  return {
    list: api.remoteProbes.list.handler(() => remoteProbes.all()),
    put: api.remoteProbes.put.handler(({ input, errors }) => orRefused(remoteProbes.put(input), errors)),
    remove: api.remoteProbes.remove.handler(({ input, errors }) => void orRefused(remoteProbes.remove(input.name), errors)),
    readings: api.remoteProbes.readings.handler(() => remoteProbes.own()),
  }
}
