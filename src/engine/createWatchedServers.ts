import { serverSubject } from '../shared/subjectNames.ts'
import type { Alerting } from './createAlerting.ts'
import type { Observing } from './createObserving.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { Exporter } from './exporter/exporter.ts'
import type { Fleet } from './fleet/fleet.ts'
import { createBodyBuffers } from './http/bodyBuffers.ts'
import type { Intake } from './intake.ts'
import type { LateParts } from './lateParts.ts'
import { createMediaServerClient } from './servers/mediaServerClient.ts'
import type { ServerAccess } from './servers/readings.ts'
import { createServers } from './servers/servers.ts'
import type { Wiring } from './wiring.ts'

/** Wires servers with all that goes by their changes, and that forgets those that are removed. */
export function createWatchedServers(
  wiring: Wiring,
  intake: Intake,
  logs: ServerLogs,
  { streams, onAir, baseline }: Observing,
  { alarms }: Alerting,
  fleet: Fleet,
  exporter: Exporter,
  parts: Pick<LateParts, 'hosts' | 'pictures' | 'probing'>,
) {
  const { ports, options, slices, tag, secretsKey, deferEnd, signal } = wiring
  const { clock, log, version } = ports
  const { rows, history, bundle } = wiring.store

  const buffers = createBodyBuffers()
  const createClient = (access: ServerAccess) => createMediaServerClient({ access, clock, tag, version, buffers, slices })
  const servers = createServers(
    {
      clock,
      log,
      rows,
      secretsKey,
      createClient,
      streams,
      slices,
      append: intake.append,
      gap: (id, at) => intake.gap(serverSubject(id), at),
      describe: (id, at, facts) => intake.describe(id, at, [{ part: null, facts }]),
      record: intake.record,
      configurationRead: logs.configurationLog.read,
      heard: intake.reportPaths,
      leftOut: intake.leftOut,
      onChange: (id) => {
        fleet.touchServer(id)
        onAir.serverChanged(id)
        if (bundle === null) alarms.evaluate(serverSubject(id))
        parts.hosts?.serversChanged()
        parts.probing?.canaries.serversChanged()
      },
      onRemoved: (id) => {
        fleet.removeServer(id)
        parts.probing?.canaries.serversChanged()
        alarms.evaluate(serverSubject(id))
        history.forget(serverSubject(id))
        baseline.forget(id)
        exporter.forget(id)
        logs.forget(id)
        intake.forget(id)
        parts.pictures?.snapshots.forget(id)
      },
      costLimitPercent: options.costLimitPercent ?? 1,
      ...(options.hasNetwork && { hasNetwork: options.hasNetwork }),
      ...(options.onRoundHandled && { onRoundHandled: options.onRoundHandled }),
      signal,
    },
    bundle === null ? (options.yamlServers ?? []) : [],
  )
  logs.forgetOthers(new Set(servers.all().map(({ id }) => id)))
  deferEnd(servers.ended)
  return { servers, createClient }
}
