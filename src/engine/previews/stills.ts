import type { Clock } from '../../clock/clock.ts'
import { type PictureReason, type Still, stillWidthPx, type TakenStill } from '../../shared/previews.ts'
import type { Stream } from '../../shared/streams.ts'
import type { StreamPictures } from './streamPictures.ts'

interface StillsDeps {
  readonly clock: Clock
  readonly pictures: StreamPictures
  readonly stream: (serverId: string, path: string) => Stream | null
}

export interface StillInput {
  readonly serverId: string
  readonly path: string
  /** The operator confirmed that an on-demand source may be started. */
  readonly wake: boolean
}

/** A still younger than this is reused. */
const freshMs = 2_000

const without = (why: PictureReason): Still => ({ jpeg: null, at: null, why })

/** A still that is being taken, for all callers waiting for it. */
interface Taking {
  readonly still: Promise<Still>
  readonly ended: AbortController
  watchers: number
}

/** Pictures of live streams for operators who look at them: those who ask for the same at once share it. */
export function createStills({ clock, pictures, stream: streamOf }: StillsDeps) {
  const underWay = new Map<string, Taking>()
  const fresh = new Map<string, { readonly still: Still; readonly takenAt: number }>()

  const begin = (key: string, { serverId, path, wake }: StillInput, isSlate: boolean): Taking => {
    const ended = new AbortController()
    const still = pictures
      .take(serverId, path, { widthPx: stillWidthPx, wake, signal: ended.signal })
      .then((taken): Still => {
        if (!taken.ok) return without(taken.error)
        const jpeg = Buffer.from(taken.value.jpeg).toString('base64')
        const whole: TakenStill = { jpeg, at: clock.now(), why: isSlate ? { kind: 'slate' } : null }
        fresh.set(key, { still: whole, takenAt: clock.monotonic() })
        return whole
      })
      .finally(() => {
        if (underWay.get(key)?.ended === ended) underWay.delete(key)
      })
    const taking = { still, ended, watchers: 0 }
    underWay.set(key, taking)
    return taking
  }

  /** Callers that request the same still share it; it is cancelled when the last of them has gone. */
  const join = async (key: string, taking: Taking, signal: AbortSignal | undefined): Promise<Still> => {
    taking.watchers++
    const leave = () => {
      taking.watchers--
      if (taking.watchers > 0) return
      if (underWay.get(key) === taking) underWay.delete(key)
      taking.ended.abort()
    }
    if (signal?.aborted) leave()
    else signal?.addEventListener('abort', leave, { once: true })
    try {
      return await taking.still
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  return {
    /** Takes a still; null: there is no such stream. The still reports every other failure. */
    take: async (input: StillInput, signal?: AbortSignal): Promise<Still | null> => {
      const { serverId, path, wake } = input
      const stream = streamOf(serverId, path)
      const why = pictures.whyNot(serverId, path, wake)
      if (!stream || why?.kind === 'notFound') return null
      if (why !== null) return without(why)

      const key = JSON.stringify([serverId, path])
      for (const [name, { takenAt }] of fresh) if (clock.monotonic() - takenAt >= freshMs) fresh.delete(name)
      const young = fresh.get(key)
      if (young) return young.still
      return await join(key, underWay.get(key) ?? begin(key, input, stream.state === 'slate'), signal)
    },
    [Symbol.asyncDispose]: async () => {
      const last = [...underWay.values()]
      for (const taking of last) taking.ended.abort()
      await Promise.allSettled(last.map((taking) => taking.still))
    },
  }
}
export type Stills = ReturnType<typeof createStills>
