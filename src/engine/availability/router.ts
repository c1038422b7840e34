import { api } from '../api.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { ReadAvailability } from './availability.ts'

export function availabilityRouter(availability: ReadAvailability, refuseUnknown: RefuseUnknownServer) {
  return {
    read: api.availability.read.handler(({ input, context, signal }) => {
      refuseUnknown('server', input.server, context)
      return availability(input, signal)
    }),
  }
}
