import { z } from 'zod'
import { diagnosisDoorSchema, diagnosisVerdictSchema } from './diagnosisVerdict.ts'
import { serverErrorSchema } from './errors.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { streamStateSchema } from './streams.ts'
import { epochMs } from './time.ts'

/** Steps of a diagnosis, in display order. */
export const diagnosisSteps = [
  'name',
  'port',
  'certificate',
  'api',
  'rtspOptions',
  'web',
  'srtHandshake',
  'hostProcess',
  'hostPorts',
  'hostLog',
  'stream',
  'lastPublisher',
  'publishing',
  'rtspDescribe',
  'hlsPage',
  'hlsPlaylist',
  'whep',
] as const
const diagnosisStepSchema = z.enum(diagnosisSteps)
export type DiagnosisStep = z.infer<typeof diagnosisStepSchema>

/** Why a step was skipped: a prerequisite failed, or it would do harm. */
export const leftOutReasons = [
  'notResolved',
  'portClosed',
  'apiSilent',
  'refusedBefore',
  'onDemand',
  'notOnAir',
  'outOfTime',
  'noAddress',
  'noHost',
  'hostAway',
  'hostCannot',
  'severalServers',
  'logHidden',
] as const
export type LeftOutReason = (typeof leftOutReasons)[number]

/** Result of a step. `diagnosisText` renders it as text. */
export const diagnosisFoundSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notTried'), because: z.enum(leftOutReasons) }),
  /** A TLS, HTTP or network error, as in polling. */
  z.object({ kind: z.literal('failed'), error: serverErrorSchema }),
  z.object({ kind: z.literal('resolved'), addresses: z.array(z.string()) }),
  /** The host is an IP address, so there is no name to resolve. */
  z.object({ kind: z.literal('isAddress') }),
  z.object({ kind: z.literal('connected') }),
  /** Nothing answers at the default port of a listener whose configuration is unknown. */
  z.object({ kind: z.literal('maybeOff'), setting: z.string() }),
  z.object({ kind: z.literal('switchedOff'), setting: z.string() }),
  /** Its configuration binds it to loopback, and it is unreachable from here. */
  z.object({ kind: z.literal('loopbackOnly'), setting: z.string(), bound: z.string() }),
  z.object({
    kind: z.literal('certificate'),
    names: z.string(),
    issuer: z.string(),
    /** ISO 8601. */
    validTo: z.string(),
    /** Number of certificates presented, including the server's own. */
    chain: z.number(),
    /** Accepted only by its fingerprint. */
    pinned: z.boolean(),
    /** Whole days until expiry if less than two weeks; null: longer. */
    daysLeft: z.number().nullable(),
  }),
  /** `version` null: MediaMTX older than 1.15.2. */
  z.object({ kind: z.literal('apiAnswers'), version: z.string().nullable() }),
  /** The API failed at the configured address (`error`) but answers at `api`. */
  z.object({ kind: z.literal('apiElsewhere'), error: serverErrorSchema, api: z.string() }),
  z.object({ kind: z.literal('rtspAnswers'), methods: z.array(z.string()) }),
  z.object({ kind: z.literal('webAnswers') }),
  /** SRT handshake version: 5, or 4 for old implementations. */
  z.object({ kind: z.literal('srtAnswers'), version: z.number() }),
  /** Something other than the expected program answers. */
  z.object({ kind: z.literal('otherProgram') }),
  /** UDP: no response, because of either a firewall or a missing listener. */
  z.object({ kind: z.literal('noDatagram') }),
  /** Reported by the server's machine. `startedAt`: ISO 8601; null: unknown. */
  z.object({ kind: z.literal('processRuns'), pid: z.number(), startedAt: z.string().nullable() }),
  /** Several media servers run there, and it is unclear which is this one. */
  z.object({ kind: z.literal('processUnclear'), count: z.number() }),
  /** No process; with the state of its systemd unit, the result and exit status of its last run; null: no unit. */
  z.object({ kind: z.literal('processMissing'), active: z.string().nullable(), result: z.string().nullable(), exitStatus: z.number().nullable() }),
  /** Configured ports on which the machine listens (`user`: owner of the process), listens on loopback only, or does not listen. */
  z.object({
    kind: z.literal('hostPorts'),
    listening: z.array(z.object({ door: diagnosisDoorSchema, port: z.number(), user: z.string() })),
    loopback: z.array(z.object({ door: diagnosisDoorSchema, port: z.number() })),
    missing: z.array(z.object({ door: diagnosisDoorSchema, port: z.number() })),
  }),
  /** Relevant lines of its log, without secrets. `inUse`: the port that was in use at its last start; `closed`: why the last publisher left. */
  z.object({
    kind: z.literal('logSays'),
    from: z.enum(['journal', 'file']),
    lines: z.array(z.string()),
    last: z.string().nullable(),
    inUse: z.object({ protocol: z.enum(['tcp', 'udp']), port: z.number() }).nullable(),
    closed: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('streamIs'),
    state: streamStateSchema,
    sourceType: z.string().nullable(),
    codecs: z.array(z.string()),
    readers: z.number().nullable(),
    /** The server's own error message about the pulled source. */
    said: z.string().nullable(),
  }),
  /** No stream of this name exists; `configured`: whether a configured path matches it, null: unknown. */
  z.object({ kind: z.literal('noSuchStream'), configured: z.boolean().nullable() }),
  /** No configured path matches this name. */
  z.object({ kind: z.literal('pathNotConfigured') }),
  /** The path pulls its stream from a source with this URL scheme, so publishing to it is refused. */
  z.object({ kind: z.literal('pullsItself'), source: z.string() }),
  z.object({ kind: z.literal('mayPublish') }),
  /**
   * Publishing was refused for this console's user, or without credentials; others may be allowed. `who`: who is allowed by the configuration; elsewhere:
   * an external authority decides; null: unknown. `proxied`: the responder does not identify itself as MediaMTX.
   */
  z.object({ kind: z.literal('mayNotPublish'), status: z.number(), who: z.enum(['anybody', 'users', 'elsewhere']).nullable(), proxied: z.boolean() }),
  /** No configured user may publish to this path. `status`: HTTP status of WHIP; null: not tried. */
  z.object({ kind: z.literal('nobodyMayPublish'), status: z.number().nullable() }),
  /** The last publisher, and when it left (ISO 8601). `bytes`: number of bytes it sent; null: unknown. */
  z.object({ kind: z.literal('publisherWas'), address: z.string().nullable(), endedAt: z.string(), bytes: z.number().nullable() }),
  z.object({ kind: z.literal('described'), media: z.array(z.string()) }),
  /** Refused over RTSP; `credentials`: whether credentials were sent. */
  z.object({ kind: z.literal('rtspRefused'), status: z.number(), message: z.string(), credentials: z.boolean() }),
  /** Refused over HTTP. */
  z.object({ kind: z.literal('webRefused'), status: z.number(), message: z.string(), credentials: z.boolean() }),
  z.object({ kind: z.literal('pageAnswers') }),
  z.object({
    kind: z.literal('playlist'),
    longestSegmentSeconds: z.number().nullable(),
    /** The playlist has partial segments, which players may request early. */
    lowLatency: z.boolean(),
  }),
  /** HLS had no segment in time, though its page answered at once. `seconds`: how far apart key frames are at least, by a probe; null: not measured. */
  z.object({ kind: z.literal('noSegment'), seconds: z.number().nullable() }),
  z.object({ kind: z.literal('whepAnswers') }),
  /** Not tried: the protocol carries none of its tracks. */
  z.object({ kind: z.literal('notCarried'), codecs: z.array(z.string()) }),
])
export type DiagnosisFound = z.infer<typeof diagnosisFoundSchema>

export const diagnosisOutcomeSchema = z.enum(['ok', 'warning', 'failed', 'skipped'])
export type DiagnosisOutcome = z.infer<typeof diagnosisOutcomeSchema>

export const diagnosisFindingSchema = z.object({
  step: diagnosisStepSchema,
  door: diagnosisDoorSchema.nullable(),
  /** Host and port, or the name that was resolved. */
  address: z.string().nullable(),
  outcome: diagnosisOutcomeSchema,
  found: diagnosisFoundSchema,
  /** Duration, ms; null: not tried. */
  ms: z.number().nullable(),
  /** `found` as text, in the requested language. Sent over REST only. */
  words: said('finding', z.string().optional()),
})
export type DiagnosisFinding = z.infer<typeof diagnosisFindingSchema>

export const diagnosisSchema = z.object({
  id: z.string(),
  serverId: serverIdSchema,
  server: z.string(),
  /** null: the diagnosis covers only the server. */
  path: z.string().nullable(),
  /** The operator. */
  by: z.string(),
  startedAt: epochMs,
  /** null: in progress. */
  endedAt: epochMs.nullable(),
  findings: z.array(diagnosisFindingSchema),
  /** null: in progress. */
  verdict: diagnosisVerdictSchema.nullable(),
  /** The verdict as text, with what to do. Sent over REST only. */
  words: said('verdict', z.string().optional()),
})
export type Diagnosis = z.infer<typeof diagnosisSchema>

/** Number of diagnoses kept per server and per stream, the newest ones. */
export const diagnosesKept = 5

const server = z.object({ serverId: serverIdSchema })
const tags = ['diagnosis']
const errors = { NOT_FOUND: refused(404, 'noSuchServer') }
const longestPath = 1_000

export const diagnosisContract = {
  /** Runs all steps for a server, for at most half a minute. Concurrent calls share the same diagnosis. */
  ofServer: operate
    .errors(errors)
    .route({ method: 'POST', path: '/servers/{serverId}/diagnosis', tags, summary: 'Find out what is wrong with a server' })
    .input(server)
    .output(diagnosisSchema),
  /** Also runs the steps for one of its streams. An on-demand source is started only if `wakesOnDemand`. */
  ofStream: operate
    .errors(errors)
    .route({ method: 'POST', path: '/servers/{serverId}/diagnosis/{+path}', tags, summary: 'Find out what is wrong with a stream' })
    .input(server.extend({ path: z.string().min(1).max(longestPath), wakesOnDemand: z.boolean().default(false) }))
    .output(diagnosisSchema),
  /** Diagnoses since the start of this console, newest first, including one in progress. */
  kept: view
    .errors(errors)
    .route({
      method: 'GET',
      path: '/servers/{serverId}/diagnosis',
      tags,
      summary: 'Diagnoses of a server, or of one of its streams, since the start of this console',
    })
    .input(server.extend({ path: z.string().max(longestPath).optional() }))
    .output(z.array(diagnosisSchema)),
}
