import { randomBytes, randomUUID } from 'node:crypto'
import { createSlices } from '../clock/slices.ts'
import type { Language } from '../i18n/languages.ts'
import type { Alarm } from '../shared/alarms.ts'
import type { YamlCanary } from '../shared/canaries.ts'
import type { DailySettings } from '../shared/dailyChecks.ts'
import type { NewEvent } from '../shared/events.ts'
import type { OnAirInput } from '../shared/onAir.ts'
import { type Operator, soleOperator } from '../shared/permissions.ts'
import type { RemoteProbeInput } from '../shared/remoteProbes.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import type { Problem } from '../shared/validationErrors.ts'
import type { DefaultStreams } from '../shared/webrtc.ts'
import { createActing, wireRemedies } from './createActing.ts'
import { type AlertingInput, createAlerting } from './createAlerting.ts'
import { createFileApplying } from './createFileApplying.ts'
import { createLookingBack } from './createLookingBack.ts'
import { createObserving } from './createObserving.ts'
import { createPictures } from './createPictures.ts'
import { createProbing } from './createProbing.ts'
import { createServerLogs } from './createServerLogs.ts'
import { createWatchedHosts } from './createWatchedHosts.ts'
import { createWatchedServers } from './createWatchedServers.ts'
import { createExporter, type Exporter } from './exporter/exporter.ts'
import type { FirstPast } from './firstPast.ts'
import { createFleet } from './fleet/fleet.ts'
import { createServerBudget } from './history/serverBudget.ts'
import type { YamlHost } from './hosts/hosts.ts'
import { createIntake } from './intake.ts'
import { keyFramesApart, noPartsYet, watchedNow } from './lateParts.ts'
import type { Acknowledging } from './notifications/acknowledging.ts'
import { openStore, type Store } from './openStore.ts'
import { createOwnState, ownTroubles } from './ownState.ts'
import type { Past } from './past/past.ts'
import type { EnginePorts } from './ports.ts'
import type { WebrtcRelay } from './previews/webrtcRelay.ts'
import type { YamlProbe } from './probes/probes.ts'
import { createRouter, type EngineRouter } from './router.ts'
import { createSecretBox } from './servers/secretBox.ts'
import { type StorageError, storageError } from './storage/storageTrouble.ts'
import type { Streams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** A server listed in the configuration file. Its secret is already resolved. */
export type YamlServer = ServerInput
export type { YamlHost } from './hosts/hosts.ts'
export type { YamlProbe } from './probes/probes.ts'

export interface EngineOptions extends Partial<AlertingInput> {
  /** Servers from the configuration file: marked as such and not editable; they take precedence over stored servers of the same name. */
  readonly yamlServers?: readonly YamlServer[]
  /** Hosts from the configuration file; the same rules apply. */
  readonly yamlHosts?: readonly YamlHost[]
  /** Probes from the configuration file; the same rules apply. */
  readonly yamlProbes?: readonly YamlProbe[]
  readonly yamlRemoteProbes?: readonly RemoteProbeInput[]
  readonly yamlCanaries?: readonly YamlCanary[]
  /** When streams are expected to be on air. */
  readonly onAir?: readonly OnAirInput[]
  /** Where browsers reach this console, for links in messages. */
  readonly publicUrl?: string
  /** Also watch this machine once a media server runs on it. */
  readonly offersThisMachine?: boolean
  /** known_hosts files to read for every host; default: the files ssh uses. */
  readonly knownHostsFiles?: readonly string[]
  /** The fleet is simulated; every screen says so. */
  readonly demo?: boolean
  /** Simulated past up to `to`, written into an empty history. */
  readonly firstPast?: (to: number) => readonly FirstPast[]
  /** Bundle file to show instead of polling servers. Needs an empty data folder. */
  readonly bundle?: string
  /** Retention of samples, unless limits were set in the console. */
  readonly keepDays?: number
  readonly keepBytes?: number
  /** Path of the machine's ffmpeg, unless one was set in the console. */
  readonly ffmpeg?: string
  /** How snapshots are taken, unless that was set in the console. */
  readonly snapshots?: SnapshotSettings
  /** Settings of the daily camera check from the configuration file: marked as such and not editable; null: the console's own settings apply. */
  readonly dailyCheck?: DailySettings | null
  /** Patterns for parsing stream names from the configuration file: marked as such and not editable; null: the console's own settings apply. */
  readonly naming?: readonly string[] | null
  /** Default streams for WHIP and WHEP requests through this console that do not name one. */
  readonly defaultStreams?: DefaultStreams | null
  /** Maximum load that polling may put on a server, in percent of one of its cores; above it, the polling interval grows. Default 1. */
  readonly costLimitPercent?: number
  /** For benchmarks; called with the ms from the last byte of a round's answers to its samples. */
  readonly onRoundHandled?: (ms: number) => void
  /** For tests: whether this machine has any network but loopback. */
  readonly hasNetwork?: () => boolean
}

/** Why the engine cannot start. */
export type EngineStartError = StorageError<'dataDirInUse' | 'dataDirNotWritable' | 'databaseNewer' | 'databaseDamaged' | 'nodeTooOld' | 'bundleRefused'>

/** The contents of a configuration file. */
export interface YamlNamed extends AlertingInput {
  readonly servers: readonly YamlServer[]
  readonly hosts: readonly YamlHost[]
  readonly probes: readonly YamlProbe[]
  readonly vantages?: readonly RemoteProbeInput[]
  readonly canaries?: readonly YamlCanary[]
  readonly onAir: readonly OnAirInput[]
  /** null: the console's own settings apply. */
  readonly dailyCheck?: DailySettings | null
  /** null: the console's own settings apply. */
  readonly naming?: readonly string[] | null
  /** From environment variables, so it does not change after the start. */
  readonly defaultStreams?: DefaultStreams | null
}

/** Converts the contents of a configuration file to engine options; `applyYaml` takes the same contents later. */
export function startOptions(named: YamlNamed) {
  return {
    yamlServers: named.servers,
    yamlHosts: named.hosts,
    yamlProbes: named.probes,
    yamlRemoteProbes: named.vantages ?? [],
    yamlCanaries: named.canaries ?? [],
    channels: named.channels,
    routes: named.routes,
    heartbeat: named.heartbeat ?? null,
    drill: named.drill ?? null,
    maintenance: named.maintenance,
    rules: named.rules,
    onAir: named.onAir,
    dailyCheck: named.dailyCheck ?? null,
    naming: named.naming ?? null,
    defaultStreams: named.defaultStreams ?? null,
  } satisfies EngineOptions
}

/** The running engine. The hosting process connects transports (message port, WebSocket, REST) to `router`. */
export interface Engine {
  readonly router: EngineRouter
  /** Applies a changed configuration file: starts watching servers and hosts it adds, stops watching those it no longer lists. */
  readonly applyYaml: (file: string, named: YamlNamed) => void
  /** Reports that the changed configuration file is unusable, and why. The last good one stays in force. */
  readonly refuseYaml: (file: string, problems: readonly Problem[]) => void
  /**
   * Serves `/relay/…`: the servers' HLS and recordings, with credentials added. The caller has already checked the launch secret or session.
   * `by`: the operator's name.
   */
  readonly relay: (request: Request, language?: Language, by?: string) => Promise<Response>
  /** Serves `/api/webrtc/…`: WHEP and WHIP of the servers, with credentials added. */
  readonly webrtc: WebrtcRelay
  /** Acknowledges incidents through links in notifications. Callers are not signed in: the link is their only authorization. */
  readonly acknowledging: Acknowledging
  /** Where browsers reach this console, as set; null: not known. */
  readonly publicUrl: () => string | null
  /** All streams, in a form for scripts. */
  readonly reports: Streams['reports']
  /** The same, built lazily one at a time. */
  readonly eachReport: Streams['eachReport']
  /** The same for a past moment. Rejects if the operator requests too many moments at once. */
  readonly reportsThen: (operator: Operator, ...asked: Parameters<Past['reports']>) => ReturnType<Past['reports']>
  /** Active alarms that are not shelved or suppressed, worst first. */
  readonly inTrouble: () => readonly Alarm[]
  /** Whether worker threads still have to answer, which takes real time. For tests in virtual time. */
  readonly awaitsThreads: () => boolean
  /** All current values for Prometheus, generated while they are read. */
  readonly exported: Exporter['pieces']
  /** Resolves when nothing is in flight: no request, no write. For tests in virtual time. */
  readonly settled: () => Promise<void>
  /** Stops polling, writes pending data and closes everything in reverse order, within 3 s. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const shutdownLimitMs = 3_000

/** Composition root: wires everything and owns the shutdown. Each resource is registered on the line that opens it. */
export async function createEngine(ports: EnginePorts, options: EngineOptions = {}): Promise<Result<Engine, EngineStartError>> {
  const { clock, log, dataDir } = ports
  if (Number(process.versions.napi ?? 0) < 10) return err(storageError('nodeTooOld', { kind: 'nodeTooOld', version: process.versions.node }))

  await using opened = new AsyncDisposableStack()
  const root = new AbortController()
  const { signal } = root
  /** Stops these at shutdown and waits for them to end. */
  const deferEnd = (...works: readonly (() => Promise<unknown>)[]) =>
    opened.defer(async () => {
      root.abort()
      for (const ended of works) await ended()
    })

  /** Database damage found before the alarms are set up. */
  const foundEarly: NewEvent[] = []
  let onDamage: (damage: NewEvent) => void = (damage) => foundEarly.push(damage)
  const openedStore = await openStore(ports, options, opened, (damage) => onDamage(damage))
  if (!openedStore.ok) return openedStore
  const store = openedStore.value
  const { history, bundle } = store

  // Caps what any one server can store at the volume of the largest honest one. Data imported from a bundle is not capped.
  const intake = createIntake(history, opened.use(createServerBudget(clock, history)))
  const launch = randomUUID()
  const startedAt = clock.now()
  const secretsKey = await ports.secretsKey()
  const box = secretsKey.key === null ? null : createSecretBox(secretsKey.key)
  const slices = createSlices(clock)
  const wiring: Wiring = { ports, options, store, slices, secretsKey, box, tag: ownTag(store), startedAt, opened, deferEnd, signal }
  const parts = noPartsYet()
  const openedLogs = await createServerLogs(wiring, parts, intake.record)
  if (!openedLogs.ok) return openedLogs
  const logs = openedLogs.value

  const observing = createObserving(wiring, intake, parts, logs.sessionLog)
  const { streams, naming, onAir, baseline } = observing
  intake.add(baseline)
  const troubles = () => ownTroubles(wiring, parts, logs)
  const alerting = await createAlerting(wiring, {
    watched: watchedNow(parts),
    streams,
    fieldsOf: naming.fieldsOf,
    ownTroubles: troubles,
    baseline,
    // Lazily: the fleet is created below.
    onChange: (happened, evaluated) => fleet.touchAlarms(happened, evaluated),
    onStreamAlarm: (serverId, path, since) => parts.pictures?.snapshots.alarmBegan(serverId, path, since),
  })
  parts.alerting = alerting
  intake.add(alerting)
  const { alarms } = alerting
  const serversNow = () => parts.servers?.all() ?? []
  const fleet = createFleet({ clock, launch, streams, servers: serversNow, consoleWhy: () => parts.servers?.consoleWhy() ?? null, alarms, signal })
  const exporter = createExporter({
    clock,
    servers: serversNow,
    hosts: () => parts.hosts?.all() ?? [],
    probes: () => parts.probing?.probes.all() ?? [],
    findings: () => alerting.ofStates(serversNow()),
    console: createOwnState(wiring, parts, alerting, troubles),
  })
  intake.add(exporter)

  const { servers, createClient } = createWatchedServers(wiring, intake, logs, observing, alerting, fleet, exporter, parts)
  parts.servers = servers
  onAir.configure(bundle === null ? (options.onAir ?? []) : [])
  const watchedHosts = createWatchedHosts(wiring, servers, intake, alerting, exporter)
  const { hosts } = watchedHosts
  parts.hosts = hosts
  hosts.serversChanged()
  if (ports.onWake) opened.defer(ports.onWake(() => servers.woke(0)))

  const { record } = intake
  const acting = createActing(wiring, servers, streams, hosts, logs, createClient, record, keyFramesApart(parts))
  parts.acting = acting
  const pictures = createPictures(wiring, servers, streams, record, (id, path) => alarms.verdicts.severityOf(id, path) !== null)
  parts.pictures = pictures
  const probing = createProbing(wiring, servers, streams, alerting, exporter, pictures, intake)
  parts.probing = probing
  const lookingBack = await createLookingBack(wiring, servers, hosts, logs, observing, alerting, pictures, probing)

  const file = createFileApplying(wiring, servers, hosts, probing, alerting, observing)
  const { rules = [], channels = [], routes = null, heartbeat = null, drill = null, maintenance = [] } = bundle === null ? options : {}
  alerting.configure({ rules, channels, routes, heartbeat, drill, maintenance })
  // Damage is reported for the console itself, whichever subject's data is lost.
  onDamage = (damage) => alerting.happened([{ ...damage, subject: null, ownerName: null }])
  for (const damage of foundEarly) onDamage(damage)
  const remedies = wireRemedies(wiring, alerting, acting, streams, hosts, record)
  const done = { ...acting, ...pictures, ...probing, ...lookingBack, remedies }
  const router = createRouter(wiring, { ...logs, ...watchedHosts, ...observing, ...alerting, ...done, launch, servers, fleet })
  log.info({ dataDir, servers: servers.all().length, secrets: secretsKey.protection }, 'engine started')

  const working = [servers, hosts, probing.probes, probing.remoteProbes, alerting, onAir, pictures.snapshots, probing.dailyChecks]
  const writing = [acting.diagnoses, logs.configurationLog, acting.recordings, history, store]
  // Everything is open; the engine owns it from here on.
  const owned = opened.move()
  return ok({
    router,
    applyYaml: file.applyYaml,
    refuseYaml: file.refuseYaml,
    relay: (request, language, by = soleOperator.name) =>
      lookingBack.bundles.fetch(request, language) ??
      lookingBack.dossiers.fetch(request, language) ??
      pictures.playback.fetch(request, by, language) ??
      pictures.previews.relay(request, language),
    webrtc: pictures.webrtc,
    acknowledging: alerting.acknowledging,
    publicUrl: alerting.notifications.publicUrl,
    reports: (language) => [...naming.withFields(streams.eachReport(language))],
    eachReport: (language) => naming.withFields(streams.eachReport(language)),
    reportsThen: async (operator, ...asked) => naming.withFields(await lookingBack.pastOf(operator).reports(...asked)),
    inTrouble: alarms.inTrouble,
    awaitsThreads: history.asked,
    exported: exporter.pieces,
    settled: async () => {
      for (const part of [...working, ...writing]) await part.settled()
    },
    [Symbol.asyncDispose]: () => endInTime(owned, ports),
  })
}

/** Our readers carry this tag, so that this console and others recognize them. */
function ownTag({ rows }: Store): string {
  const kept = rows.setting('tag')
  if (kept !== null) return kept
  const tag = randomBytes(4).toString('hex')
  rows.noteSetting('tag', tag)
  return tag
}

/** Closes everything, but stops waiting after the shutdown limit. */
async function endInTime(owned: AsyncDisposableStack, { clock, log }: EnginePorts): Promise<void> {
  const done = owned.disposeAsync()
  let timer: ReturnType<typeof clock.setTimeout> | undefined
  const limit = new Promise<'late'>((resolve) => {
    timer = clock.setTimeout(() => resolve('late'), shutdownLimitMs)
  })
  if ((await Promise.race([done, limit])) === 'late') log.warn({ limitMs: shutdownLimitMs }, 'shutdown took too long and was left')
  if (timer) clock.clearTimeout(timer)
}
