import type { Clock } from '../../clock/clock.ts'
import { createSlices, type Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { createServerPool } from '../http/serverPool.ts'
import {
  type ApiAnswers,
  createApiAnswers,
  createEndpointNames,
  createInfoClient,
  createListFetcher,
  type EndpointNames,
  forwardsEndpoint,
  type InfoClient,
  inForm,
  kickEndpointOf,
  type ListFetcher,
  type ListReading,
  pathDefaultsEndpoint,
  sessionEndpoints,
} from './apiAnswers.ts'
import { answerLimits, checkFields, configurationLimits, createFieldFaults, pulledSourceFields } from './apiFields.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import {
  configuredPathListReading,
  createPathListReading,
  createSessionListReadings,
  forwardListReading,
  readSegments,
  recordingLimits,
  recordingListReading,
  saidOfSource,
} from './listReadings.ts'
import { createForwardMetrics, createPlaybackList } from './otherEndpoints.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import { type Ask, allRequests, type ConfigurationReading, type MediaServerClient, type Requests, type ServerAccess, type SessionReading } from './readings.ts'

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

/**
 * Before 1.20.1 a gap of n packets of an SRT publisher counts as n + 1 lost, so the true number is unknown: for single packets it counts
 * twice as many. And the counter of packets that came too late is always 0.
 */
function forgetLoss(session: SessionReading) {
  if (session.role === 'publisher' && session.srt) Object.assign(session.srt, { packetsLoss: null, packetsBelated: null })
}

export function createMediaServerClient(options: MediaServerClientOptions): MediaServerClient {
  const { access, clock, version, limits = {}, buffers = createBodyBuffers(), slices = createSlices(clock) } = options
  const itemsPerPage = Math.min(100_000, Math.max(1, Math.trunc(limits.itemsPerPage ?? defaultItemsPerPage) || defaultItemsPerPage))
  const api = new URL(access.url)
  const pool = createServerPool({
    clock,
    url: access.url,
    fingerprint: access.fingerprint,
    gate: access.gate,
    userAgent: `mtxdeck/${version}`,
    buffers,
    maxResponseBytes: limits.maxResponseBytes ?? answerLimits.pageBytes,
  })
  const authorized: Readonly<Record<string, string>> = access.authorization === null ? {} : { authorization: access.authorization }
  const faults = createFieldFaults(clock)
  const names = createEndpointNames()
  const forwardMetrics = createForwardMetrics({ clock, access, userAgent: `mtxdeck/${version}`, checker: faults, slices })

  const playback = createPlaybackList({ clock, access, userAgent: `mtxdeck/${version}` })

  const answers = createApiAnswers({ pool, buffers, slices, prefix: api.pathname.replace(/\/+$/, ''), headers: authorized })
  const readPages = createListFetcher({ answers, buffers, slices, faults, mostListBytes: limits.maxResponseBytes ?? answerLimits.listBytes })
  const readList = <T>(endpoint: string, list: ListReading<T>, signal: AbortSignal) => allRequests(readPages(endpoint, list, (request) => request(signal)))

  const shownLimits: JsonLimits = {
    ...configurationLimits,
    wanted: null,
    onCut: () => faults.note('configuration', 'tooLong'),
  }

  const info = createInfoClient(answers, names, shownLimits, faults)
  const paths = createPathListReading(faults, itemsPerPage)
  const sessions = createSessionListReadings(faults, itemsPerPage)
  const recordings = recordingListReading(faults)
  const forwards = forwardListReading(faults)

  return {
    readPaths: async (signal) => {
      paths.begin()
      const result = await readList('paths/list', paths.reading, signal)
      if (!result.ok) {
        paths.forget()
        sessions.forget()
      }
      return result
    },
    readSessions: async (list, signal) => {
      // The meaning of SRT's counters depends on the version.
      if (list === 'srtConns') await info.learnVersion(signal)
      const result = await names.withNames(sessionEndpoints[list], (name) => readList(name, sessions.of(list), signal))
      if (result.ok && list === 'srtConns' && !isAtLeast(names.version(), 1, 20, 1)) for (const session of result.value.items) forgetLoss(session)
      // A disabled protocol has no route, nor has an old version for a newer protocol.
      return !result.ok && result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
    },
    kick: async (list, id, signal) => {
      const endpoint = kickEndpointOf(list)
      if (endpoint === null) return err({ kind: 'notEnabled' })
      // The name of the endpoint depends on the version.
      await info.learnVersion(signal)
      const result = await names.withNames(endpoint, (name) => answers.change('POST', `${name}/${encodeURIComponent(id)}`, null, signal))
      if (!result.ok) return result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
      return ok(result.value === 'done' ? 'kicked' : 'gone')
    },
    ...createConfigurationClient({ answers, readPages, names, info, shownLimits, slices, host: api.hostname }),
    faults: faults.recent,
    bytesRead: () => pool.bytesRead() + forwardMetrics.bytesRead(),
    requestsMade: pool.requestsMade,
    refusedNames: paths.refusedNames,
    readInfo: info.readInfo,
    readForwardMetrics: forwardMetrics.read,
    readForwards: async (path, signal) => {
      const endpointOf = (name: string) => `${name}?path=${encodeURIComponent(path)}`
      const answer = await names.withNames(forwardsEndpoint, (name) => readList(endpointOf(name), forwards, signal))
      return answer.ok ? ok({ arrivedAt: answer.value.arrivedAt, paths: new Map([[path, answer.value.items]]) }) : answer
    },
    readPulledSource: async (path, signal) => {
      if (!isAtLeast(names.version(), 1, 21)) return err({ kind: 'noApiHere' })
      // Slashes of a path's name are taken as they are.
      const fields = await answers.readFields(`paths/static-sources/get/${encodePathName(path)}`, shownLimits, signal)
      if (!fields.ok) return fields
      const { state = null, lastError } = checkFields(fields.value, pulledSourceFields, faults)
      return ok({ path, arrivedAt: clock.monotonic(), state, lastError: saidOfSource(lastError) })
    },
    readRecordings: (signal) => readList('recordings/list', recordings, signal),
    readSegments: async (path, from, to, signal) => {
      const fields = await answers.readFields(`recordings/get/${encodePathName(path)}`, recordingLimits, signal)
      return fields.ok ? ok(readSegments(fields.value, from, to, faults)) : fields
    },
    readRecordedEnd: playback.readEnd,
    deleteSegment: async (path, start, signal) => {
      const query = new URLSearchParams({ path, start })
      const result = await answers.remove(`recordings/deletesegment?${query}`, signal)
      return result.ok ? ok(result.value === 'done' ? 'deleted' : 'gone') : result
    },
    readOpenness: async (signal) => {
      // Whom a gate before it lets in says nothing of others.
      if (access.gate) return null
      if (access.authorization === null) return true
      const reply = await answers.readReply('paths/list?itemsPerPage=1', signal, {})
      if (reply.ok) {
        buffers.give(reply.value.body)
        return true
      }
      return reply.error.kind === 'unauthorized' || reply.error.kind === 'forbidden' ? false : null
    },
    certificate: pool.certificate,
    checkCertificate: pool.checkCertificate,
    close: async () => {
      await Promise.all([pool.close(), forwardMetrics.close(), playback.close()])
    },
  }
}

/** The part of `MediaServerClient` that is about the server's configuration. */
type ConfigurationClient = Pick<MediaServerClient, 'readConfiguration' | 'readConfiguredPath' | 'readPathDefaults' | 'changeConfiguredPath'>

interface ConfigurationClientDeps {
  readonly answers: ApiAnswers
  readonly readPages: ListFetcher
  readonly names: EndpointNames
  readonly info: Pick<InfoClient, 'learnVersion'>
  /** What is kept of an answer that is only shown and acted on. */
  readonly shownLimits: JsonLimits
  readonly slices: Slices
  /** The API's, with brackets around IPv6. */
  readonly host: string
}

const noBody = Buffer.alloc(0)
/** An RTP source's SDP and the command lines of hooks are the longest texts of an entry. */
const wholeEntryLimits = { text: 65_536, items: 10_000, keys: 500 }

/** Of an answer that is written back some day: it is whole, or is not used. */
async function whole<T>(read: (limits: JsonLimits) => Promise<Result<T, ServerError>>): Promise<Result<T, ServerError>> {
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

/** Reads one server's configuration, and reads and changes single entries of it as they are written. */
export function createConfigurationClient({ answers, readPages, names, info, shownLimits, slices, host }: ConfigurationClientDeps): ConfigurationClient {
  const configuredPaths = configuredPathListReading(shownLimits)

  async function* readConfiguration(ask: Ask): Requests<Result<ConfigurationReading, ServerError>> {
    const global = await ask((signal) => answers.readFields('config/global/get', shownLimits, signal))
    if (!global.ok) return global
    yield
    const defaults = await ask((signal) => names.withNames(pathDefaultsEndpoint, (name) => answers.readFields(name, shownLimits, signal)))
    if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
    yield
    const paths = yield* readPages('config/paths/list', configuredPaths, ask)
    if (!paths.ok) return paths
    const found = { global: global.value, pathDefaults: defaults.ok ? defaults.value : {}, paths: paths.value.items }
    return ask((signal) => inForm(noBody, () => readConfigurationAnswers(found, host, slices.begin(), signal)))
  }

  return {
    readConfiguration,
    readConfiguredPath: async (name, signal) => whole((limits) => answers.readNamed(`config/paths/get/${encodePathName(name)}`, limits, signal)),
    readPathDefaults: async (signal) => {
      await info.learnVersion(signal)
      const read = await names.withNames(pathDefaultsEndpoint, (name) => whole((limits) => answers.readNamed(name, limits, signal)))
      return !read.ok && read.error.kind === 'noApiHere' ? ok(null) : read
    },
    changeConfiguredPath: (change, name, settings, signal) => {
      const endpoint = (what: string) => `config/paths/${what}/${encodePathName(name)}`
      if (change === 'remove') return answers.change('DELETE', endpoint('delete'), null, signal)
      return change === 'add' ? answers.change('POST', endpoint('add'), settings, signal) : answers.change('PATCH', endpoint('patch'), settings, signal)
    },
  }
}
