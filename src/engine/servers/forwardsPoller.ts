import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Ask, ForwardsReading, MediaServerClient, Requests } from './readings.ts'

/** Inputs and callback of the forwards poller. */
export interface ForwardsHooks {
  /** Listed paths that are forwarded, least recently read first. */
  readonly forwardedPaths: () => readonly string[]
  /** Those of them that have a destination in error, or one of which only the id is known. */
  readonly unexplainedPaths: () => readonly string[]
  /** Address of the server's metrics; null: it has none. */
  readonly metricsAddress: () => string | null
  readonly onForwards: (reading: ForwardsReading) => void
}

/** Maximum number of paths queried from the API before other slow reads get their turn. */
const mostPathsInTurn = 500
/** Retry delay after the metrics could not be read, ms. */
const metricsAgainMs = 600_000

/**
 * Reads a server's forward destinations, one request per step. If its metrics can be read, one request covers all paths, and details missing there are
 * read from the API; otherwise all paths are read from the API, in turn. A server that forwards nothing is not queried.
 */
export function createForwardsPoller(clock: Clock, client: MediaServerClient, hooks: ForwardsHooks) {
  let noMetricsUntil = Number.NEGATIVE_INFINITY

  async function* askPaths(paths: readonly string[], ask: Ask): Requests<Result<undefined, ServerError>> {
    for (const [index, path] of paths.slice(0, mostPathsInTurn).entries()) {
      if (index > 0) yield
      const read = await ask((signal) => client.readForwards(path, signal))
      if (read.ok) hooks.onForwards(read.value)
      // Ignored: the path is gone in the meantime, or the server has no such API and thus no forwards.
      else if (read.error.kind !== 'noApiHere') return read
    }
    return ok(undefined)
  }

  return async function* read(ask: Ask): Requests<Result<undefined, ServerError>> {
    const paths = hooks.forwardedPaths()
    if (paths.length === 0) return ok(undefined)
    const address = hooks.metricsAddress()
    if (address === null || clock.monotonic() < noMetricsUntil) return yield* askPaths(paths, ask)
    const all = await ask((signal) => client.readForwardMetrics(address, signal))
    if (!all.ok) {
      noMetricsUntil = all.error.kind === 'unauthorized' ? Number.POSITIVE_INFINITY : clock.monotonic() + metricsAgainMs
      yield
      return yield* askPaths(paths, ask)
    }
    const { paths: answered } = all.value
    hooks.onForwards(all.value)
    const unexplained = new Set([...paths.filter((path) => !answered.has(path)), ...hooks.unexplainedPaths()])
    if (unexplained.size > 0) yield
    return yield* askPaths([...unexplained], ask)
  }
}
