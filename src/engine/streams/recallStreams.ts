import { isLearned, learnedForMs, updateExpected } from './expectation.ts'
import type { SeenStream } from './seenStreams.ts'
import type { ServerStreams } from './serverState.ts'
import { addStream, restoreSeen } from './serverStreams.ts'
import type { StreamRecord } from './streamRecord.ts'

/** Lists a stream of an earlier launch, unknown until its server answers. */
function recall(server: ServerStreams, stream: SeenStream, nextSlot: () => number, at: number): StreamRecord {
  const record = server.byPath.get(stream.path) ?? addStream(server, stream.path, nextSlot(), at)
  restoreSeen(record, stream)
  record.knownSince = stream.lastLiveAt
  // A stream that was live at the last poll went at some time before the first answer of this launch.
  record.wentBefore = stream.live ? Number.NaN : (stream.wentBefore ?? stream.lastLiveAt)
  record.wentAfter = stream.live ? stream.lastLiveAt : Math.min(stream.lastLiveAt, record.wentBefore)
  if (stream.live) record.goodAt = stream.lastLiveAt
  record.knownWhy = stream.live ? { kind: 'goneBefore' } : null
  updateExpected(server, record, at)
  return record
}

/** Lists the streams of an earlier launch that are expected or were live lately, and keeps what is known of the others. `isAlarmed`: an alarm misses it. */
export function recallSeen(
  server: ServerStreams,
  earlier: readonly SeenStream[],
  nextSlot: () => number,
  at: number,
  endedShownMs: number,
  isAlarmed: (path: string) => boolean,
): void {
  server.mostListed = earlier.filter(({ live }) => live).length
  for (const stream of [...earlier].sort((one, other) => one.lastLiveAt - other.lastLiveAt)) {
    const { path, live, lastLiveAt, learnedAt } = stream
    const isMissed = server.said.get(path)?.expects === true || isLearned(server, { lastLiveAt, learnedAt: learnedAt ?? Number.NaN }, at)
    // A stream that was live at the last poll may still be live, expected or not.
    if (isAlarmed(path)) recall(server, stream, nextSlot, at).stoppedFirst = true
    else if (isMissed || at - lastLiveAt < (live ? learnedForMs : endedShownMs)) recall(server, stream, nextSlot, at)
    else server.seenBefore.set(path, stream)
  }
}

/** Lists those of the streams that are due that were last seen so long ago that they are not listed. */
export function recallDue(server: ServerStreams, nextSlot: () => number, at: number): void {
  for (const { path, lastLiveAt } of [...server.seenBefore.values()]) {
    const plan = server.planOf(path)
    // One that a plan only fits is missed if it was on air within the week.
    if (plan?.isDue === true && (plan.isNamed === true || at - lastLiveAt < learnedForMs)) listStream(server, path, nextSlot, at)
  }
}

/** Lists the streams that are expected by their names, whether they were ever seen or not. */
export function listExpected(server: ServerStreams, nextSlot: () => number, at: number): void {
  for (const path of server.namesInFile) listStream(server, path, nextSlot, at)
  for (const [path, { expects }] of server.said) if (expects) listStream(server, path, nextSlot, at)
}

/** Lists a stream with what is known of it from before. */
export function listStream(server: ServerStreams, path: string, nextSlot: () => number, at: number): void {
  if (server.byPath.has(path)) return
  const seen = server.seenBefore.get(path)
  if (seen === undefined) addStream(server, path, nextSlot(), at)
  else recall(server, seen, nextSlot, at)
}
