import { z } from 'zod'
import type { Clock, Timer } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'
import { storedJson } from '../storage/storedJson.ts'

interface LifeMarkDeps {
  readonly clock: Clock
  /** Reads the last launch's mark; null: there was none. */
  readonly read: () => string | null
  /** Stores the mark; after a power cut the previous one is good enough. */
  readonly write: (mark: string) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Time of any server's newest sample between `from` and `to`; null: there is none. */
  readonly newestSample: (from: number, to: number) => Promise<number | null>
}

const markSchema = z.object({ at: z.number(), stopped: z.boolean() })

/** How precisely the end of a launch that crashed is known. */
const markEveryMs = 10_000

/**
 * Regularly stores the time at which the engine was last alive, and at the next launch records for how long it was not running.
 * Disposing it marks an orderly shutdown.
 */
export async function createLifeMark({ clock, read, write, record, newestSample }: LifeMarkDeps) {
  const now = clock.now()
  // Edited by hand or written by a newer version: treated as missing.
  const last = markSchema.safeParse(storedJson(read())).data ?? null
  let aliveUntil: number | null = null
  if (last !== null && last.at < now) {
    const latestEnd = last.stopped ? last.at : Math.min(now, last.at + markEveryMs)
    // Samples taken after the last mark move the start of the gap.
    const from = last.stopped ? last.at : Math.max(last.at, (await newestSample(last.at, latestEnd)) ?? last.at)
    aliveUntil = from
    record([newEvent('consoleGap', now, { cause: 'notRunning', from, stopped: last.stopped, ...(!last.stopped && { minMs: now - latestEnd }) })])
  }
  const mark = (stopped: boolean) => write(JSON.stringify({ at: clock.now(), stopped } satisfies z.infer<typeof markSchema>))
  let timer: Timer
  const beat = () => {
    mark(false)
    timer = clock.setTimeout(beat, markEveryMs)
  }
  beat()
  return {
    /** By how much the clock was set back while the engine was not running, as far as is known, ms. */
    setBackMs: Math.max(0, (last?.at ?? now) - now),
    /** Until when the last launch was alive; null: there was none, or the clock was set back. */
    aliveUntil,
    [Symbol.dispose]: () => {
      clock.clearTimeout(timer)
      mark(true)
    },
  }
}
