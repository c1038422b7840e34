import { hostname, networkInterfaces } from 'node:os'
import type { Clock } from '../../clock/clock.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { aboutHost, type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Host, HostInput, HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import { isLoopback } from '../../shared/ipAddresses.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log } from '../ports.ts'
import type { Members, WatchList } from '../watching/watchList.ts'
import type { HostCollector } from './hostCollector.ts'
import { type HostSecret, hasSecret, sshAuthOf } from './hostCredentials.ts'
import type { HostFigures } from './hostRates.ts'
import type { HostRows, HostSettings } from './hostRows.ts'
import { factsOfReading } from './hostSamples.ts'
import type { SshRoute } from './sshConnection.ts'
import { parseSshTarget } from './sshTarget.ts'

/** A host in the configuration file. Its secrets were resolved when the file was read. */
export type YamlHost = Omit<HostInput, 'serverId' | 'paused'> & {
  /** Name of the media server that runs there. */
  readonly server: string | null
}

export interface HostsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: HostRows
  /** Where its hosts are entered for others. */
  readonly members: Members<Host>
  /** null: secrets cannot be stored on this system. */
  readonly box: { readonly seal: (secret: string, ownerId: string) => Uint8Array; readonly open: (sealed: Uint8Array, ownerId: string) => string | null } | null
  /** This machine. Not closed here, because others read it, too. */
  readonly localHost: HostCollector
  readonly createRemote: (route: SshRoute) => HostCollector
  /** known_hosts files that are read for every host. */
  readonly knownHostsFiles: readonly string[]
  readonly append: (batch: SampleBatch) => void
  readonly gap: (hostId: string, at: number) => void
  readonly describe: (hostId: string, at: number, facts: object | null) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Drops caches for a removed host's samples; its history stays. */
  readonly forget: (hostId: string) => void
  /** Forecasts when disks will be full, by path; disks without a forecast are missing. */
  readonly fullAt: (hostId: string, disks: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, number>>
  readonly servers: () => readonly { readonly id: string; readonly name: string; readonly url: string }[]
  /** Global settings of a server, as last read; empty: not known. */
  readonly configurationOf: (serverId: string) => Readonly<Record<string, unknown>>
  /** Whether the console itself has no network, in which case no host counts as down. */
  readonly isOffline: () => boolean
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Whether this machine is added automatically once a media server runs on it. */
  readonly offersThisMachine: boolean
  readonly signal: AbortSignal
}

export interface HostsState extends HostsDeps {
  readonly list: WatchList<Watched, HostSettings, YamlHost>
  ties: ReadonlyMap<string, readonly Tie[]>
  /** Monotonic time until which the ties are valid. */
  tiesUntil: number
  /** Monotonic time of the last check whether to watch this machine. */
  checkedAt: number
}

/** Facts change rarely, so they are compared this often, and when the state changes. */
const describeEveryMs = 30_000

export function event<K extends EventKind>(watched: Watched, kind: K, at: number, facts: FactsOf<K>): NewEvent {
  return newEvent(kind, at, facts, aboutHost(watched))
}

function withForecast(watched: Watched): HostReading | null {
  const { reading, fullAt } = watched
  if (reading === null || fullAt.size === 0) return reading
  return { ...reading, disks: reading.disks.map((disk) => ({ ...disk, fullAt: fullAt.get(disk.mount) ?? disk.fullAt })) }
}

export function shown(hosts: HostsState, watched: Watched): Host {
  const { id, name, origin, settings, state, stateSince, error, answerMs } = watched
  return {
    id,
    name,
    origin,
    ssh: settings.ssh,
    auth: { kind: settings.auth.kind, hasSecret: hasSecret(watched.secret), keyFile: settings.auth.keyFile },
    jump: settings.jump,
    knownHostsFile: settings.knownHostsFile,
    serverId: serverIdOf(hosts, watched),
    serverIds: tiesOf(hosts, watched).map(({ serverId }) => serverId),
    intervalSeconds: settings.intervalSeconds,
    paused: settings.paused,
    state,
    stateSince,
    error,
    answerMs,
    reading: withForecast(watched),
  }
}

/** Sends history what samples can't hold, if it has changed. */
export function describe(hosts: HostsState, watched: Watched, at: number): void {
  watched.describeAt = hosts.clock.monotonic() + describeEveryMs
  if (hosts.list.byId.get(watched.id) !== watched) return
  const { name, settings, state, stateSince, error, reading } = watched
  const facts = {
    name,
    ssh: settings.ssh,
    serverId: serverIdOf(hosts, watched),
    state,
    stateSince,
    error,
    ...(reading && factsOfReading(reading)),
  }
  const mark = JSON.stringify(facts)
  if (mark === watched.describedHash) return
  watched.describedHash = mark
  hosts.describe(watched.id, at, facts)
}

export function setState(hosts: HostsState, watched: Watched, state: HostState, at: number): void {
  if (watched.state === state) return
  watched.state = state
  watched.stateSince = at
  describe(hosts, watched, at)
}

export function routeOf(hosts: HostsState, settings: HostSettings, secret: HostSecret): SshRoute | null {
  const target = settings.ssh === null ? null : parseSshTarget(settings.ssh)
  if (target === null) return null
  return {
    target,
    jump: settings.jump.flatMap((text) => parseSshTarget(text) ?? []),
    auth: sshAuthOf(settings.auth, secret),
    knownHostsFiles: [...(settings.knownHostsFile === null ? [] : [settings.knownHostsFile]), ...hosts.knownHostsFiles],
    accepted: hosts.rows.keysOf,
  }
}

/** A watched host: its settings and its state. Changed in place; `Host` objects are created from it. */
export interface Watched {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  name: string
  settings: HostSettings
  /** The server's name in the configuration file. */
  serverName: string | null
  secret: HostSecret
  state: HostState
  stateSince: number
  error: HostFailure | null
  failures: number
  /** In the current run of failed readings: when the first was requested, and when the last had failed. null: none failed. */
  awayFrom: number | null
  awayTo: number
  /** The event that the host can't be read was recorded, so its return will make an event, too. */
  downRecorded: boolean
  /** When the last reading was made, wall time; null: never. */
  goodAt: number | null
  answerMs: number | null
  reading: HostReading | null
  /** By id of the server. */
  media: Map<string, MediaWatch>
  /** When the last reading came, monotonic ms. */
  readAt: number
  forecastAt: number
  fullAt: ReadonlyMap<string, number>
  describeAt: number
  describedHash: string
  collector: HostCollector | null
  stop: AbortController
}
/** The observed process of the media server. */
interface MediaWatch {
  shown: MediaProcess | null
  /** The process that ended without a replacement. `recorded`: there is already an event. */
  ended: { readonly process: MediaProcess; recorded: boolean } | null
  restarts: number
}

/** How often servers are matched with hosts and ports. */
const tieEveryMs = 5_000
/** A media server on a host. */
export interface Tie {
  readonly serverId: string
  /** By an operator. */
  readonly isLinked: boolean
  /** Port of its API on the host. */
  readonly apiPort: number
}

/** The server that an operator linked to a host; null: none, or it was removed since. */
function serverIdOf(hosts: HostsState, { settings, serverName }: Watched, servers = hosts.servers()): string | null {
  const found = serverName === null ? servers.find(({ id }) => id === settings.serverId) : serverNamed(serverName, servers)
  return found?.id ?? null
}

/** The servers on a host: the one that an operator linked to it, then those with its address. Computed for all hosts at once, because there are many servers. */
export function tiesOf(hosts: HostsState, watched: Watched): readonly Tie[] {
  if (hosts.clock.monotonic() >= hosts.tiesUntil) {
    hosts.tiesUntil = hosts.clock.monotonic() + tieEveryMs
    const servers = hosts.servers()
    const at = serversByHost(servers)
    const linkedTo = new Map(hosts.list.all().map((one) => [one.id, serverIdOf(hosts, one, servers)]))
    const linked = new Set(linkedTo.values())
    hosts.ties = new Map(
      hosts.list.all().map((one) => {
        const own = servers.filter(({ id }) => id === linkedTo.get(one.id))
        const found = at(one.settings.ssh).filter(({ id }) => !linked.has(id))
        return [
          one.id,
          [...own, ...found].map(({ id, url }) => ({ serverId: id, isLinked: own[0]?.id === id, apiPort: apiPortOf(url, hosts.configurationOf(id)) })),
        ] as const
      }),
    )
  }
  return hosts.ties.get(watched.id) ?? []
}

/** The server on a host whose process it shows: the linked one, or the only one. */
export function mainTie(hosts: HostsState, watched: Watched): Tie | null {
  const [first, ...others] = tiesOf(hosts, watched)
  return first !== undefined && (first.isLinked || others.length === 0) ? first : null
}

/** Discards the ties, because settings of servers or hosts have changed. */
export function forgetTies(hosts: HostsState): void {
  hosts.tiesUntil = Number.NEGATIVE_INFINITY
}

/** Finds the servers with the address of a host (`user@host:port`; null: this machine). Names are not resolved. */
export function serversByHost<Server extends { readonly url: string }>(servers: readonly Server[]): (ssh: string | null) => readonly Server[] {
  const own = new Set([hostname().toLowerCase(), ...Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? [])])
  const byAddress = Map.groupBy(servers, ({ url }) => (URL.canParse(url) ? plainHost(new URL(url).hostname) : ''))
  return (ssh) => {
    if (ssh === null) return [...byAddress].flatMap(([address, at]) => (own.has(address) || isLoopback(address) ? at : []))
    const target = parseSshTarget(ssh)
    return (target && byAddress.get(plainHost(target.host))) ?? []
  }
}
const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

/** The server that a host of the configuration file names. */
export function serverNamed<Server extends { readonly name: string }>(name: string | null, servers: readonly Server[]): Server | undefined {
  return servers.find((server) => server.name.toLowerCase() === name?.toLowerCase())
}

/** Port of a media server's API on its own machine: of its configuration if known, because a proxy or a tunnel may show another one. */
export function apiPortOf(url: string, configuration: Readonly<Record<string, unknown>>): number {
  const { apiAddress } = configuration
  const inside = typeof apiAddress === 'string' ? Number(/:(\d{1,5})$/.exec(apiAddress)?.[1] ?? 0) : 0
  if (inside > 0 || !URL.canParse(url)) return inside
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/**
 * The process of a media server: the one that listens at the port of its API, or else the only one, where its ports can't be seen. Never guesses.
 * `apiPort` null: the machine is tied to no server.
 */
export function processOf(processes: readonly MediaProcess[], apiPort: number | null): MediaProcess | null {
  const [found, ...others] = processes.filter(({ ports }) => apiPort !== null && ports?.includes(apiPort))
  if (found !== undefined) return others.length === 0 ? found : null
  const [only, ...more] = processes
  return only !== undefined && more.length === 0 && (apiPort === null || only.ports === null) ? only : null
}

export function withMediaServer(figures: HostFigures, process: MediaProcess | null, restarts: number): HostReading {
  return { ...figures, mediaServer: process && { ...process, restarts } }
}
