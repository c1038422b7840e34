import type { CallContext } from '../../shared/permissions.ts'
import { api, orNotFound } from '../api.ts'
import type { Cameras } from '../cameras/cameras.ts'
import { boundedByOperator } from '../refusing.ts'
import type { Viewing } from './viewing.ts'
import type { ViewLog } from './viewLog.ts'

/** Different questions of one operator that are answered or wait at once: each may read 93 days of 20,000 streams. */
const mostQuestions = 4

export function viewingRouter(viewing: Viewing, viewLog: ViewLog, cameras: Pick<Cameras, 'streamsOf'>) {
  const bound = boundedByOperator(mostQuestions)
  const bounded = <Input, T>(input: Input, { operator }: CallContext, find: () => Promise<T>) => bound(operator.id, JSON.stringify(input), find)
  return {
    report: api.viewing.report.handler(({ input, context, signal }) => bounded(input, context, () => viewing.report(input, signal))),
    stream: api.viewing.stream.handler(({ input, context, signal }) => bounded(input, context, () => viewing.stream(input, signal))),
    cameras: api.viewing.cameras.handler(({ input, context, signal }) => bounded(input, context, () => viewing.cameras(input, context.operator, signal))),
    camera: api.viewing.camera.handler(async ({ input, context, signal, errors }) =>
      orNotFound(await bounded(input, context, () => viewing.camera(input, context.operator, signal)), errors),
    ),
    views: api.viewing.views.handler(({ input: { cameraId, ...input }, context, errors }) => {
      const views = viewLog.list(input, cameraId === undefined ? null : orNotFound(cameras.streamsOf(cameraId, context.operator), errors))
      if (views === null) throw errors.NOT_READ()
      return views
    }),
  }
}
