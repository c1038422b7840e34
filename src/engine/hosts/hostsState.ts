import { stat } from 'node:fs/promises'
import type { Clock } from '../../clock/clock.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { aboutHost, type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Host, HostInput, HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log, SecretsKey } from '../ports.ts'
import type { Members } from '../watching/members.ts'
import type { WatchList } from '../watching/watchList.ts'
import { type HostCollector, slowIntervalMs } from './hostCollector.ts'
import { type HostSecret, hasSecret, sshAuthOf } from './hostCredentials.ts'
import type { HostFigures } from './hostRates.ts'
import type { HostRows, HostSettings } from './hostRows.ts'
import { factsOfReading } from './hostSamples.ts'
import { defaultPprofPort, type MediaServerPorts, mediaServerPorts, portOfUrl, pprofPort } from './mediaChoice.ts'
import { serverNamed, serversByHost } from './serversAt.ts'
import { keepaliveIntervalMs, type SshRoute } from './sshConnection.ts'
import { parseSshTarget } from './sshTarget.ts'

/** A host in the configuration file. Its secrets were resolved when the file was read. */
export type YamlHost = Omit<HostInput, 'serverId' | 'paused'> & {
  /** Name of the media server that runs there. */
  readonly server: string | null
}

/** Seals secrets at rest, in the same way as those of servers. */
interface HostSecretBox {
  readonly seal: (secret: string, ownerId: string) => Uint8Array
  readonly open: (sealed: Uint8Array, ownerId: string) => string | null
}

export interface HostsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: HostRows
  /** Where its hosts are entered for others. */
  readonly members: Members<Host>
  readonly secretsKey: Pick<SecretsKey, 'kept'>
  /** null: secrets cannot be stored on this system. */
  readonly box: HostSecretBox | null
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
  readonly servers: () => readonly {
    readonly id: string
    readonly name: string
    readonly url: string
    readonly addressesGiven?: { readonly pprof?: string | null | undefined }
  }[]
  /** Global settings of a server, as last read; empty: not known. */
  readonly configurationOf: (serverId: string) => Readonly<Record<string, unknown>>
  /** Reads a server's pprof at an address, with the server's credentials. */
  readonly readGoroutines: (serverId: string, address: string, signal: AbortSignal) => Promise<number | null>
  /** Whether the console itself has no network, in which case no host counts as down. */
  readonly isOffline: () => boolean
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Whether this machine is added automatically once a media server runs on it. */
  readonly offersThisMachine: boolean
  readonly signal: AbortSignal
}

/** State shared by the functions that watch hosts. */
export interface HostsState extends HostsDeps {
  readonly list: WatchList<Watched, HostSettings, YamlHost>
  /** The servers on each host. */
  ties: ReadonlyMap<string, readonly Tie[]>
  /** Monotonic time until which the ties are valid. */
  tiesUntil: number
  /** Monotonic time of the last check whether to watch this machine. */
  checkedAt: number
}

/** Facts change rarely, so they are compared this often, and when the state changes. */
const describeEveryMs = 30_000

export function needsKeepalive({ intervalSeconds }: HostSettings): boolean {
  return intervalSeconds * 1000 > keepaliveIntervalMs
}

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
    mediaProcess: settings.mediaProcess,
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
    keepalive: needsKeepalive(settings),
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
  /** Why the stored secret can't be used. */
  withheld: HostCause | null
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
  /** Ports on which media servers' processes have been seen to listen. */
  readonly listened: Set<number>
  /** Goroutines read from here, if pprof has an address. */
  goroutines: { readonly count: number | null; readonly at: number } | null
  goroutinesAt: number
  /** When the last reading came, monotonic ms. */
  readAt: number
  forecastAt: number
  fullAt: ReadonlyMap<string, number>
  describeAt: number
  describedHash: string
  collector: HostCollector | null
  /** Marks of the files that the host can wait for, taken when reading started; null: it has no such files. */
  files: Promise<{ readonly [K in WaitedFiles]: string }> | null
  stop: AbortController
}
/** The observed process of the media server. */
interface MediaWatch {
  shown: MediaProcess | null
  /** The process that ended without a replacement. `recorded`: there is already an event. */
  ended: { readonly process: MediaProcess; recorded: boolean } | null
  restarts: number
}
export function newMediaWatch(): MediaWatch {
  return { shown: null, ended: null, restarts: 0 }
}

/** Files whose content decides whether we can sign in to a host. */
export type WaitedFiles = 'knownHosts' | 'key'
export function waitedFilesOf(route: SshRoute): { readonly [K in WaitedFiles]: readonly string[] } {
  return {
    knownHosts: route.knownHostsFiles,
    key: route.auth?.kind === 'key' && route.auth.keyFile !== null ? [route.auth.keyFile] : [],
  }
}
async function marksOf(files: readonly string[]): Promise<string> {
  const mark = (file: string) =>
    stat(file, { bigint: true }).then(
      ({ ino, mtimeNs, ctimeNs, size }) => `${ino} ${mtimeNs} ${ctimeNs} ${size}`,
      () => '',
    )
  return (await Promise.all(files.map(mark))).join('\n')
}
export async function markFiles(route: SshRoute): Promise<{ readonly [K in WaitedFiles]: string }> {
  const { knownHosts, key } = waitedFilesOf(route)
  return { knownHosts: await marksOf(knownHosts), key: await marksOf(key) }
}

/** How often servers are matched with hosts and ports. */
const tieEveryMs = 5_000
/** After three missed readings the number of goroutines is unknown. */
const goroutinesKeptMs = 95_000

type KnownServer = ReturnType<HostsDeps['servers']>[number]

/** A media server on a host, and its ports there. */
export interface Tie {
  readonly serverId: string
  /** By an operator. */
  readonly isLinked: boolean
  readonly ports: MediaServerPorts
  /** Where to read pprof: from here, at an address; or on the host itself, at a port, 0 for not at all. */
  readonly pprof: { readonly address: string } | { readonly port: number }
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
        const found = at(one.settings.ssh).filter((server, _, all) => !linked.has(server.id) && runsOn(hosts, one, server, all))
        return [one.id, [...own, ...found].map((server) => tieTo(hosts, server, one.settings.ssh === null, own.includes(server)))] as const
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

/**
 * Whether a server with the address of a host runs there. On this machine that may be the end of a tunnel: not if all of its media servers' processes show
 * their ports, and none has listened at this one. `all`: the servers with this address.
 */
function runsOn(hosts: HostsState, { settings, reading, listened }: Watched, server: KnownServer, all: readonly KnownServer[]): boolean {
  const processes = reading?.mediaProcesses ?? []
  if (settings.ssh !== null || processes.length === 0 || processes.some(({ ports }) => ports === null)) return true
  const outside = portOfUrl(server.url)
  const { api: inside } = mediaServerPorts(server.url, hosts.configurationOf(server.id))
  return listened.has(outside) || (listened.has(inside) && !all.some(({ url }) => portOfUrl(url) === inside))
}

function tieTo(hosts: HostsState, server: KnownServer, isHere: boolean, isLinked: boolean): Tie {
  const configuration = hosts.configurationOf(server.id)
  const given = server.addressesGiven?.pprof ?? null
  const port = pprofPort(configuration)
  const isKnown = Object.keys(configuration).length > 0
  const address = given ?? (isHere && isKnown && port > 0 ? `http://127.0.0.1:${port}` : null)
  return { serverId: server.id, isLinked, ports: mediaServerPorts(server.url, configuration), pprof: address === null ? { port } : { address } }
}

/** Discards the ties, because settings of servers or hosts have changed. */
export function forgetTies(hosts: HostsState): void {
  hosts.tiesUntil = Number.NEGATIVE_INFINITY
}

/** Goroutines of the shown process. On the host itself, any media server may be answering at pprof's port. */
export function goroutinesOf(hosts: HostsState, watched: Watched, tie: Tie | null, figures: HostFigures): number | null {
  if (tie !== null && 'address' in tie.pprof) {
    const { goroutines } = watched
    return goroutines !== null && hosts.clock.monotonic() - goroutines.at < goroutinesKeptMs ? goroutines.count : null
  }
  // This machine's pprof is only read at its default port.
  if (watched.settings.ssh === null && tie !== null && 'port' in tie.pprof && tie.pprof.port !== defaultPprofPort) return null
  return figures.mediaProcesses.length === 1 || (tie !== null && Object.keys(hosts.configurationOf(tie.serverId)).length > 0) ? figures.goroutines : null
}

export function askGoroutines(hosts: HostsState, watched: Watched, tie: Tie | null, signal: AbortSignal): void {
  if (tie === null || !('address' in tie.pprof) || hosts.clock.monotonic() < watched.goroutinesAt) return
  watched.goroutinesAt = hosts.clock.monotonic() + slowIntervalMs
  hosts.list.track(hosts.readGoroutines(tie.serverId, tie.pprof.address, signal)).then(
    (count) => {
      watched.goroutines = { count, at: hosts.clock.monotonic() }
    },
    (error) => {
      if (!signal.aborted) hosts.log.error({ hostId: watched.id, err: error }, 'its goroutines could not be asked for')
    },
  )
}
