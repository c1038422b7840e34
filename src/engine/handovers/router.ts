import { api, orNotFound, orRefused } from '../api.ts'
import { type Handovers, personOf } from './handovers.ts'

export function handoversRouter(handovers: Handovers) {
  return {
    current: api.handovers.current.handler(async ({ context }) => ({ facts: await handovers.current(), operator: personOf(context.operator, '') })),
    list: api.handovers.list.handler(({ input }) => [...handovers.list(input.limit)]),
    get: api.handovers.get.handler(({ input, errors }) => orNotFound(handovers.get(input.id), errors)),
    handOver: api.handovers.handOver.handler(async ({ input, context, errors }) => orRefused(await handovers.handOver(input, context.operator), errors)),
    takeOver: api.handovers.takeOver.handler(({ input: { id, name }, context, errors }) => orRefused(handovers.takeOver(id, name, context.operator), errors)),
    mail: api.handovers.mail.handler(({ input: { id, channel }, errors }) => {
      orRefused(handovers.mail(id, channel), errors)
    }),
  }
}
