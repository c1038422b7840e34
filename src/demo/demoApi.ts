import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPathPattern, pathInterruption, pathSettingKind } from '../shared/pathSettings.ts'
import { type DemoList, type ListKind, listItems, lists, pathJson } from './demoAnswers.ts'
import { configurationDefaults, globalConfiguration, pathConfigurations } from './demoConfiguration.ts'
import { createDemoRandom } from './demoFlow.ts'
import type { DemoVersion } from './demoOptions.ts'
import type { DemoPath } from './demoPaths.ts'
import { type DemoServer, json, jsonType, notFound, type Reply } from './demoServer.ts'

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

/** The names announced for 1.21, as `rtsp/conns` for `rtspconns`; the old ones stay beside them. */
function oldName(rest: string): string {
  return rest
    .replace(/^(rtsps?|rtmps?|srt|webrtc|hls|moq)\/(conns|sessions|muxers)\//, '$1$2/')
    .replace(/^paths\/forward-dests\//, 'paths/forward/')
    .replace(/^config\/path-defaults\//, 'config/pathdefaults/')
}

export function refuse(server: DemoServer, response: ServerResponse, why: 'missing' | 'wrong'): void {
  const reply: Reply = server.minor < 15 ? { status: 401, type: null, body: '' } : server.fail(401, 'authentication error')
  if (why === 'missing') server.send(response, reply, { 'WWW-Authenticate': 'Basic realm="mediamtx"' })
  // A wrong password costs 2 s up to 1.17, and a random time in the newest.
  else server.later(server.minor < 20 ? 2_000 : server.random.between(0, 4_000), () => server.send(response, reply))
}

function paged(server: DemoServer, query: URLSearchParams, count: number, items: (from: number, to: number) => readonly string[]): Reply {
  const [size = 100, page = 0] = ['itemsPerPage', 'page'].map((name) => (query.get(name) ? Number(query.get(name)) : undefined))
  const wrong = ['itemsPerPage', 'page'].find((name) => !/^\d*$/.test(query.get(name) ?? ''))
  if (wrong !== undefined) return server.fail(400, `strconv.ParseUint: parsing ${JSON.stringify(query.get(wrong))}: invalid syntax`)
  if (size === 0) return server.fail(400, 'invalid items per page')
  const body = `{"itemCount":${count},"pageCount":${Math.ceil(count / size)},"items":[${items(page * size, (page + 1) * size).join(',')}]}`
  return { status: 200, type: jsonType, body }
}
function plainList(server: DemoServer, all: readonly unknown[], query: URLSearchParams): Reply {
  return paged(server, query, all.length, (from, to) => all.slice(from, to).map((item) => JSON.stringify(item)))
}

function listReply(server: DemoServer, list: DemoList, query: URLSearchParams): Reply {
  const { count, items } = listItems(server.model, list, server.model.settle(), new Date(server.clock.now()).toISOString())
  return paged(server, query, count, items)
}

/** Done, without anything to say. */
const done = ({ minor }: DemoServer): Reply => (minor >= 15 ? json(200, { status: 'ok' }) : { status: 200, type: null, body: '' })
const missing = (server: DemoServer, what: string): Reply => server.fail(server.minor < 5 ? 500 : 404, `${what} not found`)

export function recordings({ model, clock, options: { clockSkewMs = 0 } }: DemoServer) {
  return [...model.paths.values()]
    .map((path) => ({ name: path.name, segments: path.segmentStarts(clock.now()).map((at) => ({ start: new Date(at + clockSkewMs).toISOString() })) }))
    .filter(({ segments }) => segments.length > 0)
}

function deleteSegment(server: DemoServer, query: URLSearchParams): Reply {
  const [name, start] = [query.get('path') ?? '', query.get('start') ?? '']
  const at = Date.parse(start) - (server.options.clockSkewMs ?? 0)
  if (Number.isNaN(at)) return server.fail(400, `invalid 'start' parameter: parsing time ${JSON.stringify(start)}`)
  const path = server.model.paths.get(name)
  const failed = (why: string) => server.fail(400, `remove recordings/${name}/${start}.mp4: ${why}`)
  if (path?.keepsRecordings) return failed('read-only file system')
  if (!path?.segmentStarts(server.clock.now()).includes(at)) return failed('no such file or directory')
  path.removedSegments.add(at)
  return done(server)
}

/** A destination that fails is tried again this often; while it is tried it says that it forwards, and what was wrong before is forgotten. */
const retryMs = 5_000
const tryMs = 150

function forwardsOf({ model, seed }: DemoServer, path: DemoPath) {
  const t = model.settle()
  const [inbound] = path.bytes(t, model.minor)
  return (path.options.forward ?? []).map((dest, index) => {
    // Nothing listens at port 9.
    const dead = /:9(?:\/|$)/.test(dest) ? { said: 'dial tcp 127.0.0.1:9: connect: connection refused', bytes: 0, untried: false } : null
    const error = path.forwardErrors.get(dest) ?? dead
    const isTrying = error !== null && error.untried !== true && (t + index * 700) % (tryMs + retryMs) < tryMs
    return {
      id: createDemoRandom(`${seed}/${model.startedText}/${path.name}/${dest}`).uuid(),
      pos: index + 1,
      dest,
      protocol: dest.slice(0, dest.indexOf(':')),
      state: path.since === null ? 'idle' : error === null || isTrying ? 'forwarding' : 'error',
      lastError: error === null || isTrying ? '' : error.said,
      outboundBytes: Math.floor(error === null ? inbound : error.bytes),
    }
  })
}

function forwardList(server: DemoServer, query: URLSearchParams): Reply {
  const path = server.model.listed().find(({ name }) => name === query.get('path'))
  if (path === undefined) return server.fail(404, 'path not found')
  const entries = forwardsOf(server, path).map(({ dest, protocol, ...forward }) => ({
    ...forward,
    created: server.model.startedText,
    conf: { dest, destFingerprint: '', whipBearerToken: '' },
    protocol,
    ...(server.minor >= 21 && { type: protocol }),
  }))
  return plainList(server, entries, query)
}

export function onMetrics(server: DemoServer, request: IncomingMessage, response: ServerResponse, { pathname, searchParams }: URL): void {
  const allowed = server.options.metrics === 'refused' ? 'missing' : server.authorize(request)
  server.model.settle()
  const lines = searchParams.get('type') === 'forward_dests' && server.minor >= 20 ? forwardLines(server) : []
  if (pathname !== '/metrics') server.send(response, notFound)
  else if (allowed !== 'yes') refuse(server, response, allowed)
  else server.send(response, { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: `${lines.join('\n')}\n\n` })
}
function forwardLines(server: DemoServer): readonly string[] {
  const lines = server.model.listed().flatMap((path) =>
    forwardsOf(server, path).flatMap(({ id, protocol, state, outboundBytes }) => {
      const tags = `{id="${id}",path="${path.name}",protocol="${protocol}",state="${state}"}`
      return [`forward_dests${tags} 1`, `forward_dests_outbound_bytes${tags} ${outboundBytes}`]
    }),
  )
  return ['# Forward destinations', ...(lines.length > 0 ? lines : ['forward_dests 0', 'forward_dests_outbound_bytes 0'])]
}

function staticSource(server: DemoServer, name: string): Reply {
  const path = server.model.paths.get(name)
  if (!path || !['pulled', 'onDemand', 'dead'].includes(path.mode)) return server.fail(404, 'static source not found')
  return json(200, {
    created: server.model.startedText,
    state: path.live ? 'running' : path.mode === 'onDemand' ? 'idle' : 'error',
    lastError: path.live || path.mode === 'onDemand' ? '' : (path.options.sourceError ?? 'dial tcp 10.4.1.20:554: connect: connection refused'),
    type: path.sourceType,
    typeSpecific: { remoteAddr: '10.4.1.20:554' },
  })
}

// What the API changes of the configuration of paths. As in MediaMTX, it lasts until the process ends.

type Fields = Readonly<Record<string, unknown>>

function defaultsOf({ minor, settings }: DemoServer): Fields {
  return { ...configurationDefaults(minor, 'pathDefaults'), ...settings.pathDefaults }
}

/** The entries of the configuration, with what was changed of them: `all_others` and patterns first, as the server sorts them. */
function configuredEntries(server: DemoServer): readonly Fields[] {
  const named = new Map([...pathConfigurations(server.model, defaultsOf(server)), ...server.edits])
  return [...named.values()].filter((entry) => entry !== null).sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}

/** Why the server does not take settings; null: it takes them. */
function fault(settings: Fields, known: Fields): string | null {
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(known, name)) return `json: unknown field ${JSON.stringify(name)}`
    if (name === 'source' && !/^(?:publisher|redirect|rpiCamera|[a-z+]+:\/\/.+)$/.test(String(value))) return `invalid source: '${String(value)}'`
    if (pathSettingKind(value) !== pathSettingKind(known[name])) return `json: cannot unmarshal ${JSON.stringify(value)} into field ${name}`
  }
  return null
}

const methodOf: Readonly<Record<string, string>> = { add: 'POST', replace: 'POST', patch: 'PATCH', delete: 'DELETE' }

function editPath(server: DemoServer, act: string, name: string, body: string): Reply {
  const entry = configuredEntries(server).find((one) => one.name === name)
  if (act === 'add' && entry !== undefined) return server.fail(400, 'path already exists')
  if ((act === 'patch' || act === 'delete') && entry === undefined) return missing(server, 'path')
  let settings: Fields | null = null
  if (act !== 'delete') {
    settings = JSON.parse(body) as Fields
    const refused = fault(settings, entry ?? defaultsOf(server))
    if (refused !== null) return server.fail(400, refused)
  }
  server.edits.set(name, settings && { ...((act === 'patch' && entry) || defaultsOf(server)), ...settings, name })
  if (settings === null || act !== 'patch' || pathInterruption(Object.keys(settings), fullVersion[server.model.version]) === 'streams') interrupt(server, name)
  return done(server)
}

/** Its streams are closed. Who published them comes back, where they may. */
function interrupt(server: DemoServer, name: string): void {
  const stays = server.edits.get(name) !== null || isPathPattern(name)
  for (const { options, live } of [...server.model.paths.values()]) {
    const isMeant = options.name === name || options.confName === name || (name === 'all_others' && options.mode === 'dynamic')
    if (isMeant && live) server.trouble({ kind: 'publisherGone', path: options.name, ...(stays && { forMs: 3_000 }) })
  }
}

function answerGet(server: DemoServer, rest: string, query: URLSearchParams): Reply {
  const { model, minor } = server
  const named = (prefix: string) => (rest.startsWith(prefix) ? rest.slice(prefix.length) : null)
  if (rest === 'info') return minor >= 15 ? json(200, { version: fullVersion[model.version], started: model.startedText }) : notFound
  if (rest === 'config/global/get') return json(200, globalConfiguration(server))
  if (rest === 'config/pathdefaults/get') return json(200, defaultsOf(server))
  if (rest === 'config/paths/list') return plainList(server, configuredEntries(server), query)
  const configured = named('config/paths/get/')
  if (configured !== null) {
    const entry = configuredEntries(server).find((candidate) => candidate.name === configured)
    return entry ? json(200, entry) : missing(server, 'path configuration')
  }
  if (rest === 'recordings/list' && minor >= 5) return plainList(server, recordings(server), query)
  const recorded = named('recordings/get/')
  if (recorded !== null && minor >= 5) return json(200, recordings(server).find((one) => one.name === recorded) ?? { name: recorded, segments: [] })
  if (rest === 'paths/forward/list' && minor >= 20) return forwardList(server, query)
  const source = named('paths/static-sources/get/')
  if (source !== null && minor >= 21) return staticSource(server, source)
  const one = named('paths/get/')
  if (one !== null) {
    const t = model.settle()
    const path = model.listed().find(({ name }) => name === one)
    return path ? { status: 200, type: jsonType, body: pathJson(path, t, minor) } : missing(server, 'path')
  }
  const list = enabledList(server, rest)
  return list !== null && rest === `${list}/list` ? listReply(server, list, query) : notFound
}

/** Far more than a path has settings. */
const mostBodyBytes = 1_000_000
async function bodyText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > mostBodyBytes) throw new Error('the body is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

/** The list that a route is about; null: none that this server has. */
export function enabledList({ minor, off }: DemoServer, rest: string): DemoList | null {
  const [noun = ''] = rest.split('/', 1)
  if (!Object.hasOwn(lists, noun)) return null
  const { protocol, since = 0 }: ListKind = lists[noun as DemoList]
  return minor >= since && (protocol === null || !off.includes(protocol)) ? (noun as DemoList) : null
}

export async function answerApi(server: DemoServer, request: IncomingMessage, url: URL): Promise<Reply> {
  const { model, minor } = server
  const path = decodeURIComponent(url.pathname)
  if (!path.startsWith('/v3/')) return notFound
  const rest = minor >= 21 ? oldName(path.slice(4)) : path.slice(4)
  if (request.method === 'GET') return answerGet(server, rest, url.searchParams)
  const [, act = '', name = ''] = /^config\/paths\/(\w+)\/(.+)$/s.exec(rest) ?? []
  if (methodOf[act] !== undefined && methodOf[act] === request.method) return editPath(server, act, name, await bodyText(request))
  if (request.method === 'DELETE' && rest === 'recordings/deletesegment' && minor >= 5) return deleteSegment(server, url.searchParams)
  const list = enabledList(server, rest)
  const { type }: ListKind = list === null ? { protocol: null } : lists[list]
  if (request.method !== 'POST' || !list || !type || list === 'rtspconns' || !rest.startsWith(`${list}/kick/`)) return notFound
  return model.kick(rest.slice(`${list}/kick/`.length), type) ? done(server) : missing(server, list.includes('sessions') ? 'session' : 'connection')
}

export function onApi(server: DemoServer, request: IncomingMessage, response: ServerResponse, url: URL): void {
  const allowed = server.authorize(request)
  if (allowed !== 'yes' && url.pathname.startsWith('/v3/')) return void refuse(server, response, allowed)
  answerApi(server, request, url)
    .then((reply) => server.send(response, reply))
    // Not a valid address or body, or whoever asked has gone.
    .catch(() => server.send(response, { status: 400, type: 'text/plain', body: '400 Bad Request' }))
}
