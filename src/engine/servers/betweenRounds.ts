import { sameEndpointOf } from '../../shared/cautions.ts'
import { internalError, type ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isAtLeast } from '../../shared/serverVersions.ts'
import type { PollRun } from './pollRequests.ts'
import type { Ask, ConfigurationReading, Requests } from './readings.ts'
import { affordableMs } from './serversState.ts'
import type { Watched } from './watchedServer.ts'

/** As often as a destination that fails is tried again. */
const forwardsEveryMs = 5_000
/** Of pulled sources some have their turn this often; one in trouble at once. */
const sourcesEveryMs = 10_000
/** A request costs a server at least as much as an answer of so many bytes: counted where answers are small and many. */
const requestBytes = 10_000

/**
 * What is read of one server in the time that is left between two rounds: its configuration, then its forward destinations, then, from 1.21 on, its pulled
 * sources.
 */
export function createBetweenRounds(run: PollRun, onConfiguration: SlowReadings<ConfigurationReading>['onRead']) {
  const { servers, watched, client, requests, signal } = run
  const { clock, streams } = servers
  const configuration = createSlowPoller(run, {
    everyMs: slowIntervalMs,
    begin: () => client.readConfiguration(requests.askAside),
    bytesRead: client.bytesRead,
    onRead: onConfiguration,
  })
  /** What is read in the time that is left after the configuration. Once its server has refused it, it asks no more: the wrong password would only get us locked out. */
  const createPollerBeside = (
    everyMs: number,
    read: (asker: Ask) => Requests<Result<undefined, ServerError>>,
    onRead: (result: Result<undefined, ServerError>) => void,
  ): SlowPoller => {
    let refusedBy: ServerError | null = null
    const begin = async function* (): Requests<Result<undefined, ServerError>> {
      if (refusedBy !== null) return err(refusedBy)
      const result = yield* read(requests.askBeside)
      if (!result.ok && result.error.kind === 'unauthorized') refusedBy = result.error
      return result
    }
    const bytesRead = () => client.bytesRead() + requests.besideRequests() * requestBytes
    return createSlowPoller(run, { everyMs, begin, bytesRead, onRead })
  }
  const forwards = createPollerBeside(forwardsEveryMs, createForwardsPoller(run), (result) => streams.forwardsRead(watched, result.ok ? null : result.error))
  const sources = createPollerBeside(
    sourcesEveryMs,
    (ask) => readPulledSources(run, ask),
    () => undefined,
  )

  return {
    /** Reads the configuration within a round, if that is quick. */
    readConfigurationQuickly: configuration.readQuickly,
    /** Reads until the next round is due (monotonic), or a request longer. */
    goOn: async (wantsConfiguration: boolean, nextSlot: number, version: string | null): Promise<void> => {
      const isTimeLeft = () => clock.monotonic() < nextSlot && !signal.aborted
      await configuration.goOn(wantsConfiguration, nextSlot)
      if (isTimeLeft()) await forwards.goOn(false, nextSlot)
      if (isTimeLeft() && isAtLeast(version, 1, 21)) await sources.goOn(streams.hasUnexplainedSource(watched.id), nextSlot)
    },
    /** Called after an outage: all is outdated. */
    startOver: (): void => {
      configuration.startOver()
      forwards.startOver()
      sources.startOver()
    },
  }
}

/** As entered, else as its configuration says; null: it has none of its own. */
function metricsAddressOf(servers: PollRun['servers'], watched: Watched): string | null {
  if (sameEndpointOf({ cautions: servers.sameEndpoints(watched) }, 'metrics') !== null) return null
  return watched.settings.addresses.metrics ?? watched.configuration.reading?.addresses.metrics ?? null
}

/** Maximum number of paths queried from the API before other slow reads get their turn. */
const mostPathsInTurn = 500
/** Retry delay after the metrics could not be read, ms. */
const metricsAgainMs = 600_000
/**
 * Reads a server's forward destinations, one request per step. If its metrics can be read, one request covers all paths, and details missing there are
 * read from the API; otherwise all paths are read from the API, in turn. A server that forwards nothing is not queried.
 */
function createForwardsPoller({ servers, watched, client }: PollRun) {
  const { clock, streams } = servers
  let noMetricsUntil = Number.NEGATIVE_INFINITY

  async function* askPaths(paths: readonly string[], ask: Ask): Requests<Result<undefined, ServerError>> {
    for (const [index, path] of paths.slice(0, mostPathsInTurn).entries()) {
      if (index > 0) yield
      const read = await ask((signal) => client.readForwards(path, signal))
      if (read.ok) streams.forwarded(watched, read.value)
      // Ignored: the path is gone in the meantime, or the server has no such API and thus no forwards.
      else if (read.error.kind !== 'noApiHere') return read
    }
    return ok(undefined)
  }

  return async function* read(ask: Ask): Requests<Result<undefined, ServerError>> {
    const paths = streams.forwardedPaths(watched.id)
    if (paths.length === 0) return ok(undefined)
    const address = metricsAddressOf(servers, watched)
    if (address === null || clock.monotonic() < noMetricsUntil) return yield* askPaths(paths, ask)
    const all = await ask((signal) => client.readForwardMetrics(address, signal))
    if (!all.ok) {
      noMetricsUntil = all.error.kind === 'unauthorized' ? Number.POSITIVE_INFINITY : clock.monotonic() + metricsAgainMs
      yield
      return yield* askPaths(paths, ask)
    }
    const { paths: answered } = all.value
    streams.forwarded(watched, all.value)
    const unexplained = new Set([...paths.filter((path) => !answered.has(path)), ...streams.unexplainedForwards(watched.id)])
    if (unexplained.size > 0) yield
    return yield* askPaths([...unexplained], ask)
  }
}

/** Reads what a server says of the sources that it pulls, a request a step: there is no list of them. */
async function* readPulledSources({ servers: { clock, streams }, watched, client }: PollRun, ask: Ask): Requests<Result<undefined, ServerError>> {
  for (const [index, path] of streams.pulledPaths(watched.id).entries()) {
    if (index > 0) yield
    const answer = await ask((signal) => client.readPulledSource(path, signal))
    if (answer.ok) streams.pulledSource(watched, answer.value)
    // One that the server does not know as pulled: it is not asked again soon, as each time is an error in its log.
    else if (answer.error.kind === 'noApiHere') streams.pulledSource(watched, { path, arrivedAt: clock.monotonic(), state: null, lastError: null })
    else return answer
  }
  return ok(undefined)
}

/** How often info and configuration are read, and the longest wait before the next try of any reading, however costly it is and however often it failed. */
export const slowIntervalMs = 60_000
/** Shortest time between two readings; longer where the server can't afford that. */
const gapMs = 3_000
/** Delay before the first retry; each further one waits twice as long, up to `slowIntervalMs`. */
const firstRetryMs = 2_000
/** A round waits for a reading only if that takes no longer than this. */
const quickMs = 500

interface SlowReadings<T> {
  /** How often it is read even if no round wants it, where its server can afford that. */
  readonly everyMs: number
  readonly begin: () => Requests<Result<T, ServerError>>
  readonly bytesRead: () => number
  /** `askedAt`: when it was asked for, monotonic; the reading is no older than that. */
  readonly onRead: (reading: Result<T, ServerError>, askedAt: number) => void
}

/** Reads data that is not part of a round and may take many seconds, such as a server's configuration, one request at a time between two polls. */
type SlowPoller = ReturnType<typeof createSlowPoller>

function createSlowPoller<T>({ servers, signal }: PollRun, { everyMs, begin, bytesRead, onRead }: SlowReadings<T>) {
  const { clock } = servers
  let reading: Requests<Result<T, ServerError>> | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let dueAt = Number.NEGATIVE_INFINITY
  let notBefore = Number.NEGATIVE_INFINITY
  let failures = 0
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
    const waitMs = affordableMs(servers, result.ok ? gapMs : firstRetryMs * 2 ** (failures - 1), bytes)
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
    /** For a round that needs a new reading before it is judged: reads all of it, if that is quick and a reading is allowed now. */
    readQuickly: async (): Promise<void> => {
      if (reading === null && lastTookMs <= quickMs && mayBegin(true)) await readUntil(clock.monotonic() + quickMs)
    },
    /** Called between two rounds: makes the next request if one is due, and more as long as they would end before `until` (monotonic). */
    goOn: async (wanted: boolean, until: number): Promise<void> => {
      if (reading !== null || mayBegin(wanted)) await readUntil(until)
    },
    /** Called after an outage: discards the partial reading and treats the last one as outdated. */
    startOver: (): void => {
      reading = null
      dueAt = Number.NEGATIVE_INFINITY
      if (failures === 0) notBefore = Number.NEGATIVE_INFINITY
    },
  }
}
