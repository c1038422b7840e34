import type { IncomingMessage, ServerResponse } from 'node:http'
import { authorize, onApi, onMetrics, recordings, refuse } from './demoApi.ts'
import { answerPlayback, createDemoHls } from './demoHls.ts'
import { type DemoServer, type EndpointHandler, json, notFound } from './demoServer.ts'

/** What answers at each endpoint that a server has. */
export function endpointsOf(server: DemoServer): readonly EndpointHandler[] {
  const { off, options, shared } = server
  const api: EndpointHandler = ['api', (request, response) => onApi(server, request, response)]
  if (shared !== null) return [api]
  const hls = createDemoHls(server)
  const all: readonly EndpointHandler[] = [
    api,
    [
      'hls',
      (request, response) => {
        server.remember('hls', request, true)
        if (server.plight?.kind !== 'noAnswer') hls(request, response)
      },
    ],
    ['webrtc', (request, response) => onWebrtc(server, request, response)],
    ['playback', (request, response) => onPlayback(server, request, response)],
    ['metrics', (request, response) => onMetrics(server, request, response)],
  ]
  return all.filter(([endpoint]) => {
    if (endpoint === 'playback') return server.minor >= 5
    if (endpoint === 'metrics') return options.metrics !== 'none'
    return endpoint === 'api' || !off.includes(endpoint)
  })
}

function onPlayback(server: DemoServer, request: IncomingMessage, response: ServerResponse): void {
  server.remember('playback', request, true)
  const url = new URL(request.url ?? '/', 'http://demo')
  if (url.pathname === '/list') {
    const name = url.searchParams.get('path') ?? ''
    const found = recordings(server).find((one) => one.name === name)
    const segments = found?.segments.map(({ start }) => ({ start, duration: 3_600 }))
    const error = `lstat ./recordings/${name}: no such file or directory`
    const failed = server.minor >= 20 ? server.fail(400, error) : { status: 400, type: 'text/plain; charset=utf-8', body: error }
    server.send(request, response, segments ? json(200, segments) : failed)
    return
  }
  const allowed = authorize(server, request)
  if (url.pathname !== '/get') server.send(request, response, notFound)
  else if (allowed !== 'yes') refuse(server, request, response, allowed)
  else answerPlayback(server, url, request, response).catch(() => response.destroy())
}

/** WHEP and WHIP, as far as they go without media. No MediaMTX answers 501: nobody shall take the demo for a server whose media does not get through. */
function onWebrtc(server: DemoServer, request: IncomingMessage, response: ServerResponse): void {
  server.remember('webrtc', request, true)
  const methods = { 'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PATCH, DELETE' }
  if (!/^\/.+\/wh[ei]p(\?|$)/.test(request.url ?? '')) server.send(request, response, notFound)
  else if (request.method === 'OPTIONS') server.send(request, response, { status: 204, type: null, body: '' }, methods)
  else if (request.method !== 'POST') server.send(request, response, server.fail(405, 'method not allowed'))
  else server.send(request, response, server.fail(501, 'the demo has no media for WebRTC'))
}
