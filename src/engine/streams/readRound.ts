import type { Steps } from '../../clock/slices.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { unrecordable } from '../../shared/recordings.ts'
import { streamStateCodes, type Track } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjectNames.ts'
import { isStreamTroubled } from '../../shared/troubles.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Answer, PathReading, PollRound } from '../servers/readings.ts'
import { addTakeover, enterState, forgetOnDemandFailure, forgetReaders, mustWait, noteHangUp, senderOf, unseenIn, waitFor } from './enterState.ts'
import { endedShownMs, learn, learnedForMs, updateExpected } from './expectation.ts'
import { forwardCounts, isForwarded } from './forwards.ts'
import { groupStreamEvents } from './groupEvents.ts'
import { bookDiscards, bookLosses, linkPublisher, linkSessions, markOwnTraffic, ownBitrateOut, publisherOf, sameReaders } from './linkSessions.ts'
import { bitrate, type CounterSteps, pathMetrics, writePathValues } from './pathSamples.ts'
import { forgetSourceError, sourceStateCode } from './pulledSources.ts'
import { beginRound, noteLost, type RoundContext, type RoundDeps } from './roundContext.ts'
import type { ServerStreams } from './serverState.ts'
import { addStream, applyConfiguration } from './serverStreams.ts'
import { sessionListBits } from './sessions.ts'
import { knownStateOf, markAbsent, noteReadersLost, peopleOf, readersOf, type StreamRecord, somebodyOf, viewersOf } from './streamRecord.ts'
import { evaluateState, isOn, type Known, ownStallAfterMs, type Sender, usualGap } from './streamState.ts'

interface ReadRound {
  readonly batch: SampleBatch
  readonly events: readonly NewEvent[]
  /** Streams that the server no longer lists and that are now removed from our list, too. */
  readonly leaving: ReadonlySet<StreamRecord>
}

/**
 * Of streams that a server no longer lists, our list keeps as many as the server ever listed at once, and at least this many: a server
 * that gives each stream a new name must not fill the list or memory.
 */
const leastRemembered = 50

const metricCount = pathMetrics.length
const stateAt = pathMetrics.indexOf('path.state')
const bitrateInAt = pathMetrics.indexOf('path.bitrateIn')
const bitrateOutAt = pathMetrics.indexOf('path.bitrateOut')

/**
 * Applies an answered round to its server's streams: states, rates, samples, events.
 *
 * 1. Records are changed in place, and only the changed parts of a reading are kept: at 50,000 paths a second
 *    anything else becomes garbage collection. Intermediate results belong to one stream's reading and are dropped with it;
 *    no state shared between streams is modified.
 * 2. A counter is compared only with the answer right before it (`readRound`), and only while its stream object and
 *    its source are the same.
 * 3. The first answer of a launch makes no events.
 * 4. Reading yields after each step, so that other work on the event loop can run.
 * 5. When a server comes back, streams that it does not list yet are unknown, not gone, while their publishers
 *    may be reconnecting; those that return in time make no event.
 */
export function* readRound(
  deps: RoundDeps,
  server: ServerStreams,
  round: PollRound,
  answer: Answer<PathReading>,
  at: number,
  isOver: () => boolean,
): Steps<ReadRound> {
  const { arrivedAt, items } = answer
  const context = beginRound(deps, server, round, answer, at, isOver)
  yield* matchStreams(context, items)
  server.paths ??= server.rows.map((record) => record.path)
  const { paths, rows } = server
  const values = new Float64Array(rows.length * metricCount)
  const lists = yield* readListed(context, items, values)
  const leaving = yield* readUnlisted(context, items.length, values)
  noteLost(context, items)
  server.sessions.keepOnly((list) => (lists & sessionListBits[list]) !== 0 || server.sessions.arrivedAt(list) >= arrivedAt)
  server.anchors.drop(arrivedAt, rows)
  server.arrivedAt = arrivedAt
  // A takeover makes an event unless the server itself disconnected the publisher: it was restarted, or hung until a moment ago.
  const serverDidIt = server.justRestarted || (server.returnedFrom === 'silence' && arrivedAt < server.quietUntil)
  for (const takeover of context.takeovers) addTakeover(context, takeover, serverDidIt)
  server.justRestarted = false
  return {
    batch: { owner: serverSubject(server.id), at: round.at, parts: paths, metrics: pathMetrics, values },
    events: groupStreamEvents(context.events),
    leaving,
  }
}

/** Finds the stream of each reading, and puts `server.order` into the order of the answer. */
function* matchStreams({ deps, server, at, isOver }: RoundContext, items: readonly PathReading[]): Steps<void> {
  const { order } = server
  for (let i = 0; i < items.length; i++) {
    const path = (items[i] as PathReading).name
    if (order[i]?.path !== path) order[i] = server.byPath.get(path) ?? addStream(server, path, deps.nextSlot(), at)
    if (isOver()) yield
  }
  order.length = items.length
}

/** Reads all streams that the answer lists. Returns the session lists that contain their sources and readers, as bits. */
function* readListed(context: RoundContext, items: readonly PathReading[], values: Float64Array): Steps<number> {
  const { server, isOver } = context
  let lists = 0
  for (let i = 0; i < items.length; i++) {
    const reading = items[i] as PathReading
    const record = server.order[i] as StreamRecord
    const step = compare(context, record, reading)
    applyCounters(context, record, step)
    applyFacts(context, record, reading, step)
    if (!sameReaders(record.readersRead, reading.readers)) takeReaders(server, record, reading.readers)
    if (record.sessionsVersion !== server.sessions.version || record.unlisted > 0) yield* linkSessions(context, record)
    lists |= record.lists
    linkPublisher(context, record)
    applyTracks(context, record, reading.tracks)
    if (context.adopts) adoptEquals(record, reading)
    const state = settle(context, record, step)
    // Not before: the stream may have gone in the same answer that has its next publisher, which is not ready yet.
    if (record.sourceId !== '' && record.sourceId !== record.kicked?.id) record.kicked = null
    if (record.plan !== null) noteBeyondPlan(context, record, state)
    measure(context, record, step, state, values)
    markOwnTraffic(context, record)
    forgetOnDemandFailure(record, state, context.at)
    forgetReaders(record, context.at)
    forgetSourceError(record)
    updateExpected(server, record, context.at)
    record.figuresChanged = true
    if (isOver()) yield
  }
  return lists
}

/** A stream may be on air for this long beyond its plan, ms. */
const beyondPlanMs = 60_000
/** Makes an event when a stream is on air although its plan says that it is over, once each time. */
function noteBeyondPlan({ first, at, server, events }: RoundContext, record: StreamRecord, state: StreamState): void {
  if (record.plan === null || record.plan.isDue || (state !== 'live' && state !== 'stalled')) record.beyondNoted = false
  else if (!record.beyondNoted && at - Math.max(record.plan.since, record.onSince) >= beyondPlanMs) {
    record.beyondNoted = true
    // At the start it is not known whether somebody has heard of it.
    if (!first) events.push(newEvent('onAirBeyondPlan', at, { plan: record.plan.name }, aboutStream(server, record.path)))
  }
}

/** A stream's reading compared with the previous one. */
interface ReadingStep {
  /** Its state at the previous reading; null: never judged in this launch. */
  readonly was: Known | null
  readonly lastLiveAt: number
  readonly readersBefore: number
  readonly somebodyBefore: number
  readonly peopleBefore: number
  /** Whether most of its readers have left since. */
  readonly mostLeft: boolean
  /** Whether all of its readers were ours. */
  readonly wereOurs: boolean
  /** The previous reading is from the last answer, so counters can be compared. */
  readonly isComparable: boolean
  readonly isOtherObject: boolean
  readonly isOtherSource: boolean
  /** Its previous sender, where its stream object or source has changed; otherwise null. */
  readonly replaced: Sender | null
  readonly counters: CounterSteps
}

function compare({ server, elapsedMs }: RoundContext, record: StreamRecord, reading: PathReading): ReadingStep {
  const isComparable = elapsedMs > 0 && record.readRound === server.round - 1
  const isOtherObject = reading.availableAt !== record.availableAt
  const isOtherSource = reading.sourceId !== record.sourceId || reading.sourceType !== record.sourceType
  const isReplaced = isOtherObject || isOtherSource
  const inbound = reading.inboundBytes ?? Number.NaN
  const isBackwards = inbound < record.inbound
  return {
    was: knownStateOf(record),
    lastLiveAt: record.lastLiveAt,
    readersBefore: readersOf(record),
    somebodyBefore: somebodyOf(record),
    peopleBefore: peopleOf(record),
    mostLeft: reading.readers.length * 2 < record.readersRead.length,
    wereOurs: record.readersRead.length === record.ownReaders,
    isComparable,
    isOtherObject,
    isOtherSource,
    replaced: isReplaced ? senderOf(record) : null,
    counters: {
      elapsedMs: isComparable ? elapsedMs : Number.NaN,
      continued: isComparable && !isReplaced && !isBackwards,
      restarted: isOtherObject || isBackwards,
      inbound,
      inboundBefore: record.inbound,
      outbound: reading.outboundBytes ?? Number.NaN,
      outboundBefore: record.outbound,
      framesInError: reading.framesInError ?? Number.NaN,
      framesInErrorBefore: record.framesInError,
    },
  }
}

function applyCounters(context: RoundContext, record: StreamRecord, { was, isComparable, replaced, counters }: ReadingStep): void {
  const { server, vouchedMs } = context
  record.inbound = counters.inbound
  record.outbound = counters.outbound
  record.framesInError = counters.framesInError
  // A counter stands still when it is equal; an unknown counter (NaN) never does.
  // Without a comparison a stream restarts its stall timer, but a stalled stream stays stalled.
  if (!isComparable && was === 'stalled' && replaced === null) record.quietMs = stallAfterOf(context, record)
  else if (counters.continued && counters.inbound === counters.inboundBefore) record.quietMs += vouchedMs
  else {
    // A gap that ends in a stall says nothing of the usual ones.
    if (counters.continued && record.hasGrown && was !== 'stalled') record.gapMs = usualGap(record.gapMs, record.quietMs + vouchedMs)
    if (replaced !== null) record.gapMs = Number.NaN
    record.hasGrown = counters.continued
    record.quietMs = 0
  }
  if (!counters.continued) record.firstAnchor = server.anchors.newest + 1
}

/** When this stream is stalled without new data, ms. */
function stallAfterOf({ deps, server, stallAfter, intervalMs }: RoundContext, { path, gapMs }: StreamRecord): number {
  // An alarm of before the console was restarted says that it had stalled: it is not a slow one.
  if (Number.isNaN(gapMs) && deps.isMissed(server.id, path)) return stallAfter
  return ownStallAfterMs(stallAfter, gapMs, intervalMs, server.readTimeoutMs)
}

function applyFacts({ server, at, skewMs }: RoundContext, record: StreamRecord, reading: PathReading, { isOtherObject, isOtherSource }: ReadingStep): void {
  record.present = true
  record.readRound = server.round
  record.available = reading.available
  if (record.confName !== reading.confName) {
    record.confName = reading.confName
    applyConfiguration(server, record)
    updateExpected(server, record, at)
    record.factsChanged = true
  }
  if (isOtherObject || record.slate !== reading.slate) {
    const publisherCame = record.slate && !reading.slate && !isOtherObject
    record.availableAt = reading.availableAt
    record.slate = reading.slate
    record.upSince = reading.slate ? Number.NaN : publisherCame ? at : Math.min(at, (reading.availableAt ?? Number.NaN) - skewMs)
    record.factsChanged = true
  }
  if (isOtherSource) {
    record.sourceType = reading.sourceType
    record.sourceId = reading.sourceId
    record.publisher = null
    record.publisherHost = null
    record.sessionsVersion = -1
    record.factsChanged = true
  }
}

function takeReaders(server: ServerStreams, record: StreamRecord, readers: PathReading['readers']): void {
  record.firstOutAnchor = server.anchors.newest + 1
  record.readersRead = readers
  record.sessionsVersion = -1
}

function adoptEquals(record: StreamRecord, reading: PathReading): void {
  record.confName = reading.confName
  record.sourceType = reading.sourceType
  record.sourceId = reading.sourceId
  record.readersRead = reading.readers
  record.tracks = reading.tracks
}

/** Judges a stream that the answer lists, and sets its state. */
function settle(context: RoundContext, record: StreamRecord, step: ReadingStep): StreamState {
  const { server, at } = context
  const { replaced, lastLiveAt } = step
  const stallAfter = stallAfterOf(context, record)
  const evaluated = evaluateState(record, stallAfter)
  const unseen = unseenIn(context, record)
  const waits = mustWait(context, record, evaluated, unseen !== null, isStreamTroubled(record, record))
  if (!record.available && !Number.isNaN(step.readersBefore) && isOn(step.was)) {
    record.readersLost = step.readersBefore
    record.somebodyLost = step.somebodyBefore
    record.peopleLost = step.peopleBefore
  }
  if (waits) {
    waitFor(context, record, replaced ?? senderOf(record), unseen)
    return 'unknown'
  }
  let { was } = step
  if (isOn(evaluated)) {
    if (isOn(was) && !Number.isNaN(record.missedSince) && !record.missedUnseen) {
      // Its judgement waited only for the configuration: it did go, and came back.
      const away = evaluateState({ ...record, available: false }, stallAfter)
      enterState(context, record, away, { was, sender: replaced ?? senderOf(record), lastLiveAt, isReplaced: replaced !== null })
      was = away
    }
    if (!isOn(was) || replaced !== null) record.onSince = Number.isNaN(record.upSince) ? at : record.upSince
    if (evaluated === 'live') recordOnAir(context, record)
    if (replaced !== null && isOn(was) && !unseen) context.takeovers.push({ record, sender: record.missedSender ?? replaced, wasAway: false })
  } else if (evaluated === 'slate') record.onAirRound = server.round
  if (evaluated !== record.state)
    enterState(context, record, evaluated, { was, sender: replaced ?? senderOf(record), lastLiveAt, isReplaced: replaced !== null })
  else if (evaluated === 'stalled') noteHangUp(context, record)
  return evaluated
}

/** Records that a stream is live, and when its data last grew. */
function recordOnAir({ server, at, before }: RoundContext, record: StreamRecord): void {
  learn(server, record, at)
  record.onAirRound = server.round
  if (record.quietMs !== 0) return
  record.goodAfter = Number.isNaN(before) ? at : before
  record.goodAt = at
}

/** Writes a stream's samples for history and the figures that are shown. */
function measure(context: RoundContext, record: StreamRecord, step: ReadingStep, state: StreamState, values: Float64Array): void {
  const { isComparable, replaced, counters } = step
  const publisher = publisherOf(record, context)
  const { lostIncrease, repairedIncrease } = bookLosses(context, record, publisher, isComparable, replaced !== null)
  const { forwards, forwardsFailing } = forwardCounts(context.server, record, context.arrivedAt)
  record.rttMs = publisher?.reading.srt?.rttMs ?? Number.NaN
  const recording = state === 'live' ? context.deps.recordingFigures(record.serverId, record.path, record.onSince) : null
  noteRecording(record, state, recording?.notRecordedMs ?? null)
  const offset = record.row * metricCount
  writePathValues(
    {
      state,
      counters,
      readers: readersOf(record),
      ownReaders: record.ownReaders,
      people: peopleOf(record),
      viewers: viewersOf(record),
      lostLastMinute: record.lostLastMinute,
      lossMs: context.at - record.lossSince,
      lostIncrease,
      repairedIncrease,
      discardedIncrease: bookDiscards(record),
      sourceState: sourceStateCode(context.server, record, context.arrivedAt),
      forwards,
      forwardsFailing,
      preview: context.deps.previewFigures(record.serverId, record.path),
      recording,
      publisher: publisher?.reading ?? null,
    },
    values,
    offset,
  )
  averageBitrates(context, record, step, Math.round(values[offset + bitrateInAt] as number), Math.round(values[offset + bitrateOutAt] as number))
  values[offset + bitrateInAt] = record.bitrateInBps
  values[offset + bitrateOutAt] = record.bitrateOutBps
}

/** As long without a segment counts as a failure of its recorder, ms: the level of the rule `recordingStopped`. */
const notRecordedAfterMs = 60_000
/** Notes whether a stream is recorded: what its configuration says holds until the list of its segments says otherwise. */
function noteRecording(record: StreamRecord, state: StreamState, notRecordedMs: number | null): void {
  const before = record.recording
  record.recording = recordingIn(record, state, notRecordedMs)
  if (record.recording !== before) record.factsChanged = true
}
function recordingIn({ recordingPlan: plan, tracks }: StreamRecord, state: StreamState, notRecordedMs: number | null): StreamRecord['recording'] {
  if (plan === undefined || state === 'unknown') return undefined
  if (plan === null || !(state === 'live' || (state === 'slate' && plan.slates))) return 'off'
  return (notRecordedMs ?? 0) > notRecordedAfterMs || unrecordable(plan.format, tracks).length > 0 ? 'failing' : 'on'
}

/** Bit rates, everywhere the same, are means over some seconds, where the stream's counters go back that far. */
function averageBitrates(
  { server, deps, arrivedAt, anchor, elapsedMs }: RoundContext,
  record: StreamRecord,
  { mostLeft, wereOurs }: ReadingStep,
  inBps: number,
  outBps: number,
): void {
  const { anchors } = server
  const base = Math.max(anchor, record.firstAnchor)
  const overMs = arrivedAt - anchors.arrivedAt(base)
  const hasMean = base >= 0 && base <= anchors.newest
  const meanIn = hasMean ? bitrate(record.inbound, anchors.inbound(base, record.row), overMs) : Number.NaN
  const meanOut = hasMean && base >= record.firstOutAnchor ? bitrate(record.outbound, anchors.outbound(base, record.row), overMs) : Number.NaN
  record.bitrateInBps = meanOr(inBps, meanIn)
  const rate = meanOr(outBps, meanOut)
  const overOutMs = Number.isNaN(meanOut) ? elapsedMs : overMs
  const readMs = rate > 0 ? deps.pictureReads.readMs(record.serverId, record.path, overOutMs) : 0
  // No list has a picture that was read between two answers: it took the whole stream while it was read.
  const ownBps = Math.max(ownBitrateOut(record, record.bitrateInBps), (record.bitrateInBps * readMs) / overOutMs || 0)
  // What is sent while nobody else reads is ours. Destinations of a forwarded stream are no readers.
  const isOurs =
    rate > 0 &&
    wereOurs &&
    record.readersRead.length === record.ownReaders &&
    isForwarded(server, record) !== true &&
    ((record.ownReaders > 0 && record.unlisted === 0) || mostLeft || deps.pictureReads.count(record.serverId, record.path, overOutMs) > 0)
  // Most of this interval's outbound traffic went to readers who have left, so the rate of the remaining ones is not known yet.
  record.bitrateOutBps = isOurs ? 0 : mostLeft ? Number.NaN : withoutOwn(rate, ownBps)
}

/** The mean, or the current rate where the mean or the rate is unknown. */
const meanOr = (rate: number, mean: number) => (Number.isNaN(rate) || Number.isNaN(mean) ? rate : Math.round(mean))
/** The two rates are measured over different intervals, so a negative difference becomes 0. */
const withoutOwn = (rate: number, own: number): number => (own === 0 || Number.isNaN(rate) ? rate : Math.max(0, Math.round(rate - own)))

/** Updates the streams that the answer does not list. Returns those that are removed from our list, too. */
function* readUnlisted(context: RoundContext, listed: number, values: Float64Array): Steps<ReadonlySet<StreamRecord>> {
  const { deps, server, at, isOver } = context
  const leaving = new Set<StreamRecord>()
  const remembered: StreamRecord[] = []
  server.mostListed = Math.max(listed, server.mostListed)
  if (listed < server.rows.length)
    for (const record of server.rows) {
      if (record.readRound === server.round) continue
      readMissing(context, record, values)
      if (isOver()) yield
      if (record.named || record.plan?.isNamed === true || record.isClaimed) continue
      const isDue = record.plan !== null && record.expected
      if (isDue || isShown(record, at) || deps.isMissed(server.id, record.path)) remembered.push(record)
      else leaving.add(record)
    }
  for (const record of leastNeeded(remembered, Math.max(leastRemembered, server.mostListed))) leaving.add(record)
  return leaving
}

/** A stream that the answer does not list: dynamic paths vanish with their publisher (trap 4). */
function readMissing(context: RoundContext, record: StreamRecord, values: Float64Array): void {
  const { server, at, elapsedMs, intervalMs } = context
  const was = knownStateOf(record)
  const stallAfter = stallAfterOf(context, record)
  // One that is slow may be closed for its silence before it counts as stalled.
  if (was === 'live' && record.quietMs >= context.stallAfter && record.quietMs + elapsedMs > server.readTimeoutMs - intervalMs) record.stoppedFirst = true
  const sender = senderOf(record)
  const isTroubled = isStreamTroubled(record, record)
  noteReadersLost(record)
  if (record.present || record.sourceType !== null || record.available) {
    markAbsent(record)
    record.factsChanged = true
  }
  const evaluated = evaluateState(record, stallAfter)
  const unseen = unseenIn(context, record)
  const state = mustWait(context, record, evaluated, unseen !== null, isTroubled) ? 'unknown' : evaluated
  if (state === 'unknown') waitFor(context, record, sender, unseen)
  else if (state !== record.state) enterState(context, record, state, { was, sender, lastLiveAt: record.lastLiveAt, isReplaced: isOn(was) })
  forgetOnDemandFailure(record, state, at)
  forgetReaders(record, at)
  forgetSourceError(record)
  updateExpected(server, record, at)
  noteRecording(record, state, null)
  record.figuresChanged = true
  const offset = record.row * metricCount
  values.fill(Number.NaN, offset, offset + metricCount)
  values[offset + stateAt] = streamStateCodes[state]
}

/** Whether a stream that its server does not list stays in ours. */
function isShown(record: StreamRecord, at: number): boolean {
  switch (record.state) {
    case 'ended':
    case 'waiting':
      return !Number.isNaN(record.lastLiveAt) && at - record.stateSince < endedShownMs
    default:
      return record.expected || at - record.lastLiveAt < learnedForMs
  }
}

/** The streams beyond `most` to remove: ended ones first, since they are not missed, then those whose last time live is longest ago. */
function leastNeeded(records: StreamRecord[], most: number): readonly StreamRecord[] {
  if (records.length <= most) return []
  const missed = ({ state }: StreamRecord) => (state === 'ended' ? 0 : 1)
  return records.sort((one, other) => missed(one) - missed(other) || one.lastLiveAt - other.lastLiveAt).slice(0, records.length - most)
}

/** Texts that most streams have in common, each kept once. */
const texts = new Map<string, string>()
const mostTexts = 1_000
function kept(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  // It may be full of texts that are no longer used: it is cleared, and fills again with those in use.
  if (texts.size >= mostTexts) texts.clear()
  texts.set(text, text)
  return text
}

/** Applies the tracks of a reading, and adds an event for a changed codec or size of what is published. */
function applyTracks({ server, at, first, events }: RoundContext, record: StreamRecord, tracks: readonly Track[]): void {
  if (sameTracks(record.tracks, tracks)) return
  record.factsChanged = true
  record.tracks = tracks
  const video = tracks.find((track) => track.width)
  record.width = video?.width || null
  record.height = video?.height || null
  // A slate has tracks of its own, and says nothing of its publisher's.
  if (record.slate) return
  // After it had ended, and nobody expected it back, this is another one: the next guest has another browser.
  if (record.state === 'ended') record.lastCodecs = record.lastSize = ''
  const codecs = kept(tracks.map((track) => track.codec).join(', '))
  if (codecs !== '') {
    if (record.lastCodecs !== '' && codecs !== record.lastCodecs && !first)
      events.push(newEvent('codecChanged', at, { before: record.lastCodecs, after: codecs }, aboutStream(server, record.path)))
    record.lastCodecs = codecs
  }
  // Getting a first size is not a change: that of H264 is only known after the first SPS.
  if (record.width === null || record.height === null) return
  const size = kept(`${record.width}×${record.height}`)
  if (record.lastSize !== '' && size !== record.lastSize && !first)
    events.push(newEvent('sizeChanged', at, { before: record.lastSize, after: size }, aboutStream(server, record.path)))
  record.lastSize = size
}

const trackFields = ['codec', 'width', 'height', 'profile', 'level', 'sampleRate', 'channels'] as const satisfies readonly (keyof Track)[]

const sameTracks = (a: readonly Track[], b: readonly Track[]): boolean =>
  a === b || (a.length === b.length && a.every((track, i) => trackFields.every((field) => track[field] === b[i]?.[field])))
