import type { Clock } from '../../clock/clock.ts'
import { hurriedPause } from '../../clock/hurriedPause.ts'

interface SendWithCausesDeps {
  readonly clock: Clock
  /** Until causes are no longer looked for; null: none are. */
  readonly looking: () => Promise<void> | null
  readonly send: () => void
  readonly signal: AbortSignal
}

/** A message waits for what it says of causes no longer than this, ms. */
const causesWithinMs = 500

/** Messages say why, if that is known in time. */
export function createSendWithCauses({ clock, looking, send, signal }: SendWithCausesDeps) {
  let waiting: Promise<void> | null = null
  const sendAfter = async (found: Promise<void>) => {
    const pause = { hurry: () => {} }
    void found.finally(() => pause.hurry())
    await hurriedPause(clock, pause, causesWithinMs, signal)
    waiting = null
    if (!signal.aborted) send()
  }
  return {
    /** Sends now, or soon. */
    send: (): void => {
      const found = looking()
      if (found === null) send()
      else waiting ??= sendAfter(found)
    },
    /** Resolves when nothing waits for causes. */
    settled: async (): Promise<void> => {
      await waiting
    },
  }
}
