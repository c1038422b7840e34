import { bundledProbeIds } from '../shared/bundles.ts'
import { createAvailability } from './availability/availability.ts'
import { createBundles } from './bundles/bundles.ts'
import type { Alerting } from './createAlerting.ts'
import type { Observing } from './createObserving.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import type { ServerLogs } from './createServerLogs.ts'
import { createDossiers } from './dossier/dossier.ts'
import type { Hosts } from './hosts/hosts.ts'
import { createConsoleGaps } from './past/consoleGaps.ts'
import { boundedPast, createPast } from './past/past.ts'
import { createTimeline, worstMoment } from './past/timeline.ts'
import { bundledProbesText } from './probes/probeRows.ts'
import type { Servers } from './servers/servers.ts'
import { createStreamLives } from './streams/streamLives.ts'
import { Viewing } from './viewing/viewing.ts'
import type { Wiring } from './wiring.ts'

/** What answers about the past from all that was kept, and hands it on. */
export type LookingBack = Awaited<ReturnType<typeof createLookingBack>>

/** Wires what answers about the past. Awaits the worst moment of a bundle only. */
export async function createLookingBack(
  wiring: Wiring,
  servers: Servers,
  hosts: Hosts,
  { sessionLog, configurationLog }: ServerLogs,
  { naming, planned, maintenance, probed, streams, cameras }: Observing,
  alerting: Alerting,
  { snapshots }: Pictures,
  { probes }: Probing,
) {
  const { ports, options, slices, opened, signal } = wiring
  const { clock, log, dataDir } = ports
  const { history, bundle } = wiring.store
  const { alarms } = alerting

  const bundles = opened.use(
    createBundles({
      clock,
      log,
      dataDir,
      signal,
      history,
      servers,
      alarms,
      sessions: sessionLog,
      probeIds: (of) => {
        const reads = probed()
        return bundledProbeIds(
          of,
          probes.all().map(({ id }) => id),
          (id) => reads.get(id),
        )
      },
      probes: (ids) => bundledProbesText(ids.flatMap((id) => probes.get(id) ?? [])),
      pictures: (scope, until) => snapshots.bundled(scope, slices.begin(), until),
    }),
  )

  const dossiers = opened.use(
    createDossiers({
      clock,
      log,
      slices,
      version: ports.version,
      isDemo: options.demo ?? false,
      servers: () => bundle?.servers ?? servers.all(),
      hosts: hosts.all,
      alarms,
      messages: alerting.notifications.messages,
      history,
      sessions: sessionLog.past,
      picturesAround: snapshots.around,
      // Bundles have none.
      differences: bundle === null ? configurationLog.changedSettings : null,
    }),
  )

  const timeline = createTimeline({ clock, history })
  const bundled = new Map(bundle?.servers.map((server) => [server.id, server]))
  const server = (id: string) => servers.get(id) ?? bundled.get(id) ?? null
  const consoleGaps = createConsoleGaps(history.events)
  const availability = createAvailability({
    clock,
    history,
    slices,
    server,
    probe: probes.get,
    maintenanceOf: maintenance.within,
    onAirOf: planned.within,
    offlineWithin: consoleGaps.offlineWithin,
    gapsWithin: consoleGaps.within,
    signal: signal,
  })
  const viewing = new Viewing({
    clock,
    history,
    slices,
    server,
    stream: (serverId, path) => streams.brief(serverId, path)?.facts ?? null,
    cameras,
    accountName: wiring.people.nameOf,
    signal,
  })
  const worstAt = bundle === null ? null : await worstMoment(timeline, consoleGaps.at, bundle)
  const nameOf = (id: string) => server(id)?.name ?? null
  const pastOf = boundedPast(createPast({ clock, history, alarmsThen: alerting.alarmsThen, nameOf }))
  const lives = createStreamLives({
    clock,
    history,
    slices,
    nameOf,
    fieldsOf: naming.fieldsOf,
    signal: signal,
  })
  return { bundles, dossiers, lives, timeline, availability, viewing, pastOf, worstAt }
}
