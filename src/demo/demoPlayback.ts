import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { authorize, refuse } from './demoApi.ts'
import { inTurn } from './demoHls.ts'
import { type DemoPath, segmentStarts } from './demoPaths.ts'
import { fail, type ServerState, send } from './demoServerState.ts'

const longestMs = 86_400_000

/** Whether a recording that is still there covers the moment. */
function isRecorded(path: DemoPath, at: number, now: number): boolean {
  const first = segmentStarts(path, now)[0]
  return first !== undefined && at >= first && path.recordings.some(({ from, to }) => at >= from && at < (to ?? now))
}

/** Plays a recording as MediaMTX does: `GET /get?path=…&start=…&duration=…`, without ranges. What was recorded is the stream's clip, without its sound. */
export async function answerPlayback(server: ServerState, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const allowed = authorize(server, request)
  if (allowed !== 'yes') return refuse(server, request, response, allowed)
  const { searchParams } = url
  const [name, start, duration] = [searchParams.get('path') ?? '', Date.parse(searchParams.get('start') ?? ''), Number(searchParams.get('duration')) * 1_000]
  if (Number.isNaN(start)) return send(server, request, response, fail(server, 400, 'invalid start'))
  if (!(duration > 0 && duration <= longestMs)) return send(server, request, response, fail(server, 400, 'invalid duration'))
  const path = server.model.paths.get(name)
  const now = server.clock.now()
  const at = start - (server.options.clockSkewMs ?? 0)
  if (path === undefined || !isRecorded(path, at, now)) return send(server, request, response, fail(server, 404, 'no recording segments found'))
  const { video, segmentMs } = await server.clips.clip(name)
  response.writeHead(200, { 'content-type': 'video/mp4', 'accept-ranges': 'none' })
  const parts = Math.ceil(Math.min(duration, now - at) / segmentMs)
  await pipeline(function* () {
    yield video.init
    for (let sequence = 0; sequence < parts; sequence++) {
      const part = inTurn(video.segments, sequence)
      server.bytesAnswered += part.length
      yield part
    }
  }, response)
}
