import { stat } from 'node:fs/promises'
import type { Clock } from '../../clock/clock.ts'
import type { HostCause, HostFailure } from '../../shared/errors.ts'
import { aboutHost, type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Host, HostInput, HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log, SecretsKey } from '../ports.ts'
import type { WatchList } from '../watching/watchList.ts'
import type { HostCollector } from './hostCollector.ts'
import { type HostSecret, hasSecret, sshAuthOf } from './hostCredentials.ts'
import type { HostRows, HostSettings } from './hostRows.ts'
import { factsOfReading } from './hostSamples.ts'
import { serverIdOf, type Tie, tiesOf } from './hostTies.ts'
import { keepaliveIntervalMs, type SshRoute } from './sshConnection.ts'
import { parseSshTarget } from './sshTarget.ts'

/** A host in the configuration file. Its secrets were resolved when the file was read. */
export type YamlHost = Omit<HostInput, 'serverId' | 'paused'> & {
  /** Name of the media server that runs there. */
  readonly server: string | null
}

/** Seals secrets at rest, in the same way as those of servers. */
export interface HostSecretBox {
  readonly seal: (secret: string, ownerId: string) => Uint8Array
  readonly open: (sealed: Uint8Array, ownerId: string) => string | null
}

export interface HostsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: HostRows
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
export interface MediaWatch {
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
