import { basename } from 'node:path'
import { withTexts } from '../i18n/withTexts.ts'
import { contractVersion } from '../shared/access.ts'
import type { SecretsKept } from '../shared/cautions.ts'
import { isAllowed, type Operator } from '../shared/permissions.ts'
import type { People } from './accounts/accounts.ts'
import { accountsRouter, auditedCall } from './accounts/router.ts'
import { alarmsRouter, rulesRouter } from './alarms/router.ts'
import { api, refusing } from './api.ts'
import { availabilityRouter } from './availability/availability.ts'
import { bundlesRouter } from './bundles/bundles.ts'
import { createNetworkSearch } from './cameras/networkSearch.ts'
import { camerasRouter } from './cameras/router.ts'
import { ShownCameras } from './cameras/shownCameras.ts'
import { canariesRouter } from './canaries/canaries.ts'
import { createCompareConfigurations } from './configurations/compareConfigurations.ts'
import { configurationsRouter } from './configurations/router.ts'
import type { Acting } from './createActing.ts'
import type { Alerting } from './createAlerting.ts'
import type { LookingBack } from './createLookingBack.ts'
import type { Observing } from './createObserving.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { Shift } from './createShift.ts'
import type { WatchedHosts } from './createWatched.ts'
import { type DailyChecks, dailyChecksRouter } from './dailyChecks/dailyChecks.ts'
import { diagnosisRouter } from './diagnosis/router.ts'
import { dossiersRouter } from './dossier/dossier.ts'
import { type Fleet, fleetRouter } from './fleet/fleet.ts'
import type { FleetModel } from './fleetModel.ts'
import { type Guests, guestsRouter } from './guests/guests.ts'
import { handoversRouter } from './handovers/handovers.ts'
import type { BundleContent } from './history/bundle/bundle.ts'
import { historyRouter } from './history/router.ts'
import { hostsRouter } from './hosts/hosts.ts'
import { maintenanceRouter } from './maintenance/maintenance.ts'
import { channelsRouter } from './notifications/router.ts'
import { previewsRouter } from './previews/router.ts'
import { probesRouter } from './probes/probes.ts'
import { recordingsRouter } from './recordings/recordings.ts'
import { type RefuseUnknownServer, refusalError, refuseUnknownKeys, requirePermission } from './refusing.ts'
import { type Remedies, remediesRouter } from './remedies/remedies.ts'
import { remoteProbesRouter } from './remoteProbes/remoteProbes.ts'
import { reportsRouter } from './reports/reports.ts'
import { withSeenCameras } from './seenCameras.ts'
import { createConnectionTest } from './servers/connectionTest.ts'
import { serversRouter } from './servers/router.ts'
import type { Servers } from './servers/servers.ts'
import { sessionsRouter } from './sessions/sessions.ts'
import { snapshotsRouter } from './snapshots/snapshots.ts'
import { createPathRoutes } from './streams/pathRoutes.ts'
import { type ListReports, streamsRouter } from './streams/router.ts'
import type { Updates } from './updates.ts'
import { viewingRouter } from './viewing/router.ts'
import { type Walls, wallsRouter } from './walls/walls.ts'
import type { Wiring } from './wiring.ts'

type Parts = Acting & Alerting & LookingBack & Observing & Pictures & Probing & ServerLogs & Shift & WatchedHosts

/**
 * The API: each noun implements its part of the contract, and this page what holds for every call: its permission, no changes while a bundle is shown,
 * wrong input and a failing disk as refusals, no camera that the caller may not see, and the sentences of the requested language. `launch`: id of this launch.
 */
export function createRouter(
  { ports: { clock, version }, options, store: { history, bundle }, slices, secretsKey, tag, startedAt, signal }: Wiring,
  p: Parts & {
    readonly launch: string
    readonly people: People
    readonly guests: Guests
    readonly forgetGone: () => void
    readonly walls: Walls
    readonly model: FleetModel
    readonly servers: Servers
    readonly fleet: Fleet
    readonly updates: Updates | null
    readonly remedies: Remedies
    readonly dailyChecks: DailyChecks
    readonly refuseUnknown: RefuseUnknownServer
    readonly listedReports: ListReports
  },
) {
  const readOnly = bundle !== null
  const configuration: Servers['configuration'] = bundle === null ? p.servers.configuration : (id) => bundle.configurations[id] ?? null
  const servers = { ...p.servers, configuration }
  const compared = createCompareConfigurations({ log: p.configurationLog, slices, configuration, servers: () => bundle?.servers ?? servers.all() })
  const paths = createPathRoutes({ slices, streams: p.streams, withFields: p.naming.withFields, kick: p.sessions.kick })
  const { refuseUnknown } = p
  const { troubles, ...alarms } = alarmsRouter(p.alarms, p.countAlarms, p.pastOf, refuseUnknown, p.cameras.seesOf)
  const cameras = {
    shown: new ShownCameras({ cameras: p.cameras, streams: p.streams, people: p.people.accounts, model: p.model }),
    search: createNetworkSearch({ clock, cameras: p.cameras, signal, ...options.searched }),
    people: p.people.accounts,
    servers: servers.all,
    paths: p.pathEdits,
  }
  const hello = (operator: Operator) => ({
    ...{ product: 'mtxdeck' as const, version, contractVersion, launch: p.launch, demo: options.demo ?? false, startedAt },
    ...{ role: operator.role, console: isAllowed(operator, 'view') ? (operator.permission ?? ('none' as const)) : ('none' as const) },
    bundle: bundle && { ...madeFrom(bundle), name: basename(options.bundle ?? ''), worstAt: p.worstAt },
    secrets: { protection: secretsKey.protection, kept: isAllowed(operator, 'view') ? secretsKey.kept : withoutPlace(secretsKey.kept) },
  })
  return api
    .use(async ({ context: asked, procedure, path, next }, input) => {
      const { meta, route, inputSchema, outputSchema } = procedure['~orpc']
      // What does not come from the network comes from the desk.
      const context = asked.from === undefined ? { ...asked, operator: p.people.deskLock.operatorNow(asked.operator) } : asked
      requirePermission(context.operator, meta.needs)
      if (meta.needs !== 'view' && meta.needs !== 'signedIn' && readOnly) throw refusalError('FORBIDDEN', 403, { kind: 'bundleReadOnly' })
      // What windows send is checked by the compiler, and a query may have keys for other purposes.
      if (context.sent !== undefined && route.method !== 'GET') refuseUnknownKeys(inputSchema, context.sent, route)
      const answer = await refusing(() => next({ context }))
      const entry = auditedCall(path.join('.'), { ...meta, method: route.method }, context, input, answer.output)
      if (entry !== null) p.people.audit.record(entry)
      const output = withSeenCameras(outputSchema, answer.output, p.cameras.seesOf(context.operator))
      // Windows ask for no language, because they make the sentences themselves.
      return { ...answer, output: context.language === undefined ? output : withTexts(outputSchema, output, context.language) }
    })
    .router({
      access: {
        hello: api.access.hello.handler(({ context }) => hello(context.operator)),
        updates: api.access.updates.handler(() => p.updates?.state() ?? null),
      },
      accounts: accountsRouter(p.people, p.forgetGone),
      ...alarms,
      availability: availabilityRouter(p.availability, refuseUnknown),
      bundles: bundlesRouter(p.bundles, p.cameras.seesOf),
      cameras: camerasRouter({ ...p, ...cameras }),
      canaries: canariesRouter(p.canaries),
      channels: channelsRouter(p.notifications, p.channelEdits, p.readinessEdits),
      ...configurationsRouter(p.configurationLog, compared, p.pathEdits, servers, refuseUnknown),
      dailyChecks: dailyChecksRouter(p.dailyChecks),
      ...diagnosisRouter(p.diagnoses, p.streams, servers, clock),
      dossiers: dossiersRouter(p.dossiers, p.cameras.seesOf),
      fleet: { ...fleetRouter(p.fleet, p.pastOf), troubles },
      guests: guestsRouter(p.guests, p.notifications.publicUrl),
      handovers: handoversRouter(p.handovers),
      history: historyRouter(history, p.timeline),
      hosts: hostsRouter(p.hosts, p.localHost, p.sizing),
      ...maintenanceRouter(p.maintenance, p.onAir),
      ...previewsRouter(p, servers, clock),
      probes: probesRouter(p.probes, p.probed, p.snapshots.evidence),
      recordings: recordingsRouter(p.recordings, refuseUnknown),
      remedies: remediesRouter(p.remedies),
      remoteProbes: remoteProbesRouter(p.remoteProbes),
      reports: reportsRouter(p.reports),
      rules: rulesRouter(p.rules, p.ruleEdits, p.rehearse),
      servers: serversRouter(servers, createConnectionTest({ clock, tag, version })),
      sessions: sessionsRouter(p.sessions, p.sessionLog, clock, refuseUnknown),
      snapshots: snapshotsRouter(p.snapshots),
      ...streamsRouter(p.streams, p.listedReports, p.naming, p.lives, paths, p.baseline, p.pastOf, servers, refuseUnknown),
      viewing: viewingRouter(p.viewing, p.viewLog, p.cameras),
      walls: wallsRouter(p.walls),
    })
}
export type EngineRouter = ReturnType<typeof createRouter>

/** Where the console's files are is not for those who may not see it. */
const withoutPlace = (kept: SecretsKept): SecretsKept => ('file' in kept ? { ...kept, file: basename(kept.file) } : kept)

const madeFrom = ({ from, to, madeAt, madeBy, note }: BundleContent) => ({ from, to, madeAt, madeBy, note })
