import { aboutStream, type FactsOf, type ManyStreamsKind, newEvent } from '../../shared/events.ts'
import type { Reason } from '../../shared/reasons.ts'
import type { StreamState } from '../../shared/streams.ts'
import type { RoundContext } from './roundContext.ts'
import { wasOn } from './roundQuestions.ts'
import { knownStateOf, outageSinceOf, type StreamRecord } from './streamRecord.ts'
import { between, type Lasted, type Sender, senderFacts, type Unseen } from './streamSentences.ts'
import { isOn, type Known } from './streamState.ts'

/** What a stream was before this reading. */
export interface Before {
  readonly was: Known | null
  /** Who sent it. */
  readonly sender: Sender
  readonly lastLiveAt: number
  /** Its stream object or its source is another one now. */
  readonly isReplaced: boolean
}

/** A stream that goes is judged by a configuration that is newer, where one is read within this time; beyond, by the one that is known. */
const newerConfigurationMs = 5_000
/** A camera on demand that failed under its readers is in trouble until it is read again, or this long. */
const onDemandFailureShownMs = 3_600_000

const onDemandReason: Reason = { kind: 'onDemand' }
const notBackReason: Reason = { kind: 'notBack' }
const judgedSoonReason: Reason = { kind: 'judgedSoon' }

export const senderOf = ({ sourceType, publisherHost }: StreamRecord): Sender => ({ sourceType, host: publisherHost })

/** Why what became of a stream since its last reading was not seen; null: it was seen. */
export const unseenIn = ({ server, returned, waits }: RoundContext, record: StreamRecord): Unseen | null =>
  returned ? 'silence' : waits && record.onAirRound < server.returnRound ? server.returnedFrom : null

/** Arrival of the first answer without it, where this one has it not. */
const wentFrom = (record: StreamRecord, arrivedAt: number) => (Number.isNaN(record.heldFrom) ? arrivedAt : record.heldFrom)

/** Whether a stream that is not there is not judged yet: its publisher may be on its way, or its configuration be another one. */
export function mustWait({ server, arrivedAt, waits }: RoundContext, record: StreamRecord, judged: Known, unseen: boolean, isTroubled: boolean): boolean {
  const left = judged === 'gone' || judged === 'ended'
  // A slate comes with its server, a few polls late at most: it goes on.
  if (waits && unseen && knownStateOf(record) === 'slate' && (left || judged === 'waiting')) return true
  if (!left) return false
  // Of an earlier launch: without any configuration there is nothing to judge it by.
  if (!wasOn(record)) return record.state === 'unknown' && server.configurationAskedAt === Number.NEGATIVE_INFINITY
  if (waits && unseen) return true
  // What is in trouble must not look better for being waited for.
  if (isTroubled) return false
  const from = wentFrom(record, arrivedAt)
  return server.configurationAskedAt < from && arrivedAt - from < newerConfigurationMs
}

/** A stream is not judged yet. */
export function waitFor({ server, at, arrivedAt, before, waits }: RoundContext, record: StreamRecord, sender: Sender, unseen: Unseen | null): void {
  const was = knownStateOf(record)
  const why = waits && unseen ? notBackReason : was === null ? record.why : judgedSoonReason
  if (waits && unseen) server.awaited++
  record.heldFrom = wentFrom(record, arrivedAt)
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

/** How a stream comes to another state. */
interface Entry {
  readonly context: RoundContext
  readonly record: StreamRecord
  readonly was: Known | null
  readonly wasUnknown: boolean
  /** Since when it was what it was, and why. */
  readonly stood: { readonly since: number; readonly why: Reason | null }
  readonly seenAt: number
  /** Arrivals of two answers apart, between which it happened, ms. */
  readonly apartMs: number
  readonly unseen: Unseen | null
  readonly sender: Sender
  /** How long it was up; null: it was not, or that is unknown. */
  readonly wasUp: Lasted | null
  readonly provisional: StreamRecord['provisional']
  readonly goodAt: number
  /** Arrival of the first answer that does not have it. */
  readonly wentFrom: number
}

/** A stream gets another state: since when, why, and what is said of it. */
export function enterState(context: RoundContext, record: StreamRecord, state: Known, before: Before): void {
  const { at, returned } = context
  const { was } = before
  const wasUnknown = record.state === 'unknown'
  const isMissed = !Number.isNaN(record.missedSince)
  const seenAt = isMissed && state !== 'live' ? record.missedSince : at
  const seenBefore = isMissed ? record.missedAfter : context.before
  const unseen: Unseen | null = isMissed ? record.missedUnseen : returned ? 'silence' : null
  const entry: Entry = {
    context,
    record,
    was,
    wasUnknown,
    stood: wasUnknown ? { since: record.knownSince, why: record.knownWhy } : { since: record.stateSince, why: record.why },
    seenAt,
    apartMs: isMissed ? seenAt - seenBefore : context.elapsedMs,
    unseen,
    sender: record.missedSender ?? before.sender,
    wasUp: isOn(was) && unseen === null ? between(seenBefore - record.onSince, seenAt - record.onSince) : null,
    provisional: record.provisional,
    goodAt: record.goodAt,
    wentFrom: wentFrom(record, context.arrivedAt),
  }
  const lasted = state === 'live' ? outageOf(context, record, was, before.lastLiveAt) : null
  noteOutage(record, state, was, { after: seenBefore, before: seenAt })
  record.factsChanged = true
  record.missedSince = Number.NaN
  record.missedSender = null
  record.heldFrom = Number.NaN
  record.state = state
  record.stateSince = seenAt
  record.why = state === 'waiting' && record.onDemand ? onDemandReason : null
  context.deps.onCameOrWent(context.server, record)
  // Another process shows the slate, and it is the same slate to whoever watches.
  if (wasUnknown && was === state && (!before.isReplaced || state === 'slate')) {
    record.stateSince = record.knownSince
    record.why = record.knownWhy
    return
  }
  record.provisional = null
  if (state === 'live') enterLive(entry, lasted)
  else if (state === 'stalled') enterStalled(entry)
  else if (state === 'slate') enterSlate(entry)
  else if (state === 'waiting') enterWaiting(entry)
  else leave(entry, state)
}

function tell<K extends ManyStreamsKind>({ context, record, seenAt, unseen }: Entry, kind: K, facts: FactsOf<K>): void {
  const outageSince = outageSinceOf(record)
  const onset = !Number.isNaN(outageSince) && { outageSince }
  context.events.push(newEvent(kind, seenAt, { ...facts, ...onset, ...(unseen !== null && { seenLate: true }) }, aboutStream(context.server, record.path)))
}

const wentFacts = ({ unseen }: Entry, sender: Sender, up: Lasted | null) => ({ ...senderFacts(sender), ...up, ...(unseen !== null && { unseen }) })

function enterLive(entry: Entry, lasted: Lasted | null): void {
  const { context, record, was, wasUnknown } = entry
  const { first } = context
  if (first || (wasUnknown && was === 'live')) record.stateSince = record.onSince
  if (first || was === 'live') return
  const facts = { ...senderFacts(senderOf(record)), ...lasted }
  if (was === 'stalled') tell(entry, 'streamRecovered', facts)
  else tell(entry, 'streamOn', { ...facts, tracks: record.tracks.map(({ codec, width, height }) => ({ codec, width, height })) })
}

function enterStalled(entry: Entry): void {
  const { context, record, sender } = entry
  if (context.first) return
  const silent = { minMs: Math.round(record.quietMs), maxMs: Math.round(context.at - record.goodAfter) }
  tell(entry, 'streamStalled', { ...senderFacts(sender), ...silent })
}

function enterSlate(entry: Entry): void {
  const { context, record, was, sender, wasUp } = entry
  const left = isOn(was)
  const facts = { ...senderFacts(sender), ...wasUp, left }
  if (left) record.why = { kind: 'slateOn', ...facts }
  if (!context.first) tell(entry, 'slateOn', facts)
}

function leave(entry: Entry, state: 'gone' | 'ended'): void {
  const { context, record, was, stood, sender, wasUp, provisional } = entry
  const kind = state === 'gone' ? 'streamOff' : 'streamEnded'
  if (context.first || was === null) {
    record.stateSince = record.knownSince
    record.why = record.knownWhy
    return
  }
  // It left before, and is judged again: whether it is expected has changed.
  if (was === 'gone' || was === 'ended') {
    record.stateSince = stood.since
    record.why = stood.why
  }
  if (!isOn(was) && was !== 'slate') {
    // The older configuration said the other of the two.
    if (provisional !== null) tell(entry, kind, wentFacts(entry, provisional.sender, provisional.up))
    return
  }
  const facts = wentFacts(entry, sender, wasUp)
  record.why = { kind, ...facts }
  tell(entry, kind, facts)
  if (context.server.configurationAskedAt < entry.wentFrom) record.provisional = { from: entry.wentFrom, sender, up: wasUp }
}

function enterWaiting(entry: Entry): void {
  const { context, record, was, sender, wasUp, unseen, provisional } = entry
  if (provisional !== null) tell(entry, 'streamEnded', { ...wentFacts(entry, provisional.sender, provisional.up), onDemand: true })
  if (context.first || !isOn(was)) return
  // A server that just came back threw everybody out itself.
  const cameBack = unseen !== null || context.server.returnedAt === context.server.readAt
  if (!cameBack && record.readersLost > 0 && entry.apartMs < record.closeAfterMs) {
    // Its server closes it some time after its last reader left, which was not long enough ago: it failed under them.
    record.onDemandFailed = true
    record.goodAt = entry.goodAt
    const facts = { ...wentFacts(entry, sender, wasUp), readersLost: record.readersLost }
    record.why = { kind: 'streamOff', ...facts }
    tell(entry, 'streamOff', facts)
    return
  }
  tell(entry, 'streamEnded', { ...wentFacts(entry, sender, wasUp), onDemand: true })
}

/** Forgets that a stream on demand failed, once it is not in trouble for that any more. */
export function forgetOnDemandFailure(record: StreamRecord, state: StreamState, at: number): void {
  if (!record.onDemandFailed || (state === 'waiting' && at - record.stateSince < onDemandFailureShownMs)) return
  record.onDemandFailed = false
  record.factsChanged = true
  if (record.state !== 'waiting') return
  record.goodAt = Number.NaN
  record.why = record.onDemand ? onDemandReason : null
}

/** Tells that another publisher took a stream over; one that the server threw out itself, only where the new one has another address. */
export function tellTakeover({ server, at, events }: RoundContext, record: StreamRecord, before: Sender, serverDidIt: boolean): void {
  const after = senderOf(record)
  if (serverDidIt && (before.host === null || after.host === null || before.host === after.host)) return
  const facts = { before: before.host, beforeType: before.sourceType, after: after.host, sourceType: after.sourceType }
  events.push(newEvent('publisherChanged', at, facts, aboutStream(server, record.path)))
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

/** How long a stream that is live again was out. Its server says when it came back, to the millisecond; data that come again it does not date. */
function outageOf({ at, before, skewMs }: RoundContext, record: StreamRecord, was: Known | null, lastLiveAt: number): Lasted | null {
  if (was !== 'gone' && was !== 'ended' && was !== 'slate' && was !== 'stalled') return null
  const earliest = Number.isNaN(before) ? at : before
  const told = (was === 'gone' || was === 'ended') && record.availableAt !== null ? Math.min(at, Math.max(earliest, record.availableAt - skewMs)) : null
  const wentBefore = Number.isNaN(record.wentBefore) ? lastLiveAt : record.wentBefore
  const wentAfter = Number.isNaN(record.wentAfter) ? lastLiveAt : record.wentAfter
  return between((told ?? earliest) - wentBefore, (told ?? at) - wentAfter)
}
