import { randomBytes, randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { oneAtATime } from '../clock/semaphore.ts'
import { createSlices } from '../clock/slices.ts'
import { contractVersion } from '../shared/access.ts'
import type { Alarm } from '../shared/alarms.ts'
import type { YamlCanary } from '../shared/canaries.ts'
import type { DailySettings } from '../shared/dailyChecks.ts'
import { type NewEvent, newEvent } from '../shared/events.ts'
import type { Problem } from '../shared/mistakes.ts'
import type { OnAirInput } from '../shared/onAir.ts'
import { type Operator, soleOperator } from '../shared/permissions.ts'
import type { PictureReason } from '../shared/previews.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import { hostSubject, type Owner, serverSubject } from '../shared/subjectNames.ts'
import { zoneOf } from '../shared/units.ts'
import type { VantageInput } from '../shared/vantages.ts'
import type { UsualStreams } from '../shared/webrtc.ts'
import type { Language } from '../shared/words/languages.ts'
import { problemText } from '../shared/words/mistakeText.ts'
import { ownTroublesOf } from './alarms/ownTroubles.ts'
import { createCompareConfigurations } from './configurations/compareConfigurations.ts'
import { createConfigurationLog } from './configurations/configurationLog.ts'
import { createPathEditRows } from './configurations/pathEditRows.ts'
import { createActing, wireRemedies } from './createActing.ts'
import { type AlertingInput, createAlerting } from './createAlerting.ts'
import { createLookingBack } from './createLookingBack.ts'
import { createPictures, type Pictures } from './createPictures.ts'
import { createProbing, type Probing } from './createProbing.ts'
import { createRouter, type EngineRouter } from './createRouter.ts'
import { channelFigures } from './exporter/consoleFamilies.ts'
import { createExporter, type Exporter } from './exporter/exporter.ts'
import { createStoreFigures } from './exporter/storeFigures.ts'
import type { FirstPast } from './firstPast.ts'
import { createFleet } from './fleet/fleet.ts'
import type { BundleContent } from './history/bundle/bundle.ts'
import type { SampleBatch } from './history/history.ts'
import { createServerBudget } from './history/serverBudget.ts'
import { createHostRows } from './hosts/hostRows.ts'
import { createHosts, type Hosts, type YamlHost } from './hosts/hosts.ts'
import { usualKnownHostsFiles } from './hosts/knownHostsFiles.ts'
import { createLocalHost } from './hosts/localHost.ts'
import { createRemoteHosts } from './hosts/remoteHost.ts'
import { createSizing } from './hosts/sizing.ts'
import { createBodyBuffers } from './http/bodyBuffers.ts'
import { createOnAir } from './maintenance/onAir.ts'
import { openStore } from './openStore.ts'
import type { Past } from './past/past.ts'
import type { EnginePorts } from './ports.ts'
import type { WebrtcRelay } from './previews/webrtcRelay.ts'
import type { YamlProbe } from './probes/probes.ts'
import { createConnectionTest } from './servers/connectionTest.ts'
import { createMediaServerClient } from './servers/mediaServerClient.ts'
import { readGoroutines } from './servers/readGoroutines.ts'
import type { ServerAccess } from './servers/readings.ts'
import { createSecretBox } from './servers/secretBox.ts'
import { createServers, type Servers } from './servers/servers.ts'
import { yamlChangeFacts } from './servers/yamlChangeFacts.ts'
import { openSessionsDatabase } from './sessions/openSessionsDatabase.ts'
import { createSessionLog } from './sessions/sessionLog.ts'
import { createFileWatch } from './storage/fileWatch.ts'
import { type StorageError, storageError } from './storage/storageError.ts'
import { createPathRoutes } from './streams/pathRoutes.ts'
import { sessionOf } from './streams/sessions.ts'
import { createStreamNaming } from './streams/streamNaming.ts'
import { createStreams, type Streams } from './streams/streams.ts'
import type { Acknowledging } from './telling/acknowledging.ts'
import { createUsual } from './usual/usual.ts'
import { createWalls } from './walls/walls.ts'
import type { Wiring } from './wiring.ts'

/** A server listed in the configuration file. Its secret is already resolved. */
export type YamlServer = ServerInput
export type { YamlHost } from './hosts/hosts.ts'
export type { YamlProbe } from './probes/probes.ts'

export interface EngineOptions extends Partial<AlertingInput> {
  /** Servers from the configuration file: shown with a mark, not editable; they take precedence over stored servers of the same name. */
  readonly yamlServers?: readonly YamlServer[]
  /** Hosts from the configuration file; the same rules apply. */
  readonly yamlHosts?: readonly YamlHost[]
  /** Probes from the configuration file; the same rules apply. */
  readonly yamlProbes?: readonly YamlProbe[]
  readonly yamlVantages?: readonly VantageInput[]
  readonly yamlCanaries?: readonly YamlCanary[]
  /** When streams are expected to be on air. */
  readonly onAir?: readonly OnAirInput[]
  /** Where browsers reach this console, for links in messages. */
  readonly publicUrl?: string
  /** Also watches this machine once a media server runs on it. */
  readonly offersThisMachine?: boolean
  /** known_hosts files to read for every host; default: the files ssh uses. */
  readonly knownHostsFiles?: readonly string[]
  /** The fleet is simulated; every screen says so. */
  readonly demo?: boolean
  /** Simulated past, up to `to`, that is written into an empty history. */
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
  /** When and how cameras are checked once a day: shown with a mark, not editable; null: that is up to the console. */
  readonly dailyCheck?: DailySettings | null
  /** How names of streams are taken apart: shown with a mark, not editable; null: that is up to the console. */
  readonly naming?: readonly string[] | null
  /** What WHIP and WHEP through this console lead to where a request does not say it. */
  readonly usual?: UsualStreams | null
  /** Percent of one of its cores that polling may cost a server; above this its interval grows. Default 1. */
  readonly costLimitPercent?: number
  /** For benchmarks: ms from the last byte of a round's answers to its samples. */
  readonly onRoundHandled?: (ms: number) => void
  /** For tests: whether this machine has any network but loopback. */
  readonly hasNetwork?: () => boolean
}

/** Why the engine cannot start. */
export type EngineStartError = StorageError<'dataDirInUse' | 'dataDirNotWritable' | 'databaseNewer' | 'databaseDamaged' | 'nodeTooOld' | 'bundleRefused'>

/** What a configuration file names. */
export interface YamlNamed extends AlertingInput {
  readonly servers: readonly YamlServer[]
  readonly hosts: readonly YamlHost[]
  readonly probes: readonly YamlProbe[]
  readonly vantages?: readonly VantageInput[]
  readonly canaries?: readonly YamlCanary[]
  readonly onAir: readonly OnAirInput[]
  /** null: what is set in the console counts. */
  readonly dailyCheck?: DailySettings | null
  /** null: what is set in the console counts. */
  readonly naming?: readonly string[] | null
  /** Of the environment, so that it stays as it was at the start. */
  readonly usual?: UsualStreams | null
}

/** What a configuration file names, as a start of the engine takes it: the same that `applyYaml` takes later. */
export const startOptions = (named: YamlNamed) =>
  ({
    yamlServers: named.servers,
    yamlHosts: named.hosts,
    yamlProbes: named.probes,
    yamlVantages: named.vantages ?? [],
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
    usual: named.usual ?? null,
  }) satisfies EngineOptions

/** The running engine. The hosting process connects transports (message port, WebSocket, REST) to `router`. */
export interface Engine {
  readonly router: EngineRouter
  /** Applies a changed configuration file: starts watching servers and hosts it adds, stops watching those it no longer lists. */
  readonly applyYaml: (file: string, named: YamlNamed) => void
  /** Reports that the changed configuration file is unusable, and why. The last good one stays in force. */
  readonly refuseYaml: (file: string, problems: readonly Problem[]) => void
  /** Serves `/relay/…`: the servers' HLS and recordings, with credentials added. The caller has already checked the launch secret or session. `by`: the operator's name. */
  readonly relay: (request: Request, language?: Language, by?: string) => Promise<Response>
  /** Serves `/api/webrtc/…`: WHEP and WHIP of the servers, with credentials added. */
  readonly webrtc: WebrtcRelay
  /** Acknowledges incidents by links in messages. Its callers have not signed in: the link is what they may use. */
  readonly acknowledging: Acknowledging
  /** All streams, in the form that scripts read. */
  readonly reports: Streams['reports']
  /** The same, built lazily one at a time. */
  readonly eachReport: Streams['eachReport']
  /** The same of a moment of the past. Rejects where the operator asks for too many moments at once. */
  readonly reportsThen: (operator: Operator, ...asked: Parameters<Past['reports']>) => ReturnType<Past['reports']>
  /** Alarms that last and that nobody has put away, worst first. */
  readonly inTrouble: () => readonly Alarm[]
  /** Whether threads owe an answer, which takes real time. For tests in virtual time. */
  readonly awaitsThreads: () => boolean
  /** All that is known now, for Prometheus, built as it is read. */
  readonly exported: Exporter['pieces']
  /** Resolves when nothing is in flight: no request, no write. For tests in virtual time. */
  readonly settled: () => Promise<void>
  /** Stops polling, writes pending data and closes everything in reverse order, within 3 s. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const shutdownLimitMs = 3_000
/** The demo's pictures are small. */
const demoRules: readonly RuleInput[] = [{ id: 'probeBitrateLow', levels: [{ severity: 'minor', below: 50_000, clear: 60_000 }] }]

const bundleSpan = ({ from, to, madeAt, madeBy, note }: BundleContent) => ({ from, to, madeAt, madeBy, note })

/** Composition root: wires everything and owns the shutdown. Each resource is registered on the line that opens it. */
export async function createEngine(ports: EnginePorts, options: EngineOptions = {}): Promise<Result<Engine, EngineStartError>> {
  const { clock, log, dataDir } = ports
  if (Number(process.versions.napi ?? 0) < 10) return err(storageError('nodeTooOld', { kind: 'nodeTooOld', version: process.versions.node }))

  await using opened = new AsyncDisposableStack()
  const root = new AbortController()
  /** At the shutdown these are told to end, and waited for. */
  const deferEnd = (...works: readonly (() => Promise<unknown>)[]) =>
    opened.defer(async () => {
      root.abort()
      for (const ended of works) await ended()
    })

  /** Damage that was found before there are alarms. */
  const foundEarly: NewEvent[] = []
  let onDamage: (damage: NewEvent) => void = (damage) => foundEarly.push(damage)
  const store = await openStore(ports, options, opened, (damage) => onDamage(damage))
  if (!store.ok) return store
  const { db, rows, history, bundle } = store.value

  // Caps what any one server can store at the volume of the largest honest one. Data imported from a bundle is not capped.
  const budget = opened.use(createServerBudget(clock, history))
  const sessionsIndex = openSessionsDatabase({ clock, log, dataDir })
  if (!sessionsIndex.ok) return sessionsIndex
  opened.defer(() => void sessionsIndex.value.db.close())
  const sessionsWatch = opened.use(createFileWatch({ ...sessionsIndex.value, clock, log, record: (events) => record(events), copying: oneAtATime() }))
  if (sessionsIndex.value.damage !== null) history.record([newEvent('storeDamaged', clock.now(), sessionsIndex.value.damage)])
  /** Created after the servers and alarms, which report changes as soon as they exist. */
  let pictured: Pictures | null = null
  /** Created after all that it reads. */
  let probed: Probing | null = null

  const launch = randomUUID()
  const startedAt = clock.now()
  const secretsKey = await ports.secretsKey()
  const box = secretsKey.key === null ? null : createSecretBox(secretsKey.key)
  // Our readers carry this tag, so that this console and others recognize them.
  const tag = rows.setting('tag') ?? randomBytes(4).toString('hex')
  if (rows.setting('tag') === null) rows.noteSetting('tag', tag)

  // What rules judge passes here on its way to history. Lazily: alarms are created below.
  const append = (batch: SampleBatch) => {
    usual.see(batch)
    alerting.see(batch)
    exporter.see(batch)
    history.append(batch)
  }
  const gap = (owner: Owner, at: number) => {
    exporter.unknown(owner)
    history.gap(owner, at)
  }
  const record = (events: readonly NewEvent[]) => {
    usual.happened(events)
    alerting.happened(events)
    budget.record(events)
  }

  const slices = createSlices(clock)
  const wiring: Wiring = { ports, options, store: store.value, slices, box, tag, startedAt, opened, deferEnd, signal: root.signal }
  const naming = createStreamNaming({ read: rows.setting, write: rows.keepSetting })
  naming.configure(bundle === null ? (options.naming ?? null) : null)
  /** Created after the streams, which ask for plans as soon as they exist. */
  let watched: Servers | null = null
  const onAir = opened.use(
    createOnAir({
      clock,
      log,
      db,
      slices,
      userAgent: `mtxdeck/${ports.version}`,
      serverOf: (id) => watched?.get(id) ?? null,
      onChange: () => {
        if (watched !== null) streams.planChanged()
      },
      signal: root.signal,
    }),
  )
  const sessionLog = opened.use(
    createSessionLog({
      clock,
      log,
      slices,
      db: sessionsIndex.value.db,
      sessionOf,
      bundleEnd: bundle?.to ?? null,
      nameOf: (id) => (watched?.get(id) ?? bundle?.servers.find((server) => server.id === id))?.name ?? null,
      kept: { read: rows.setting, write: rows.keepSetting },
    }),
  )
  if (bundle !== null) await sessionLog.restore(bundle.sessions)
  const pathEditRows = createPathEditRows(db, box)
  const configurationLog = opened.use(
    createConfigurationLog({ clock, log, slices, db, record, nameOf: (id) => watched?.get(id)?.name ?? null, signal: root.signal }),
  )
  const streams = createStreams({
    sessionsChanged: sessionLog.changed,
    onAir,
    clock,
    log,
    db,
    record,
    append,
    gap: (id, at) => gap(serverSubject(id), at),
    describe: budget.describe,
    // Lazily: these are created below.
    openPictures: (id, path) => pictures.previews.openOn(id, path),
    pictureReads: (id, path) => pictures.pictures.readersOn(id, path),
    previewFigures: (id, path) => pictures.previewReports.take(id, path),
    recordingFigures: (id, path, liveSince) => acting.recordings.figures(id, path, liveSince),
    // Lazily: alarms are created below.
    verdicts: {
      severityOf: (id, path) => alerting.alarms.verdicts.severityOf(id, path),
      inTroubleOf: (id) => alerting.alarms.verdicts.inTroubleOf(id),
    },
    settings: { read: rows.setting, write: rows.keepSetting },
  })
  opened.defer(streams.close)
  const usual = createUsual({
    clock,
    log,
    db,
    history,
    slices,
    zone: zoneOf('local'),
    isKnown: (serverId, path) => streams.get(serverId, path) !== null,
    // Lazily: alarms are created below.
    troubledOf: (serverId, path, from, asked) => alerting.alarms.troubledSpans(serverId, path, from, asked),
    maintainedOf: (subject, from, to) => alerting.maintenance.within(subject, from, to),
    isBundle: bundle !== null,
    signal: root.signal,
  })
  const alerting = await createAlerting(wiring, {
    // Lazily: these are created below.
    watched: {
      server: (id) => servers.get(id),
      serverHosts: () => servers.hosts(),
      machines: () => hosts?.links() ?? [],
      host: (id) => hosts?.get(id) ?? null,
      probe: (id) => probed?.probes.get(id) ?? null,
      elsewhereOf: (probeId) => probed?.probes.get(probeId)?.elsewhere ?? [],
      canaryOf: (probeId) => probed?.canaries.sightOf(probeId, (id) => probed?.probes.get(id)?.state === 'up') ?? null,
      probes: () => probed?.probes.all() ?? [],
      hostOf: (serverId) => hosts?.all().find((host) => host.serverId === serverId) ?? null,
      report: (report) => probed?.dailyChecks.details(report) ?? null,
    },
    streams,
    fieldsOf: naming.fieldsOf,
    ownTroubles: () => ownTroubles(),
    usual,
    onChange: (happened, judged) => fleet.touchAlarms(happened, judged),
    onStreamAlarm: (serverId, path, since) => pictured?.snapshots.alarmBegan(serverId, path, since),
  })
  const { alarms } = alerting
  const testConnection = createConnectionTest({ clock, tag, version: ports.version })
  // Calls `servers` lazily: the servers report changes to it as soon as they are created, below.
  const fleet = createFleet({ clock, launch, streams, servers: () => servers.all(), consoleWhy: () => servers.consoleWhy(), alarms, signal: root.signal })
  /** Why this console can read no stream, where it is to read some. */
  const readingTrouble = (): PictureReason | null => probed?.probes.cannotRead() ?? pictured?.snapshots.cannotRead() ?? null
  const ownTroubles = () =>
    ownTroublesOf({
      store: store.value.trouble() ?? sessionsWatch.trouble() ?? sessionLog.trouble(),
      backup: store.value.backupTrouble(),
      network: servers.consoleWhy(),
      media: readingTrouble(),
      refusals: alerting.telling.refusals(),
      unreached: alerting.telling.unreached(),
    })
  const storeFigures = createStoreFigures(clock, history)
  const exporter = createExporter({
    clock,
    servers: () => servers.all(),
    hosts: () => hosts?.all() ?? [],
    probes: () => probed?.probes.all() ?? [],
    findings: () => alerting.ofStates(servers.all()),
    console: () => {
      const { user, system } = process.cpuUsage()
      return {
        version: ports.version,
        isDemo: options.demo ?? false,
        startedAt,
        alarms: alarms.counts(),
        troubles: ownTroubles(),
        channels: channelFigures(alerting.telling),
        heartbeatAt: alerting.telling.readiness().heartbeat?.okAt ?? null,
        snapshots: pictured && { totals: pictured.snapshots.totals(), status: pictured.snapshots.status() },
        probes: probed?.probes.status() ?? null,
        store: storeFigures(),
        mediaDeaths: ports.media?.deaths?.() ?? {},
        cpuSeconds: (user + system) / 1_000_000,
        residentBytes: process.memoryUsage.rss(),
      }
    },
  })
  const buffers = createBodyBuffers()
  const createClient = (access: ServerAccess) => createMediaServerClient({ access, clock, tag, version: ports.version, buffers, slices })
  /** Created after the servers, which report changes as soon as they exist. */
  let hosts: Hosts | null = null
  const servers = createServers(
    {
      clock,
      log,
      rows,
      secretsKey,
      createClient,
      streams,
      slices,
      append,
      gap: (id, at) => gap(serverSubject(id), at),
      describe: (id, at, facts) => budget.describe(id, at, [{ part: null, facts }]),
      record,
      configurationRead: configurationLog.read,
      heard: budget.reportPaths,
      leftOut: budget.leftOut,
      onChange: (id) => {
        fleet.touchServer(id)
        onAir.serverChanged(id)
        if (bundle === null) alarms.judge(id)
        hosts?.serversChanged()
        probed?.canaries.serversChanged()
      },
      onRemoved: (id) => {
        fleet.removeServer(id)
        probed?.canaries.serversChanged()
        alarms.judge(id)
        history.forget(serverSubject(id))
        usual.forget(id)
        exporter.forget(id)
        sessionLog.forget(id)
        configurationLog.forget(id)
        pathEditRows.forget(id)
        budget.forget(id)
        pictured?.snapshots.forget(id)
      },
      costLimitPercent: options.costLimitPercent ?? 1,
      ...(options.hasNetwork && { hasNetwork: options.hasNetwork }),
      ...(options.onRoundHandled && { onRoundHandled: options.onRoundHandled }),
      signal: root.signal,
    },
    bundle === null ? (options.yamlServers ?? []) : [],
  )
  watched = servers
  const watchedIds = new Set(servers.all().map(({ id }) => id))
  sessionLog.forgetOthers(watchedIds)
  configurationLog.forgetOthers(watchedIds)
  pathEditRows.forgetOthers(watchedIds)
  onAir.configure(bundle === null ? (options.onAir ?? []) : [])
  deferEnd(servers.ended)

  const localHost = opened.adopt(createLocalHost(clock), (reader) => reader.close())
  const sizing = createSizing({ clock, range: history.range })
  const watchedHosts = createHosts(
    {
      clock,
      log,
      rows: createHostRows(db),
      secretsKey,
      box,
      localHost,
      createRemote: createRemoteHosts(clock, log),
      knownHostsFiles: options.knownHostsFiles ?? usualKnownHostsFiles(),
      append,
      gap: (id, at) => gap(hostSubject(id), at),
      describe: (id, at, facts) => history.describe(hostSubject(id), at, [{ part: null, facts }]),
      record: (events) => {
        alerting.happened(events)
        history.record(events)
      },
      forget: (id) => {
        alarms.judge(id)
        history.forget(hostSubject(id))
        exporter.forget(id)
      },
      fullAt: sizing.fullAt,
      servers: servers.all,
      configurationOf: (id) => servers.configuration(id)?.global ?? {},
      readGoroutines: async (id, address, signal) => {
        const access = servers.accessOf(id)
        return access && (await readGoroutines({ clock, address, ...access, userAgent: `mtxdeck/${ports.version}`, signal }))
      },
      isOffline: () => servers.consoleWhy() !== null,
      settings: { read: rows.setting, write: rows.keepSetting },
      offersThisMachine: bundle === null && (options.offersThisMachine ?? false),
      signal: root.signal,
    },
    bundle === null ? (options.yamlHosts ?? []) : [],
  )
  deferEnd(watchedHosts.ended)
  hosts = watchedHosts
  hosts.serversChanged()
  if (ports.onWake) opened.defer(ports.onWake(() => servers.woke(0)))

  const acting = createActing(wiring, { servers, streams, hosts: watchedHosts, sessionLog, pathEditRows, createClient, record })
  const pictures = createPictures(wiring, {
    servers,
    streams,
    record,
    inTrouble: (id, path) => alarms.verdicts.severityOf(id, path) !== null,
  })
  pictured = pictures
  const probing = createProbing(wiring, { servers, streams, alerting, exporter, pictures, append, gap })
  probed = probing
  const lookingBack = await createLookingBack(wiring, {
    servers,
    hosts: watchedHosts,
    naming,
    onAir,
    alerting,
    sessionLog,
    configurationLog,
    pictures,
    probing,
  })

  const { rules = [], channels = [], routes = null, heartbeat = null, drill = null, maintenance = [] } = bundle === null ? options : {}
  const configureAlerting = (input: AlertingInput): void => {
    const ofDemo = options.demo ? demoRules.filter(({ id }) => !input.rules.some((rule) => rule.id === id)) : []
    alerting.configure({ ...input, rules: [...input.rules, ...ofDemo] })
  }
  configureAlerting({ rules, channels, routes, heartbeat, drill, maintenance })
  // It is the console's, whosever figures are lost.
  onDamage = (damage) => alerting.happened([{ ...damage, subject: null, ownerName: null }])
  for (const damage of foundEarly) onDamage(damage)
  const remedies = wireRemedies(wiring, { alerting, acting, streams, hosts: watchedHosts, record })
  const router = createRouter({
    clock,
    readOnly: bundle !== null,
    bundles: lookingBack.bundles,
    dossiers: lookingBack.dossiers,
    diagnoses: acting.diagnoses,
    servers: bundle === null ? servers : { ...servers, configuration: (id) => bundle.configurations[id] ?? null },
    compareConfigurations: createCompareConfigurations({
      log: configurationLog,
      slices,
      servers: () => bundle?.servers ?? servers.all(),
      listedReaders: streams.listedReaders,
      configuration: (id) => (bundle === null ? servers.configuration(id) : (bundle.configurations[id] ?? null)),
    }),
    pathEdits: acting.pathEdits,
    configurations: lookingBack.configurations,
    streams,
    naming,
    lives: lookingBack.lives,
    paths: createPathRoutes({ slices, streams, withFields: naming.withFields, kick: acting.sessions.kick }),
    sessions: acting.sessions,
    sessionLog,
    recordings: acting.recordings,
    fleet,
    alarms,
    countAlarms: alerting.countAlarms,
    rules: alerting.rules,
    rehearse: alerting.rehearse,
    findBeyond: alerting.findBeyond,
    remedies,
    ruleEdits: alerting.ruleEdits,
    channelEdits: alerting.channelEdits,
    readinessEdits: alerting.readinessEdits,
    telling: alerting.telling,
    maintenance: alerting.maintenance,
    onAir,
    usual,
    pastOf: lookingBack.pastOf,
    timeline: lookingBack.timeline,
    availability: lookingBack.availability,
    history,
    previews: pictures.previews,
    previewReports: pictures.previewReports,
    webrtcPictures: pictures.webrtcPictures,
    webrtcHealth: pictures.webrtcHealth,
    stills: pictures.stills,
    snapshots: pictures.snapshots,
    pictureTools: pictures.pictureTools,
    localHost,
    hosts: watchedHosts,
    probes: probing.probes,
    probedStreams: alerting.probedStreams,
    vantages: probing.vantages,
    walls: createWalls({ clock, log, db }),
    canaries: probing.canaries,
    installation: tag,
    dailyChecks: probing.dailyChecks,
    sizing,
    testConnection,
    hello: () => ({
      product: 'mtxdeck',
      version: ports.version,
      contractVersion,
      launch,
      demo: options.demo ?? false,
      startedAt,
      bundle: bundle && { name: basename(options.bundle ?? ''), ...bundleSpan(bundle), worstAt: lookingBack.worstAt },
      secrets: { protection: secretsKey.protection, kept: secretsKey.kept },
    }),
  })
  log.info({ dataDir, servers: servers.all().length, secrets: secretsKey.protection }, 'engine started')

  // Everything is open; the engine owns it from here on.
  const owned = opened.move()
  return ok({
    router,
    applyYaml: (file, named) => {
      servers.setYamlTrouble(null)
      const changes = { servers: servers.applyYaml(named.servers), hosts: watchedHosts.applyYaml(named.hosts), probes: probing.applyFileProbes(named.probes) }
      probing.vantages.applyYaml(named.vantages ?? [])
      probing.canaries.applyYaml(named.canaries ?? [])
      configureAlerting(named)
      for (const { id } of [...servers.all(), ...watchedHosts.all(), ...probing.probes.all()]) alarms.judge(id)
      onAir.configure(named.onAir)
      probing.dailyChecks.configure(named.dailyCheck ?? null)
      naming.configure(named.naming ?? null)
      history.record([newEvent('configurationRead', clock.now(), yamlChangeFacts(file, changes))])
      log.info(changes, 'the configuration file was read again')
    },
    refuseYaml: (file, problems) => {
      const facts = { file, problems: problems.length, first: problems[0] ?? '' }
      servers.setYamlTrouble({ kind: 'configurationRefused', facts })
      history.record([newEvent('configurationRefused', clock.now(), facts)])
      log.warn({ problems: problems.map((problem) => problemText(problem, 'en')) }, 'the configuration file was changed and cannot be used')
    },
    relay: (request, language, by = soleOperator.name) =>
      lookingBack.bundles.fetch(request, language) ??
      lookingBack.dossiers.fetch(request, language) ??
      pictures.playback.fetch(request, by, language) ??
      pictures.previews.relay(request, language),
    webrtc: pictures.webrtc,
    acknowledging: alerting.acknowledging,
    reports: (language) => [...naming.withFields(streams.eachReport(language))],
    eachReport: (language) => naming.withFields(streams.eachReport(language)),
    reportsThen: async (operator, ...asked) => naming.withFields(await lookingBack.pastOf(operator).reports(...asked)),
    inTrouble: alarms.inTrouble,
    awaitsThreads: history.asked,
    exported: exporter.pieces,
    settled: async () => {
      await servers.settled()
      await watchedHosts.settled()
      await probing.probes.settled()
      await probing.vantages.settled()
      await alerting.settled()
      await onAir.settled()
      await pictures.snapshots.settled()
      await probing.dailyChecks.settled()
      await sessionLog.settled()
      await acting.diagnoses.settled()
      await configurationLog.settled()
      await acting.recordings.settled()
      await history.settled()
      await store.value.settled()
    },
    [Symbol.asyncDispose]: () => endInTime(owned, ports),
  })
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
