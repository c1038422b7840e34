import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import { type PastSessions, sessionBytes, sessionLoss } from '../../shared/sessions.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { SessionListName } from '../servers/readings.ts'
import { databaseErrorOf } from '../storage/openDatabase.ts'
import type { SessionChanges, SessionRecord } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { ServerName } from '../streams/streamRecord.ts'
import { bundledSessionsText, readBundledSessions } from './bundledSessions.ts'
import { createSessionRows, type KeptSession, type SessionRow } from './sessionRows.ts'
import { type AskedPast, createSessionSearch, type InMemory } from './sessionSearch.ts'

interface SessionLogDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
  readonly db: Database
  readonly sessionOf: ShownStreams['sessionOf']
  /** End of the shown bundle, epoch ms; null: live monitoring. */
  readonly bundleEnd: number | null
  /** Current name of a server; null: it is no longer watched. */
  readonly nameOf: (serverId: string) => string | null
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
  /** Deletes what else goes with the sessions when none are to be kept; called again if it throws. */
  readonly onNoneKept: () => void
}

const settingKey = 'keepSessionsDays'
const defaultDays = 30
const flushMs = 5_000
const clearMs = 3_600_000
/** How often the last-seen times are stored: their precision after mtxdeck was killed. */
const noteSeenMs = 60_000
/** So many rows are written at once: some 10 ms. */
const rowsAtOnce = 2_000
/** While the disk takes none, so many wait; the oldest beyond are lost, and counted. */
const mostWaiting = 50_000
/** Another program, as of a backup, may hold the file for a moment. */
const saidAfterMs = 10_000

/** A session that is still open, as far as is known. */
interface Open {
  readonly serverId: string
  readonly list: SessionListName
  readonly id: string
  readonly began: number
  /** When it began by the server's clock, which distinguishes it from a later session with the same id; null: unknown. */
  readonly createdAt: number | null
  /** The session as currently read; null: not read in this launch, so `stored` applies. */
  record: SessionRecord | null
  readonly stored: SessionRow | null
  no: number | null
}
interface OfServer {
  name: string
  readonly open: Map<string, Open>
  /** When its sessions were last seen, epoch ms; NaN: never. */
  seenAt: number
  /** Stored value of `seenAt`. */
  storedSeenAt: number
}
/** What is to be stored of a session: that it began, and when it was seen first; that it ended; or that it was none of those that are kept. */
type Waiting = { readonly seenAt: number } | KeptSession | 'none'
const isEnded = (waiting: Waiting): waiting is KeptSession => waiting !== 'none' && 'ended' in waiting

const keyOf = (list: string, id: string): string => `${list} ${id}`
/** Whether the session has not been seen since its server became unavailable. */
const isUnseen = ({ record }: Open): boolean => record === null || record.ended

/** Log of who was connected to the servers, and when; retained for days. Sessions of mtxdeck consoles are excluded. */
export type SessionLog = ReturnType<typeof createSessionLog>

export function createSessionLog(deps: SessionLogDeps) {
  const { clock, log, sessionOf, bundleEnd } = deps
  const rows = createSessionRows(deps.db)
  const servers = new Map<string, OfServer>()
  /** Server names by id, also of servers no longer watched, as long as sessions of theirs are stored. */
  const names = new Map<string, string>()
  /** What is not stored yet, the oldest first. */
  const waiting = new Map<Open, Waiting>()
  let notStored = 0
  let failing: { readonly since: number; readonly trouble: ConsoleTrouble } | null = null
  let days = daysOf(deps.kept.read(settingKey))
  let timer: Timer | null = null
  let clearedAt = Number.NEGATIVE_INFINITY
  let notedAt = clock.now()
  let bundledSince: number | null = null

  /** Runs what reads or writes the file; null: the file or its disk failed, which is logged once until it works again. */
  const attempt = <T>(work: () => T): T | null => {
    try {
      const done = work()
      failing = null
      return done
    } catch (error) {
      const known = databaseErrorOf(deps.db.name, error)
      if (known === null) throw error
      if (failing === null) log.warn({ trouble: known.trouble.kind }, 'sessions cannot be stored now')
      failing = { since: failing?.since ?? clock.monotonic(), trouble: known.trouble }
      return null
    }
  }

  /** The stored form of a session as last seen. */
  const keptOf = ({ serverId, id, began, record, stored }: Open, ended: number, endedAfter: number | null): KeptSession => {
    const times = { id: id.slice(0, 8), began, ended, endedAfter }
    // The stored counters don't include what it transferred since.
    if (stored !== null && record === null) return { ...stored, ...times, bytes: null, lost: null }
    if (record === null) throw new Error('a session is neither read nor stored')
    const { reading } = record
    const { protocol, role, path, remoteAddr, user, userAgent } = reading
    const lost = sessionLoss(sessionOf({ ...record.shown, reading }))
    return { serverId, ...times, protocol, role, path, remoteAddr, user, userAgent, bytes: sessionBytes(reading), lost }
  }
  const rowOf = (one: Open, wait: Waiting): SessionRow | null => {
    if (wait === 'none') return null
    if (isEnded(wait)) return { ...wait, list: one.list }
    return { ...keptOf(one, 0, wait.seenAt), id: one.id, list: one.list, ended: null }
  }

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
  /** It is not open any more. `wait`: what is stored of that. */
  const leave = (server: OfServer, one: Open, wait: Waiting) => {
    server.open.delete(keyOf(one.list, one.id))
    if (wait === 'none' && one.no === null) waiting.delete(one)
    else waiting.set(one, wait)
  }
  /** `seenAt`: when the session was last seen, if its exact end is unknown; null: it was observed until its end. */
  const end = (server: OfServer, one: Open, at: number, seenAt: number | null) => {
    if (days === 0 || one.record?.reading.own === true) return leave(server, one, 'none')
    // The clock may have been set back.
    const ended = Math.max(one.began, at)
    const endedAfter = seenAt === null ? null : Number.isNaN(seenAt) ? one.began : Math.min(Math.max(one.began, seenAt), ended)
    leave(server, one, keptOf(one, ended, endedAfter))
  }
  /** `seenAt`: passed to `end` for an earlier session of the same id. */
  const begin = (serverId: string, server: OfServer, record: SessionRecord, at: number, seenAt: number | null) => {
    const { list, id, own, createdAt } = record.reading
    if (list === 'hlsMuxers' || id === '') return
    const key = keyOf(list, id)
    const known = server.open.get(key)
    if (own) {
      if (known !== undefined) leave(server, known, 'none')
      return
    }
    if (known !== undefined) {
      if (known.createdAt === null || createdAt === null || known.createdAt === createdAt) {
        known.record = record
        return
      }
      end(server, known, at, seenAt)
    }
    const one: Open = { serverId, list, id, began: Math.min(createdAt ?? at, at), createdAt, record, stored: null, no: null }
    server.open.set(key, one)
    if (days > 0) waiting.set(one, { seenAt: at })
  }
  /** Ends the sessions of a server that is no longer watched; its name is kept as long as they are. */
  const forget = (serverId: string) => {
    const server = servers.get(serverId)
    if (server === undefined) return
    const at = clock.now()
    for (const one of [...server.open.values()]) end(server, one, at, isUnseen(one) ? server.seenAt : null)
    servers.delete(serverId)
    if (days > 0) attempt(() => rows.note([{ id: serverId, name: server.name, seenAt: at }]))
  }

  /** Stores a part of what waits, if anything does. Returns whether the disk took it. */
  const storeSome = (): boolean => {
    if (waiting.size === 0) return true
    const some = [...waiting].slice(0, rowsAtOnce)
    const nos = attempt(() => rows.store(some.map(([one, wait]) => ({ no: one.no, session: rowOf(one, wait) }))))
    if (nos !== null)
      for (const [place, [one]] of some.entries()) {
        one.no = nos[place] ?? null
        waiting.delete(one)
      }
    // Those that stay stored as open are found to have ended at the next start.
    for (const [one, wait] of waiting) {
      if (waiting.size <= mostWaiting) break
      waiting.delete(one)
      if (isEnded(wait)) notStored++
    }
    return nos !== null
  }
  /** Stores the names of servers, and when their sessions were last seen. */
  const noteSeen = (): void => {
    const changed = [...servers].filter(([, { seenAt, storedSeenAt }]) => !Number.isNaN(seenAt) && seenAt !== storedSeenAt)
    if (days === 0 || changed.length === 0) return
    if (attempt(() => rows.note(changed.map(([id, { name, seenAt }]) => ({ id, name, seenAt })))) === null) return
    for (const [, server] of changed) server.storedSeenAt = server.seenAt
  }
  /** Deletes some of what has expired. Returns whether all of it is deleted. */
  const clear = (at: number): boolean => {
    // Sessions of a bundle do not expire.
    if (bundleEnd !== null) return true
    if (days === 0) {
      const cleared = () => {
        rows.clear()
        deps.onNoneKept()
        return true
      }
      return attempt(cleared) ?? false
    }
    const before = at - days * 86_400_000
    for (const server of servers.values())
      if (!(server.seenAt >= before)) for (const one of [...server.open.values()]) if (isUnseen(one)) leave(server, one, 'none')
    return attempt(() => !rows.drop(before)) ?? false
  }
  const tick = (): void => {
    const at = clock.now()
    const isTaken = storeSome()
    if (Math.abs(at - clearedAt) >= clearMs && clear(at)) clearedAt = at
    if (Math.abs(at - notedAt) >= noteSeenMs) {
      notedAt = at
      noteSeen()
    }
    timer = clock.setTimeout(tick, isTaken && waiting.size > 0 ? 100 : flushMs)
  }

  const keptSince = (): number | null => {
    if (bundleEnd !== null) return bundledSince
    return days === 0 ? null : Math.max(rows.since(clock.now()), clock.now() - days * 86_400_000)
  }
  /** Those that go on and were seen in a period, except those of mtxdecks; `ended` is when they were seen last. */
  const lasting = (from: number, to: number): InMemory[] =>
    Array.from(servers.values()).flatMap(({ open, seenAt }) =>
      Array.from(open.values()).flatMap((one) => {
        // One that is not seen in this launch yet may have ended.
        const seen = Number.isNaN(seenAt) ? one.began : seenAt
        return one.record?.reading.own === true || one.began > to || seen < from ? [] : { no: one.no, session: keptOf(one, seen, null) }
      }),
    )
  /** Those that ended and are not stored yet. */
  const justEnded = (): InMemory[] => Array.from(waiting).flatMap(([{ no }, session]) => (isEnded(session) ? { no, session } : []))
  const nameOf = (serverId: string): string => deps.nameOf(serverId) ?? names.get(serverId) ?? serverId

  const search = createSessionSearch({ slices: deps.slices, rows, lasting, justEnded, nameOf, bundleEnd })

  /** Resumes the sessions that were stored as open. */
  const resume = () => {
    const known = rows.names()
    const seen = new Map(known.map(({ id, seenAt }) => [id, seenAt]))
    for (const { id, name } of known) names.set(id, name)
    for (const { no, ...stored } of rows.opens()) {
      const { serverId, id, began, endedAfter } = stored
      const list = stored.list as SessionListName
      const server = ofServer({ id: serverId, name: names.get(serverId) ?? serverId })
      server.open.set(keyOf(list, id), { serverId, list, id, began, createdAt: null, record: null, stored, no })
      // The server was seen at least until the session was stored.
      const storedAt = endedAfter ?? began
      server.seenAt = Math.max(storedAt, seen.get(serverId) ?? storedAt, Number.isNaN(server.seenAt) ? 0 : server.seenAt)
    }
  }
  attempt(resume)
  if (days > 0 && bundleEnd === null) attempt(() => rows.since(clock.now()))
  timer = clock.setTimeout(tick, flushMs)

  return {
    /** Records changes of a server's sessions; also called while it can't be reached, when its sessions are assumed to continue. */
    changed: (name: ServerName, { began, ended, firstRead, isInUse }: SessionChanges): void => {
      const server = ofServer(name)
      const at = clock.now()
      const seenBefore = server.seenAt
      const present = new Set<string>()
      for (const record of began) {
        const { list, id } = record.reading
        const isFirst = firstRead.includes(list)
        if (isFirst) present.add(keyOf(list, id))
        if (!record.ended) begin(name.id, server, record, at, isFirst ? seenBefore : null)
      }
      for (const record of ended) {
        const one = server.open.get(keyOf(record.reading.list, record.reading.id))
        if (one?.record === record) end(server, one, at, null)
      }
      // Sessions that were open before the server became unreachable, and are no longer listed.
      const isGone = (one: Open) =>
        firstRead.includes(one.list) ? !present.has(keyOf(one.list, one.id)) : isInUse !== null && isUnseen(one) && !isInUse(one.list)
      if (firstRead.length > 0 || isInUse !== null) for (const one of [...server.open.values()]) if (isGone(one)) end(server, one, at, seenBefore)
      if (isInUse !== null) server.seenAt = at
    },
    forget,
    /** Called once at startup: all servers other than these were removed while mtxdeck was not running. */
    forgetOthers: (serverIds: ReadonlySet<string>): void => {
      for (const id of [...servers.keys()]) if (!serverIds.has(id)) forget(id)
    },
    past: async (asked: AskedPast, signal: AbortSignal): Promise<PastSessions> => {
      const found = await search.find(asked, signal)
      return { ...found, since: keptSince(), keepDays: bundleEnd === null ? days : 0, notStored }
    },
    /** The sessions of a period, serialized for a bundle. `hider` replaces addresses and users; null: they are kept. */
    bundled: async (scope: BundleScope, hider: AddressHider | null, signal: AbortSignal): Promise<string> => {
      const { sessions, since } = await search.collect(scope, keptSince() ?? scope.to, signal)
      return bundledSessionsText(sessions, since, hider)
    },
    /** Loads the sessions of the shown bundle. */
    restore: async (text: string | undefined): Promise<void> => {
      const bundled = readBundledSessions(text)
      if (bundled === null) return
      for await (const sessions of bundled.blocks) attempt(() => rows.store(sessions.map((session) => ({ no: null, session: { ...session, list: '' } }))))
      bundledSince = bundled.since
    },
    /** Why storing has been failing for some time; null: it works. */
    trouble: (): ConsoleTrouble | null => (failing !== null && clock.monotonic() - failing.since >= saidAfterMs ? failing.trouble : null),
    keepDays: (): number => days,
    keep: (next: number): number => {
      deps.kept.write(settingKey, String(next))
      const isBegun = days === 0 && next > 0
      days = next
      clearedAt = Number.NEGATIVE_INFINITY
      const open = Array.from(servers.values()).flatMap((server) => [...server.open.values()])
      if (days > 0) attempt(() => rows.since(clock.now()))
      if (isBegun) for (const one of open) waiting.set(one, { seenAt: clock.now() })
      if (days === 0) {
        waiting.clear()
        for (const one of open) one.no = null
        for (const server of servers.values()) server.storedSeenAt = Number.NaN
        // Now or, if the disk fails, as soon as possible.
        if (clear(clock.now())) clearedAt = clock.now()
      }
      return days
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      if (timer !== null) clock.clearTimeout(timer)
      while (waiting.size > 0 && storeSome());
      noteSeen()
      deps.db.close()
    },
  }
}

const daysOf = (text: string | null): number => (text !== null && /^\d{1,4}$/.test(text) ? Number(text) : defaultDays)
