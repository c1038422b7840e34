import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Protocol } from '../shared/servers.ts'
import { type DemoList, listItems, pathJson, typeOfList } from './demoAnswers.ts'
import { globalConfiguration } from './demoConfiguration.ts'
import { forwardEntries } from './demoForwards.ts'
import type { AnswerTrouble, DemoVersion } from './demoOptions.ts'
import { bodyOf, configuredEntries, defaultsOf, editPath, isPathEdit } from './demoPathEdits.ts'
import { removeSegment, segmentStarts } from './demoPaths.ts'
import { fail, headersOf, json, jsonText, later, minor, notFound, type Reply, remember, type ServerState, send } from './demoServerState.ts'

/** As a server of that version names itself. */
export const fullVersion: Record<DemoVersion, string> = {
  '1.3': 'v1.3.1',
  '1.5': 'v1.5.1',
  '1.9': 'v1.9.3',
  '1.15': 'v1.15.6',
  '1.17': 'v1.17.1',
  '1.20': 'v1.20.1',
  '1.21': 'v1.21.0',
}

/** Protocol and first version (minor) of each list. */
const lists: Record<DemoList, { readonly protocol: Protocol | null; readonly since: number }> = {
  paths: { protocol: null, since: 0 },
  rtspconns: { protocol: 'rtsp', since: 0 },
  rtspsessions: { protocol: 'rtsp', since: 0 },
  rtspsconns: { protocol: 'rtsps', since: 0 },
  rtspssessions: { protocol: 'rtsps', since: 0 },
  rtmpconns: { protocol: 'rtmp', since: 0 },
  rtmpsconns: { protocol: 'rtmps', since: 0 },
  srtconns: { protocol: 'srt', since: 0 },
  webrtcsessions: { protocol: 'webrtc', since: 0 },
  hlssessions: { protocol: 'hls', since: 18 },
  hlsmuxers: { protocol: 'hls', since: 0 },
  moqsessions: { protocol: 'moq', since: 19 },
}
const isList = (word: string): word is DemoList => Object.hasOwn(lists, word)

/** The names announced for 1.21; the old ones stay beside them. */
const newNames: readonly (readonly [string, string])[] = [
  ['rtsp/conns/', 'rtspconns/'],
  ['rtsp/sessions/', 'rtspsessions/'],
  ['rtsps/conns/', 'rtspsconns/'],
  ['rtsps/sessions/', 'rtspssessions/'],
  ['rtmp/conns/', 'rtmpconns/'],
  ['rtmps/conns/', 'rtmpsconns/'],
  ['srt/conns/', 'srtconns/'],
  ['webrtc/sessions/', 'webrtcsessions/'],
  ['hls/muxers/', 'hlsmuxers/'],
  ['hls/sessions/', 'hlssessions/'],
  ['moq/sessions/', 'moqsessions/'],
  ['paths/forward-dests/', 'paths/forward/'],
  ['config/path-defaults/', 'config/pathdefaults/'],
]

export function authorize(server: ServerState, request: IncomingMessage): 'yes' | 'missing' | 'wrong' {
  if (server.auth.kind === 'none' || minor(server) < 6) return 'yes'
  const header = request.headers.authorization
  if (header === undefined) return 'missing'
  if (server.passwordChanged) return 'wrong'
  const [scheme, value = ''] = header.split(' ', 2)
  if (server.auth.kind === 'jwt') {
    const asBasic = scheme === 'Basic' ? Buffer.from(value, 'base64').toString().split(':').slice(1).join(':') : value
    return asBasic === server.auth.token ? 'yes' : 'wrong'
  }
  const pair = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : scheme === 'Bearer' ? value : ''
  return pair === `${server.auth.user}:${server.auth.password}` ? 'yes' : 'wrong'
}

export function refuse(server: ServerState, request: IncomingMessage, response: ServerResponse, why: 'missing' | 'wrong'): void {
  const reply: Reply = minor(server) < 15 ? { status: 401, type: null, body: '' } : fail(server, 401, 'authentication error')
  if (why === 'missing') {
    send(server, request, response, reply, { 'WWW-Authenticate': 'Basic realm="mediamtx"' })
    return
  }
  // A wrong password costs 2 s up to 1.17, and a random time in the newest.
  later(server, minor(server) < 20 ? 2_000 : server.random.between(0, 4_000), () => send(server, request, response, reply))
}

function paging(server: ServerState, query: URLSearchParams): { readonly size: number; readonly page: number } | Reply {
  const whole = (name: string) => {
    const given = query.get(name)
    if (given === null || given === '') return null
    return /^\d+$/.test(given) ? Number(given) : Number.NaN
  }
  const size = whole('itemsPerPage')
  const page = whole('page')
  if (Number.isNaN(size)) return fail(server, 400, `strconv.ParseUint: parsing ${JSON.stringify(query.get('itemsPerPage'))}: invalid syntax`)
  if (Number.isNaN(page)) return fail(server, 400, `strconv.ParseUint: parsing ${JSON.stringify(query.get('page'))}: invalid syntax`)
  if (size === 0) return fail(server, 400, 'invalid items per page')
  return { size: size ?? 100, page: page ?? 0 }
}

const whole = (count: number, items: readonly string[], size: number) =>
  `{"itemCount":${count},"pageCount":${Math.ceil(count / size)},"items":[${items.join(',')}]}`
function listReply(server: ServerState, list: DemoList, query: URLSearchParams, response: ServerResponse): Reply {
  const { model, shared } = server
  const paged = paging(server, query)
  if ('status' in paged) return paged
  const t = model.settle()
  const { count, items } = listItems(model, list, t, new Date(server.clock.now()).toISOString())
  if (shared !== null && paged.page === 0 && paged.size >= count && count > 0) {
    const { bytes, release } = shared.bytesOf(model, list, count, (at) => listItems(model, list, at, '').items(0, count), t)
    response.once('close', release)
    return jsonText(bytes)
  }
  return jsonText(whole(count, items(paged.page * paged.size, (paged.page + 1) * paged.size), paged.size))
}

function plainList(server: ServerState, all: readonly unknown[], query: URLSearchParams): Reply {
  const paged = paging(server, query)
  if ('status' in paged) return paged
  const items = all.slice(paged.page * paged.size, (paged.page + 1) * paged.size).map((item) => JSON.stringify(item))
  return jsonText(whole(all.length, items, paged.size))
}

function segmentsOf({ model, clock }: ServerState, name: string): readonly number[] {
  const path = model.paths.get(name)
  return path === undefined ? [] : segmentStarts(path, clock.now())
}
export function recordings(server: ServerState) {
  return server.pathOptions
    .filter((path) => path.record)
    .map((path) => ({
      name: path.name,
      segments: segmentsOf(server, path.name).map((at) => ({
        start: new Date(at + (server.options.clockSkewMs ?? 0)).toISOString(),
      })),
    }))
    .filter(({ segments }) => segments.length > 0)
}

function deleteSegment(server: ServerState, query: URLSearchParams): Reply {
  const name = query.get('path') ?? ''
  const at = Date.parse(query.get('start') ?? '') - (server.options.clockSkewMs ?? 0)
  if (Number.isNaN(at)) return fail(server, 400, `invalid 'start' parameter: parsing time ${JSON.stringify(query.get('start'))}`)
  const path = server.model.paths.get(name)
  if (path === undefined || path.keepsRecordings || !removeSegment(path, at, server.clock.now()))
    return fail(
      server,
      400,
      `remove recordings/${name}/${query.get('start')}.mp4: ${path?.keepsRecordings ? 'read-only file system' : 'no such file or directory'}`,
    )
  return minor(server) >= 15 ? json(200, { status: 'ok' }) : { status: 200, type: null, body: '' }
}

function forwardList(server: ServerState, query: URLSearchParams): Reply {
  const path = server.model.listed().find(({ name }) => name === query.get('path'))
  return path === undefined ? fail(server, 404, 'path not found') : plainList(server, forwardEntries(server, path), query)
}

function staticSource(server: ServerState, name: string): Reply {
  const path = server.model.paths.get(name)
  if (!path || !['pulled', 'onDemand', 'dead'].includes(path.mode)) return fail(server, 404, 'static source not found')
  return json(200, {
    created: server.model.startedText(),
    state: path.live ? 'running' : path.mode === 'onDemand' ? 'idle' : 'error',
    lastError: path.live || path.mode === 'onDemand' ? '' : (path.options.sourceError ?? 'dial tcp 10.4.1.20:554: connect: connection refused'),
    type: path.sourceType,
    typeSpecific: { remoteAddr: '10.4.1.20:554' },
  })
}

function answerApi(server: ServerState, request: IncomingMessage, response: ServerResponse, path: string, query: URLSearchParams): Reply | 'crash' {
  const { model } = server
  const version = minor(server)
  const method = request.method ?? 'GET'
  if (!path.startsWith('/v3/')) return notFound
  let rest = path.slice(4)
  if (version >= 21) for (const [fresh, old] of newNames) if (rest.startsWith(fresh)) rest = old + rest.slice(fresh.length)
  const [noun = ''] = rest.split('/', 1)
  const named = (prefix: string) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : null)
  const isEnabled = (list: DemoList) => {
    const { protocol, since } = lists[list]
    return version >= since && (protocol === null || !server.off.includes(protocol))
  }
  if (method === 'POST') {
    if (!isList(noun) || !isEnabled(noun) || noun === 'rtspconns' || noun === 'paths' || noun === 'hlsmuxers') return notFound
    const id = named(`${noun}/kick/`)
    const type = typeOfList[noun]
    if (id === null || type === undefined) return notFound
    if (!model.kick(id, type)) return fail(server, version < 5 ? 500 : 404, noun.includes('sessions') ? 'session not found' : 'connection not found')
    return version >= 15 ? json(200, { status: 'ok' }) : { status: 200, type: null, body: '' }
  }
  if (method === 'DELETE' && rest === 'recordings/deletesegment' && version >= 5) return deleteSegment(server, query)
  if (method !== 'GET') return notFound
  if (rest === 'info') return version >= 15 ? json(200, { version: fullVersion[model.version()], started: model.startedText() }) : notFound
  if (rest === 'config/global/get')
    return json(200, {
      ...globalConfiguration(model.version(), server.endpoints, server.auth, server.off, {
        api: server.options.tls === true,
        hls: server.options.hlsTls === true,
      }),
      ...(server.options.rtspPort !== undefined && { rtspAddress: `:${server.options.rtspPort}` }),
      ...(server.media.rtsp !== null && { rtspAddress: `127.0.0.1:${server.media.rtsp}` }),
      ...(server.media.rtmp !== null && { rtmpAddress: `127.0.0.1:${server.media.rtmp}` }),
      ...(server.media.srt !== null && { srtAddress: `127.0.0.1:${server.media.srt}` }),
      // Its playlists have no parts of segments.
      ...(server.options.listens && version >= 5 && { hlsVariant: 'fmp4' }),
      ...server.settings.global,
    })
  if (rest === 'config/pathdefaults/get') return json(200, defaultsOf(server))
  if (rest === 'config/paths/list') return plainList(server, configuredEntries(server), query)
  const configured = named('config/paths/get/')
  if (configured !== null) {
    const entry = configuredEntries(server).find((candidate) => candidate.name === configured)
    return entry ? json(200, entry) : fail(server, version < 5 ? 500 : 404, 'path configuration not found')
  }
  if (rest === 'recordings/list') return version >= 5 ? plainList(server, recordings(server), query) : notFound
  const recorded = named('recordings/get/')
  if (recorded !== null && version >= 5) return json(200, recordings(server).find((one) => one.name === recorded) ?? { name: recorded, segments: [] })
  if (rest === 'paths/forward/list' && version >= 20) return forwardList(server, query)
  const source = named('paths/static-sources/get/')
  if (source !== null && version >= 21) return staticSource(server, source)
  if (!isList(noun) || !isEnabled(noun)) return notFound
  if (rest === `${noun}/list`) {
    if (query.get('itemsPerPage') === '0') {
      server.zeroAsked++
      // Up to 1.5 a division by zero ends the whole process.
      if (version <= 5) return 'crash'
    }
    return listReply(server, noun, query, response)
  }
  const one = named(`${noun}/get/`)
  if (one !== null) {
    const t = model.settle()
    if (noun === 'paths') {
      const found = model.listed().find((candidate) => candidate.name === one)
      return found ? jsonText(pathJson(found, t, version)) : fail(server, version < 5 ? 500 : 404, 'path not found')
    }
    const { count, items } = listItems(model, noun, t, new Date(server.clock.now()).toISOString())
    const found = items(0, count).find((item) => item.startsWith(`{"id":"${one}"`) || item.startsWith(`{"path":${JSON.stringify(one)},`))
    if (found) return jsonText(found)
    return fail(
      server,
      version < 5 ? 500 : 404,
      noun === 'hlsmuxers' ? 'muxer not found' : noun.includes('sessions') ? 'session not found' : 'connection not found',
    )
  }
  return notFound
}

/** Answers a request to the API. `onCrash`: it was one that ends the process. */
export function onApi(server: ServerState, request: IncomingMessage, response: ServerResponse, onCrash: () => void): void {
  if (server.held !== null) {
    server.held.push(() => onApi(server, request, response, onCrash))
    return
  }
  if (request.method === 'OPTIONS') {
    remember(server, 'api', request, false)
    if (minor(server) < 9) send(server, request, response, notFound)
    else {
      response.writeHead(204, headersOf(server, request, null, null))
      response.end()
    }
    return
  }
  const url = new URL(request.url ?? '/', 'http://demo')
  const allowed = authorize(server, request)
  remember(server, 'api', request, allowed === 'yes')
  const { plight } = server
  if (plight?.kind === 'noAnswer') return
  if (plight?.kind === 'reset') {
    request.socket.destroy()
    return
  }
  if (allowed !== 'yes' && url.pathname.startsWith('/v3/')) {
    refuse(server, request, response, allowed)
    return
  }
  if (plight?.kind === 'huge') {
    sendHuge(server, request, response, plight.bytes ?? 100_000_000)
    return
  }
  const answered = (reply: Reply | 'crash') => answer(server, request, response, reply, onCrash)
  const wrong = wrongReply(server, plight)
  if (wrong !== null) answered(wrong)
  else if (!isPathEdit(url.pathname)) answered(replyTo(server, request, response, url))
  else
    bodyOf(request).then(
      (body) => answered(editReply(server, request, url, body)),
      // Whoever asked has gone.
      () => request.socket.destroy(),
    )
}

function editReply(server: ServerState, request: IncomingMessage, url: URL, body: string | null): Reply {
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return { status: 400, type: 'text/plain', body: '400 Bad Request' }
  }
  return editPath(server, request.method ?? '', path, body)
}

function answer(server: ServerState, request: IncomingMessage, response: ServerResponse, reply: Reply | 'crash', onCrash: () => void): void {
  const { plight } = server
  if (reply === 'crash') {
    server.log(`${server.options.name}: asked for itemsPerPage=0, which ends this version`)
    request.socket.destroy()
    onCrash()
  } else if (plight?.kind === 'slow') later(server, plight.delayMs, () => send(server, request, response, reply))
  else if (plight?.kind === 'cut' || plight?.kind === 'hang') {
    const body = Buffer.from(reply.body)
    response.writeHead(reply.status, headersOf(server, request, reply.type, body.length))
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => plight.kind === 'cut' && request.socket.destroy())
  } else send(server, request, response, reply)
}

/** What a server in trouble answers to everything; null: what was asked for. */
function wrongReply(server: ServerState, plight: AnswerTrouble | null): Reply | null {
  switch (plight?.kind) {
    case 'html':
      return {
        status: 200,
        type: 'text/html; charset=utf-8',
        body: '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>',
      }
    case 'garbage':
      return jsonText(`{"itemCount":3,"pageCount":1,"items":[{"name":"ca\u0000\ufffd${'#'.repeat(200)}`)
    case 'status':
      return fail(server, plight.status, 'the demo was told to answer so')
    default:
      return null
  }
}

function replyTo(server: ServerState, request: IncomingMessage, response: ServerResponse, url: URL): Reply | 'crash' {
  let path: string
  try {
    path = decodeURIComponent(url.pathname)
  } catch {
    return { status: 400, type: 'text/plain', body: '400 Bad Request' }
  }
  return answerApi(server, request, response, path, url.searchParams)
}

function sendHuge(server: ServerState, request: IncomingMessage, response: ServerResponse, bytes: number): void {
  response.writeHead(200, headersOf(server, request, 'application/json; charset=utf-8', null))
  const filler = Buffer.alloc(65_536, '{"name":"x"},')
  let left = bytes
  const pour = () => {
    while (left > 0 && !response.destroyed) {
      left -= filler.length
      if (!response.write(filler)) {
        response.once('drain', pour)
        return
      }
    }
    response.end()
  }
  response.write('{"itemCount":1,"pageCount":1,"items":[')
  pour()
}
