import type { Clock } from '../../clock/clock.ts'
import { serverOf } from '../../shared/asked.ts'
import { callerOf } from '../../shared/permissions.ts'
import { api, orNotFound } from '../api.ts'
import type { Observing } from '../createObserving.ts'
import type { Pictures } from '../createPictures.ts'
import type { Servers } from '../servers/servers.ts'

export function previewsRouter(
  { previews, previewReports, pictureTools, webrtcGrants, webrtcHealth, webrtcPictures }: Pictures & Pick<Observing, 'previewReports'>,
  servers: Pick<Servers, 'all'>,
  clock: Pick<Clock, 'now'>,
) {
  return {
    previews: {
      open: api.previews.open.handler(async ({ input, context, errors }) => orNotFound(await previews.open({ ...input, by: callerOf(context) }), errors)),
      tools: api.previews.tools.handler(({ signal }) => pictureTools.check(signal)),
      keepFfmpeg: api.previews.keepFfmpeg.handler(async ({ input, errors, signal }) => {
        const kept = await pictureTools.keep(input.ffmpeg, signal)
        if (!kept.ok) throw errors.UNUSABLE({ data: { kind: 'toolUnusable', problem: kept.error } })
        return kept.value
      }),
      report: api.previews.report.handler(({ input }) => ({ why: previewReports.report(input) })),
      close: api.previews.close.handler(async ({ input }) => {
        await previews.close(input)
      }),
    },
    webrtc: {
      grant: api.webrtc.grant.handler(({ input: { may, server, paths, seconds }, context: { operator }, errors }) => {
        const all = servers.all()
        const found = server === undefined && all.length === 1 ? all[0] : serverOf(server ?? '', all)
        if (found === undefined) throw errors.NOT_FOUND()
        const at = clock.now()
        const until = at + seconds * 1000
        const use = may === 'publish' ? 'whip' : 'whep'
        return { token: webrtcGrants.make({ use, serverId: found.id, paths, until, by: operator.name, byId: operator.id, at }), until }
      }),
      health: api.webrtc.health.handler(async ({ input, errors }) => orNotFound(await webrtcHealth(input?.server), errors)),
      prepare: api.webrtc.prepare.handler(async ({ input, errors, signal }) => orNotFound(await webrtcPictures.prepare(input, signal), errors)),
      watch: api.webrtc.watch.handler(async ({ input, context, errors, signal }) =>
        orNotFound(await webrtcPictures.watch({ ...input, by: callerOf(context) }, signal), errors),
      ),
      giveUp: api.webrtc.giveUp.handler(async ({ input }) => ({ why: await webrtcPictures.giveUp(input) })),
    },
  }
}
