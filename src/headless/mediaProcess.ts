import type { Clock } from '../clock/clock.ts'
import { createMediaRequests, type MediaRequests } from '../media/mediaRequests.ts'
import { type ForkedNode, forkNode, letGo } from '../processes/forkNode.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import { fromMediaSchema, type MediaBackend, mediaBackendVariable, mediaEnvironment, type ToMedia } from '../shared/media.ts'
import { err } from '../shared/result.ts'

/** Pictures of streams, made in a process of their own. */
export interface MediaClient {
  /** One picture; answers within the request's `timeoutMs` and a little, whatever becomes of the process. */
  readonly snapshot: MediaRequests['snapshot']
  /** What pictures are made with. */
  readonly tools: MediaRequests['tools']
  /** The running process; null while there is none. */
  readonly pid: () => number | null
  /** Ends the process; requests under way answer `cancelled`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const stopLimitMs = 500

/**
 * Starts the media process at the first request and keeps it alive.
 *
 * 1. At most one process exists; after a death the next one waits 0.5 s, doubling up to 30 s, until one answers again.
 * 2. What was asked of a process that died answers `crashed`; what waits for the next one is asked then.
 * 3. An address on which three processes died is set aside for ten minutes.
 */
export function createMediaClient({
  clock,
  log,
  backend = null,
  entry = new URL('../media/index.ts', import.meta.url),
}: {
  readonly clock: Clock
  readonly log: { readonly warn: (facts: object, text: string) => void }
  /** Makes pictures with this one alone; null: with node-av where it loads, else with ffmpeg. */
  readonly backend?: MediaBackend | null
  readonly entry?: URL
}): MediaClient {
  let running: ForkedNode | null = null
  let closed = false
  const requests = createMediaRequests({ clock, want: () => supervised.start() })
  const supervised = superviseProcess<ToMedia | typeof letGo, unknown, never>({
    clock,
    givesUp: false,
    spawn: () => {
      running = forkNode(entry, { env: mediaEnvironment({ ...process.env, ...(backend !== null && { [mediaBackendVariable]: backend }) }) })
      return running
    },
    onMessage: (message) => {
      const parsed = fromMediaSchema.safeParse(message)
      // Native code went astray in there: nothing it says can be relied on.
      if (!parsed.success) running?.kill()
      else if (parsed.data.kind === 'ready') requests.opened(supervised.post)
      else {
        supervised.markSteady()
        requests.answered(parsed.data)
      }
    },
    onLife: () => {},
    onDeath: (why, deaths) => {
      running = null
      log.warn({ why, deaths }, 'the media process ended and is started again')
      requests.died()
    },
  })

  return {
    snapshot: async (request, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await requests.snapshot(request, signal)
    },
    tools: async (ffmpeg, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await requests.tools(ffmpeg, signal)
    },
    pid: () => running?.pid ?? null,
    [Symbol.asyncDispose]: async () => {
      closed = true
      requests.settleAll({ kind: 'cancelled' })
      // It ends by itself, and with it what it started; blocked native reads would keep it for as long as they like.
      await supervised.stop(letGo, stopLimitMs)
      running = null
    },
  }
}
