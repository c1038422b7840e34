import { createSystemClock, TimeLimitError, timeLimit } from '../clock/clock.ts'
import { createSemaphore } from '../clock/semaphore.ts'
import { type FromMedia, type MediaError, type MediaTools, mediaBackendVariable, toMediaSchema, type WholeSnapshotRequest } from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { createFfmpegLook, ffmpegSnapshot, installCommand } from './ffmpeg.ts'
import type { TakeSnapshot } from './readOptions.ts'
import { checkSourceAddress, type SourceAddress } from './sourceAddress.ts'
import { createStuckReads } from './stuckReads.ts'

/** Most snapshots at once: more would only share the same cores, while each takes its own memory. */
const maxAtOnce = 4
/** With this many stuck reads at once the process ends, because it is of little use, and is restarted. */
const maxStuck = 3

type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never
type Answer = WithoutId<FromMedia>

/** A client; each one numbers its own requests. */
export interface MediaLine {
  /** Handles a message; throws if it is not in our form. */
  readonly receive: (message: unknown) => void
  /** Cancels all open requests, because the client is gone. */
  readonly close: () => void
}

export interface MediaServer {
  readonly open: (send: (message: FromMedia) => void) => MediaLine
}

/** Loads FFmpeg as a library; null: packaged builds do not include it, and some systems have no binary of it. */
async function loadNodeAv(): Promise<TakeSnapshot | null> {
  try {
    return (await import('./takeSnapshot.ts')).takeSnapshot
  } catch {
    return null
  }
}

/** Serves any number of clients: with node-av if it loads, otherwise with the machine's own ffmpeg; `only` restricts it to one of them. */
export async function serveMedia(only = process.env[mediaBackendVariable]): Promise<MediaServer> {
  const nodeAv = only === 'ffmpeg' ? null : await loadNodeAv()
  const clock = createSystemClock()
  const lookForFfmpeg = createFfmpegLook(clock)
  const semaphore = createSemaphore(maxAtOnce)
  const stuckReads = createStuckReads({ clock, most: maxStuck, onTooMany: () => process.exit(70) })

  const tools = async (named: string): Promise<MediaTools> => {
    const ffmpeg = await lookForFfmpeg(named)
    return {
      uses: nodeAv !== null ? 'node-av' : ffmpeg.ok && only !== 'node-av' ? 'ffmpeg' : null,
      ffmpeg: ffmpeg.ok ? ffmpeg.value : null,
      problem: ffmpeg.ok ? null : ffmpeg.error,
      install: installCommand,
    }
  }
  const backend = async (named: string): Promise<Result<TakeSnapshot, MediaError>> => {
    if (nodeAv !== null) return ok(nodeAv)
    if (only === 'node-av') return err({ kind: 'unavailable', because: 'onlyNodeAv' })
    const ffmpeg = await lookForFfmpeg(named)
    return ffmpeg.ok ? ok(ffmpegSnapshot(ffmpeg.value.path)) : err({ kind: 'noFfmpeg', problem: ffmpeg.error, install: installCommand })
  }

  const take = async (source: SourceAddress, request: WholeSnapshotRequest, signal: AbortSignal) => {
    const found = await backend(request.ffmpeg)
    return found.ok ? await found.value(source, { ...request, signal }) : found
  }
  const snapshot = async (request: WholeSnapshotRequest, own: AbortController, answer: (message: Answer) => void) => {
    const startedAt = clock.monotonic()
    const limit = timeLimit(clock, request.timeoutMs, own.signal)
    const { signal } = limit
    const fail = (error: MediaError) => answer({ kind: 'failed', error })
    const calledOff = (): MediaError => (signal.reason instanceof TimeLimitError ? { kind: 'timedOut', limitMs: request.timeoutMs } : { kind: 'cancelled' })
    try {
      const source = await checkSourceAddress(request.url)
      if (!source.ok) return fail({ kind: 'refusedAddress', because: source.error })
      if (!(await semaphore.acquire(signal))) return fail(calledOff())
      const work = take(source.value, request, signal).finally(semaphore.release)
      // The answer keeps its deadline even if native code does not return in time.
      const aborted = new Promise<null>((resolve) => {
        if (signal.aborted) resolve(null)
        else signal.addEventListener('abort', () => resolve(null), { once: true })
      })
      const taken = await Promise.race([work, aborted])
      if (taken === null) {
        stuckReads.watch(work)
        return fail(calledOff())
      }
      if (taken.ok) answer({ kind: 'snapshot', snapshot: { ...taken.value, tookMs: clock.monotonic() - startedAt } })
      else fail(taken.error.kind === 'cancelled' && signal.aborted ? calledOff() : taken.error)
    } catch (error) {
      fail({ kind: 'decoderFailed', said: error instanceof Error ? error.name : 'unknown' })
    } finally {
      limit[Symbol.dispose]()
    }
  }

  return {
    open: (send) => {
      const running = new Map<number, AbortController>()
      return {
        receive: (message) => {
          const parsed = toMediaSchema.safeParse(message)
          if (!parsed.success) throw new Error('a message of another form came')
          const { id } = parsed.data
          switch (parsed.data.kind) {
            case 'snapshot': {
              const own = new AbortController()
              running.set(id, own)
              void snapshot(parsed.data.request, own, (answer) => send({ ...answer, id })).finally(() => running.delete(id))
              return
            }
            case 'tools':
              void tools(parsed.data.ffmpeg).then((found) => send({ kind: 'tools', id, tools: found }))
              return
            case 'cancel':
              running.get(id)?.abort()
          }
        },
        close: () => {
          for (const own of running.values()) own.abort()
        },
      }
    },
  }
}
