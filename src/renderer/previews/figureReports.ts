import type { PictureReason } from '../../shared/previews.ts'
import { client } from '../app/client.ts'
import { figuresSince, type PictureFigures } from './pictureFigures.ts'

/** The engine takes a picture by WebRTC for closed a minute after the last report. */
const reportEveryMs = 5_000

interface ReportedPicture {
  readonly previewId: string
  /** null: nothing is known yet. */
  readonly figures: () => PictureFigures | null
  /** The engine has closed it, or never knew it. */
  readonly onClosed: (why: PictureReason) => void
}
/** Tells the engine every few seconds how a picture comes, which keeps it open; call what it returns to stop. */
export function reportFigures({ previewId, figures, onClosed }: ReportedPicture): () => void {
  let told: PictureFigures | null = null
  const ended = new AbortController()
  const report = async () => {
    const now = figures()
    const { why } = await client.previews.report({ previewId, figures: now && figuresSince(now, told) }, { signal: ended.signal })
    told = now ?? told
    if (why !== null && !ended.signal.aborted) onClosed(why)
  }
  // Without an answer the picture goes on: its media does not come from the engine. What was not told is told the next time.
  let isReporting = false
  const timer = setInterval(() => {
    // Reports that wait for a lost connection would count the same figures again.
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
