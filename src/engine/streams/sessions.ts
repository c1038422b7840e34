import type { Steps } from '../../clock/slices.ts'
import type { Session } from '../../shared/streams.ts'
import { type Answer, copyOfSession, type MutableSession, overwriteSession, type SessionListName, type SessionReading } from '../servers/readings.ts'
import { createSrtLoss, type SrtLoss, updateSrtLoss } from './losses.ts'
import { bitrate, increase, orNull } from './pathSamples.ts'

export interface SessionList {
  readonly sessions: Map<string, SessionRecord>
  /** Number of answers so far, and the number when it was last published. */
  round: number
  shownRound: number
  /** Arrival of the last answer that contained a session of the previous one; NaN: none yet. */
  goesOnAt: number
  /** Arrival of the last answer, monotonic and in wall time. */
  arrivedAt: number
  readAt: number
}

/** The last reading of a session, and its rates. Changed in place: a server may have thousands, read every 2 s. */
export interface SessionRecord {
  readonly reading: MutableSession
  readonly list: SessionList
  /** The list's `round` in which the session was last listed. */
  round: number
  bitrateInBps: number
  bitrateOutBps: number
  /** Loss estimate of an SRT publisher; null: not publishing (yet). */
  srtLoss: SrtLoss | null
  /** No list contains it any more. */
  ended: boolean
  readonly shown: ShownSession
}

/**
 * The published state of a session. Lists are read in slices, like paths: until a round is read completely, all of its sessions are shown as
 * they were at the end of the last one.
 */
export interface ShownSession {
  readonly reading: MutableSession
  bitrateInBps: number
  bitrateOutBps: number
  /** Packets of an SRT publisher that are lost for good; NaN: unknown. */
  unrecovered: number
  readAt: number
}

/** Changes to a server's sessions since the last call. */
export interface SessionChanges {
  readonly began: readonly SessionRecord[]
  /** Sessions no longer listed, with their last reading. */
  readonly ended: readonly SessionRecord[]
  /** Lists read for the first time since the server was unreachable: earlier sessions that they do not contain ended meanwhile. */
  readonly firstRead: readonly SessionListName[]
  /** Whether a list may have sessions; null: unknown, because the server did not answer. */
  readonly isInUse: ((list: SessionListName) => boolean) | null
}

const ownRememberedMs = 60_000
const mostText = 1_000

/** The newest session lists of one server. Beyond 300 sessions lists are read in turns, so each has its own age. */
export class ServerSessions {
  readonly #canonical: (path: string) => string
  readonly #lists = new Map<SessionListName, SessionList>()
  readonly #ownIds = new Map<string, number>()
  readonly #discards = new DiscardTallies(() => this.version++)
  /** Own ids that are not published yet. */
  readonly #newOwnIds = new Set<string>()
  #shown: readonly ShownSession[] = []
  /** Something was read that is not published yet. */
  #isUnshown = false
  /** Sessions began or ended since the last publication. */
  #haveChanged = false
  #changes: { began: SessionRecord[]; ended: SessionRecord[]; firstRead: SessionListName[]; isInUse: SessionChanges['isInUse'] } = noChanges()
  #isFollowed = false
  /** Increases when results of `isOwn` may change, or when a path gains or loses its discard tally. */
  version = 0

  /** `canonical` returns the string object that is used elsewhere for the same path, so that it is kept only once. */
  constructor(canonical: (path: string) => string) {
    this.#canonical = canonical
  }

  /** Merges a complete list: sessions that it does not contain have ended. `readAt` is wall time. */
  *merge(name: SessionListName, answer: Answer<SessionReading>, readAt: number, isOver: () => boolean): Steps<void> {
    this.#isUnshown = true
    const list = this.#lists.get(name) ?? createList()
    this.#lists.set(name, list)
    const elapsedMs = answer.arrivedAt - list.arrivedAt
    list.round++
    if (this.#isFollowed && list.round === 1) this.#changes.firstRead.push(name)
    list.arrivedAt = answer.arrivedAt
    list.readAt = readAt
    let present = 0
    for (const reading of answer.items) {
      if (this.#applyReading(list, reading, elapsedMs)) present++
      if (reading.own) this.#noteOwn(reading.id, answer.arrivedAt)
      if (isOver()) yield
    }
    if (list.sessions.size > present)
      for (const [key, session] of list.sessions) {
        if (session.round !== list.round) {
          list.sessions.delete(key)
          this.#haveChanged = true
          this.#end(session)
        }
        if (isOver()) yield
      }
    for (const [id, seenAt] of this.#ownIds)
      if (answer.arrivedAt - seenAt > ownRememberedMs) {
        this.#ownIds.delete(id)
        this.version++
      }
  }
  /** Empties the lists that no path refers to any more; they are not polled. */
  keepOnly(isInUse: (list: SessionListName) => boolean): void {
    this.#changes.isInUse = isInUse
    for (const [name, record] of this.#lists)
      if (!isInUse(name)) {
        for (const session of record.sessions.values()) this.#end(session)
        this.#lists.delete(name)
        this.#isUnshown = true
        this.#haveChanged = true
      }
  }
  find(id: string): SessionRecord | undefined {
    for (const { sessions } of this.#lists.values()) {
      const session = sessions.get(id)
      if (session !== undefined) return session
    }
    return undefined
  }
  /** Whether this console opened the session. Remembered for a minute after its end, because lists and paths are not read at the same moment. */
  isOwn(id: string): boolean {
    return this.#ownIds.has(id)
  }
  tally(path: string): DiscardTally | undefined {
    return this.#discards.of(path)
  }
  /** When this list last arrived, monotonic; NaN: never. */
  arrivedAt(list: SessionListName): number {
    return this.#lists.get(list)?.arrivedAt ?? Number.NaN
  }
  /** Whether a list that arrived since then contains an earlier session. Ids belong to the server's process, so the process has continued. */
  goOnSince(arrivedAt: number): boolean {
    for (const { goesOnAt } of this.#lists.values()) if (goesOnAt >= arrivedAt) return true
    return false
  }
  /** Returns the changes since the last call, to be stored. They are collected from the first call on. */
  takeChanges(): SessionChanges {
    const taken = this.#changes
    this.#changes = noChanges()
    this.#isFollowed = true
    return taken
  }
  /** Publishes the last readings. */
  show(): void {
    if (!this.#isUnshown) return
    this.#isUnshown = false
    this.#newOwnIds.clear()
    const changed: ShownSession[] | null = this.#haveChanged ? [] : null
    for (const list of this.#lists.values()) {
      for (const session of list.sessions.values()) {
        if (list.shownRound !== list.round) showSession(session)
        changed?.push(session.shown)
      }
      list.shownRound = list.round
    }
    if (changed !== null) this.#shown = changed
    this.#haveChanged = false
  }
  get shown(): readonly ShownSession[] {
    return this.#shown
  }
  /** `isOwn` as of the published state. */
  readonly isShownOwn = (id: string): boolean => this.#ownIds.has(id) && !this.#newOwnIds.has(id)
  /** Forgets everything, because the server can't be queried. */
  clear(): void {
    for (const { sessions } of this.#lists.values()) for (const session of sessions.values()) session.ended = true
    this.#lists.clear()
    this.#discards.clear()
    this.#isUnshown = true
    this.#haveChanged = true
  }

  #end(session: SessionRecord): void {
    session.ended = true
    this.#discards.leave(session.reading)
    if (this.#isFollowed) this.#changes.ended.push(session)
  }
  #noteOwn(id: string, arrivedAt: number): void {
    if (!this.#ownIds.has(id)) {
      this.#newOwnIds.add(id)
      this.version++
    }
    this.#ownIds.set(id, arrivedAt)
  }
  /** Applies one reading of the list. Returns whether it adds a session. */
  #applyReading(list: SessionList, reading: SessionReading, elapsedMs: number): boolean {
    const known = list.sessions.get(keyOf(reading))
    if (known === undefined || known.reading.createdAt !== reading.createdAt) {
      if (known !== undefined) this.#end(known)
      const began = list.round > 1
      const own = ownReading(reading, this.#canonical)
      const session = startSession(list, own, began)
      list.sessions.set(keyOf(own), session)
      this.#haveChanged = true
      if (this.#isFollowed) this.#changes.began.push(session)
      this.#discards.enter(reading, began)
      return true
    }
    this.#discards.goOn(known.reading, reading)
    const isOneMore = known.round !== list.round
    continueSession(known, reading, elapsedMs)
    return isOneMore
  }
}

const noChanges = () => ({ began: [], ended: [], firstRead: [], isInUse: null })

const createList = (): SessionList => ({
  sessions: new Map(),
  round: 0,
  shownRound: 0,
  goesOnAt: Number.NaN,
  arrivedAt: Number.NaN,
  readAt: Number.NaN,
})

/** Muxers have no id, but there is one per path. */
const keyOf = (reading: SessionReading) => reading.id || reading.path

/** Starts the record of a newly listed session. `began`: the list had been read before without it. */
function startSession(list: SessionList, reading: MutableSession, began: boolean): SessionRecord {
  const session: SessionRecord = {
    reading,
    list,
    round: list.round,
    bitrateInBps: Number.NaN,
    bitrateOutBps: Number.NaN,
    srtLoss: null,
    ended: false,
    shown: { reading: copyOfSession(reading), bitrateInBps: Number.NaN, bitrateOutBps: Number.NaN, unrecovered: Number.NaN, readAt: list.readAt },
  }
  readLoss(session, began)
  return session
}

/** Updates the record of a session that was listed before. */
function continueSession(session: SessionRecord, reading: SessionReading, elapsedMs: number): void {
  const { list, reading: before } = session
  session.bitrateInBps = bitrate(reading.inboundBytes ?? Number.NaN, before.inboundBytes ?? Number.NaN, elapsedMs)
  session.bitrateOutBps = bitrate(reading.outboundBytes ?? Number.NaN, before.outboundBytes ?? Number.NaN, elapsedMs)
  // A muxer has no id: a restarted process has one for the same path, too, so it proves nothing.
  if (reading.id !== '') list.goesOnAt = list.arrivedAt
  overwriteSession(before, reading)
  // A connection that was listed before it published counts from 0.
  readLoss(session, true)
  session.round = list.round
}

/** `began`: it was not publishing at the last reading of its list. */
function readLoss(session: SessionRecord, began: boolean): void {
  const { srt, role } = session.reading
  if (srt === null || role !== 'publisher') return
  session.srtLoss ??= createSrtLoss(began)
  updateSrtLoss(session.srtLoss, srt, session.list.arrivedAt)
}

/** Overwrites the published state in place, as with readings: a continuing session creates no objects. */
function showSession({ shown, reading, bitrateInBps, bitrateOutBps, srtLoss, list }: SessionRecord): void {
  overwriteSession(shown.reading, reading)
  shown.bitrateInBps = bitrateInBps
  shown.bitrateOutBps = bitrateOutBps
  shown.unrecovered = srtLoss?.unrecovered ?? Number.NaN
  shown.readAt = list.readAt
}

/** Texts that many sessions have in common, such as user agents, each kept once. */
const words = new Map<string, string>()
function shared(text: string | null): string | null {
  if (text === null) return null
  const known = words.get(text)
  if (known !== undefined) return known
  // A full cache may mostly contain texts no longer used: it is cleared, and refills with those in use.
  if (words.size >= mostText) words.clear()
  words.set(text, text)
  return text
}

const ownReading = (reading: SessionReading, canonical: (path: string) => string): MutableSession => ({
  ...copyOfSession(reading),
  path: canonical(reading.path),
  user: shared(reading.user),
  userAgent: shared(reading.userAgent),
  transport: shared(reading.transport),
})

/** A session in the form of the contract. */
export function sessionOf(session: ShownSession, audience: Session['audience'] = null): Session {
  const { list: _, isCdn: _isCdn, hasHungUp: _hasHungUp, mark: _mark, rtp, srt: _srt, ...rest } = session.reading
  return {
    ...rest,
    audience,
    rtp: rtp && { ...rtp },
    srt: srtOf(session),
    bitrateInBps: orNull(session.bitrateInBps),
    bitrateOutBps: orNull(session.bitrateOutBps),
    readAt: session.readAt,
  }
}

/** SRT figures in the form of the contract. */
export function srtOf({ reading, unrecovered }: ShownSession): Session['srt'] {
  if (reading.srt === null) return null
  const { packetsSent: _, ...srt } = reading.srt
  return { ...srt, packetsUnrecovered: orNull(unrecovered) }
}

/**
 * Packets of a publisher that are lost for good. NaN if unknown: TCP hides losses, and the SRT counters of servers before 1.20.1 do not reveal them.
 * An estimate for SRT.
 */
export function lostForGood({ srt, rtp }: SessionReading, unrecovered: number): number {
  if (srt !== null) return unrecovered + (srt.packetsUndecryptable ?? 0)
  return rtp?.lost ?? Number.NaN
}

/** Number of lost packets that were retransmitted, or NaN. */
export function repaired(reading: SessionReading): number {
  return reading.srt?.packetsRetransmitted ?? Number.NaN
}

/** One bit per list, for sets of lists. */
export const sessionListBits: Readonly<Record<SessionListName, number>> = {
  rtspSessions: 1,
  rtspsSessions: 2,
  rtmpConns: 4,
  rtmpsConns: 8,
  srtConns: 16,
  webrtcSessions: 32,
  hlsSessions: 64,
  hlsMuxers: 128,
  moqSessions: 256,
}

/** Frames that the server discarded for slow readers, per path; session lists report them per session. */
export interface DiscardTally {
  /** Sum over the current sessions. */
  total: number
  /** Sessions that report discarded frames. */
  reporters: number
  /** Growth that is not yet in a sample; NaN while there is only one reading. */
  increase: number
}

/** The tallies of one server's paths. */
class DiscardTallies {
  readonly #tallies = new Map<string, DiscardTally>()
  /** Called when a path gains or loses its tally. */
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  of(path: string): DiscardTally | undefined {
    return this.#tallies.get(path)
  }
  /** A session appears in its list for the first time. `began`: the list had been read before, so its whole count is new. */
  enter(reading: SessionReading, began: boolean): void {
    const tally = this.#add(reading, began)
    if (tally !== null && began) tally.increase += framesOf(reading)
  }
  goOn(before: SessionReading, reading: SessionReading): void {
    if (reportsDiscards(before) && reportsDiscards(reading) && before.path === reading.path) {
      const tally = this.#tallyOf(reading.path, true)
      const [now, then] = [framesOf(reading), framesOf(before)]
      tally.total += now - then
      tally.increase += increase(now, then, false)
    } else {
      this.leave(before)
      this.#add(reading, true)
    }
  }
  leave(reading: SessionReading): void {
    if (!reportsDiscards(reading)) return
    const tally = this.#tallyOf(reading.path, true)
    tally.total -= framesOf(reading)
    tally.reporters--
    if (tally.reporters > 0) return
    this.#tallies.delete(reading.path)
    this.#onChange()
  }
  clear(): void {
    this.#tallies.clear()
    this.#onChange()
  }

  #add(reading: SessionReading, began: boolean): DiscardTally | null {
    if (!reportsDiscards(reading)) return null
    const tally = this.#tallyOf(reading.path, began)
    tally.total += framesOf(reading)
    tally.reporters++
    return tally
  }
  #tallyOf(path: string, began: boolean): DiscardTally {
    let tally = this.#tallies.get(path)
    if (tally === undefined) {
      tally = { total: 0, reporters: 0, increase: began ? 0 : Number.NaN }
      this.#tallies.set(path, tally)
      this.#onChange()
    }
    return tally
  }
}

/** Whether the session reports frames that were not sent to a reader. For a publisher the count is meaningless. */
const reportsDiscards = (reading: SessionReading) => reading.framesDiscarded !== null && reading.role !== 'publisher'
const framesOf = (reading: SessionReading) => reading.framesDiscarded ?? 0
