import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Ask, ForwardsReading, MediaServerClient, Requests } from './readings.ts'

/** What reading forward destinations needs to know, and whom it tells. */
export interface ForwardsHooks {
  /** Listed paths that are forwarded, the one read longest ago first. */
  readonly forwardedPaths: () => readonly string[]
  /** Of them those with a destination in error, or of which only its id is known. */
  readonly unexplainedPaths: () => readonly string[]
  /** Where the server's metrics are; null: it has none. */
  readonly metricsAddress: () => string | null
  readonly onForwards: (reading: ForwardsReading) => void
}

/** Paths of which the API is asked before others of what is read slowly have their turn again. */
const mostPathsInTurn = 500
/** Metrics that could not be read are tried again after this. */
const metricsAgainMs = 600_000

/**
 * Reads a server's forward destinations, a request a step: those of all paths in one request where its metrics can be read, and what these
 * don't tell of those in error from the API; else all of them from the API, in turns. A server that forwards nothing is asked nothing.
 */
export function createForwardsPoller(clock: Clock, client: MediaServerClient, hooks: ForwardsHooks) {
  let noMetricsUntil = Number.NEGATIVE_INFINITY

  async function* askPaths(paths: readonly string[], ask: Ask): Requests<Result<undefined, ServerError>> {
    for (const [index, path] of paths.slice(0, mostPathsInTurn).entries()) {
      if (index > 0) yield
      const read = await ask((signal) => client.readForwards(path, signal))
      if (read.ok) hooks.onForwards(read.value)
      // One that left the list in the meantime; where there is no such list at all, it has none.
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
    const { paths: told } = all.value
    hooks.onForwards(all.value)
    const unexplained = new Set([...paths.filter((path) => !told.has(path)), ...hooks.unexplainedPaths()])
    if (unexplained.size > 0) yield
    return yield* askPaths([...unexplained], ask)
  }
}
