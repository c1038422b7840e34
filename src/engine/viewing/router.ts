import { api } from '../api.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { Viewing } from './viewing.ts'
import type { ViewLog } from './viewLog.ts'

export function viewingRouter(viewing: Viewing, viewLog: ViewLog, refuseUnknown: RefuseUnknownServer) {
  return {
    report: api.viewing.report.handler(({ input, context, signal }) => {
      refuseUnknown('server', input.server, context)
      return viewing.report(input, signal)
    }),
    stream: api.viewing.stream.handler(({ input, signal }) => viewing.stream(input, signal)),
    views: api.viewing.views.handler(({ input }) => viewLog.list(input)),
  }
}
