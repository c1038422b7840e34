import type { StreamFacts, StreamFigures } from '../../shared/streams.ts'
import { isStreamTroubled } from '../../shared/troubles.ts'
import type { ServerStreams } from './serverState.ts'
import { factsOf, figuresOf } from './streamRecord.ts'

/** A stream for which `troubleOfStream` finds a trouble. */
export interface TroubledStream {
  readonly facts: StreamFacts
  readonly figures: StreamFigures
}

/** The streams of one server whose state is a trouble, created one by one, in no order. */
export function* eachTroubledOf({ rows, shown: { readAt } }: ServerStreams): Iterable<TroubledStream> {
  for (const { shown } of rows) if (shown !== null && isStreamTroubled(shown, shown)) yield { facts: factsOf(shown), figures: figuresOf(shown, readAt) }
}
