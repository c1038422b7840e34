import type { Route } from '../shared/channels.ts'
import type { DailyDetails } from '../shared/dailyChecks.ts'
import type { NewEvent } from '../shared/events.ts'
import type { Host } from '../shared/hosts.ts'
import type { MaintenanceInput } from '../shared/maintenance.ts'
import type { Probe } from '../shared/probes.ts'
import type { Elsewhere } from '../shared/remoteProbes.ts'
import type { RuleInput } from '../shared/rules.ts'
import type { Server } from '../shared/servers.ts'
import { consoleId, serverSubject, subjectNamed } from '../shared/subjectNames.ts'
import { createAlarmStatistics } from './alarms/alarmStatistics.ts'
import { type Alarms, type AlarmsDeps, createAlarms } from './alarms/alarms.ts'
import { createAlarmsThen } from './alarms/alarmsThen.ts'
import { readBundledAlarms } from './alarms/bundledAlarms.ts'
import { type CauseFinderDeps, createCauseFinder } from './alarms/causeFinder.ts'
import type { OwnTrouble } from './alarms/conditions.ts'
import { createEvaluation } from './alarms/evaluation.ts'
import type { Finding } from './alarms/findings.ts'
import { readEarlierEvents } from './alarms/flaps.ts'
import { createLiveThen } from './alarms/joining.ts'
import type { BaselinesNow } from './alarms/offBaseline.ts'
import { createRehearsal } from './alarms/rehearsal.ts'
import { type FieldsOf, placesIn } from './alarms/ruleSet.ts'
import { createProbedStreams, createTopology } from './alarms/topology.ts'
import type { Baselines } from './baselines/baselines.ts'
import { createAlarmEdits } from './createAlarmEdits.ts'
import type { SampleBatch } from './history/history.ts'
import type { Hosts } from './hosts/hosts.ts'
import { createMaintenance, workPlacesBy } from './maintenance/maintenance.ts'
import { weeklyBegins, weeklyHours } from './maintenance/windows.ts'
import { createAcknowledgeLinks, createAcknowledging } from './notifications/acknowledging.ts'
import type { ChannelInput } from './notifications/channelKinds.ts'
import type { ReportName } from './notifications/messageRows.ts'
import { createNotifications, type Notifications } from './notifications/notifications.ts'
import type { DrillInput, HeartbeatInput } from './notifications/readiness.ts'
import { createSendWithCauses } from './notifications/sendWithCauses.ts'
import type { Probes } from './probes/probes.ts'
import type { Servers } from './servers/servers.ts'
import { streamAddressOf } from './servers/streamAddress.ts'
import { openSigningKey } from './storage/keptSecrets.ts'
import type { Streams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** Access to what is monitored. Alarms are wired before servers, hosts and probes exist, so these are called later. */
export interface WatchedNow {
  readonly server: Servers['get']
  readonly serverHosts: Servers['hosts']
  readonly machines: Hosts['links']
  readonly host: (id: string) => Host | null
  readonly probe: (id: string) => Probe | null
  /** Results of a probe as seen by other consoles. */
  readonly elsewhereOf: (probeId: string) => readonly Elsewhere[]
  /** The canary that a probe reads back; null: none. */
  readonly canaryOf: CauseFinderDeps['canaryOf']
  readonly probes: Probes['addresses']
  /** The host that a server is known to run on; null: no such host is watched. */
  readonly hostOf: (serverId: string) => Host | null
  /** A daily check report; null: no longer stored. */
  readonly report: (report: ReportName) => DailyDetails | null
}

/** The alarm settings of the configuration file. */
export interface AlertingInput {
  /** Changes to shipped rules, and additional rules. */
  readonly rules: readonly RuleInput[]
  /** Notification channels. */
  readonly channels: readonly ChannelInput[]
  /** Which channels are notified of which alarms; null: everything goes to every channel. */
  readonly routes: readonly Route[] | null
  /** The heartbeat sent to an external watchdog. */
  readonly heartbeat?: HeartbeatInput | null
  /** When each channel gets a test message. */
  readonly drill?: DrillInput | null
  /** Maintenance windows: shown with a mark, not editable. */
  readonly maintenance: readonly MaintenanceInput[]
}

/** Alarms with their rules, maintenance windows and notification channels. */
export type Alerting = Awaited<ReturnType<typeof createAlerting>>

/** Wires up alarming. First loads the past events that rules need across a restart. */
export async function createAlerting(
  wiring: Wiring,
  deps: {
    readonly watched: WatchedNow
    readonly streams: Streams
    /** Parses a stream's name into fields, by the naming templates in force. */
    readonly fieldsOf: FieldsOf
    /** Troubles of this console itself. */
    readonly ownTroubles: () => readonly OwnTrouble[]
    readonly baseline: BaselinesNow & Pick<Baselines, 'learnedOver'>
    /** Called after each change of open alarms. */
    readonly onChange: AlarmsDeps['onChange']
    /** Called with each stream whose alarm was raised or recurred, and since when. */
    readonly onStreamAlarm: (serverId: string, path: string, since: number) => void
  },
) {
  const { ports, slices, box, startedAt, opened, signal } = wiring
  const { clock, log, systemProxy } = ports
  const { db, alarmsDb, rows, history, bundle } = wiring.store
  const { streams, fieldsOf, baseline } = deps
  const { server, host, probe, serverHosts } = deps.watched
  const userAgent = `mtxdeck/${ports.version}`
  const kept = { read: rows.setting, note: rows.noteSetting, box }
  const evaluation = createEvaluation({ clock, streams, server, host, probe, fieldsOf, ownTroubles: bundle === null ? deps.ownTroubles : null, baseline })
  if (bundle === null) evaluation.replayEvents(await readEarlierEvents(clock, history, log))
  const placeOf = placesIn(server, host, probe)
  const probed = createProbedStreams({ clock, streams, server, serverHosts, probes: deps.watched.probes, addressOf: streamAddressOf })
  // Lazily: alarms are created below.
  const maintenance = opened.use(
    createMaintenance({
      clock,
      log,
      db,
      slices,
      userAgent,
      systemProxy,
      placeOf: workPlacesBy({ placeOf, server, probed }),
      onChange: () => alarms.evaluateAll(),
      signal,
    }),
  )
  const links = bundle !== null ? null : createAcknowledgeLinks(() => notifications.publicUrl(), openSigningKey(kept, 'acknowledgeKey'))
  const notifications: Notifications = opened.use(
    createNotifications({
      clock,
      log,
      db: alarmsDb,
      incident: (id) => alarms.incident(id),
      report: deps.watched.report,
      incidentOf: (alarmId) => alarms.incidentOf(alarmId),
      extent: (id) => alarms.extent(id),
      extents: () => alarms.extents(),
      tagsOf: (id) => (id === consoleId ? [] : placeOf(subjectNamed(id, null)).tags),
      weeklyHours,
      weeklyBegins,
      settings: kept,
      setBackMs: wiring.store.setBackMs,
      links,
      userAgent,
      systemProxy,
      record: history.record,
      signal,
    }),
  )
  const causes = createCauseFinder({
    clock,
    log,
    history,
    streams,
    hostOf: deps.watched.hostOf,
    elsewhereOf: deps.watched.elsewhereOf,
    canaryOf: deps.watched.canaryOf,
    alarmsOf: (serverId) => alarms.open({ serverId }),
    found: (id, found) => alarms.explain(id, found),
    signal,
  })
  const sending = createSendWithCauses({ clock, looking: causes.searching, send: notifications.send, signal })
  const liveOn = (id: string) => streams.totals(id).live
  const liveThen = createLiveThen(clock, liveOn)
  const alarms: Alarms = createAlarms({
    clock,
    log,
    db: alarmsDb,
    onDamaged: wiring.store.onAlarmsDamaged,
    slices,
    evaluation,
    maintenanceOf: maintenance.of,
    around: {
      originOf: streams.originOf,
      eachLive: streams.eachLive,
      liveOn,
      liveThen: liveThen.at,
      upstreams: createTopology({ streams, server, serverHosts }),
      probed,
      serverHosts,
      machines: deps.watched.machines,
    },
    aliveUntil: wiring.store.aliveUntil,
    shownPast: bundle && (readBundledAlarms(bundle.alarms) ?? { since: startedAt, alarms: [] }),
    alongside: notifications.enqueue,
    onRaised: (raised) => {
      causes.search(raised)
      for (const { subject, since } of raised) if (subject.kind === 'stream') deps.onStreamAlarm(subject.serverId, subject.path, since)
    },
    onChange: (happened, evaluated) => {
      deps.onChange(happened, evaluated)
      sending.send()
    },
    signal,
  })
  if (bundle === null)
    streams.onChange((serverId) => {
      liveThen.note(serverId)
      alarms.evaluate(serverSubject(serverId))
    })
  const edits = createAlarmEdits(wiring, alarms, evaluation, maintenance, notifications, kept, history.record)
  const trials = { clock, history, slices, server, host, probe, fieldsOf, hasVideo: streams.hasVideo, rules: edits.ruleEdits.inForce, baseline, signal }
  return {
    ...edits,
    alarms,
    countAlarms: createAlarmStatistics({ clock, rows: alarms.closed, slices, open: alarms.open, keptSince: alarms.keptSince, signal }),
    /** Alarms that were open at a past time. */
    alarmsThen: createAlarmsThen({ alarms, evaluation, slices, signal }),
    /** Troubles in the states of servers and streams according to the rules, ignoring their delays. */
    ofStates: function* (servers: readonly Server[]): Iterable<Finding> {
      for (const one of servers) yield* evaluation.ofStates(one, streams.eachTroubledOf(one.id))
    },
    rules: evaluation.rules,
    /** Streams of watched servers that are read by probes, by probe id. */
    probedStreams: probed,
    rehearse: createRehearsal(trials),
    maintenance,
    notifications,
    acknowledging: createAcknowledging({
      clock,
      links,
      languageOf: notifications.linkLanguageOf,
      incident: alarms.incident,
      untaken: alarms.unacknowledgedOf,
      acknowledge: alarms.acknowledgeByLink,
      publicUrl: notifications.publicUrl,
    }),
    /** Evaluates figures. Must be called before history takes over the batch. */
    see: (batch: SampleBatch) => {
      if (bundle === null && evaluation.addSamples(batch)) alarms.evaluate(batch.owner)
    },
    /** Discards what was seen of a server or host. */
    forget: evaluation.forget,
    happened: (events: readonly NewEvent[]) => {
      if (bundle !== null) return
      causes.addEvents(events)
      for (const owner of evaluation.addEvents(events)) alarms.evaluate(owner)
    },
    settled: async () => {
      await alarms.settled()
      await causes.searching()
      await sending.settled()
      await notifications.settled()
      await maintenance.settled()
    },
  }
}
