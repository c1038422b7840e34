import type { Clock } from '../../clock/clock.ts'
import { createSlices, type Slices } from '../../clock/slices.ts'
import { withoutSlash } from '../../shared/endpoints.ts'
import type { ServerError } from '../../shared/errors.ts'
import type { PathChangeKind } from '../../shared/pathSettings.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isAtLeast } from '../../shared/serverVersions.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { createServerPool, encodePathName, type ServerPool } from '../http/serverPool.ts'
import type { ShownCertificate } from '../http/serverTls.ts'
import { answerLimits, checkFields, configurationLimits, createFieldFaults, type FieldFault, type FieldFaults, pulledSourceFields } from './apiFields.ts'
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
import { createForwardMetrics, createPlaybackList, type ForwardMetrics, type PlaybackList } from './otherEndpoints.ts'
import { readConfigurationAnswers } from './parseConfiguration.ts'
import {
  type Answer,
  type Ask,
  allRequests,
  type ConfigurationReading,
  type ForwardsReading,
  type PathReading,
  type PulledSourceReading,
  type RecordingReading,
  type RecordingSegment,
  type Requests,
  type ServerAccess,
  type ServerInfoReading,
  type SessionListName,
  type SessionReading,
} from './readings.ts'
import { type Fields, forwardsEndpoint, inForm, kickEndpointOf, type ListReading, pathDefaultsEndpoint, ServerApi, sessionEndpoints } from './serverApi.ts'

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

/** All HTTP to a media server's API goes through here. The caller must keep to one request in flight at a time. */
export class ServerClient {
  readonly #access: ServerAccess
  readonly #clock: Clock
  readonly #buffers: BodyBuffers
  readonly #slices: Slices
  readonly #pool: ServerPool
  readonly #api: ServerApi
  readonly #faults: FieldFaults
  readonly #forwardMetrics: ForwardMetrics
  readonly #playback: PlaybackList
  readonly #paths: ReturnType<typeof createPathListReading>
  readonly #sessions: ReturnType<typeof createSessionListReadings>
  /** The API's host, with brackets around IPv6. */
  readonly #host: string

  constructor({ access, clock, version, limits = {}, buffers = createBodyBuffers(), slices = createSlices(clock) }: MediaServerClientOptions) {
    const itemsPerPage = Math.min(100_000, Math.max(1, Math.trunc(limits.itemsPerPage ?? defaultItemsPerPage) || defaultItemsPerPage))
    const { hostname, pathname } = new URL(access.url)
    const userAgent = `mtxdeck/${version}`
    this.#access = access
    this.#clock = clock
    this.#buffers = buffers
    this.#slices = slices
    this.#host = hostname
    this.#pool = createServerPool({
      clock,
      url: access.url,
      fingerprint: access.fingerprint,
      gate: access.gate,
      userAgent,
      buffers,
      maxResponseBytes: limits.maxResponseBytes ?? answerLimits.pageBytes,
    })
    const faults = createFieldFaults(clock)
    this.#faults = faults
    this.#forwardMetrics = createForwardMetrics({ clock, access, userAgent, checker: faults, slices })
    this.#playback = createPlaybackList({ clock, access, userAgent })
    this.#api = new ServerApi({
      pool: this.#pool,
      buffers,
      slices,
      prefix: withoutSlash(pathname),
      headers: access.authorization === null ? {} : { authorization: access.authorization },
      faults,
      shownLimits: { ...configurationLimits, wanted: null, onCut: () => faults.note('configuration', 'tooLong') },
      mostListBytes: limits.maxResponseBytes ?? answerLimits.listBytes,
    })
    this.#paths = createPathListReading(faults, itemsPerPage)
    this.#sessions = createSessionListReadings(faults, itemsPerPage)
  }

  /** Reads all paths, from several pages if necessary, without duplicates. The result is valid only until the next call, because readings are reused. */
  readonly readPaths = async (signal: AbortSignal): Promise<Result<Answer<PathReading>, ServerError>> => {
    this.#paths.begin()
    const result = await this.#readList('paths/list', this.#paths.reading, signal)
    if (!result.ok) {
      this.#paths.forget()
      this.#sessions.forget()
    }
    return result
  }

  /** Error `notEnabled`: the protocol is off, or this version has no such list. */
  async readSessions(list: SessionListName, signal: AbortSignal): Promise<Result<Answer<SessionReading>, ServerError>> {
    // The meaning of SRT's counters depends on the version.
    if (list === 'srtConns') await this.#api.learnVersion(signal)
    const result = await this.#api.withNames(sessionEndpoints[list], (name) => this.#readList(name, this.#sessions.of(list), signal))
    if (result.ok && list === 'srtConns' && !isAtLeast(this.#api.version, 1, 20, 1)) for (const session of result.value.items) forgetLoss(session)
    // A disabled protocol has no route, nor has an old version for a newer protocol.
    return !result.ok && result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
  }

  /** Disconnects a session. `gone`: no session has this id any more. Error `notEnabled`: this version can't disconnect sessions of this list. */
  async kick(list: SessionListName, id: string, signal: AbortSignal): Promise<Result<'kicked' | 'gone', ServerError>> {
    const endpoint = kickEndpointOf(list)
    if (endpoint === null) return err({ kind: 'notEnabled' })
    // The name of the endpoint depends on the version.
    await this.#api.learnVersion(signal)
    const result = await this.#api.withNames(endpoint, (name) => this.#api.change('POST', `${name}/${encodeURIComponent(id)}`, null, signal))
    if (!result.ok) return result.error.kind === 'noApiHere' ? err({ kind: 'notEnabled' }) : result
    return ok(result.value === 'done' ? 'kicked' : 'gone')
  }

  async *readConfiguration(ask: Ask): Requests<Result<ConfigurationReading, ServerError>> {
    const api = this.#api
    const global = await ask((signal) => api.readFields('config/global/get', signal))
    if (!global.ok) return global
    yield
    const defaults = await ask((signal) => api.withNames(pathDefaultsEndpoint, (name) => api.readFields(name, signal)))
    if (!defaults.ok && defaults.error.kind !== 'noApiHere') return defaults
    yield
    const paths = yield* api.readPages('config/paths/list', configuredPathListReading(api.shownLimits), ask)
    if (!paths.ok) return paths
    const found = { global: global.value, pathDefaults: defaults.ok ? defaults.value : {}, paths: paths.value.items }
    return ask((signal) => inForm(noBody, () => readConfigurationAnswers(found, this.#host, this.#slices.begin(), signal)))
  }

  /** One configuration entry with all settings as the server reports them, including secrets. null: no entry has this name. */
  async readConfiguredPath(name: string, signal: AbortSignal): Promise<Result<Fields | null, ServerError>> {
    return whole((limits) => this.#api.readNamed(`config/paths/get/${encodePathName(name)}`, limits, signal))
  }

  /** The default settings of paths, including secrets; null: this version does not report them. */
  async readPathDefaults(signal: AbortSignal): Promise<Result<Fields | null, ServerError>> {
    await this.#api.learnVersion(signal)
    const read = await this.#api.withNames(pathDefaultsEndpoint, (name) => whole((limits) => this.#api.readNamed(name, limits, signal)))
    return !read.ok && read.error.kind === 'noApiHere' ? ok(null) : read
  }

  /** Adds a configuration entry, removes it or changes its settings. `gone`: no entry has this name. It may be done even if the answer is lost. */
  changeConfiguredPath(change: PathChangeKind, name: string, settings: Fields, signal: AbortSignal): Promise<Result<'done' | 'gone', ServerError>> {
    const endpoint = (what: string) => `config/paths/${what}/${encodePathName(name)}`
    if (change === 'remove') return this.#api.change('DELETE', endpoint('delete'), null, signal)
    return change === 'add' ? this.#api.change('POST', endpoint('add'), settings, signal) : this.#api.change('PATCH', endpoint('patch'), settings, signal)
  }

  readonly readInfo = (signal: AbortSignal): Promise<Result<ServerInfoReading, ServerError>> => this.#api.readInfo(signal)

  /** Forward destinations of all paths, read from the metrics at that address: scheme, host and port. */
  readForwardMetrics(address: string, signal: AbortSignal): Promise<Result<ForwardsReading, ServerError>> {
    return this.#forwardMetrics.read(address, signal)
  }

  /** Forward destinations of one path, with addresses and errors. */
  async readForwards(path: string, signal: AbortSignal): Promise<Result<ForwardsReading, ServerError>> {
    const endpointOf = (name: string) => `${name}?path=${encodeURIComponent(path)}`
    const answer = await this.#api.withNames(forwardsEndpoint, (name) => this.#readList(endpointOf(name), forwardListReading(this.#faults), signal))
    return answer.ok ? ok({ arrivedAt: answer.value.arrivedAt, paths: new Map([[path, answer.value.items]]) }) : answer
  }

  /** Error `noApiHere`: the server is older than 1.21, or the path has no pulled source. */
  async readPulledSource(path: string, signal: AbortSignal): Promise<Result<PulledSourceReading, ServerError>> {
    if (!isAtLeast(this.#api.version, 1, 21)) return err({ kind: 'noApiHere' })
    // Slashes of a path's name are taken as they are.
    const fields = await this.#api.readFields(`paths/static-sources/get/${encodePathName(path)}`, signal)
    if (!fields.ok) return fields
    const { state = null, lastError } = checkFields(fields.value, pulledSourceFields, this.#faults)
    return ok({ path, arrivedAt: this.#clock.monotonic(), state, lastError: saidOfSource(lastError) })
  }

  /** When what is recorded from `start` on ends. `address`: of the playback server. null: it can't say that of this segment. */
  readRecordedEnd(address: string, path: string, start: number, until: number | null, signal: AbortSignal): Promise<Result<number | null, ServerError>> {
    return this.#playback.readEnd(address, path, start, until, signal)
  }

  /** Segments of all streams. The server scans its disk for this. Error `noApiHere` before 1.5. */
  readRecordings(signal: AbortSignal): Promise<Result<Answer<RecordingReading>, ServerError>> {
    return this.#readList('recordings/list', recordingListReading(this.#faults), signal)
  }

  /** The segments of one stream that start between `from` and `to`, by the server's clock. */
  async readSegments(path: string, from: number, to: number, signal: AbortSignal): Promise<Result<readonly RecordingSegment[], ServerError>> {
    const fields = await this.#api.readFields(`recordings/get/${encodePathName(path)}`, signal, recordingLimits)
    return fields.ok ? ok(readSegments(fields.value, from, to, this.#faults)) : fields
  }

  /** Deletes a segment; `start` as returned by `readSegments`. `gone`: the file no longer exists. Error `noApiHere` before 1.5. */
  async deleteSegment(path: string, start: string, signal: AbortSignal): Promise<Result<'deleted' | 'gone', ServerError>> {
    const result = await this.#api.remove(`recordings/deletesegment?${new URLSearchParams({ path, start })}`, signal)
    return result.ok ? ok(result.value === 'done' ? 'deleted' : 'gone') : result
  }

  /** Whether the API also answers without our credentials (up to 1.5 it requires none); null: it can't be told. Checked once, after the first success. */
  readonly readOpenness = async (signal: AbortSignal): Promise<boolean | null> => {
    // Whom a gate before it lets in says nothing of others.
    if (this.#access.gate) return null
    if (this.#access.authorization === null) return true
    const reply = await this.#api.readReply('paths/list?itemsPerPage=1', signal, {})
    if (reply.ok) {
      this.#buffers.give(reply.value.body)
      return true
    }
    return reply.error.kind === 'unauthorized' || reply.error.kind === 'forbidden' ? false : null
  }

  /** The certificate last presented by the API; null: it has none, or was not reached. */
  certificate(): ShownCertificate | null {
    return this.#pool.certificate()
  }
  /** Reads the API's current certificate; a persistent connection only has the one from when it was opened. */
  checkCertificate(signal: AbortSignal): Promise<void> {
    return this.#pool.checkCertificate(signal)
  }
  /** Fields that recently had impossible values. */
  faults(): readonly FieldFault[] {
    return this.#faults.recent()
  }
  /** Total bytes of all bodies so far, including unusable, incomplete and abandoned ones, which cost the server just as much. */
  readonly bytesRead = (): number => this.#pool.bytesRead() + this.#forwardMetrics.bytesRead()
  requestsMade(): number {
    return this.#pool.requestsMade()
  }
  /** How many times a path was skipped so far because the server has too many new names. */
  refusedNames(): number {
    return this.#paths.refusedNames()
  }
  readonly close = async (): Promise<void> => {
    await Promise.all([this.#pool.close(), this.#forwardMetrics.close(), this.#playback.close()])
  }

  #readList<T>(endpoint: string, list: ListReading<T>, signal: AbortSignal): Promise<Result<Answer<T>, ServerError>> {
    return allRequests(this.#api.readPages(endpoint, list, (request) => request(signal)))
  }
}

/** What can be asked of a server, whoever answers. */
export type MediaServerClient = Pick<ServerClient, keyof ServerClient>
