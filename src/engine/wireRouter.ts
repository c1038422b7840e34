import { basename } from 'node:path'
import { contractVersion } from '../shared/access.ts'
import { createCompareConfigurations } from './configurations/compareConfigurations.ts'
import type { Acting } from './createActing.ts'
import type { Alerting } from './createAlerting.ts'
import type { LookingBack } from './createLookingBack.ts'
import type { Observing } from './createObserving.ts'
import type { Pictures } from './createPictures.ts'
import type { Probing } from './createProbing.ts'
import { createRouter, type EngineRouter } from './createRouter.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { WatchedHosts } from './createWatchedHosts.ts'
import type { Fleet } from './fleet/fleet.ts'
import type { BundleContent } from './history/bundle/bundle.ts'
import type { Remedies } from './remedies/remedies.ts'
import { createConnectionTest } from './servers/connectionTest.ts'
import type { Servers } from './servers/servers.ts'
import { createPathRoutes } from './streams/pathRoutes.ts'
import { createWalls } from './walls/walls.ts'
import type { Wiring } from './wiring.ts'

export interface RouterParts {
  /** Id of this launch of the engine. */
  readonly launch: string
  readonly servers: Servers
  readonly fleet: Fleet
  readonly remedies: Remedies
  readonly logs: ServerLogs
  readonly watchedHosts: WatchedHosts
  readonly observing: Observing
  readonly alerting: Alerting
  readonly acting: Acting
  readonly pictures: Pictures
  readonly probing: Probing
  readonly lookingBack: LookingBack
}

const bundleSpan = ({ from, to, madeAt, madeBy, note }: BundleContent) => ({ from, to, madeAt, madeBy, note })

/** Wires the contract with the parts of the engine: it takes from each what it names. */
export function wireRouter({ ports, options, store, slices, secretsKey, tag, startedAt }: Wiring, parts: RouterParts): EngineRouter {
  const { clock, log, version } = ports
  const { db, history, bundle } = store
  const { servers, logs, lookingBack } = parts
  const { streams, naming } = parts.observing
  return createRouter({
    ...logs,
    ...parts.watchedHosts,
    ...parts.observing,
    ...parts.alerting,
    ...parts.acting,
    ...parts.pictures,
    ...parts.probing,
    ...lookingBack,
    clock,
    history,
    fleet: parts.fleet,
    remedies: parts.remedies,
    readOnly: bundle !== null,
    installation: tag,
    servers: bundle === null ? servers : { ...servers, configuration: (id) => bundle.configurations[id] ?? null },
    compareConfigurations: createCompareConfigurations({
      log: logs.configurationLog,
      slices,
      servers: () => bundle?.servers ?? servers.all(),
      listedReaders: streams.listedReaders,
      configuration: (id) => (bundle === null ? servers.configuration(id) : (bundle.configurations[id] ?? null)),
    }),
    paths: createPathRoutes({ slices, streams, withFields: naming.withFields, kick: parts.acting.sessions.kick }),
    walls: createWalls({ clock, log, db }),
    testConnection: createConnectionTest({ clock, tag, version }),
    hello: () => ({
      product: 'mtxdeck',
      version,
      contractVersion,
      launch: parts.launch,
      demo: options.demo ?? false,
      startedAt,
      bundle: bundle && { name: basename(options.bundle ?? ''), ...bundleSpan(bundle), worstAt: lookingBack.worstAt },
      secrets: { protection: secretsKey.protection, kept: secretsKey.kept },
    }),
  })
}
