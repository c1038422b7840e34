import { api, orNotFound, orRefused } from '../api.ts'
import type { DailyChecks } from './dailyChecks.ts'

export function dailyChecksRouter(dailyChecks: DailyChecks) {
  return {
    list: api.dailyChecks.list.handler(({ input }) => dailyChecks.list({ until: input?.until, limit: input?.limit ?? 100 })),
    status: api.dailyChecks.status.handler(() => dailyChecks.status()),
    get: api.dailyChecks.get.handler(({ input: { id, ...asked }, errors }) => orNotFound(dailyChecks.get(id, asked), errors)),
    pictures: api.dailyChecks.pictures.handler(async ({ input, errors }) =>
      orNotFound(await dailyChecks.pictures(input.id, input.cameras, input.before), errors),
    ),
    run: api.dailyChecks.run.handler(({ input, errors, context }) => orRefused(dailyChecks.run(input, context.operator.name), errors)),
    stop: api.dailyChecks.stop.handler(({ input, errors }) => orNotFound(dailyChecks.stop(input.id), errors)),
    acceptSize: api.dailyChecks.acceptSize.handler(({ input, errors }) => {
      if (!dailyChecks.acceptSize(input.id, input.no)) throw errors.NOT_FOUND()
    }),
    keep: api.dailyChecks.keep.handler(({ input, errors }) => orRefused(dailyChecks.keep(input), errors)),
  }
}
