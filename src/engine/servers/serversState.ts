import { type Clock, notBefore } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { ServerCaution } from '../../shared/cautions.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import { aboutServer, type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import { type Server, type ServerInput, type ServerState, staleAfterMs } from '../../shared/servers.ts'
import type { SampleBatch } from '../history/history.ts'
import type { KeptServer } from '../past/keptFacts.ts'
import type { Log, SecretsKey } from '../ports.ts'
import type { Streams } from '../streams/streams.ts'
import type { Members, WatchList } from '../watching/watchList.ts'
import type { MediaServerClient } from './mediaServerClient.ts'
import type { ConfigurationReading, ServerAccess } from './readings.ts'
import type { createSameEndpoints } from './sameEndpoints.ts'
import type { createSecretBox } from './secretBox.ts'
import { authorizationHeader, type ServerRows, type ServerSettings } from './serverRows.ts'
import { keptOf, serverCpuPercent, type Watched, watchedToServer } from './watchedServer.ts'

export interface ServersDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: ServerRows
  /** Where its servers are entered for others, and beside them the hosts of their APIs; null: it is paused. */
  readonly members: Members<Server>
  readonly hosts: Members<readonly [id: string, host: string] | null>
  readonly secretsKey: SecretsKey
  readonly createClient: (access: ServerAccess) => MediaServerClient
  readonly streams: Streams
  readonly slices: Slices
  readonly append: (batch: SampleBatch) => void
  readonly gap: (serverId: string, at: number) => void
  /** Sends history what samples can't hold about a server, valid from `at` on; null: no longer watched. Never contains a secret. */
  readonly describe: (serverId: string, at: number, facts: KeptServer | null) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** The server's configuration was read; `shown` has no secrets. */
  readonly configurationRead: (serverId: string, shown: ConfigurationReading['shown']) => void
  /** Reports how many paths a server lists, and how many times new names were left out since the last call. */
  readonly heard: (server: { readonly id: string; readonly name: string }, paths: number, leftOutPaths: number) => void
  readonly onChange: (serverId: string) => void
  readonly onRemoved: (serverId: string) => void
  /** Polling may use this share of one of a server's cores, percent. */
  readonly costLimitPercent: number
  /** Whether this machine has any network interface other than loopback. */
  readonly hasNetwork?: () => boolean
  /** For benchmarks: time from the last byte of a round's answers until its samples are handed on, ms. */
  readonly onRoundHandled?: (ms: number) => void
  readonly signal: AbortSignal
}

export interface ServersState extends ServersDeps {
  readonly list: WatchList<Watched, ServerSettings, ServerInput>
  /** null: secrets cannot be stored on this system. */
  readonly box: ReturnType<typeof createSecretBox> | null
  /** The caution for secrets that can't be stored; null: all can be stored. */
  readonly keptForLaunch: ServerCaution | null
  readonly launchedAt: number
  /** The console's own network is gone. */
  isOffline: boolean
  /** Why the changed configuration file is not used, in words; null: it is. */
  yamlTrouble: ServerCaution | null
  readonly sameEndpoints: ReturnType<typeof createSameEndpoints>
  lastBeat: number
  haltedNotedAt: number
}

export function event<K extends EventKind>(watched: Watched, kind: K, at: number, facts: FactsOf<K>): NewEvent {
  return newEvent(kind, at, facts, aboutServer(watched))
}

export function setState(watched: Watched, state: ServerState, at: number): void {
  if (watched.state === state) return
  watched.state = state
  watched.stateSince = at
  if (state === 'up' || state === 'paused') watched.outageSince = null
  else if (state !== 'connecting') watched.outageSince ??= watched.lastAnswerAt ?? at
}

export function accessFor(watched: Watched): ServerAccess {
  return {
    serverId: watched.id,
    url: withoutSlash(watched.settings.url),
    authorization: authorizationHeader(watched.settings.auth.kind, watched.settings.auth.user, watched.secret),
    fingerprint: watched.settings.fingerprint,
    gate: watched.gate,
  }
}

/**
 * The interval at which answers of so many bytes stay within the share of one of the server's cores that polling may use: the requested one, lengthened
 * in steps of half a second if necessary.
 */
export function affordableMs({ costLimitPercent }: Pick<ServersState, 'costLimitPercent'>, askedMs: number, bytes: number): number {
  const percentAtAsked = serverCpuPercent(bytes / (askedMs / 1000))
  return percentAtAsked <= costLimitPercent ? askedMs : Math.ceil((askedMs * percentAtAsked) / costLimitPercent / 500) * 500
}

export function intervalFor(servers: ServersState, watched: Watched) {
  return affordableMs(servers, watched.settings.intervalSeconds * 1000, watched.bytesPerRound ?? 0)
}

export function staleAfterOf(servers: ServersState, watched: Watched) {
  return staleAfterMs(intervalFor(servers, watched), watched.roundMs)
}

export function shown(servers: ServersState, watched: Watched): Server {
  return watchedToServer(watched, {
    intervalMs: intervalFor(servers, watched),
    totals: servers.streams.totals(watched.id),
    keptForLaunch: servers.keptForLaunch,
    yamlTrouble: servers.yamlTrouble,
    sameEndpoints: servers.sameEndpoints(watched),
  })
}

/** Publishes a change of a server at that moment to the live feed, and to history what is not in its samples. */
export function changed(servers: ServersState, watched: Watched, at: number): void {
  const kept: KeptServer = { ...keptOf(shown(servers, watched)), launchedAt: servers.launchedAt, streams: servers.streams.statusOf(watched.id) }
  const mark = JSON.stringify(kept)
  // Late results of a removed server are dropped.
  if (mark !== watched.describedHash && servers.list.byId.get(watched.id) === watched) {
    watched.describedHash = mark
    watched.describedAt = notBefore(watched.describedAt, at)
    servers.describe(watched.id, watched.describedAt, kept)
  }
  servers.onChange(watched.id)
}
