import type { FleetChanges } from '../../shared/fleet.ts'
import { failureWords } from './failureWords.ts'

/** What stands with the picture of the past. */
export interface PastStatus {
  /** The moment of the picture that is shown; null: none is there yet. */
  readonly shownAt: number | null
  /** Another one is on its way. */
  readonly loading: boolean
  /** Why the last one could not be had. */
  readonly failure: string | null
}

interface PastFollowerOptions {
  readonly ask: (input: { readonly at: number; readonly launch: string | null; readonly before?: number }) => Promise<FleetChanges>
  /** Takes in one answer; `at` is the moment that was asked for. */
  readonly take: (changes: FleetChanges, at: number) => void
  /** The status changed. */
  readonly onStatus: () => void
  /** Resolves after so many ms. */
  readonly pause: (ms: number) => Promise<void>
}

export interface PastFollower {
  /** Fetch the picture of this moment; null: none is wanted, and what comes late is dropped. */
  readonly follow: (at: number | null) => void
  readonly status: () => PastStatus
}

/** Pictures of a moving cursor: not more often than this, however fast the engine is. */
export const pictureEveryMs = 120
const retryMs = 2000
const nothing: PastStatus = { shownAt: null, loading: false, failure: null }

/**
 * Follows a moment that may move faster than pictures of it can be had: one question at a time, and the next one is about
 * wherever the moment is by then. Until an answer is in, the last picture stays.
 */
export function createPastFollower({ ask, take, onStatus, pause }: PastFollowerOptions): PastFollower {
  let wanted: number | null = null
  let launch: string | null = null
  let status = nothing
  /** Grows when what was known is forgotten: answers to earlier questions no longer count. */
  let visit = 0
  let running = false
  let wake = () => {}

  const show = (next: Partial<PastStatus>) => {
    status = { ...status, ...next }
    onStatus()
  }
  const rest = (ms: number) => Promise.race([pause(ms), new Promise<void>((resolve) => (wake = resolve))])

  const run = async () => {
    if (running) return
    running = true
    while (wanted !== null && wanted !== status.shownAt) {
      const at = wanted
      const mine = visit
      if (!status.loading) show({ loading: true })
      try {
        const changes = await ask({ at, launch, ...(status.shownAt === null ? {} : { before: status.shownAt }) })
        if (mine !== visit) continue
        launch = changes.launch
        take(changes, at)
        show({ shownAt: at, loading: wanted !== at, failure: null })
        if (wanted !== at) await pause(pictureEveryMs)
      } catch (error) {
        if (mine !== visit) continue
        show({ loading: false, failure: failureWords(error) })
        await rest(retryMs)
      }
    }
    running = false
    // The cursor came back to the picture that is shown.
    if (status.loading) show({ loading: false })
  }

  return {
    follow: (at) => {
      if (at === wanted) return
      wanted = at
      if (at === null) {
        visit++
        launch = null
        status = nothing
        onStatus()
      } else if (status.failure !== null) {
        // Another moment may be readable.
        wake()
      }
      void run()
    },
    status: () => status,
  }
}
