import type { DailySettings } from '../shared/dailyChecks.ts'
import { err } from '../shared/result.ts'
import { probeSubject } from '../shared/subjectNames.ts'
import { isoOf } from '../shared/time.ts'
import { zoneOf } from '../shared/units.ts'
import { type CanaryReader, createCanaries, probeOfCanary } from './canaries/canaries.ts'
import type { Observing } from './createObserving.ts'
import type { Pictures } from './createPictures.ts'
import { createDailyChecks, type DailyChecks } from './dailyChecks/dailyChecks.ts'
import type { FleetModel } from './fleetModel.ts'
import type { Intake } from './intake.ts'
import { dailyWindows } from './maintenance/windows.ts'
import type { Notifications } from './notifications/notifications.ts'
import { canarySource } from './previews/streamSources.ts'
import { createIsWatched, markedAddress, probeMark } from './probes/markedAddress.ts'
import { createProbeRows, readBundledProbes } from './probes/probeRows.ts'
import { createProbes, type YamlProbe } from './probes/probes.ts'
import { createRemoteProbes } from './remoteProbes/remoteProbes.ts'
import type { Servers } from './servers/servers.ts'
import { sourceKey, streamAddressOf } from './servers/streamAddress.ts'
import type { Wiring } from './wiring.ts'

/** Streams that are measured by probes of here and elsewhere, and by canaries. */
export type Probing = ReturnType<typeof createProbing>

/** Soon after each start, so that there is a report of what was really read. */
const demoDailyCheck = (now: number): Partial<DailySettings> => ({
  enabled: true,
  at: isoOf(now + 120_000).slice(11, 16),
  zone: 'UTC',
  windowMinutes: 15,
  wakesOnDemand: true,
  streams: ['event/*', 'north/*'],
  lookSeconds: 3,
  atOnce: 2,
})

export function createProbing(
  wiring: Wiring,
  model: FleetModel,
  servers: Servers,
  { streams, probed }: Observing,
  { pictureTools, snapshots }: Pictures,
  intake: Intake,
) {
  const { ports, options, box, tag, deferEnd, signal } = wiring
  const { clock, log } = ports
  const { db, rows, history, bundle } = wiring.store
  const media = ports.media ?? null
  const isWatchedAddress = createIsWatched(clock, function* () {
    for (const { rtsp, hls, srt, webrtc } of servers.all().map(({ addresses }) => addresses)) yield* [rtsp, hls, srt, webrtc]
  })
  const remoteProbes = createRemoteProbes(
    {
      clock,
      log,
      kept: { read: rows.setting, note: rows.noteSetting, box },
      installation: tag,
      userAgent: `mtxdeck/${ports.version}`,
      probes: () => probes.all(),
      signal: signal,
    },
    bundle === null ? (options.vantages ?? []) : null,
  )
  deferEnd(remoteProbes.ended)
  const probes = createProbes(
    {
      clock,
      log,
      rows: createProbeRows(db),
      members: model.probes,
      addresses: model.probeAddresses,
      box,
      media: bundle === null ? media : null,
      userAgent: `mtxdeck/${ports.version}`,
      marked: (address, id) => markedAddress(address, id === null ? tag : probeMark(tag, id), isWatchedAddress(address)),
      gateAt: servers.gateAt,
      ffmpeg: pictureTools.ffmpeg,
      append: intake.append,
      gap: (id, at) => {
        intake.outdated(probeSubject(id))
        intake.gap(probeSubject(id), at)
      },
      record: intake.note,
      // What a stream measured while it was up says nothing of it now.
      wentDown: (id) => intake.outdated(probeSubject(id)),
      keepEvidence: snapshots.keepEvidence,
      bundled: bundle && readBundledProbes(bundle.probes),
      describe: (id, at, facts) => history.describe(probeSubject(id), at, [{ part: null, facts }]),
      forget: (id) => model.removed(probeSubject(id)),
      elsewhere: remoteProbes.elsewhere,
      severityOf: model.verdicts.severityOfProbe,
      isOffline: () => servers.consoleWhy() !== null,
      isOnAir: (id) => {
        const place = probed().get(id)
        const stream = place && streams.get(place.serverId, place.path)
        return stream ? stream.state === 'live' : null
      },
      srtOf: (id) => {
        const place = probed().get(id)
        return place === undefined ? null : streams.ownSrt(place.serverId, place.path, probeMark(tag, id))
      },
      kept: { read: rows.setting, write: rows.keepSetting },
      signal: signal,
    },
    bundle === null ? (options.probes ?? []) : [],
  )
  deferEnd(probes.ended)
  let probesOfFile = bundle === null ? (options.probes ?? []) : []
  let canaryReaders: readonly CanaryReader[] = []
  const applyFileProbes = (inputs: readonly YamlProbe[]) => {
    probesOfFile = inputs
    return applyProbes()
  }
  const applyProbes = () => probes.applyYaml([...probesOfFile, ...canaryReaders.map(probeOfCanary)])
  const canaries = createCanaries(
    {
      clock,
      kept: { read: rows.setting, write: rows.keepSetting },
      media: bundle === null ? media : null,
      tag,
      servers: servers.names,
      sourceOf: (id, protocol, use, path) => {
        const access = servers.accessOf(id)
        if (access === null) return err('noAddress')
        const source = canarySource({ ...access, ...access.addresses, url: access.url }, protocol, use, path, tag)
        // FFmpeg publishes by WHIP itself, and can't send what a gate wants.
        return source.ok && protocol === 'whip' && servers.gateAt(source.value.url) !== null ? err('credentialsUnfit') : source
      },
      read: (readers) => {
        canaryReaders = readers
        applyProbes()
      },
      probeIdOf: probes.idOfCanary,
      signal: signal,
    },
    bundle === null ? (options.canaries ?? []) : null,
  )
  deferEnd(canaries.ended)
  model.onChange((_what, owner) => {
    if (owner?.kind === 'server') canaries.serversChanged()
  })
  return { remoteProbes, probes, canaries, applyFileProbes }
}

export function wireDailyChecks(
  wiring: Wiring,
  servers: Servers,
  { streams, maintenance, probed }: Observing,
  { pictures, snapshots }: Pictures,
  { probes }: Probing,
  notifications: Notifications,
): DailyChecks {
  const { ports, options, slices, startedAt, opened, signal } = wiring
  const { clock, log } = ports
  const { rows, bundle, snapshotsDb } = wiring.store
  return opened.use(
    createDailyChecks({
      clock,
      slices,
      log,
      db: snapshotsDb,
      ...{ servers, streams, probes, maintenance, probed, snapshots, notifications },
      sourceAt: (address) => sourceKey(streamAddressOf(address)),
      pulledFrom: (id, path) => sourceKey(streams.pulledFrom(id, path)),
      streamPictures: !ports.media || bundle !== null ? null : pictures,
      windowsOf: dailyWindows,
      kept: { read: rows.setting, write: rows.keepSetting, note: rows.noteSetting },
      usual: { zone: zoneOf('local'), ...(options.demo && demoDailyCheck(startedAt)) },
      configured: bundle === null ? (options.dailyCheck ?? null) : null,
      signal: signal,
    }),
  )
}
