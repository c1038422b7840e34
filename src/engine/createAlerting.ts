import type { DailyDetails } from '../shared/dailyChecks.ts'
import type { NewEvent } from '../shared/events.ts'
import type { Server } from '../shared/servers.ts'
import { consoleId, type Owner, ownerIdOf, serverSubject, subjectNamed } from '../shared/subjectNames.ts'
import { zoneOf } from '../shared/units.ts'
import { createAlarmStatistics, createPeriodCount } from './alarms/alarmStatistics.ts'
import { Alarms, type AlarmsDeps } from './alarms/alarms.ts'
import { createAlarmsThen } from './alarms/alarmsThen.ts'
import { readBundledAlarms } from './alarms/bundledAlarms.ts'
import { createCauseFinder } from './alarms/causes.ts'
import { createLiveThen } from './alarms/clusters.ts'
import type { OwnTrouble } from './alarms/conditions.ts'
import { createEvaluation, type Evaluation } from './alarms/evaluation.ts'
import type { Finding } from './alarms/findings.ts'
import { createRehearsal } from './alarms/rehearsal.ts'
import { createRuleEdits } from './alarms/ruleEdits.ts'
import { createTopology } from './alarms/topology.ts'
import { createBaselines } from './baselines/baselines.ts'
import type { Observing } from './createObserving.ts'
import type { Probing } from './createProbing.ts'
import type { AlertingInput } from './engineOptions.ts'
import type { FleetModel } from './fleetModel.ts'
import type { SampleBatch } from './history/history.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { MaintenancePlans } from './maintenance/maintenance.ts'
import { weeklyBegins, weeklyHours } from './maintenance/windows.ts'
import { createAcknowledgeLinks, createAcknowledging } from './notifications/acknowledging.ts'
import { createChannelEdits } from './notifications/channelEdits.ts'
import type { ReportName } from './notifications/messageRows.ts'
import type { WriterDeps } from './notifications/notification.ts'
import { createNotifications, createSendWithCauses, type Notifications } from './notifications/notifications.ts'
import { createReadinessEdits } from './notifications/readiness.ts'
import type { Servers } from './servers/servers.ts'
import { type KeyStore, openSigningKey } from './storage/keptSecrets.ts'
import type { Wiring } from './wiring.ts'

export type Alerting = ReturnType<typeof createAlerting>

export function createAlerting(
  wiring: Wiring,
  model: FleetModel,
  servers: Servers,
  hosts: Hosts,
  { streams, cameraOf, naming: { fieldsOf }, maintenance, placeOf, serverHosts, probed }: Observing,
  { probes, canaries }: Probing,
  deps: {
    readonly ownTroubles: () => readonly OwnTrouble[]
    /** A daily check report; null: no longer stored. */
    readonly report: (report: ReportName) => DailyDetails | null
    /** A handover or a scheduled report by its key; null: no longer stored. */
    readonly document: WriterDeps['document']
    /** Called after each change of open alarms. */
    readonly onChange: AlarmsDeps['onChange']
    /** Called with each stream whose alarm was raised or recurred, and since when. */
    readonly onStreamAlarm: (serverId: string, path: string, since: number) => void
  },
) {
  const { ports, slices, box, startedAt, opened, signal } = wiring
  const { clock, log, systemProxy } = ports
  const { db, alarmsDb, rows, history, bundle } = wiring.store
  const { get: server } = servers
  const { get: host } = hosts
  const { get: probe } = probes
  const userAgent = `mtxdeck/${ports.version}`
  const kept = { read: rows.setting, note: rows.noteSetting, box }
  const baseline = createBaselines({
    clock,
    log,
    db,
    history,
    slices,
    zone: zoneOf('local'),
    isKnown: (serverId, path) => streams.get(serverId, path) !== null,
    troubledOf: (serverId, path, from, asked) => alarms.troubledSpans(serverId, path, from, asked),
    maintainedOf: maintenance.within,
    signal,
  })
  const evaluation = createEvaluation({
    clock,
    streams,
    server,
    host,
    probe,
    fieldsOf,
    cameraOf,
    ownTroubles: bundle === null ? deps.ownTroubles : null,
    inMaintenance: (subject, at) => maintenance.of(subject, at) !== null,
    baseline,
  })
  const links = bundle !== null ? null : createAcknowledgeLinks(() => notifications.publicUrl(), openSigningKey(kept, 'acknowledgeKey'))
  const notifications: Notifications = opened.use(
    createNotifications({
      clock,
      log,
      db: alarmsDb,
      incident: (id) => alarms.incident(id),
      alarm: (id) => alarms.get(id),
      report: deps.report,
      document: deps.document,
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
    hostOf: (serverId) => hosts.all().find((one) => one.serverIds.includes(serverId)) ?? null,
    elsewhereOf: (probeId) => probe(probeId)?.elsewhere ?? [],
    canaryOf: (probeId) => canaries.stateOf(probeId, (id) => probe(id)?.state === 'up'),
    alarmsOf: (serverId) => alarms.open({ serverId }),
    found: (id, found) => alarms.explain(id, found),
    signal,
  })
  const sending = createSendWithCauses({ clock, looking: causes.searching, send: notifications.send, signal })
  const liveOn = (id: string) => streams.totals(id).live
  const liveThen = createLiveThen(clock, liveOn)
  const alarms = new Alarms({
    clock,
    log,
    db: alarmsDb,
    open: model.openAlarms,
    onDamaged: wiring.store.onAlarmsDamaged,
    slices,
    evaluation,
    maintenanceOf: maintenance.of,
    around: {
      originOf: streams.originOf,
      wasSeen: streams.wasSeen,
      eachLive: streams.eachLive,
      liveOn,
      liveThen: liveThen.at,
      upstreams: createTopology({ streams, server, serverHosts }),
      probed,
      serverHosts,
      machines: hosts.links,
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
  model.onChange((_what, owner) => {
    if (owner === null) alarms.evaluateAll()
    else alarms.evaluate(owner)
  })
  const edits = createAlarmEdits(wiring, alarms, evaluation, maintenance, notifications, kept, history.record)
  const trials = {
    clock,
    history,
    slices,
    server,
    host,
    probe,
    fieldsOf,
    cameraOf,
    hasVideo: streams.hasVideo,
    rules: edits.ruleEdits.inForce,
    baseline,
    signal,
  }
  return {
    ...edits,
    alarms,
    countAlarms: createAlarmStatistics({ clock, slices, alarms, signal }),
    countPeriod: createPeriodCount({ slices, alarms, signal }),
    alarmsThen: createAlarmsThen({ alarms, evaluation, slices, signal }),
    /** Troubles in the states of servers and streams according to the rules, ignoring their delays. */
    ofStates: function* (servers: readonly Server[]): Iterable<Finding> {
      for (const one of servers) yield* evaluation.ofStates(one, streams.eachTroubledOf(one.id))
    },
    rules: evaluation.rules,
    rehearse: createRehearsal(trials),
    baseline,
    notifications,
    acknowledging: createAcknowledging({
      clock,
      links,
      languageOf: notifications.linkLanguageOf,
      incident: (id) => alarms.incident(id),
      untaken: (id) => alarms.unacknowledgedOf(id),
      acknowledge: (...by) => alarms.acknowledgeByLink(...by),
      publicUrl: notifications.publicUrl,
    }),
    /** Evaluates figures. Must be called before history takes over the batch. */
    see: (batch: SampleBatch) => {
      if (bundle === null && evaluation.addSamples(batch)) alarms.evaluate(batch.owner)
    },
    /** Discards what was seen of a server, host or probe. */
    outdated: (owner: Owner) => evaluation.forget(ownerIdOf(owner)),
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
    },
  }
}

/** Wires what is entered about rules and channels with what goes by it. */
function createAlarmEdits(
  { ports, options, store }: Wiring,
  alarms: Alarms,
  evaluation: Evaluation,
  maintenance: MaintenancePlans,
  notifications: Notifications,
  kept: KeyStore,
  record: (events: readonly NewEvent[]) => void,
) {
  const { clock, log } = ports
  const { db, bundle } = store
  const ruleEdits = createRuleEdits({
    clock,
    log,
    db,
    onChange: () => {
      evaluation.configure(ruleEdits.ofFile(), ruleEdits.all())
      alarms.evaluateAll()
    },
    record,
  })
  // A bundle sends no notifications.
  const configureNotifications = () =>
    bundle === null ? notifications.configure(channelEdits.channels(), channelEdits.routes(), readinessEdits.inForce()) : notifications.configure([], null)
  const readinessEdits = createReadinessEdits({ clock, kept, onChange: configureNotifications, record })
  const channelEdits = createChannelEdits({ clock, log, db, box: kept.box, onChange: configureNotifications, record })
  return {
    ruleEdits,
    channelEdits,
    readinessEdits,
    configure: ({ rules, channels, routes, heartbeat, drill, maintenance: windows }: AlertingInput) => {
      ruleEdits.configure(rules)
      maintenance.configure(windows)
      readinessEdits.configure({ heartbeat: heartbeat ?? null, drill: drill ?? null, publicUrl: options.publicUrl ?? null })
      channelEdits.configure(channels, routes)
    },
  }
}
