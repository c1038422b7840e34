import { serverSubject } from '../shared/subjectNames.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { FleetModel } from './fleetModel.ts'
import { createBodyBuffers } from './http/bodyBuffers.ts'
import type { Intake } from './intake.ts'
import { ServerClient } from './servers/mediaServerClient.ts'
import type { ServerAccess } from './servers/readings.ts'
import { createServers } from './servers/servers.ts'
import type { Streams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** Wires servers, and what forgets those that are removed. */
export function createWatchedServers(wiring: Wiring, model: FleetModel, intake: Intake, logs: ServerLogs, streams: Streams) {
  const { ports, options, slices, tag, secretsKey, deferEnd, signal } = wiring
  const { clock, log, version } = ports
  const { rows, bundle } = wiring.store

  const buffers = createBodyBuffers()
  const createClient = (access: ServerAccess) => new ServerClient({ access, clock, tag, version, buffers, slices })
  const servers = createServers(
    {
      clock,
      log,
      rows,
      members: model.servers,
      hosts: model.serverHosts,
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
      onChange: (id) => model.changed(serverSubject(id)),
      onRemoved: (id) => {
        model.removed(serverSubject(id))
        logs.forget(id)
        intake.forget(id)
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
