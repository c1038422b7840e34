import { wasOn } from './roundQuestions.ts'
import type { LostWhy, ServerStreams } from './serverState.ts'
import { lostReasons } from './serverStreams.ts'
import { markFiguresUnknown, noteReadersLost } from './streamRecord.ts'

/** Marks the streams of a server that can't be asked as unknown, except those that ended. */
export function loseServer(server: ServerStreams, at: number, why: LostWhy): void {
  if (server.lostWhy === why) return
  if (server.lostWhy === null) server.lostSince = at
  server.lostWhy = why
  server.arrivedAt = Number.NaN
  server.sessions.clear()
  for (const record of server.rows) {
    // An ended stream stays ended: it was unexpected, so it is not missed.
    if (record.state === 'ended') continue
    if (wasOn(record) && Number.isNaN(record.wentAfter)) record.wentAfter = server.readAt
    if (record.state !== 'unknown') {
      record.knownState = record.state
      record.knownSince = record.stateSince
      record.knownWhy = record.why
      record.state = 'unknown'
      record.stateSince = at
    }
    record.why = lostReasons[why]
    noteReadersLost(record)
    record.present = false
    record.publisher = null
    record.discards = null
    markFiguresUnknown(record)
    record.figuresChanged = true
    record.factsChanged = true
  }
}
