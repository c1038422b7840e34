import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { Ask, MediaServerClient, PulledSourceReading, Requests } from './readings.ts'

/** What reading pulled sources needs to know, and whom it tells. */
export interface PulledSourcesHooks {
  /** Pulled paths whose turn it is: those in trouble, and of the others those read longest ago. */
  readonly pulledPaths: () => readonly string[]
  /** One of them is in trouble, and was not read since. */
  readonly hasUnexplainedSource: () => boolean
  readonly onPulledSource: (reading: PulledSourceReading) => void
}

/** Reads what a server says of the sources that it pulls, a request a step: there is no list of them. */
export function createPulledSourcesPoller(clock: Clock, client: MediaServerClient, hooks: PulledSourcesHooks) {
  return async function* read(ask: Ask): Requests<Result<undefined, ServerError>> {
    for (const [index, path] of hooks.pulledPaths().entries()) {
      if (index > 0) yield
      const answer = await ask((signal) => client.readPulledSource(path, signal))
      if (answer.ok) hooks.onPulledSource(answer.value)
      // One that the server does not know as pulled: it is not asked again soon, as each time is an error in its log.
      else if (answer.error.kind === 'noApiHere') hooks.onPulledSource({ path, arrivedAt: clock.monotonic(), state: null, lastError: null })
      else return answer
    }
    return ok(undefined)
  }
}
