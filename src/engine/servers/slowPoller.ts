import type { Clock } from '../../clock/clock.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Requests } from './readings.ts'

/** How often info and configuration are read, and the longest wait before the next try of any reading, however costly it is and however often it failed. */
export const slowIntervalMs = 60_000
/** Shortest time between two readings; longer where the server can't afford that. */
const gapMs = 3_000
/** Delay before the first retry; each further one waits twice as long, up to `slowIntervalMs`. */
const firstRetryMs = 2_000
/** A round waits for a reading only if that takes no longer than this. */
const quickMs = 500

export interface SlowPollerOptions<T> {
  readonly clock: Clock
  /** How often it is read even if no round wants it, where its server can afford that. */
  readonly everyMs: number
  /** Begins a reading. */
  readonly begin: () => Requests<Result<T, ServerError>>
  readonly bytesRead: () => number
  /** How long to wait, at least `askedMs`, so that the server can afford an answer of this many bytes each time. */
  readonly affordableMs: (askedMs: number, bytes: number) => number
  readonly signal: AbortSignal
  /** `askedAt`: when it was asked for, monotonic; the reading is no older than that. */
  readonly onRead: (reading: Result<T, ServerError>, askedAt: number) => void
}

/** Reads data that is not part of a round and may take many seconds, such as a server's configuration, one request at a time between two polls. */
export interface SlowPoller {
  /** For a round that needs a new reading before it is judged: reads all of it, if that is quick and a reading is allowed now. */
  readonly readQuickly: () => Promise<void>
  /** Called between two rounds: makes the next request if one is due, and more as long as they would end before `until` (monotonic). */
  readonly goOn: (wanted: boolean, until: number) => Promise<void>
  /** Called after an outage: discards the partial reading and treats the last one as outdated. */
  readonly startOver: () => void
}

export function createSlowPoller<T>({ clock, everyMs, begin, bytesRead, affordableMs, signal, onRead }: SlowPollerOptions<T>): SlowPoller {
  let reading: Requests<Result<T, ServerError>> | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let dueAt = Number.NEGATIVE_INFINITY
  let notBefore = Number.NEGATIVE_INFINITY
  let failures = 0
  /** Bytes of the current reading, and of the last one. */
  let bytes = 0
  let tookMs = 0
  let lastTookMs = Number.POSITIVE_INFINITY

  const mayBegin = (wanted: boolean) => {
    const now = clock.monotonic()
    return (wanted || now >= dueAt) && now >= notBefore
  }
  const end = (result: Result<T, ServerError>) => {
    reading = null
    lastTookMs = result.ok ? tookMs : Number.POSITIVE_INFINITY
    failures = result.ok ? 0 : failures + 1
    const waitMs = affordableMs(result.ok ? gapMs : firstRetryMs * 2 ** (failures - 1), bytes)
    notBefore = clock.monotonic() + Math.min(slowIntervalMs, waitMs)
    dueAt = result.ok ? askedAt + everyMs : notBefore
    onRead(result, askedAt)
  }
  const readUntil = async (until: number) => {
    if (reading === null) {
      reading = begin()
      askedAt = clock.monotonic()
      bytes = 0
      tookMs = 0
    }
    for (;;) {
      const from = clock.monotonic()
      const bytesBefore = bytesRead()
      let step: Awaited<ReturnType<typeof reading.next>>
      try {
        step = await reading.next()
      } catch (error) {
        if (!signal.aborted) end(err(internalError(error)))
        throw error
      }
      if (signal.aborted) return
      const stepMs = clock.monotonic() - from
      bytes += bytesRead() - bytesBefore
      tookMs += stepMs
      if (step.done) return end(step.value)
      if (clock.monotonic() + stepMs > until) return
    }
  }

  return {
    readQuickly: async () => {
      if (reading === null && lastTookMs <= quickMs && mayBegin(true)) await readUntil(clock.monotonic() + quickMs)
    },
    goOn: async (wanted, until) => {
      if (reading !== null || mayBegin(wanted)) await readUntil(until)
    },
    startOver: () => {
      reading = null
      dueAt = Number.NEGATIVE_INFINITY
      if (failures === 0) notBefore = Number.NEGATIVE_INFINITY
    },
  }
}
