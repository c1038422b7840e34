import { api, orNotFound } from '../api.ts'
import type { Cameras } from '../cameras/cameras.ts'
import type { RefuseUnknownServer } from '../refusing.ts'
import type { Viewing } from './viewing.ts'
import type { ViewLog } from './viewLog.ts'

export function viewingRouter(viewing: Viewing, viewLog: ViewLog, cameras: Pick<Cameras, 'streamsOf'>, refuseUnknown: RefuseUnknownServer) {
  return {
    report: api.viewing.report.handler(({ input, context, signal }) => {
      refuseUnknown('server', input.server, context)
      return viewing.report(input, signal)
    }),
    stream: api.viewing.stream.handler(({ input, signal }) => viewing.stream(input, signal)),
    cameras: api.viewing.cameras.handler(({ input, context, signal }) => viewing.cameras(input, context.operator, signal)),
    camera: api.viewing.camera.handler(async ({ input, context, signal, errors }) => {
      const found = await viewing.camera(input, context.operator, signal)
      if (found === undefined) throw errors.NOT_FOUND()
      return found
    }),
    views: api.viewing.views.handler(({ input: { cameraId, ...input }, context, errors }) => {
      const views = viewLog.list(input, cameraId === undefined ? null : orNotFound(cameras.streamsOf(cameraId, context.operator), errors))
      if (views === null) throw errors.NOT_READ()
      return views
    }),
  }
}
