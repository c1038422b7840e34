import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Clock, Timer } from '../clock/clock.ts'
import { createMediaRequests, type MediaRequests } from '../media/mediaRequests.ts'
import { type FromMedia, fromMediaSchema, type MediaBackend, mediaBackendVariable, mediaEnvironment } from '../shared/media.ts'
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

const firstBackoffMs = 250
const longestBackoffMs = 30_000
const stopLimitMs = 500

/**
 * Starts the media process at the first request and keeps it alive.
 *
 * 1. At most one process exists; after a death the next one waits 0.25 s, doubling up to 30 s, until one answers again.
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
  const requests = createMediaRequests({
    clock,
    want: () => {
      if (child === null && waiting === null) run()
    },
  })
  let child: ChildProcess | null = null
  let waiting: Timer | null = null
  let deaths = 0
  let closed = false

  const onMessage = (message: FromMedia, born: ChildProcess) => {
    switch (message.kind) {
      case 'ready':
        requests.opened((said) => {
          if (born.connected) born.send(said)
        })
        return
      default:
        deaths = 0
        requests.answered(message)
    }
  }
  const run = () => {
    waiting = null
    const born = fork(fileURLToPath(entry), [], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: mediaEnvironment({ ...process.env, ...(backend !== null && { [mediaBackendVariable]: backend }) }),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    })
    child = born
    born.on('message', (message) => {
      const parsed = fromMediaSchema.safeParse(message)
      if (parsed.success) onMessage(parsed.data, born)
      // Native code went astray in there: nothing it says can be relied on.
      else born.kill('SIGKILL')
    })
    const onEnd = (why: string) => {
      if (child !== born) return
      child = null
      if (closed) return
      deaths++
      log.warn({ why, deaths }, 'the media process ended and is started again')
      requests.died()
      waiting = clock.setTimeout(run, Math.min(firstBackoffMs * 2 ** (deaths - 1), longestBackoffMs))
    }
    born.once('exit', (code, signal) => onEnd(String(signal ?? code)))
    born.once('error', (error) => onEnd(error.message))
  }

  return {
    snapshot: async (request, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await requests.snapshot(request, signal)
    },
    tools: async (ffmpeg, signal) => {
      if (closed) return err({ kind: 'cancelled' })
      return await requests.tools(ffmpeg, signal)
    },
    pid: () => child?.pid ?? null,
    [Symbol.asyncDispose]: async () => {
      closed = true
      if (waiting !== null) clock.clearTimeout(waiting)
      requests.settleAll({ kind: 'cancelled' })
      const last = child
      if (last === null) return
      await new Promise<void>((resolve) => {
        // It ends by itself, and with it what it started; blocked native reads would keep it for as long as they like.
        const limit = clock.setTimeout(() => last.kill('SIGKILL'), stopLimitMs)
        last.once('exit', () => {
          clock.clearTimeout(limit)
          resolve()
        })
        if (last.connected) last.disconnect()
      })
    },
  }
}
