import { type Clock, TimeLimitError } from '../../clock/clock.ts'
import { createSlices, type Slice, type Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, type WholeReply } from '../http/serverPool.ts'
import { answerLimits, configurationLimits, infoFields, judgeFields, pageFields, sessionFields } from './apiFields.ts'
import { createFieldFaults } from './fieldFaults.ts'
import { isAtLeast } from './isAtLeast.ts'
import { JsonError, type JsonLimits, listLimits, readJsonInSlices } from './jsonInSlices.ts'
import type { ListPage } from './listPages.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import { createPathParser } from './parsePaths.ts'
import { readSession } from './parseSessions.ts'
import { createPathListBytes, type PathListBytes } from './pathListBytes.ts'
import {
  type Answer,
  type Ask,
  allRequests,
  type MediaServerClient,
  type PathReading,
  type Requests,
  type ServerAccess,
  type SessionListName,
  type SessionReading,
} from './readings.ts'
import { createSessionListBytes, type SessionListBytes } from './sessionListBytes.ts'
import { ShapeError } from './shapeError.ts'

export interface MediaServerClientOptions {
  readonly access: ServerAccess
  readonly clock: Clock
  /** Id of this installation; `mtxdeck=<tag>` marks whatever of ours opens a session. Reading the API opens none. */
  readonly tag: string
  /** Ours, for the User-Agent. */
  readonly version: string
  /** Memory for answers; clients may share it. */
  readonly buffers?: BodyBuffers
  /** Turns for reading large answers; clients of one event loop share it. */
  readonly slices?: Slices
  readonly limits?: {
    /** Larger answers, and lists of more on all their pages, are given up. Default 16 MB, and 64 MB a list. */
    readonly maxResponseBytes?: number
    /** Entries asked for at once. 1 to 100,000; default 10,000. */
    readonly itemsPerPage?: number
  }
}

/**
 * One page for all but the largest servers: paging is not one moment. A constant of ours and never 0:
 * `itemsPerPage=0` divides by zero in MediaMTX up to 1.5 and ends it with every stream it serves.
 */
const defaultItemsPerPage = 10_000
/** Entries of a configuration are ten times as long. */
const configuredPathsPerPage = 1_000

/** Names of a list's endpoint: those that every version up to 1.20 knows, and those said to come with 1.21. */
interface Endpoint {
  readonly legacy: string
  readonly renamed: string
}
const endpoints: Readonly<Record<SessionListName, Endpoint>> = {
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
const pathDefaultsEndpoint: Endpoint = { legacy: 'config/pathdefaults/get', renamed: 'config/path-defaults/get' }

type Fields = Readonly<Record<string, unknown>>

/**
 * Before 1.20.1 a gap of n packets of an SRT publisher counts n + 1 as lost, so that one can't say how many were: for single ones it is
 * twice as many. And what comes too late is always counted as 0.
 */
function forgetLoss(session: SessionReading) {
  if (session.role === 'publisher' && session.srt) Object.assign(session.srt, { packetsLoss: null, packetsBelated: null })
}

/** Fields of an object, or of what is none. */
const fieldsOf = (raw: unknown): Fields => (typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Fields) : {})

/** Reads one page of a list from its bytes; null: not of the usual form. */
type QuickReader<T> = (body: Buffer, slice: Slice, signal: AbortSignal) => Promise<ListPage<T> | null>
/** How a list is read. */
interface ListReading<T> {
  readonly perPage: number
  readonly most: number
  /** Name of an entry: what comes again on another page is the same. */
  readonly keyOf: (item: T) => string
  /** The quick way for a page, where there is one. */
  readonly quick: ((page: number) => QuickReader<T>) | null
  readonly limits: JsonLimits
  /** An entry of JSON; null: left out. */
  readonly read: (raw: unknown, index: number) => T | null
  /** Field that is noted where there are too many entries. */
  readonly noted: string
}

const noBody = Buffer.alloc(0)

export function createMediaServerClient(options: MediaServerClientOptions): MediaServerClient {
  const { access, clock, version, limits = {}, buffers = createBodyBuffers(), slices = createSlices(clock) } = options
  const itemsPerPage = Math.min(100_000, Math.max(1, Math.trunc(limits.itemsPerPage ?? defaultItemsPerPage) || defaultItemsPerPage))
  const mostListBytes = limits.maxResponseBytes ?? answerLimits.listBytes
  const api = new URL(access.url)
  const prefix = api.pathname.replace(/\/+$/, '')
  const pool = createServerPool({
    clock,
    url: access.url,
    fingerprint: access.fingerprint,
    userAgent: `mtxdeck/${version}`,
    buffers,
    maxResponseBytes: limits.maxResponseBytes ?? answerLimits.pageBytes,
  })
  const authorized: Readonly<Record<string, string>> = access.authorization === null ? {} : { authorization: access.authorization }
  const faults = createFieldFaults(clock)
  const pathParser = createPathParser(faults)
  const pathPages: PathListBytes[] = []
  const sessionListBytes = new Map<SessionListName, SessionListBytes>()
  const renamedWorks = new Map<Endpoint, boolean>()
  let serverVersion: string | null = null
  let versionIsAsked = false

  const readReply = async (endpoint: string, signal: AbortSignal, headers = authorized): Promise<Result<WholeReply, ServerError>> => {
    const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, headers)
    if (!reply.ok || reply.value.status === 200) return reply
    const beginning = reply.value.body.toString('utf8', 0, 2000)
    buffers.give(reply.value.body)
    return err(statusToServerError(reply.value, beginning, headers.authorization !== undefined))
  }

  const formError = (reply: WholeReply): ServerError | null =>
    /^application\/(?:[\w.+-]+\+)?json\b/i.test(reply.contentType)
      ? null
      : { kind: 'notMediaMtx', contentType: reply.contentType.slice(0, 100), server: reply.server.slice(0, 100) }

  /** Runs what reads an answer: it throws where the form is not the API's, or where its time is over. */
  const inForm = async <T>(body: Buffer, read: () => Promise<T>): Promise<Result<T, ServerError>> => {
    try {
      return ok(await read())
    } catch (error) {
      if (error instanceof ShapeError) return err({ kind: 'badReply', detail: error.message })
      if (error instanceof TimeLimitError) return err({ kind: 'timedOut', limitMs: error.limitMs })
      if (!(error instanceof JsonError)) throw error
      return err(
        error.at >= body.length ? { kind: 'cutReply', receivedBytes: body.length } : { kind: 'badReply', detail: `its JSON is broken at byte ${error.at}` },
      )
    }
  }

  /** Its body is read and given back. */
  const parseFields = async (reply: WholeReply, jsonLimits: JsonLimits, signal: AbortSignal): Promise<Result<Fields, ServerError>> => {
    const wrong = formError(reply)
    if (wrong) {
      buffers.give(reply.body)
      return err(wrong)
    }
    const parsed = await inForm(reply.body, async () => {
      const value = await readJsonInSlices(reply.body, jsonLimits, slices.begin(), signal)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError('it is no JSON object')
      return value as Fields
    })
    buffers.give(reply.body)
    return parsed
  }

  const shownLimits: JsonLimits = {
    ...configurationLimits,
    wanted: null,
    onCut: () => faults.note('configuration', 'tooLong'),
  }
  const readFields = async (endpoint: string, signal: AbortSignal): Promise<Result<Fields, ServerError>> => {
    const reply = await readReply(endpoint, signal)
    return reply.ok ? parseFields(reply.value, shownLimits, signal) : reply
  }

  /** One page, the quick way if it has the usual form. Its body is given back. */
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
    const fields = await parseFields(reply, list.limits, signal)
    if (!fields.ok) return fields
    const { items: raws, pageCount } = judgeFields(fields.value, pageFields, faults)
    if (!Array.isArray(raws)) return err({ kind: 'badReply', detail: '"items" is missing' })
    return inForm(body, async () => {
      const slice = slices.begin()
      const items: T[] = []
      const known = new Set<string>()
      for (const [index, raw] of raws.entries()) {
        if (index % 16 === 15 && slice.isOver()) await slice.next(signal)
        const item = list.read(raw, index)
        if (item === null || known.has(list.keyOf(item))) continue
        known.add(list.keyOf(item))
        items.push(item)
      }
      // What promises more pages than any list has is not believed, and not asked for them.
      return { items, pageCount: pageCount === null ? Number.POSITIVE_INFINITY : (pageCount ?? null) }
    })
  }

  /** A whole list, page by page. Fewer entries than promised are no reason to distrust: they come and go between pages. */
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
        const reply = await readReply(`${endpoint}?itemsPerPage=${list.perPage}&page=${page}`, signal)
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
        if (pageCount > pageFields.pageCount.most) return err({ kind: 'badReply', detail: `it has more than ${pageFields.pageCount.most} pages` })
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
  const readList = <T>(endpoint: string, list: ListReading<T>, signal: AbortSignal) => allRequests(readPages(endpoint, list, (request) => request(signal)))

  const pathReading: ListReading<PathReading> = {
    perPage: itemsPerPage,
    most: answerLimits.paths,
    keyOf: ({ name }) => name,
    // Read by what changed since the last answer: the answer that is asked for most, and the largest.
    quick: (page) => {
      pathPages[page] ??= createPathListBytes(pathParser)
      return pathPages[page].read
    },
    limits: listLimits,
    read: pathParser.read,
    noted: 'paths',
  }

  const sessionReading = (list: SessionListName): ListReading<SessionReading> => {
    let bytes = sessionListBytes.get(list)
    if (bytes === undefined) {
      bytes = createSessionListBytes(list, faults)
      sessionListBytes.set(list, bytes)
    }
    const { read } = bytes
    return {
      perPage: itemsPerPage,
      most: answerLimits.sessions,
      keyOf: ({ id }) => id,
      quick: () => read,
      limits: listLimits,
      read: (raw, index) => {
        if (typeof raw !== 'object' || raw === null) throw new ShapeError(`items[${index}] is no object`)
        return readSession(list, judgeFields(raw as Fields, sessionFields, faults), index)
      },
      noted: list,
    }
  }

  const configuredReading: ListReading<Fields> = {
    perPage: configuredPathsPerPage,
    most: answerLimits.configuredPaths,
    keyOf: ({ name }) => String(name),
    quick: null,
    limits: { ...shownLimits, items: configuredPathsPerPage },
    read: (raw) => (typeof raw === 'object' && raw !== null ? fieldsOf(raw) : null),
    noted: 'configured paths',
  }

  /** Tries the names that this version may have, the one that worked last first. */
  const withNames = async <T>(endpoint: Endpoint, run: (name: string) => Promise<Result<T, ServerError>>): Promise<Result<T, ServerError>> => {
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
  }

  const readInfo: MediaServerClient['readInfo'] = async (signal) => {
    const fields = await readFields('info', signal)
    if (fields.ok || fields.error.kind === 'noApiHere') versionIsAsked = true
    // Only since 1.15.2: its absence means an old server, whether this is one at all is for the paths to say.
    if (!fields.ok && fields.error.kind === 'noApiHere') {
      serverVersion = null
      return ok({ version: null, startedAt: null })
    }
    if (!fields.ok) return fields
    const info = judgeFields(fields.value, infoFields, faults)
    if (typeof info.version !== 'string') return err({ kind: 'badReply', detail: '"version" is missing' })
    // Home-made builds have a line's end in it.
    const told = info.version.trim()
    if (told !== serverVersion) renamedWorks.clear()
    serverVersion = told
    return ok({ version: told, startedAt: info.started ?? null })
  }

  return {
    readPaths: async (signal) => {
      pathParser.begin()
      const result = await readList('paths/list', pathReading, signal)
      // What is kept to compare the next answer with is not kept through an outage.
      if (!result.ok) pathPages.length = 0
      return result
    },
    readSessions: async (list, signal) => {
      // What the counters of SRT mean depends on the version.
      if (list === 'srtConns' && !versionIsAsked) await readInfo(signal)
      const result = await withNames(endpoints[list], (name) => readList(name, sessionReading(list), signal))
      if (result.ok && list === 'srtConns' && !isAtLeast(serverVersion, 1, 20, 1)) for (const session of result.value.items) forgetLoss(session)
      // A protocol that is off has no route, and an old version has not this one.
      return !result.ok && result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
    },
    faults: faults.recent,
    bytesRead: pool.bytesRead,
    refusedNames: pathParser.refusedNames,
    readInfo,
    readConfiguration: async function* (ask) {
      const global = await ask((signal) => readFields('config/global/get', signal))
      if (!global.ok) return global
      yield
      const defaults = await ask((signal) => withNames(pathDefaultsEndpoint, (name) => readFields(name, signal)))
      if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
      yield
      const paths = yield* readPages('config/paths/list', configuredReading, ask)
      if (!paths.ok) return paths
      const answers = { global: global.value, pathDefaults: defaults.ok ? defaults.value : {}, paths: paths.value.items }
      return ask((signal) => inForm(noBody, () => readConfigurationAnswers(answers, api.hostname, slices.begin(), signal)))
    },
    readOpenness: async (signal) => {
      if (access.authorization === null) return true
      const reply = await readReply('paths/list?itemsPerPage=1', signal, {})
      if (reply.ok) {
        buffers.give(reply.value.body)
        return true
      }
      return reply.error.kind === 'unauthorized' || reply.error.kind === 'forbidden' ? false : null
    },
    close: pool.close,
  }
}
