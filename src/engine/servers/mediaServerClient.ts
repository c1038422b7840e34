import type { Clock } from '../../clock/clock.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import { createServerPool, type WholeReply } from '../http/serverPool.ts'
import { isAtLeast } from './isAtLeast.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import { readPaths, ShapeError } from './parsePaths.ts'
import { readSessions } from './parseSessions.ts'
import { parseTime } from './parseTime.ts'
import { createTrackReader } from './parseTracks.ts'
import { createPathListBytes } from './pathListBytes.ts'
import type { Answer, MediaServerClient, PathReading, ServerAccess, SessionListName, SessionReading } from './readings.ts'
import { createSessionListBytes, type SessionListBytes } from './sessionListBytes.ts'

export interface MediaServerClientOptions {
  readonly access: ServerAccess
  readonly clock: Clock
  /** Id of this installation; `mtxdeck=<tag>` marks whatever of ours opens a session. Reading the API opens none. */
  readonly tag: string
  /** Ours, for the User-Agent. */
  readonly version: string
  /** Memory for answers; clients may share it. */
  readonly buffers?: BodyBuffers
  readonly limits?: {
    /** Larger answers, and lists of more on all their pages, are given up. Default 64 MB. */
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
/** All pages of a list together, as long as they are read. */
const defaultMaxListBytes = 64_000_000
/** A server that promises more pages than this is not believed. */
const maxPages = 100

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
 * twice as many. And what comes too late is always told as 0.
 */
const forgetLoss = (session: SessionReading) => {
  if (session.role === 'publisher' && session.srt) Object.assign(session.srt, { packetsLoss: null, packetsBelated: null })
}

/** Says where JSON broke and never what stood there: it may be a secret. */
const jsonError = (error: unknown, text: string): ServerError => {
  const message = error instanceof Error ? error.message : ''
  const position = /at position (\d+)/.exec(message)?.[1]
  if (/end of JSON|Unterminated/.test(message) || (position !== undefined && Number(position) >= text.length))
    return { kind: 'cutReply', receivedBytes: Buffer.byteLength(text) }
  return { kind: 'badReply', detail: position === undefined ? 'its JSON is broken' : `its JSON is broken at character ${position}` }
}

export const createMediaServerClient = (options: MediaServerClientOptions): MediaServerClient => {
  const { access, clock, version, limits = {}, buffers = createBodyBuffers() } = options
  const itemsPerPage = Math.min(100_000, Math.max(1, Math.trunc(limits.itemsPerPage ?? defaultItemsPerPage) || defaultItemsPerPage))
  const maxListBytes = limits.maxResponseBytes ?? defaultMaxListBytes
  const api = new URL(access.url)
  const prefix = api.pathname.replace(/\/+$/, '')
  const pool = createServerPool({
    clock,
    url: access.url,
    fingerprint: access.fingerprint,
    userAgent: `mtxdeck/${version}`,
    buffers,
    ...(limits.maxResponseBytes === undefined ? {} : { maxResponseBytes: limits.maxResponseBytes }),
  })
  const authorized: Readonly<Record<string, string>> = access.authorization === null ? {} : { authorization: access.authorization }
  const tracks = createTrackReader()
  const pathListBytes = createPathListBytes(tracks, buffers.give)
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

  /** Its body is read and given back. */
  const parseFields = (reply: WholeReply): Result<Fields, ServerError> => {
    const wrong = formError(reply)
    const text = wrong ? '' : reply.body.toString()
    buffers.give(reply.body)
    if (wrong) return err(wrong)
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (error) {
      return err(jsonError(error, text))
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return err({ kind: 'badReply', detail: 'it is no JSON object' })
    return ok(parsed as Fields)
  }

  const readFields = async (endpoint: string, signal: AbortSignal): Promise<Result<Fields, ServerError>> => {
    const reply = await readReply(endpoint, signal)
    return reply.ok ? parseFields(reply.value) : reply
  }

  const readPage = (endpoint: string, page: number, signal: AbortSignal) => readReply(`${endpoint}?itemsPerPage=${itemsPerPage}&page=${page}`, signal)

  interface Pages {
    readonly items: readonly (readonly unknown[])[]
    readonly cost: Omit<Answer<never>, 'items'>
  }

  /** A whole list. A first page of one character less than promised is no reason to distrust: paths come and go between pages. */
  const readPages = async (endpoint: string, signal: AbortSignal, first?: Result<WholeReply, ServerError>): Promise<Result<Pages, ServerError>> => {
    const items: (readonly unknown[])[] = []
    let pageCount = 1
    let bytes = 0
    let tookMs = 0
    let arrivedAt = 0
    let serverDate: number | null = null
    for (let page = 0; page < pageCount; page++) {
      const reply = page === 0 && first ? first : await readPage(endpoint, page, signal)
      if (!reply.ok) return reply
      const fields = parseFields(reply.value)
      if (!fields.ok) return fields
      const list = fields.value.items
      if (!Array.isArray(list)) return err({ kind: 'badReply', detail: '"items" is missing' })
      items.push(list)
      bytes += reply.value.body.length
      if (bytes > maxListBytes) return err({ kind: 'tooLarge', limitBytes: maxListBytes })
      tookMs += reply.value.tookMs
      arrivedAt = reply.value.arrivedAt
      serverDate ??= reply.value.serverDate
      const promised = fields.value.pageCount
      if (page === 0 && typeof promised === 'number') {
        if (promised > maxPages) return err({ kind: 'badReply', detail: `it has ${promised} pages` })
        pageCount = Math.max(1, promised)
      }
    }
    return ok({ items, cost: { arrivedAt, tookMs, bytes, serverDate } })
  }

  /** Runs a reader that throws where the form is not the API's. */
  const inForm = <T>(read: () => T): Result<T, ServerError> => {
    try {
      return ok(read())
    } catch (error) {
      if (error instanceof ShapeError) return err({ kind: 'badReply', detail: error.message })
      throw error
    }
  }

  /** The answer that is asked for most, and the largest: read by what changed in it, where it has the usual form. */
  const readPathList = async (signal: AbortSignal): Promise<Result<Answer<PathReading>, ServerError>> => {
    const first = await readPage('paths/list', 0, signal)
    if (!first.ok) return first
    const { body, arrivedAt, tookMs, serverDate } = first.value
    if (formError(first.value) === null) {
      const quick = inForm(() => pathListBytes.read(body))
      if (!quick.ok) {
        buffers.give(body)
        return quick
      }
      if (quick.value) return ok({ items: quick.value, arrivedAt, tookMs, bytes: body.length, serverDate })
    }
    const pages = await readPages('paths/list', signal, first)
    if (!pages.ok) return pages
    const items = inForm(() => readPaths(pages.value.items, tracks))
    return items.ok ? ok({ items: items.value, ...pages.value.cost }) : items
  }

  const readSessionList = async (list: SessionListName, endpoint: string, signal: AbortSignal): Promise<Result<Answer<SessionReading>, ServerError>> => {
    const first = await readPage(endpoint, 0, signal)
    if (!first.ok) return first
    const { body, arrivedAt, tookMs, serverDate } = first.value
    if (formError(first.value) === null) {
      let bytes = sessionListBytes.get(list)
      if (bytes === undefined) {
        bytes = createSessionListBytes(list)
        sessionListBytes.set(list, bytes)
      }
      const reader = bytes
      const quick = inForm(() => reader.read(body))
      if (!quick.ok || quick.value) buffers.give(body)
      if (!quick.ok) return quick
      if (quick.value) return ok({ items: quick.value, arrivedAt, tookMs, bytes: body.length, serverDate })
    }
    const pages = await readPages(endpoint, signal, first)
    if (!pages.ok) return pages
    const items = inForm(() => readSessions(list, pages.value.items))
    return items.ok ? ok({ items: items.value, ...pages.value.cost }) : items
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
    if (typeof fields.value.version !== 'string') return err({ kind: 'badReply', detail: '"version" is missing' })
    // Home-made builds have a line's end in it.
    const told = fields.value.version.trim().slice(0, 100)
    if (told !== serverVersion) renamedWorks.clear()
    serverVersion = told
    return ok({ version: told, startedAt: parseTime(fields.value.started) })
  }

  return {
    readPaths: readPathList,
    readSessions: async (list, signal) => {
      // What the counters of SRT mean depends on the version.
      if (list === 'srtConns' && !versionIsAsked) await readInfo(signal)
      const result = await withNames(endpoints[list], (name) => readSessionList(list, name, signal))
      if (result.ok && list === 'srtConns' && !isAtLeast(serverVersion, 1, 20, 1)) for (const session of result.value.items) forgetLoss(session)
      // A protocol that is off has no route, and an old version has not this one.
      return !result.ok && result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
    },
    readInfo,
    readConfiguration: async (signal) => {
      const global = await readFields('config/global/get', signal)
      if (!global.ok) return global
      const defaults = await withNames(pathDefaultsEndpoint, (name) => readFields(name, signal))
      if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
      const paths = await readPages('config/paths/list', signal)
      if (!paths.ok) return paths
      const named = new Map<unknown, Fields>()
      for (const raw of paths.value.items.flat()) if (typeof raw === 'object' && raw !== null) named.set((raw as Fields).name, raw as Fields)
      return ok(readConfigurationAnswers(global.value, defaults.ok ? defaults.value : {}, [...named.values()], api.hostname))
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
