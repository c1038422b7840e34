import { type Clock, sleep } from '../clock/clock.ts'
import type { Slices } from '../clock/slices.ts'
import type { Route } from '../shared/channels.ts'
import type { DailyDetails } from '../shared/dailyChecks.ts'
import type { DeckEvent, NewEvent } from '../shared/events.ts'
import type { Host } from '../shared/hosts.ts'
import type { MaintenanceInput } from '../shared/maintenance.ts'
import type { Probe } from '../shared/probes.ts'
import type { Rule, RuleInput } from '../shared/rules.ts'
import type { Server } from '../shared/servers.ts'
import type { Elsewhere } from '../shared/sights.ts'
import { consoleId, ownerIdOf, pathOf, subjectNamed } from '../shared/subjectNames.ts'
import type { AlarmSubject } from '../shared/subjects.ts'
import { type CountAlarms, createAlarmStatistics } from './alarms/alarmStatistics.ts'
import { type Alarms, type AlarmsDeps, createAlarms } from './alarms/alarms.ts'
import { createBeyondNow, type FindBeyond } from './alarms/beyondNow.ts'
import type { BundledAlarms } from './alarms/bundledAlarms.ts'
import { type CauseFinderDeps, createCauseFinder } from './alarms/causeFinder.ts'
import type { Finding } from './alarms/findings.ts'
import { createJudging } from './alarms/judging.ts'
import type { OwnTrouble } from './alarms/ownTroubles.ts'
import { createRehearsal, type Rehearse } from './alarms/rehearsal.ts'
import { createRuleEdits, type RuleEdits } from './alarms/ruleEdits.ts'
import { type FieldsOf, placesIn } from './alarms/ruleSet.ts'
import { createStandingThen, type FindStandingThen } from './alarms/standingThen.ts'
import { createProbedStreams, createTopology } from './alarms/topology.ts'
import type { UsualNow } from './alarms/unusualThen.ts'
import type { History, SampleBatch } from './history/history.ts'
import type { Hosts } from './hosts/hosts.ts'
import { createMaintenance, type MaintenancePlans, type WorkPlace } from './maintenance/maintenance.ts'
import { weeklyBegins, weeklyHours } from './maintenance/weekly.ts'
import type { Log } from './ports.ts'
import type { Servers } from './servers/servers.ts'
import { streamAddressOf } from './servers/streamAddress.ts'
import type { KeyStore } from './storage/keptSecrets.ts'
import type { Database } from './storage/openDatabase.ts'
import type { Streams } from './streams/streams.ts'
import { createAcknowledgeLinks, openLinkKey } from './telling/acknowledgeLinks.ts'
import { type Acknowledging, createAcknowledging } from './telling/acknowledging.ts'
import { type ChannelEdits, createChannelEdits } from './telling/channelEdits.ts'
import type { ChannelInput } from './telling/channelKinds.ts'
import type { DrillInput } from './telling/drill.ts'
import type { HeartbeatInput } from './telling/heartbeat.ts'
import type { ReportName } from './telling/messageRows.ts'
import { createReadinessEdits, type ReadinessEdits } from './telling/readinessEdits.ts'
import { createTelling, type Telling } from './telling/telling.ts'
import type { UsualOfStreams } from './usual/usual.ts'

export interface AlertingDeps {
  readonly clock: Clock
  readonly log: Log
  /** main.db. */
  readonly db: Database
  /** alarms.db. */
  readonly pastDb: Database
  readonly beginPastAnew: () => boolean
  readonly isPastAway: () => boolean
  /** By how much the clock was set back while no console ran, ms. */
  readonly setBackMs: number
  readonly history: Pick<History, 'at' | 'range' | 'subjects' | 'tail'>
  readonly slices: Slices
  readonly userAgent: string
  /** Where browsers reach this console, for links in messages; null: not known. */
  readonly publicUrl: string | null
  /** Keeps the key that signs links to acknowledge and the plan of the drill, and seals secrets. */
  readonly kept: KeyStore
  /** Events of before this console began, oldest first. */
  readonly recalled: readonly DeckEvent[]
  /** The alarms of the bundle that is shown: nothing is judged. null: this console watches. */
  readonly bundled: BundledAlarms | null
  readonly streams: Streams
  /** The fields of a stream's name, by the naming templates in force. */
  readonly fieldsOf: FieldsOf
  readonly server: Servers['get']
  readonly serverHosts: Servers['hosts']
  readonly machines: Hosts['links']
  readonly host: (id: string) => Host | null
  readonly probe: (id: string) => Probe | null
  /** What other consoles see of a probe. */
  readonly elsewhereOf: (probeId: string) => readonly Elsewhere[]
  /** The canary that a probe reads back; null: it reads none. */
  readonly canaryOf: CauseFinderDeps['canaryOf']
  readonly probes: () => readonly Probe[]
  /** The host that a server is known to run on; null: none is watched. */
  readonly hostOf: (serverId: string) => Host | null
  /** A report of the daily check; null: it is not kept any more. */
  readonly report: (report: ReportName) => DailyDetails | null
  /** What is wrong with this console itself. */
  readonly ownTroubles: () => readonly OwnTrouble[]
  readonly usual: UsualNow & Pick<UsualOfStreams, 'learnedOver'>
  /** Stores events of this console itself. */
  readonly record: (events: readonly NewEvent[]) => void
  /** Called after each change of open alarms. */
  readonly onChange: AlarmsDeps['onChange']
  /** Called with the streams whose alarms began or returned, and since when. */
  readonly onStreamAlarm: (serverId: string, path: string, since: number) => void
  readonly signal: AbortSignal
}

/** What the configuration file says of alarms. */
export interface AlertingInput {
  /** Changes of the shipped rules, and more of them. */
  readonly rules: readonly RuleInput[]
  /** Channels that are told of alarms. */
  readonly channels: readonly ChannelInput[]
  /** Which of them are told of what; null: everything goes to every channel. */
  readonly routes: readonly Route[] | null
  /** The heartbeat that a watcher elsewhere expects. */
  readonly heartbeat?: HeartbeatInput | null
  /** When each channel gets a test message. */
  readonly drill?: DrillInput | null
  /** Maintenance windows: shown with a mark, not editable. */
  readonly maintenance: readonly MaintenanceInput[]
}

/** Alarms with the rules that find them, the windows in which they are not told, and whom they are told to. */
export interface Alerting {
  readonly alarms: Alarms
  readonly countAlarms: CountAlarms
  /** The alarms of a past moment. */
  readonly alarmsThen: FindStandingThen
  /** What is wrong by the states of servers and streams, as the rules find it, without their delays. */
  readonly ofStates: (servers: readonly Server[]) => Iterable<Finding>
  readonly rules: () => readonly Rule[]
  /** The streams of watched servers that probes read, by the ids of the probes. */
  readonly probedStreams: ReturnType<typeof createProbedStreams>
  readonly rehearse: Rehearse
  readonly findBeyond: FindBeyond
  readonly ruleEdits: RuleEdits
  readonly maintenance: MaintenancePlans
  readonly channelEdits: ChannelEdits
  readonly readinessEdits: ReadinessEdits
  readonly telling: Telling
  readonly acknowledging: Acknowledging
  readonly configure: (input: AlertingInput) => void
  /** Judges figures. Call it before history takes them away. */
  readonly see: (batch: SampleBatch) => void
  /** Figures that were seen of it count no more. */
  readonly forget: (ownerId: string) => void
  readonly happened: (events: readonly NewEvent[]) => void
  readonly settled: () => Promise<void>
}

/** A message waits for what it says of causes no longer than this, ms. */
const causesWithinMs = 500

/** Wires alarms together; what has to be closed is registered on `opened`. */
export function createAlerting(deps: AlertingDeps, opened: AsyncDisposableStack): Alerting {
  const { clock, log, db, history, slices, userAgent, streams, server, signal } = deps
  const isBundle = deps.bundled !== null
  const judging = createJudging({
    clock,
    streams,
    server,
    host: deps.host,
    probe: deps.probe,
    fieldsOf: deps.fieldsOf,
    ownTroubles: isBundle ? null : deps.ownTroubles,
    usual: deps.usual,
  })
  judging.recall(deps.recalled)
  const placeOf = placesIn(server, deps.host, deps.probe)
  const probed = createProbedStreams({ clock, streams, server, serverHosts: deps.serverHosts, probes: deps.probes, addressOf: streamAddressOf })
  /** Work on a server is work on what a probe reads of it, too. */
  const workedOn = (subject: AlarmSubject): WorkPlace => {
    const { server: name, tags } = placeOf(subject)
    const read = subject.kind === 'probe' ? probed().get(subject.probeId) : undefined
    if (read === undefined) return { name: name ?? '', tags: name === null && subject.kind !== 'probe' ? [] : tags, path: pathOf(subject) }
    const of = server(read.serverId)
    return { name: of?.name ?? '', tags: [...tags, ...(of?.tags ?? [])], path: read.path }
  }
  // Lazily: alarms are created below.
  const maintenance = opened.use(
    createMaintenance({
      clock,
      log,
      db,
      slices,
      userAgent,
      placeOf: workedOn,
      onChange: () => alarms.judgeAll(),
      signal,
    }),
  )
  const links = deps.publicUrl === null || isBundle ? null : createAcknowledgeLinks(deps.publicUrl, openLinkKey(deps.kept))
  const telling = opened.use(
    createTelling({
      clock,
      log,
      db,
      incident: (id) => alarms.incident(id),
      report: deps.report,
      incidentOf: (alarmId) => alarms.incidentOf(alarmId),
      extent: (id) => alarms.extent(id),
      extents: () => alarms.extents(),
      tagsOf: (id) => (id === consoleId ? [] : placeOf(subjectNamed(id, null)).tags),
      weeklyHours,
      weeklyBegins,
      settings: deps.kept,
      setBackMs: deps.setBackMs,
      publicUrl: deps.publicUrl,
      links,
      userAgent,
      signal,
    }),
  )
  const causes = createCauseFinder({
    clock,
    log,
    history,
    streams,
    hostOf: deps.hostOf,
    serverOn: (hostId) => deps.host(hostId)?.serverId ?? null,
    elsewhereOf: deps.elsewhereOf,
    canaryOf: deps.canaryOf,
    alarmsOf: (serverId) => alarms.open({ serverId }),
    found: (id, found) => alarms.explain(id, found),
    signal,
  })
  let waiting: Promise<void> | null = null
  const sendAfter = async (looking: Promise<void>) => {
    const stop = new AbortController()
    await Promise.race([looking, sleep(clock, causesWithinMs, AbortSignal.any([signal, stop.signal])).catch(() => undefined)])
    stop.abort()
    waiting = null
    if (!signal.aborted) telling.send()
  }
  /** Messages say why, if that is known in time. */
  const sendSoon = () => {
    const looking = causes.looking()
    if (looking === null) telling.send()
    else waiting ??= sendAfter(looking)
  }
  const alarms: Alarms = createAlarms({
    clock,
    log,
    db,
    pastDb: deps.pastDb,
    beginPastAnew: deps.beginPastAnew,
    isPastAway: deps.isPastAway,
    slices,
    judging,
    maintenanceOf: maintenance.of,
    around: {
      originOf: streams.originOf,
      eachLive: streams.eachLive,
      liveOn: (id) => streams.totals(id).live,
      upstreams: createTopology({ streams, server, serverHosts: deps.serverHosts }),
      probed,
      serverHosts: deps.serverHosts,
      machines: deps.machines,
    },
    shownPast: deps.bundled,
    alongside: telling.enqueue,
    onRaised: (raised) => {
      causes.look(raised)
      for (const { subject, since } of raised) if (subject.kind === 'stream') deps.onStreamAlarm(subject.serverId, subject.path, since)
    },
    onChange: (happened, judged) => {
      deps.onChange(happened, judged)
      sendSoon()
    },
    signal,
  })
  if (!isBundle) streams.onChange(alarms.judge)
  const ruleEdits = createRuleEdits({
    clock,
    log,
    db,
    onChange: () => {
      judging.configure(ruleEdits.ofFile(), ruleEdits.all())
      alarms.judgeAll()
    },
    record: deps.record,
  })
  const readinessEdits = createReadinessEdits({ clock, kept: deps.kept, onChange: () => tell(), record: deps.record })
  const channelEdits = createChannelEdits({
    clock,
    log,
    db,
    box: deps.kept.box,
    onChange: () => tell(),
    record: deps.record,
  })
  // A bundle tells nothing.
  const tell = () => (isBundle ? telling.configure([], null) : telling.configure(channelEdits.channels(), channelEdits.routes(), readinessEdits.inForce()))
  const trials = {
    clock,
    history,
    slices,
    server,
    host: deps.host,
    probe: deps.probe,
    fieldsOf: deps.fieldsOf,
    hasVideo: streams.hasVideo,
    rules: ruleEdits.inForce,
    usual: deps.usual,
    signal,
  }
  return {
    alarms,
    countAlarms: createAlarmStatistics({ clock, rows: alarms.closed, slices, open: alarms.open, keptSince: alarms.keptSince, signal }),
    alarmsThen: createStandingThen({ alarms, judging, slices, signal }),
    ofStates: function* (servers) {
      for (const one of servers) yield* judging.ofStates(one, streams.eachTroubledOf(one.id))
    },
    rules: judging.rules,
    probedStreams: probed,
    ruleEdits,
    rehearse: createRehearsal(trials),
    findBeyond: createBeyondNow({ ...trials, alarmsOf: alarms.ofRule }),
    maintenance,
    channelEdits,
    readinessEdits,
    telling,
    acknowledging: createAcknowledging({
      clock,
      links,
      languageOf: telling.linkLanguageOf,
      incident: alarms.incident,
      untaken: alarms.untaken,
      acknowledge: alarms.acknowledgeByLink,
      publicUrl: deps.publicUrl,
    }),
    configure: ({ rules, channels, routes, heartbeat, drill, maintenance: windows }) => {
      ruleEdits.configure(rules)
      maintenance.configure(windows)
      readinessEdits.configure({ heartbeat: heartbeat ?? null, drill: drill ?? null })
      channelEdits.configure(channels, routes)
    },
    see: (batch) => {
      if (!isBundle && judging.see(batch)) alarms.judge(ownerIdOf(batch.owner))
    },
    forget: judging.forget,
    happened: (events) => {
      if (isBundle) return
      causes.happened(events)
      for (const ownerId of judging.happened(events)) alarms.judge(ownerId)
    },
    settled: async () => {
      await alarms.settled()
      await causes.looking()
      await waiting
      await telling.settled()
      await maintenance.settled()
    },
  }
}
