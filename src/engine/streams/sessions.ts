import type { Session } from '../../shared/streams.ts'
import type { Answer, SessionListName, SessionReading } from '../servers/readings.ts'
import { createDiscardTallies, type DiscardTally } from './discardTallies.ts'
import { bitrate, orNull } from './pathSamples.ts'
import type { Steps } from './serverStreams.ts'
import { createSrtLoss, type SrtLoss, updateSrtLoss } from './srtLoss.ts'

/**
 * A reading that is ours to write on. Keeping each new one instead would make old objects of a whole answer every
 * few seconds, the most expensive garbage there is; texts that did not change stay the ones they were.
 */
type OwnReading = { -readonly [K in keyof SessionReading]: SessionReading[K] }

/** A list of sessions as last read. */
export interface SessionList {
  readonly sessions: Map<string, SessionRecord>
  /** Answers so far, and how many there were when it was shown last. */
  round: number
  shownRound: number
  /** Arrival of the last answer in which a session of the one before was found again; NaN: none was. */
  goesOnAt: number
  /** Arrival of the last one: monotonic, and in wall time. */
  arrivedAt: number
  readAt: number
}

/** A session as last read, and its rates. Changed in place: a server may have thousands, read every 2 s. */
export interface SessionRecord {
  readonly reading: OwnReading
  readonly list: SessionList
  /** The list's `round` in which it was last there. */
  round: number
  bitrateInBps: number
  bitrateOutBps: number
  /** Of an SRT publisher; null: it does not publish, or does not yet. */
  srtLoss: SrtLoss | null
  /** It is in no list any more. */
  ended: boolean
  /** What others see of it. */
  readonly shown: ShownSession
}

/**
 * What others see of a session. Lists are read in slices, as the paths are: until a round is read whole, all of its sessions are shown as
 * they were at the end of the last one.
 */
export interface ShownSession {
  readonly reading: OwnReading
  bitrateInBps: number
  bitrateOutBps: number
  /** Packets of an SRT publisher that are lost for good; NaN: not known. */
  unrecovered: number
  readAt: number
}

/** The newest session lists of one server. Beyond 300 sessions lists are read in turns: each keeps its own age. */
export interface ServerSessions {
  /** A whole list: who is not in it has ended. `readAt` is wall time. */
  readonly merge: (list: SessionListName, answer: Answer<SessionReading>, readAt: number, isOver: () => boolean) => Steps<void>
  /** Lists that no path refers to any more are empty, and are not asked for. */
  readonly keepOnly: (isInUse: (list: SessionListName) => boolean) => void
  readonly find: (id: string) => SessionRecord | undefined
  /** Whether this session is one of ours; remembered for a minute after its end, since lists and paths are not read at one moment. */
  readonly isOwn: (id: string) => boolean
  /** Grows when `isOwn` may answer differently, or when there are tallies where there were none. */
  readonly version: () => number
  readonly tally: (path: string) => DiscardTally | undefined
  /** When this list arrived last, monotonic; NaN: never. */
  readonly arrivedAt: (list: SessionListName) => number
  /** Whether a list that arrived since then has a session of before: ids are the process's own, so it goes on. */
  readonly goOnSince: (arrivedAt: number) => boolean
  /** Shows to others what was read. */
  readonly show: () => void
  readonly shown: () => readonly ShownSession[]
  /** `isOwn`, as others see it. */
  readonly isShownOwn: (id: string) => boolean
  /** When the oldest list that is shown was read, wall time; null: there is none. */
  readonly oldestShownReadAt: () => number | null
  /** Nothing is known any more: the server can't be asked. */
  readonly clear: () => void
}

const ownRememberedMs = 60_000
const mostWords = 1_000

/** `canonical` gives the same text as its path has elsewhere, so that it is kept once. */
export function createServerSessions(canonical: (path: string) => string = (path) => path): ServerSessions {
  const lists = new Map<SessionListName, SessionList>()
  const ownIds = new Map<string, number>()
  let version = 0
  const discards = createDiscardTallies(() => version++)
  /** Own ids that are not shown yet. */
  const newOwnIds = new Set<string>()
  let shown: readonly ShownSession[] = []
  let oldestShownReadAt: number | null = null
  /** Something is not shown as it was read last. */
  let isUnshown = false

  const end = (session: SessionRecord) => {
    session.ended = true
    discards.leave(session.reading)
  }
  const noteOwn = (id: string, arrivedAt: number) => {
    if (!ownIds.has(id)) {
      newOwnIds.add(id)
      version++
    }
    ownIds.set(id, arrivedAt)
  }
  const forgetOwn = (arrivedAt: number) => {
    for (const [id, seenAt] of ownIds)
      if (arrivedAt - seenAt > ownRememberedMs) {
        ownIds.delete(id)
        version++
      }
  }
  /** Takes one reading of a list that is read. Gives whether its session counts as one more. */
  const take = (list: SessionList, reading: SessionReading, elapsedMs: number): boolean => {
    const known = list.sessions.get(keyOf(reading))
    if (known === undefined || known.reading.createdAt !== reading.createdAt) {
      if (known !== undefined) end(known)
      const began = list.round > 1
      const own = ownReading(reading, canonical)
      list.sessions.set(keyOf(own), startSession(list, own, began))
      discards.enter(reading, began)
      return true
    }
    discards.goOn(known.reading, reading)
    const isOneMore = known.round !== list.round
    goOn(known, reading, elapsedMs)
    return isOneMore
  }

  return {
    *merge(name, answer, readAt, isOver) {
      isUnshown = true
      const list = lists.get(name) ?? createList()
      lists.set(name, list)
      const elapsedMs = answer.arrivedAt - list.arrivedAt
      list.round++
      list.arrivedAt = answer.arrivedAt
      list.readAt = readAt
      let present = 0
      for (const reading of answer.items) {
        if (take(list, reading, elapsedMs)) present++
        if (reading.own) noteOwn(reading.id, answer.arrivedAt)
        if (isOver()) yield
      }
      if (list.sessions.size > present)
        for (const [key, session] of list.sessions) {
          if (session.round !== list.round) {
            list.sessions.delete(key)
            end(session)
          }
          if (isOver()) yield
        }
      forgetOwn(answer.arrivedAt)
    },
    keepOnly: (isInUse) => {
      for (const [name, record] of lists)
        if (!isInUse(name)) {
          for (const session of record.sessions.values()) end(session)
          lists.delete(name)
          isUnshown = true
        }
    },
    find: (id) => {
      for (const { sessions } of lists.values()) {
        const session = sessions.get(id)
        if (session !== undefined) return session
      }
      return undefined
    },
    isOwn: (id) => ownIds.has(id),
    version: () => version,
    tally: discards.of,
    arrivedAt: (list) => lists.get(list)?.arrivedAt ?? Number.NaN,
    goOnSince: (arrivedAt) => {
      for (const { goesOnAt } of lists.values()) if (goesOnAt >= arrivedAt) return true
      return false
    },
    show: () => {
      if (!isUnshown) return
      isUnshown = false
      newOwnIds.clear()
      oldestShownReadAt = null
      const all: ShownSession[] = []
      for (const list of lists.values()) {
        if (oldestShownReadAt === null || list.readAt < oldestShownReadAt) oldestShownReadAt = list.readAt
        for (const session of list.sessions.values()) {
          if (list.shownRound !== list.round) showSession(session)
          all.push(session.shown)
        }
        list.shownRound = list.round
      }
      shown = all
    },
    shown: () => shown,
    isShownOwn: (id) => ownIds.has(id) && !newOwnIds.has(id),
    oldestShownReadAt: () => oldestShownReadAt,
    clear: () => {
      for (const { sessions } of lists.values()) for (const session of sessions.values()) session.ended = true
      lists.clear()
      discards.clear()
      isUnshown = true
    },
  }
}

const createList = (): SessionList => ({
  sessions: new Map(),
  round: 0,
  shownRound: 0,
  goesOnAt: Number.NaN,
  arrivedAt: Number.NaN,
  readAt: Number.NaN,
})

/** Muxers have no id of their own: one a path. */
const keyOf = (reading: SessionReading) => reading.id || reading.path

/** A session that its list has for the first time. `began`: after the list was read before. */
function startSession(list: SessionList, reading: OwnReading, began: boolean): SessionRecord {
  const session: SessionRecord = {
    reading,
    list,
    round: list.round,
    bitrateInBps: Number.NaN,
    bitrateOutBps: Number.NaN,
    srtLoss: null,
    ended: false,
    shown: { reading: copyOf(reading), bitrateInBps: Number.NaN, bitrateOutBps: Number.NaN, unrecovered: Number.NaN, readAt: list.readAt },
  }
  readLoss(session, began)
  return session
}

/** A session that its list had before. */
function goOn(session: SessionRecord, reading: SessionReading, elapsedMs: number): void {
  const { list, reading: before } = session
  session.bitrateInBps = bitrate(reading.inboundBytes ?? Number.NaN, before.inboundBytes ?? Number.NaN, elapsedMs)
  session.bitrateOutBps = bitrate(reading.outboundBytes ?? Number.NaN, before.outboundBytes ?? Number.NaN, elapsedMs)
  // A muxer has no id: another process has one of the same path too.
  if (reading.id !== '') list.goesOnAt = list.arrivedAt
  takeOver(before, reading)
  // A connection that was listed before it publishes counts from 0.
  readLoss(session, true)
  session.round = list.round
}

/** `began`: it did not publish at the last reading of its list. */
function readLoss(session: SessionRecord, began: boolean): void {
  const { srt, role } = session.reading
  if (srt === null || role !== 'publisher') return
  session.srtLoss ??= createSrtLoss(began)
  updateSrtLoss(session.srtLoss, srt, session.list.arrivedAt)
}

/** What is shown is copied onto, like readings: no object is made of a session that goes on. */
function showSession({ shown, reading, bitrateInBps, bitrateOutBps, srtLoss, list }: SessionRecord): void {
  takeOver(shown.reading, reading)
  shown.bitrateInBps = bitrateInBps
  shown.bitrateOutBps = bitrateOutBps
  shown.unrecovered = srtLoss?.unrecovered ?? Number.NaN
  shown.readAt = list.readAt
}

/** Few words that many sessions have in common, such as user agents, each kept once. */
const words = new Map<string, string>()
function shared(text: string | null): string | null {
  if (text === null) return null
  const known = words.get(text)
  if (known !== undefined) return known
  // Full of what one server had and has no more: it starts over, with what is in use.
  if (words.size >= mostWords) words.clear()
  words.set(text, text)
  return text
}

const copyOf = (reading: SessionReading): OwnReading => ({ ...reading, rtp: reading.rtp && { ...reading.rtp }, srt: reading.srt && { ...reading.srt } })

const ownReading = (reading: SessionReading, canonical: (path: string) => string): OwnReading => ({
  ...copyOf(reading),
  path: canonical(reading.path),
  user: shared(reading.user),
  userAgent: shared(reading.userAgent),
  transport: shared(reading.transport),
})

function takeOver(mine: OwnReading, reading: SessionReading) {
  if (mine.path !== reading.path) mine.path = reading.path
  if (mine.role !== reading.role) mine.role = reading.role
  if (mine.remoteAddr !== reading.remoteAddr) mine.remoteAddr = reading.remoteAddr
  if (mine.user !== reading.user) mine.user = reading.user
  if (mine.userAgent !== reading.userAgent) mine.userAgent = reading.userAgent
  if (mine.transport !== reading.transport) mine.transport = reading.transport
  mine.own = reading.own
  mine.inboundBytes = reading.inboundBytes
  mine.outboundBytes = reading.outboundBytes
  mine.framesDiscarded = reading.framesDiscarded
  if (mine.rtp !== null && reading.rtp !== null) Object.assign(mine.rtp, reading.rtp)
  else mine.rtp = reading.rtp && { ...reading.rtp }
  if (mine.srt !== null && reading.srt !== null) Object.assign(mine.srt, reading.srt)
  else mine.srt = reading.srt && { ...reading.srt }
}

/** A session as the contract has it. */
export function sessionOf(session: ShownSession): Session {
  const { list: _, rtp, srt: _srt, ...rest } = session.reading
  return {
    ...rest,
    rtp: rtp && { ...rtp },
    srt: srtOf(session),
    bitrateInBps: orNull(session.bitrateInBps),
    bitrateOutBps: orNull(session.bitrateOutBps),
    readAt: session.readAt,
  }
}

/** SRT figures as the contract has them. */
export const srtOf = ({ reading, unrecovered }: ShownSession): Session['srt'] => reading.srt && { ...reading.srt, packetsUnrecovered: orNull(unrecovered) }

/**
 * Packets of a publisher that are lost for good, or NaN where that can't be known: TCP hides loss, and an SRT server before 1.20.1 counts
 * in a way that does not tell it. Of SRT it is an estimate.
 */
export function lostForGood({ srt, rtp }: SessionReading, unrecovered: number): number {
  if (srt !== null) return unrecovered + (srt.packetsUndecryptable ?? 0)
  return rtp?.lost ?? Number.NaN
}

/** Packets that were lost and sent again, or NaN. */
export const repaired = (reading: SessionReading): number => reading.srt?.packetsRetransmitted ?? Number.NaN

/** One bit a list, for sets of them. */
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
