import { z } from 'zod'
import { baselineContract } from './baselines.ts'
import { forwardsOfStreamSchema, serverForwardsSchema } from './forwards.ts'
import { onceHostSchema } from './hosts.ts'
import { livesContract } from './lives.ts'
import type { MetricIdOf } from './metrics.ts'
import { namingSettingsSchema, templatesSchema } from './naming.ts'
import { administer, operate, view } from './permissions.ts'
import { onceProbeSchema } from './probeGrades.ts'
import { reasonSchema } from './reasons.ts'
import { momentErrors, refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema, sumsLackSchema } from './servers.ts'
import { severitySchema } from './severities.ts'
import { askedMs, epochMs } from './time.ts'
import { type StreamState, streamStateSchema } from './watchedStates.ts'

/** Values of `path.state` samples. Never renumber: they are stored in the history. */
export const streamStateCodes = { live: 0, slate: 1, waiting: 2, stalled: 3, gone: 4, unknown: 5, ended: 6 } as const satisfies Record<StreamState, number>
export const streamStates = Object.keys(streamStateCodes) as readonly StreamState[]

/**
 * What is known of a stream's data. `undecided`: it is listed as available, but no data has been seen to arrive, so it may still stall. `away`: there is
 * none. `over`: there is none, and nobody expects any. Unknown rates are null, or NaN inside the engine.
 */
export function wellnessOf(
  { state, expected, offPlan }: { readonly state: StreamState; readonly expected: boolean; readonly offPlan?: boolean | undefined },
  { bitrateInBps }: { readonly bitrateInBps: number | null },
): 'well' | 'undecided' | 'away' | 'over' | 'unknown' {
  if (state === 'unknown') return 'unknown'
  if (state === 'live') return (bitrateInBps ?? 0) > 0 ? 'well' : 'undecided'
  return offPlan === true || ((state === 'waiting' || state === 'ended') && !expected) ? 'over' : 'away'
}

/** Streams that left together are missed by name for this long. */
export const missedTogetherMs = 24 * 3_600_000

/** Whether a stream is being recorded; null: unknown. */
export function isRecorded({ recording }: Pick<StreamFacts, 'recording'>): boolean | null {
  return recording === undefined ? null : recording === 'on'
}

/** Whether the stream is known to be off air, so that figures such as readers are meaningless. */
export function isOffAir(state: StreamState): boolean {
  return state === 'gone' || state === 'waiting' || state === 'ended'
}

/** A track as reported by the server: with picture size from 1.17 on, for H264 after the first SPS, never for AV1. */
const trackSchema = z.object({
  codec: z.string(),
  kind: z.enum(['video', 'audio', 'other']),
  width: z.number().nullable(),
  height: z.number().nullable(),
  profile: z.string().nullable(),
  level: z.string().nullable(),
  sampleRate: z.number().nullable(),
  channels: z.number().nullable(),
})
export type Track = z.infer<typeof trackSchema>

/** Where a stream comes from. `type` is MediaMTX's name from an open list: unknown ones are shown unchanged. */
const sourceSchema = z.object({ type: z.string(), id: z.string(), remoteAddr: z.string().nullable(), userAgent: z.string().nullable() })

/** RTP figures of one session; counters since its start. */
const rtpFiguresSchema = z.object({
  packets: z.number().nullable(),
  lost: z.number().nullable(),
  inError: z.number().nullable(),
  /** RTP clock ticks (RFC 3550), averaged over tracks by the server. */
  jitter: z.number().nullable(),
  /** Losses reported by a reader (RTCP receiver reports, 1.17 and newer). */
  reportedLost: z.number().nullable(),
  /** Packets that the server discarded because the reader was too slow. */
  discarded: z.number().nullable(),
})

/** SRT figures of one session, in the direction of its media; counters since its start. */
const srtFiguresSchema = z.object({
  rttMs: z.number().nullable(),
  rateMbps: z.number().nullable(),
  linkCapacityMbps: z.number().nullable(),
  /** Lost in transit, repaired or not. null for publishers before 1.20.1, where the count is wrong. */
  packetsLoss: z.number().nullable(),
  packetsRetransmitted: z.number().nullable(),
  /** Publisher: duplicates and packets that arrived too late, but not those that never arrived. Reader: packets not sent because it was too late. */
  packetsDropped: z.number().nullable(),
  /** Arrived after their playout time, whether missing until then or duplicate. null for publishers before 1.20.1 and for all readers. */
  packetsBelated: z.number().nullable(),
  /** Never arrived in time for a viewer: an estimate, for publishers on 1.20.1 and newer only. */
  packetsUnrecovered: z.number().nullable(),
  packetsUndecryptable: z.number().nullable(),
  /** Latency budget (TSBPD delay). */
  latencyMs: z.number().nullable(),
  /** Publisher: media held in the server until its playout time. Reader: null. */
  receiveBufferMs: z.number().nullable(),
})

type SrtFigures = z.infer<typeof srtFiguresSchema>
/** The stream metric that stores each SRT figure of the publisher; null: not stored in the history. */
const metricOfSrt: Readonly<Record<keyof SrtFigures, MetricIdOf<'stream'> | null>> = {
  rttMs: 'path.rtt',
  rateMbps: 'path.receiveRate',
  linkCapacityMbps: 'path.linkCapacity',
  packetsLoss: null,
  packetsRetransmitted: null,
  packetsDropped: null,
  packetsBelated: null,
  packetsUnrecovered: null,
  packetsUndecryptable: null,
  latencyMs: 'path.latency',
  receiveBufferMs: 'path.receiveBuffer',
}
/** Figures of an SRT publisher from the history; null if it has none. */
export function keptSrtFigures(sampleOf: (metric: MetricIdOf<'stream'>) => number | null): SrtFigures | null {
  const figures = Object.entries(metricOfSrt).map(([figure, metric]) => [figure, metric === null ? null : sampleOf(metric)] as const)
  return figures.every(([, value]) => value === null) ? null : (Object.fromEntries(figures) as SrtFigures)
}

/** State of a pulled source as reported by its server. */
const pulledSourceSchema = z.object({
  state: z.enum(['idle', 'running', 'failing', 'unknown']),
  lastError: z.string().nullable(),
  readAt: epochMs,
})
export type PulledSource = z.infer<typeof pulledSourceSchema>

/** A connection that publishes or reads a path, or is otherwise attached to it. */
/** Who reads: somebody, a machine that passes it on or records it, or a CDN. */
export const audiences = ['person', 'machine', 'cdn'] as const

export const sessionSchema = z.object({
  id: z.string(),
  protocol: z.string(),
  role: z.enum(['publisher', 'reader', 'other']),
  path: z.string(),
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  transport: z.string().nullable(),
  /** Opened by this console (a preview or probe), recognised by its tag. */
  own: z.boolean(),
  /** By its agent and address; null: a publisher, or ours. */
  audience: z.enum(audiences).nullable(),
  createdAt: epochMs.nullable(),
  inboundBytes: z.number().nullable(),
  outboundBytes: z.number().nullable(),
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
  framesDiscarded: z.number().nullable(),
  rtp: rtpFiguresSchema.nullable(),
  srt: srtFiguresSchema.nullable(),
  /** Arrival of the session list. */
  readAt: epochMs,
})
export type Session = z.infer<typeof sessionSchema>

/**
 * Who says whether a stream is expected to be on air, the strongest first: an operator, its camera or a plan (and only within its times), the configuration
 * file of this console, MediaMTX's own configuration, or that it stayed live for some time.
 */
export const expectationSchema = z.object({
  by: z.enum(['operator', 'camera', 'plan', 'file', 'mediamtx', 'learned']),
  since: epochMs,
  operator: z.string().optional(),
})
export type Expectation = z.infer<typeof expectationSchema>

/** The part of a stream that seldom changes: sent to a window only after a change. */
export const streamFactsSchema = z.object({
  /** Numeric handle of (server, path), valid for this launch of the engine. */
  slot: z.number().int(),
  serverId: serverIdSchema,
  path: z.string(),
  state: streamStateSchema,
  stateSince: epochMs,
  /** Why it is in this state; null: the state says it all. */
  why: reasonSchema.nullable(),
  reason: said('reason', z.string().nullable().optional()),
  sourceType: z.string().nullable(),
  tracks: z.array(trackSchema),
  width: z.number().nullable(),
  height: z.number().nullable(),
  upSince: epochMs.nullable(),
  lastLiveAt: epochMs.nullable(),
  /**
   * Start of the current outage: when data last arrived. Unchanged while the state goes through stalled, gone and unknown, until
   * the stream is live again. null: no outage, or it was never seen live.
   */
  outageSince: epochMs.nullable(),
  /** Reading it would start its source. */
  onDemand: z.boolean(),
  /** Should be on air now. Never on demand. */
  expected: z.boolean(),
  /** Who says that it is expected, or not. Omitted: nobody says anything, so it is not. */
  expectedBy: expectationSchema.optional(),
  /** It has planned times on air and is outside them now. Default: false. */
  offPlan: z.boolean().optional(),
  /**
   * Whether its server records it now. `failing`: it should, but no segment is written, or none of its codecs can be. `off`: it is not configured to be
   * recorded, or nothing arrives that could be. Omitted: unknown.
   */
  recording: z.enum(['on', 'off', 'failing']).optional(),
  publisher: z.string().nullable(),
  /** The server reports all its HLS viewers as one reader (before 1.18), so they are not included in `readers`. Default: false. */
  hlsViewersUnknown: z.boolean().optional(),
  /** `bitrateOutBps` includes traffic to this console's own readers, because the server does not report their share. Default: false. */
  outIncludesOurs: z.boolean().optional(),
  /** An on-demand source that failed while it was read and has not been read since. Default: false. */
  onDemandFailed: z.boolean().optional(),
  /** For a stream that is gone or failed: number of its readers at that time. Omitted if unknown. */
  readersLost: z.number().optional(),
  /** The server's own error message, without secrets, about the pulled source of a failing stream (1.21 and newer). Omitted: none. */
  sourceError: z.string().optional(),
})
export type StreamFacts = z.infer<typeof streamFactsSchema>
/** Facts of a stream of which nothing is known. */
export const unknownFacts: Omit<StreamFacts, 'slot' | 'serverId' | 'path'> = {
  state: 'unknown',
  stateSince: 0,
  why: null,
  sourceType: null,
  tracks: [],
  width: null,
  height: null,
  upSince: null,
  lastLiveAt: null,
  outageSince: null,
  onDemand: false,
  expected: false,
  publisher: null,
}

/** The part of a stream that changes with each poll. null: unknown, never 0 instead. */
const streamFiguresSchema = z.object({
  bytesReceived: z.number().nullable(),
  bytesSent: z.number().nullable(),
  bitrateInBps: z.number().nullable(),
  /** Without the traffic to this console's own readers, where the server reports it. */
  bitrateOutBps: z.number().nullable(),
  /** Without this console's own readers, and without HLS viewers if they can't be counted (`hlsViewersUnknown`). */
  readers: z.number().nullable(),
  ownReaders: z.number(),
  /** Lost for good in the last minute. */
  lostLastMinute: z.number().nullable(),
  /** When the current losses began: the first poll with a loss after a minute without. null: no losses. */
  lossSince: epochMs.nullable(),
  rttMs: z.number().nullable(),
  /** Arrival of the answer with these figures. */
  readAt: epochMs.nullable(),
})
export type StreamFigures = z.infer<typeof streamFiguresSchema>
/** Figures before the first answer. */
export const unknownFigures: Readonly<StreamFigures> = {
  bytesReceived: null,
  bytesSent: null,
  bitrateInBps: null,
  bitrateOutBps: null,
  readers: null,
  ownReaders: 0,
  lostLastMinute: null,
  lossSince: null,
  rttMs: null,
  readAt: null,
}

export const streamSchema = streamFactsSchema.extend({
  serverName: z.string(),
  figures: streamFiguresSchema,
  readersByType: z.record(z.string(), z.number()),
  source: sourceSchema.nullable(),
  /** Counters of the publisher's session, or of the path if there is none. `packetsLost`: lost for good; null if the server can't tell. */
  packetsLost: z.number().nullable(),
  /** The loss is an SRT estimate from other counters, approximately a lower limit. */
  packetsLostEstimated: z.boolean(),
  packetsRepaired: z.number().nullable(),
  framesInError: z.number().nullable(),
  framesDiscarded: z.number().nullable(),
  jitter: z.number().nullable(),
  srt: srtFiguresSchema.nullable(),
  rtp: rtpFiguresSchema.nullable(),
  sessions: z.array(sessionSchema),
  /** Arrival of the session list; null if none was read. */
  sessionsReadAt: epochMs.nullable(),
  /** Destinations that its server forwards it to. null: unknown, as always for past moments: the history has only events and metrics of them. */
  forwards: forwardsOfStreamSchema.nullable(),
  /** The source that its server pulls. null: it has none, its server does not report it (before 1.21), or unknown. */
  pulled: pulledSourceSchema.nullable(),
})
export type Stream = z.infer<typeof streamSchema>

/**
 * One stream for scripts: `mtxdeck once --json` and REST. Times are ISO 8601 in UTC; unknown values are null.
 * Names follow the German monitoring backend that many users know (`rtt`, `recvRateMbps`, `linkCapacityMbps`).
 */
export const streamReportSchema = z.object({
  name: z.string(),
  server: z.string(),
  serverId: z.string(),
  state: streamStateSchema,
  /** Severity of its worst ongoing alarm that is not shelved (with `once`: of what rules find without their delays); null: none. */
  severity: severitySchema.nullable(),
  reason: z.string().nullable(),
  /** Whether it should be on air now. */
  expected: z.boolean(),
  source: z.object({ type: z.string() }).nullable(),
  sourceType: z.string().nullable(),
  tracks: z.array(z.string()),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bytesReceived: z.number().nullable(),
  bytesSent: z.number().nullable(),
  /** bit/s. Outgoing traffic excludes this console's own readers, where the server reports their share. */
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
  /** The server's own count, which includes this console's readers. */
  readers: z.number().nullable(),
  readersByType: z.record(z.string(), z.number()),
  ownReaders: z.number(),
  /** Readers without this console's own, and without HLS viewers if they can't be counted (before 1.18). */
  clients: z.number().nullable(),
  /** Whether it is recorded now; null: unknown. */
  recording: z.boolean().nullable(),
  upSince: z.string().nullable(),
  /** Start of the current outage: when data last arrived; null: no outage, or never seen live. */
  outageSince: z.string().nullable(),
  /** SRT round trip to the publisher, ms. */
  rtt: z.number().nullable(),
  recvRateMbps: z.number().nullable(),
  linkCapacityMbps: z.number().nullable(),
  /** SRT latency budget, ms. */
  latencyMs: z.number().nullable(),
  /** Lost for good. RTP: packets lost. SRT: an estimate on 1.20.1 and newer, null on older servers, whose counters don't allow one. */
  packetsLost: z.number().nullable(),
  packetsLostEstimated: z.boolean(),
  packetsRepaired: z.number().nullable(),
  packetsDropped: z.number().nullable(),
  packetsBelated: z.number().nullable(),
  packetsRetransmitted: z.number().nullable(),
  /** RTP clock ticks. */
  jitter: z.number().nullable(),
  framesInError: z.number().nullable(),
  framesDiscarded: z.number().nullable(),
  /** Fields extracted verbatim from its name by the matching naming template. Omitted: none matches. */
  fields: z.record(z.string(), z.string()).optional(),
  /** The camera that it is a stream of, if the caller may see it; null: none. Omitted for past moments and outside of REST. */
  camera: z.object({ id: z.string(), name: z.string() }).nullable().optional(),
})
export type StreamReport = z.infer<typeof streamReportSchema>

/** `mtxdeck once --json`. */
export const onceReportSchema = z.object({
  at: z.string(),
  ...sumsLackSchema.shape,
  servers: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      reachable: z.boolean(),
      error: z.string().nullable(),
      version: z.string().nullable(),
      startedAt: z.string().nullable(),
      streams: z.array(streamReportSchema),
    }),
  ),
  hosts: z.array(onceHostSchema),
  probes: z.array(onceProbeSchema),
})
export type OnceReport = z.infer<typeof onceReportSchema>

/** The most streams of one call of `expect`. */
export const mostExpectedAtOnce = 1_000

const errors = { NOT_FOUND: refused(404, 'noSuch') } as const

export const streamsInputSchema = z.object({ serverId: serverIdSchema.optional(), state: streamStateSchema.optional(), at: askedMs.optional() }).optional()
export type StreamsInput = z.infer<typeof streamsInputSchema>
export function* selectedReports(reports: Iterable<StreamReport>, { serverId, state }: NonNullable<StreamsInput> = {}): Iterable<StreamReport> {
  for (const report of reports) if ((serverId ?? report.serverId) === report.serverId && (state ?? report.state) === report.state) yield report
}

const tags = ['streams']
const viewStream = view.errors(errors)
export const streamsContract = {
  ...baselineContract,
  ...livesContract,
  /** All streams, in the format for scripts. With `at`: reconstructed from the history, which stores no counters. */
  list: view
    .errors(momentErrors)
    .route({ method: 'GET', path: '/streams', tags, summary: 'All streams: now, or at a moment of the past' })
    .input(streamsInputSchema)
    .output(z.array(streamReportSchema)),
  /** Templates that split stream names into fields. */
  naming: view.route({ method: 'GET', path: '/streams/naming', tags }).output(namingSettingsSchema),
  keepNaming: administer
    .errors({ FORBIDDEN: refused(403, 'fromFile') })
    .route({ method: 'PUT', path: '/streams/naming', tags })
    .input(z.object({ templates: templatesSchema }))
    .output(namingSettingsSchema),
  /** One stream with its sessions. With `at`: reconstructed from the history, which stores no sessions. */
  get: view
    .errors({ ...errors, ...momentErrors })
    .route({ method: 'GET', path: '/servers/{serverId}/streams/{+path}', tags })
    .input(z.object({ serverId: serverIdSchema, path: z.string(), at: askedMs.optional() }))
    .output(streamSchema),
  /** Says for an operator that streams are expected to be on air, or that they are not; null takes back what was said. */
  expect: operate
    .errors(errors)
    .route({ method: 'POST', path: '/streams/expected', successStatus: 204, tags, summary: 'Expect streams to be on air, or not' })
    .input(
      z.object({
        streams: z
          .array(z.object({ serverId: serverIdSchema, path: z.string() }))
          .min(1)
          .max(mostExpectedAtOnce),
        expected: z.boolean().nullable(),
      }),
    ),
  /** All forward destinations of one server, failing ones first. */
  forwards: viewStream
    .route({ method: 'GET', path: '/servers/{serverId}/forwards', tags })
    .input(z.object({ serverId: serverIdSchema }))
    .output(serverForwardsSchema),
  /** All sessions of one server, from the newest lists. */
  sessions: viewStream
    .route({ method: 'GET', path: '/servers/{serverId}/sessions', tags })
    .input(z.object({ serverId: serverIdSchema }))
    .output(z.array(sessionSchema)),
}
