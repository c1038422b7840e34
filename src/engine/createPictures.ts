import { serverOf } from '../shared/asked.ts'
import type { SnapshotSettings } from '../shared/snapshots.ts'
import type { Observing } from './createObserving.ts'
import type { FleetModel } from './fleetModel.ts'
import type { Intake } from './intake.ts'
import { createPictureTools } from './previews/pictureTools.ts'
import { createPlaybackRelay } from './previews/playbackRelay.ts'
import { createPreviews } from './previews/previews.ts'
import { createStreamPictures } from './previews/streamPictures.ts'
import { createWebrtcEndpoint, createWebrtcHealth, type WebrtcAccess } from './previews/webrtcEndpoint.ts'
import { createWebrtcPictures, ownNetworks } from './previews/webrtcPictures.ts'
import { createRelayGrants, createWebrtcRelay } from './previews/webrtcRelay.ts'
import { createOwnEndpoints } from './servers/ownEndpoints.ts'
import type { Servers } from './servers/servers.ts'
import { createSnapshotFiles } from './snapshots/snapshotFiles.ts'
import { createSnapshots } from './snapshots/snapshots.ts'
import { openSigningKey } from './storage/keptSecrets.ts'
import type { Wiring } from './wiring.ts'

/** Pictures of the streams of watched servers: played, published, replayed, and taken as snapshots. */
export type Pictures = ReturnType<typeof createPictures>

/** One process makes all the pictures of the demo's servers. */
const demoSnapshots: Partial<SnapshotSettings> = {
  everySeconds: 3_600,
  exceptions: [{ tags: [], servers: [], streams: ['event/*', 'north/*'], everySeconds: 60 }],
  megabitsPerSecond: 0.5,
}

export function createPictures(
  wiring: Wiring,
  model: FleetModel,
  servers: Servers,
  { streams, openPictures, pictureReaders }: Observing,
  { record }: Pick<Intake, 'record'>,
) {
  const { ports, options, opened, box, tag, signal } = wiring
  const { clock, log, dataDir } = ports
  const { rows, history, bundle, snapshotsDb } = wiring.store
  const previews = opened.use(
    createPreviews({
      clock,
      pictures: openPictures,
      tag,
      version: ports.version,
      accessOf: (id) => {
        const access = servers.accessOf(id)
        return access && { ...access, hls: access.addresses.hls }
      },
      stream: streams.get,
    }),
  )

  const webrtcAccessOf = (id: string): WebrtcAccess | null => {
    const access = servers.accessOf(id)
    return access && { ...access, webrtc: access.addresses.webrtc }
  }
  const webrtcEndpoint = createWebrtcEndpoint({ clock, version: ports.version })
  const webrtcGrants = createRelayGrants(openSigningKey({ read: rows.setting, note: rows.noteSetting, box }, 'relayKey'), clock)
  const webrtc = createWebrtcRelay({
    clock,
    endpoint: webrtcEndpoint,
    grants: webrtcGrants,
    servers: servers.all,
    accessOf: webrtcAccessOf,
    stream: streams.get,
    defaultStreams: options.defaultStreams ?? null,
    operatorOf: wiring.operatorOf,
    running: wiring.running,
    record,
    tag,
    version: ports.version,
  })
  const webrtcPictures = createWebrtcPictures({
    clock,
    pictures: openPictures,
    endpoint: webrtcEndpoint,
    accessOf: webrtcAccessOf,
    stream: streams.get,
    networks: ownNetworks,
    tag,
    version: ports.version,
  })
  const playback = createPlaybackRelay({
    clock,
    version: ports.version,
    record: history.record,
    accessOf: (named) => {
      const server = bundle === null ? serverOf(named, servers.all()) : undefined
      const access = server && servers.accessOf(server.id)
      return access ? { ...access, name: server.name, playback: access.addresses.playback, skewMs: server.clockSkewMs ?? 0 } : null
    },
  })
  const webrtcHealth = createWebrtcHealth({ clock, endpoint: webrtcEndpoint, servers: servers.all, accessOf: webrtcAccessOf, signal: signal })

  const media = ports.media ?? null
  const pictureTools = createPictureTools({ media, settings: { read: rows.setting, write: rows.keepSetting }, configured: options.ffmpeg ?? '' })
  const pictures = createStreamPictures({
    clock,
    log,
    readers: pictureReaders,
    tag,
    version: ports.version,
    media,
    ffmpeg: pictureTools.ffmpeg,
    accessOf: (id) => {
      const access = servers.accessOf(id)
      return access && { ...access, rtsp: access.addresses.rtsp, hls: access.addresses.hls, srt: access.addresses.srt }
    },
    stream: streams.get,
    previews,
    readByRtsp:
      media === null || options.demo
        ? () => {}
        : createOwnEndpoints({
            clock,
            media,
            userAgent: `mtxdeck/${ports.version}`,
            ffmpeg: pictureTools.ffmpeg,
            unevaluated: servers.unevaluatedEndpoint,
            listed: (id, path) => {
              const stream = streams.get(id, path)
              const report = stream?.state === 'live' && !stream.onDemand ? streams.reportsNamed(path).find(({ serverId }) => serverId === id) : undefined
              if (!stream || !report) return null
              const byRtsp = Object.entries(report.readersByType).filter(([type]) => /^rtsps?session$/i.test(type))
              const own = stream.sessions.filter((session) => session.own && session.role === 'reader' && /^rtsps?$/.test(session.protocol))
              return { readersByRtsp: byRtsp.reduce((sum, [, count]) => sum + count, 0), ownByRtsp: own.length }
            },
            evaluate: servers.evaluateEndpoint,
            signal,
          }),
  })
  const snapshots = opened.use(
    createSnapshots({
      clock,
      log,
      files: createSnapshotFiles({ db: snapshotsDb, dataDir }),
      read: media === null || bundle !== null ? null : pictures.take,
      whyNot: pictures.whyNot,
      isSlate: (id, path) => streams.get(id, path)?.state === 'slate',
      bitrateOf: (id, path) => streams.get(id, path)?.figures.bitrateInBps ?? null,
      accessKey: (id) => JSON.stringify(servers.accessOf(id)),
      server: servers.get,
      eachPictured: streams.eachPictured,
      inTrouble: (id, path) => model.verdicts.severityOf(id, path) !== null,
      kept: { read: rows.setting, write: rows.keepSetting },
      configured: options.snapshots ?? (options.demo ? demoSnapshots : {}),
      isBundle: bundle !== null,
      signal: signal,
    }),
  )
  model.onChange((what, owner) => {
    if (what === 'removed' && owner?.kind === 'server') snapshots.forget(owner.serverId)
  })
  return { previews, webrtc, webrtcGrants, webrtcPictures, webrtcHealth, playback, pictureTools, pictures, snapshots }
}
