import { api, orNotFound, orRefused } from '../api.ts'
import type { Reports } from './reports.ts'

export function reportsRouter(reports: Reports) {
  return {
    list: api.reports.list.handler(() => [...reports.list()]),
    add: api.reports.add.handler(({ input, context, errors }) => orRefused(reports.add(input, context.operator.name), errors)),
    update: api.reports.update.handler(({ input, context, errors }) => orRefused(reports.update(input.id, input.change, context.operator.name), errors)),
    remove: api.reports.remove.handler(({ input, errors }) => {
      orRefused(reports.remove(input.id), errors)
    }),
    send: api.reports.send.handler(async ({ input, context, errors }) => orNotFound(await reports.send(input.id, context.operator.name), errors)),
    show: api.reports.show.handler(async ({ input, context, errors }) => orNotFound(await reports.show(input.id, context.operator), errors)),
  }
}
