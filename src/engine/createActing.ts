import { inTime } from '../clock/clock.ts'
import type { NewEvent } from '../shared/events.ts'
import { networkOf } from '../shared/ipAddresses.ts'
import { keyFramesApart } from '../shared/probeReadings.ts'
import { PathEdits } from './configurations/pathEdits.ts'
import type { Alerting } from './createAlerting.ts'
import type { Observing } from './createObserving.ts'
import type { ServerLogs } from './createServerLogs.ts'
import { createDiagnoses } from './diagnosis/diagnosis.ts'
import type { FleetModel } from './fleetModel.ts'
import { createForcedCommands } from './hosts/forcedCommand.ts'
import type { Hosts } from './hosts/hosts.ts'
import { streamSources } from './previews/streamSources.ts'
import { createRecordings } from './recordings/recordings.ts'
import { doRemedy } from './remedies/doRemedy.ts'
import { createRemedies, type Remedies } from './remedies/remedies.ts'
import type { MediaServerClient } from './servers/mediaServerClient.ts'
import type { ServerAccess } from './servers/readings.ts'
import type { Servers } from './servers/servers.ts'
import { shownConfiguration } from './servers/shownConfiguration.ts'
import { createSessions } from './sessions/sessions.ts'
import type { Wiring } from './wiring.ts'

/** Operators' actions on servers, and on-demand queries to servers. */
export type Acting = ReturnType<typeof createActing>

/** How far back the last publisher of a stream is looked up, ms. */
const lastPublisherMs = 86_400_000

export function createActing(
  wiring: Wiring,
  model: FleetModel,
  servers: Servers,
  { streams, probed }: Observing,
  hosts: Hosts,
  { sessionLog }: ServerLogs,
  createClient: (access: ServerAccess) => MediaServerClient,
  record: (events: readonly NewEvent[]) => void,
) {
  const { ports, slices, tag, deferEnd, signal } = wiring
  const { clock, log } = ports
  const { history, bundle } = wiring.store

  const pathEdits = new PathEdits({
    clock,
    show: shownConfiguration,
    nameOf: servers.get,
    endpointOf: (id) => {
      const access = servers.get(id)?.state === 'paused' ? null : servers.accessOf(id)
      return access && createClient(access)
    },
    listedReaders: streams.listedReaders,
    record,
    changed: servers.tryNow,
    signal: signal,
  })
  const sessions = createSessions({
    clock,
    slices,
    streams,
    kickerOf: (id) => {
      const access = servers.accessOf(id)
      return access && createClient(access)
    },
    networkOf,
    record,
    signal: signal,
  })

  const recordings = createRecordings({
    clock,
    log,
    slices,
    history,
    servers: servers.all,
    known: model.recordings,
    clientOf: (id) => {
      const access = bundle === null ? servers.accessOf(id) : null
      return access && createClient(access)
    },
    eachPlanned: streams.eachRecorded,
    recordingOf: streams.recordingOf,
    liveSince: streams.liveSince,
    tracksOf: (id, path) => streams.get(id, path)?.tracks ?? [],
    stateOf: (id, path) => streams.get(id, path)?.state ?? null,
    record,
    playbackOf: ({ addresses, addressesAssumed }) => (addressesAssumed ? null : addresses.playback !== null),
    signal: signal,
  })
  deferEnd(recordings.ended, recordings.settled)

  const diagnoses = createDiagnoses({
    clock,
    log,
    tag,
    version: ports.version,
    server: servers.get,
    accessOf: servers.accessOf,
    configuration: servers.configuration,
    stream: streams.get,
    rtspSource: (id, path) => {
      const access = servers.accessOf(id)
      if (access === null) return null
      const [way] = streamSources({ ...access, rtsp: access.addresses.rtsp, hls: null, srt: null }, path, tag)
      return way?.ok && 'url' in way.value ? way.value.url : null
    },
    readHost: hosts.lookUnder,
    keyFramesApart: (serverId, path) =>
      keyFramesApart(
        [...probed()].flatMap(([probe, read]) => (read.serverId === serverId && read.path === path ? (model.probes.get(probe)?.reading ?? []) : [])),
      ),
    lastPublisher: async (id, path, signal) => {
      const to = clock.now()
      // The filter is a pattern, which may match more than this path if the path contains wildcards.
      const pattern = path.startsWith('~') ? `*${path.slice(1)}` : path
      const { sessions } = await sessionLog.past({ server: id, path: pattern, role: 'publisher', from: to - lastPublisherMs, to, limit: 20 }, signal)
      const last = sessions.find((one) => one.path === path)
      return last === undefined || last.ended === null ? null : { ...last, ended: last.ended }
    },
    record,
    signal: signal,
  })
  deferEnd(diagnoses.settled)
  return { pathEdits, sessions, recordings, diagnoses }
}

/** Wires the automatic remedies of rules. Call it once the rules are in force. */
export function wireRemedies(
  wiring: Wiring,
  alerting: Alerting,
  acting: Acting,
  { streams, maintenance }: Observing,
  hosts: Hosts,
  record: (events: readonly NewEvent[]) => void,
): Remedies {
  const { ports, deferEnd, signal } = wiring
  const { clock, log } = ports
  const { db, bundle } = wiring.store
  const { alarms } = alerting
  const runForced = createForcedCommands(clock)
  const remedies = createRemedies({
    clock,
    log,
    db,
    // A bundle shows the past: nothing is to be remedied.
    rules: bundle === null ? alerting.rules : () => [],
    open: () => alarms.open(),
    isMaintained: (subject) => maintenance.of(subject, clock.now()) !== null,
    alarm: (id) => alarms.get(id),
    act: async (remedy, alarm) => {
      // Safe against a power cut, so that it is not done twice; a disk that does not answer is not waited for, as the alarm may end meanwhile.
      await inTime(clock, 2_000, wiring.store.diskSync.synced(), signal)
      return doRemedy(
        {
          clock,
          publishersOf: (serverId, path) => streams.sessionsOf(serverId).filter((session) => session.path === path && session.role === 'publisher'),
          kick: acting.sessions.kick,
          paths: acting.pathEdits,
          routeWithKey: hosts.routeWithKey,
          runForced,
          signal,
        },
        remedy,
        alarm,
      )
    },
    record,
    signal,
  })
  deferEnd(remedies.ended)
  return remedies
}
