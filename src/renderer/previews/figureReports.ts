import type { PictureReason } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { figuresSince, type PictureFigures } from './pictureFigures.ts'

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
  let isReporting = false
  const timer = setInterval(() => {
    // Reports waiting for a lost connection would count the same figures twice.
    if (isReporting) return
    isReporting = true
    report()
      .catch(() => {})
      .finally(() => {
        isReporting = false
      })
  }, reportEveryMs)
  return () => {
    clearInterval(timer)
    ended.abort()
  }
}
