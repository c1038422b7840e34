import { createLossWindow } from './lossWindow.ts'
import { increase, type PathMoment } from './pathSamples.ts'
import type { RoundContext } from './roundContext.ts'
import { lostForGood, repaired, type SessionRecord } from './sessions.ts'
import type { StreamRecord } from './streamRecord.ts'

/** Figures of a session list count this long: lists are read every 10 s at least. */
const sessionsCountMs = 15_000

type Losses = Pick<PathMoment, 'lostIncrease' | 'repairedIncrease'>
const unknownLosses: Losses = { lostIncrease: Number.NaN, repairedIncrease: Number.NaN }

/** The session of a stream's publisher, where its list was read lately. */
export function publisherOf({ publisher }: StreamRecord, { arrivedAt }: RoundContext): SessionRecord | null {
  return publisher === null || arrivedAt - publisher.list.arrivedAt > sessionsCountMs ? null : publisher
}

/** Books what its publisher lost since the last round. */
export function takeLosses(context: RoundContext, record: StreamRecord, publisher: SessionRecord | null, isComparable: boolean, isReplaced: boolean): Losses {
  // A session that began while we watched began at zero; of any other the first reading tells no increase.
  if (!isComparable || isReplaced) {
    record.lost = isComparable ? 0 : Number.NaN
    record.repaired = record.lost
    record.lossRound = 0
  }
  // What another publisher lost is not his.
  if (isReplaced) record.lossWindow = null
  const losses = publisher === null ? unknownLosses : bookLosses(context, record, publisher)
  if (publisher === null) record.lostLastMinute = Number.NaN
  else if (!Number.isNaN(losses.lostIncrease)) record.lostLastMinute = record.lossWindow?.sum(context.arrivedAt) ?? 0
  record.lossSince = record.lostLastMinute > 0 && record.lossWindow !== null ? record.lossWindow.since() : Number.NaN
  return losses
}

function bookLosses({ at, arrivedAt }: RoundContext, record: StreamRecord, { list, reading, srtLoss }: SessionRecord): Losses {
  // Its list was not read in this round: its next reading books all of the growth, so that sums are right.
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

/** Frames that were discarded to its readers since the last round; they are booked then. */
export function takeDiscards(record: StreamRecord): number {
  const { discards } = record
  record.framesDiscarded = discards?.total ?? Number.NaN
  if (discards === null) return Number.NaN
  const { increase: grown } = discards
  discards.increase = 0
  return grown
}
