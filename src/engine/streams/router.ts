import type { CallContext, Operator } from '../../shared/permissions.ts'
import { type StreamReport, type StreamsInput, selectedReports } from '../../shared/streams.ts'
import { api, never, orElse, orNotFound } from '../api.ts'
import type { Baselines } from '../baselines/baselines.ts'
import type { Past } from '../past/past.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { Servers } from '../servers/servers.ts'
import type { PathRoutes } from './pathRoutes.ts'
import type { ReadLives } from './streamLives.ts'
import type { StreamNaming } from './streamNaming.ts'
import type { Streams } from './streams.ts'

/**
 * The streams that are asked for, built lazily one at a time: now, or at a moment of the past. Rejects where the server is unknown, or the operator asks for
 * too many moments at once.
 */
export function createListReports(
  streams: Streams,
  naming: StreamNaming,
  pastOf: (operator: Operator) => Past,
  refuseUnknown: RefuseUnknownServer,
  cameraOf: (stream: StreamReport, operator: Operator) => StreamReport['camera'],
) {
  function* now(asked: StreamsInput, { operator, language }: CallContext): Iterable<StreamReport> {
    for (const report of selectedReports(streams.eachReport(language), asked)) yield { ...report, camera: cameraOf(report, operator) }
  }
  return async (asked: StreamsInput, context: CallContext, signal?: AbortSignal): Promise<Iterable<StreamReport>> => {
    if (asked?.at !== undefined) {
      const then = await pastOf(context.operator).reports(asked.at, context.language, signal)
      return naming.withFields(selectedReports(then, asked))
    }
    refuseUnknown('serverId', asked?.serverId, context)
    return naming.withFields(now(asked, context))
  }
}
export type ListReports = ReturnType<typeof createListReports>

export function streamsRouter(
  streams: Streams,
  listed: ListReports,
  naming: StreamNaming,
  lives: ReadLives,
  paths: PathRoutes,
  baseline: Pick<Baselines, 'ask'>,
  pastOf: (operator: Operator) => Past,
  servers: Pick<Servers, 'get'>,
  refuseUnknown: RefuseUnknownServer,
) {
  type Errors = Readonly<Record<'NOT_FOUND' | 'CONFLICT', () => Error>>
  const refusalOf = (why: 'none' | 'several', errors: Errors): Error => (why === 'none' ? errors.NOT_FOUND() : errors.CONFLICT())
  return {
    streams: {
      baseline: api.streams.baseline.handler(async ({ input, errors, signal }) => orNotFound(await baseline.ask(input, signal), errors)),
      list: api.streams.list.handler(async ({ input, context, signal }) => [...(await listed(input, context, signal))]),
      lives: api.streams.lives.handler(({ input, signal }) => lives(input, signal)),
      naming: api.streams.naming.handler(() => naming.settings()),
      keepNaming: api.streams.keepNaming.handler(({ input, errors }) => orElse(naming.keep(input.templates), errors.FORBIDDEN)),
      expect: api.streams.expect.handler(
        ({ input, context, errors }) => void orNotFound(streams.expect(input.streams, input.expected, context.operator.name), errors),
      ),
      get: api.streams.get.handler(async ({ input, context, errors, signal }) => {
        const { serverId, path, at } = input
        return orNotFound(at === undefined ? streams.get(serverId, path) : await pastOf(context.operator).stream(serverId, path, at, signal), errors)
      }),
      forwards: api.streams.forwards.handler(({ input, errors }) => {
        const forwards = streams.forwardsOf(input.serverId)
        if (!servers.get(input.serverId) || forwards === null) throw errors.NOT_FOUND()
        return { ...forwards, destinations: [...forwards.destinations] }
      }),
      sessions: api.streams.sessions.handler(({ input, errors }) => {
        orNotFound(servers.get(input.serverId), errors)
        return [...streams.sessionsOf(input.serverId)]
      }),
    },
    paths: {
      list: api.paths.list.handler(async ({ input, context, signal = never }) => {
        refuseUnknown('server', input?.server, context)
        return await paths.list({ itemsPerPage: 1_000, page: 0, ...input }, signal)
      }),
      get: api.paths.get.handler(({ input, context, errors }) => {
        refuseUnknown('server', input.server, context)
        const path = paths.get(input)
        if (typeof path === 'string') throw refusalOf(path, errors)
        return path
      }),
      close: api.paths.close.handler(async ({ input, context, errors }) => {
        refuseUnknown('server', input.server, context)
        const closed = await paths.close({ ...input, by: context.operator.name })
        if (closed === 'unpublished') throw errors.UNPROCESSABLE_CONTENT()
        if (typeof closed === 'string') throw refusalOf(closed, errors)
        return closed
      }),
    },
  }
}
