import { api, orRefused } from '../api.ts'
import type { Canaries } from './canaries.ts'

export function canariesRouter(canaries: Canaries) {
  return {
    list: api.canaries.list.handler(() => [...canaries.all()]),
    put: api.canaries.put.handler(({ input: { serverId, ...settings }, errors }) => orRefused(canaries.put(serverId, settings), errors)),
    remove: api.canaries.remove.handler(({ input, errors }) => {
      orRefused(canaries.remove(input.serverId), errors)
    }),
  }
}
