import { type FactsOf, type ManyStreamsKind, type NewEvent, newEvent } from '../../shared/events.ts'
import { type StreamState, streamStateCodes, type Track } from '../../shared/streams.ts'
import { serverSubject } from '../../shared/subjects.ts'
import { severityOfStream } from '../../shared/troubles.ts'
import type { SampleBatch } from '../history/history.ts'
import type { Answer, PathReading, PollRound } from '../servers/readings.ts'
import { sessionListOf } from '../servers/sessionLists.ts'
import { groupStreamEvents } from './groupEvents.ts'
import { noteLive } from './learning.ts'
import { createLossWindow } from './lossWindow.ts'
import { bitrate, createPathMoment, increase, type PathMoment, pathMetrics, writePathValues } from './pathSamples.ts'
import { compareRound, fewestForRestart, wasOn as recordWasOn } from './roundQuestions.ts'
import { addStream, applyConfiguration, type ServerStreams, type Steps } from './serverStreams.ts'
import { lostForGood, repaired, sessionListBits } from './sessions.ts'
import { markAbsent, noSessions, outageSinceOf, readersOf, type StreamRecord, updateExpected } from './streamRecord.ts'
import { between, configurationDueText, hostOf, type Lasted, notBackText, reasonText, type Sender, senderFacts, type Unseen } from './streamSentences.ts'
import { judgeState, rememberedMs, stallAfterMs } from './streamState.ts'

export interface RoundReaderDeps {
  readonly nextSlot: () => number
  /** A stream came on or went off, or is not listed any more. */
  readonly onCameOrWent: (server: ServerStreams, record: StreamRecord) => void
  /** How long a stream that ended stays in the list, ms. */
  readonly endedShownMs: () => number
  /** HLS pictures of a path that this console has open. */
  readonly openPictures: (serverId: string, path: string) => number
}

/** What a round leaves to be told. */
export interface ReadRound {
  readonly batch: SampleBatch
  readonly events: readonly NewEvent[]
  /** Streams that are not listed any more, and leave ours too. */
  readonly leaving: ReadonlySet<StreamRecord>
}

/** Figures of a session list count this long: lists are read every 10 s at least. */
const sessionsCountMs = 15_000
const adoptEveryRounds = 64
/** Longer than this for an answer: the server may have stood still. */
const lateAnswerMs = 1_000
/**
 * Of streams that a server does not list any more, as many stay in the list as it ever listed at once, and so many at least: one
 * that names each stream anew must fill neither list nor memory.
 */
const leastRemembered = 50

/** A stream that goes is judged by a configuration that is newer, where one is read within this time; beyond, by the one that is known. */
const newerConfigurationMs = 5_000

/** Publishers of a server that came back are waited for this long before they are missed. */
export const waitForPublishersMs = 15_000

/** A camera on demand that failed under its readers is in trouble until it is read again, or this long. */
const onDemandFailureShownMs = 3_600_000
/** True where it is not in trouble for that any more. */
function forgetOnDemandFailure(record: StreamRecord, state: StreamState, at: number): boolean {
  if (!record.onDemandFailed || (state === 'waiting' && at - record.stateSince < onDemandFailureShownMs)) return false
  record.onDemandFailed = false
  if (record.state !== 'waiting') return true
  record.goodAt = Number.NaN
  record.reason = record.onDemand ? onDemandWords : null
  return true
}

const onDemandWords = 'Starts when somebody reads it.'
const metricCount = pathMetrics.length
const stateAt = pathMetrics.indexOf('path.state')
const bitrateInAt = pathMetrics.indexOf('path.bitrateIn')
const bitrateOutAt = pathMetrics.indexOf('path.bitrateOut')

type Known = Exclude<StreamState, 'unknown'>

/** What all streams of one round share. */
interface RoundContext {
  readonly server: ServerStreams
  /** Arrival of the answer, wall time: what it shows was seen then. Events and states have this time. */
  readonly at: number
  readonly arrivedAt: number
  /** Arrival of the answer before, wall time: what changed did so between the two. NaN: there was none. */
  readonly before: number
  /** The server's clock minus ours, ms. */
  readonly skewMs: number
  /** First answer of this launch: it says how things are, and nothing of it is news. */
  readonly first: boolean
  /** First answer after the server could not be asked: what changed did so unseen. */
  readonly returned: boolean
  /** Publishers that were not seen since it returned are waited for. */
  readonly waits: boolean
  /** Since the answer before, ms; NaN: there was none that can be compared. */
  readonly elapsedMs: number
  readonly events: NewEvent[]
}

/** What a stream was before this reading. */
interface Before {
  readonly was: Known | null
  readonly sender: Sender
  readonly lastLiveAt: number
  /** Its stream object or its source is another one now. */
  readonly replaced: boolean
}

/**
 * Reads answered rounds into their server's streams: states, rates, samples, events.
 *
 * 1. Records are changed in place, and of a reading nothing is kept but what changed: at 50,000 paths a second
 *    everything else is garbage collection.
 * 2. A counter is compared only with the answer right before it (`readRound`), and only while its stream object and
 *    its source are the same.
 * 3. In the first answer of a launch nothing is an event.
 * 4. It is read in steps: after each one whatever shares the event loop may come between.
 * 5. Streams that a server does not have at once when it comes back are unknown, not gone, while their publishers
 *    may be on their way; nothing is said of those that come in time.
 */
export function createRoundReader(deps: RoundReaderDeps) {
  function* readRound(server: ServerStreams, round: PollRound, answer: Answer<PathReading>, readAt: number, isOver: () => boolean): Steps<ReadRound> {
    const at = readAt
    const { arrivedAt, items } = answer
    // Of this round alone: others may be read between its steps.
    const moment = createPathMoment()
    const changes = server.compared?.items === items ? server.compared.changes : compareRound(server, items)
    server.compared = null
    const first = server.round === 0
    const returned = server.lostWhy !== null
    const events: NewEvent[] = []
    // A server that tells its start was asked whether it is another one; of any other, all at once is what can be known.
    const together = changes.went + changes.replaced
    const goesOn = changes.stayed > 0 || changes.goesOn || server.sessions.goOnSince(arrivedAt)
    const allAtOnce = !goesOn && changes.cameNew === 0 && together >= fewestForRestart
    if (allAtOnce && !first && !returned && (round.restarted ?? null) === null && !server.justRestarted) {
      server.justRestarted = true
      events.push(newEvent('serverRestarted', at, { publishers: together }, subjectOf(server, null)))
    }
    if (server.round > 0 && (server.lostWhy === 'down' || server.failures > 0 || server.justRestarted)) {
      server.waitsUntil = arrivedAt + waitForPublishersMs
      server.returnedAt = readAt
      server.returnRound = server.round + 1
      server.returnedFrom = server.lostWhy === 'down' || server.failures > 0 ? 'silence' : allAtOnce ? 'allAtOnce' : 'restart'
    }
    if (server.lostWhy === 'down' || server.justRestarted) server.quietUntil = arrivedAt + waitForPublishersMs
    const waits = arrivedAt < server.waitsUntil
    const elapsedMs = arrivedAt - server.arrivedAt
    const quietReaders = first || returned || arrivedAt < server.quietUntil
    const stallAfter = stallAfterMs(round.intervalMs)
    // Time in which the server did not answer is no silence of its publishers: late, or after failures, an answer speaks for one interval.
    const vouchedMs = server.failures > 0 || answer.tookMs > lateAnswerMs ? Math.min(elapsedMs, round.intervalMs) : elapsedMs
    const endedShownMs = deps.endedShownMs()
    const { skewMs = 0 } = round
    if (changes.unexplained || changes.went > 0) server.configurationWantedFrom = arrivedAt
    const context: RoundContext = { server, at, arrivedAt, before: server.readAt, skewMs, first, returned, waits, elapsedMs, events }
    const { order, anchors } = server
    server.round++
    // What is equal is taken over now and then: the client keeps its texts and lists, and two of each would be twice the memory.
    const adopts = server.round % adoptEveryRounds === 2
    server.failures = 0
    server.lostWhy = null
    server.at = round.at
    server.awaited = 0
    server.readAt = readAt

    for (let i = 0; i < items.length; i++) {
      const path = (items[i] as PathReading).name
      if (order[i]?.path !== path) order[i] = server.byPath.get(path) ?? addStream(server, path, deps.nextSlot(), at)
      if (isOver()) yield
    }
    order.length = items.length
    server.paths ??= server.rows.map((record) => record.path)
    const { paths, rows } = server
    const values = new Float64Array(rows.length * metricCount)
    const anchor = anchors.oldestFor(arrivedAt)
    const takeovers: { readonly record: StreamRecord; readonly sender: Sender }[] = []
    let lists = 0

    for (let i = 0; i < items.length; i++) {
      const reading = items[i] as PathReading
      const record = order[i] as StreamRecord
      let was = record.state === 'unknown' ? record.knownState : record.state
      let wasOn = was === 'live' || was === 'stalled'

      const comparable = elapsedMs > 0 && record.readRound === server.round - 1
      const objectChanged = reading.availableAt !== record.availableAt
      const sourceChanged = reading.sourceId !== record.sourceId || reading.sourceType !== record.sourceType
      const replaced = objectChanged || sourceChanged
      const inbound = reading.inboundBytes ?? Number.NaN
      const backwards = inbound < record.inbound
      const continued = comparable && !replaced && !backwards
      const sender = replaced ? senderOf(record) : null
      const { lastLiveAt } = record
      const readersBefore = readersOf(record)
      let changed = false

      moment.elapsedMs = comparable ? elapsedMs : Number.NaN
      moment.continued = continued
      moment.anew = objectChanged || backwards
      moment.inboundBefore = record.inbound
      moment.outboundBefore = record.outbound
      moment.framesInErrorBefore = record.framesInError
      moment.inbound = inbound
      moment.outbound = reading.outboundBytes ?? Number.NaN
      moment.framesInError = reading.framesInError ?? Number.NaN
      record.inbound = moment.inbound
      record.outbound = moment.outbound
      record.framesInError = moment.framesInError
      // Standing still is to be equal: a counter that is not told (NaN) never stands still.
      // Where nothing can be compared a stream gets its time anew, but one that stood still is not said to move.
      if (!comparable && was === 'stalled' && !replaced) record.quietMs = stallAfter
      else if (!continued || inbound !== moment.inboundBefore) record.quietMs = 0
      else record.quietMs += vouchedMs
      if (!continued) record.firstAnchor = anchors.newest() + 1
      record.present = true
      record.readRound = server.round
      record.available = reading.available

      if (record.confName !== reading.confName) {
        record.confName = reading.confName
        applyConfiguration(server, record)
        updateExpected(record)
        changed = true
      }
      if (objectChanged || record.slate !== reading.slate) {
        const publisherCame = record.slate && !reading.slate && !objectChanged
        record.availableAt = reading.availableAt
        record.slate = reading.slate
        record.upSince = reading.slate ? Number.NaN : publisherCame ? at : Math.min(at, (reading.availableAt ?? Number.NaN) - skewMs)
        changed = true
      }
      if (sourceChanged) {
        record.sourceType = reading.sourceType
        record.sourceId = reading.sourceId
        record.publisher = null
        record.publisherHost = null
        record.sessionsVersion = -1
        changed = true
      }
      let mostLeft = false
      if (!sameReaders(record.readersRead, reading.readers)) {
        mostLeft = reading.readers.length * 2 < record.readersRead.length
        record.firstOutAnchor = anchors.newest() + 1
        const when = { before: context.before, at, arrivedAt, quiet: quietReaders || !reading.available }
        yield* server.readers.changed(record.path, record.readersRead, reading.readers, when, isOver)
        record.readersRead = reading.readers
        record.sessionsVersion = -1
      }
      if (record.sessionsVersion !== server.sessions.version()) yield* linkSessions(server, record, deps.openPictures, isOver)
      lists |= record.lists
      if (linkPublisher(server, record)) changed = true
      if (!sameTracks(record.tracks, reading.tracks)) {
        takeTracks(context, record, reading.tracks)
        changed = true
      }
      if (adopts) {
        record.confName = reading.confName
        record.sourceType = reading.sourceType
        record.sourceId = reading.sourceId
        record.readersRead = reading.readers
        record.tracks = reading.tracks
      }

      const judged = judgeState(record, stallAfter)
      const unseen = unseenIn(context, record)
      const state = mustWait(context, record, judged, was, unseen !== null, severityOfStream(record, record) !== null) ? 'unknown' : judged
      if (!reading.available && !Number.isNaN(readersBefore) && wasOn) record.readersLost = readersBefore
      if (state === 'unknown') {
        if (waitFor(context, record, was, sender ?? senderOf(record), unseen)) changed = true
      } else if (state === 'live' || state === 'stalled') {
        if (wasOn && !Number.isNaN(record.missedSince) && !record.missedUnseen) {
          // Only its configuration was waited for: it went, and came back.
          const away = judgeState({ ...record, available: false }, stallAfter)
          enter(context, record, away, { was, sender: sender ?? senderOf(record), lastLiveAt, replaced })
          was = away
          wasOn = false
        }
        if (state === 'live') {
          noteLive(record, at, continued ? (was === 'live' ? Number.NEGATIVE_INFINITY : Number.NaN) : onAirSince(record, skewMs))
          record.onAirRound = server.round
          if (record.quietMs === 0) {
            record.goodAfter = Number.isNaN(context.before) ? at : context.before
            record.goodAt = at
          }
        }
        if (!wasOn || replaced) record.onSince = Number.isNaN(record.upSince) ? at : record.upSince
        if (sender !== null && wasOn && !unseen) takeovers.push({ record, sender: record.missedSender ?? sender })
      } else if (state === 'slate') record.onAirRound = server.round
      if (state !== 'unknown' && state !== record.state) {
        enter(context, record, state, { was, sender: sender ?? senderOf(record), lastLiveAt, replaced })
        changed = true
      }

      if (markOwnTraffic(record, deps.openPictures)) changed = true
      moment.state = state
      moment.readers = readersOf(record)
      moment.ownReaders = record.ownReaders
      readSession(moment, record, at, arrivedAt, comparable, replaced)
      moment.lostLastMinute = record.lostLastMinute
      moment.lossMs = at - record.lossSince
      const offset = record.row * metricCount
      writePathValues(moment, values, offset)
      record.bitrateInBps = Math.round(values[offset + bitrateInAt] as number)
      record.bitrateOutBps = Math.round(values[offset + bitrateOutAt] as number)
      const ownOut = ownBitrateOut(record)
      values[offset + bitrateOutAt] = withoutOwn(values[offset + bitrateOutAt] as number, ownOut)
      const base = Math.max(anchor, record.firstAnchor)
      if (base >= 0 && base <= anchors.newest()) {
        const overMs = arrivedAt - anchors.arrivedAt(base)
        record.bitrateInBps = meanOr(record.bitrateInBps, bitrate(record.inbound, anchors.inbound(base, record.row), overMs))
        if (base >= record.firstOutAnchor)
          record.bitrateOutBps = meanOr(record.bitrateOutBps, bitrate(record.outbound, anchors.outbound(base, record.row), overMs))
      }
      record.bitrateOutBps = withoutOwn(record.bitrateOutBps, ownOut)
      // What went out in this interval went mostly to readers who have left: what those take who are there is not known yet.
      if (mostLeft) record.bitrateOutBps = Number.NaN
      if (forgetOnDemandFailure(record, state, at)) changed = true
      record.figuresChanged = true
      if (updateExpected(record) || changed) record.factsChanged = true
      if (isOver()) yield
    }

    const leaving = new Set<StreamRecord>()
    const remembered: StreamRecord[] = []
    server.mostListed = Math.max(items.length, server.mostListed)
    if (items.length < rows.length)
      for (const record of rows) {
        if (record.readRound === server.round) continue
        yield* readMissing(context, record, stallAfter, values, isOver)
        if (isOver()) yield
        if (record.named) continue
        if (isShown(record, at, endedShownMs)) remembered.push(record)
        else leaving.add(record)
      }
    for (const record of leastNeeded(remembered, Math.max(leastRemembered, server.mostListed))) leaving.add(record)
    server.sessions.keepOnly((list) => (lists & sessionListBits[list]) !== 0 || server.sessions.arrivedAt(list) >= arrivedAt)
    anchors.drop(arrivedAt, rows)
    server.arrivedAt = arrivedAt

    // A publisher that takes over is news, unless the server threw it out: it is another process, or hung until a moment ago.
    const serverDidIt = server.justRestarted || (server.returnedFrom === 'silence' && arrivedAt < server.quietUntil)
    for (const { record, sender } of takeovers) tellTakeover(context, record, sender, serverDidIt)
    const ofReaders = yield* server.readers.endRound(server, at, arrivedAt, isOver)
    server.justRestarted = false
    return {
      batch: { owner: serverSubject(server.id), at: round.at, parts: paths, metrics: pathMetrics, values },
      events: [...groupStreamEvents(events), ...ofReaders],
      leaving,
    }
  }

  /** A stream that the answer does not speak of: dynamic paths vanish with their publisher (trap 4). */
  function* readMissing(context: RoundContext, record: StreamRecord, stallAfter: number, values: Float64Array, isOver: () => boolean): Steps<void> {
    const { server, at, arrivedAt } = context
    const was = record.state === 'unknown' ? record.knownState : record.state
    const sender = senderOf(record)
    const isTroubled = severityOfStream(record, record) !== null
    if (record.present) record.readersLost = readersOf(record)
    const when = { before: context.before, at, arrivedAt, quiet: true }
    if (record.readersRead.length > 0) yield* server.readers.changed(record.path, record.readersRead, [], when, isOver)
    if (record.present || record.sourceType !== null || record.available) {
      markAbsent(record)
      record.factsChanged = true
    }
    const judged = judgeState(record, stallAfter)
    const unseen = unseenIn(context, record)
    const state = mustWait(context, record, judged, was, unseen !== null, isTroubled) ? 'unknown' : judged
    if (state === 'unknown') {
      if (waitFor(context, record, was, sender, unseen)) record.factsChanged = true
    } else if (state !== record.state) {
      enter(context, record, state, { was, sender, lastLiveAt: record.lastLiveAt, replaced: was === 'live' || was === 'stalled' })
      record.factsChanged = true
    }
    if (forgetOnDemandFailure(record, state, at)) record.factsChanged = true
    if (updateExpected(record)) record.factsChanged = true
    record.figuresChanged = true
    values.fill(Number.NaN, record.row * metricCount, (record.row + 1) * metricCount)
    values[record.row * metricCount + stateAt] = streamStateCodes[state]
  }

  /** Why nobody saw what became of a stream since it was seen last; null: it was seen. */
  const unseenIn = ({ server, returned, waits }: RoundContext, record: StreamRecord): Unseen | null =>
    returned ? 'silence' : waits && record.onAirRound < server.returnRound ? server.returnedFrom : null

  /** Whether a stream that is not there is not judged yet: its publisher may be on its way, or its configuration be another one. */
  const mustWait = (
    { server, arrivedAt, waits }: RoundContext,
    record: StreamRecord,
    judged: Known,
    was: Known | null,
    unseen: boolean,
    isTroubled: boolean,
  ): boolean => {
    const left = judged === 'gone' || judged === 'ended'
    // A slate comes with its server, a few polls late at most: it goes on.
    if (waits && unseen && was === 'slate' && (left || judged === 'waiting')) return true
    if (!left) return false
    // Of an earlier launch: without any configuration there is nothing to judge it by.
    if (!recordWasOn(record)) return record.state === 'unknown' && server.configurationAskedAt === Number.NEGATIVE_INFINITY
    if (waits && unseen) return true
    // What is in trouble must not look better for being waited for.
    if (isTroubled) return false
    const from = wentFrom(record, arrivedAt)
    return server.configurationAskedAt < from && arrivedAt - from < newerConfigurationMs
  }

  /** A stream is not judged yet; true where that is new. */
  const waitFor = (
    { server, at, arrivedAt, before, waits }: RoundContext,
    record: StreamRecord,
    was: Known | null,
    sender: Sender,
    unseen: Unseen | null,
  ): boolean => {
    const reason = waits && unseen ? notBackText : was === null ? record.reason : configurationDueText
    if (waits && unseen) server.awaited++
    record.heldFrom = wentFrom(record, arrivedAt)
    server.configurationWantedFrom = Math.max(server.configurationWantedFrom, record.heldFrom)
    if (record.state === 'unknown' && record.reason === reason) return false
    if (record.state !== 'unknown') {
      record.knownState = was
      record.knownSince = record.stateSince
      record.knownReason = record.reason
      record.state = 'unknown'
      record.stateSince = at
    }
    record.reason = reason
    if (was !== null && Number.isNaN(record.missedSince)) {
      record.missedSince = at
      record.missedAfter = Number.isNaN(before) ? at : before
      record.missedUnseen = unseen
      record.missedSender = sender
    }
    return true
  }

  /** A stream gets another state: since when, why, and what is said of it. */
  const enter = (context: RoundContext, record: StreamRecord, state: Known, { was, sender: lastSender, lastLiveAt, replaced }: Before) => {
    const { server, at, first, returned, elapsedMs, events } = context
    const { goodAt } = record
    const wasUnknown = record.state === 'unknown'
    const stood = wasUnknown ? { since: record.knownSince, reason: record.knownReason } : { since: record.stateSince, reason: record.reason }
    const isMissed = !Number.isNaN(record.missedSince)
    const { provisional } = record
    const from = wentFrom(record, context.arrivedAt)
    const wasOn = was === 'live' || was === 'stalled'
    const seenAt = isMissed && state !== 'live' ? record.missedSince : at
    const seenBefore = isMissed ? record.missedAfter : context.before
    const unseen: Unseen | null = isMissed ? record.missedUnseen : returned ? 'silence' : null
    const sender = record.missedSender ?? lastSender
    const lasted = state === 'live' ? outageOf(context, record, was, lastLiveAt) : null
    const wasUp = wasOn && unseen === null ? between(seenBefore - record.onSince, seenAt - record.onSince) : null
    noteOutage(record, state, was, { after: seenBefore, before: seenAt })
    record.missedSince = Number.NaN
    record.missedSender = null
    record.heldFrom = Number.NaN
    record.state = state
    record.stateSince = seenAt
    record.reason = state === 'waiting' && record.onDemand ? onDemandWords : null
    deps.onCameOrWent(server, record)
    // Another process shows the slate, and it is the same slate to whoever watches.
    if (wasUnknown && was === state && (!replaced || state === 'slate')) {
      record.stateSince = record.knownSince
      record.reason = record.knownReason
      return
    }
    record.provisional = null
    const tell = <K extends ManyStreamsKind>(kind: K, facts: FactsOf<K>) => {
      const outageSince = outageSinceOf(record)
      const onset = !Number.isNaN(outageSince) && { outageSince }
      events.push(newEvent(kind, seenAt, { ...facts, ...onset, ...(unseen !== null && { seenLate: true }) }, subjectOf(server, record.path)))
    }

    switch (state) {
      case 'live':
        if (first || (wasUnknown && was === 'live')) record.stateSince = record.onSince
        if (first || was === 'live') return
        if (was === 'stalled') tell('streamRecovered', { ...senderFacts(senderOf(record)), ...lasted })
        else
          tell('streamOn', { ...senderFacts(senderOf(record)), ...lasted, tracks: record.tracks.map(({ codec, width, height }) => ({ codec, width, height })) })
        return
      case 'stalled': {
        if (first) return
        const silent = { minMs: Math.round(record.quietMs), maxMs: Math.round(at - record.goodAfter) }
        tell('streamStalled', { ...senderFacts(sender), ...silent })
        return
      }
      case 'slate': {
        const facts = { ...senderFacts(sender), ...wasUp, left: wasOn }
        if (wasOn) record.reason = reasonText('slateOn', facts)
        if (!first) tell('slateOn', facts)
        return
      }
      case 'gone':
      case 'ended': {
        const kind = state === 'gone' ? 'streamOff' : 'streamEnded'
        if (first || was === null) {
          record.stateSince = record.knownSince
          record.reason = record.knownReason
          return
        }
        // It left before, and is judged again: whether it is expected has changed.
        if (was === 'gone' || was === 'ended') {
          record.stateSince = stood.since
          record.reason = stood.reason
        }
        if (!wasOn && was !== 'slate') {
          // The older configuration said the other of the two.
          if (provisional !== null) tell(kind, wentFacts(provisional.sender, provisional.up, unseen))
          return
        }
        const facts = wentFacts(sender, wasUp, unseen)
        record.reason = reasonText(kind, facts)
        tell(kind, facts)
        if (server.configurationAskedAt < from) record.provisional = { from, sender, up: wasUp }
        return
      }
      case 'waiting': {
        if (provisional !== null) {
          const { sender: by, up } = provisional
          tell('streamEnded', { ...wentFacts(by, up, unseen), onDemand: true })
        }
        if (first || !wasOn) return
        // A server that just came back threw everybody out itself.
        const cameBack = unseen !== null || server.returnedAt === server.readAt
        const apartMs = isMissed ? seenAt - seenBefore : elapsedMs
        if (!cameBack && record.readersLost > 0 && apartMs < record.closeAfterMs) {
          // Its server closes it some time after its last reader left, which was not long enough ago: it failed under them.
          record.onDemandFailed = true
          record.goodAt = goodAt
          const facts = { ...wentFacts(sender, wasUp, unseen), readersLost: record.readersLost }
          record.reason = reasonText('streamOff', facts)
          tell('streamOff', facts)
          return
        }
        tell('streamEnded', { ...wentFacts(sender, wasUp, unseen), onDemand: true })
        return
      }
      default:
        state satisfies never
    }
  }

  const tellTakeover = ({ server, at, events }: RoundContext, record: StreamRecord, before: Sender, serverDidIt: boolean) => {
    const after = senderOf(record)
    if (serverDidIt && (before.host === null || after.host === null || before.host === after.host)) return
    const facts = { before: before.host, beforeType: before.sourceType, after: after.host, sourceType: after.sourceType }
    events.push(newEvent('publisherChanged', at, facts, subjectOf(server, record.path)))
  }

  const takeTracks = ({ server, at, first, events }: RoundContext, record: StreamRecord, tracks: readonly Track[]) => {
    record.tracks = tracks
    const video = tracks.find((track) => track.width)
    record.width = video?.width || null
    record.height = video?.height || null
    const codecs = kept(tracks.map((track) => track.codec).join(', '))
    if (codecs !== '') {
      if (record.lastCodecs !== '' && codecs !== record.lastCodecs && !first)
        events.push(newEvent('codecChanged', at, { before: record.lastCodecs, after: codecs }, subjectOf(server, record.path)))
      record.lastCodecs = codecs
    }
    // From no size to one is not a change: H264's is known after the first SPS only.
    if (record.width !== null && record.height !== null) {
      const size = kept(`${record.width}×${record.height}`)
      if (record.lastSize !== '' && size !== record.lastSize && !first)
        events.push(newEvent('sizeChanged', at, { before: record.lastSize, after: size }, subjectOf(server, record.path)))
      record.lastSize = size
    }
  }

  /** What the publisher's session tells, into `moment` and the stream's figures. */
  const readSession = (moment: PathMoment, record: StreamRecord, at: number, arrivedAt: number, comparable: boolean, replaced: boolean) => {
    // A session that began while we watched began at zero; of any other the first reading tells no increase.
    if (!comparable || replaced) {
      record.lost = comparable ? 0 : Number.NaN
      record.repaired = record.lost
      record.lossRound = 0
    }
    // What another publisher lost is not his.
    if (replaced) record.lossWindow = null
    moment.lostIncrease = Number.NaN
    moment.repairedIncrease = Number.NaN
    moment.jitter = Number.NaN
    moment.rttMs = Number.NaN
    moment.latencyMs = Number.NaN
    moment.receiveRateMbps = Number.NaN
    moment.linkCapacityMbps = Number.NaN
    const session = record.publisher
    if (session === null || arrivedAt - session.list.arrivedAt > sessionsCountMs) record.lostLastMinute = Number.NaN
    else {
      const { rtp, srt } = session.reading
      if (rtp !== null) moment.jitter = rtp.jitter ?? Number.NaN
      if (srt !== null) {
        moment.rttMs = srt.rttMs ?? Number.NaN
        moment.latencyMs = srt.latencyMs ?? Number.NaN
        moment.receiveRateMbps = srt.rateMbps ?? Number.NaN
        moment.linkCapacityMbps = srt.linkCapacityMbps ?? Number.NaN
      }
      if (session.list.round !== record.lossRound) {
        const lost = lostForGood(session.reading, session.srtLoss?.unrecovered ?? Number.NaN)
        const again = repaired(session.reading)
        moment.lostIncrease = increase(lost, record.lost, false)
        moment.repairedIncrease = increase(again, record.repaired, false)
        record.lost = lost
        record.repaired = again
        record.lossRound = session.list.round
        if (moment.lostIncrease > 0) {
          record.lossWindow ??= createLossWindow()
          record.lossWindow.add(arrivedAt, moment.lostIncrease, at)
        }
      } else {
        // Its list was not read in this round: its next reading books all of the growth, so that sums are right.
        moment.lostIncrease = record.lost * 0
        moment.repairedIncrease = record.repaired * 0
      }
      if (!Number.isNaN(moment.lostIncrease)) record.lostLastMinute = record.lossWindow?.sum(arrivedAt) ?? 0
    }
    record.lossSince = record.lostLastMinute > 0 && record.lossWindow !== null ? record.lossWindow.since() : Number.NaN
    record.rttMs = moment.rttMs
    moment.discardedIncrease = record.discards?.increase ?? Number.NaN
    record.framesDiscarded = record.discards?.total ?? Number.NaN
    if (record.discards !== null) record.discards.increase = 0
  }

  return readRound
}

/** When its outage began: where it went straight away, between two answers; where its data stopped first, when they last grew. */
function noteOutage(record: StreamRecord, state: Known, was: Known | null, went: { readonly after: number; readonly before: number }) {
  if (state === 'live') {
    record.wentAfter = Number.NaN
    record.wentBefore = Number.NaN
  } else if (state === 'stalled') {
    record.wentAfter = record.goodAfter
    record.wentBefore = record.goodAt
  } else if (was === 'live') {
    if (Number.isNaN(record.wentAfter)) record.wentAfter = went.after
    record.wentBefore = went.before
  } else if (was === null && Number.isNaN(record.wentBefore)) {
    // Live when an earlier launch looked last: it went until now.
    record.wentBefore = went.before
  }
  if (state === 'waiting' || state === 'ended') record.goodAt = Number.NaN
  else if (state === 'gone' && Number.isNaN(record.goodAt)) record.goodAt = record.lastLiveAt
}

/** Since when it is on air by its server's own times, in ours: not before its publisher's session, as it may have been a slate until then. */
function onAirSince({ upSince, publisher }: StreamRecord, skewMs: number): number {
  const connectedAt = publisher?.reading.createdAt ?? null
  return connectedAt === null ? upSince : Math.max(upSince, connectedAt - skewMs)
}

/** How long a stream that is live again was out. Its server says when it came back, to the millisecond; data that come again it does not date. */
function outageOf({ at, before, skewMs }: RoundContext, record: StreamRecord, was: Known | null, lastLiveAt: number): Lasted | null {
  if (was !== 'gone' && was !== 'ended' && was !== 'slate' && was !== 'stalled') return null
  const earliest = Number.isNaN(before) ? at : before
  const told = (was === 'gone' || was === 'ended') && record.availableAt !== null ? Math.min(at, Math.max(earliest, record.availableAt - skewMs)) : null
  const wentBefore = Number.isNaN(record.wentBefore) ? lastLiveAt : record.wentBefore
  const wentAfter = Number.isNaN(record.wentAfter) ? lastLiveAt : record.wentAfter
  return between((told ?? earliest) - wentBefore, (told ?? at) - wentAfter)
}

/** Texts that most streams have in common, each kept once. */
const texts = new Map<string, string>()
const mostTexts = 1_000
function kept(text: string): string {
  const known = texts.get(text)
  if (known !== undefined) return known
  // Full of what one server had and has no more: it starts over, with what is in use.
  if (texts.size >= mostTexts) texts.clear()
  texts.set(text, text)
  return text
}

/** Whether a stream that its server does not list stays in ours. */
function isShown(record: StreamRecord, at: number, endedShownMs: number): boolean {
  switch (record.state) {
    case 'ended':
    case 'waiting':
      return !Number.isNaN(record.lastLiveAt) && at - record.stateSince < endedShownMs
    default:
      return at - record.lastLiveAt < rememberedMs
  }
}

/** Those beyond `most`: first what ended, since nobody misses it, then what was live longest ago. */
function leastNeeded(records: StreamRecord[], most: number): readonly StreamRecord[] {
  if (records.length <= most) return []
  const missed = ({ state }: StreamRecord) => (state === 'ended' ? 0 : 1)
  return records.sort((one, other) => missed(one) - missed(other) || one.lastLiveAt - other.lastLiveAt).slice(0, records.length - most)
}

/** The mean over some seconds, where there is a rate now; a counter that was not told then has none. */
const meanOr = (rate: number, mean: number) => (Number.isNaN(rate) || Number.isNaN(mean) ? rate : Math.round(mean))
/** Arrival of the first answer without it, where this one has it not. */
const wentFrom = (record: StreamRecord, arrivedAt: number) => (Number.isNaN(record.heldFrom) ? arrivedAt : record.heldFrom)
const senderOf = (record: StreamRecord): Sender => ({ sourceType: record.sourceType, host: record.publisherHost })
const wentFacts = (sender: Sender, up: Lasted | null, unseen: Unseen | null) => ({ ...senderFacts(sender), ...up, ...(unseen !== null && { unseen }) })
const subjectOf = ({ id, name }: ServerStreams, path: string | null) => ({ serverId: id, serverName: name, path })

/** Our own readers, discards, and the lists its sessions stand in. */
function* linkSessions(server: ServerStreams, record: StreamRecord, openPictures: RoundReaderDeps['openPictures'], isOver: () => boolean): Steps<void> {
  const { sessions } = server
  record.sessionsVersion = sessions.version()
  record.discards = sessions.tally(record.path) ?? null
  let own = 0
  let ownHls = 0
  let hlsUnlisted = 0
  let muxers = 0
  record.ownSessions = noSessions
  let lists = record.sourceType === null ? 0 : listBitsOf(record.sourceType)
  for (const reader of record.readersRead) {
    const bits = listBitsOf(reader.type)
    const isHls = (bits & sessionListBits.hlsSessions) !== 0
    lists |= bits
    if (reader.id === '' && (bits & sessionListBits.hlsMuxers) !== 0) muxers++
    else if (sessions.isOwn(reader.id)) {
      own++
      const session = sessions.find(reader.id)
      if (session !== undefined) record.ownSessions = [...record.ownSessions, session]
      if (isHls) ownHls++
    } else if (isHls && sessions.find(reader.id) === undefined) hlsUnlisted++
    if (isOver()) yield
  }
  // Lists are read up to 10 s apart: until ours stands in one, a new viewer is ours as long as pictures of ours miss theirs.
  if (hlsUnlisted > 0) own += Math.min(hlsUnlisted, Math.max(0, openPictures(record.serverId, record.path) - ownHls))
  record.ownReaders = own
  record.hlsMuxers = muxers
  record.lists = lists
}

/** Whether what goes out includes ours without saying how much, and whether HLS viewers can't be counted; true where that changed. */
function markOwnTraffic(record: StreamRecord, openPictures: RoundReaderDeps['openPictures']): boolean {
  const hlsUncounted = record.hlsMuxers > 0
  const unsaid = record.ownReaders > record.ownSessions.length || record.ownSessions.some(({ bitrateOutBps }) => Number.isNaN(bitrateOutBps))
  const outIncludesOurs = unsaid || (hlsUncounted && openPictures(record.serverId, record.path) > 0)
  if (record.hlsUncounted === hlsUncounted && record.outIncludesOurs === outIncludesOurs) return false
  record.hlsUncounted = hlsUncounted
  record.outIncludesOurs = outIncludesOurs
  return true
}

/** What our own readers take, as far as their lists say, bit/s. */
function ownBitrateOut(record: StreamRecord): number {
  let sum = 0
  for (const { bitrateOutBps } of record.ownSessions) if (!Number.isNaN(bitrateOutBps)) sum += bitrateOutBps
  return sum
}
/** Both are measured over intervals of their own: a difference below 0 is none. */
const withoutOwn = (rate: number, own: number): number => (own === 0 || Number.isNaN(rate) ? rate : Math.max(0, Math.round(rate - own)))

const bitsByType = new Map<string, number>()
function listBitsOf(type: string): number {
  const known = bitsByType.get(type)
  if (known !== undefined) return known
  const list = sessionListOf(type)
  let bits = list === null ? 0 : sessionListBits[list]
  // Before 1.17 connections over TLS have the same type; from 1.18 on muxers stand beside their sessions.
  if (list === 'rtmpConns') bits |= sessionListBits.rtmpsConns
  if (list === 'hlsSessions') bits |= sessionListBits.hlsMuxers
  // An open list, but a server's: bounded.
  if (bitsByType.size < 100) bitsByType.set(type, bits)
  return bits
}

/** Finds the publisher's session; true when its address is another one. */
function linkPublisher(server: ServerStreams, record: StreamRecord): boolean {
  if (record.sourceId === '' || (record.publisher !== null && !record.publisher.ended)) return false
  record.publisher = server.sessions.find(record.sourceId) ?? null
  const remoteAddr = record.publisher?.reading.remoteAddr ?? null
  // A session whose list is read late keeps the address it had.
  if (remoteAddr === null || record.publisherHost === hostOf(remoteAddr)) return false
  record.publisherHost = hostOf(remoteAddr)
  return true
}

function sameReaders(a: PathReading['readers'], b: PathReading['readers']): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as PathReading['readers'][number]
    const y = b[i] as PathReading['readers'][number]
    if (x.id !== y.id || x.type !== y.type) return false
  }
  return true
}

function sameTracks(a: readonly Track[], b: readonly Track[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as Track
    const y = b[i] as Track
    if (
      x.codec !== y.codec ||
      x.width !== y.width ||
      x.height !== y.height ||
      x.profile !== y.profile ||
      x.level !== y.level ||
      x.sampleRate !== y.sampleRate ||
      x.channels !== y.channels
    )
      return false
  }
  return true
}
