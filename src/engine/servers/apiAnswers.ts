import { TimeLimitError } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { BodyBuffers } from '../http/bodyBuffers.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { WholeReply } from '../http/takeReplies.ts'
import { checkFields, type FieldChecker, type FieldFaults, infoFields, pageFields } from './apiFields.ts'
import { JsonError, type JsonLimits, readJsonInSlices, ShapeError } from './jsonInSlices.ts'
import type { ListPage } from './pathListBytes.ts'
import type { Answer, Ask, MediaServerClient, Requests, SessionListName } from './readings.ts'

/** Fields of a JSON object, not yet validated. */
export type Fields = Readonly<Record<string, unknown>>

/** Why this can't be an answer of the API; null: it may be one. */
export function formError(reply: WholeReply): ServerError | null {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(reply.contentType)
    ? null
    : { kind: 'notMediaMtx', contentType: reply.contentType.slice(0, 100), server: reply.server.slice(0, 100) }
}

/** Runs `read`, which throws when the form is not the API's or its time limit has passed, and turns that into an error. */
export async function inForm<T>(body: Buffer, read: () => Promise<T>): Promise<Result<T, ServerError>> {
  try {
    return ok(await read())
  } catch (error) {
    if (error instanceof ShapeError) return err({ kind: 'badReply', detail: error.fault })
    if (error instanceof TimeLimitError) return err({ kind: 'timedOut', limitMs: error.limitMs })
    if (!(error instanceof JsonError)) throw error
    return err(error.at >= body.length ? { kind: 'cutReply', receivedBytes: body.length } : { kind: 'badReply', detail: { kind: 'jsonBroken', at: error.at } })
  }
}

export interface ApiAnswers {
  /** Requests the endpoint; any status but 200 is an error. The caller returns the body's buffer. */
  readonly readReply: (endpoint: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>) => Promise<Result<WholeReply, ServerError>>
  /** Sends a DELETE to the endpoint. `gone`: it answers that there is no such file. */
  readonly remove: (endpoint: string, signal: AbortSignal) => Promise<Result<'done' | 'gone', ServerError>>
  /** Sends what changes something, with or without a body. `gone`: it answers that what the endpoint names does not exist. */
  readonly change: (
    method: 'POST' | 'PATCH' | 'DELETE',
    endpoint: string,
    body: Fields | null,
    signal: AbortSignal,
  ) => Promise<Result<'done' | 'gone', ServerError>>
  /** Requests an endpoint that answers with one object. null: it answers that what the endpoint names does not exist. */
  readonly readNamed: (endpoint: string, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields | null, ServerError>>
  /** Parses the body, and returns its buffer. */
  readonly parseFields: (reply: WholeReply, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields, ServerError>>
  /** Requests an endpoint that answers with one object. */
  readonly readFields: (endpoint: string, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields, ServerError>>
}

interface ApiAnswersOptions {
  readonly pool: ServerPool
  readonly buffers: BodyBuffers
  readonly slices: Slices
  /** The part of the URL before `/v3`. */
  readonly prefix: string
  /** Headers of requests that pass none. */
  readonly headers: Readonly<Record<string, string>>
}

/** An unknown route is answered with 404, too, but not by the API in JSON. MediaMTX 1.3 answers 500 for what does not exist. */
const isNotFound = (status: number, beginning: string): boolean => (status === 404 || status === 500) && / not found/.test(beginning)
/** What the server's system says of a file that does not exist, on Unix and on Windows. */
const isNoFile = (status: number, beginning: string): boolean => status === 400 && /no such file or directory|cannot find the (?:file|path)/i.test(beginning)

/** Requests one server's API and parses its answers into fields. */
export function createApiAnswers({ pool, buffers, slices, prefix, headers: usual }: ApiAnswersOptions): ApiAnswers {
  const readReply: ApiAnswers['readReply'] = async (endpoint, signal, headers = usual) => {
    const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, headers)
    if (!reply.ok || reply.value.status === 200) return reply
    const beginning = reply.value.body.toString('utf8', 0, 2000)
    buffers.give(reply.value.body)
    return err(statusToServerError(reply.value, beginning, headers.authorization !== undefined))
  }

  /** Of any status but 200. Returns the body's buffer. */
  const refusalOf = (reply: WholeReply, isGone = isNotFound): Result<'gone', ServerError> => {
    const beginning = reply.body.toString('utf8', 0, 2000)
    buffers.give(reply.body)
    return formError(reply) === null && isGone(reply.status, beginning)
      ? ok('gone')
      : err(statusToServerError(reply, beginning, usual.authorization !== undefined))
  }
  const done = (reply: Result<WholeReply, ServerError>, isGone = isNotFound): Result<'done' | 'gone', ServerError> => {
    if (!reply.ok) return reply
    if (reply.value.status !== 200) return refusalOf(reply.value, isGone)
    buffers.give(reply.value.body)
    return ok('done')
  }

  const parseFields: ApiAnswers['parseFields'] = async (reply, jsonLimits, signal) => {
    const wrong = formError(reply)
    if (wrong) {
      buffers.give(reply.body)
      return err(wrong)
    }
    const parsed = await inForm(reply.body, async () => {
      const value = await readJsonInSlices(reply.body, jsonLimits, slices.begin(), signal)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError({ kind: 'otherForm', field: 'JSON' })
      return value as Fields
    })
    buffers.give(reply.body)
    return parsed
  }

  return {
    readReply,
    remove: async (endpoint, signal) => done(await pool.send('DELETE', `${prefix}/v3/${endpoint}`, signal, { headers: usual }), isNoFile),
    change: async (method, endpoint, body, signal) => {
      const sending = body === null ? { headers: usual } : { headers: { ...usual, 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return done(await pool.send(method, `${prefix}/v3/${endpoint}`, signal, sending))
    },
    readNamed: async (endpoint, limits, signal) => {
      const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, usual)
      if (!reply.ok) return reply
      if (reply.value.status === 200) return parseFields(reply.value, limits, signal)
      const refused = refusalOf(reply.value)
      return refused.ok ? ok(null) : refused
    },
    parseFields,
    readFields: async (endpoint, limits, signal) => {
      const reply = await readReply(endpoint, signal)
      return reply.ok ? parseFields(reply.value, limits, signal) : reply
    },
  }
}

/** Names of an endpoint: those of all versions up to 1.20, and those announced for 1.21. */
interface Endpoint {
  readonly legacy: string
  readonly renamed: string
}
export const sessionEndpoints: Readonly<Record<SessionListName, Endpoint>> = {
  rtspSessions: { legacy: 'rtspsessions/list', renamed: 'rtsp/sessions/list' },
  rtspsSessions: { legacy: 'rtspssessions/list', renamed: 'rtsps/sessions/list' },
  rtmpConns: { legacy: 'rtmpconns/list', renamed: 'rtmp/conns/list' },
  rtmpsConns: { legacy: 'rtmpsconns/list', renamed: 'rtmps/conns/list' },
  srtConns: { legacy: 'srtconns/list', renamed: 'srt/conns/list' },
  webrtcSessions: { legacy: 'webrtcsessions/list', renamed: 'webrtc/sessions/list' },
  hlsSessions: { legacy: 'hlssessions/list', renamed: 'hls/sessions/list' },
  hlsMuxers: { legacy: 'hlsmuxers/list', renamed: 'hls/muxers/list' },
  moqSessions: { legacy: 'moqsessions/list', renamed: 'moq/sessions/list' },
}
/** Where a session of a list is disconnected by its id; null: these can't be. */
export function kickEndpointOf(list: SessionListName): Endpoint | null {
  return list === 'hlsMuxers' ? null : kickEndpoints[list]
}
const kicking = ({ legacy, renamed }: Endpoint): Endpoint => ({ legacy: legacy.replace(/list$/, 'kick'), renamed: renamed.replace(/list$/, 'kick') })
const kickEndpoints = Object.fromEntries(Object.entries(sessionEndpoints).map(([list, endpoint]) => [list, kicking(endpoint)])) as typeof sessionEndpoints
export const pathDefaultsEndpoint: Endpoint = { legacy: 'config/pathdefaults/get', renamed: 'config/path-defaults/get' }
export const forwardsEndpoint: Endpoint = { legacy: 'paths/forward/list', renamed: 'paths/forward-dests/list' }

export interface EndpointNames {
  /** The server's version as reported by `/v3/info`; null: not reported. */
  readonly version: () => string | null
  readonly setVersion: (version: string | null) => void
  /** Tries the names that this version may have, the one that worked last first. */
  readonly withNames: <T>(endpoint: Endpoint, run: (name: string) => Promise<Result<T, ServerError>>) => Promise<Result<T, ServerError>>
}

/** Finds out which name an endpoint has on one server. */
export function createEndpointNames(): EndpointNames {
  const renamedWorks = new Map<Endpoint, boolean>()
  let serverVersion: string | null = null
  return {
    version: () => serverVersion,
    setVersion: (version) => {
      if (version !== serverVersion) renamedWorks.clear()
      serverVersion = version
    },
    withNames: async (endpoint, run) => {
      if (!isAtLeast(serverVersion, 1, 21)) return run(endpoint.legacy)
      const first = renamedWorks.get(endpoint) ?? true
      for (const renamed of [first, !first]) {
        const result = await run(renamed ? endpoint.renamed : endpoint.legacy)
        if (result.ok || result.error.kind !== 'noApiHere') {
          if (result.ok) renamedWorks.set(endpoint, renamed)
          return result
        }
      }
      return err({ kind: 'noApiHere' })
    },
  }
}

export interface InfoClient {
  readonly readInfo: MediaServerClient['readInfo']
  /**
   * Reads the info unless the server has already answered for its version, or has no endpoint for it: the names of
   * endpoints and the meaning of counters depend on the version.
   */
  readonly learnVersion: (signal: AbortSignal) => Promise<void>
}

/** Reads the info of one server, and passes its version to `names`. */
export function createInfoClient(answers: ApiAnswers, names: EndpointNames, limits: JsonLimits, checker: FieldChecker): InfoClient {
  let isVersionKnown = false
  const readInfo: InfoClient['readInfo'] = async (signal) => {
    const fields = await answers.readFields('info', limits, signal)
    if (fields.ok || fields.error.kind === 'noApiHere') isVersionKnown = true
    // Exists since 1.15.2. Its absence means an old server; whether this is MediaMTX at all is decided by the request for paths.
    if (!fields.ok && fields.error.kind === 'noApiHere') {
      names.setVersion(null)
      return ok({ version: null, startedAt: null })
    }
    if (!fields.ok) return fields
    const info = checkFields(fields.value, infoFields, checker)
    if (typeof info.version !== 'string') return err({ kind: 'badReply', detail: { kind: 'otherForm', field: 'version' } })
    // Custom builds have a line break in it.
    const version = info.version.trim()
    names.setVersion(version)
    return ok({ version, startedAt: info.started ?? null })
  }
  return {
    readInfo,
    learnVersion: async (signal) => {
      if (!isVersionKnown) await readInfo(signal)
    },
  }
}

/** Reads one page of a list from its bytes; null: not of the usual form. */
type QuickParser<T> = (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<T> | null>
/** How to read one kind of list. */
export interface ListReading<T> {
  readonly perPage: number
  readonly most: number
  /** Key of an entry; entries with equal keys on several pages are the same. */
  readonly keyOf: (item: T) => string
  /** Fast parser for a page; null: there is none. */
  readonly quick: ((page: number) => QuickParser<T>) | null
  readonly limits: JsonLimits
  /** Parses one entry of JSON; null: left out. */
  readonly read: (raw: unknown, index: number) => T | null
  /** Field under which a fault is recorded if there are too many entries. */
  readonly noted: string
}

interface ApiListsOptions {
  readonly answers: ApiAnswers
  readonly buffers: BodyBuffers
  readonly slices: Slices
  readonly faults: FieldFaults
  /** A list with more bytes than this on all its pages is given up. */
  readonly mostListBytes: number
}

/** Reads a whole list, page by page. */
export type ListFetcher = <T>(endpoint: string, list: ListReading<T>, ask: Ask) => Requests<Result<Answer<T>, ServerError>>

/** Returns a function that reads whole lists of one server's API. */
export function createListFetcher({ answers, buffers, slices, faults, mostListBytes }: ApiListsOptions): ListFetcher {
  /** Reads one page, with the fast parser if it has the usual form, and returns the body's buffer. */
  const readPage = async <T>(reply: WholeReply, page: number, list: ListReading<T>, signal: AbortSignal): Promise<Result<ListPage<T>, ServerError>> => {
    const { body } = reply
    if (list.quick !== null && formError(reply) === null) {
      const quick = list.quick(page)
      const read = await inForm(body, () => quick(body, slices.begin(), signal))
      if (!read.ok || read.value) {
        buffers.give(body)
        return read as Result<ListPage<T>, ServerError>
      }
    }
    const fields = await answers.parseFields(reply, list.limits, signal)
    if (!fields.ok) return fields
    const { items: raws, pageCount } = checkFields(fields.value, pageFields, faults)
    if (!Array.isArray(raws)) return err({ kind: 'badReply', detail: { kind: 'otherForm', field: 'items' } })
    return inForm(body, async () => {
      const slice = slices.begin()
      const items: T[] = []
      const known = new Set<string>()
      for (const [index, raw] of raws.entries()) {
        // One entry alone may have thousands of readers.
        if (slice.isOver()) await slice.next(signal)
        const item = list.read(raw, index)
        if (item === null || known.has(list.keyOf(item))) continue
        known.add(list.keyOf(item))
        items.push(item)
      }
      // An impossibly high page count is not trusted, and those pages are not requested.
      return { items, pageCount: pageCount === null ? Number.POSITIVE_INFINITY : (pageCount ?? null) }
    })
  }

  /** Reads a whole list page by page. Fewer entries than announced are accepted: entries come and go between pages. */
  async function* readPages<T>(endpoint: string, list: ListReading<T>, ask: Ask): Requests<Result<Answer<T>, ServerError>> {
    let items: readonly T[] = []
    let keys: Set<string> | null = null
    let pageCount = 1
    let bytes = 0
    let tookMs = 0
    let arrivedAt = 0
    let serverDate: number | null = null
    for (let page = 0; page < pageCount; page++) {
      if (page > 0) yield
      const read = await ask(async (signal): Promise<Result<ListPage<T>, ServerError>> => {
        const reply = await answers.readReply(`${endpoint}${endpoint.includes('?') ? '&' : '?'}itemsPerPage=${list.perPage}&page=${page}`, signal)
        if (!reply.ok) return reply
        bytes += reply.value.body.length
        tookMs += reply.value.tookMs
        arrivedAt = reply.value.arrivedAt
        serverDate ??= reply.value.serverDate
        if (bytes <= mostListBytes) return readPage(reply.value, page, list, signal)
        buffers.give(reply.value.body)
        return err({ kind: 'tooLarge', limitBytes: mostListBytes })
      })
      if (!read.ok) return read
      if (page === 0) {
        items = read.value.items
        pageCount = Math.max(1, read.value.pageCount ?? 1)
        if (pageCount > pageFields.pageCount.most) return err({ kind: 'badReply', detail: { kind: 'tooMuch', most: pageFields.pageCount.most } })
        if (pageCount > 1) keys = new Set(items.map(list.keyOf))
      } else {
        const known = keys
        const added = read.value.items.filter((item) => !known?.has(list.keyOf(item)))
        for (const item of added) known?.add(list.keyOf(item))
        items = [...items, ...added]
      }
      if (items.length > list.most) {
        faults.note(list.noted, 'tooLong')
        items = items.slice(0, list.most)
        break
      }
    }
    return ok({ items, arrivedAt, tookMs, bytes, serverDate })
  }

  return readPages
}
