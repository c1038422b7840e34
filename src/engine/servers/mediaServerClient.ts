import type { Clock } from '../../clock/clock.ts'
import { createSlices, type Slices } from '../../clock/slices.ts'
import { isAtLeast } from '../../shared/isAtLeast.ts'
import { err, ok } from '../../shared/result.ts'
import { type BodyBuffers, createBodyBuffers } from '../http/bodyBuffers.ts'
import { encodePathName } from '../http/encodePathName.ts'
import { createServerPool } from '../http/serverPool.ts'
import { createApiAnswers } from './apiAnswers.ts'
import { createEndpointNames, forwardsEndpoint, kickEndpointOf, sessionEndpoints } from './apiEndpoints.ts'
import { answerLimits, checkFields, configurationLimits, pulledSourceFields } from './apiFields.ts'
import { createListFetcher, type ListReading } from './apiLists.ts'
import { createConfigurationClient } from './configurationClient.ts'
import { createFieldFaults } from './fieldFaults.ts'
import { createForwardMetrics } from './forwardMetrics.ts'
import { createInfoClient } from './infoClient.ts'
import type { JsonLimits } from './jsonInSlices.ts'
import { createPathListReading, createSessionListReadings, forwardListReading, recordingListReading } from './listReadings.ts'
import { saidOfSource } from './parseForwards.ts'
import { readSegments, recordingLimits } from './parseRecordings.ts'
import { createPlaybackList } from './playbackList.ts'
import { allRequests, type MediaServerClient, type ServerAccess, type SessionReading } from './readings.ts'

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
