import type { Clock } from '../clock/clock.ts'
import { createMediaRequests, type MediaRequests } from '../media/mediaRequests.ts'
import { type ForkedNode, forkNode, letGo } from '../processes/forkNode.ts'
import { superviseProcess } from '../processes/superviseProcess.ts'
import { fromMediaSchema, type MediaBackend, mediaBackendVariable, mediaEnvironment, type ToMedia } from '../shared/media.ts'
import { err } from '../shared/result.ts'

/** Takes pictures of streams in a separate process. */
export interface MediaClient {
  /** Takes one picture. Answers little later than the request's `timeoutMs`, even if the process dies. */
  readonly snapshot: MediaRequests['snapshot']
  /** The tools that take pictures. */
  readonly tools: MediaRequests['tools']
  /** The running process; null while there is none. */
  readonly pid: () => number | null
  /** Ends the process; open requests answer `cancelled`. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const stopLimitMs = 500

/**
 * Starts the media process at the first request and keeps it alive.
 *
 * 1. At most one process exists. After a crash the next one starts in 0.5 s, doubling up to 30 s, until one answers again.
 * 2. Requests to a process that crashed answer `crashed`; waiting requests go to the next one.
 * 3. An address on which three processes crashed is not tried for ten minutes.
 */
export function createMediaClient({
  clock,
  log,
  backend = null,
  entry = new URL('../media/index.ts', import.meta.url),
}: {
  readonly clock: Clock
  readonly log: { readonly warn: (facts: object, text: string) => void }
  /** Uses only this backend; null: node-av if it loads, otherwise ffmpeg. */
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
      // Its native code is corrupted, so none of its answers can be trusted.
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
      // It ends itself and its child processes; without a limit, blocked native reads could keep it alive.
      await supervised.stop(letGo, stopLimitMs)
      running = null
    },
  }
}
