import { z } from 'zod'
import { type Clock, doublingMs, hurriedPause } from '../../clock/clock.ts'
import {
  type Canary,
  type CanaryError,
  type CanaryReadProtocol,
  type CanarySettings,
  canaryReaderName,
  canarySettingsSchema,
  mostCanaries,
  type YamlCanary,
} from '../../shared/canaries.ts'
import type { MediaError, PublishProtocol } from '../../shared/media.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { Server } from '../../shared/servers.ts'
import type { CanaryState } from '../alarms/causes.ts'
import { api, orRefused } from '../api.ts'
import type { MediaPort } from '../ports.ts'
import type { CanarySource, CanarySourceFault } from '../previews/streamSources.ts'
import type { YamlProbe } from '../probes/probes.ts'
import { storedJson } from '../storage/storedJson.ts'

/** Where a test signal is published or read, with credentials; `withheld`: there are some, and they may not be sent there. */
type CanarySourceOf = (
  serverId: string,
  protocol: CanaryReadProtocol | PublishProtocol,
  use: 'publish' | 'read',
  path: string,
) => Result<CanarySource, CanarySourceFault>

interface WantedCanary extends Readonly<Pick<Canary, 'serverId' | 'server' | 'origin'>> {
  readonly settings: CanarySettings
  readonly isPaused: boolean
}
/** One that is published, or waits for its server. */
interface WatchedCanary extends WantedCanary {
  readonly path: string
  readonly stop: AbortController
  /** Changes with what is wanted. */
  readonly mark: string
  state: Canary['state']
  stateSince: number
  error: CanaryError | null
  pictures: number
  skipped: number
  hurry: () => void
}

/** How long it may take until a server takes it, and from one message of the media process to the next, ms. */
const answerMs = 15_000
const firstRetryMs = 1_000
const longestRetryMs = 60_000
/** A server that refuses our credentials is asked ever more rarely: each try is a line in its log, and some lock users out. */
const longestRefusalMs = 3_600_000

type PublishDeps = Pick<CanariesDeps, 'clock' | 'media' | 'sourceOf'>

/** Publishes it until the signal aborts, again and again where it breaks off. */
async function publishOn(deps: PublishDeps, canary: WatchedCanary, signal: AbortSignal): Promise<void> {
  const enter = (state: Canary['state'], error: CanaryError | null) => {
    if (canary.state !== state) canary.stateSince = deps.clock.now()
    canary.state = state
    canary.error = error
  }
  for (let failures = 0; !signal.aborted; ) {
    const error = await publishOnce(deps, canary, signal, (sent) => {
      if (canary.state !== 'publishing') {
        canary.pictures = 0
        canary.skipped = 0
      }
      failures = 0
      canary.pictures += sent.pictures
      canary.skipped += sent.skipped
      enter('publishing', null)
    })
    if (signal.aborted) return
    failures++
    enter('failed', error)
    await hurriedPause(deps.clock, canary, doublingMs(failures, firstRetryMs, error.kind === 'refused' ? longestRefusalMs : longestRetryMs), signal)
  }
}

async function publishOnce(
  { media, sourceOf }: PublishDeps,
  { serverId, settings: { publishBy }, path }: WatchedCanary,
  signal: AbortSignal,
  onSent: (sent: { readonly pictures: number; readonly skipped: number }) => void,
): Promise<CanaryError> {
  if (media?.publish === undefined) return { kind: 'notPublished', error: { kind: 'unavailable', because: 'noProcess' } }
  const source = sourceOf(serverId, publishBy, 'publish', path)
  if (!source.ok) return { kind: source.error }
  const { credentials, ...to } = source.value
  const error = await media.publish({ ...to, protocol: publishBy, answerMs }, onSent, signal)
  if (isRefusal(error)) return { kind: credentials === 'withheld' ? 'withheld' : 'refused' }
  return { kind: 'notPublished', error }
}

/** By SRT a server that refuses says no more than that; by RTMP some do. */
const isRefusal = ({ kind }: MediaError): boolean => kind === 'unauthorized' || kind === 'refused'

/** By this project, lists of probes can be filtered. It is data, so it is the same in every language. */
const project = 'mtxdeck-canary'
const lookSeconds = 6

/**
 * The probe that reads a test signal back: continuously, but by HLS, where a reader that was held up once stays as far behind, and sound and picture keep
 * the timeline of their first segment. There each look begins at the live edge, as a player does.
 */
export function probeOfCanary({ name, url, serverId, protocol }: CanaryReader): YamlProbe {
  const mode = protocol === 'hls' ? 'turns' : 'continuous'
  const { paused: _, ...input } = probeInputSchema.parse({ name, url, project, mode, lookSeconds, intervalSeconds: 10 })
  return { ...input, canary: { serverId, protocol } }
}

/** A stream that reads a canary back. */
export interface CanaryReader {
  readonly name: string
  /** With credentials. */
  readonly url: string
  readonly serverId: string
  readonly protocol: CanaryReadProtocol
}

export interface CanariesDeps {
  readonly clock: Clock
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** null: this console can't publish. */
  readonly media: Pick<MediaPort, 'publish'> | null
  /** Mark of this installation, in the path and in addresses. */
  readonly tag: string
  readonly servers: () => readonly Pick<Server, 'id' | 'name' | 'paused' | 'state'>[]
  readonly sourceOf: CanarySourceOf
  /** Reads these from now on, and no others. */
  readonly read: (readers: readonly CanaryReader[]) => void
  /** Id of the probe of this name; null: there is none. */
  readonly probeIdOf: (name: string) => string | null
  readonly signal: AbortSignal
}

type CanaryChangeError = 'NOT_FOUND' | 'NO_CANARY' | 'READ_ONLY' | 'TOO_MANY'

const listKey = 'canaries'
const storedSchema = z.record(z.string(), canarySettingsSchema)

/** Test signals that are published to servers and read back. `yaml`: null: a bundle is shown, and nothing is published. */
export function createCanaries(deps: CanariesDeps, yaml: readonly YamlCanary[] | null) {
  const { clock, kept, signal } = deps
  let stored: Readonly<Record<string, CanarySettings>> = yaml === null ? {} : (storedSchema.safeParse(storedJson(kept.read(listKey))).data ?? {})
  let ofFile = yaml ?? []
  let watched: readonly WatchedCanary[] = []
  let readMark = '[]'
  /** Ids of the servers that answered when they were last looked at. */
  let answering: ReadonlySet<string> = new Set()
  const loops = new Set<Promise<void>>()
  const pathOf = ({ path }: CanarySettings) => path ?? `mtxdeck-canary-${deps.tag}`

  const wanted = (): WantedCanary[] =>
    deps
      .servers()
      .flatMap(({ id, name, paused }) => {
        const file = ofFile.find(({ server }) => server.toLowerCase() === name.toLowerCase())
        const { server: _, ...ofThisFile } = file ?? { server: '' }
        const settings = file === undefined ? stored[id] : canarySettingsSchema.parse(ofThisFile)
        return settings === undefined
          ? []
          : [{ serverId: id, server: name, settings, isPaused: paused, origin: file === undefined ? ('stored' as const) : ('yaml' as const) }]
      })
      .slice(0, mostCanaries)

  const readersOf = ({ serverId, server, settings, isPaused }: WatchedCanary): CanaryReader[] =>
    isPaused
      ? []
      : settings.readBy.flatMap((protocol) => {
          const source = deps.sourceOf(serverId, protocol, 'read', pathOf(settings))
          return source.ok ? [{ name: canaryReaderName(server, protocol), url: source.value.url, serverId, protocol }] : []
        })
  const configure = (): void => {
    if (yaml === null || signal.aborted) return
    const before = new Map(watched.map((one) => [one.mark, one]))
    watched = wanted().map((one) => {
      const mark = JSON.stringify(one)
      const same = before.get(mark)
      before.delete(mark)
      if (same !== undefined) return same
      const began: WatchedCanary = {
        ...one,
        mark,
        path: pathOf(one.settings),
        stop: new AbortController(),
        state: one.isPaused ? 'paused' : 'connecting',
        stateSince: clock.now(),
        error: null,
        pictures: 0,
        skipped: 0,
        hurry: () => {},
      }
      if (!one.isPaused) {
        const loop = publishOn(deps, began, AbortSignal.any([signal, began.stop.signal]))
        loops.add(loop)
        void loop.finally(() => loops.delete(loop))
      }
      return began
    })
    for (const { stop } of before.values()) stop.abort()
    const readers = watched.flatMap(readersOf)
    const mark = JSON.stringify(readers)
    if (mark === readMark) return
    readMark = mark
    deps.read(readers)
    // An address that was missing, or another one, may be there now.
    for (const { hurry } of watched) hurry()
  }
  const shown = ({ settings, serverId, server, origin, path, state, stateSince, error, pictures, skipped, isPaused }: WatchedCanary): Canary => ({
    ...{ serverId, server, origin, path, state, stateSince, error, pictures, skipped },
    publishBy: settings.publishBy,
    readBy: settings.readBy,
    readers: settings.readBy.map((protocol) => {
      const source = deps.sourceOf(serverId, protocol, 'read', path)
      return {
        protocol,
        probeId: source.ok && !isPaused ? deps.probeIdOf(canaryReaderName(server, protocol)) : null,
        error: source.ok ? null : { kind: source.error },
      }
    }),
  })
  const keep = (next: Readonly<Record<string, CanarySettings>>): void => {
    stored = next
    kept.write(listKey, JSON.stringify(next))
    configure()
  }
  const editable = (serverId: string): Result<null, CanaryChangeError> => {
    const server = deps.servers().find(({ id }) => id === serverId)
    if (server === undefined) return err('NOT_FOUND')
    return ofFile.some((one) => one.server.toLowerCase() === server.name.toLowerCase()) ? err('READ_ONLY') : ok(null)
  }
  configure()

  return {
    all: (): Canary[] => watched.map(shown),
    /** How the canary stands that a probe reads back; null: it reads none. `isRead`: whether a probe can be read now. */
    stateOf: (probeId: string, isRead: (probeId: string) => boolean): CanaryState | null => {
      const canary = watched.map(shown).find(({ readers }) => readers.some((reader) => reader.probeId === probeId))
      if (canary === undefined) return null
      const read = Map.groupBy(
        canary.readers.flatMap((reader) => (reader.probeId === null ? [] : [{ by: reader.protocol.toUpperCase(), isRead: isRead(reader.probeId) }])),
        (reader) => reader.isRead,
      )
      const namesOf = (wanted: boolean) => (read.get(wanted) ?? []).map(({ by }) => by)
      return {
        server: canary.server,
        publishBy: canary.publishBy.toUpperCase(),
        isPublished: canary.state === 'publishing',
        readBy: namesOf(true),
        notReadBy: namesOf(false),
      }
    },
    put: (serverId: string, settings: CanarySettings): Result<Canary, CanaryChangeError> => {
      const may = editable(serverId)
      if (!may.ok) return may
      // One that is stored may have given way to those of the file.
      if (!watched.some((one) => one.serverId === serverId) && watched.length >= mostCanaries) return err('TOO_MANY')
      keep({ ...stored, [serverId]: settings })
      return ok(shown(watched.find((one) => one.serverId === serverId) as WatchedCanary))
    },
    remove: (serverId: string): Result<null, CanaryChangeError> => {
      const may = editable(serverId)
      if (!may.ok) return may
      if (stored[serverId] === undefined) return err('NO_CANARY')
      keep(Object.fromEntries(Object.entries(stored).filter(([id]) => id !== serverId)))
      return ok(null)
    },
    applyYaml: (inputs: readonly YamlCanary[]): void => {
      ofFile = inputs
      configure()
    },
    /** A server came, went, or has other addresses. Called with each poll of each server: most consoles have no canary. */
    serversChanged: (): void => {
      if (watched.length === 0 && ofFile.length === 0 && Object.keys(stored).length === 0) return
      configure()
      // After an outage the next try may be a minute away, and its readers would find no signal on a server that is well.
      const before = answering
      answering = new Set(deps.servers().flatMap(({ id, state }) => (state === 'up' ? [id] : [])))
      for (const { serverId, hurry } of watched) if (answering.has(serverId) && !before.has(serverId)) hurry()
    },
    /** Resolves when nothing is published any more, after the signal. */
    ended: async (): Promise<void> => {
      await Promise.all(loops)
    },
  }
}
export type Canaries = ReturnType<typeof createCanaries>

export function canariesRouter(canaries: Canaries) {
  return {
    list: api.canaries.list.handler(() => canaries.all()),
    put: api.canaries.put.handler(({ input: { serverId, ...settings }, errors }) => orRefused(canaries.put(serverId, settings), errors)),
    remove: api.canaries.remove.handler(({ input, errors }) => {
      orRefused(canaries.remove(input.serverId), errors)
    }),
  }
}
