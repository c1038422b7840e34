import { isLoopback } from '../../shared/isLoopback.ts'
import type { PictureReason } from '../../shared/previews.ts'
import type { IceServer, WebrtcEnd } from '../../shared/webrtc.ts'
import { client } from '../app/client.ts'
import { reportFigures } from './figureReports.ts'
import { createFrozenWatch } from './frozenWatch.ts'
import { notifyPictureClosed, onPictureClosed, viewerId } from './openPictures.ts'
import type { PictureWhy } from './pictureWhy.ts'
import { lookEveryMs, type PlayBy } from './way.ts'
import { readWebrtcStats, type WebrtcReading } from './webrtcFigures.ts'

/** Candidates of this desk are sent with the offer. The server's are those that matter: it answers to whoever reaches them. */
const gatherWithinMs = 1_500
const connectWithinMs = 7_000
/** From the connection on. Until a key frame comes there is no picture: cameras send one every few seconds. */
const firstFrameWithinMs = 12_000
/** A connection that is disturbed may recover. */
const disturbedForMs = 6_000

/** Whether this window runs on the console's machine: then it knows the networks of this desk. */
const besideConsole = (): boolean => !location.protocol.startsWith('http') || isLoopback(location.hostname)

/** Resolves when all candidates are known, or after a while with those that are. */
const gathered = (peer: RTCPeerConnection): Promise<void> =>
  new Promise((resolve) => {
    if (peer.iceGatheringState === 'complete') return resolve()
    const timer = setTimeout(resolve, gatherWithinMs)
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState !== 'complete') return
      clearTimeout(timer)
      resolve()
    })
  })

const asIceServer = ({ url, username, credential }: IceServer): RTCIceServer => ({
  urls: url,
  ...(username !== null && { username, credential: credential ?? '' }),
})

/** Whether the server ended the session. The state of the connection tells it seconds later only. */
const isHungUp = (peer: RTCPeerConnection): boolean =>
  peer.getReceivers().some(({ transport }) => transport?.state === 'closed' || transport?.state === 'failed')

/** Reasons that hold for every protocol. */
const air: ReadonlySet<string> = new Set(['onDemand', 'notLive', 'serverDown'])
type AirObstacle = 'onDemand' | 'notLive' | 'serverDown'

/** Plays a stream by WebRTC: the engine negotiates with the server, from which the media comes directly. */
export const playByWebrtc: PlayBy = (element, ask, told) => {
  const gone = new AbortController()
  let peer: RTCPeerConnection | null = null
  let previewId: string | null = null
  let look: ReturnType<typeof setInterval> | undefined
  let stopReports = () => {}
  let reading: WebrtcReading | null = null
  let seen = false

  const letGo = () => {
    gone.abort()
    clearInterval(look)
    stopReports()
    offClosed()
    peer?.close()
    peer = null
    element.srcObject = null
  }
  const shut = () => {
    letGo()
    // If this call does not arrive, the engine closes the picture a minute after the last report.
    if (previewId !== null) client.previews.close({ previewId }).catch(() => {})
    previewId = null
  }
  const fail = (why: PictureWhy, retry: boolean) => {
    if (gone.signal.aborted) return
    shut()
    told.failed({ why, retry, hadPlayed: seen })
  }
  /** Ends it for what was seen here; the engine knows from the server's answer why. */
  const giveUp = (saw: WebrtcEnd) => {
    const id = previewId
    if (gone.signal.aborted || id === null) return
    previewId = null
    letGo()
    const given = client.webrtc.giveUp({ previewId: id, saw, besideConsole: besideConsole() })
    given.then(
      ({ why }) => told.failed({ why, retry: saw === 'stopped', hadPlayed: seen }),
      (error: unknown) => told.failed({ why: { kind: 'callFailed', error }, retry: true, hadPlayed: seen }),
    )
  }
  const offClosed = onPictureClosed((id) => {
    if (id !== previewId) return
    previewId = null
    shut()
    told.closed()
  })
  /** Whether there is a reason why not to go on. */
  const barred = (why: PictureReason | null): boolean => {
    if (why === null) return false
    if (!air.has(why.kind)) fail(why, false)
    else if (!gone.signal.aborted) {
      shut()
      told.obstacle(why.kind as AirObstacle, why)
    }
    return true
  }

  const watchPlaying = (connection: RTCPeerConnection, id: string) => {
    const watch = createFrozenWatch()
    const openedAt = performance.now()
    let connectedAt: number | null = null
    let disturbedSince: number | null = null
    let mediaSeconds = 0
    let lookedAt = openedAt
    let isReading = false
    const lookNow = async () => {
      const now = performance.now()
      const { connectionState } = connection
      if (connectionState === 'connected') connectedAt ??= now
      disturbedSince = connectionState === 'connected' ? null : (disturbedSince ?? now)
      const isOver = connectionState === 'failed' || connectionState === 'closed' || isHungUp(connection)
      if (connectedAt === null) {
        if (isOver || now - openedAt > connectWithinMs) giveUp('notConnected')
        return
      }
      if (isOver || now - (disturbedSince ?? now) > (seen ? disturbedForMs : 0)) return giveUp(seen ? 'stopped' : 'noFrames')
      const stats = await connection.getStats()
      if (gone.signal.aborted) return
      const before = reading
      reading = readWebrtcStats([...stats.values()], before)
      // The element's own time goes on without frames.
      if (reading.framesDecoded > (before?.framesDecoded ?? 0)) mediaSeconds += (now - lookedAt) / 1000
      lookedAt = now
      if (!seen && reading.framesDecoded > 0 && element.readyState >= 2) seen = true
      if (!seen) {
        if (now - connectedAt > firstFrameWithinMs) giveUp('noFrames')
        return
      }
      if (element.paused) void element.play().catch(() => {})
      told.playing({ figures: reading.figures, stillMs: watch.see(now, mediaSeconds, true) })
    }
    look = setInterval(() => {
      if (isReading) return
      isReading = true
      lookNow()
        .catch((error: unknown) => fail({ kind: 'callFailed', error }, true))
        .finally(() => {
          isReading = false
        })
    }, lookEveryMs)
    stopReports = reportFigures({
      previewId: id,
      figures: () => reading?.figures ?? null,
      // The engine started anew, for example: it may be opened again. One whose viewers left may not.
      onClosed: (why) => {
        previewId = null
        fail(why, why.kind === 'closed')
      },
    })
  }

  const run = async () => {
    const { signal } = gone
    const prepared = await client.webrtc.prepare(ask, { signal })
    if (signal.aborted || barred(prepared.why)) return
    const connection = new RTCPeerConnection({ iceServers: prepared.iceServers.map(asIceServer) })
    peer = connection
    const media = new MediaStream()
    connection.addEventListener('track', ({ track }) => media.addTrack(track))
    for (const kind of ['video', 'audio']) connection.addTransceiver(kind, { direction: 'recvonly' })
    await connection.setLocalDescription(await connection.createOffer())
    await gathered(connection)
    if (signal.aborted) return
    const watched = await client.webrtc.watch({ ...ask, viewer: viewerId(), offer: connection.localDescription?.sdp ?? '' }, { signal })
    if (watched.previewId !== null && signal.aborted) client.previews.close({ previewId: watched.previewId }).catch(() => {})
    if (signal.aborted) return
    if (watched.previewId === null) return void barred(watched.why)
    previewId = watched.previewId
    if (watched.closed !== null) notifyPictureClosed(watched.closed)
    await connection.setRemoteDescription({ type: 'answer', sdp: watched.answer })
    if (signal.aborted) return
    element.srcObject = media
    watchPlaying(connection, watched.previewId)
    await element.play().catch(() => {})
  }
  run().catch((error: unknown) => fail({ kind: 'callFailed', error }, true))
  return shut
}
