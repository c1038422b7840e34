import { api, orRefused } from '../api.ts'
import type { Walls } from './walls.ts'

export function wallsRouter(walls: Walls) {
  return {
    list: api.walls.list.handler(() => [...walls.list()]),
    add: api.walls.add.handler(({ input, context, errors }) => orRefused(walls.add(input, context.operator.name), errors)),
    update: api.walls.update.handler(({ input, context, errors }) =>
      orRefused(walls.update(input.id, input.change, context.operator.name, input.revision), errors),
    ),
    remove: api.walls.remove.handler(({ input, errors }) => {
      orRefused(walls.remove(input.id), errors)
    }),
    order: api.walls.order.handler(({ input }) => [...walls.order(input.ids)]),
  }
}
