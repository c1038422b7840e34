import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../clock/clock.ts'
import type { Language } from '../../i18n/languages.ts'
import { serverOf } from '../../shared/asked.ts'
import { aboutStream, type NewEvent, newEvent } from '../../shared/events.ts'
import { matcherOf, patternSchema } from '../../shared/patterns.ts'
import { type Caller, isAllowed, type Operator, type Permission } from '../../shared/permissions.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isOffAir, type Stream } from '../../shared/streams.ts'
import { type DefaultStreams, mostSdpBytes } from '../../shared/webrtc.ts'
import type { People } from '../accounts/accounts.ts'
import { storedJson } from '../storage/storedJson.ts'
import { refusalAnswer, relayHeaders } from './previews.ts'
import { createBound, type Refused, refusedWith } from './refusals.ts'
import {
  endSession,
  iceLinksOf,
  type NamedServer,
  type WebrtcAccess,
  type WebrtcEndpoint,
  type WebrtcSession,
  type WebrtcTarget,
  type WebrtcUse,
} from './webrtcEndpoint.ts'

/** What an application may do with a token of the relay: only publish or only play, these streams, until then. */
export interface RelayGrant {
  readonly use: WebrtcUse
  readonly serverId: string
  /** Patterns, as in rules. */
  readonly paths: readonly string[]
  /** Epoch ms. */
  readonly until: number
  /** Name and id of the operator who handed it out. It counts as long as he may. */
  readonly by: string
  readonly byId: string
  /** When he did, epoch ms. */
  readonly at: number
}

/** Told from the console's own token by its beginning. */
const mark = 'relay.'
const longestToken = 16_000
const contentSchema = z.tuple([z.enum(['whip', 'whep']), z.string(), z.array(patternSchema), z.number(), z.string(), z.string(), z.number().default(0)])

/** Makes and reads tokens that need no memory: each says what it is good for, signed with `key`. */
export function createRelayGrants(key: Uint8Array, clock: Pick<Clock, 'now'>) {
  const sign = (content: string) => createHmac('sha256', key).update(`relay ${content}`).digest()
  return {
    make: ({ use, serverId, paths, until, by, byId, at }: RelayGrant): string => {
      const content = Buffer.from(JSON.stringify([use, serverId, paths, until, by, byId, at])).toString('base64url')
      return `${mark}${content}.${sign(content).toString('base64url')}`
    },
    /** What a token was made for, also after its end; null: it is none of this relay's. */
    read: (token: string): RelayGrant | null => {
      const [content = '', mac = ''] = token.startsWith(mark) && token.length <= longestToken ? token.slice(mark.length).split('.') : []
      const [given, right] = [Buffer.from(mac, 'base64url'), sign(content)]
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null
      const { data } = contentSchema.safeParse(storedJson(Buffer.from(content, 'base64url').toString('utf8')))
      return data === undefined ? null : { use: data[0], serverId: data[1], paths: data[2], until: data[3], by: data[4], byId: data[5], at: data[6] }
    },
    isOver: ({ until }: RelayGrant): boolean => clock.now() >= until,
    covers: ({ use, serverId, paths }: RelayGrant, asked: { readonly use: WebrtcUse; readonly serverId: string; readonly path: string }): boolean =>
      use === asked.use && serverId === asked.serverId && matcherOf(paths)(asked.path),
  }
}
type RelayGrants = ReturnType<typeof createRelayGrants>

interface WebrtcRelayDeps {
  readonly clock: Clock
  readonly endpoint: WebrtcEndpoint
  readonly grants: RelayGrants
  readonly servers: () => readonly NamedServer[]
  readonly accessOf: (serverId: string) => WebrtcAccess | null
  readonly stream: (serverId: string, path: string) => Stream | null
  /** What is meant where a request does not say it; null: nothing is. */
  readonly defaultStreams: DefaultStreams | null
  /** Who an operator of this id is now, by a sign-in that he had then; null: nobody any more. */
  readonly operatorOf: (operatorId: string, at: number) => Operator | null
  readonly running: People['running']
  readonly record: (events: readonly NewEvent[]) => void
  /** Id of this installation: who reads through us sends `mtxdeck=<tag>`, so that he is not counted as a viewer. */
  readonly tag: string
  readonly version: string
}

const mostAtOnce = { all: 64, ofOne: 8 } as const
const longestPath = 1_000
const longestAgent = 256
const sessionsPath = '/api/webrtc/sessions/'

type Route = { readonly kind: 'use'; readonly use: WebrtcUse } | { readonly kind: 'session'; readonly name: string }

function routeOf({ url }: Request): Route | null {
  const { pathname } = new URL(url)
  if (pathname === '/api/webrtc/whep' || pathname === '/api/webrtc/whip') return { kind: 'use', use: pathname.endsWith('whip') ? 'whip' : 'whep' }
  const name = pathname.startsWith(sessionsPath) ? pathname.slice(sessionsPath.length) : ''
  return /^[\w-]{20,100}$/.test(name) ? { kind: 'session', name } : null
}

/** The body, if it is of the type and no longer than sessions need. The caller has bounded what may arrive. */
async function bodyOf(request: Request, type: string): Promise<Result<string, Refused>> {
  const given = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (given !== type) return refusedWith(415, { kind: 'offerTypeWrong', type })
  if (Number(request.headers.get('content-length') ?? 0) > mostSdpBytes) return refusedWith(413, { kind: 'offerUnusable' })
  const body = await request.text()
  if (Buffer.byteLength(body) > mostSdpBytes) return refusedWith(413, { kind: 'offerUnusable' })
  return body.trim() === '' || body.includes('\0') ? refusedWith(400, { kind: 'offerUnusable' }) : ok(body)
}

/** As whom the server knows a publisher. Never as one of ours: those are not counted, and can't be disconnected. */
function publisherAgent(request: Request): string {
  const agent = (request.headers.get('user-agent') ?? '')
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, longestAgent)
  return agent === '' || agent.toLowerCase().startsWith('mtxdeck') ? 'WHIP client' : agent
}

/** WHEP and WHIP for clients of the console: `/api/webrtc/whep`, `/api/webrtc/whip`, and the sessions that they open. */
export function createWebrtcRelay(deps: WebrtcRelayDeps) {
  const { clock, endpoint, grants, accessOf, tag, version } = deps
  const sessions = createRelayedSessions((session) => void endSession(deps, session))
  const bound = createBound(mostAtOnce)
  const bounded = async <T>(serverId: string, run: () => Promise<Result<T, Refused>>): Promise<Result<T, Refused>> => {
    const free = bound(serverId)
    if (free === null) return refusedWith(503, { kind: 'tooManyAtOnce' })
    try {
      return await run()
    } finally {
      free()
    }
  }

  const otherwise = (grant: RelayGrant | undefined, asked: Parameters<RelayGrants['covers']>[1]): boolean => grant !== undefined && !grants.covers(grant, asked)

  const negotiate = async (request: Request, use: WebrtcUse, caller: Caller, grant?: RelayGrant): Promise<Result<Response, Refused>> => {
    const found = targetOf(deps, request, use)
    if (!found.ok) return found
    const { target, server } = found.value
    if (otherwise(grant, { use, serverId: server.id, path: target.path })) return refusedWith(403, { kind: 'tokenInvalid' })
    if (request.method === 'OPTIONS') {
      const answered = await bounded(server.id, () => endpoint.options(target, request.signal))
      if (!answered.ok) return answered
      const headers = new Headers({ ...relayHeaders, allow: 'OPTIONS, POST', 'accept-post': 'application/sdp' })
      for (const link of iceLinksOf(answered.value.iceServers)) headers.append('link', link)
      return ok(new Response(null, { status: 204, headers }))
    }
    const asleep = use === 'whep' ? whyNotRead(deps, target, request) : null
    if (asleep !== null) return err(asleep)
    const sdp = await bodyOf(request, 'application/sdp')
    if (!sdp.ok) return sdp
    const sent = {
      sdp: sdp.value,
      query: use === 'whep' ? `mtxdeck=${tag}` : '',
      userAgent: use === 'whep' ? `mtxdeck/${version}` : publisherAgent(request),
    }
    // What an application began lasts as long as its token counts.
    const may = (now: Operator | null) => (grant === undefined ? now !== null && isAllowed(now, needsOf(use)) : counts(grant))
    const over = new AbortController()
    const review = (now: Operator | null) => {
      if (!may(now)) over.abort()
    }
    const leave = deps.running(caller, review, grant?.until)
    const answered = await bounded(server.id, () => endpoint.offer(target, sent, request.signal))
    if (!answered.ok) {
      leave()
      return answered
    }
    const { answer, etag, iceServers, session } = answered.value
    const name = sessions.add(session, leave)
    const end = () => {
      if (sessions.delete(name)) void endSession(deps, session)
    }
    if (over.signal.aborted) {
      end()
      return refusedWith(404, { kind: 'sessionGone' })
    }
    over.signal.addEventListener('abort', end)
    if (use === 'whip') deps.record([newEvent('publishingRelayed', clock.now(), { by: caller.name }, aboutStream(server, target.path))])
    const headers = new Headers({
      ...relayHeaders,
      'content-type': 'application/sdp',
      location: `${sessionsPath}${name}`,
      'accept-patch': 'application/trickle-ice-sdpfrag',
      ...(etag !== null && { etag }),
    })
    for (const link of iceLinksOf(iceServers)) headers.append('link', link)
    return ok(new Response(answer, { status: 201, headers }))
  }

  const toSession = async (request: Request, name: string, grant?: RelayGrant): Promise<Result<Response, Refused>> => {
    const session = sessions.get(name)
    if (session !== null && otherwise(grant, session)) return refusedWith(403, { kind: 'tokenInvalid' })
    const access = session === null ? null : accessOf(session.serverId)
    if (session === null) return refusedWith(404, { kind: 'sessionGone' })
    if (access === null) return refusedWith(404, { kind: 'settingsChanged' })
    if (request.method === 'DELETE') {
      const ended = await bounded(session.serverId, () => endpoint.end(access, session, request.signal))
      if (!ended.ok) return ended
      sessions.delete(name)
      return ok(new Response(null, { status: 200, headers: relayHeaders }))
    }
    const fragment = await bodyOf(request, 'application/trickle-ice-sdpfrag')
    if (!fragment.ok) return fragment
    const ifMatch = /^(?:\*|"[\w+/=.-]{0,128}")$/.exec(request.headers.get('if-match') ?? '')?.[0] ?? null
    const answered = await bounded(session.serverId, () => endpoint.trickle(access, session, { fragment: fragment.value, ifMatch }, request.signal))
    if (!answered.ok) return answered
    const { fragment: body, etag } = answered.value
    if (body === null) return ok(new Response(null, { status: 204, headers: relayHeaders }))
    const headers = { ...relayHeaders, 'content-type': 'application/trickle-ice-sdpfrag', ...(etag !== null && { etag }) }
    return ok(new Response(body, { status: 200, headers }))
  }

  const counts = (grant: RelayGrant): boolean => {
    const operator = grants.isOver(grant) ? null : deps.operatorOf(grant.byId, grant.at)
    return operator !== null && isAllowed(operator, 'operate')
  }
  const needsOf = (use: WebrtcUse): Permission => (use === 'whip' ? 'operate' : 'view')

  const allowed = (route: Route) => (route.kind === 'use' ? ['OPTIONS', 'POST'] : ['DELETE', 'PATCH'])
  return {
    /** What the request needs; null: it is none of these. */
    needs: (request: Request): Permission | null => {
      const route = routeOf(request)
      if (route === null) return null
      return needsOf((route.kind === 'use' ? route.use : sessions.get(route.name)?.use) ?? 'whep')
    },
    /** What a token of an application allows; null: it is none. */
    grantOf: grants.read,
    /** The caller has already checked that the operator may. `grant`: an application asks, by a token that he handed out. Refusals are in `language`. */
    fetch: async (request: Request, caller: Caller, language: Language, grant?: RelayGrant): Promise<Response> => {
      const route = routeOf(request)
      if (route === null) return refusalAnswer({ status: 404, why: { kind: 'sessionGone' } }, language)
      const methods = allowed(route)
      if (!methods.includes(request.method))
        return refusalAnswer({ status: 405, why: { kind: 'otherMethod', methods } }, language, { allow: methods.join(', ') })
      if (grant !== undefined && !counts(grant)) return refusalAnswer({ status: 401, why: { kind: 'tokenInvalid' } }, language)
      const answered = await (route.kind === 'use' ? negotiate(request, route.use, caller, grant) : toSession(request, route.name, grant))
      if (answered.ok) return answered.value
      return refusalAnswer(grant === undefined ? answered.error : forStranger(answered.error), language)
    },
  }
}
export type WebrtcRelay = ReturnType<typeof createWebrtcRelay>

/** Who holds a token for a path learns nothing of the network behind the console: no address, and no other server. */
function forStranger({ status, why }: Refused): Refused {
  const tellsOfNetwork = why.kind === 'serverError' || why.kind === 'badAddress' || why.kind === 'notWebrtc'
  return { status, why: tellsOfNetwork ? { kind: 'serverError', error: { kind: 'httpStatus', status, message: '' } } : why }
}

interface Asked {
  readonly server: NamedServer
  readonly target: WebrtcTarget
}

/** What `?server=…&path=…` asks for. Where it names neither, what is defaultStreams is meant; where there is one server only, that one. */
function targetOf({ servers, accessOf, defaultStreams }: WebrtcRelayDeps, request: Request, use: WebrtcUse): Result<Asked, Refused> {
  const { searchParams } = new URL(request.url)
  const all = servers()
  const isUsual = !searchParams.has('server') && !searchParams.has('path')
  const named = searchParams.get('server') ?? (isUsual ? (defaultStreams?.server ?? null) : null)
  const server = named === null ? all[0] : serverOf(named, all)
  if (named === null && all.length > 1) return refusedWith(400, { kind: 'streamMissing' })
  const access = server === undefined ? null : accessOf(server.id)
  if (server === undefined || access === null) return refusedWith(404, { kind: 'noSuchServer' })
  const path = (searchParams.get('path') ?? (isUsual ? defaultStreams?.[use] : null) ?? '').replace(/^\/+|\/+$/g, '')
  if (path === '') return refusedWith(400, { kind: 'streamMissing' })
  if (path.length > longestPath || !path.isWellFormed()) return refusedWith(404, { kind: 'notFound' })
  return ok({ server, target: { access, path, use } })
}

/** Why a stream is not asked for: nobody publishes there, or our offer might start its source, or keep it running. `wake=true` says that it may. */
function whyNotRead({ stream: streamOf }: WebrtcRelayDeps, { access, path }: WebrtcTarget, request: Request): Refused | null {
  if (new URL(request.url).searchParams.get('wake') === 'true') return null
  const stream = streamOf(access.serverId, path)
  if (stream === null) return { status: 404, why: { kind: 'notFound' } }
  if (stream.state === 'unknown') return { status: 502, why: { kind: 'serverDown' } }
  if (stream.onDemand) return { status: 409, why: { kind: 'onDemand' } }
  return isOffAir(stream.state) ? { status: 404, why: { kind: 'notLive' } } : null
}
/** Ten times the number of candidates in a large examination, because a client that has gone is not noticed. */
export const mostRelayedSessions = 20_000
/**
 * Sessions negotiated through the relay, under random names that only we can resolve: a client can reach its own session by name, and nothing
 * else. They are known as long as they may run, so that they can be ended. Bounded: beyond that the least recently used is ended by `drop`.
 */
export function createRelayedSessions(drop: (session: WebrtcSession) => void) {
  // Least recently used first.
  const byName = new Map<string, { readonly session: WebrtcSession; readonly leave: () => void }>()
  const remove = (name: string): boolean => {
    byName.get(name)?.leave()
    return byName.delete(name)
  }
  return {
    /** Returns the session's new name. `leave` is called when it is no longer known. */
    add: (session: WebrtcSession, leave: () => void): string => {
      const [oldest] = byName.size >= mostRelayedSessions ? byName : []
      if (oldest !== undefined && remove(oldest[0])) drop(oldest[1].session)
      const name = randomBytes(32).toString('base64url')
      byName.set(name, { session, leave })
      return name
    },
    get: (name: string): WebrtcSession | null => {
      const known = byName.get(name)
      if (known === undefined) return null
      byName.delete(name)
      byName.set(name, known)
      return known.session
    },
    /** Whether it was known. */
    delete: remove,
  }
}
