import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { BundleScope } from '../../shared/bundles.ts'
import type { ConsoleTrouble } from '../../shared/consoleTroubles.ts'
import type { PastSessions } from '../../shared/sessions.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import type { Log } from '../ports.ts'
import type { SessionChanges } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { ServerName } from '../streams/streamRecord.ts'
import { bundledSessionsText, readBundledSessions } from './bundledSessions.ts'
import { createFollowedSessions } from './followedSessions.ts'
import { packSessions } from './packedSessions.ts'
import { type AskedPast, createPastSessions } from './pastSessions.ts'
import { createSessionDisk } from './sessionDisk.ts'
import { createSessionRows, type StoredOpen } from './sessionRows.ts'
import { createWaitingSessions } from './waitingSessions.ts'

export interface SessionLogDeps {
  readonly clock: Clock
  readonly log: Log
  readonly slices: Slices
  /** sessions.db. */
  readonly db: Database
  readonly sessionOf: ShownStreams['sessionOf']
  /** End of the shown bundle, epoch ms; null: live monitoring. */
  readonly bundleEnd: number | null
  /** Current name of a server; null: it is no longer watched. */
  readonly nameOf: (serverId: string) => string | null
  readonly kept: { readonly read: (key: string) => string | null; readonly write: (key: string, value: string) => void }
}

/** Log of who was connected to the servers, and when; retained for days. Sessions of mtxdeck consoles are excluded. */
export interface SessionLog {
  /** Records changes of a server's sessions; also called while it can't be reached, when its sessions are assumed to continue. */
  readonly changed: (server: ServerName, changes: SessionChanges) => void
  /** Called when a server is no longer watched. */
  readonly forget: (serverId: string) => void
  /** Called once at startup: all servers other than these were removed while mtxdeck was not running. */
  readonly forgetOthers: (serverIds: ReadonlySet<string>) => void
  readonly past: (asked: AskedPast, signal: AbortSignal) => Promise<PastSessions>
  /** The sessions of a period, serialized for a bundle, and their number. `hider` replaces addresses and users; null: they are kept. */
  readonly bundled: (scope: BundleScope, hider: AddressHider | null, signal: AbortSignal) => Promise<{ readonly text: string; readonly count: number }>
  /** Loads the sessions of the shown bundle. */
  readonly restore: (text: string | undefined) => Promise<void>
  /** Why storing has been failing for some time; null: it works. */
  readonly trouble: () => ConsoleTrouble | null
  readonly keepDays: () => number
  readonly keep: (days: number) => number
  /** Resolves when no packing is in progress. */
  readonly settled: () => Promise<void>
  /** Stores pending changes. */
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

const settingKey = 'keepSessionsDays'
const defaultDays = 30
const flushMs = 5_000
const clearMs = 3_600_000
/** How often the last-seen times are stored: their precision after mtxdeck was killed. */
const noteSeenMs = 60_000

export function createSessionLog(deps: SessionLogDeps): SessionLog {
  const { clock, log } = deps
  const rows = createSessionRows(deps.db)
  const { attempt, failed, trouble } = createSessionDisk({ clock, log, file: deps.db.name })
  let days = daysOf(deps.kept.read(settingKey))
  const waiting = createWaitingSessions(deps.sessionOf)
  const followed = createFollowedSessions({ clock, sessionOf: deps.sessionOf, isKept: () => days > 0, waiting })
  let packing: Promise<void> = Promise.resolve()
  let timer: Timer | null = null
  let clearedAt = Number.NEGATIVE_INFINITY
  let notedAt = clock.now()
  let isClosed = false
  let bundledSince: number | null = null

  const forget = (serverId: string) => {
    const name = followed.forget(serverId)
    // The server's name is kept as long as its sessions.
    if (name !== undefined && days > 0) attempt(() => rows.note([{ id: serverId, name, seenAt: clock.now() }]))
  }
  /** Stores pending sessions, or a part of them. Returns whether the write succeeded. */
  const flush = (): boolean => {
    const store = (...some: Parameters<typeof rows.store>) => attempt(() => rows.store(...some))
    let isTaken = waiting.storeSome(store)
    // While closing, store everything; otherwise the rest follows in a later tick.
    while (isTaken && isClosed && waiting.size() > 0) isTaken = waiting.storeSome(store)
    waiting.trim()
    return isTaken
  }
  /** Stores the names of servers, and when their sessions were last seen. */
  const noteSeen = (): void => {
    const changed = [...followed.servers].filter(([, { seenAt, storedSeenAt }]) => !Number.isNaN(seenAt) && seenAt !== storedSeenAt)
    if (days === 0 || changed.length === 0) return
    const isTaken = attempt(() => rows.note(changed.map(([id, { name, seenAt }]) => ({ id, name, seenAt }))))
    if (isTaken) for (const [, server] of changed) server.storedSeenAt = server.seenAt
  }
  /** Deletes expired sessions. Returns whether the write succeeded. */
  const clear = (at: number): boolean => {
    // Sessions of a bundle do not expire.
    if (deps.bundleEnd !== null) return true
    if (days === 0) return attempt(rows.clear)
    const before = at - days * 86_400_000
    followed.dropUnseen(before)
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
    timer = clock.setTimeout(tick, isTaken && waiting.size() > 0 ? 100 : flushMs)
  }

  const reading = createPastSessions({
    log,
    slices: deps.slices,
    rows,
    servers: followed.servers,
    justEnded: waiting.justEnded,
    sessionOf: deps.sessionOf,
    nameOf: (serverId) => deps.nameOf(serverId) ?? followed.nameOf(serverId) ?? serverId,
    bundleEnd: deps.bundleEnd,
    keptSince,
  })

  let names: ReturnType<typeof rows.names> = []
  let opens: readonly StoredOpen[] = []
  attempt(() => {
    names = rows.names()
    opens = rows.opens()
  })
  followed.resume(opens, names)
  if (days > 0 && deps.bundleEnd === null) attempt(() => rows.since(clock.now()))
  timer = clock.setTimeout(tick, flushMs)

  return {
    changed: followed.changed,
    forget,
    forgetOthers: (serverIds) => {
      for (const id of [...followed.servers.keys()]) if (!serverIds.has(id)) forget(id)
    },
    past: async (asked, signal) => {
      const found = await reading.find(asked, signal)
      return {
        ...found,
        since: keptSince(),
        keepDays: deps.bundleEnd === null ? days : 0,
        notStored: waiting.notStored(),
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
    trouble,
    keepDays: () => days,
    keep: (next) => {
      deps.kept.write(settingKey, String(next))
      const before = days
      days = next
      clearedAt = Number.NEGATIVE_INFINITY
      if (days === 0) forgetStored()
      else {
        attempt(() => rows.since(clock.now()))
        if (before === 0) followed.storeAll()
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

  /** Deletes everything stored: now or, if the disk fails, as soon as possible. */
  function forgetStored(): void {
    waiting.clear()
    followed.unstore()
    if (clear(clock.now())) clearedAt = clock.now()
  }
}

const daysOf = (text: string | null): number => (text !== null && /^\d{1,4}$/.test(text) ? Number(text) : defaultDays)
