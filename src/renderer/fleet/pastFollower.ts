import type { FleetChanges } from '../../shared/fleet.ts'
import { failureText } from '../app/failureText.ts'

export interface PastStatus {
  /** null: none yet. */
  readonly shownAt: number | null
  readonly failure: string | null
}

interface PastFollowerOptions {
  readonly ask: (input: { readonly at: number; readonly launch: string | null; readonly before?: number }) => Promise<FleetChanges>
  readonly onAnswer: (changes: FleetChanges, at: number) => void
  readonly onStatus: () => void
  readonly pause: (ms: number) => Promise<void>
}

/** While a cursor moves, however fast the engine is. */
const pictureEveryMs = 120
const retryMs = 2000
const nothing: PastStatus = { shownAt: null, failure: null }

/** One request at a time; the next one is for the moment reached by then. The last picture stays until the answer arrives. */
export function createPastFollower({ ask, onAnswer, onStatus, pause }: PastFollowerOptions) {
  let wanted: number | null = null
  let launch: string | null = null
  let status = nothing
  /** Answers to requests before a reset are ignored. */
  let visit = 0
  let running = false
  let wake = () => {}

  const show = (next: PastStatus) => {
    status = next
    onStatus()
  }
  const rest = (ms: number) => Promise.race([pause(ms), new Promise<void>((resolve) => (wake = resolve))])

  const run = async () => {
    if (running) return
    running = true
    while (wanted !== null && wanted !== status.shownAt) {
      const at = wanted
      const mine = visit
      try {
        const changes = await ask({ at, launch, ...(status.shownAt === null ? {} : { before: status.shownAt }) })
        if (mine !== visit) continue
        launch = changes.launch
        onAnswer(changes, at)
        show({ shownAt: at, failure: null })
        if (wanted !== at) await pause(pictureEveryMs)
      } catch (error) {
        if (mine !== visit) continue
        show({ ...status, failure: failureText(error) })
        await rest(retryMs)
      }
    }
    running = false
  }

  return {
    /** null stops, and late answers are dropped. */
    follow: (at: number | null): void => {
      if (at === wanted) return
      wanted = at
      if (at === null) {
        visit++
        launch = null
        show(nothing)
      } else if (status.failure !== null) {
        wake()
      }
      void run()
    },
    status: (): PastStatus => status,
  }
}
