import type { ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, type Result } from '../../shared/result.ts'
import { createForwardsPoller, type ForwardsHooks } from './forwardsPoller.ts'
import type { PollRequests } from './pollRequests.ts'
import { createPulledSourcesPoller, type PulledSourcesHooks } from './pulledSourcesPoller.ts'
import type { Ask, ConfigurationReading, MediaServerClient, Requests } from './readings.ts'
import { createSlowPoller, type SlowPoller, type SlowPollerOptions, slowIntervalMs } from './slowPoller.ts'

/** As often as a destination that fails is tried again. */
const forwardsEveryMs = 5_000
/** Of pulled sources some have their turn this often; one in trouble at once. */
const sourcesEveryMs = 10_000
/** A request costs a server at least as much as an answer of so many bytes: counted where answers are small and many. */
const requestBytes = 10_000

export interface BetweenRoundsHooks extends ForwardsHooks, PulledSourcesHooks {
  /** `askedAt`: when it was asked for, monotonic; the configuration is no older than that. */
  readonly onConfiguration: (reading: Result<ConfigurationReading, ServerError>, askedAt: number) => void
  /** A turn of reading forward destinations ended, or broke off. */
  readonly onForwardsRead: (result: Result<undefined, ServerError>) => void
}

export interface BetweenRoundsDeps extends Pick<SlowPollerOptions<unknown>, 'clock' | 'affordableMs' | 'signal'> {
  readonly client: MediaServerClient
  readonly requests: Pick<PollRequests, 'askAside' | 'askBeside' | 'besideRequests'>
}

/**
 * What is read of one server in the time that is left between two rounds: its configuration, then its forward destinations, then, from 1.21 on, its pulled
 * sources.
 */
export interface BetweenRounds {
  /** Reads the configuration within a round, if that is quick. */
  readonly readConfigurationQuickly: () => Promise<void>
  /** Reads until the next round is due (monotonic), or a request longer. */
  readonly goOn: (wantsConfiguration: boolean, nextSlot: number, version: string | null) => Promise<void>
  /** Called after an outage: all is outdated. */
  readonly startOver: () => void
}

export function createBetweenRounds({ clock, client, requests, affordableMs, signal }: BetweenRoundsDeps, hooks: BetweenRoundsHooks): BetweenRounds {
  const configuration = createSlowPoller({
    clock,
    everyMs: slowIntervalMs,
    begin: () => client.readConfiguration(requests.askAside),
    bytesRead: client.bytesRead,
    affordableMs,
    signal,
    onRead: hooks.onConfiguration,
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
    return createSlowPoller({ clock, everyMs, begin, bytesRead, affordableMs, signal, onRead })
  }
  const forwards = createPollerBeside(forwardsEveryMs, createForwardsPoller(clock, client, hooks), hooks.onForwardsRead)
  const sources = createPollerBeside(sourcesEveryMs, createPulledSourcesPoller(clock, client, hooks), () => undefined)

  return {
    readConfigurationQuickly: configuration.readQuickly,
    goOn: async (wantsConfiguration, nextSlot, version) => {
      const isTimeLeft = () => clock.monotonic() < nextSlot && !signal.aborted
      await configuration.goOn(wantsConfiguration, nextSlot)
      if (isTimeLeft()) await forwards.goOn(false, nextSlot)
      if (isTimeLeft() && isAtLeast(version, 1, 21)) await sources.goOn(hooks.hasUnexplainedSource(), nextSlot)
    },
    startOver: () => {
      configuration.startOver()
      forwards.startOver()
      sources.startOver()
    },
  }
}
