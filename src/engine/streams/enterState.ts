import { isCanaryPath } from '../../shared/canaries.ts'
import { aboutStream, type FactsOf, type ManyStreamsKind, newEvent } from '../../shared/events.ts'
import type { Reason } from '../../shared/reasons.ts'
import { eventLastsSeconds } from '../../shared/ruleKinds.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { publisherOf } from './linkSessions.ts'
import { orNull } from './pathSamples.ts'
import type { RoundContext, Takeover } from './roundContext.ts'
import { knownStateOf, outageSinceOf, type StreamRecord, wasOn } from './streamRecord.ts'
import { between, isOn, type Known, type Lasted, type Sender, senderFacts, type Unseen } from './streamState.ts'

/** A stream as it was before this reading. */
export interface Before {
  readonly was: Known | null
  readonly sender: Sender
  readonly lastLiveAt: number
  /** Its stream object or its source has changed since. */
  readonly isReplaced: boolean
}

/** When a stream goes, its judgement waits this long for a newer configuration; after that the known one decides. */
const newerConfigurationMs = 5_000
/** A source on demand that failed while it was read stays in trouble for this long, or until it is read again. */
const onDemandFailureShownMs = 3_600_000

/** A different publisher after this gap counts as a new start; within it, as a takeover, whether or not an answer fell in between. */
const takenOverWithinMs = 5_000

const onDemandReason: Reason = { kind: 'onDemand' }
const notBackReason: Reason = { kind: 'notBack' }
const judgedSoonReason: Reason = { kind: 'judgedSoon' }
const hungUpReason: Reason = { kind: 'hungUp' }

export function senderOf({ sourceType, publisherHost }: StreamRecord): Sender {
  return { sourceType, host: publisherHost }
}

/** Why the stream's change since its last reading was not observed; null: it was observed. */
export function unseenIn({ server, returned, waits }: RoundContext, record: StreamRecord): Unseen | null {
  return returned ? 'silence' : waits && record.onAirRound < server.returnRound ? server.returnedFrom : null
}

/** Arrival of the first answer without the stream, given that the current answer does not list it. */
const missingFrom = (record: StreamRecord, arrivedAt: number) => (Number.isNaN(record.heldFrom) ? arrivedAt : record.heldFrom)

/** Whether to postpone judging a missing stream: its publisher may be reconnecting, or its configuration may have changed. */
export function mustWait({ server, arrivedAt, waits }: RoundContext, record: StreamRecord, evaluated: Known, unseen: boolean, isTroubled: boolean): boolean {
  const left = evaluated === 'gone' || evaluated === 'ended'
  // A slate returns with its server, a few polls late at most, so it is treated as uninterrupted.
  if (waits && unseen && knownStateOf(record) === 'slate' && (left || evaluated === 'waiting')) return true
  if (!left) return false
  // Remembered from an earlier launch: it can't be judged before a configuration has been read.
  if (!wasOn(record)) return record.state === 'unknown' && server.configurationAskedAt === Number.NEGATIVE_INFINITY
  if (waits && unseen) return true
  // Waiting must not hide a stream that is already in trouble.
  if (isTroubled) return false
  const from = missingFrom(record, arrivedAt)
  return server.configurationAskedAt < from && arrivedAt - from < newerConfigurationMs
}

/** Leaves a stream unknown until it can be judged. */
export function waitFor({ server, at, arrivedAt, before, waits }: RoundContext, record: StreamRecord, sender: Sender, unseen: Unseen | null): void {
  const was = knownStateOf(record)
  const why = waits && unseen ? notBackReason : was === null ? record.why : judgedSoonReason
  record.heldFrom = missingFrom(record, arrivedAt)
  server.configurationWantedFrom = Math.max(server.configurationWantedFrom, record.heldFrom)
  if (record.state === 'unknown' && record.why === why) return
  record.factsChanged = true
  if (record.state !== 'unknown') {
    record.knownState = was
    record.knownSince = record.stateSince
    record.knownWhy = record.why
    record.state = 'unknown'
    record.stateSince = at
  }
  record.why = why
  if (was !== null && Number.isNaN(record.missedSince)) {
    record.missedSince = at
    record.missedAfter = Number.isNaN(before) ? at : before
    record.missedUnseen = unseen
    record.missedSender = sender
  }
}

interface Entry {
  readonly context: RoundContext
  readonly record: StreamRecord
  readonly was: Known | null
  readonly wasUnknown: boolean
  /** When its previous state began, and why. */
  readonly stood: { readonly since: number; readonly why: Reason | null }
  readonly seenAt: number
  /** Time between the two answers around the transition, ms. */
  readonly apartMs: number
  readonly unseen: Unseen | null
  readonly sender: Sender
  /** How long it was up; null: it was not up, or for how long is unknown. */
  readonly wasUp: Lasted | null
  /** Its publisher had hung up before: that its server closes the session is no news. */
  readonly hadHungUp: boolean
  readonly provisional: StreamRecord['provisional']
  readonly goodAt: number
  /** Arrival of the first answer that does not list it. */
  readonly missingFrom: number
}

/** Moves a stream to another state: sets its time and reason, and adds the event. */
export function enterState(context: RoundContext, record: StreamRecord, state: Known, before: Before): void {
  const { at, returned } = context
  const { was } = before
  const wasUnknown = record.state === 'unknown'
  const isMissed = !Number.isNaN(record.missedSince)
  const seenAt = isMissed && state !== 'live' ? record.missedSince : at
  const seenBefore = isMissed ? record.missedAfter : context.before
  const unseen: Unseen | null = isMissed ? record.missedUnseen : returned ? 'silence' : null
  const stood = wasUnknown ? { since: record.knownSince, why: record.knownWhy } : { since: record.stateSince, why: record.why }
  const hadHungUp = was === 'stalled' && stood.why?.kind === 'hungUp'
  const entry: Entry = {
    context,
    record,
    was,
    wasUnknown,
    stood,
    seenAt,
    apartMs: isMissed ? seenAt - seenBefore : context.elapsedMs,
    unseen,
    sender: record.missedSender ?? before.sender,
    wasUp:
      !isOn(was) || unseen !== null
        ? null
        : between((hadHungUp ? record.wentAfter : seenBefore) - record.onSince, (hadHungUp ? record.wentBefore : seenAt) - record.onSince),
    hadHungUp,
    provisional: record.provisional,
    goodAt: record.goodAt,
    missingFrom: missingFrom(record, context.arrivedAt),
  }
  const lasted = state === 'live' ? outageOf(context, record, was, before.lastLiveAt) : null
  record.awayMs = lasted?.maxMs ?? Number.NaN
  recordOutage(record, state, was, { after: seenBefore, before: seenAt })
  record.factsChanged = true
  record.missedSince = Number.NaN
  record.missedSender = null
  record.heldFrom = Number.NaN
  record.state = state
  record.stateSince = seenAt
  record.why = state === 'waiting' && record.onDemand ? onDemandReason : null
  context.deps.onCameOrWent(context.server, record)
  // A restarted server process shows the same slate; viewers see no difference.
  if (wasUnknown && was === state && (!before.isReplaced || state === 'slate')) {
    record.stateSince = record.knownSince
    record.why = record.knownWhy
    return
  }
  record.provisional = null
  record.stoppedFirst = !record.expected && (state === 'stalled' || state === 'gone') && !isCanaryPath(record.path)
  if (state === 'live') enterLive(entry, lasted)
  else if (state === 'stalled') enterStalled(entry)
  else if (state === 'slate') enterSlate(entry)
  else if (state === 'waiting') enterWaiting(entry)
  else leave(entry, state)
}

function addEvent<K extends ManyStreamsKind>({ context, record, seenAt }: Entry, kind: K, facts: FactsOf<K>): void {
  const outageSince = outageSinceOf(record)
  const onset = !Number.isNaN(outageSince) && { outageSince }
  context.events.push(newEvent(kind, seenAt, { ...facts, ...onset }, aboutStream(context.server, record.path)))
}

const kickedFact = ({ record: { kicked } }: Entry) => kicked !== null && { kicked: { by: kicked.by, reason: kicked.reason } }
const wentFacts = (entry: Entry, sender: Sender, up: Lasted | null) => ({
  ...senderFacts(sender),
  ...up,
  ...(entry.unseen !== null && { unseen: entry.unseen }),
  ...kickedFact(entry),
})

function enterLive(entry: Entry, lasted: Lasted | null): void {
  const { context, record, was, wasUnknown, stood } = entry
  const { first } = context
  if (first || (wasUnknown && was === 'live')) record.stateSince = record.onSince
  if (first || was === 'live') return
  const facts = { ...senderFacts(senderOf(record)), ...lasted }
  if (was === 'stalled') addEvent(entry, 'streamRecovered', facts)
  else {
    if (stood.why?.kind === 'streamOff' && lasted !== null && lasted.minMs <= takenOverWithinMs) {
      const { sourceType, remoteAddr } = stood.why
      context.takeovers.push({ record, sender: { sourceType, host: remoteAddr }, wasAway: true })
    }
    addEvent(entry, 'streamOn', { ...facts, tracks: record.tracks.map(({ codec, width, height }) => ({ codec, width, height })) })
  }
}

function enterStalled(entry: Entry): void {
  const { context, record, sender } = entry
  noteHangUp(context, record)
  if (context.first) return
  const silent = { minMs: Math.round(record.quietMs), maxMs: Math.round(context.at - record.goodAfter) }
  addEvent(entry, 'streamStalled', { ...senderFacts(sender), ...silent, ...(record.why === hungUpReason && { hungUp: true }) })
}

/** Of a stream that stalled: notes whether its publisher's connection is closed, as soon as its server says so. */
export function noteHangUp(context: RoundContext, record: StreamRecord): void {
  const why = publisherOf(record, context)?.reading.hasHungUp === true ? hungUpReason : null
  if (record.why === why || (record.why !== null && record.why !== hungUpReason)) return
  record.why = why
  record.factsChanged = true
}

function enterSlate(entry: Entry): void {
  const { context, record, was, sender, wasUp } = entry
  const left = isOn(was)
  const facts = { ...senderFacts(sender), ...wasUp, ...(left && kickedFact(entry)), left }
  if (left) record.why = { kind: 'slateOn', ...facts }
  if (!context.first) addEvent(entry, 'slateOn', facts)
}

function leave(entry: Entry, state: 'gone' | 'ended'): void {
  const { context, record, was, stood, sender, wasUp, hadHungUp, unseen, provisional, seenAt, apartMs, goodAt } = entry
  const kind = state === 'gone' ? 'streamOff' : 'streamEnded'
  if (context.first || was === null) {
    // One that is expected by its name may never have been seen.
    if (!Number.isNaN(record.knownSince)) record.stateSince = record.knownSince
    record.why = record.knownWhy
    return
  }
  const cameBack = unseen !== null || context.server.returnedAt === context.server.readAt
  // Of one that is not expected it counts whom its end hit, unless its server ended them all.
  if (state === 'ended') record.readersLost = isOn(was) && !cameBack && record.somebodyLost > 0 ? record.somebodyLost : Number.NaN
  // It left earlier and is judged again because whether it is expected has changed.
  if (was === 'gone' || was === 'ended') {
    record.stateSince = stood.since
    record.why = stood.why
  }
  if (!isOn(was) && was !== 'slate') {
    // The older configuration had led to the opposite judgement (gone or ended).
    if (provisional !== null) addEvent(entry, kind, wentFacts(entry, provisional.sender, provisional.up))
    return
  }
  const isRead = state === 'ended' && record.readersLost > 0
  const readers = { readersLost: record.readersLost, ...(record.peopleLost !== record.readersLost && { people: orNull(record.peopleLost) }) }
  const silence = was === 'stalled' && !hadHungUp && unseen === null ? between(seenAt - apartMs - goodAt, seenAt - record.goodAfter) : null
  const facts = {
    ...wentFacts(entry, sender, wasUp),
    ...(silence !== null && { withoutData: silence }),
    ...(isRead && readers),
  }
  record.why = { kind, ...facts }
  // An alarm has their number beside its text.
  const hadReaders = state === 'gone' && !cameBack && record.readersLost > 0
  addEvent(entry, kind, { ...facts, ...(hadReaders && readers) })
  if (context.server.configurationAskedAt < entry.missingFrom) record.provisional = { from: entry.missingFrom, sender, up: wasUp }
}

function enterWaiting(entry: Entry): void {
  const { context, record, was, sender, wasUp, unseen, provisional } = entry
  if (provisional !== null) addEvent(entry, 'streamEnded', { ...wentFacts(entry, provisional.sender, provisional.up), onDemand: true })
  if (context.first || !isOn(was)) return
  // A server that just came back disconnected everyone itself.
  const cameBack = unseen !== null || context.server.returnedAt === context.server.readAt
  if (!cameBack && record.readersLost > 0 && entry.apartMs < record.closeAfterMs) {
    // Its server closes it some time after the last reader left. That time has not passed, so it failed while it was read.
    record.onDemandFailed = true
    record.goodAt = entry.goodAt
    const facts = { ...wentFacts(entry, sender, wasUp), readersLost: record.readersLost }
    record.why = { kind: 'streamOff', ...facts }
    addEvent(entry, 'streamOff', facts)
    return
  }
  addEvent(entry, 'streamEnded', { ...wentFacts(entry, sender, wasUp), onDemand: true })
}

/** Clears the failure of a stream on demand once it no longer counts as trouble. */
export function forgetOnDemandFailure(record: StreamRecord, state: StreamState, at: number): void {
  if (!record.onDemandFailed || (state === 'waiting' && at - record.stateSince < onDemandFailureShownMs)) return
  record.onDemandFailed = false
  record.factsChanged = true
  if (record.state !== 'waiting') return
  record.goodAt = Number.NaN
  record.why = record.onDemand ? onDemandReason : null
}

/** Who was watching a stream that ended counts for some minutes. */
export function forgetReaders(record: StreamRecord, at: number): void {
  if (record.state !== 'ended' || Number.isNaN(record.readersLost) || at - record.stateSince < eventLastsSeconds * 1_000) return
  record.readersLost = Number.NaN
  record.factsChanged = true
}

/** Adds an event when another publisher takes a stream over. If the server had disconnected the old one, or it was away, only when the address differs. */
export function addTakeover({ server, at, events }: RoundContext, { record, sender: before, wasAway }: Takeover, serverDidIt: boolean): void {
  const after = senderOf(record)
  if ((serverDidIt || wasAway) && (before.host === null || after.host === null || before.host === after.host)) return
  const facts = { before: before.host, beforeType: before.sourceType, after: after.host, sourceType: after.sourceType }
  events.push(newEvent('publisherChanged', at, facts, aboutStream(server, record.path)))
}

/** Records when its outage began: between two answers if the stream went at once, or when its data last grew if it stalled first. */
function recordOutage(record: StreamRecord, state: Known, was: Known | null, went: { readonly after: number; readonly before: number }) {
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
    // It was live at the last poll of an earlier launch, so it went at some time since then.
    record.wentBefore = went.before
  }
  if (state === 'waiting' || state === 'ended') record.goodAt = Number.NaN
  // One that was not there when it was due is missed since then.
  else if (state === 'gone' && Number.isNaN(record.goodAt)) {
    const lastLiveAt = orNull(record.lastLiveAt)
    record.goodAt = record.plan?.isDue === true ? Math.max(lastLiveAt ?? 0, record.plan.since) : (lastLiveAt ?? record.because?.since ?? Number.NaN)
  }
}

/** How long a stream that is live again was out. The server dates a new stream object to the millisecond, but not the return of data after a stall. */
function outageOf({ at, before, skewMs }: RoundContext, record: StreamRecord, was: Known | null, lastLiveAt: number): Lasted | null {
  if (was !== 'gone' && was !== 'ended' && was !== 'slate' && was !== 'stalled') return null
  const earliest = Number.isNaN(before) ? at : before
  const returnedAt = (was === 'gone' || was === 'ended') && record.availableAt !== null ? Math.min(at, Math.max(earliest, record.availableAt - skewMs)) : null
  const wentBefore = Number.isNaN(record.wentBefore) ? lastLiveAt : record.wentBefore
  const wentAfter = Number.isNaN(record.wentAfter) ? lastLiveAt : record.wentAfter
  return between((returnedAt ?? earliest) - wentBefore, (returnedAt ?? at) - wentAfter)
}
