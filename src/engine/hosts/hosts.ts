import { stat } from 'node:fs/promises'
import type { Clock } from '../../clock/clock.ts'
import { every, hash32 } from '../../clock/every.ts'
import type { HostFailure } from '../../shared/errors.ts'
import { type EventKind, type FactsOf, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Host, HostChange, HostInput, HostProcess, HostReading, HostState, MediaProcess } from '../../shared/hosts.ts'
import { messageOf } from '../../shared/messageOf.ts'
import type { RefusalOf } from '../../shared/refusals.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Log, SecretsKey } from '../ports.ts'
import type { YamlChange } from '../watching/watchList.ts'
import { authSettingsOf, type HostSecret, hasSecret, mergedSecret, secretFromText, secretOfAuth, secretToText, sshAuthOf } from './hostCredentials.ts'
import { hostError } from './hostErrors.ts'
import type { HostFigures } from './hostRates.ts'
import { type HostReader, slowIntervalMs } from './hostReader.ts'
import type { HostRow, HostRows, HostSettings } from './hostRows.ts'
import { factsOfReading, failureSample, samplesOf } from './hostSamples.ts'
import { chooseMedia, type MediaChoice, type MediaServerPorts, readingAlone, withMediaServer } from './mediaChoice.ts'
import { proposedServer, runsHere, serverNamed } from './proposedServer.ts'
import type { RemoteHost } from './remoteHost.ts'
import { mediaServerPorts, pprofPort, usualPprofPort } from './serverPorts.ts'
import { keepaliveIntervalMs, type SshRoute } from './sshConnection.ts'
import { parseSshTarget, targetName } from './transport.ts'

/** A host that the configuration file names. Its secrets are resolved by whoever read the file. */
export type YamlHost = Omit<HostInput, 'serverId' | 'paused'> & {
  /** Name of the media server that runs there. */
  readonly server: string | null
}

/** Seals secrets at rest; what the servers' are sealed with. */
export interface HostSecretBox {
  readonly seal: (secret: string, ownerId: string) => Uint8Array
  readonly open: (sealed: Uint8Array, ownerId: string) => string | null
}

export interface HostsDeps {
  readonly clock: Clock
  readonly log: Log
  readonly rows: HostRows
  readonly secretsKey: Pick<SecretsKey, 'words'>
  /** null: secrets can not be stored on this system. */
  readonly box: HostSecretBox | null
  /** This machine. Not closed here: others ask it, too. */
  readonly localHost: HostReader
  readonly createRemote: (route: SshRoute) => RemoteHost
  /** known_hosts files that are read for every host. */
  readonly knownHostsFiles: readonly string[]
  readonly append: (batch: SampleBatch) => void
  readonly gap: (hostId: string, at: number) => void
  readonly describe: (hostId: string, at: number, facts: object | null) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Its past stays; only what speeds up its next sample is dropped. */
  readonly forget: (hostId: string) => void
  /** When a disk will be full, by the history of it, from its path; null: nothing can be said. */
  readonly fullAt: (hostId: string, disks: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, number>>
  readonly servers: () => readonly {
    readonly id: string
    readonly name: string
    readonly url: string
    readonly addressesGiven?: { readonly pprof?: string | null | undefined }
  }[]
  /** Global settings of a server, as it told them last; empty: not known. */
  readonly configurationOf: (serverId: string) => Readonly<Record<string, unknown>>
  /** Asks a server's pprof at an address, with the server's credentials. */
  readonly readGoroutines: (serverId: string, address: string, signal: AbortSignal) => Promise<number | null>
  /** Why the console itself can't see, or null: then no host is blamed. */
  readonly isOffline: () => boolean
  readonly settings: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Adds this machine by itself once a media server runs on it. */
  readonly offersThisMachine: boolean
  readonly signal: AbortSignal
}

export type HostChangeError = 'NOT_FOUND' | 'READ_ONLY' | 'NAME_TAKEN' | 'KEY_UNAVAILABLE'
export type HostTest = { readonly error: HostFailure | null; readonly reading: HostReading | null; readonly way: Host['way'] }
export type HostTestInput = Omit<HostInput, 'name' | 'paused' | 'mediaProcess'> & { readonly id?: string | undefined }

/** Hosts: which machines there are, how to get in, and how they fare. */
export interface Hosts {
  readonly all: () => readonly Host[]
  readonly get: (id: string) => Host | null
  readonly add: (input: HostInput) => Result<Host, HostChangeError>
  readonly update: (id: string, change: HostChange) => Result<Host, HostChangeError>
  readonly remove: (id: string) => Result<null, HostChangeError>
  /** Watches what the configuration file names now; what it no longer names is not watched any more. */
  readonly applyYaml: (inputs: readonly YamlHost[]) => YamlChange
  /** Accepts the key that was met, where it is still the one with that fingerprint. */
  readonly acceptKey: (id: string, target: string, fingerprint: string) => Result<Host, 'NOT_FOUND' | 'OTHER_KEY'>
  readonly test: (input: HostTestInput, signal?: AbortSignal) => Promise<HostTest>
  /** null: there is no such host. */
  readonly processes: (id: string, signal?: AbortSignal) => Promise<Result<readonly HostProcess[], RefusalOf<'hostNotAsked'> | null>>
  /** Servers came, went or moved: this machine may be worth watching now. */
  readonly serversChanged: () => void
  readonly settled: () => Promise<void>
  /** Resolves when all loops have ended after the signal. */
  readonly ended: () => Promise<void>
}

/** So many tries must fail before a host that was read is called down: a connection that broke is made anew at once. */
const failuresUntilDown = 2
const firstRetryMs = 2_000
const longestRetryMs = 60_000
/** Hosts are asked in groups, four a second: waking for each by itself costs twice as much. Of 300, the last of a group is read some 20 ms late so. */
const phaseStepMs = 250
const forecastEveryMs = 900_000
/** The first forecast waits for some samples, and for others to have started. */
const firstForecastMs = 60_000
/** Facts hardly change: they are looked at this often, and when the state changes. */
const describeEveryMs = 30_000
/** Longer than anything that a reader waits for: a host whose reading has not come by then is not up any more, and is read anew. */
const overdueMs = 60_000
/** Of a host that is not up: its turn to connect comes after those of others that don't answer. */
const overdueUnconnectedMs = 600_000
/** While a host waits for a file (a line of known_hosts, another private key) the file is looked at, so that changing it is enough. */
const fileCheckMs = 10_000
/** This machine is read less often than others: its reading takes some ms of its own CPU each. */
const thisMachineSeconds = 2
const lookEveryMs = 5_000
/** Which server runs on which host, and at which ports, is looked at this often. */
const tieEveryMs = 5_000
/** Three times it was asked: after that a count of goroutines is not known any more. */
const goroutinesKeptMs = 95_000
const removedThisMachine = 'hosts.thisMachineRemoved'

/** Nothing but somebody's decision or another credential changes these: they are not tried again by themselves. */
const waitsForSomebody: ReadonlySet<HostFailure['kind']> = new Set([
  'hostKeyUnknown',
  'hostKeyChanged',
  'authRefused',
  'keyUnusable',
  'passphraseWrong',
  'secretMissing',
])

const needsKeepalive = ({ intervalSeconds }: HostSettings): boolean => intervalSeconds * 1000 > keepaliveIntervalMs

/** The media server on a host, and where it listens there. */
interface Tie {
  readonly serverId: string
  readonly ports: MediaServerPorts
  /** Where pprof is asked: from here, at an address; or on the host, at a port, 0 for not at all. */
  readonly pprof: { readonly address: string } | { readonly port: number }
}

/** The media server's process, as it was seen. */
interface MediaWatch {
  shown: MediaProcess | null
  /** It ended, and none came in its place. `told`: that is an event already. */
  ended: { readonly process: MediaProcess; told: boolean } | null
  restarts: number
}
const newMediaWatch = (): MediaWatch => ({ shown: null, ended: null, restarts: 0 })
/** Starts are reckoned from seconds on some systems. */
const isSameProcess = (one: MediaProcess, other: MediaProcess): boolean =>
  one.pid === other.pid && (one.startedAt === null || other.startedAt === null || Math.abs(one.startedAt - other.startedAt) <= 5_000)

interface Watched {
  readonly id: string
  readonly origin: 'stored' | 'yaml'
  name: string
  settings: HostSettings
  /** Of the configuration file: the server's name. */
  serverName: string | null
  secret: HostSecret
  /** Why the stored secret can't be used, in words. */
  withheld: string | null
  state: HostState
  stateSince: number
  error: HostFailure | null
  failures: number
  /** When the failed readings in a row began: the first was asked for, and the last had failed. null: none did. */
  awayFrom: number | null
  awayTo: number
  /** That it can not be read is an event; that it can again will be one. */
  toldDown: boolean
  /** When the last reading was made, wall time; null: never. */
  goodAt: number | null
  way: Host['way']
  answerMs: number | null
  reading: HostReading | null
  media: MediaWatch
  /** Asked from here, where pprof has an address. */
  goroutines: { readonly count: number | null; readonly at: number } | null
  goroutinesAt: number
  /** When the last reading came, monotonic ms. */
  readAt: number
  forecastAt: number
  fullAt: ReadonlyMap<string, number>
  describeAt: number
  toldMark: string
  reader: HostReader | null
  /** What the files that it can wait for were when it was started; null: there are none. */
  files: Promise<{ readonly [K in WaitedFiles]: string }> | null
  stop: AbortController
}
/** Files of a host whose content decides whether it lets us in. */
type WaitedFiles = 'knownHosts' | 'key'
const waitedFilesOf = (route: SshRoute): { readonly [K in WaitedFiles]: readonly string[] } => ({
  knownHosts: route.knownHostsFiles,
  key: route.auth?.kind === 'key' && route.auth.keyFile !== null ? [route.auth.keyFile] : [],
})
async function marksOf(files: readonly string[]): Promise<string> {
  const mark = (file: string) =>
    stat(file, { bigint: true }).then(
      ({ ino, mtimeNs, ctimeNs, size }) => `${ino} ${mtimeNs} ${ctimeNs} ${size}`,
      () => '',
    )
  return (await Promise.all(files.map(mark))).join('\n')
}
async function markFiles(route: SshRoute): Promise<{ readonly [K in WaitedFiles]: string }> {
  const { knownHosts, key } = waitedFilesOf(route)
  return { knownHosts: await marksOf(knownHosts), key: await marksOf(key) }
}

/** Time until the next try after so many failures: it doubles, and differs a little from host to host. */
export function retryMs(id: string, failures: number): number {
  const plain = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(10, Math.max(0, failures - 1)))
  return Math.round(plain * (0.75 + (hash32(`${id} ${failures}`) % 1000) / 2000))
}

export function createHosts(deps: HostsDeps, yamlHosts: readonly YamlHost[]): Hosts {
  const { clock, log, rows, box, record } = deps
  const watchedById = new Map<string, Watched>()
  const running = new Set<Promise<unknown>>()
  const loops = new Set<Promise<unknown>>()

  /** Ends one host's loop, or all of them with the engine. Not by `AbortSignal.any`, whose signals take longer to ask than what is asked of them. */
  const createStop = (): AbortController => {
    const stop = new AbortController()
    if (deps.signal.aborted) stop.abort(deps.signal.reason)
    return stop
  }
  deps.signal.addEventListener('abort', () => {
    for (const watched of watchedById.values()) watched.stop.abort(deps.signal.reason)
  })

  const track = <T>(work: Promise<T>): Promise<T> => {
    running.add(work)
    const done = () => running.delete(work)
    work.then(done, done)
    return work
  }

  const serverIdOf = ({ settings, serverName }: Watched, servers = deps.servers): string | null => {
    if (serverName === null) return settings.serverId
    return serverNamed(serverName, servers())?.id ?? null
  }

  const withForecast = (watched: Watched): HostReading | null => {
    const { reading, fullAt } = watched
    if (reading === null || fullAt.size === 0) return reading
    return { ...reading, disks: reading.disks.map((disk) => ({ ...disk, fullAt: fullAt.get(disk.mount) ?? disk.fullAt })) }
  }

  /** Servers that run on a host already, as somebody said. */
  const tiedServers = (servers = deps.servers): ReadonlySet<string> =>
    new Set([...watchedById.values()].flatMap((watched) => serverIdOf(watched, servers) ?? []))

  const shown = (watched: Watched, servers = deps.servers, taken = tiedServers(servers)): Host => {
    const { id, name, origin, settings, state, stateSince, error, way, answerMs } = watched
    const tied = serverIdOf(watched, servers)
    // The server may have been removed since.
    const serverId = tied !== null && servers().some(({ id: known }) => known === tied) ? tied : null
    return {
      id,
      name,
      origin,
      ssh: settings.ssh,
      auth: { kind: settings.auth.kind, hasSecret: hasSecret(watched.secret), keyFile: settings.auth.keyFile },
      jump: settings.jump,
      knownHostsFile: settings.knownHostsFile,
      serverId,
      proposedServerId: serverId === null ? proposedServer(settings.ssh, servers(), taken) : null,
      mediaProcess: settings.mediaProcess,
      intervalSeconds: settings.intervalSeconds,
      paused: settings.paused,
      state,
      stateSince,
      error,
      way,
      answerMs,
      reading: withForecast(watched),
    }
  }

  let ties: ReadonlyMap<string, Tie> = new Map()
  let tiesUntil = Number.NEGATIVE_INFINITY
  /** The server of a host: tied by somebody, or the only one with its address. All hosts' are found at once, since servers are many. */
  const tieOf = (watched: Watched): Tie | null => {
    if (clock.monotonic() >= tiesUntil) {
      tiesUntil = clock.monotonic() + tieEveryMs
      const servers = deps.servers()
      const taken = tiedServers(() => servers)
      ties = new Map(
        [...watchedById.values()].flatMap((one) => {
          const serverId = serverIdOf(one, () => servers) ?? proposedServer(one.settings.ssh, servers, taken)
          const server = servers.find(({ id }) => id === serverId)
          return server === undefined ? [] : [[one.id, tieTo(server, one.settings.ssh === null)] as const]
        }),
      )
    }
    return ties.get(watched.id) ?? null
  }
  const tieTo = (server: ReturnType<HostsDeps['servers']>[number], isHere: boolean): Tie => {
    const configuration = deps.configurationOf(server.id)
    const given = server.addressesGiven?.pprof ?? null
    const port = pprofPort(configuration)
    const isKnown = Object.keys(configuration).length > 0
    const address = given ?? (isHere && isKnown && port > 0 ? `http://127.0.0.1:${port}` : null)
    return { serverId: server.id, ports: mediaServerPorts(server.url, configuration), pprof: address === null ? { port } : { address } }
  }
  /** Somebody changed what runs where. */
  const forgetTies = (): void => {
    tiesUntil = Number.NEGATIVE_INFINITY
  }

  /** Goroutines of the process that is shown. On the host, any media server may be the one that answers at the port of pprof. */
  const goroutinesOf = (watched: Watched, tie: Tie | null, figures: HostFigures): number | null => {
    if (tie !== null && 'address' in tie.pprof) {
      const { goroutines } = watched
      return goroutines !== null && clock.monotonic() - goroutines.at < goroutinesKeptMs ? goroutines.count : null
    }
    // This machine's pprof is asked at its usual port for all hosts.
    if (watched.settings.ssh === null && tie !== null && 'port' in tie.pprof && tie.pprof.port !== usualPprofPort) return null
    return figures.mediaProcesses.length === 1 || (tie !== null && Object.keys(deps.configurationOf(tie.serverId)).length > 0) ? figures.goroutines : null
  }
  const askGoroutines = (watched: Watched, tie: Tie | null, signal: AbortSignal): void => {
    if (tie === null || !('address' in tie.pprof) || clock.monotonic() < watched.goroutinesAt) return
    watched.goroutinesAt = clock.monotonic() + slowIntervalMs
    track(deps.readGoroutines(tie.serverId, tie.pprof.address, signal)).then(
      (count) => {
        watched.goroutines = { count, at: clock.monotonic() }
      },
      (error) => {
        if (!signal.aborted) log.error({ hostId: watched.id, err: error }, 'its goroutines could not be asked for')
      },
    )
  }

  const event = <K extends EventKind>({ id, name }: Watched, kind: K, at: number, facts: FactsOf<K>): NewEvent =>
    newEvent(kind, at, facts, { serverId: id, serverName: name, path: null })

  /** Tells history what samples can't say, where it is not what was told before. */
  const describe = (watched: Watched, at: number): void => {
    watched.describeAt = clock.monotonic() + describeEveryMs
    if (watchedById.get(watched.id) !== watched) return
    const { name, settings, state, stateSince, error, reading } = watched
    const facts = {
      name,
      ssh: settings.ssh,
      serverId: serverIdOf(watched),
      state,
      stateSince,
      error,
      ...(reading && factsOfReading(reading)),
    }
    const mark = JSON.stringify(facts)
    if (mark === watched.toldMark) return
    watched.toldMark = mark
    deps.describe(watched.id, at, facts)
  }

  const setState = (watched: Watched, state: HostState, at: number): void => {
    if (watched.state === state) return
    watched.state = state
    watched.stateSince = at
    describe(watched, at)
  }

  const routeOf = (settings: HostSettings, secret: HostSecret): SshRoute | null => {
    const target = settings.ssh === null ? null : parseSshTarget(settings.ssh)
    if (target === null) return null
    return {
      target,
      jump: settings.jump.flatMap((text) => parseSshTarget(text) ?? []),
      auth: sshAuthOf(settings.auth, secret),
      knownHostsFiles: [...(settings.knownHostsFile === null ? [] : [settings.knownHostsFile]), ...deps.knownHostsFiles],
      accepted: rows.keysOf,
      keepalive: needsKeepalive(settings),
    }
  }

  const noteRestarts = (watched: Watched, before: HostReading | null, now: HostReading, at: number): void => {
    if (before === null) return
    const sinceMs = clock.monotonic() - watched.readAt
    // It was up for less time than passed since it was read last.
    if (now.uptimeSeconds !== null && before.uptimeSeconds !== null && now.uptimeSeconds < before.uptimeSeconds && now.uptimeSeconds * 1000 < sinceMs + 1000)
      record([event(watched, 'hostRestarted', at, { uptimeSeconds: Math.round(now.uptimeSeconds) })])
  }

  /**
   * Records the end of the media server's process, and the start of another one of the same server: of no process where the host is tied
   * to no server, and no restart where two processes were not both seen at the port of its API.
   */
  const noteMedia = (watched: Watched, choice: MediaChoice, ports: MediaServerPorts | null, processes: readonly MediaProcess[], at: number): void => {
    const { media } = watched
    if (ports === null) {
      media.shown = null
      media.ended = null
      return
    }
    const { shown } = media
    if (shown !== null && !processes.some((one) => isSameProcess(one, shown))) {
      media.shown = null
      media.ended = { process: shown, told: false }
    }
    const { ended } = media
    if (choice.process === null) {
      // Whether another one came in its place is known once that was looked at.
      if (ended === null || ended.told || choice.unknown === 'pending') return
      ended.told = true
      const { pid } = ended.process
      record([event(watched, 'mediaServerEnded', at, { pid })])
      return
    }
    const { pid } = choice.process
    media.shown = choice.process
    if (ended === null) return
    const before = ended.process.pid
    const isOfServer = [ended.process, choice.process].every((process) => process.ports?.includes(ports.api))
    media.ended = null
    if (!isOfServer) return
    media.restarts++
    record([event(watched, 'mediaServerRestarted', at, { pid, before })])
  }

  const succeeded = (watched: Watched, slot: number, startedAt: number, figures: HostFigures, reader: HostReader): void => {
    const remote = 'way' in reader ? (reader as RemoteHost) : null
    const { toldDown, reading: readingBefore, awayFrom, awayTo, goodAt } = watched
    // What was connected first is no reading of that slot any more.
    const at = figures.at - slot > watched.settings.intervalSeconds * 1000 ? figures.at : slot
    watched.failures = 0
    watched.awayFrom = null
    watched.toldDown = false
    watched.goodAt = figures.at
    watched.error = null
    watched.way = remote === null ? 'local' : remote.way()
    watched.answerMs = remote === null ? clock.monotonic() - startedAt : remote.answerMs()
    const tie = tieOf(watched)
    const choice = chooseMedia(figures.mediaProcesses, { chosen: watched.settings.mediaProcess, ports: tie?.ports ?? null }, figures.pendingMedia)
    noteMedia(watched, choice, tie?.ports ?? null, figures.mediaProcesses, at)
    const reading = withMediaServer(figures, choice, watched.media.restarts, goroutinesOf(watched, tie, figures))
    watched.reading = reading
    noteRestarts(watched, readingBefore, reading, at)
    watched.readAt = clock.monotonic()
    setState(watched, 'up', at)
    if (toldDown && goodAt === null) record([event(watched, 'hostUp', at, {})])
    else if (toldDown && goodAt !== null) {
      const minMs = awayFrom === null ? 0 : Math.max(0, awayTo - awayFrom)
      const maxMs = Math.max(minMs, figures.at - goodAt)
      record([event(watched, 'hostUp', at, { minMs, maxMs })])
    }
    for (const batch of samplesOf(watched.id, at, reading, watched.answerMs)) deps.append(batch)
    if (clock.monotonic() >= watched.describeAt) describe(watched, at)
  }

  const failed = (watched: Watched, at: number, error: HostFailure): void => {
    watched.failures++
    watched.error = error
    log.debug({ hostId: watched.id, kind: error.kind, failures: watched.failures }, 'host not read')
    if (waitsForSomebody.has(error.kind)) {
      setState(watched, 'waiting', at)
      const kind = error.kind === 'hostKeyChanged' ? 'hostKeyChanged' : 'hostDown'
      // Where it was never read nothing happened to it: what is asked of somebody stands at the host itself.
      if (watched.reading !== null) watched.toldDown = true
      if (kind === 'hostKeyChanged' || watched.reading !== null) record([event(watched, kind, at, { error: error })])
      deps.append(failureSample(watched.id, at))
      watched.stop.abort()
      watchFiles(watched, error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged' ? 'knownHosts' : 'key')
      return
    }
    if (deps.isOffline()) {
      // Our own network is gone: of the host nothing is known.
      deps.gap(watched.id, at)
      return
    }
    watched.awayFrom ??= at
    watched.awayTo = clock.now()
    if (watched.state !== 'down' && (watched.state !== 'up' || watched.failures >= failuresUntilDown)) {
      setState(watched, 'down', at)
      watched.toldDown = true
      record([event(watched, 'hostDown', at, { error: error })])
    }
    deps.append(failureSample(watched.id, at))
  }

  const forecast = (watched: Watched, disks: HostReading['disks'], signal: AbortSignal): void => {
    if (clock.monotonic() < watched.forecastAt) return
    watched.forecastAt = clock.monotonic() + forecastEveryMs
    const mounts = disks.map(({ mount }) => mount)
    if (mounts.length === 0) return
    track(deps.fullAt(watched.id, mounts, signal)).then(
      (fullAt) => {
        watched.fullAt = fullAt
      },
      (error) => {
        if (!signal.aborted) log.error({ hostId: watched.id, err: error }, 'the forecast of its disks failed')
      },
    )
  }

  const start = (watched: Watched): void => {
    watched.failures = 0
    watched.awayFrom = null
    startReading(watched)
  }
  const startReading = (watched: Watched): void => {
    watched.stop = createStop()
    if (watched.settings.paused) {
      watched.error = null
      watched.toldDown = false
      setState(watched, 'paused', clock.now())
      deps.gap(watched.id, clock.now())
      return
    }
    if (watched.state === 'paused' || watched.state === 'waiting') setState(watched, 'connecting', clock.now())
    const { signal } = watched.stop
    let abandon = (): void => {}
    signal.addEventListener('abort', () => abandon(), { once: true })
    const route = routeOf(watched.settings, watched.secret)
    if (watched.withheld !== null && route !== null && route.auth === null) {
      failed(watched, clock.now(), hostError('secretMissing', { target: targetName(route.target), said: watched.withheld }))
      return
    }
    const reader = route === null ? deps.localHost : deps.createRemote(route)
    watched.reader = reader
    // Before anything of them is read.
    watched.files = route === null ? null : track(markFiles(route))
    if (route !== null)
      signal.addEventListener(
        'abort',
        () => {
          if (watched.reader === reader) watched.reader = null
          reader.close()
        },
        { once: true },
      )
    const intervalMs = () => {
      const usual = watched.settings.intervalSeconds * 1000
      return watched.failures === 0 ? usual : Math.max(usual, retryMs(watched.id, watched.failures))
    }
    const loop = every(clock)(
      // A reader's questions have limits of their own.
      {
        intervalMs,
        timeoutMs: null,
        seed: watched.id,
        phaseStepMs,
        signal,
        onBug: (error) => log.error({ hostId: watched.id, err: error }, 'reading a host failed'),
      },
      async (at, limited) => {
        const startedAt = clock.monotonic()
        const tie = tieOf(watched)
        const target = route === null ? watched.name : targetName(route.target)
        const limitMs = watched.state === 'up' || route === null ? overdueMs : overdueUnconnectedMs
        const isOverdue = (): void => {
          if (signal.aborted) return
          watched.failures = Math.max(watched.failures, failuresUntilDown - 1)
          failed(watched, clock.now(), hostError('timeout', { target, said: `no reading within ${limitMs / 1000} s` }))
          // Nobody knows whether this reading will ever end.
          watched.stop.abort()
          startReading(watched)
        }
        const overdue = clock.setTimeout(isOverdue, limitMs)
        try {
          const reading = new Promise<Awaited<ReturnType<HostReader['read']>>>((resolve, reject) => {
            abandon = () => reject(signal.reason)
            reader.read(limited, tie === null ? undefined : 'port' in tie.pprof ? tie.pprof.port : 0).then(resolve, reject)
          })
          const outcome = await track(reading)
          if (signal.aborted) return
          if (!outcome.ok) return failed(watched, at, outcome.error)
          succeeded(watched, at, startedAt, outcome.value, reader)
          forecast(watched, outcome.value.disks, signal)
          askGoroutines(watched, tie, signal)
        } catch (error) {
          if (signal.aborted) throw error
          // A bug is no reading either: what was read before it must not stand there as if it were new.
          if (watched.error?.kind !== 'internal') log.error({ hostId: watched.id, err: error }, 'reading a host failed by a bug of ours')
          failed(watched, at, hostError('internal', { target, said: messageOf(error) }))
        } finally {
          clock.clearTimeout(overdue)
        }
      },
    )
    loops.add(loop)
    void loop.finally(() => loops.delete(loop))
  }

  const restart = (watched: Watched): void => {
    watched.stop.abort()
    start(watched)
  }

  /** Tries again once the file that it waits for has changed. Nothing is sent anywhere meanwhile. */
  const watchFiles = (watched: Watched, kind: WaitedFiles): void => {
    const route = routeOf(watched.settings, watched.secret)
    const { files: atStart } = watched
    if (route === null || atStart === null || waitedFilesOf(route)[kind].length === 0) return
    watched.stop = createStop()
    const { signal } = watched.stop
    const loop = every(clock)(
      {
        intervalMs: fileCheckMs,
        timeoutMs: fileCheckMs,
        seed: watched.id,
        signal,
        onBug: (error) => log.error({ hostId: watched.id, err: error }, 'the files that a host waits for were not looked at'),
      },
      async () => {
        const [before, now] = await track(Promise.all([atStart, markFiles(route)]))
        if (now[kind] !== before[kind] && !signal.aborted) restart(watched)
      },
    )
    loops.add(loop)
    void loop.finally(() => loops.delete(loop))
  }

  const watch = (of: Pick<Watched, 'id' | 'name' | 'origin' | 'settings' | 'serverName' | 'secret' | 'withheld'>): Watched => {
    const watched: Watched = {
      ...of,
      state: 'connecting',
      stateSince: clock.now(),
      error: null,
      failures: 0,
      awayFrom: null,
      awayTo: Number.NaN,
      toldDown: false,
      goodAt: null,
      way: null,
      answerMs: null,
      reading: null,
      media: newMediaWatch(),
      goroutines: null,
      goroutinesAt: Number.NEGATIVE_INFINITY,
      readAt: 0,
      forecastAt: clock.monotonic() + firstForecastMs + (hash32(of.id) % firstForecastMs),
      fullAt: new Map(),
      describeAt: 0,
      toldMark: '',
      reader: null,
      files: null,
      stop: new AbortController(),
    }
    watchedById.set(watched.id, watched)
    forgetTies()
    return watched
  }

  const settingsOf = (input: Omit<HostInput, 'name'>): HostSettings => ({
    ssh: input.ssh,
    auth: authSettingsOf(input.ssh === null ? null : input.auth),
    jump: input.ssh === null ? [] : input.jump,
    knownHostsFile: input.knownHostsFile,
    serverId: input.serverId,
    mediaProcess: input.mediaProcess,
    intervalSeconds: input.intervalSeconds,
    paused: input.paused,
  })

  const nameTaken = (name: string, exceptId: string | null): boolean =>
    [...watchedById.values()].some((watched) => watched.id !== exceptId && watched.name.toLowerCase() === name.toLowerCase()) ||
    rows.all().some((row) => row.id !== exceptId && row.settings !== null && row.name.toLowerCase() === name.toLowerCase())

  const sealed = (secret: HostSecret, id: string): Uint8Array | null => (box === null || !hasSecret(secret) ? null : box.seal(secretToText(secret), id))

  const add = (input: HostInput): Result<Host, HostChangeError> => {
    if (nameTaken(input.name, null)) return err('NAME_TAKEN')
    const secret = input.ssh === null ? {} : secretOfAuth(input.auth)
    if (box === null && hasSecret(secret)) return err('KEY_UNAVAILABLE')
    // A name that only the configuration file had once keeps its id, and with it its history.
    const idle = rows.all().find((row) => row.settings === null && row.name.toLowerCase() === input.name.toLowerCase())
    const settings = settingsOf(input)
    const id = idle?.id ?? rows.insert({ name: input.name, settings }, clock.now())
    rows.update({ id, name: input.name, settings, sealedSecret: sealed(secret, id) })
    const watched = watch({ id, name: input.name, origin: 'stored', settings, serverName: null, secret, withheld: null })
    describe(watched, clock.now())
    start(watched)
    return ok(shown(watched))
  }

  /** What a host is read with: where any of it changes, reading starts from the beginning. */
  const wayIn = (of: HostSettings) => JSON.stringify([of.ssh, of.auth, of.jump, of.knownHostsFile, of.paused, needsKeepalive(of)])

  const update = (id: string, change: HostChange): Result<Host, HostChangeError> => {
    const watched = watchedById.get(id)
    if (!watched) return err('NOT_FOUND')
    if (watched.origin === 'yaml') return err('READ_ONLY')
    if (change.name !== undefined && nameTaken(change.name, id)) return err('NAME_TAKEN')
    const { settings: before } = watched
    const ssh = change.ssh === undefined ? before.ssh : change.ssh
    const addressed = { ssh, jump: ssh === null ? [] : (change.jump ?? before.jump) }
    const { secret, withheld } =
      ssh === null ? { secret: {}, withheld: false } : mergedSecret({ settings: before, secret: watched.secret }, addressed, change.auth)
    const given = secretOfAuth(change.auth ?? null)
    if (box === null && hasSecret(given)) return err('KEY_UNAVAILABLE')
    const auth = change.auth === undefined ? before.auth : authSettingsOf(change.auth)
    // A key file that is not named again stays, unless a key was given instead of it.
    const keepsFile = change.auth?.kind === 'key' && change.auth.keyFile === undefined && given.key === undefined && before.auth.kind === 'key'
    const settings: HostSettings = {
      ...addressed,
      auth: ssh === null ? authSettingsOf(null) : keepsFile ? { ...auth, keyFile: before.auth.keyFile } : auth,
      knownHostsFile: change.knownHostsFile === undefined ? before.knownHostsFile : change.knownHostsFile,
      serverId: change.serverId === undefined ? before.serverId : change.serverId,
      mediaProcess: change.mediaProcess === undefined ? before.mediaProcess : change.mediaProcess,
      intervalSeconds: change.intervalSeconds ?? before.intervalSeconds,
      paused: change.paused ?? before.paused,
    }
    const name = change.name ?? watched.name
    rows.update({ id, name, settings, sealedSecret: sealed(secret, id) })
    watched.name = name
    watched.settings = settings
    forgetTies()
    // Another process may be meant from now on: it is neither an end nor a restart of the one before.
    if (before.serverId !== settings.serverId || before.mediaProcess !== settings.mediaProcess || before.ssh !== settings.ssh) watched.media = newMediaWatch()
    watched.secret = secret
    watched.withheld = withheld ? 'Its credential was not taken along to the new address: enter it again.' : hasSecret(secret) ? null : watched.withheld
    if (wayIn(before) !== wayIn(settings) || hasSecret(given) || withheld || watched.state === 'waiting') {
      if (before.ssh !== settings.ssh) watched.reading = null
      restart(watched)
    }
    describe(watched, clock.now())
    return ok(shown(watched))
  }

  const unwatch = ({ id, stop }: Watched): void => {
    stop.abort()
    watchedById.delete(id)
    forgetTies()
    deps.describe(id, clock.now(), null)
    deps.gap(id, clock.now())
    deps.forget(id)
  }

  const remove = (id: string): Result<null, HostChangeError> => {
    const watched = watchedById.get(id)
    if (!watched) return err('NOT_FOUND')
    if (watched.origin === 'yaml') return err('READ_ONLY')
    rows.remove(id)
    if (watched.settings.ssh === null) deps.settings.write(removedThisMachine, 'yes')
    unwatch(watched)
    return ok(null)
  }

  let lookedAt = Number.NEGATIVE_INFINITY
  const serversChanged = (): void => {
    // Servers change with each poll.
    if (!deps.offersThisMachine || clock.monotonic() - lookedAt < lookEveryMs) return
    lookedAt = clock.monotonic()
    if ([...watchedById.values()].some(({ settings }) => settings.ssh === null)) return
    if (!runsHere(deps.servers()) || deps.settings.read(removedThisMachine) !== null) return
    const names = ['This machine', ...Array.from({ length: 9 }, (_, n) => `This machine ${n + 2}`)]
    const name = names.find((one) => !nameTaken(one, null))
    if (name === undefined) return
    add({ name, ssh: null, auth: null, jump: [], knownHostsFile: null, serverId: null, mediaProcess: null, intervalSeconds: thisMachineSeconds, paused: false })
  }

  const begin = (watched: Watched): void => {
    describe(watched, clock.now())
    start(watched)
  }

  const watchRow = (row: HostRow, settings: HostSettings): void => {
    const text = row.sealedSecret === null ? null : (box?.open(row.sealedSecret, row.id) ?? null)
    const secret = text === null ? null : secretFromText(text)
    const lost = row.sealedSecret !== null && secret === null
    const withheld = box === null ? deps.secretsKey.words : 'The stored credential can not be read any more (the key changed): enter it again.'
    begin(watch({ id: row.id, name: row.name, origin: 'stored', settings, serverName: null, secret: secret ?? {}, withheld: lost ? withheld : null }))
  }

  /** Takes over what the configuration file says of a host that it named before; false: nothing changed. */
  const updateFromYaml = (watched: Watched, next: Pick<Watched, 'name' | 'settings' | 'serverName' | 'secret'>): boolean => {
    const { settings: before } = watched
    const isOtherWay = wayIn(before) !== wayIn(next.settings) || secretToText(watched.secret) !== secretToText(next.secret)
    const isSame = watched.name === next.name && watched.serverName === next.serverName && JSON.stringify(before) === JSON.stringify(next.settings)
    if (isSame && !isOtherWay) return false
    if (watched.serverName !== next.serverName || before.mediaProcess !== next.settings.mediaProcess || before.ssh !== next.settings.ssh)
      watched.media = newMediaWatch()
    Object.assign(watched, next)
    forgetTies()
    if (before.ssh !== next.settings.ssh) watched.reading = null
    if (isOtherWay) restart(watched)
    describe(watched, clock.now())
    return true
  }

  /** The file's names win over stored ones, which come back when the file no longer has theirs. */
  const applyYaml = (inputs: readonly YamlHost[]): YamlChange => {
    const rowByName = new Map(rows.all().map((row) => [row.name.toLowerCase(), row]))
    const change = { added: [] as string[], changed: [] as string[], removed: [] as string[] }
    const namedIds = new Set<string>()
    for (const { server, ...input } of inputs) {
      const row = rowByName.get(input.name.toLowerCase())
      const id = row?.id ?? rows.insert({ name: input.name, settings: null }, clock.now())
      namedIds.add(id)
      const settings = settingsOf({ ...input, serverId: null, paused: false })
      const next = { name: input.name, settings, serverName: server, secret: input.ssh === null ? {} : secretOfAuth(input.auth) }
      const known = watchedById.get(id)
      if (known?.origin === 'yaml') {
        if (updateFromYaml(known, next)) change.changed.push(input.name)
        continue
      }
      if (row?.settings) log.warn({ host: input.name }, 'a stored host has the same name as one of the configuration file; the file wins')
      if (server !== null && !deps.servers().some((one) => one.name.toLowerCase() === server.toLowerCase()))
        log.warn({ host: input.name, server }, 'the configuration file ties a host to a server that is not there')
      known?.stop.abort()
      begin(watch({ id, origin: 'yaml', withheld: null, ...next }))
      change.added.push(input.name)
    }
    for (const watched of [...watchedById.values()]) {
      if (watched.origin !== 'yaml' || namedIds.has(watched.id)) continue
      unwatch(watched)
      change.removed.push(watched.name)
      const row = rows.all().find(({ id }) => id === watched.id)
      if (row?.settings) watchRow(row, row.settings)
    }
    return change
  }

  applyYaml(yamlHosts)
  for (const row of rows.all()) if (row.settings !== null && !watchedById.has(row.id)) watchRow(row, row.settings)

  return {
    all: () => {
      const servers = deps.servers()
      const taken = tiedServers(() => servers)
      return [...watchedById.values()].map((watched) => shown(watched, () => servers, taken))
    },
    get: (id) => {
      const watched = watchedById.get(id)
      return watched ? shown(watched) : null
    },
    add,
    update,
    remove,
    applyYaml,
    acceptKey: (id, target, fingerprint) => {
      const watched = watchedById.get(id)
      if (!watched) return err('NOT_FOUND')
      const { error } = watched
      const isThat = error !== null && error.target === target && error.fingerprint === fingerprint && error.keyType !== null
      if (!isThat || (error.kind !== 'hostKeyUnknown' && error.kind !== 'hostKeyChanged')) return err('OTHER_KEY')
      rows.acceptKey(target, { keyType: error.keyType ?? '', fingerprint }, clock.now())
      log.info({ hostId: id, target, fingerprint }, 'a host key was accepted')
      // Whoever reads of the change later must see that it was decided. A first contact is none.
      if (error.kind === 'hostKeyChanged') {
        const { keyType, knownFingerprint } = error
        record([event(watched, 'hostKeyAccepted', clock.now(), { target, keyType, fingerprint, knownFingerprint })])
      }
      // Others may be on the way through the same host.
      for (const other of watchedById.values())
        if (other === watched || (other.state === 'waiting' && other.error?.target === target && other.error.fingerprint === fingerprint)) restart(other)
      return ok(shown(watched))
    },
    test: async (input, signal) => {
      const limited = signal ? AbortSignal.any([deps.signal, signal]) : deps.signal
      const settings = settingsOf({ ...input, mediaProcess: null, paused: false })
      const stored = input.id === undefined ? undefined : watchedById.get(input.id)
      const secret = stored === undefined ? secretOfAuth(input.auth) : mergedSecret(stored, settings, input.auth).secret
      const route = routeOf(settings, secret)
      if (route === null) {
        const read = await deps.localHost.read(limited)
        return read.ok ? { error: null, reading: readingAlone(read.value), way: 'local' } : { error: read.error, reading: null, way: null }
      }
      const reader = deps.createRemote(route)
      try {
        const read = await track(reader.read(limited))
        return read.ok ? { error: null, reading: readingAlone(read.value), way: reader.way() } : { error: read.error, reading: null, way: null }
      } finally {
        reader.close()
      }
    },
    processes: async (id, signal) => {
      const watched = watchedById.get(id)
      if (!watched) return err(null)
      const { reader, error, settings } = watched
      if (reader === null || settings.paused) return err({ kind: 'hostNotAsked', name: watched.name, error })
      const limited = signal ? AbortSignal.any([deps.signal, signal]) : deps.signal
      const read = await track(reader.processes(limited))
      return read.ok ? read : err({ kind: 'hostNotAsked', name: watched.name, error: read.error })
    },
    serversChanged,
    settled: async () => {
      while (running.size > 0) await Promise.allSettled(running)
    },
    ended: async () => {
      await Promise.allSettled(loops)
    },
  }
}
