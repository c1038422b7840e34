import { client } from '../app/client.ts'
import { notifyPictureClosed, onPictureClosed } from './openPictures.ts'
import type { PictureWhy } from './pictureWhy.ts'
import type { WayCallbacks } from './way.ts'

/** A picture opened by the engine for a player. It ends only once, whoever ends it. */
interface PictureLife {
  /** Aborted when it ends. */
  readonly signal: AbortSignal
  /** The engine's id; null: not open yet, or closed by the engine. */
  readonly id: () => string | null
  /** To be called when the engine has opened it; `closed`: another one that was closed for it. Returns whether it is still wanted. */
  readonly opened: (previewId: string, closed: string | null) => boolean
  /** Registers a function to be called when it ends. */
  readonly defer: (end: () => void) => void
  /** To be called when the first frame was shown. */
  readonly markSeen: () => void
  readonly wasSeen: () => boolean
  /** Drops the id, as the engine has closed the picture and need not be notified. */
  readonly forget: () => void
  /** Ends playback without notifying the engine. */
  readonly letGo: () => void
  /** Ends playback and closes the picture in the engine. */
  readonly shut: () => void
  /** Like `shut`, and reports a reason. Does nothing if it has ended. */
  readonly fail: (why: PictureWhy, retry: boolean) => void
}

/** `release` frees the player. */
export function createPictureLife(callbacks: Pick<WayCallbacks, 'failed' | 'closed'>, release: () => void): PictureLife {
  const gone = new AbortController()
  const ends: (() => void)[] = []
  let previewId: string | null = null
  let seen = false
  // If this call does not arrive, the engine closes the picture some time after the last request or report.
  const close = (id: string) => void client.previews.close({ previewId: id }).catch(() => {})
  const forget = () => {
    previewId = null
  }
  const letGo = () => {
    gone.abort()
    for (const end of ends.splice(0)) end()
    offClosed()
    release()
  }
  const shut = () => {
    letGo()
    if (previewId !== null) close(previewId)
    forget()
  }
  const offClosed = onPictureClosed((id) => {
    if (id !== previewId) return
    forget()
    shut()
    callbacks.closed()
  })
  return {
    signal: gone.signal,
    id: () => previewId,
    opened: (id, closed) => {
      if (gone.signal.aborted) {
        close(id)
        return false
      }
      previewId = id
      if (closed !== null) notifyPictureClosed(closed)
      return true
    },
    defer: (end) => void ends.push(end),
    markSeen: () => {
      seen = true
    },
    wasSeen: () => seen,
    forget,
    letGo,
    shut,
    fail: (why, retry) => {
      if (gone.signal.aborted) return
      shut()
      callbacks.failed({ why, retry, hadPlayed: seen })
    },
  }
}
