import { afterRunning, type Clock } from '../clock/clock.ts'
import {
  type Evidence,
  type FromMedia,
  type MediaError,
  type MediaTools,
  type ProbeRequest,
  type Published,
  type PublishRequest,
  probeRequestSchema,
  publishRequestSchema,
  type Snapshot,
  type SnapshotRequest,
  snapshotRequestSchema,
  type ToMedia,
  type WholeProbeRequest,
} from '../shared/media.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { longestReadingMs } from '../shared/probeTurns.ts'
import { err, ok, type Result } from '../shared/result.ts'

type Answer = Extract<FromMedia, { readonly id: number }>

/** The client side of the media process: its open requests, and how they end when the process dies. */
export interface MediaRequests {
  /** Takes one picture. Answers little later than the request's `timeoutMs` after a process is ready, even if it dies; `crashed` if none is ready in 30 s. */
  readonly snapshot: (request: SnapshotRequest, signal?: AbortSignal) => Promise<Result<Snapshot, MediaError>>
  /** The tools that would take pictures there with the operator's setting `ffmpeg`. */
  readonly tools: (ffmpeg: string, signal?: AbortSignal) => Promise<Result<MediaTools, MediaError>>
  /**
   * Measures a stream, and gives each reading to `onReading`. Resolves when it has ended: null when it was measured, which a continuous probe
   * never is, or why it could not be read on. Each reading is there little later than `longestReadingMs`, even if the process dies; the first one
   * may take that long twice (see `directWay`).
   */
  readonly probe: (
    request: ProbeRequest,
    onReading: (reading: ProbeReading, evidence: Evidence | null) => void,
    signal?: AbortSignal,
  ) => Promise<MediaError | null>
  /**
   * Publishes the test signal, and gives what was sent to `onSent`. Resolves when it has ended, with why. Its readers measure it in the same process
   * only: both share a clock.
   */
  readonly publish: (request: PublishRequest, onSent: (sent: Published) => void, signal?: AbortSignal) => Promise<MediaError>
  /** Call when a process is ready: waiting requests are sent. Those sent to an earlier process answer `crashed`. */
  readonly opened: (say: (message: ToMedia) => void) => void
  readonly answered: (message: Answer) => void
  /** Call when the process died: requests sent to it answer `crashed`, waiting ones continue to wait. */
  readonly died: () => void
  /** Call when the process is about to make room for another one: requests sent to it wait for that one. */
  readonly renewed: () => void
  /** Ends all requests with this error. */
  readonly settleAll: (error: MediaError) => void
}

/** After this many deaths while working on one address it is not tried any more, and for how long. */
const deathsLimit = 3
const setAsideMs = 600_000
/** More addresses than a console reads. */
const mostProven = 50_000
/** Our deadline comes this long after the process's own, in case the process no longer answers. */
const graceMs = 2_000
/** How long a request waits for a process that is being started; only then its own limit begins: a slow start of ours is not a slow server. */
const readyLimitMs = 30_000
/** Limit for finding the installed tools, which starts each ffmpeg a few times. */
const toolsLimitMs = 15_000

interface Asked {
  readonly message: ToMedia
  /** Address that might crash the process; null: the request has none. */
  readonly url: string | null
  /** Called when it is sent: its limit begins. */
  readonly sent: () => void
  readonly answer: (answer: Answer) => void
  readonly fail: (error: MediaError) => void
}

/**
 * `want` is called when there is a request but no process is ready. An address on which three processes died is not tried
 * for ten minutes.
 */
export function createMediaRequests({ clock, want }: { readonly clock: Clock; readonly want: () => void }): MediaRequests {
  const asked = new Map<number, Asked>()
  /** Requests that wait until a process is ready. */
  const queue = new Set<Asked>()
  const deathsByUrl = new Map<string, { count: number; until: number }>()
  /** Addresses that were read since they were last blamed: where others were open as well, they did not kill the process. */
  const proven = new Set<string>()
  let say: ((message: ToMedia) => void) | null = null
  let nextId = 1

  /** Why an address is not opened now; null: it may be. */
  const refusal = (url: string): MediaError | null => {
    const aside = deathsByUrl.get(url)
    if (!aside || aside.count < deathsLimit) return null
    const leftMs = aside.until - clock.monotonic()
    if (leftMs > 0) return { kind: 'setAside', untilMs: clock.now() + leftMs }
    deathsByUrl.delete(url)
    return null
  }

  const blame = (url: string) => {
    const known = deathsByUrl.get(url) ?? { count: 0, until: 0 }
    known.count++
    if (known.count >= deathsLimit) known.until = clock.monotonic() + setAsideMs
    deathsByUrl.set(url, known)
    proven.delete(url)
  }
  const prove = (url: string) => {
    deathsByUrl.delete(url)
    if (proven.size >= mostProven) proven.clear()
    proven.add(url)
  }

  const died = () => {
    say = null
    const lost = [...asked.values()].filter((one) => !queue.has(one))
    const urls = new Set(lost.flatMap(({ url }) => (url === null ? [] : [url])))
    const unproven = [...urls].filter((url) => !proven.has(url))
    for (const url of unproven.length > 0 ? unproven : urls) blame(url)
    for (const one of lost) one.fail({ kind: 'crashed' })
  }

  /**
   * Sends a request now or when a process is ready; `read` gets the result from the answer. null: it is none, and of another kind, or
   * `more`: others follow, each of which has `timeoutMs` again.
   */
  const ask = <T>(
    {
      message,
      url,
      timeoutMs,
      read,
    }: { readonly message: ToMedia; readonly url: string | null; readonly timeoutMs: number; readonly read: (answer: Answer) => T | 'more' | null },
    signal: AbortSignal | undefined,
  ): Promise<Result<T, MediaError>> =>
    new Promise((resolve) => {
      const { id } = message
      const settle = (result: Result<T, MediaError>) => {
        if (!asked.delete(id)) return
        queue.delete(one)
        stopLimit()
        signal?.removeEventListener('abort', onAbort)
        resolve(result)
      }
      const giveUp = (error: MediaError) => {
        if (!queue.has(one)) say?.({ kind: 'cancel', id })
        one.fail(error)
      }
      const onAbort = () => giveUp({ kind: 'cancelled' })
      let stopLimit = afterRunning(clock, readyLimitMs, () => giveUp({ kind: 'crashed' }))
      const startLimit = () => {
        stopLimit()
        stopLimit = afterRunning(clock, timeoutMs + graceMs, () => giveUp({ kind: 'timedOut', limitMs: timeoutMs }))
      }
      const one: Asked = {
        message,
        url,
        sent: startLimit,
        answer: (answer) => {
          if (answer.kind === 'failed') return settle(err(answer.error))
          const value = read(answer)
          if (value === 'more') {
            // Whoever was given the answer may have called it off.
            if (!asked.has(id)) return
            startLimit()
            // An answer of another kind is ignored, and the request ends by its own deadline.
          } else if (value !== null) settle(ok(value))
        },
        fail: (error) => settle(err(error)),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      asked.set(id, one)
      if (say) {
        one.sent()
        say(message)
      } else {
        queue.add(one)
        want()
      }
    })

  return {
    snapshot: (given, signal) => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      const parsed = snapshotRequestSchema.safeParse(given)
      if (!parsed.success) return Promise.resolve(err({ kind: 'refusedAddress', because: 'otherForm' }))
      const request = parsed.data
      const refused = refusal(request.url)
      if (refused !== null) return Promise.resolve(err(refused))
      const read = (answer: Answer): Snapshot | null => {
        if (answer.kind !== 'snapshot') return null
        prove(request.url)
        return answer.snapshot
      }
      return ask({ message: { kind: 'snapshot', id: nextId++, request }, url: request.url, timeoutMs: request.timeoutMs, read }, signal)
    },
    probe: async (given, onReading, signal) => {
      if (signal?.aborted) return { kind: 'cancelled' }
      const parsed = probeRequestSchema.safeParse(given)
      if (!parsed.success) return { kind: 'refusedAddress', because: 'otherForm' }
      const request: WholeProbeRequest = parsed.data
      const refused = refusal(request.url)
      if (refused !== null) return refused
      let hasStartedOver = false
      const read = (answer: Answer): true | 'more' | null => {
        if (answer.kind === 'startedOver' && !hasStartedOver) {
          hasStartedOver = true
          return 'more'
        }
        if (answer.kind !== 'probed') return null
        prove(request.url)
        onReading(answer.reading, answer.evidence)
        return request.isContinuous ? 'more' : true
      }
      const timeoutMs = longestReadingMs(request)
      const ended = await ask({ message: { kind: 'probe', id: nextId++, request }, url: request.url, timeoutMs, read }, signal)
      return ended.ok ? null : ended.error
    },
    publish: async (given, onSent, signal) => {
      if (signal?.aborted) return { kind: 'cancelled' }
      const parsed = publishRequestSchema.safeParse(given)
      if (!parsed.success) return { kind: 'refusedAddress', because: 'otherForm' }
      const request = parsed.data
      const refused = refusal(request.url)
      if (refused !== null) return refused
      const read = (answer: Answer): 'more' | null => {
        if (answer.kind !== 'published') return null
        prove(request.url)
        onSent(answer.sent)
        return 'more'
      }
      const ended = await ask<never>({ message: { kind: 'publish', id: nextId++, request }, url: request.url, timeoutMs: request.answerMs, read }, signal)
      return ended.ok ? { kind: 'cancelled' } : ended.error
    },
    tools: (ffmpeg, signal) => {
      if (signal?.aborted) return Promise.resolve(err({ kind: 'cancelled' }))
      const read = (answer: Answer) => (answer.kind === 'tools' ? answer.tools : null)
      return ask({ message: { kind: 'tools', id: nextId++, ffmpeg }, url: null, timeoutMs: toolsLimitMs, read }, signal)
    },
    opened: (next) => {
      if (say) died()
      say = next
      for (const { sent, message } of queue) {
        sent()
        next(message)
      }
      queue.clear()
    },
    answered: (message) => asked.get(message.id)?.answer(message),
    died,
    renewed: () => {
      say = null
      for (const one of asked.values()) queue.add(one)
    },
    settleAll: (error) => {
      for (const one of [...asked.values()]) one.fail(error)
    },
  }
}
