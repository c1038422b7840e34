import { bundledProbeIds } from '../shared/bundles.ts'
import { createAvailability, type ReadAvailability } from './availability/availability.ts'
import { type Bundles, createBundles } from './bundles/bundles.ts'
import type { ConfigurationLog } from './configurations/configurationLog.ts'
import { type Configurations, createConfigurations } from './configurations/configurations.ts'
import type { Alerting } from './createAlerting.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import { createDossiers, type Dossiers } from './dossier/dossier.ts'
import type { Hosts } from './hosts/hosts.ts'
import type { OnAirPlans } from './maintenance/onAir.ts'
import { boundedPast } from './past/boundedPast.ts'
import { createConsoleGaps } from './past/consoleGaps.ts'
import { createPast } from './past/past.ts'
import { createTimeline } from './past/timeline.ts'
import { worstMoment } from './past/worstMoment.ts'
import { bundledProbesText } from './probes/bundledProbes.ts'
import type { Servers } from './servers/servers.ts'
import type { SessionLog } from './sessions/sessionLog.ts'
import { bundledPictures } from './snapshots/bundledPictures.ts'
import { createStreamLives, type ReadLives } from './streams/streamLives.ts'
import type { StreamNaming } from './streams/streamNaming.ts'
import type { Wiring } from './wiring.ts'

export interface LookingBackDeps {
  readonly servers: Servers
  readonly hosts: Hosts
  readonly naming: StreamNaming
  readonly onAir: OnAirPlans
  readonly alerting: Alerting
  readonly sessionLog: SessionLog
  readonly configurationLog: ConfigurationLog
  readonly pictures: Pictures
  readonly probing: Probing
}

/** What answers about the past from all that was kept, and hands it on. */
export interface LookingBack {
  readonly bundles: Bundles
  readonly dossiers: Dossiers
  readonly configurations: Configurations
  readonly lives: ReadLives
  readonly timeline: ReturnType<typeof createTimeline>
  readonly availability: ReadAvailability
  readonly pastOf: ReturnType<typeof boundedPast>
  /** Where a bundle is opened; null: there is none, or nothing was wrong. */
  readonly worstAt: number | null
}

/** Wires what answers about the past. Awaits the worst moment of a bundle only. */
export async function createLookingBack(wiring: Wiring, deps: LookingBackDeps): Promise<LookingBack> {
  const { ports, options, slices, opened, signal } = wiring
  const { clock, log, dataDir } = ports
  const { history, bundle, snapshotsDb } = wiring.store
  const { servers, hosts, naming, onAir, alerting, sessionLog } = deps
  const { alarms } = alerting
  const { snapshots } = deps.pictures
  const { probes, dailyChecks } = deps.probing

  const bundles = opened.use(
    createBundles({
      clock,
      log,
      dataDir,
      write: history.bundle,
      servers: servers.all,
      configuration: servers.configuration,
      alarms: alarms.bundled,
      sessions: (scope, hider, asked) => sessionLog.bundled(scope, hider, asked ? AbortSignal.any([signal, asked]) : signal),
      probeIds: (of) => {
        const reads = alerting.probedStreams()
        return bundledProbeIds(
          of,
          probes.all().map(({ id }) => id),
          (id) => reads.get(id),
        )
      },
      probes: (ids) => bundledProbesText(ids.flatMap((id) => probes.get(id) ?? [])),
      dailyReports: dailyChecks.bundle,
      pictures: (scope, named, asked) =>
        bundledPictures({ db: snapshotsDb, dataDir }, scope, named, slices.begin(), asked ? AbortSignal.any([signal, asked]) : signal),
    }),
  )

  const configurations = createConfigurations({ log: deps.configurationLog, slices, events: history.events, signal: signal })
  const dossiers = opened.use(
    createDossiers({
      clock,
      log,
      slices,
      version: ports.version,
      isDemo: options.demo ?? false,
      servers: () => bundle?.servers ?? servers.all(),
      hosts: hosts.all,
      incident: alarms.incident,
      openAlarms: alarms.open,
      pastAlarms: async (input, asked) => {
        const failures = alarms.closedReadFailures()
        const found = await alarms.past(input, asked)
        return { alarms: found.ok ? found.value : [], isWhole: found.ok && alarms.closedReadFailures() === failures }
      },
      alarm: alarms.get,
      messages: alerting.notifications.messages,
      rules: alerting.rules,
      range: history.range,
      events: history.events,
      sessions: sessionLog.past,
      picturesAround: snapshots.around,
      // Bundles have none.
      differences: bundle === null ? configurations.changedSettings : null,
    }),
  )

  const timeline = createTimeline({ clock, history })
  const bundled = new Map(bundle?.servers.map((server) => [server.id, server]))
  const consoleGaps = createConsoleGaps(history.events)
  const availability = createAvailability({
    clock,
    history,
    slices,
    server: (id) => servers.get(id) ?? bundled.get(id) ?? null,
    probe: probes.get,
    maintenanceOf: alerting.maintenance.within,
    onAirOf: onAir.within,
    offlineWithin: consoleGaps.offlineWithin,
    signal: signal,
  })
  const worstAt = bundle === null ? null : await worstMoment(timeline, consoleGaps.at, bundle)
  const pastOf = boundedPast(
    createPast({
      clock,
      history,
      alarmsThen: alerting.alarmsThen,
      nameOf: (id) => (servers.get(id) ?? bundle?.servers.find((server) => server.id === id))?.name ?? null,
    }),
  )
  const lives = createStreamLives({
    clock,
    history,
    slices,
    nameOf: (id) => (servers.get(id) ?? bundled.get(id))?.name ?? null,
    fieldsOf: naming.fieldsOf,
    signal: signal,
  })
  return { bundles, dossiers, configurations, lives, timeline, availability, pastOf, worstAt }
}
