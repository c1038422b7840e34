import { createLossWindow } from './lossWindow.ts'
import { increase, type PathMoment } from './pathSamples.ts'
import type { RoundContext } from './roundContext.ts'
import { lostForGood, repaired, type SessionRecord } from './sessions.ts'
import type { StreamRecord } from './streamRecord.ts'

/** Figures of a session list are used for this long: lists are read at least every 10 s. */
const sessionsCountMs = 15_000

type Losses = Pick<PathMoment, 'lostIncrease' | 'repairedIncrease'>
const unknownLosses: Losses = { lostIncrease: Number.NaN, repairedIncrease: Number.NaN }

/** The session of a stream's publisher; null: unknown, or its list was not read recently. */
export function publisherOf({ publisher }: StreamRecord, { arrivedAt }: RoundContext): SessionRecord | null {
  return publisher === null || arrivedAt - publisher.list.arrivedAt > sessionsCountMs ? null : publisher
}

/** Books the losses of a stream's publisher since the last round. */
export function bookLosses(context: RoundContext, record: StreamRecord, publisher: SessionRecord | null, isComparable: boolean, isReplaced: boolean): Losses {
  // A session that began while we watched started at zero; for any other, the first reading gives no increase.
  if (!isComparable || isReplaced) {
    record.lost = isComparable ? 0 : Number.NaN
    record.repaired = record.lost
    record.lossRound = 0
  }
  // The losses of the previous publisher don't count for the new one.
  if (isReplaced) record.lossWindow = null
  const losses = publisher === null ? unknownLosses : bookSessionLosses(context, record, publisher)
  if (publisher === null) record.lostLastMinute = Number.NaN
  else if (!Number.isNaN(losses.lostIncrease)) record.lostLastMinute = record.lossWindow?.sum(context.arrivedAt) ?? 0
  record.lossSince = record.lostLastMinute > 0 && record.lossWindow !== null ? record.lossWindow.since() : Number.NaN
  return losses
}

function bookSessionLosses({ at, arrivedAt }: RoundContext, record: StreamRecord, { list, reading, srtLoss }: SessionRecord): Losses {
  // Its list was not read in this round: the next reading books all of the growth, so that sums are right.
  if (list.round === record.lossRound) return { lostIncrease: record.lost * 0, repairedIncrease: record.repaired * 0 }
  const lost = lostForGood(reading, srtLoss?.unrecovered ?? Number.NaN)
  const again = repaired(reading)
  const losses: Losses = { lostIncrease: increase(lost, record.lost, false), repairedIncrease: increase(again, record.repaired, false) }
  record.lost = lost
  record.repaired = again
  record.lossRound = list.round
  if (losses.lostIncrease > 0) {
    record.lossWindow ??= createLossWindow()
    record.lossWindow.add(arrivedAt, losses.lostIncrease, at)
  }
  return losses
}

/** Returns the frames discarded for its readers since the last round, and marks them as booked. */
export function bookDiscards(record: StreamRecord): number {
  const { discards } = record
  record.framesDiscarded = discards?.total ?? Number.NaN
  if (discards === null) return Number.NaN
  const { increase: grown } = discards
  discards.increase = 0
  return grown
}
