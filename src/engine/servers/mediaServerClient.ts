import type { Clock } from '../../clock/clock.ts'
import { createSlices, type Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { createServerPool } from '../http/serverPool.ts'
import { createApiAnswers, type Fields, inForm } from './apiAnswers.ts'
import { createEndpointNames, forwardsEndpoint, kickEndpointOf, pathDefaultsEndpoint, sessionEndpoints } from './apiEndpoints.ts'
import { answerLimits, configurationLimits, infoFields, judgeFields, pulledSourceFields, sessionFields } from './apiFields.ts'
import { createListReader, type ListReading } from './apiLists.ts'
import { createFieldFaults } from './fieldFaults.ts'
import { createForwardMetrics } from './forwardMetrics.ts'
import { type JsonLimits, listLimits } from './jsonInSlices.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import { readForward, saidOfSource } from './parseForwards.ts'
import { createPathParser } from './parsePaths.ts'
import { readRecording, readSegments, recordingLimits, recordingsPerPage } from './parseRecordings.ts'
import { readSession } from './parseSessions.ts'
import { createPathListBytes, type PathListBytes } from './pathListBytes.ts'
import {
  allRequests,
  type ForwardReading,
  type MediaServerClient,
  type PathReading,
  type RecordingReading,
  type ServerAccess,
  type SessionListName,
  type SessionReading,
} from './readings.ts'
import { createSessionListBytes, type SessionListBytes } from './sessionListBytes.ts'
import { ShapeError } from './shapeError.ts'

export interface MediaServerClientOptions {
  readonly access: ServerAccess
  readonly clock: Clock
  /** Id of this installation; `mtxdeck=<tag>` marks requests of ours that open a session. Reading the API opens none. */
  readonly tag: string
  /** This program's version, for the User-Agent. */
  readonly version: string
  /** Memory for answers; clients may share it. */
  readonly buffers?: BodyBuffers
  /** Turns for reading large answers; clients of one event loop share it. */
  readonly slices?: Slices
  readonly limits?: {
    /** Larger answers are given up, and so are lists that are too large over all their pages. Default 16 MB, and 64 MB per list. */
    readonly maxResponseBytes?: number
    /** Entries per request. 1 to 100,000; default 10,000. */
    readonly itemsPerPage?: number
  }
}

/**
 * One page for all but the largest servers, because several pages do not show one moment. Always set, and never 0:
 * `itemsPerPage=0` divides by zero in MediaMTX up to 1.5 and ends it with every stream it serves.
 */
const defaultItemsPerPage = 10_000
/** Entries of a configuration are ten times as long as those of other lists. */
const configuredPathsPerPage = 1_000

/**
 * Before 1.20.1 a gap of n packets of an SRT publisher counts as n + 1 lost, so the true number is unknown: for single packets it counts
 * twice as many. And the counter of packets that came too late is always 0.
 */
function forgetLoss(session: SessionReading) {
  if (session.role === 'publisher' && session.srt) Object.assign(session.srt, { packetsLoss: null, packetsBelated: null })
}

const noBody = Buffer.alloc(0)
/** An RTP source's SDP and the command lines of hooks are the longest texts of an entry. */
const wholeEntryLimits = { text: 65_536, items: 10_000, keys: 500 }

export function createMediaServerClient(options: MediaServerClientOptions): MediaServerClient {
  const { access, clock, version, limits = {}, buffers = createBodyBuffers(), slices = createSlices(clock) } = options
  const itemsPerPage = Math.min(100_000, Math.max(1, Math.trunc(limits.itemsPerPage ?? defaultItemsPerPage) || defaultItemsPerPage))
  const api = new URL(access.url)
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
  const names = createEndpointNames()
  const forwardMetrics = createForwardMetrics({ clock, access, userAgent: `mtxdeck/${version}`, judge: faults, slices })
  let versionIsAsked = false

  const answers = createApiAnswers({ pool, buffers, slices, prefix: api.pathname.replace(/\/+$/, ''), headers: authorized })
  const readPages = createListReader({ answers, buffers, slices, faults, mostListBytes: limits.maxResponseBytes ?? answerLimits.listBytes })
  const readList = <T>(endpoint: string, list: ListReading<T>, signal: AbortSignal) => allRequests(readPages(endpoint, list, (request) => request(signal)))

  const shownLimits: JsonLimits = {
    ...configurationLimits,
    wanted: null,
    onCut: () => faults.note('configuration', 'tooLong'),
  }

  const pathReading: ListReading<PathReading> = {
    perPage: itemsPerPage,
    most: answerLimits.paths,
    keyOf: ({ name }) => name,
    // Parsed by comparing it with the last answer, because it is the most frequent and the largest answer.
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
        if (typeof raw !== 'object' || raw === null) throw new ShapeError({ kind: 'fieldNotAnObject', field: `items[${index}]` })
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
    read: (raw) => (typeof raw === 'object' && raw !== null ? (Array.isArray(raw) ? {} : (raw as Fields)) : null),
    noted: 'configured paths',
  }

  const recordingReading: ListReading<RecordingReading> = {
    perPage: recordingsPerPage,
    most: answerLimits.recordedPaths,
    keyOf: ({ path }) => path,
    quick: null,
    limits: recordingLimits,
    read: (raw) => readRecording(raw, faults),
    noted: 'recordings',
  }

  const forwardReading: ListReading<ForwardReading> = {
    // One more than are kept says that there are more.
    perPage: answerLimits.forwardsOfPath + 1,
    most: answerLimits.forwardsOfPath,
    keyOf: ({ id }) => id,
    quick: null,
    limits: listLimits,
    read: (raw, index) => readForward(raw, index, faults),
    noted: 'forwards',
  }

  const readInfo: MediaServerClient['readInfo'] = async (signal) => {
    const fields = await answers.readFields('info', shownLimits, signal)
    if (fields.ok || fields.error.kind === 'noApiHere') versionIsAsked = true
    // Exists since 1.15.2. Its absence means an old server; whether this is MediaMTX at all is decided by the request for paths.
    if (!fields.ok && fields.error.kind === 'noApiHere') {
      names.setVersion(null)
      return ok({ version: null, startedAt: null })
    }
    if (!fields.ok) return fields
    const info = judgeFields(fields.value, infoFields, faults)
    if (typeof info.version !== 'string') return err({ kind: 'badReply', detail: { kind: 'fieldMissing', field: 'version' } })
    // Custom builds have a line break in it.
    const version = info.version.trim()
    names.setVersion(version)
    return ok({ version, startedAt: info.started ?? null })
  }

  /** Of an answer that is written back some day: it is whole, or is not used. */
  const whole = async <T>(read: (limits: JsonLimits) => Promise<Result<T, ServerError>>): Promise<Result<T, ServerError>> => {
    let isCut = false
    const found = await read({
      ...wholeEntryLimits,
      wanted: null,
      onCut: () => {
        isCut = true
      },
    })
    return isCut ? err({ kind: 'tooLarge', limitBytes: wholeEntryLimits.text }) : found
  }

  return {
    readPaths: async (signal) => {
      pathParser.begin()
      const result = await readList('paths/list', pathReading, signal)
      // Data for comparing the next answer is dropped in an outage.
      if (!result.ok) pathPages.length = 0
      return result
    },
    readSessions: async (list, signal) => {
      // The meaning of SRT's counters depends on the version.
      if (list === 'srtConns' && !versionIsAsked) await readInfo(signal)
      const result = await names.withNames(sessionEndpoints[list], (name) => readList(name, sessionReading(list), signal))
      if (result.ok && list === 'srtConns' && !isAtLeast(names.version(), 1, 20, 1)) for (const session of result.value.items) forgetLoss(session)
      // A disabled protocol has no route, nor has an old version for a newer protocol.
      return !result.ok && result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
    },
    kick: async (list, id, signal) => {
      const endpoint = kickEndpointOf(list)
      if (endpoint === null) return err({ kind: 'notEnabled' })
      // The name of the endpoint depends on the version.
      if (!versionIsAsked) await readInfo(signal)
      const result = await names.withNames(endpoint, (name) => answers.change('POST', `${name}/${encodeURIComponent(id)}`, null, signal))
      if (!result.ok) return result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
      return ok(result.value === 'done' ? 'kicked' : 'gone')
    },
    readConfiguredPath: async (name, signal) => whole((limits) => answers.readNamed(`config/paths/get/${encodePathName(name)}`, limits, signal)),
    readPathDefaults: async (signal) => {
      if (!versionIsAsked) await readInfo(signal)
      const read = await names.withNames(pathDefaultsEndpoint, (name) => whole((limits) => answers.readNamed(name, limits, signal)))
      return !read.ok && read.error.kind === 'noApiHere' ? ok(null) : read
    },
    changeConfiguredPath: (change, name, settings, signal) => {
      const endpoint = (what: string) => `config/paths/${what}/${encodePathName(name)}`
      if (change === 'remove') return answers.change('DELETE', endpoint('delete'), null, signal)
      return change === 'add' ? answers.change('POST', endpoint('add'), settings, signal) : answers.change('PATCH', endpoint('patch'), settings, signal)
    },
    faults: faults.recent,
    bytesRead: () => pool.bytesRead() + forwardMetrics.bytesRead(),
    refusedNames: pathParser.refusedNames,
    readInfo,
    readConfiguration: async function* (ask) {
      const global = await ask((signal) => answers.readFields('config/global/get', shownLimits, signal))
      if (!global.ok) return global
      yield
      const defaults = await ask((signal) => names.withNames(pathDefaultsEndpoint, (name) => answers.readFields(name, shownLimits, signal)))
      if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
      yield
      const paths = yield* readPages('config/paths/list', configuredReading, ask)
      if (!paths.ok) return paths
      const found = { global: global.value, pathDefaults: defaults.ok ? defaults.value : {}, paths: paths.value.items }
      return ask((signal) => inForm(noBody, () => readConfigurationAnswers(found, api.hostname, slices.begin(), signal)))
    },
    readForwardMetrics: forwardMetrics.read,
    readForwards: async (path, signal) => {
      const endpointOf = (name: string) => `${name}?path=${encodeURIComponent(path)}`
      const answer = await names.withNames(forwardsEndpoint, (name) => readList(endpointOf(name), forwardReading, signal))
      return answer.ok ? ok({ arrivedAt: answer.value.arrivedAt, paths: new Map([[path, answer.value.items]]) }) : answer
    },
    readPulledSource: async (path, signal) => {
      if (!isAtLeast(names.version(), 1, 21)) return err({ kind: 'noApiHere' })
      // Slashes of a path's name are taken as they are.
      const fields = await answers.readFields(`paths/static-sources/get/${encodePathName(path)}`, shownLimits, signal)
      if (!fields.ok) return fields
      const { state = null, lastError } = judgeFields(fields.value, pulledSourceFields, faults)
      return ok({ path, arrivedAt: clock.monotonic(), state, lastError: saidOfSource(lastError) })
    },
    readRecordings: (signal) => readList('recordings/list', recordingReading, signal),
    readSegments: async (path, from, to, signal) => {
      const fields = await answers.readFields(`recordings/get/${encodePathName(path)}`, recordingLimits, signal)
      return fields.ok ? ok(readSegments(fields.value, from, to, faults)) : fields
    },
    deleteSegment: async (path, start, signal) => {
      const query = new URLSearchParams({ path, start })
      const result = await answers.remove(`recordings/deletesegment?${query}`, signal)
      return result.ok ? ok(result.value === 'done' ? 'deleted' : 'gone') : result
    },
    readOpenness: async (signal) => {
      if (access.authorization === null) return true
      const reply = await answers.readReply('paths/list?itemsPerPage=1', signal, {})
      if (reply.ok) {
        buffers.give(reply.value.body)
        return true
      }
      return reply.error.kind === 'unauthorized' || reply.error.kind === 'forbidden' ? false : null
    },
    certificate: pool.certificate,
    lookAtCertificate: pool.lookAtCertificate,
    close: async () => {
      await Promise.all([pool.close(), forwardMetrics.close()])
    },
  }
}
