import { hostSubject, serverSubject } from '../shared/subjectNames.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { FleetModel } from './fleetModel.ts'
import { createRemoteHosts } from './hosts/hostCollector.ts'
import { createHostRows } from './hosts/hostRows.ts'
import { createHosts } from './hosts/hosts.ts'
import { defaultKnownHostsFiles } from './hosts/knownHosts.ts'
import { createLocalHost } from './hosts/localHost.ts'
import { createSizing } from './hosts/sizing.ts'
import { createBodyBuffers } from './http/bodyBuffers.ts'
import type { Intake } from './intake.ts'
import { ServerClient } from './servers/mediaServerClient.ts'
import type { ServerAccess } from './servers/readings.ts'
import { createServers, type Servers } from './servers/servers.ts'
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
    bundle === null ? (options.servers ?? []) : [],
  )
  logs.forgetOthers(new Set(servers.all().map(({ id }) => id)))
  deferEnd(servers.ended)
  return { servers, createClient }
}

export type WatchedHosts = ReturnType<typeof createWatchedHosts>

export function createWatchedHosts(wiring: Wiring, model: FleetModel, servers: Servers, intake: Pick<Intake, 'append' | 'gap' | 'note'>) {
  const { ports, options, box, opened, deferEnd, signal } = wiring
  const { clock, log } = ports
  const { db, rows, history, bundle } = wiring.store
  const localHost = opened.adopt(createLocalHost(clock), (reader) => reader.close())
  // What hangs there would hold up the end.
  signal.addEventListener('abort', localHost.close, { once: true })
  const sizing = createSizing({ clock, range: history.range })
  const hosts = createHosts(
    {
      clock,
      log,
      rows: createHostRows(db),
      members: model.hosts,
      box,
      localHost,
      createRemote: createRemoteHosts(clock),
      knownHostsFiles: options.knownHostsFiles ?? defaultKnownHostsFiles(),
      append: intake.append,
      gap: (id, at) => intake.gap(hostSubject(id), at),
      describe: (id, at, facts) => history.describe(hostSubject(id), at, [{ part: null, facts }]),
      record: intake.note,
      forget: (id) => model.removed(hostSubject(id)),
      fullAt: sizing.fullAt,
      servers: servers.all,
      configurationOf: (id) => servers.configuration(id)?.global ?? {},
      isOffline: () => servers.consoleWhy() !== null,
      settings: { read: rows.setting, write: rows.keepSetting },
      offersThisMachine: bundle === null && (options.offersThisMachine ?? false),
      signal,
    },
    bundle === null ? (options.hosts ?? []) : [],
  )
  deferEnd(hosts.ended)
  model.onChange((what, owner) => {
    if (what === 'changed' && owner?.kind === 'server') hosts.serversChanged()
  })
  hosts.serversChanged()
  return { hosts, localHost, sizing }
}
