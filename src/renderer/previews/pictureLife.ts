import { pictureText } from '../../i18n/pictureText.ts'
import { type PictureReason, type PlainPictureReason, plainPictureReasons } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { deskKey } from '../app/consoleAddress.ts'
import { failureText } from '../app/failureText.ts'
import { language } from '../app/words.ts'
import { figuresSince, type PictureFigures, type PictureWhy, type WayCallbacks } from './pictureWays.ts'

/** The engine allows a few live pictures per operator and closes the oldest for a newer one. */
const storageKey = deskKey('viewer')

/** Id of this operator for the engine, shared by all windows of this desk. */
export function viewerId(): string {
  try {
    const kept = localStorage.getItem(storageKey)
    if (kept) return kept
    localStorage.setItem(storageKey, fresh)
  } catch {
    // Storage forbidden: each window counts separately.
  }
  return fresh
}
const fresh = crypto.randomUUID()

/** Whether this browser decodes H265 in fragmented MP4. */
export function playsH265(): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"')
}

/** The engine considers a WebRTC picture closed one minute after the last report. */
const reportEveryMs = 5_000

interface ReportedPicture {
  readonly previewId: string
  /** null: no figures yet. */
  readonly figures: () => PictureFigures | null
  /** The engine has closed it, or never knew it. */
  readonly onClosed: (why: PictureReason) => void
}
/** Reports a picture's reception figures to the engine every few seconds, which keeps the picture open. Returns a function to stop. */
export function reportFigures({ previewId, figures, onClosed }: ReportedPicture): () => void {
  let reported: PictureFigures | null = null
  const ended = new AbortController()
  const report = async () => {
    const now = figures()
    const { why } = await client.previews.report({ previewId, figures: now && figuresSince(now, reported) }, { signal: ended.signal })
    reported = now ?? reported
    if (why !== null && !ended.signal.aborted) onClosed(why)
  }
  // The picture continues without an answer, as its media does not come from the engine. Figures not reported are included in the next report.
  // Reports waiting for a lost connection would count the same figures twice.
  const stop = oneAtATime(reportEveryMs, () => report().catch(() => {}))
  return () => {
    stop()
    ended.abort()
  }
}

/** Runs something at an interval, and not again while it still runs. Returns a function to stop. */
export function oneAtATime(everyMs: number, run: () => Promise<void>): () => void {
  let isRunning = false
  const timer = setInterval(() => {
    if (isRunning) return
    isRunning = true
    void run().finally(() => {
      isRunning = false
    })
  }, everyMs)
  return () => clearInterval(timer)
}

/** A picture opened by the engine for a player. It ends only once, whoever ends it. `release` frees the player, `closeInEngine` what the engine has of it. */
export function createPictureLife(
  callbacks: Pick<WayCallbacks, 'failed' | 'closed'>,
  release: () => void,
  closeInEngine: (previewId: string, failed?: PlainPictureReason) => Promise<unknown> = (previewId, failed) => client.previews.close({ previewId, failed }),
) {
  const gone = new AbortController()
  const ends: (() => void)[] = []
  let previewId: string | null = null
  let seen = false
  // If this call does not arrive, the engine closes the picture some time after the last request or report.
  const close = (id: string, failed?: PlainPictureReason) => void closeInEngine(id, failed).catch(() => {})
  const forget = () => {
    previewId = null
  }
  const letGo = () => {
    gone.abort()
    for (const end of ends.splice(0)) end()
    release()
  }
  const shut = () => {
    letGo()
    if (previewId !== null) close(previewId)
    forget()
  }
  return {
    signal: gone.signal,
    /** The engine's id; null: not open yet, or closed by the engine. */
    id: (): string | null => previewId,
    /** To be called when the engine has opened it. Returns whether it is still wanted. */
    opened: (id: string) => {
      if (gone.signal.aborted) {
        close(id)
        return false
      }
      previewId = id
      return true
    },
    defer: (end: () => void): void => void ends.push(end),
    /** To be called when the first frame was shown. */
    markSeen: () => {
      seen = true
    },
    wasSeen: () => seen,
    /** Drops the id, as the engine has closed the picture and need not be notified. */
    forget,
    /** Ends playback without notifying the engine. */
    letGo,
    /** Ends playback and closes the picture in the engine. */
    shut,
    /** Like `shut`, and reports a reason. Does nothing if it has ended. */
    fail: (why: PictureWhy, retry: boolean) => {
      if (gone.signal.aborted) return
      // Its viewer opened another one, maybe at another desk.
      if (why.kind === 'replaced') {
        forget()
        shut()
        return callbacks.closed()
      }
      const plain = plainPictureReasons.find((kind) => kind === why.kind)
      if (previewId !== null) close(previewId, plain)
      forget()
      shut()
      callbacks.failed({ why, retry, hadPlayed: seen })
    },
  }
}

export function whyText(why: PictureWhy): string {
  return why.kind === 'callFailed' ? failureText(why.error) : pictureText(why, language)
}
