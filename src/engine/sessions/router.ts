import type { Clock } from '../../clock/clock.ts'
import { api, never, orNotFound } from '../api.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { SessionLog } from './sessionLog.ts'
import type { Sessions } from './sessions.ts'

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
