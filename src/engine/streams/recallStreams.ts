import { isLearned } from './learning.ts'
import type { SeenStream } from './seenStreams.ts'
import { addStream, restoreLearning, type ServerStreams } from './serverStreams.ts'
import { updateExpected } from './streamRecord.ts'
import { rememberedMs } from './streamState.ts'

/** Lists a stream of an earlier launch, unknown until its server answers. */
export function recall(server: ServerStreams, stream: SeenStream, nextSlot: () => number, at: number): void {
  const record = server.byPath.get(stream.path) ?? addStream(server, stream.path, nextSlot(), at)
  restoreLearning(record, stream)
  record.knownSince = stream.lastLiveAt
  // A stream that was live at the last poll went at some time before the first answer of this launch.
  record.wentBefore = stream.live ? Number.NaN : (stream.wentBefore ?? stream.lastLiveAt)
  record.wentAfter = stream.live ? stream.lastLiveAt : Math.min(stream.lastLiveAt, record.wentBefore)
  if (stream.live) record.goodAt = stream.lastLiveAt
  record.knownWhy = stream.live ? { kind: 'goneBefore' } : null
  updateExpected(record)
}

/** Lists the streams of an earlier launch that were live lately, and keeps what was learned of the others. */
export function recallSeen(server: ServerStreams, earlier: readonly SeenStream[], nextSlot: () => number, at: number, endedShownMs: number): void {
  server.mostListed = earlier.filter(({ live }) => live).length
  for (const stream of [...earlier].sort((one, other) => one.lastLiveAt - other.lastLiveAt)) {
    // A stream that was live at the last poll may still be live, expected or not.
    if (at - stream.lastLiveAt < (isLearned(stream) || stream.live ? rememberedMs : endedShownMs)) recall(server, stream, nextSlot, at)
    else server.learned.set(stream.path, stream)
  }
}

/** Lists those of the streams that are due that were last seen so long ago that they are not listed. */
export function recallDue(server: ServerStreams, duePaths: readonly string[], nextSlot: () => number, at: number): void {
  for (const path of duePaths) {
    const learned = server.byPath.has(path) ? undefined : server.learned.get(path)
    if (learned === undefined) continue
    server.learned.delete(path)
    recall(server, learned, nextSlot, at)
  }
}
