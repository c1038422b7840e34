import { api, orNotFound } from '../api.ts'
import type { RefuseUnknownServer } from '../refuseUnknownServer.ts'
import type { Recordings } from './recordings.ts'

export function recordingsRouter(recordings: Recordings, refuseUnknown: RefuseUnknownServer) {
  return {
    list: api.recordings.list.handler(async ({ input, context, signal }) => {
      refuseUnknown('server', input?.server, context)
      return await recordings.list({ offset: 0, limit: 100, ...input }, signal)
    }),
    calendar: api.recordings.calendar.handler(async ({ input, errors, signal }) => orNotFound(await recordings.calendar(input, signal), errors)),
    lane: api.recordings.lane.handler(async ({ input, errors, signal }) => orNotFound(await recordings.lane(input, signal), errors)),
    deletable: api.recordings.deletable.handler(async ({ input: { since, until, ...asked }, errors }) => {
      const found = orNotFound(await recordings.deletable({ ...asked, from: since, to: until }), errors)
      if (!found.ok) throw errors.UNREADABLE({ data: found.error })
      return found.value
    }),
    delete: api.recordings.delete.handler(async ({ input, context, errors }) =>
      orNotFound(await recordings.delete({ ...input, by: context.operator.name }), errors),
    ),
  }
}
