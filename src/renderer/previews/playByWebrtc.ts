import { isLoopback } from '../../shared/ipAddresses.ts'
import type { IceServer, WebrtcEnd } from '../../shared/webrtc.ts'
import { client } from '../app/client.ts'
import { createPictureLife, oneAtATime, reportFigures, viewerId } from './pictureLife.ts'
import { createFrozenWatch, lookEveryMs, readWebrtcStats, type WayAsk, type WayCallbacks, type WebrtcReading } from './pictureWays.ts'

/** Time to gather this desk's candidates, sent with the offer. The server's matter more: it answers anyone who reaches them. */
const gatherWithinMs = 1_500
const connectWithinMs = 7_000
/** Measured from the connection. There is no picture before a key frame, which cameras send every few seconds. */
const firstFrameWithinMs = 12_000
/** A disturbed connection may recover within this time. */
const disturbedForMs = 6_000

/** Whether this window runs on the console's machine: the engine then knows the networks of this desk. */
const besideConsole = (): boolean => !location.protocol.startsWith('http') || isLoopback(location.hostname)

/** Resolves when all candidates are known, or after `gatherWithinMs` with those known by then. */
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

/** Whether the server ended the session. The connection state shows this only seconds later. */
const isHungUp = (peer: RTCPeerConnection): boolean =>
  peer.getReceivers().some(({ transport }) => transport?.state === 'closed' || transport?.state === 'failed')

/** Plays a stream in `element` by WebRTC: the engine negotiates, the media comes directly from the server. Returns a function that stops it. */
export function playByWebrtc(element: HTMLVideoElement, ask: WayAsk, callbacks: WayCallbacks): () => void {
  let peer: RTCPeerConnection | null = null
  let reading: WebrtcReading | null = null
  const life = createPictureLife(callbacks, () => {
    peer?.close()
    peer = null
    element.srcObject = null
  })
  const { signal, fail } = life
  /** Stops because of what was observed here (`saw`); the engine determines the reason from the server's answer. */
  const giveUp = (saw: WebrtcEnd) => {
    const id = life.id()
    if (signal.aborted || id === null) return
    life.forget()
    life.letGo()
    const given = client.webrtc.giveUp({ previewId: id, saw, besideConsole: besideConsole() })
    given.then(
      ({ why }) => callbacks.failed({ why, retry: saw === 'stopped', hadPlayed: life.wasSeen() }),
      (error: unknown) => callbacks.failed({ why: { kind: 'callFailed', error }, retry: true, hadPlayed: life.wasSeen() }),
    )
  }
  const watchPlaying = (connection: RTCPeerConnection, id: string) => {
    const watch = createFrozenWatch()
    const openedAt = performance.now()
    let connectedAt: number | null = null
    let disturbedSince: number | null = null
    let mediaSeconds = 0
    let lookedAt = openedAt
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
      if (isOver || now - (disturbedSince ?? now) > (life.wasSeen() ? disturbedForMs : 0)) return giveUp(life.wasSeen() ? 'stopped' : 'noFrames')
      const stats = await connection.getStats()
      if (signal.aborted) return
      const before = reading
      reading = readWebrtcStats([...stats.values()], before)
      // The element's own time advances even without frames.
      if (reading.framesDecoded > (before?.framesDecoded ?? 0)) mediaSeconds += (now - lookedAt) / 1000
      lookedAt = now
      if (!life.wasSeen() && reading.framesDecoded > 0 && element.readyState >= 2) life.markSeen()
      if (!life.wasSeen()) {
        if (now - connectedAt > firstFrameWithinMs) giveUp('noFrames')
        return
      }
      if (element.paused) void element.play().catch(() => {})
      callbacks.playing({ figures: reading.figures, stillMs: watch.see(now, mediaSeconds, true) })
    }
    life.defer(oneAtATime(lookEveryMs, () => lookNow().catch((error: unknown) => fail({ kind: 'callFailed', error }, true))))
    life.defer(
      reportFigures({
        previewId: id,
        figures: () => reading?.figures ?? null,
        // After `closed`, e.g. a restart of the engine, it may be opened again; not if its viewers left.
        onClosed: (why) => {
          life.forget()
          fail(why, why.kind === 'closed')
        },
      }),
    )
  }

  const run = async () => {
    const prepared = await client.webrtc.prepare(ask, { signal })
    if (signal.aborted) return
    if (prepared.why !== null) return fail(prepared.why, false)
    const connection = new RTCPeerConnection({ iceServers: prepared.iceServers.map(asIceServer) })
    peer = connection
    const media = new MediaStream()
    connection.addEventListener('track', ({ track }) => media.addTrack(track))
    for (const kind of ['video', 'audio']) connection.addTransceiver(kind, { direction: 'recvonly' })
    await connection.setLocalDescription(await connection.createOffer())
    await gathered(connection)
    if (signal.aborted) return
    const watched = await client.webrtc.watch({ ...ask, viewer: viewerId(), offer: connection.localDescription?.sdp ?? '' }, { signal })
    if (watched.previewId === null) return fail(watched.why, false)
    if (!life.opened(watched.previewId)) return
    await connection.setRemoteDescription({ type: 'answer', sdp: watched.answer })
    if (signal.aborted) return
    element.srcObject = media
    watchPlaying(connection, watched.previewId)
    await element.play().catch(() => {})
  }
  run().catch((error: unknown) => fail({ kind: 'callFailed', error }, true))
  return life.shut
}
