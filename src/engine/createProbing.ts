import type { DailySettings } from '../shared/dailyChecks.ts'
import { err, ok } from '../shared/result.ts'
import { probeSubject } from '../shared/subjectNames.ts'
import { isoOf } from '../shared/time.ts'
import { zoneOf } from '../shared/units.ts'
import { type CanaryReader, createCanaries } from './canaries/canaries.ts'
import type { Alerting } from './createAlerting.ts'
import type { Pictures } from './createPictures.ts'
import { createDailyChecks } from './dailyChecks/dailyChecks.ts'
import type { Exporter } from './exporter/exporter.ts'
import type { Intake } from './intake.ts'
import { dailyWindows } from './maintenance/windows.ts'
import { canarySource } from './previews/canarySources.ts'
import { readBundledProbes } from './probes/bundledProbes.ts'
import { createIsWatched, markedAddress, probeMark } from './probes/markedAddress.ts'
import { probeOfCanary } from './probes/probeOfCanary.ts'
import { createProbeRows } from './probes/probeRows.ts'
import { createProbes, type YamlProbe } from './probes/probes.ts'
import { createRemoteProbes } from './remoteProbes/remoteProbes.ts'
import type { Servers } from './servers/servers.ts'
import { sourceKey, streamAddressOf } from './servers/streamAddress.ts'
import type { Streams } from './streams/streams.ts'
import type { Wiring } from './wiring.ts'

/** Streams that are measured: by probes of here and elsewhere, by canaries, and once a day. */
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

/** As wide as the pictures of looks. */
const dailyWidthPx = 320

/** Wires what measures streams. */
export function createProbing(
  wiring: Wiring,
  servers: Servers,
  streams: Streams,
  alerting: Alerting,
  exporter: Exporter,
  { pictures, pictureTools, snapshots }: Pictures,
  { append, gap }: Pick<Intake, 'append' | 'gap'>,
) {
  const { ports, options, slices, box, tag, startedAt, opened, deferEnd, signal } = wiring
  const { clock, log } = ports
  const { db, rows, history, bundle, snapshotsDb } = wiring.store
  const { alarms } = alerting
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
      // Lazily: probes are created below.
      probes: () => probes.all(),
      signal: signal,
    },
    bundle === null ? (options.yamlRemoteProbes ?? []) : null,
  )
  deferEnd(remoteProbes.ended)
  const probes = createProbes(
    {
      clock,
      log,
      rows: createProbeRows(db),
      box,
      media: bundle === null ? media : null,
      userAgent: `mtxdeck/${ports.version}`,
      marked: (address, id) => markedAddress(address, id === null ? tag : probeMark(tag, id), isWatchedAddress(address)),
      gateAt: servers.gateAt,
      ffmpeg: pictureTools.ffmpeg,
      append,
      gap: (id, at) => {
        alerting.forget(id)
        gap(probeSubject(id), at)
      },
      record: (events) => {
        alerting.happened(events)
        history.record(events)
      },
      // What a stream measured while it was up says nothing of it now.
      wentDown: alerting.forget,
      keepEvidence: snapshots.keepEvidence,
      bundled: bundle && readBundledProbes(bundle.probes),
      describe: (id, at, facts) => history.describe(probeSubject(id), at, [{ part: null, facts }]),
      forget: (id) => {
        alarms.evaluate(probeSubject(id))
        history.forget(probeSubject(id))
        exporter.forget(id)
      },
      elsewhere: remoteProbes.elsewhere,
      severityOf: alarms.verdicts.severityOfProbe,
      isOffline: () => servers.consoleWhy() !== null,
      isOnAir: (id) => {
        const place = alerting.probedStreams().get(id)
        const stream = place && streams.get(place.serverId, place.path)
        return stream ? stream.state === 'live' : null
      },
      srtOf: (id) => {
        const place = alerting.probedStreams().get(id)
        return place === undefined ? null : streams.ownSrt(place.serverId, place.path, probeMark(tag, id))
      },
      kept: { read: rows.setting, write: rows.keepSetting },
      signal: signal,
    },
    bundle === null ? (options.yamlProbes ?? []) : [],
  )
  deferEnd(probes.ended)
  let probesOfFile = bundle === null ? (options.yamlProbes ?? []) : []
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
        return source.ok ? ok({ ...source.value, gate: servers.gateAt(source.value.url) }) : source
      },
      read: (readers) => {
        canaryReaders = readers
        applyProbes()
      },
      probeIdOf: probes.idOfCanary,
      signal: signal,
    },
    bundle === null ? (options.yamlCanaries ?? []) : null,
  )
  deferEnd(canaries.ended)

  const dailyChecks = opened.use(
    createDailyChecks({
      clock,
      slices,
      log,
      db: snapshotsDb,
      servers: servers.all,
      server: servers.get,
      stream: streams.get,
      eachCamera: streams.eachCamera,
      probes: probes.all,
      probe: probes.get,
      probeAddresses: probes.addresses,
      sourceAt: (address) => sourceKey(streamAddressOf(address)),
      pulledFrom: (id, path) => sourceKey(streams.pulledFrom(id, path)),
      probedStreams: alerting.probedStreams,
      checkStream: media === null || bundle !== null ? null : pictures.check,
      pictureOf: async (id, stream, signal) => {
        const known = probes.pictureOf(id)
        if (known !== null || stream === null) return known
        const taken = await pictures.take(stream.owner, stream.path, { widthPx: dailyWidthPx, wake: false, signal })
        return taken.ok ? taken.value : null
      },
      inMaintenance: (subject) => alerting.maintenance.of(subject, clock.now()) !== null,
      isOffline: () => servers.consoleWhy() !== null,
      windowsOf: dailyWindows,
      pictures: { keep: snapshots.keepPicture, at: snapshots.pictureAt },
      sendReport: alerting.notifications.sendReport,
      noReportsTo: alerting.notifications.noReportsTo,
      kept: { read: rows.setting, write: rows.keepSetting, note: rows.noteSetting },
      usual: { zone: zoneOf('local'), ...(options.demo && demoDailyCheck(startedAt)) },
      configured: bundle === null ? (options.dailyCheck ?? null) : null,
      signal: signal,
    }),
  )
  return { remoteProbes, probes, canaries, dailyChecks, applyFileProbes }
}
