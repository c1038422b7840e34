import type { Clock } from '../../clock/clock.ts'
import type { SessionListName } from '../servers/readings.ts'
import type { SessionChanges, SessionRecord } from '../streams/sessions.ts'
import type { ShownStreams } from '../streams/shownOfStreams.ts'
import type { ServerName } from '../streams/streamRecord.ts'
import { isUnseen, keptOf, keyOf, type OfServer, type Open } from './openSessions.ts'
import type { StoredOpen } from './sessionRows.ts'
import type { WaitingSessions } from './waitingSessions.ts'

interface FollowedDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly sessionOf: ShownStreams['sessionOf']
  /** Whether session history is enabled. */
  readonly isKept: () => boolean
  /** Notified of sessions that began or ended. */
  readonly waiting: WaitingSessions
}

/** Tracks the open sessions of each server. */
export function createFollowedSessions({ clock, sessionOf, isKept, waiting }: FollowedDeps) {
  const servers = new Map<string, OfServer>()
  /** Server names by id, also of servers no longer watched, as long as sessions of theirs are stored. */
  const names = new Map<string, string>()

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
  const leave = (serverId: string, server: OfServer, one: Open) => {
    server.open.delete(keyOf(one.list, one.id))
    waiting.left(serverId, one)
  }
  /** `seenAt`: when the session was last seen, if its exact end is unknown; null: it was observed until its end. */
  const end = (serverId: string, server: OfServer, one: Open, at: number, seenAt: number | null) => {
    leave(serverId, server, one)
    if (!isKept() || one.record?.reading.own === true) return
    // The clock may have been set back.
    const ended = Math.max(one.began, at)
    const endedAfter = seenAt === null ? null : Number.isNaN(seenAt) ? one.began : Math.min(Math.max(one.began, seenAt), ended)
    waiting.ended({ ...keptOf(serverId, one, sessionOf), ended, endedAfter })
  }
  /** `seenAt`: passed to `end` for an earlier session of the same id. */
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
    if (isKept()) waiting.began(serverId, one, at)
  }

  return {
    servers: servers as ReadonlyMap<string, OfServer>,
    /** The last known name of a server; undefined: no session of it is known. */
    nameOf: (serverId: string): string | undefined => names.get(serverId),
    /** Resumes tracking sessions that were stored as open. */
    resume: (opens: readonly StoredOpen[], known: readonly { readonly id: string; readonly name: string; readonly seenAt: number }[]): void => {
      const seen = new Map(known.map(({ id, seenAt }) => [id, seenAt]))
      for (const { id, name } of known) names.set(id, name)
      for (const { serverId, list, id, began, session } of opens) {
        const server = ofServer({ id: serverId, name: names.get(serverId) ?? serverId })
        const one: Open = { list: list as SessionListName, id, began, createdAt: null, record: null, stored: session, isStored: true }
        server.open.set(keyOf(one.list, id), one)
        // The server was seen at least until the session was stored.
        server.seenAt = Math.max(session.ended, seen.get(serverId) ?? session.ended, Number.isNaN(server.seenAt) ? 0 : server.seenAt)
      }
    },
    /** Processes changes of a server's sessions. */
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
        if (one?.record === record) end(name.id, server, one, at, null)
      }
      // Sessions that were open before the server became unreachable, and are no longer listed.
      const isGone = (one: Open) =>
        firstRead.includes(one.list) ? !present.has(keyOf(one.list, one.id)) : isInUse !== null && isUnseen(one) && !isInUse(one.list)
      if (firstRead.length > 0 || isInUse !== null) for (const one of [...server.open.values()]) if (isGone(one)) end(name.id, server, one, at, seenBefore)
      if (isInUse !== null) server.seenAt = at
    },
    /** Ends the sessions of a server that is no longer watched. Returns its name; undefined: unknown server. */
    forget: (serverId: string): string | undefined => {
      const server = servers.get(serverId)
      if (server === undefined) return undefined
      for (const one of [...server.open.values()]) end(serverId, server, one, clock.now(), isUnseen(one) ? server.seenAt : null)
      servers.delete(serverId)
      return server.name
    },
    /** Drops unseen sessions of servers that have not been reachable since `before`. */
    dropUnseen: (before: number): void => {
      for (const [id, server] of servers) if (!(server.seenAt >= before)) for (const one of [...server.open.values()]) if (isUnseen(one)) leave(id, server, one)
    },
    /** Session history was enabled: queues all open sessions for storing. */
    storeAll: (): void => {
      for (const [serverId, { open }] of servers) for (const one of open.values()) waiting.began(serverId, one, clock.now())
    },
    /** Call when all stored sessions, including open ones, were deleted. */
    unstore: (): void => {
      for (const server of servers.values()) {
        server.storedSeenAt = Number.NaN
        for (const one of server.open.values()) one.isStored = false
      }
    },
  }
}
