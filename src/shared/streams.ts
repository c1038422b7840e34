import { z } from 'zod'
import { onceHostSchema } from './hosts.ts'
import type { MetricIdOf } from './metrics.ts'
import { administer, view } from './permissions.ts'
import { reasonSchema } from './reasons.ts'
import { refused } from './refusals.ts'
import { serverIdSchema, sumsLackSchema } from './servers.ts'
import { askedMs, epochMs } from './time.ts'

/**
 * - live: data of the publisher or pulled source arrives.
 * - slate: an always-available path shows its holding picture; nobody publishes.
 * - waiting: configured, but nothing has been seen live here (on demand, or never published).
 * - stalled: said to be available, and no new bytes for 4 s or two intervals, whichever is longer.
 * - gone: is expected, was seen live, and is not there now.
 * - ended: was live, is not there now, and is not expected: neither configured by name nor learned. No trouble.
 * - unknown: its server can't be asked, or we were asleep or offline ourselves.
 */
export const streamStateSchema = z.enum(['live', 'slate', 'waiting', 'stalled', 'gone', 'unknown', 'ended'])
export type StreamState = z.infer<typeof streamStateSchema>

/** What `path.state` samples hold. Never renumber: history keeps them. */
export const streamStateCodes = { live: 0, slate: 1, waiting: 2, stalled: 3, gone: 4, unknown: 5, ended: 6 } as const satisfies Record<StreamState, number>
export const streamStates = Object.keys(streamStateCodes) as readonly StreamState[]

/** Whether nothing can be read in this state, and that is known: figures such as readers say nothing then. */
export const isOffAir = (state: StreamState): boolean => state === 'gone' || state === 'waiting' || state === 'ended'

/** A track as far as the server tells: sizes since 1.17, H264's after the first SPS, never AV1's. */
export const trackSchema = z.object({
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

/** Where a stream comes from. `type` is MediaMTX's word, an open list: unknown ones are shown as they are. */
export const sourceSchema = z.object({ type: z.string(), id: z.string(), remoteAddr: z.string().nullable(), userAgent: z.string().nullable() })

/** RTP figures of one session; counters since its start. */
export const rtpFiguresSchema = z.object({
  packets: z.number().nullable(),
  lost: z.number().nullable(),
  inError: z.number().nullable(),
  /** RTP clock ticks (RFC 3550), averaged over tracks by the server. */
  jitter: z.number().nullable(),
  /** What a reader reported as lost (RTCP receiver reports, ≥ 1.17). */
  reportedLost: z.number().nullable(),
  /** Packets the server threw away because the reader was slow. */
  discarded: z.number().nullable(),
})

/** SRT figures of one session, in the direction of its media; counters since its start. */
export const srtFiguresSchema = z.object({
  rttMs: z.number().nullable(),
  rateMbps: z.number().nullable(),
  linkCapacityMbps: z.number().nullable(),
  /** Lost on the way, repaired or not. Of a publisher null before 1.20.1, whose count is wrong. */
  packetsLoss: z.number().nullable(),
  packetsRetransmitted: z.number().nullable(),
  /** Of a publisher: duplicates and what came too late, never what did not come. Of a reader: what was not sent any more because it was too late. */
  packetsDropped: z.number().nullable(),
  /** Came when their place had been played, missing then or duplicates. Of a publisher null before 1.20.1, of a reader always. */
  packetsBelated: z.number().nullable(),
  /** Never there in time for a viewer: an estimate, of publishers on 1.20.1 and newer only. */
  packetsUnrecovered: z.number().nullable(),
  packetsUndecryptable: z.number().nullable(),
  /** Latency budget (TSBPD delay). */
  latencyMs: z.number().nullable(),
  /** Media of a publisher that waits in the server for its time. Of a reader null. */
  receiveBufferMs: z.number().nullable(),
})

type SrtFigures = z.infer<typeof srtFiguresSchema>
/** Which metric of a stream holds a figure of its publisher; null: history does not keep it. */
const metricOfSrt: Readonly<Record<keyof SrtFigures, MetricIdOf<'path'> | null>> = {
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
/** Figures of an SRT publisher as history kept them; null where it kept none. */
export function keptSrtFigures(sampleOf: (metric: MetricIdOf<'path'>) => number | null): SrtFigures | null {
  const figures = Object.entries(metricOfSrt).map(([figure, metric]) => [figure, metric === null ? null : sampleOf(metric)] as const)
  return figures.every(([, value]) => value === null) ? null : (Object.fromEntries(figures) as SrtFigures)
}

/** Who publishes, reads, or holds a connection on a path. */
export const sessionSchema = z.object({
  id: z.string(),
  protocol: z.string(),
  role: z.enum(['publisher', 'reader', 'other']),
  path: z.string(),
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  transport: z.string().nullable(),
  /** One of ours (a preview or probe of this console), recognised by its tag. */
  own: z.boolean(),
  createdAt: epochMs.nullable(),
  inboundBytes: z.number().nullable(),
  outboundBytes: z.number().nullable(),
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
  framesDiscarded: z.number().nullable(),
  rtp: rtpFiguresSchema.nullable(),
  srt: srtFiguresSchema.nullable(),
  /** When its list was answered. */
  readAt: epochMs,
})
export type Session = z.infer<typeof sessionSchema>

/** What changes seldom: sent to a window only when it changed. */
export const streamFactsSchema = z.object({
  /** Handle of (server, path) for this launch of the engine. */
  slot: z.number().int(),
  serverId: serverIdSchema,
  path: z.string(),
  state: streamStateSchema,
  stateSince: epochMs,
  /** Why, where there is more to say than the state. */
  why: reasonSchema.nullable(),
  /** `why` as a sentence: over REST alone, in the language that was asked for. Else `reasonText` makes it. */
  reason: z.string().nullable().optional(),
  sourceType: z.string().nullable(),
  tracks: z.array(trackSchema),
  width: z.number().nullable(),
  height: z.number().nullable(),
  upSince: epochMs.nullable(),
  lastLiveAt: epochMs.nullable(),
  /**
   * When data was last seen to arrive before the outage that is going on now: the same through stalled, gone and a
   * server that can't be asked, until the stream is live again. null: no outage, or it was never seen live.
   */
  outageSince: epochMs.nullable(),
  /** Reading it would start its source. */
  onDemand: z.boolean(),
  /** In the inventory: not on demand, and configured by name or learned (live on three different UTC days, or for 24 h in total). */
  expected: z.boolean(),
  publisher: z.string().nullable(),
  /** All HLS viewers of it are one reader of the server (before 1.18): they are not in `readers`. Left out: no. */
  hlsViewersUnknown: z.boolean().optional(),
  /** `bitrateOutBps` includes what a picture of ours takes, and how much that is the server does not say. Left out: it does not. */
  outIncludesOurs: z.boolean().optional(),
  /** A source on demand that failed while it was read, and was not read since. Left out: no. */
  onDemandFailed: z.boolean().optional(),
  /** Of a stream that is gone or failed: how many readers it had when it went. Left out where not known. */
  readersLost: z.number().optional(),
})
export type StreamFacts = z.infer<typeof streamFactsSchema>

/** What changes with each poll. `null` is not known, never 0. */
export const streamFiguresSchema = z.object({
  bytesReceived: z.number().nullable(),
  bytesSent: z.number().nullable(),
  bitrateInBps: z.number().nullable(),
  /** Without what our own readers take, where the server says how much that is. */
  bitrateOutBps: z.number().nullable(),
  /** Without our own readers, nor HLS viewers where they can't be counted (`hlsViewersUnknown`). */
  readers: z.number().nullable(),
  ownReaders: z.number(),
  /** Lost for good in the last minute. */
  lostLastMinute: z.number().nullable(),
  /** When this spell of losses began: the first poll with a loss after a minute without. null: nothing is being lost. */
  lossSince: epochMs.nullable(),
  rttMs: z.number().nullable(),
  /** Arrival of the answer these figures come from. */
  readAt: epochMs.nullable(),
})
export type StreamFigures = z.infer<typeof streamFiguresSchema>
/** Nothing is known yet. */
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

/** Everything known of one stream. */
export const streamSchema = streamFactsSchema.extend({
  serverName: z.string(),
  figures: streamFiguresSchema,
  readersByType: z.record(z.string(), z.number()),
  source: sourceSchema.nullable(),
  /** Counters of the publisher's session, or of the path where it has none. `packetsLost`: lost for good; null where the server can't tell. */
  packetsLost: z.number().nullable(),
  /** By SRT the loss is estimated from other counters: at least about so many. */
  packetsLostEstimated: z.boolean(),
  packetsRepaired: z.number().nullable(),
  framesInError: z.number().nullable(),
  framesDiscarded: z.number().nullable(),
  jitter: z.number().nullable(),
  srt: srtFiguresSchema.nullable(),
  rtp: rtpFiguresSchema.nullable(),
  sessions: z.array(sessionSchema),
  /** Age of the session lists these come from; null where none was read. */
  sessionsReadAt: epochMs.nullable(),
})
export type Stream = z.infer<typeof streamSchema>

/**
 * One stream for scripts: `mtxdeck once --json` and REST. Times are ISO 8601 in UTC; what isn't known is null.
 * Names follow the German monitoring backend that many users know (`rtt`, `recvRateMbps`, `linkCapacityMbps`).
 */
export const streamReportSchema = z.object({
  name: z.string(),
  server: z.string(),
  serverId: z.string(),
  state: streamStateSchema,
  /** In words, in the language that was asked for. */
  reason: z.string().nullable(),
  source: z.object({ type: z.string() }).nullable(),
  sourceType: z.string().nullable(),
  tracks: z.array(z.string()),
  width: z.number().nullable(),
  height: z.number().nullable(),
  bytesReceived: z.number().nullable(),
  bytesSent: z.number().nullable(),
  /** bit/s; what goes out is without what our own readers take, where the server says how much that is. */
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
  /** The server's own figure: includes ours. */
  readers: z.number().nullable(),
  readersByType: z.record(z.string(), z.number()),
  ownReaders: z.number(),
  /** Readers without ours, nor HLS viewers where they can't be counted (before 1.18). */
  clients: z.number().nullable(),
  upSince: z.string().nullable(),
  /** When data was last seen to arrive before the outage that is going on now; null: no outage, or never seen live. */
  outageSince: z.string().nullable(),
  /** SRT round trip in ms, of the publisher. */
  rtt: z.number().nullable(),
  recvRateMbps: z.number().nullable(),
  linkCapacityMbps: z.number().nullable(),
  /** SRT latency budget in ms. */
  latencyMs: z.number().nullable(),
  /** Lost for good: RTP lost; SRT an estimate on 1.20.1 and newer, null on older servers, whose counters can't tell it. */
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
      /** In words. */
      error: z.string().nullable(),
      version: z.string().nullable(),
      startedAt: z.string().nullable(),
      streams: z.array(streamReportSchema),
    }),
  ),
  hosts: z.array(onceHostSchema),
})
export type OnceReport = z.infer<typeof onceReportSchema>

/** What an operator decides about streams. */
export const streamSettingsSchema = z.object({
  /** How long a stream that ended and is not expected stays in the list, minutes; 0: it leaves at once. */
  endedShownMinutes: z.number().int().min(0).max(10_080),
})
export type StreamSettings = z.infer<typeof streamSettingsSchema>
export const defaultStreamSettings: StreamSettings = { endedShownMinutes: 60 }

const errors = { NOT_FOUND: refused(404, 'noSuchStream') } as const

export const streamsContract = {
  /** All streams in the form for scripts. */
  list: view
    .route({ method: 'GET', path: '/streams', tags: ['streams'] })
    .input(z.object({ serverId: serverIdSchema.optional(), state: streamStateSchema.optional() }).optional())
    .output(z.array(streamReportSchema)),
  settings: view.route({ method: 'GET', path: '/streams/settings', tags: ['streams'] }).output(streamSettingsSchema),
  keepSettings: administer
    .route({ method: 'PUT', path: '/streams/settings', tags: ['streams'] })
    .input(streamSettingsSchema)
    .output(streamSettingsSchema),
  /** One stream with its sessions; with `at` as it was then, as far as history tells: sessions are not kept. */
  get: view
    .errors(errors)
    .route({ method: 'GET', path: '/servers/{serverId}/streams/{+path}', tags: ['streams'] })
    .input(z.object({ serverId: serverIdSchema, path: z.string(), at: askedMs.optional() }))
    .output(streamSchema),
  /** All sessions of one server, newest lists. */
  sessions: view
    .errors(errors)
    .route({ method: 'GET', path: '/servers/{serverId}/sessions', tags: ['streams'] })
    .input(z.object({ serverId: serverIdSchema }))
    .output(z.array(sessionSchema)),
}
