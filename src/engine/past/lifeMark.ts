import { z } from 'zod'
import type { Clock, Timer } from '../../clock/clock.ts'
import { type NewEvent, newEvent } from '../../shared/events.ts'

export interface LifeMarkDeps {
  readonly clock: Clock
  /** What the last launch left; null: there was none. */
  readonly read: () => string | null
  /** Waits for no disk: after a power cut the mark before this one is good enough. */
  readonly write: (mark: string) => void
  readonly record: (events: readonly NewEvent[]) => void
  /** Time of the newest sample of any server between these; null: there is none. */
  readonly newestSample: (from: number, to: number) => Promise<number | null>
}

const markSchema = z.object({ at: z.number(), stopped: z.boolean() })

/** How exactly the end of a launch that ended without a word is known. */
const markEveryMs = 10_000

/** Keeps a mark of when the engine was last alive, and says at the next launch for how long nobody watched. Disposing it is an orderly end. */
export async function createLifeMark({ clock, read, write, record, newestSample }: LifeMarkDeps): Promise<Disposable> {
  const now = clock.now()
  const last = parseMark(read())
  if (last !== null && last.at < now) {
    const latestEnd = last.stopped ? last.at : Math.min(now, last.at + markEveryMs)
    // What was seen after the mark is known.
    const from = last.stopped ? last.at : Math.max(last.at, (await newestSample(last.at, latestEnd)) ?? last.at)
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
    [Symbol.dispose]: () => {
      clock.clearTimeout(timer)
      mark(true)
    },
  }
}

function parseMark(text: string | null): z.infer<typeof markSchema> | null {
  if (text === null) return null
  try {
    return markSchema.parse(JSON.parse(text))
  } catch {
    // Written by hand, or by a version to come: as if there were none.
    return null
  }
}
