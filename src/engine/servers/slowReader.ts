import type { Clock } from '../../clock/clock.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err, type Result } from '../../shared/result.ts'
import type { Requests } from './readings.ts'

/** However costly or broken it is, the next try comes after this. */
export const slowIntervalMs = 60_000
/** Once read it is not read again sooner than this, or than its server can afford. */
const gapMs = 3_000
/** The first try after one that failed; each further one takes twice as long, up to `slowIntervalMs`. */
const firstRetryMs = 2_000
/** A round waits for what takes no longer than this, and for nothing else. */
const quickMs = 500

export interface SlowReaderOptions<T> {
  readonly clock: Clock
  /** It is read this often without being asked for, where its server can afford it. */
  readonly everyMs: number
  /** Begins to read it. */
  readonly begin: () => Requests<Result<T, ServerError>>
  readonly bytesRead: () => number
  /** How long to wait, at least `askedMs`, so that asking again is affordable where each time costs so many bytes. */
  readonly affordableMs: (askedMs: number, bytes: number) => number
  readonly signal: AbortSignal
  /** `askedAt`, monotonic: it is no older than this. */
  readonly onRead: (reading: Result<T, ServerError>, askedAt: number) => void
}

/** Reads what is of no round and may take many seconds, such as a server's configuration, a request at a time between two polls. */
export interface SlowReader {
  /** For a round that wants it anew before it is judged: reads it whole where that takes a moment only, and where it may be read. */
  readonly readQuickly: () => Promise<void>
  /** Between two rounds: makes the next request if one is due, and more of them as long as they would end before `until` (monotonic). */
  readonly goOn: (wanted: boolean, until: number) => Promise<void>
  /** The server was away: what was read of it is of another time, and what is known of it too. */
  readonly startOver: () => void
}

export function createSlowReader<T>({ clock, everyMs, begin, bytesRead, affordableMs, signal, onRead }: SlowReaderOptions<T>): SlowReader {
  let reading: Requests<Result<T, ServerError>> | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let dueAt = Number.NEGATIVE_INFINITY
  let notBefore = Number.NEGATIVE_INFINITY
  let failures = 0
  /** Of the reading that goes on, and of the last one. */
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
