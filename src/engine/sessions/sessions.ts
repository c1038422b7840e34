import { type Clock, timeLimit } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { Kick } from '../../shared/acts.ts'
import { hostOf } from '../../shared/endpoints.ts'
import type { ServerError } from '../../shared/errors.ts'
import { aboutServer, aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import type { Result } from '../../shared/result.ts'
import type { KickOutcome, KickResult, SessionFilter, SessionGroup, SessionGrouping, SessionList, SessionSort } from '../../shared/sessions.ts'
import { api, never, orNotFound } from '../api.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { SessionListName } from '../servers/readings.ts'
import type { ServerName } from '../streams/streamRecord.ts'
import type { Streams } from '../streams/streams.ts'
import { findSessions, groupsOf, type OpenSession, sessionsPage } from './findSessions.ts'
import type { SessionLog } from './sessionLog.ts'

/** Disconnects sessions of one server. */
interface Kicker {
  readonly kick: (list: SessionListName, id: string, signal: AbortSignal) => Promise<Result<'kicked' | 'gone', ServerError>>
  readonly close: () => Promise<void>
}

interface SessionsDeps {
  readonly clock: Clock
  readonly slices: Slices
  readonly streams: Pick<Streams, 'eachSessions' | 'audienceOf' | 'sessionOf' | 'kicked'>
  /** null: there is no such server, or it is not asked. */
  readonly kickerOf: (serverId: string) => Kicker | null
  /** The network that an address is likely to share with its neighbours; null: it is no address. */
  readonly networkOf: (address: string) => string | null
  readonly record: (events: readonly NewEvent[]) => void
  readonly signal: AbortSignal
}

interface AskedSessions extends SessionFilter {
  readonly sort: SessionSort
  readonly offset: number
  readonly limit: number
}
interface AskedGroups extends SessionFilter {
  readonly by: SessionGrouping
  readonly limit: number
}
export interface SessionName {
  readonly serverId: string
  readonly id: string
}
export interface SessionGroups extends Pick<SessionList, 'at' | 'total' | 'unknown' | 'hlsUncounted'> {
  readonly groups: SessionGroup[]
}
/** Everybody who publishes to or reads from the servers now. */
export type Sessions = ReturnType<typeof createSessions>

const kickLimitMs = 5_000
/** A server whose sessions are of more streams gets one event for all of them. */
const mostKickEvents = 20
const mostAddressesSaid = 20

export function createSessions(deps: SessionsDeps) {
  const { clock, slices, streams, networkOf } = deps
  const find = (filter: SessionFilter, signal: AbortSignal) => findSessions(streams, filter, slices.begin(), signal)
  const open = (isMeant: (serverId: string, id: string) => boolean): OpenSession[] => {
    const found: OpenSession[] = []
    for (const { server, sessions } of streams.eachSessions())
      for (const session of sessions) if (session.reading.list !== 'hlsMuxers' && isMeant(server.id, session.reading.id)) found.push({ server, session })
    return found
  }

  return {
    list: async ({ sort, offset, limit, ...filter }: AskedSessions, signal: AbortSignal): Promise<SessionList> => {
      const { found, ...rest } = await find(filter, signal)
      return { at: clock.now(), sessions: sessionsPage(found, streams.sessionOf, sort, offset, limit), ...rest }
    },
    groups: async ({ by, limit, ...filter }: AskedGroups, signal: AbortSignal): Promise<SessionGroups> => {
      const { found, unknown, hlsUncounted } = await find(filter, signal)
      const { total, groups } = await groupsOf(found, { by, most: limit, networkOf, slice: slices.begin(), signal })
      return { at: clock.now(), total, groups, unknown, hlsUncounted }
    },
    /** Sessions of this id, on whichever server. */
    named: (id: string): SessionName[] => open((_, one) => one === id).map(({ server }) => ({ serverId: server.id, id })),
    /** Disconnects sessions: one after the other on each server, whose sessions are left alone after a failure that the next would meet, too. */
    kick: async (names: readonly SessionName[], kick: Kick): Promise<KickResult[]> => {
      const nameOf = ({ serverId, id }: SessionName) => `${serverId} ${id}`
      const asked = new Set(names.map(nameOf))
      const found = new Map(
        open((serverId, id) => asked.has(nameOf({ serverId, id }))).map((one) => [nameOf({ serverId: one.server.id, id: one.session.reading.id }), one]),
      )
      const byServer = Map.groupBy(found.values(), ({ server }) => server.id)
      const results = new Map<string, KickResult>()
      await Promise.all(
        [...byServer].map(async ([serverId, all]) => {
          const done = await kickOn(deps, serverId, all, kick)
          for (const result of done) results.set(nameOf(result), result)
          const [{ server }] = all as [OpenSession]
          const kicked = all.filter(({ session }) => results.get(nameOf({ serverId, id: session.reading.id }))?.outcome === 'kicked')
          deps.record(kickEvents(server, kicked, kick, clock.now()))
        }),
      )
      return [...new Map(names.map((name) => [nameOf(name), name])).values()].map(
        ({ serverId, id }) => results.get(nameOf({ serverId, id })) ?? { serverId, id, path: '', outcome: 'gone', error: null },
      )
    },
  }
}

/** What the next session would meet, too: who is refused once is not asked again. */
const meetsAll = (error: ServerError): boolean => error.kind !== 'notEnabled' && error.kind !== 'httpStatus'

async function kickOn(
  { clock, streams, kickerOf, signal }: SessionsDeps,
  serverId: string,
  sessions: readonly OpenSession[],
  kick: Kick,
): Promise<KickResult[]> {
  const kicker = kickerOf(serverId)
  let failed: ServerError | null = null
  const results: KickResult[] = []
  try {
    for (const { session } of sessions) {
      const { id, path, list, own, role } = session.reading
      const result = (outcome: KickOutcome, error: ServerError | null = null) => void results.push({ serverId, id, path, outcome, error })
      if (own) result('own')
      else if (kicker === null) result('gone')
      else if (failed !== null) result('notAsked')
      else {
        using limit = timeLimit(clock, kickLimitMs, signal)
        const answer = await kicker.kick(list, id, limit.signal)
        if (answer.ok) {
          if (answer.value === 'kicked' && role === 'publisher') streams.kicked(serverId, path, id, kick)
          result(answer.value)
        } else {
          result('failed', answer.error)
          if (meetsAll(answer.error)) failed = answer.error
        }
      }
    }
  } finally {
    await kicker?.close()
  }
  return results
}

/** What was done, for the list of events: one event a stream, or one of the server where there are many. */
function kickEvents(server: ServerName, kicked: readonly OpenSession[], { by, reason }: Kick, at: number): NewEvent[] {
  const byPath = Map.groupBy(kicked, ({ session }) => session.reading.path)
  const factsOf = (some: readonly OpenSession[]) => {
    const roles = new Set(some.map(({ session }) => session.reading.role))
    const addresses = [...new Set(some.flatMap(({ session: { reading } }) => (reading.remoteAddr === null ? [] : [hostOf(reading.remoteAddr)])))]
    const [role] = roles
    return {
      by,
      reason,
      sessions: some.length,
      role: roles.size === 1 && (role === 'publisher' || role === 'reader') ? role : ('mixed' as const),
      addresses: addresses.slice(0, mostAddressesSaid),
    }
  }
  if (byPath.size > mostKickEvents) return [newEvent('sessionsKicked', at, factsOf(kicked), aboutServer(server))]
  return [...byPath].map(([path, some]) => newEvent('sessionsKicked', at, factsOf(some), path === '' ? aboutServer(server) : aboutStream(server, path)))
}

export function sessionsRouter(sessions: Sessions, sessionLog: SessionLog, clock: Pick<Clock, 'now'>, refuseUnknown: RefuseUnknownServer) {
  return {
    list: api.sessions.list.handler(async ({ input, context, signal = never }) => {
      refuseUnknown('server', input?.server, context)
      return await sessions.list({ sort: 'since', offset: 0, limit: 100, ...input }, signal)
    }),
    groups: api.sessions.groups.handler(async ({ input, context, signal = never }) => {
      refuseUnknown('server', input.server, context)
      return await sessions.groups(input, signal)
    }),
    past: api.sessions.past.handler(({ input: { from, lastMs = 3_600_000, to = clock.now(), ...asked }, signal = never }) =>
      sessionLog.past({ ...asked, from: from ?? to - lastMs, to }, signal),
    ),
    keep: api.sessions.keep.handler(({ input }) => ({ days: sessionLog.keep(input.days) })),
    kick: api.sessions.kick.handler(async ({ input: { id, serverId, reason }, context, errors }) => {
      const named = sessions.named(id).filter((one) => serverId === undefined || one.serverId === serverId)
      // If two servers have a session of this id, the request is ambiguous.
      const [result] = named.length === 1 ? await sessions.kick(named, { by: context.operator.name, reason }) : []
      return orNotFound(result, errors)
    }),
    kickMany: api.sessions.kickMany.handler(
      async ({ input, context }) => await sessions.kick(input.sessions, { by: context.operator.name, reason: input.reason }),
    ),
  }
}
