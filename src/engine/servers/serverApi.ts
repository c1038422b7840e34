import { TimeLimitError } from '../../clock/clock.ts'
import type { Slice, Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isAtLeast } from '../../shared/serverVersions.ts'
import type { BodyBuffers } from '../http/bodyBuffers.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { WholeReply } from '../http/takeReplies.ts'
import { checkFields, type FieldFaults, infoFields, pageFields } from './apiFields.ts'
import { JsonError, type JsonLimits, readJsonInSlices, ShapeError } from './jsonInSlices.ts'
import type { ListPage } from './pathListBytes.ts'
import type { Answer, Ask, Requests, ServerInfoReading, SessionListName } from './readings.ts'

/** Fields of a JSON object, not yet validated. */
export type Fields = Readonly<Record<string, unknown>>

/** Why this can't be an answer of the API; null: it may be one. */
function formError(reply: WholeReply): ServerError | null {
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

/** An unknown route is answered with 404, too, but not by the API in JSON. MediaMTX 1.3 answers 500 for what does not exist. */
const isNotFound = (status: number, beginning: string): boolean => (status === 404 || status === 500) && / not found/.test(beginning)
/** What the server's system says of a file that does not exist, on Unix and on Windows. */
const isNoFile = (status: number, beginning: string): boolean => status === 400 && /no such file or directory|cannot find the (?:file|path)/i.test(beginning)

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

/** Reads one page of a list from its bytes; null: not of the usual form. */
type QuickParser<T> = (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<T> | null>
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

interface ServerApiOptions {
  readonly pool: ServerPool
  readonly buffers: BodyBuffers
  readonly slices: Slices
  /** The part of the URL before `/v3`. */
  readonly prefix: string
  /** Headers of requests that pass none. */
  readonly headers: Readonly<Record<string, string>>
  readonly faults: FieldFaults
  /** What is kept of an answer that is only shown and acted on. */
  readonly shownLimits: JsonLimits
  /** A list with more bytes than this on all its pages is given up. */
  readonly mostListBytes: number
}

/** Requests one server's API, by the names that its version has, and parses its answers into fields and lists. */
export class ServerApi {
  readonly #options: ServerApiOptions
  /** Endpoints of which it is known whether their newer names work. */
  readonly #renamedWorks = new Map<Endpoint, boolean>()
  #isVersionKnown = false
  /** The server's version as reported by `/v3/info`; null: not reported. */
  version: string | null = null

  constructor(options: ServerApiOptions) {
    this.#options = options
  }

  get shownLimits(): JsonLimits {
    return this.#options.shownLimits
  }

  /** Requests the endpoint; any status but 200 is an error. The caller returns the body's buffer. */
  async readReply(endpoint: string, signal: AbortSignal, headers = this.#options.headers): Promise<Result<WholeReply, ServerError>> {
    const { pool, prefix } = this.#options
    const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, headers)
    if (!reply.ok || reply.value.status === 200) return reply
    return err(statusToServerError(reply.value, this.#beginningOf(reply.value), headers.authorization !== undefined))
  }

  /** Sends a DELETE to the endpoint. `gone`: it answers that there is no such file. */
  async remove(endpoint: string, signal: AbortSignal): Promise<Result<'done' | 'gone', ServerError>> {
    const { pool, prefix, headers } = this.#options
    return this.#done(await pool.send('DELETE', `${prefix}/v3/${endpoint}`, signal, { headers }), isNoFile)
  }

  /** Sends what changes something, with or without a body. `gone`: it answers that what the endpoint names does not exist. */
  async change(method: 'POST' | 'PATCH' | 'DELETE', endpoint: string, body: Fields | null, signal: AbortSignal): Promise<Result<'done' | 'gone', ServerError>> {
    const { pool, prefix, headers } = this.#options
    const sending = body === null ? { headers } : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return this.#done(await pool.send(method, `${prefix}/v3/${endpoint}`, signal, sending), isNotFound)
  }

  /** Requests an endpoint that answers with one object. null: it answers that what the endpoint names does not exist. */
  async readNamed(endpoint: string, limits: JsonLimits, signal: AbortSignal): Promise<Result<Fields | null, ServerError>> {
    const { pool, prefix, headers } = this.#options
    const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, headers)
    if (!reply.ok) return reply
    if (reply.value.status === 200) return this.#parseFields(reply.value, limits, signal)
    const refused = this.#refusalOf(reply.value, isNotFound)
    return refused.ok ? ok(null) : refused
  }

  async readFields(endpoint: string, signal: AbortSignal, limits = this.#options.shownLimits): Promise<Result<Fields, ServerError>> {
    const reply = await this.readReply(endpoint, signal)
    return reply.ok ? this.#parseFields(reply.value, limits, signal) : reply
  }

  /** Tries the names that this version may have, the one that worked last first. */
  async withNames<T>(endpoint: Endpoint, run: (name: string) => Promise<Result<T, ServerError>>): Promise<Result<T, ServerError>> {
    if (!isAtLeast(this.version, 1, 21)) return run(endpoint.legacy)
    const first = this.#renamedWorks.get(endpoint) ?? true
    for (const renamed of [first, !first]) {
      const result = await run(renamed ? endpoint.renamed : endpoint.legacy)
      if (result.ok || result.error.kind !== 'noApiHere') {
        if (result.ok) this.#renamedWorks.set(endpoint, renamed)
        return result
      }
    }
    return err({ kind: 'noApiHere' })
  }

  async readInfo(signal: AbortSignal): Promise<Result<ServerInfoReading, ServerError>> {
    const fields = await this.readFields('info', signal)
    if (fields.ok || fields.error.kind === 'noApiHere') this.#isVersionKnown = true
    // Exists since 1.15.2. Its absence means an old server; whether this is MediaMTX at all is decided by the request for paths.
    if (!fields.ok && fields.error.kind === 'noApiHere') {
      this.#setVersion(null)
      return ok({ version: null, startedAt: null })
    }
    if (!fields.ok) return fields
    const info = checkFields(fields.value, infoFields, this.#options.faults)
    if (typeof info.version !== 'string') return err({ kind: 'badReply', detail: { kind: 'otherForm', field: 'version' } })
    // Custom builds have a line break in it.
    const version = info.version.trim()
    this.#setVersion(version)
    return ok({ version, startedAt: info.started ?? null })
  }

  /**
   * Reads the info unless the server has already answered for its version, or has no endpoint for it: the names of
   * endpoints and the meaning of counters depend on the version.
   */
  async learnVersion(signal: AbortSignal): Promise<void> {
    if (!this.#isVersionKnown) await this.readInfo(signal)
  }

  /** Reads a whole list page by page. Fewer entries than announced are accepted: entries come and go between pages. */
  async *readPages<T>(endpoint: string, list: ListReading<T>, ask: Ask): Requests<Result<Answer<T>, ServerError>> {
    const { buffers, faults, mostListBytes } = this.#options
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
        const reply = await this.readReply(`${endpoint}${endpoint.includes('?') ? '&' : '?'}itemsPerPage=${list.perPage}&page=${page}`, signal)
        if (!reply.ok) return reply
        bytes += reply.value.body.length
        tookMs += reply.value.tookMs
        arrivedAt = reply.value.arrivedAt
        serverDate ??= reply.value.serverDate
        if (bytes <= mostListBytes) return this.#readPage(reply.value, page, list, signal)
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

  /** Reads one page, with the fast parser if it has the usual form, and returns the body's buffer. */
  async #readPage<T>(reply: WholeReply, page: number, list: ListReading<T>, signal: AbortSignal): Promise<Result<ListPage<T>, ServerError>> {
    const { buffers, slices, faults } = this.#options
    const { body } = reply
    if (list.quick !== null && formError(reply) === null) {
      const quick = list.quick(page)
      const read = await inForm(body, () => quick(body, slices.begin(), signal))
      if (!read.ok || read.value) {
        buffers.give(body)
        return read as Result<ListPage<T>, ServerError>
      }
    }
    const fields = await this.#parseFields(reply, list.limits, signal)
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

  #setVersion(version: string | null): void {
    if (version !== this.version) this.#renamedWorks.clear()
    this.version = version
  }

  /** Of an answer that is not read on. Returns its buffer. */
  #beginningOf({ body }: WholeReply): string {
    const beginning = body.toString('utf8', 0, 2000)
    this.#options.buffers.give(body)
    return beginning
  }

  /** Of any status but 200. */
  #refusalOf(reply: WholeReply, isGone: typeof isNotFound): Result<'gone', ServerError> {
    const beginning = this.#beginningOf(reply)
    if (formError(reply) === null && isGone(reply.status, beginning)) return ok('gone')
    return err(statusToServerError(reply, beginning, this.#options.headers.authorization !== undefined))
  }

  #done(reply: Result<WholeReply, ServerError>, isGone: typeof isNotFound): Result<'done' | 'gone', ServerError> {
    if (!reply.ok) return reply
    if (reply.value.status !== 200) return this.#refusalOf(reply.value, isGone)
    this.#options.buffers.give(reply.value.body)
    return ok('done')
  }

  /** Parses the body, and returns its buffer. */
  async #parseFields(reply: WholeReply, limits: JsonLimits, signal: AbortSignal): Promise<Result<Fields, ServerError>> {
    const { buffers, slices } = this.#options
    const wrong = formError(reply)
    const parsed = wrong
      ? err(wrong)
      : await inForm(reply.body, async () => {
          const value = await readJsonInSlices(reply.body, limits, slices.begin(), signal)
          if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError({ kind: 'otherForm', field: 'JSON' })
          return value as Fields
        })
    buffers.give(reply.body)
    return parsed
  }
}
