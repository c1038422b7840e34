import { randomBytes, randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { oneAtATime } from '../clock/semaphore.ts'
import { createSlices } from '../clock/slices.ts'
import { contractVersion } from '../shared/access.ts'
import type { Alarm } from '../shared/alarms.ts'
import { serverOf } from '../shared/askedServer.ts'
import { bundledProbeIds } from '../shared/bundles.ts'
import type { YamlCanary } from '../shared/canaries.ts'
import type { DailySettings } from '../shared/dailyChecks.ts'
import { type NewEvent, newEvent } from '../shared/events.ts'
import type { Problem } from '../shared/mistakes.ts'
import type { OnAirInput } from '../shared/onAir.ts'
import { type Operator, soleOperator } from '../shared/permissions.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { ServerInput } from '../shared/servers.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import { hostSubject, type Owner, probeSubject, serverSubject } from '../shared/subjects.ts'
import { isoOf } from '../shared/time.ts'
import { zoneOf } from '../shared/units.ts'
import type { VantageInput } from '../shared/vantages.ts'
import type { Language } from '../shared/words/languages.ts'
import { problemText } from '../shared/words/mistakeText.ts'
import { readBundledAlarms } from './alarms/bundledAlarms.ts'
import { networkOf } from './alarms/networkOf.ts'
import { ownTroublesOf } from './alarms/ownTroubles.ts'
import { readRecalled } from './alarms/recalled.ts'
import { createAvailability } from './availability/availability.ts'
import { createBundles } from './bundles/bundles.ts'
import { type Canaries, type CanaryReader, createCanaries } from './canaries/canaries.ts'
import { createCompareConfigurations } from './configurations/compareConfigurations.ts'
import { createConfigurationLog } from './configurations/configurationLog.ts'
import { createConfigurations } from './configurations/configurations.ts'
import { createPathEditRows } from './configurations/pathEditRows.ts'
import { createPathEdits } from './configurations/pathEdits.ts'
import { type AlertingInput, createAlerting } from './createAlerting.ts'
import { createRouter, type EngineRouter } from './createRouter.ts'
import { readBundledReports } from './dailyChecks/bundledReports.ts'
import { watchOfProbe } from './dailyChecks/cameras.ts'
import { createDailyChecks, type DailyChecks } from './dailyChecks/dailyChecks.ts'
import { createDiagnoses } from './diagnosis/diagnosis.ts'
import { doorsOf } from './diagnosis/doors.ts'
import { createDossiers } from './dossier/dossier.ts'
import { channelFigures } from './exporter/consoleFamilies.ts'
import { createExporter, type Exporter } from './exporter/exporter.ts'
import { createStoreFigures } from './exporter/storeFigures.ts'
import type { FirstPast } from './firstPast.ts'
import { createFleet } from './fleet/fleet.ts'
import type { BundleContent } from './history/bundle/bundle.ts'
import type { SampleBatch } from './history/history.ts'
import { createServerBudget } from './history/serverBudget.ts'
import { createForcedCommands } from './hosts/forcedCommand.ts'
import { createHostRows } from './hosts/hostRows.ts'
import { createHosts, type Hosts, type YamlHost } from './hosts/hosts.ts'
import { usualKnownHostsFiles } from './hosts/knownHostsFiles.ts'
import { createLocalHost } from './hosts/localHost.ts'
import { createRemoteHosts } from './hosts/remoteHost.ts'
import { createSizing } from './hosts/sizing.ts'
import { createBodyBuffers } from './http/bodyBuffers.ts'
import { createOnAir } from './maintenance/onAir.ts'
import { dailyWindows } from './maintenance/windows.ts'
import { openStore } from './openStore.ts'
import { boundedPast } from './past/boundedPast.ts'
import { createConsoleGaps } from './past/consoleGaps.ts'
import { createPast, type Past } from './past/past.ts'
import { createTimeline } from './past/timeline.ts'
import { worstMoment } from './past/worstMoment.ts'
import type { EnginePorts } from './ports.ts'
import { canarySource } from './previews/canarySources.ts'
import { createOpenPictures } from './previews/openPictures.ts'
import { ownNetworks } from './previews/ownNetworks.ts'
import { createPictureTools } from './previews/pictureTools.ts'
import { createPlaybackRelay } from './previews/playbackRelay.ts'
import { createPreviewReports } from './previews/previewReports.ts'
import { createPreviews } from './previews/previews.ts'
import { createStills } from './previews/stills.ts'
import { createStreamPictures } from './previews/streamPictures.ts'
import { streamSources } from './previews/streamSources.ts'
import { createWebrtcAsk, type WebrtcAccess } from './previews/webrtcAsk.ts'
import { createWebrtcDoor } from './previews/webrtcDoor.ts'
import { createWebrtcHealth } from './previews/webrtcHealth.ts'
import { createWebrtcPictures } from './previews/webrtcPictures.ts'
import { createWebrtcRelay, type WebrtcRelay } from './previews/webrtcRelay.ts'
import { bundledProbesText, readBundledProbes } from './probes/bundledProbes.ts'
import { createWatchedDoors, markedAddress } from './probes/markedAddress.ts'
import { probeOfCanary } from './probes/probeOfCanary.ts'
import { createProbeRows } from './probes/probeRows.ts'
import { createProbes, type Probes, type YamlProbe } from './probes/probes.ts'
import { createRecordings } from './recordings/recordings.ts'
import { doRemedy } from './remedies/doRemedy.ts'
import { pastOfRule } from './remedies/pastOfRule.ts'
import { createRemedies } from './remedies/remedies.ts'
import { createRemedyRows } from './remedies/remedyRows.ts'
import { createConnectionTest } from './servers/connectionTest.ts'
import { createMediaServerClient } from './servers/mediaServerClient.ts'
import { readGoroutines } from './servers/readGoroutines.ts'
import type { ServerAccess } from './servers/readings.ts'
import { createSecretBox } from './servers/secretBox.ts'
import { createServers, type Servers } from './servers/servers.ts'
import { shownConfiguration } from './servers/shownConfiguration.ts'
import { yamlChangeFacts } from './servers/yamlChangeFacts.ts'
import { openSessionsDatabase } from './sessions/openSessionsDatabase.ts'
import { createSessionLog } from './sessions/sessionLog.ts'
import { createSessions } from './sessions/sessions.ts'
import { bundledPictures } from './snapshots/bundledPictures.ts'
import { createSnapshotFiles } from './snapshots/snapshotFiles.ts'
import { createSnapshots, type Snapshots } from './snapshots/snapshots.ts'
import { createFileWatch } from './storage/fileWatch.ts'
import { type StorageError, storageError } from './storage/storageError.ts'
import { createPathRoutes } from './streams/pathRoutes.ts'
import { sessionOf } from './streams/sessions.ts'
import { createStreamLives } from './streams/streamLives.ts'
import { createStreamNaming } from './streams/streamNaming.ts'
import { createStreams, type Streams } from './streams/streams.ts'
import type { Acknowledging } from './telling/acknowledging.ts'
import { createUsual } from './usual/usual.ts'
import { createVantages } from './vantages/vantages.ts'

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
/** Who published a stream last is of interest for so long. */
const lastPublisherMs = 86_400_000
/** One process makes all the pictures of the demo's servers. */
const demoSnapshots: Partial<SnapshotSettings> = {
  everySeconds: 3_600,
  exceptions: [{ tags: [], servers: [], streams: ['event/*', 'north/*'], everySeconds: 60 }],
  megabitsPerSecond: 0.5,
}

/** Soon after each start, so that there is a report of what was really read. */
const demoDailyCheck = (now: number): Partial<DailySettings> => ({
  enabled: true,
  at: isoOf(now + 120_000).slice(11, 16),
  zone: 'UTC',
  windowMinutes: 15,
  wakesOnDemand: true,
  streams: ['event/*', 'north/*'],
  lookSeconds: 3,
  atOnce: 2,
})

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
  const { db, pastDb, snapshotsDb, beginPastAnew, isPastAway, rows, history, bundle } = store.value

  // Caps what any one server can store at the volume of the largest honest one. Data imported from a bundle is not capped.
  const budget = opened.use(createServerBudget(clock, history))
  const sessionsIndex = openSessionsDatabase({ clock, log, dataDir })
  if (!sessionsIndex.ok) return sessionsIndex
  opened.defer(() => void sessionsIndex.value.db.close())
  const sessionsWatch = opened.use(createFileWatch({ ...sessionsIndex.value, clock, log, record: (events) => record(events), copying: oneAtATime() }))
  if (sessionsIndex.value.damage !== null) history.record([newEvent('storeDamaged', clock.now(), sessionsIndex.value.damage)])
  /** Created after the servers and alarms, which report changes as soon as they exist. */
  let snapshots: Snapshots | null = null
  /** Created after all that it reads. */
  let daily: DailyChecks | null = null

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
    openPictures: (id, path) => previews.openOn(id, path),
    pictureReads: (id, path) => pictures.readersOn(id, path),
    previewFigures: (id, path) => previewReports.take(id, path),
    recordingFigures: (id, path, liveSince) => recordings.figures(id, path, liveSince),
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
  const recalled = bundle === null ? await readRecalled(clock, history, log) : []
  const alerting = createAlerting(
    {
      clock,
      log,
      db,
      pastDb,
      beginPastAnew,
      isPastAway,
      history,
      slices,
      userAgent: `mtxdeck/${ports.version}`,
      publicUrl: options.publicUrl ?? null,
      kept: { read: rows.setting, note: rows.noteSetting, box },
      recalled,
      bundled: bundle && (readBundledAlarms(bundle.alarms) ?? { since: startedAt, alarms: [] }),
      streams,
      fieldsOf: naming.fieldsOf,
      // Lazily: these are created below.
      server: (id) => servers.get(id),
      serverHosts: () => servers.hosts(),
      machines: () => hosts?.links() ?? [],
      host: (id) => hosts?.get(id) ?? null,
      probe: (id) => probes?.get(id) ?? null,
      elsewhereOf: (probeId) => probes?.get(probeId)?.elsewhere ?? [],
      canaryOf: (probeId) => canaries?.sightOf(probeId, (id) => probes?.get(id)?.state === 'up') ?? null,
      probes: () => probes?.all() ?? [],
      hostOf: (serverId) => hosts?.all().find((host) => host.serverId === serverId) ?? null,
      report: (report) => daily?.details(report) ?? null,
      ownTroubles: () => ownTroubles(),
      usual,
      record: (events) => history.record(events),
      onChange: (happened, judged) => fleet.touchAlarms(happened, judged),
      onStreamAlarm: (serverId, path, since) => snapshots?.alarmBegan(serverId, path, since),
      signal: root.signal,
    },
    opened,
  )
  const { alarms } = alerting
  const testConnection = createConnectionTest({ clock, tag, version: ports.version })
  // Calls `servers` lazily: the servers report changes to it as soon as they are created, below.
  const fleet = createFleet({ clock, launch, streams, servers: () => servers.all(), consoleWhy: () => servers.consoleWhy(), alarms, signal: root.signal })
  const ownTroubles = () =>
    ownTroublesOf({
      store: store.value.trouble() ?? sessionsWatch.trouble() ?? sessionLog.trouble(),
      backup: store.value.backupTrouble(),
      network: servers.consoleWhy(),
      refusals: alerting.telling.refusals(),
      unreached: alerting.telling.unreached(),
    })
  const storeFigures = createStoreFigures(clock, history)
  const exporter = createExporter({
    clock,
    servers: () => servers.all(),
    hosts: () => hosts?.all() ?? [],
    probes: () => probes?.all() ?? [],
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
        snapshots: snapshots && { totals: snapshots.totals(), status: snapshots.status() },
        probes: probes?.status() ?? null,
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
  /** Created after the tools that read streams. */
  let probes: Probes | null = null
  /** Created after the probes that read them back. */
  let canaries: Canaries | null = null
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
        canaries?.serversChanged()
      },
      onRemoved: (id) => {
        fleet.removeServer(id)
        canaries?.serversChanged()
        alarms.judge(id)
        history.forget(serverSubject(id))
        usual.forget(id)
        exporter.forget(id)
        sessionLog.forget(id)
        configurationLog.forget(id)
        pathEditRows.forget(id)
        budget.forget(id)
        snapshots?.forget(id)
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
  const pathEdits = createPathEdits({
    clock,
    rows: pathEditRows,
    keepsSecrets: box !== null,
    show: shownConfiguration,
    nameOf: servers.get,
    doorOf: (id) => {
      const access = servers.get(id)?.state === 'paused' ? null : servers.accessOf(id)
      return access && createClient(access)
    },
    listedReaders: streams.listedReaders,
    record,
    changed: servers.tryNow,
    signal: root.signal,
  })
  pathEditRows.forgetOthers(watchedIds)
  onAir.configure(bundle === null ? (options.onAir ?? []) : [])
  deferEnd(servers.ended)

  const sessions = createSessions({
    clock,
    slices,
    streams,
    kickerOf: (id) => {
      const access = servers.accessOf(id)
      return access && createClient(access)
    },
    networkOf,
    record,
    signal: root.signal,
  })

  const recordings = createRecordings({
    clock,
    log,
    slices,
    history,
    servers: servers.all,
    clientOf: (id) => {
      const access = bundle === null ? servers.accessOf(id) : null
      return access && createClient(access)
    },
    eachPlanned: streams.eachRecorded,
    recordingOf: streams.recordingOf,
    bitrateOf: streams.liveBitrateOf,
    disksOf: (id) => {
      const host = hosts?.all().find(({ serverId, state }) => serverId === id && state === 'up')
      return host?.reading ? { id: host.id, name: host.name, disks: host.reading.disks } : null
    },
    stateOf: (id, path) => streams.get(id, path)?.state ?? null,
    record,
    playbackOf: ({ addresses, addressesAssumed }) => (addressesAssumed ? null : addresses.playback !== null),
    signal: root.signal,
  })
  deferEnd(recordings.ended, recordings.settled)

  const runForced = createForcedCommands(clock)
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

  const openPictures = createOpenPictures({ clock, log })
  const previews = opened.use(
    createPreviews({
      clock,
      pictures: openPictures,
      tag,
      version: ports.version,
      accessOf: (id) => {
        const access = servers.accessOf(id)
        return access && { ...access, hls: access.addresses.hls }
      },
      stream: streams.get,
    }),
  )

  const webrtcAccessOf = (id: string): WebrtcAccess | null => {
    const access = servers.accessOf(id)
    return access && { ...access, webrtc: access.addresses.webrtc }
  }
  const webrtcDoor = createWebrtcDoor(createWebrtcAsk({ clock, version: ports.version }))
  const webrtc = createWebrtcRelay({
    clock,
    door: webrtcDoor,
    servers: servers.all,
    accessOf: webrtcAccessOf,
    stream: streams.get,
    record,
    tag,
    version: ports.version,
  })
  const webrtcPictures = createWebrtcPictures({
    clock,
    pictures: openPictures,
    door: webrtcDoor,
    accessOf: webrtcAccessOf,
    stream: streams.get,
    networks: ownNetworks,
    tag,
    version: ports.version,
  })
  const previewReports = createPreviewReports({ clock, pictures: openPictures, stream: streams.get })
  const playback = createPlaybackRelay({
    clock,
    version: ports.version,
    record: history.record,
    accessOf: (named) => {
      const server = bundle === null ? serverOf(named, servers.all()) : undefined
      const access = server && servers.accessOf(server.id)
      return access ? { ...access, name: server.name, playback: access.addresses.playback, skewMs: server.clockSkewMs ?? 0 } : null
    },
  })
  const webrtcHealth = createWebrtcHealth({ clock, door: webrtcDoor, servers: servers.all, accessOf: webrtcAccessOf, signal: root.signal })

  const media = ports.media ?? null
  const pictureTools = createPictureTools({ media, settings: { read: rows.setting, write: rows.keepSetting }, configured: options.ffmpeg ?? '' })
  const pictures = createStreamPictures({
    clock,
    log,
    tag,
    version: ports.version,
    media,
    ffmpeg: pictureTools.ffmpeg,
    accessOf: (id) => {
      const access = servers.accessOf(id)
      return access && { ...access, rtsp: access.addresses.rtsp, hls: access.addresses.hls, srt: access.addresses.srt }
    },
    stream: streams.get,
    previews,
  })
  const stills = opened.use(createStills({ clock, pictures, stream: streams.get }))

  const keptSnapshots = opened.use(
    createSnapshots({
      clock,
      log,
      files: createSnapshotFiles({ db: snapshotsDb, dataDir }),
      read: media === null || bundle !== null ? null : pictures.take,
      whyNot: (id, path) => pictures.whyNot(id, path, false),
      isSlate: (id, path) => streams.get(id, path)?.state === 'slate',
      bitrateOf: (id, path) => streams.get(id, path)?.figures.bitrateInBps ?? null,
      accessKey: (id) => JSON.stringify(servers.accessOf(id)),
      server: servers.get,
      eachPictured: streams.eachPictured,
      inTrouble: (id, path) => alarms.verdicts.severityOf(id, path) !== null,
      kept: { read: rows.setting, write: rows.keepSetting },
      configured: options.snapshots ?? (options.demo ? demoSnapshots : {}),
      isBundle: bundle !== null,
      signal: root.signal,
    }),
  )
  snapshots = keptSnapshots

  const isWatchedDoor = createWatchedDoors(clock, function* () {
    for (const { id } of servers.all()) {
      const { rtsp = null, hls = null, srt = null } = servers.accessOf(id)?.addresses ?? {}
      yield* [rtsp, hls, srt]
    }
  })
  const vantages = createVantages(
    {
      clock,
      log,
      kept: { read: rows.setting, note: rows.noteSetting, box },
      installation: tag,
      userAgent: `mtxdeck/${ports.version}`,
      // Lazily: probes are created below.
      probeNames: () => watchedProbes.all().map(({ name }) => name),
      signal: root.signal,
    },
    bundle === null ? (options.yamlVantages ?? []) : null,
  )
  deferEnd(vantages.ended)
  const watchedProbes = createProbes(
    {
      clock,
      log,
      rows: createProbeRows(db),
      box,
      media: bundle === null ? media : null,
      userAgent: `mtxdeck/${ports.version}`,
      marked: (address) => markedAddress(address, tag, isWatchedDoor(address)),
      ffmpeg: pictureTools.ffmpeg,
      append,
      gap: (id, at) => {
        alerting.forget(id)
        gap(probeSubject(id), at)
      },
      // What a stream measured while it was up says nothing of it now.
      wentDown: alerting.forget,
      keepEvidence: keptSnapshots.keepEvidence,
      bundled: bundle && readBundledProbes(bundle.probes),
      describe: (id, at, facts) => history.describe(probeSubject(id), at, [{ part: null, facts }]),
      forget: (id) => {
        alarms.judge(id)
        history.forget(probeSubject(id))
        exporter.forget(id)
      },
      elsewhere: vantages.elsewhere,
      severityOf: alarms.verdicts.severityOfProbe,
      isOffline: () => servers.consoleWhy() !== null,
      kept: { read: rows.setting, write: rows.keepSetting },
      signal: root.signal,
    },
    bundle === null ? (options.yamlProbes ?? []) : [],
  )
  deferEnd(watchedProbes.ended)
  probes = watchedProbes
  let probesOfFile = bundle === null ? (options.yamlProbes ?? []) : []
  let canaryReaders: readonly CanaryReader[] = []
  const applyFileProbes = (inputs: readonly YamlProbe[]) => {
    probesOfFile = inputs
    return applyProbes()
  }
  const applyProbes = () => watchedProbes.applyYaml([...probesOfFile, ...canaryReaders.map(probeOfCanary)])
  const publishedCanaries = createCanaries(
    {
      clock,
      kept: { read: rows.setting, write: rows.keepSetting },
      media: bundle === null ? media : null,
      tag,
      servers: servers.names,
      sourceOf: (id, protocol, use, path) => {
        const access = servers.accessOf(id)
        const server = servers.get(id)
        if (access === null || server === null) return err('protocolOff')
        const rtmp =
          protocol === 'rtmp' ? (doorsOf(server, servers.configuration(id)?.global ?? {}).find(({ door }) => door === 'rtmp')?.at?.url ?? null) : null
        return canarySource({ ...access, ...access.addresses, url: access.url, rtmp }, protocol, use, path, tag)
      },
      read: (readers) => {
        canaryReaders = readers
        applyProbes()
      },
      probeIdOf: watchedProbes.idOfCanary,
      signal: root.signal,
    },
    bundle === null ? (options.yamlCanaries ?? []) : null,
  )
  canaries = publishedCanaries
  deferEnd(publishedCanaries.ended)

  const dailyChecks = opened.use(
    createDailyChecks({
      clock,
      slices,
      log,
      db: snapshotsDb,
      servers: servers.all,
      server: servers.get,
      stream: streams.get,
      eachCamera: streams.eachCamera,
      probes: watchedProbes.all,
      probe: watchedProbes.get,
      lookAtStream: media === null || bundle !== null ? null : pictures.look,
      lookAtProbe: async (id, { lookMs, content, signal }) =>
        (await watchedProbes.look(id, { lookMs, content: (probe) => watchOfProbe(probe, content), signal })) ?? err({ kind: 'notFound' }),
      inMaintenance: (subject) => alerting.maintenance.of(subject, clock.now()) !== null,
      isOffline: () => servers.consoleWhy() !== null,
      windowsOf: dailyWindows,
      pictures: { keep: keptSnapshots.keepPicture, at: keptSnapshots.pictureAt },
      tell: alerting.telling.tellReport,
      untoldOf: alerting.telling.noReportsTo,
      kept: { read: rows.setting, write: rows.keepSetting, note: rows.noteSetting },
      usual: { zone: zoneOf('local'), ...(options.demo && demoDailyCheck(startedAt)) },
      configured: bundle === null ? (options.dailyCheck ?? null) : null,
      bundled: bundle && readBundledReports(bundle.dailyReports),
      signal: root.signal,
    }),
  )
  daily = dailyChecks

  const bundles = opened.use(
    createBundles({
      clock,
      log,
      dataDir,
      write: history.bundle,
      servers: servers.all,
      configuration: servers.configuration,
      alarms: alarms.bundled,
      sessions: (scope, hider, asked) => sessionLog.bundled(scope, hider, asked ? AbortSignal.any([root.signal, asked]) : root.signal),
      probeIds: (of) => {
        const reads = alerting.probedStreams()
        return bundledProbeIds(
          of,
          watchedProbes.all().map(({ id }) => id),
          (id) => reads.get(id),
        )
      },
      probes: (ids) => bundledProbesText(ids.flatMap((id) => watchedProbes.get(id) ?? [])),
      dailyReports: dailyChecks.bundle,
      pictures: (scope, named, asked) =>
        bundledPictures({ db: snapshotsDb, dataDir }, scope, named, slices.begin(), asked ? AbortSignal.any([root.signal, asked]) : root.signal),
    }),
  )

  const configurations = createConfigurations({ log: configurationLog, slices, events: history.events, signal: root.signal })
  const dossiers = opened.use(
    createDossiers({
      clock,
      log,
      slices,
      version: ports.version,
      isDemo: options.demo ?? false,
      servers: () => bundle?.servers ?? servers.all(),
      hosts: watchedHosts.all,
      incident: alarms.incident,
      openAlarms: alarms.open,
      pastAlarms: async (input, asked) => {
        const failures = alarms.pastFailures()
        const found = await alarms.past(input, asked)
        return { alarms: found.ok ? found.value : [], isWhole: found.ok && alarms.pastFailures() === failures }
      },
      alarm: alarms.get,
      messages: alerting.telling.messages,
      rules: alerting.rules,
      range: history.range,
      events: history.events,
      sessions: sessionLog.past,
      picturesAround: keptSnapshots.around,
      // Bundles have none.
      differences: bundle === null ? configurations.changedSettings : null,
    }),
  )

  const diagnoses = createDiagnoses({
    clock,
    log,
    tag,
    version: ports.version,
    server: servers.get,
    accessOf: servers.accessOf,
    configuration: servers.configuration,
    stream: streams.get,
    rtspSource: (id, path) => {
      const access = servers.accessOf(id)
      if (access === null) return null
      const [way] = streamSources({ ...access, rtsp: access.addresses.rtsp, hls: null, srt: null }, path, tag)
      return way?.ok && 'url' in way.value ? way.value.url : null
    },
    lookUnder: watchedHosts.lookUnder,
    lastPublisher: async (id, path, signal) => {
      const to = clock.now()
      // The filter is a pattern, which finds more than the name if that has its letters.
      const pattern = path.startsWith('~') ? `*${path.slice(1)}` : path
      const { sessions } = await sessionLog.past({ server: id, path: pattern, role: 'publisher', from: to - lastPublisherMs, to, limit: 20 }, signal)
      const last = sessions.find((one) => one.path === path)
      return last === undefined || last.ended === null ? null : { ...last, ended: last.ended }
    },
    record,
    signal: root.signal,
  })
  deferEnd(diagnoses.settled)

  const timeline = createTimeline({ clock, history })
  const bundled = new Map(bundle?.servers.map((server) => [server.id, server]))
  const availability = createAvailability({
    clock,
    history,
    slices,
    server: (id) => servers.get(id) ?? bundled.get(id) ?? null,
    probe: watchedProbes.get,
    maintenanceOf: alerting.maintenance.within,
    onAirOf: onAir.within,
    offlineWithin: createConsoleGaps(history.events).offlineWithin,
    signal: root.signal,
  })
  const worstAt = bundle === null ? null : await worstMoment(timeline, bundle)
  const { rules = [], channels = [], routes = null, heartbeat = null, drill = null, maintenance = [] } = bundle === null ? options : {}
  const configureAlerting = (input: AlertingInput): void => {
    const ofDemo = options.demo ? demoRules.filter(({ id }) => !input.rules.some((rule) => rule.id === id)) : []
    alerting.configure({ ...input, rules: [...input.rules, ...ofDemo] })
  }
  configureAlerting({ rules, channels, routes, heartbeat, drill, maintenance })
  // It is the console's, whosever figures are lost.
  onDamage = (damage) => alerting.happened([{ ...damage, subject: null, ownerName: null }])
  for (const damage of foundEarly) onDamage(damage)
  const remedies = createRemedies({
    clock,
    log,
    rows: createRemedyRows(db),
    // What a bundle shows is over.
    rules: bundle === null ? alerting.rules : () => [],
    open: alarms.open,
    alarm: (id) => alarms.get(id),
    pastOf: (rule, from, signal) =>
      pastOfRule({ inputs: alerting.ruleEdits.inForce, rehearse: alerting.rehearse, open: alarms.open, past: alarms.past }, rule, from, signal),
    act: (remedy, acting) =>
      doRemedy(
        {
          clock,
          publishersOf: (serverId, path) => streams.sessionsOf(serverId).filter((session) => session.path === path && session.role === 'publisher'),
          kick: sessions.kick,
          paths: pathEdits,
          routeWithKey: watchedHosts.routeWithKey,
          runForced,
          signal: root.signal,
        },
        remedy,
        acting,
      ),
    record,
    signal: root.signal,
  })
  deferEnd(remedies.ended)
  const pastOf = boundedPast(
    createPast({
      clock,
      history,
      alarmsThen: alerting.alarmsThen,
      nameOf: (id) => (servers.get(id) ?? bundle?.servers.find((server) => server.id === id))?.name ?? null,
    }),
  )
  const router = createRouter({
    clock,
    readOnly: bundle !== null,
    bundles,
    dossiers,
    diagnoses,
    servers: bundle === null ? servers : { ...servers, configuration: (id) => bundle.configurations[id] ?? null },
    compareConfigurations: createCompareConfigurations({
      log: configurationLog,
      slices,
      servers: () => bundle?.servers ?? servers.all(),
      listedReaders: streams.listedReaders,
      configuration: (id) => (bundle === null ? servers.configuration(id) : (bundle.configurations[id] ?? null)),
    }),
    pathEdits,
    configurations,
    streams,
    naming,
    lives: createStreamLives({
      clock,
      history,
      slices,
      nameOf: (id) => (servers.get(id) ?? bundled.get(id))?.name ?? null,
      fieldsOf: naming.fieldsOf,
      signal: root.signal,
    }),
    paths: createPathRoutes({ slices, streams, withFields: naming.withFields, kick: sessions.kick }),
    sessions,
    sessionLog,
    recordings,
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
    pastOf,
    timeline,
    availability,
    history,
    previews,
    previewReports,
    webrtcPictures,
    webrtcHealth,
    stills,
    snapshots: keptSnapshots,
    pictureTools,
    localHost,
    hosts: watchedHosts,
    probes: watchedProbes,
    vantages,
    canaries: publishedCanaries,
    installation: tag,
    dailyChecks,
    sizing,
    testConnection,
    hello: () => ({
      product: 'mtxdeck',
      version: ports.version,
      contractVersion,
      launch,
      demo: options.demo ?? false,
      startedAt,
      bundle: bundle && { name: basename(options.bundle ?? ''), ...bundleSpan(bundle), worstAt },
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
      const changes = { servers: servers.applyYaml(named.servers), hosts: watchedHosts.applyYaml(named.hosts), probes: applyFileProbes(named.probes) }
      vantages.applyYaml(named.vantages ?? [])
      publishedCanaries.applyYaml(named.canaries ?? [])
      configureAlerting(named)
      for (const { id } of [...servers.all(), ...watchedHosts.all(), ...watchedProbes.all()]) alarms.judge(id)
      onAir.configure(named.onAir)
      dailyChecks.configure(named.dailyCheck ?? null)
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
      bundles.fetch(request, language) ?? dossiers.fetch(request, language) ?? playback.fetch(request, by, language) ?? previews.relay(request, language),
    webrtc,
    acknowledging: alerting.acknowledging,
    reports: (language) => [...naming.withFields(streams.eachReport(language))],
    eachReport: (language) => naming.withFields(streams.eachReport(language)),
    reportsThen: async (operator, ...asked) => naming.withFields(await pastOf(operator).reports(...asked)),
    inTrouble: alarms.inTrouble,
    awaitsThreads: history.asked,
    exported: exporter.pieces,
    settled: async () => {
      await servers.settled()
      await watchedHosts.settled()
      await watchedProbes.settled()
      await vantages.settled()
      await alerting.settled()
      await onAir.settled()
      await keptSnapshots.settled()
      await dailyChecks.settled()
      await sessionLog.settled()
      await diagnoses.settled()
      await configurationLog.settled()
      await recordings.settled()
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
