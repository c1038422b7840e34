import { type AlarmSubject, serverSubject } from '../shared/subjectNames.ts'
import type { RatingCamera } from './alarms/findings.ts'
import { placesIn } from './alarms/ruleSet.ts'
import { createProbedStreams } from './alarms/topology.ts'
import { Cameras } from './cameras/cameras.ts'
import type { ServerLogs } from './createServerLogs.ts'
import type { FleetModel } from './fleetModel.ts'
import type { Intake } from './intake.ts'
import { createMaintenance, workPlacesBy } from './maintenance/maintenance.ts'
import { createOnAir } from './maintenance/onAir.ts'
import { createOpenPictures, createPreviewReports } from './previews/openPictures.ts'
import { createOwnReaders } from './previews/streamPictures.ts'
import { recordingFiguresOf } from './recordings/recordings.ts'
import { streamAddressOf } from './servers/streamAddress.ts'
import { createStreamNaming } from './streams/streamNaming.ts'
import { Streams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** The streams of watched servers, their cameras, what is planned for them, and who of this console reads them. */
export type Observing = ReturnType<typeof createObserving>

/** Hosts of servers are looked up for each reader, and change rarely. */
const hostsKnownMs = 10_000

/** How much more severe alarms are by the importance of their camera, in steps. */
const ratings = { high: 1, normal: 0, low: -1 } as const

export function createObserving(wiring: Wiring, model: FleetModel, intake: Intake, { sessionLog, viewLog }: Pick<ServerLogs, 'sessionLog' | 'viewLog'>) {
  const { ports, options, slices, opened, signal } = wiring
  const { clock, log, systemProxy } = ports
  const { db, rows, bundle } = wiring.store
  const userAgent = `mtxdeck/${ports.version}`
  const naming = createStreamNaming({ read: rows.setting, write: rows.keepSetting })
  naming.configure(bundle === null ? (options.naming ?? null) : null)

  const server = model.servers.get
  const serverHosts = () => model.serverHosts.all().filter((one) => one !== null)
  let known: { readonly until: number; readonly hosts: ReadonlySet<string> } | null = null
  const isServerHost = (host: string): boolean => {
    if (known === null || clock.monotonic() > known.until)
      known = { until: clock.monotonic() + hostsKnownMs, hosts: new Set(serverHosts().map(([, one]) => one)) }
    return known.hosts.has(host)
  }
  /** The plans of the configuration file are applied once there are servers. */
  const onAir = opened.use(
    createOnAir({ clock, log, db, slices, userAgent, systemProxy, serverOf: server, record: intake.record, onChange: () => streams.planChanged(), signal }),
  )
  const placeOf = placesIn(server, model.hosts.get, model.probes.get)
  const maintenance = opened.use(
    createMaintenance({
      clock,
      log,
      db,
      slices,
      userAgent,
      systemProxy,
      placeOf: workPlacesBy({ placeOf, server, probed: () => probed() }),
      record: intake.record,
      onChange: () => model.changed(null),
      signal,
    }),
  )
  const cameras = new Cameras({ clock, log, db, box: wiring.box, plans: onAir, onChange: () => streams.planChanged() })
  const openPictures = createOpenPictures({ clock, log, views: viewLog, running: wiring.running })
  const pictureReaders = createOwnReaders(clock)
  const previewReports = createPreviewReports({ clock, pictures: openPictures, stream: (id, path) => streams.get(id, path) })
  /** When a stream is to be on air: what its camera says is about this one alone, so it comes before plans that fit it. */
  const planned = {
    of: (id: string, path: string) => cameras.plannedOf(id, path) ?? onAir.of(id, path),
    within: (id: string, path: string, from: number, to: number) => cameras.plannedWithin(id, path, from, to) ?? onAir.within(id, path, from, to),
    named: (id: string) => cameras.plannedOn(id),
  }
  /** The camera of a stream or of what a probe reads, with how it rates alarms. */
  const cameraOf = (subject: AlarmSubject): RatingCamera | null => {
    const address = subject.kind === 'probe' ? model.probeAddresses.get(subject.probeId)?.url : undefined
    const camera = subject.kind === 'stream' ? cameras.ofStream(subject.serverId, subject.path) : cameras.ofAddress(address ?? '')
    if (camera === null) return null
    const { name, place, importance } = camera.input
    return { id: camera.id, name, place, raises: ratings[importance] }
  }
  const streams: Streams = new Streams({
    sessionsChanged: sessionLog.changed,
    onAir: planned,
    clock,
    log,
    db,
    lastAnswers: wiring.store.lastAnswers,
    record: intake.record,
    append: intake.append,
    gap: (id, at) => intake.gap(serverSubject(id), at),
    describe: intake.describe,
    openPictures: openPictures.hlsOn,
    pictureReads: pictureReaders,
    isServerHost,
    previewFigures: previewReports.take,
    recordingFigures: (id, path, liveSince) => recordingFiguresOf(model.recordings.get(id), path, liveSince, () => streams.recordingOf(id, path), clock.now()),
    verdicts: model.verdicts,
    inMaintenance: maintenance.streamsOf,
  })
  opened.defer(streams.close)
  /** Streams of watched servers that are read by probes, by probe id. */
  const probed = createProbedStreams({ clock, streams, server, serverHosts, probes: model.probeAddresses.all, addressOf: streamAddressOf })
  model.onChange((what, owner) => {
    if (what === 'changed' && owner?.kind === 'server') onAir.serverChanged(owner.serverId)
  })
  return { streams, cameras, cameraOf, naming, onAir, planned, maintenance, placeOf, serverHosts, probed, openPictures, pictureReaders, previewReports }
}
