import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { PastSessions } from '../../shared/sessions.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { SessionListName } from '../servers/readings.ts'
import { databaseErrorOf } from '../storage/openDatabase.ts'
import type { ServerName } from '../streams/serverStreams.ts'
import type { SessionChanges, SessionRecord } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import { bundledSessionsText, readBundledSessions } from './bundledSessions.ts'
import { isUnseen, keptOf, keyOf, type OfServer, type Open } from './openSessions.ts'
import { type KeptSession, packSessions } from './packedSessions.ts'
import { type AskedPast, createPastSessions } from './pastSessions.ts'
import { createSessionRows, type StoredOpen } from './sessionRows.ts'

export interface SessionLogDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
  /** sessions.db. */
  readonly db: Database
  readonly sessionOf: ShownStreams['sessionOf']
  /** The end of the bundle that is shown, epoch ms; null: this console watches. */
  readonly bundleEnd: number | null
  /** Name of a server now; null: it is not watched any more. */
  readonly nameOf: (serverId: string) => string | null
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
}

/** Who was connected to the servers, and when: kept for days. Sessions of mtxdecks are not. */
export interface SessionLog {
  /** What happened to a server's sessions; also when it can't be asked, and goes on to have some. */
  readonly changed: (server: ServerName, changes: SessionChanges) => void
  /** It is not watched any more. */
  readonly forget: (serverId: string) => void
  /** Once at a start: all other servers were removed while mtxdeck did not run. */
  readonly forgetOthers: (serverIds: ReadonlySet<string>) => void
  readonly past: (asked: AskedPast, signal: AbortSignal) => Promise<PastSessions>
  /** The sessions of a period as text for a bundle, and how many they are. `hider`: replaces addresses and users; null: they stay. */
  readonly bundled: (scope: BundleScope, hider: AddressHider | null, signal: AbortSignal) => Promise<{ readonly text: string; readonly count: number }>
  /** Takes over those of the bundle that is shown. */
  readonly restore: (text: string | undefined) => Promise<void>
  /** Why nothing could be stored for some time; null: it can. */
  readonly trouble: () => ConsoleTrouble | null
  readonly keepDays: () => number
  readonly keep: (days: number) => number
  /** Resolves when nothing is being packed. */
  readonly settled: () => Promise<void>
  /** Stores what is not stored yet. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** One that began and is not stored yet. */
interface Began {
  readonly serverId: string
  readonly one: Open
  /** When it was seen first. */
  readonly at: number
}

const settingKey = 'keepSessionsDays'
const usualDays = 30
const flushMs = 5_000
const clearMs = 3_600_000
/** How exactly it is known, after mtxdeck was killed, when sessions were seen last. */
const noteSeenMs = 60_000
/** So many rows are written at once: some 10 ms. */
const rowsAtOnce = 2_000
/** Another program, as of a backup, may hold the file for a moment. */
const saidAfterMs = 10_000
/** While the disk takes none, so many wait; the oldest beyond are lost, and counted. */
const mostWaiting = 50_000

export function createSessionLog(deps: SessionLogDeps): SessionLog {
  const { clock, log } = deps
  const rows = createSessionRows(deps.db)
  const servers = new Map<string, OfServer>()
  const names = new Map<string, string>()
  let days = daysOf(deps.kept.read(settingKey))
  /** What is not stored yet. */
  const began = new Map<string, Began>()
  let over: Pick<StoredOpen, 'serverId' | 'list' | 'id'>[] = []
  let done: KeptSession[] = []
  let notStored = 0
  let packing: Promise<void> = Promise.resolve()
  let timer: Timer | null = null
  let clearedAt = Number.NEGATIVE_INFINITY
  let notedAt = clock.now()
  let isClosed = false
  let bundledSince: number | null = null
  let failing: { readonly since: number; readonly trouble: ConsoleTrouble } | null = null

  const ofServer = ({ id, name }: ServerName): OfServer => {
    const known = servers.get(id)
    if (known !== undefined) known.name = name
    const server = known ?? { name, open: new Map(), seenAt: Number.NaN, storedSeenAt: Number.NaN }
    servers.set(id, server)
    if (names.get(id) !== name) {
      names.set(id, name)
      server.storedSeenAt = Number.NaN
    }
    return server
  }
  /** Runs what reads or writes. A file or disk that fails is logged once until it works again; what was to be written is tried again. */
  const attempt = (work: () => void): boolean => {
    try {
      work()
      failing = null
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }
  const failed = (error: unknown): void => {
    const known = databaseErrorOf(deps.db.name, error)
    if (known === null) throw error
    if (failing === null) log.warn({ trouble: known.trouble.kind }, 'sessions cannot be stored now')
    failing = { since: failing?.since ?? clock.monotonic(), trouble: known.trouble }
  }
  const leave = (serverId: string, server: OfServer, one: Open) => {
    server.open.delete(keyOf(one.list, one.id))
    if (one.isStored) over.push({ serverId, list: one.list, id: one.id })
    else began.delete(`${serverId} ${keyOf(one.list, one.id)}`)
  }
  /** `seenAt`: it ended at some time after that; null: it was seen until it ended. */
  const end = (serverId: string, server: OfServer, one: Open, at: number, seenAt: number | null) => {
    leave(serverId, server, one)
    if (days === 0 || one.record?.reading.own === true) return
    // The clock may have been set back.
    const ended = Math.max(one.began, at)
    const endedAfter = seenAt === null ? null : Number.isNaN(seenAt) ? one.began : Math.min(Math.max(one.began, seenAt), ended)
    done.push({ ...keptOf(serverId, one, deps.sessionOf), ended, endedAfter })
  }
  /** `seenAt`: as of `end`, for an earlier one of the same id. */
  const begin = (serverId: string, server: OfServer, record: SessionRecord, at: number, seenAt: number | null) => {
    const { list, id, own, createdAt } = record.reading
    if (list === 'hlsMuxers' || id === '') return
    const key = keyOf(list, id)
    const known = server.open.get(key)
    if (own) {
      if (known !== undefined) leave(serverId, server, known)
      return
    }
    if (known !== undefined) {
      if (known.createdAt === null || createdAt === null || known.createdAt === createdAt) {
        known.record = record
        return
      }
      end(serverId, server, known, at, seenAt)
    }
    const one: Open = { list, id, began: Math.min(createdAt ?? at, at), createdAt, record, stored: null, isStored: false }
    server.open.set(key, one)
    if (days > 0) began.set(`${serverId} ${key}`, { serverId, one, at })
  }
  const forget = (serverId: string) => {
    const server = servers.get(serverId)
    if (server === undefined) return
    for (const one of [...server.open.values()]) end(serverId, server, one, clock.now(), isUnseen(one) ? server.seenAt : null)
    servers.delete(serverId)
    // Its name is kept as long as they are.
    if (days > 0) attempt(() => rows.note([{ id: serverId, name: server.name, seenAt: clock.now() }]))
  }

  const storedOf = ({ serverId, one, at }: Began): StoredOpen => {
    const session = { ...keptOf(serverId, one, deps.sessionOf), ended: at, endedAfter: null }
    return { serverId, list: one.list, id: one.id, began: one.began, session }
  }
  const waiting = () => began.size + over.length + done.length
  /** Stores what waits, or a part of it. Returns whether the disk took it. */
  const flush = (): boolean => {
    let isTaken = true
    while (waiting() > 0) {
      const [first, gone, ended] = [[...began].slice(0, rowsAtOnce), over.slice(0, rowsAtOnce), done.slice(0, rowsAtOnce)]
      isTaken = attempt(() =>
        rows.store(
          first.map(([, one]) => storedOf(one)),
          gone,
          ended,
        ),
      )
      if (!isTaken) break
      for (const [key, { one }] of first) {
        began.delete(key)
        one.isStored = true
      }
      over = over.slice(gone.length)
      done = done.slice(ended.length)
      // The rest in a turn of its own.
      if (!isClosed) break
    }
    if (done.length > mostWaiting) {
      notStored += done.length - mostWaiting
      done = done.slice(-mostWaiting)
    }
    // Those that stay stored as open are found to have ended at the next start.
    if (over.length > mostWaiting) over = over.slice(-mostWaiting)
    return isTaken
  }
  /** Stores the names of servers, and when their sessions were seen last. */
  const noteSeen = (): void => {
    const changed = [...servers].filter(([, { seenAt, storedSeenAt }]) => !Number.isNaN(seenAt) && seenAt !== storedSeenAt)
    if (days === 0 || changed.length === 0) return
    const isTaken = attempt(() => rows.note(changed.map(([id, { name, seenAt }]) => ({ id, name, seenAt }))))
    if (isTaken) for (const [, server] of changed) server.storedSeenAt = server.seenAt
  }
  /** Deletes what is older than it is to be kept. Returns whether the disk took it. */
  const clear = (at: number): boolean => {
    // What a bundle has is not deleted for its age.
    if (deps.bundleEnd !== null) return true
    if (days === 0) return attempt(rows.clear)
    const before = at - days * 86_400_000
    for (const [id, server] of servers) if (!(server.seenAt >= before)) for (const one of [...server.open.values()]) if (isUnseen(one)) leave(id, server, one)
    return attempt(() => rows.drop(before))
  }
  const pack = async (): Promise<void> => {
    for (let next = rows.toPack(); next !== null && !isClosed; next = rows.toPack()) {
      const block = await packSessions(next.sessions)
      if (isClosed) return
      rows.packed(next.span, next.lastNo, next.sessions, block)
    }
  }
  const tick = (): void => {
    const at = clock.now()
    const isTaken = flush()
    if (Math.abs(at - clearedAt) >= clearMs && clear(at)) clearedAt = at
    if (Math.abs(at - notedAt) >= noteSeenMs) {
      notedAt = at
      noteSeen()
    }
    packing = packing.then(() => pack().catch(failed))
    timer = clock.setTimeout(tick, isTaken && waiting() > 0 ? 100 : flushMs)
  }

  const reading = createPastSessions({
    log,
    slices: deps.slices,
    rows,
    servers,
    justEnded: () => done,
    sessionOf: deps.sessionOf,
    nameOf: (serverId) => deps.nameOf(serverId) ?? names.get(serverId) ?? serverId,
    bundleEnd: deps.bundleEnd,
    keptSince,
  })

  let opens: readonly StoredOpen[] = []
  let seen: ReadonlyMap<string, number> = new Map()
  attempt(() => {
    const known = rows.names()
    for (const { id, name } of known) names.set(id, name)
    seen = new Map(known.map(({ id, seenAt }) => [id, seenAt]))
    opens = rows.opens()
  })
  for (const { serverId, list, id, began: since, session } of opens) {
    const server = ofServer({ id: serverId, name: names.get(serverId) ?? serverId })
    const one: Open = { list: list as SessionListName, id, began: since, createdAt: null, record: null, stored: session, isStored: true }
    server.open.set(keyOf(one.list, id), one)
    // It was seen when it was stored, at least.
    server.seenAt = Math.max(session.ended, seen.get(serverId) ?? session.ended, Number.isNaN(server.seenAt) ? 0 : server.seenAt)
  }
  if (days > 0 && deps.bundleEnd === null) attempt(() => rows.since(clock.now()))
  timer = clock.setTimeout(tick, flushMs)

  return {
    changed: (name, { began: appeared, ended, firstRead, isInUse }) => {
      const server = ofServer(name)
      const at = clock.now()
      const seenBefore = server.seenAt
      const present = new Set<string>()
      for (const record of appeared) {
        const { list, id } = record.reading
        const isFirst = firstRead.includes(list)
        if (isFirst) present.add(keyOf(list, id))
        if (!record.ended) begin(name.id, server, record, at, isFirst ? seenBefore : null)
      }
      for (const record of ended) {
        const one = server.open.get(keyOf(record.reading.list, record.reading.id))
        if (one?.record === record) end(name.id, server, one, at, null)
      }
      // What was open before the server could not be asked, and is not listed any more.
      const isGone = (one: Open) =>
        firstRead.includes(one.list) ? !present.has(keyOf(one.list, one.id)) : isInUse !== null && isUnseen(one) && !isInUse(one.list)
      if (firstRead.length > 0 || isInUse !== null) for (const one of [...server.open.values()]) if (isGone(one)) end(name.id, server, one, at, seenBefore)
      if (isInUse !== null) server.seenAt = at
    },
    forget,
    forgetOthers: (serverIds) => {
      for (const id of [...servers.keys()]) if (!serverIds.has(id)) forget(id)
    },
    past: async (asked, signal) => {
      const found = await reading.find(asked, signal)
      return {
        ...found,
        since: keptSince(),
        keepDays: deps.bundleEnd === null ? days : 0,
        notStored,
      }
    },
    bundled: async (scope, hider, signal) => {
      const { sessions, since } = await reading.collect(scope, signal)
      return { text: await bundledSessionsText(sessions, since, hider), count: sessions.length }
    },
    restore: async (text) => {
      const bundled = readBundledSessions(text)
      if (bundled === null) return
      for await (const sessions of bundled.blocks) attempt(() => rows.store([], [], sessions))
      bundledSince = bundled.since
    },
    trouble: () => (failing !== null && clock.monotonic() - failing.since >= saidAfterMs ? failing.trouble : null),
    keepDays: () => days,
    keep: (next) => {
      deps.kept.write(settingKey, String(next))
      const before = days
      days = next
      clearedAt = Number.NEGATIVE_INFINITY
      if (days === 0) forgetStored()
      else {
        attempt(() => rows.since(clock.now()))
        if (before === 0)
          for (const [serverId, { open }] of servers) for (const [key, one] of open) began.set(`${serverId} ${key}`, { serverId, one, at: clock.now() })
      }
      return days
    },
    settled: () => packing,
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      if (timer !== null) clock.clearTimeout(timer)
      if (flush()) noteSeen()
      await packing
      deps.db.close()
    },
  }

  function keptSince(): number | null {
    if (deps.bundleEnd !== null) return bundledSince
    return days === 0 ? null : Math.max(rows.since(clock.now()), clock.now() - days * 86_400_000)
  }

  /** Deletes all that is stored: now, or where the disk fails, as soon as it can. */
  function forgetStored(): void {
    began.clear()
    over = []
    done = []
    for (const server of servers.values()) {
      server.storedSeenAt = Number.NaN
      for (const one of server.open.values()) one.isStored = false
    }
    if (clear(clock.now())) clearedAt = clock.now()
  }
}

const daysOf = (text: string | null): number => (text !== null && /^\d{1,4}$/.test(text) ? Number(text) : usualDays)
