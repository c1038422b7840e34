import { isCanaryPath } from '../../shared/canaries.ts'
import type { Reason } from '../../shared/reasons.ts'
import { endedShownMs, isLearned, learnedForMs, say, setPlan, updateExpected } from './expectation.ts'
import { orNull } from './pathSamples.ts'
import type { LostWhy, SeenStream, ServerStreams } from './serverState.ts'
import { configurationOf, defaultCloseAfterMs, StreamRecord } from './streamRecord.ts'

/** Why streams are unknown. */
export const lostReasons: Readonly<Record<LostWhy | 'notAsked', Reason>> = {
  down: { kind: 'serverDown' },
  halted: { kind: 'serverHalted' },
  paused: { kind: 'serverPaused' },
  console: { kind: 'consoleAway' },
  notAsked: { kind: 'notAsked' },
}

/** Adds a stream whose state is still unknown. */
export function addStream(server: ServerStreams, path: string, slot: number, at: number): StreamRecord {
  const record = new StreamRecord(slot, server.id, path, server.rows.length, at, lostReasons[server.lostWhy ?? 'notAsked'])
  server.byPath.set(path, record)
  server.rows.push(record)
  server.paths = null
  server.unwrittenGone.delete(path)
  server.pendingRemovals.delete(path)
  const seen = server.seenBefore.get(path)
  if (seen !== undefined) {
    server.seenBefore.delete(path)
    if (at - seen.lastLiveAt < seenKeptMs) restoreSeen(record, seen)
  }
  applyConfiguration(server, record)
  record.inFile = server.isInFile(path)
  setPlan(server, record, server.planOf(path), at)
  return record
}

/** Removes a stream; the last row moves into its place. What was seen of it is kept. */
export function removeStream(server: ServerStreams, record: StreamRecord): void {
  const last = server.rows.pop()
  if (last !== undefined && last !== record) {
    server.rows[record.row] = last
    server.anchors.move(last.row, record.row)
    last.row = record.row
  }
  server.byPath.delete(record.path)
  server.paths = null
  server.pendingRemovals.add(record.path)
  if (Number.isNaN(record.lastLiveAt)) return
  server.seenBefore.set(record.path, {
    path: record.path,
    lastLiveAt: record.lastLiveAt,
    learnedAt: orNull(record.learnedAt),
    live: false,
    wentBefore: orNull(record.wentBefore),
  })
  if (server.seenBefore.size <= mostSeenBefore) return
  const [oldest = record.path] = server.seenBefore.keys()
  server.seenBefore.delete(oldest)
  if (server.said.has(oldest)) say(server, oldest, null)
  server.unwritten.delete(record)
  server.unwrittenGone.add(oldest)
}

/** The most unlisted paths of a server of which something is kept: a server that gives each stream a new name must not fill the memory. */
const mostSeenBefore = 5_000
/** After this long without being live, a path that is not listed counts as never seen. */
export const seenKeptMs = 30 * 86_400_000

function restoreSeen(record: StreamRecord, { lastLiveAt, learnedAt }: SeenStream): void {
  record.lastLiveAt = lastLiveAt
  record.learnedAt = learnedAt ?? Number.NaN
}

/** Sets whether the configuration names the stream and whether its source starts on demand. */
export function applyConfiguration(server: ServerStreams, record: StreamRecord): void {
  const own = server.configured?.get(record.path)
  const from = configurationOf(server.configured, record)
  // One that redirects never has media of its own.
  record.named = own !== undefined && !own.pattern && own.source !== 'redirect'
  record.seemsNamed = server.configured === null && record.confName === record.path
  record.onDemand = from?.onDemand ?? false
  record.recordingPlan = from === undefined ? undefined : (from.recording ?? null)
  record.closeAfterMs = from?.closeAfterMs ?? defaultCloseAfterMs
}

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

/** Lists those of the streams that are due that were last seen so long ago that they are not listed, or never where they are due by their names. */
export function recallDue(server: ServerStreams, named: readonly string[], nextSlot: () => number, at: number): void {
  for (const path of named) if (!server.byPath.has(path) && !isCanaryPath(path) && server.planOf(path)?.isDue === true) listStream(server, path, nextSlot, at)
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
