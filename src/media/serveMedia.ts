import { type Clock, createSystemClock, TimeLimitError, timeLimit } from '../clock/clock.ts'
import { createSemaphore } from '../clock/semaphore.ts'
import {
  type FromMedia,
  type MediaError,
  type MediaSandbox,
  type MediaTools,
  mediaBackendVariable,
  toMediaSchema,
  type WholeProbeRequest,
  type WholePublishRequest,
  type WholeSnapshotRequest,
} from '../shared/media.ts'
import { err, ok, type Result } from '../shared/result.ts'
import { type CheckedWay, directWay, mayNeedProxy, openCheckedWay } from './checkingProxy.ts'
import { type Checks, createChecks, type ProbeStream } from './checks.ts'
import { reach } from './connecting.ts'
import { createFfmpegCheck, ffmpegSnapshot, installCommand } from './ffmpeg.ts'
import { ffprobe } from './ffprobe.ts'
import type { OpenBytes } from './openInput.ts'
import { forwardSrt, forwardUdp, isWebPage, startParallelMeasurement } from './parallelMeasurement.ts'
import { createAddressMemory } from './playlists.ts'
import { createStuckReads } from './processLimits.ts'
import { probeOptions, refusalOf, type TakeSnapshot } from './readOptions.ts'
import { checkSourceAddress, type FoundAddress } from './sourceAddress.ts'

/** Most snapshots at once: more would only share the same cores, while each takes its own memory. */
const maxAtOnce = 4
const maxProbes = 1_000
/** With this many stuck reads at once the process ends, because it is of little use, and is restarted. */
const maxStuck = 3
/** The same for probes: their process has more threads that may hang. */
const maxStuckProbes = 100

type WithoutId<T> = T extends { readonly id: number } ? Omit<T, 'id'> : never
type Answer = WithoutId<FromMedia>

interface Backend {
  readonly takeSnapshot: TakeSnapshot
  readonly probeStream: ProbeStream
  /** null: it gives out packets only. */
  readonly openBytes: OpenBytes | null
}

/** Loads FFmpeg as a library; null: packaged builds do not include it, and some systems have no binary of it. What uses it is loaded when it is needed. */
async function loadNodeAv(): Promise<Backend | null> {
  try {
    await import('./openInput.ts')
  } catch {
    return null
  }
  return {
    takeSnapshot: async (...of) => (await import('./takeSnapshot.ts')).takeSnapshot(...of),
    probeStream: async (...of) => (await import('./probeStream.ts')).probeStream(...of),
    openBytes: async (...of) => (await import('./openInput.ts')).openBytes(...of),
  }
}

/** Loads what is otherwise loaded when it is needed. */
export async function loadAll(): Promise<void> {
  if ((await loadNodeAv()) !== null)
    await Promise.all([import('./takeSnapshot.ts'), import('./probeStream.ts'), import('./openInput.ts'), import('./publishSignal.ts')])
}

/** The way to a stream that is probed; werift is loaded only where it is needed. */
async function openWay(
  found: FoundAddress,
  request: WholeProbeRequest,
  open: OpenBytes | null,
  clock: Clock,
  checks: Checks,
): Promise<Result<CheckedWay, MediaError>> {
  const { source } = found
  if (source.scheme === 'whep' || source.scheme === 'wheps') {
    const { openWhepSession } = await import('./whepSession.ts')
    return await openWhepSession(found, request, checks.signal, checks.accepted)
  }
  if (source.scheme === 'srt' && request.transport && open !== null)
    return await forwardSrt(source, (signal) => open(source, probeOptions(source, request), signal), clock, checks, request.canary)
  return ok(await openCheckedWay(found, request.gate))
}

/** What keeps from this machine what reads streams: this process, and the programs that it runs. */
interface MediaSandboxes {
  readonly own: MediaSandbox
  readonly programs: MediaSandbox
}

/** What native code or a bug of ours threw, without what it may say of the stream. */
const failureOf = (error: unknown): MediaError => ({ kind: 'decoderFailed', said: error instanceof Error ? error.name : 'unknown' })

/** Serves any number of clients: with node-av if it loads, otherwise with the machine's own ffmpeg; `only` restricts it to one of them. */
export async function serveMedia(sandboxes: MediaSandboxes, only = process.env[mediaBackendVariable]) {
  const nodeAv = only === 'ffmpeg' ? null : await loadNodeAv()
  const clock = createSystemClock()
  const checkForFfmpeg = createFfmpegCheck(clock)
  const semaphore = createSemaphore(maxAtOnce)
  const onTooMany = () => process.exit(70)
  const stuckReads = createStuckReads({ clock, most: maxStuck, onTooMany })
  const probes = createSemaphore(maxProbes)
  const stuckProbes = createStuckReads({ clock, most: maxStuckProbes, onTooMany })
  const memory = createAddressMemory()

  const tools = async (named: string): Promise<MediaTools> => {
    const ffmpeg = await checkForFfmpeg(named)
    const uses = nodeAv !== null ? 'node-av' : ffmpeg.ok && only !== 'node-av' ? 'ffmpeg' : null
    return {
      uses,
      ffmpeg: ffmpeg.ok ? ffmpeg.value : null,
      problem: ffmpeg.ok ? null : ffmpeg.error,
      install: installCommand,
      sandbox: uses === 'ffmpeg' ? sandboxes.programs : sandboxes.own,
    }
  }
  const backend = async (named: string): Promise<Result<Backend, MediaError>> => {
    if (nodeAv !== null) return ok(nodeAv)
    if (only === 'node-av') return err({ kind: 'unavailable', because: 'onlyNodeAv' })
    const ffmpeg = await checkForFfmpeg(named)
    return ffmpeg.ok
      ? ok({ takeSnapshot: ffmpegSnapshot(ffmpeg.value.path), probeStream: ffprobe(ffmpeg.value.path), openBytes: null })
      : err({ kind: 'noFfmpeg', problem: ffmpeg.error, install: installCommand })
  }

  const take = async (checked: FoundAddress, request: WholeSnapshotRequest, signal: AbortSignal) => {
    const found = await backend(request.ffmpeg)
    if (!found.ok) return found
    await using way = await openCheckedWay(checked)
    const taken = await found.value.takeSnapshot(way.source, { ...request, signal })
    return taken.ok ? taken : err(refusalOf(checked.source, way.explain(taken.error)))
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
      fail(failureOf(error))
    } finally {
      limit[Symbol.dispose]()
    }
  }

  /** Publishes the test signal. The first message of what was sent says that it is taken. */
  const publish = async (request: WholePublishRequest, own: AbortController, answer: (message: Answer) => void) => {
    const fail = (error: MediaError) => answer({ kind: 'failed', error })
    if (nodeAv === null) return fail({ kind: 'unavailable', because: 'needsNodeAv' })
    const source = await checkSourceAddress(request.url)
    if (!source.ok) return fail({ kind: 'refusedAddress', because: source.error })
    try {
      const { publishSignal } = await import('./publishSignal.ts')
      const error = await publishSignal(request, (sent) => answer({ kind: 'published', sent }), own.signal)
      fail(refusalOf(source.value.source, error))
    } catch (error) {
      fail(failureOf(error))
    }
  }

  /** `onStartOver`: called before the stream is read a second time, by the other way. */
  const measure = async (request: WholeProbeRequest, checks: Checks, onStartOver: () => void): Promise<MediaError | null> => {
    const found = await backend(request.ffmpeg)
    if (!found.ok) return found.error
    const reached = await reach(clock, request.url, checks.signal)
    if (!reached.ok) return reached.error
    const { found: checked, address, times } = reached.value
    checks.reached(times)
    const parallel = { clock, request, memory, checks }
    const direct = nodeAv === null || request.gate !== null || memory.knows('needsProxy', request.url, clock.monotonic()) ? null : directWay(checked, address)
    if (direct !== null) {
      // What can be read so is no playlist.
      if (request.transport) startParallelMeasurement(checked, parallel)
      const error = await found.value.probeStream(direct, request, checks)
      if (error === null || !mayNeedProxy(error) || !checks.startOver()) return error
      onStartOver()
      memory.note('needsProxy', request.url, clock.monotonic())
    }
    if (direct === null || !request.transport) startParallelMeasurement(checked, parallel)
    const opened = await openWay(checked, request, found.value.openBytes, clock, checks)
    if (!opened.ok) return refusalOf(checked.source, opened.error)
    await using way = opened.value
    const source = request.transport ? await forwardUdp(way.source, clock, checks) : way.source
    const error = await found.value.probeStream(source, request, checks)
    if (error?.kind === 'undecodable' && error.because === 'notMedia' && (await isWebPage(checked, request, checks.signal)))
      return { kind: 'undecodable', because: 'webPage' }
    return error && refusalOf(checked.source, way.explain(error))
  }
  const probe = async (request: WholeProbeRequest, own: AbortController, answer: (message: Answer) => void) => {
    if (!(await probes.acquire(own.signal))) return answer({ kind: 'failed', error: { kind: 'cancelled' } })
    const checks = createChecks({ clock, request, onReading: (reading, evidence) => answer({ kind: 'probed', reading, evidence }) })
    own.signal.addEventListener('abort', checks.cancel, { once: true })
    if (own.signal.aborted) checks.cancel()
    const work = measure(request, checks, () => answer({ kind: 'startedOver' }))
      .then(checks.broken, (error: unknown) => checks.broken(failureOf(error)))
      .finally(probes.release)
    const error = await checks.ended
    // The answer keeps its deadline even if native code does not return in time.
    stuckProbes.watch(work)
    if (error !== null) answer({ kind: 'failed', error })
  }

  return {
    /** Opens the line of a client; each one numbers its own requests. */
    open: (send: (message: FromMedia) => void) => {
      const running = new Map<number, AbortController>()
      return {
        /** Handles a message; throws if it is not in our form. */
        receive: (message: unknown): void => {
          const parsed = toMediaSchema.safeParse(message)
          if (!parsed.success) throw new Error('a message of another form came')
          const asked = parsed.data
          const { id } = asked
          const answer = (answered: Answer) => send({ ...answered, id })
          /** Keeps what can be cancelled until it has ended. */
          const start = (run: (own: AbortController) => Promise<void>) => {
            const own = new AbortController()
            running.set(id, own)
            void run(own).finally(() => running.delete(id))
          }
          if (asked.kind === 'snapshot') start((own) => snapshot(asked.request, own, answer))
          else if (asked.kind === 'probe') start((own) => probe(asked.request, own, answer))
          else if (asked.kind === 'publish') start((own) => publish(asked.request, own, answer))
          else if (asked.kind === 'tools') void tools(asked.ffmpeg).then((found) => answer({ kind: 'tools', tools: found }))
          else running.get(id)?.abort()
        },
        /** Cancels all open requests, because the client is gone. */
        close: (): void => {
          for (const own of running.values()) own.abort()
        },
      }
    },
  }
}
