import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { epochMs } from './time.ts'
import { streamStateSchema } from './watchedStates.ts'

/** The listeners of a server that are tried. */
export const diagnosisEndpoints = ['api', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'hls', 'webrtc', 'srt', 'playback', 'metrics'] as const
export const diagnosisEndpointSchema = z.enum(diagnosisEndpoints)
export type DiagnosisEndpoint = z.infer<typeof diagnosisEndpointSchema>

const text = z.string().max(1_000)
const endpoint = diagnosisEndpointSchema
const port = z.number().nullable()
/** The cause that explains most of the findings. `verdictMessage` says what to do about it. */
export const diagnosisVerdictSchema = z.discriminatedUnion('kind', [
  /** A name, a certificate, the API or another listener fails with this error. `endpoint` null: the name of the host. */
  z.object({ kind: z.literal('doorFails'), endpoint: endpoint.nullable(), error: serverErrorSchema }),
  /** None of its ports answers. */
  z.object({ kind: z.literal('hostSilent'), host: text }),
  /** Every port refuses, or the machine says that no media server runs there. `said`: the last line of its log. */
  z.object({ kind: z.literal('notRunning'), host: text, said: text.nullable() }),
  /** The media server is not running, as another program uses one of its ports: it exits at startup. */
  z.object({ kind: z.literal('portTaken'), port }),
  /** The machine listens on this port, but the port is not reachable from here. */
  z.object({ kind: z.literal('firewalled'), endpoint, port: z.number() }),
  z.object({ kind: z.literal('apiElsewhere'), api: text }),
  z.object({ kind: z.literal('doorLoopback'), endpoint, bound: text }),
  /** It is enabled, but its port refuses connections. */
  z.object({ kind: z.literal('doorRefuses'), endpoint, port }),
  /** It is enabled, but its port does not answer at all. */
  z.object({ kind: z.literal('doorSilent'), endpoint, port }),
  /** Something other than the expected protocol answers there. */
  z.object({ kind: z.literal('doorOther'), endpoint, port }),
  z.object({ kind: z.literal('pathNotConfigured'), path: text }),
  /** `said`: the server's error about the source that it pulls. */
  z.object({ kind: z.literal('sourceFails'), path: text, said: text.nullable() }),
  /** No user in the configuration is allowed to publish it. */
  z.object({ kind: z.literal('publishingForbidden'), path: text }),
  /** The last publisher, which used this listener, left at `at` (ISO 8601) and did not come back. `said`: the reason in the server's log. */
  z.object({ kind: z.literal('publisherLost'), path: text, endpoint, address: text.nullable(), at: text, said: text.nullable() }),
  z.object({ kind: z.literal('nobodyPublishes'), path: text }),
  z.object({ kind: z.literal('stalled'), path: text }),
  z.object({ kind: z.literal('readingRefused'), endpoint }),
  /** The stream is well, but these protocols carry none of its tracks. */
  z.object({ kind: z.literal('notCarried'), endpoints: z.array(endpoint), codecs: z.array(text) }),
  /** By HLS it is late or does not begin: segments end at key frames, which are `seconds` apart; null: not measured. */
  z.object({ kind: z.literal('hlsLate'), seconds: z.number().nullable() }),
  z.object({ kind: z.literal('certificateEnds'), endpoint, days: z.number() }),
  /** An on-demand stream that nobody reads. */
  z.object({ kind: z.literal('waits'), path: text }),
  /** Too many steps were skipped for a verdict. */
  z.object({ kind: z.literal('unfinished') }),
  z.object({ kind: z.literal('allWell') }),
])
export type DiagnosisVerdict = z.infer<typeof diagnosisVerdictSchema>

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
  'rtspDescribe',
  'hlsPage',
  'hlsPlaylist',
  'whep',
] as const
const diagnosisStepSchema = z.enum(diagnosisSteps)
export type DiagnosisStep = z.infer<typeof diagnosisStepSchema>

/** Why a step was skipped: a prerequisite failed, or it would do harm. */
export const leftOutReasons = [
  'portClosed',
  'apiSilent',
  'refusedBefore',
  'onDemand',
  'notOnAir',
  'outOfTime',
  /** No host is linked to the server, or it can't be read. */
  'noHost',
  'hostCannot',
  'severalServers',
  'logHidden',
] as const
export type LeftOutReason = (typeof leftOutReasons)[number]

const endpointPorts = z.array(z.object({ endpoint: diagnosisEndpointSchema, port: z.number() }))
/** Result of a step. `diagnosisText` renders it as text. */
export const diagnosisFoundSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notTried'), because: z.enum(leftOutReasons) }),
  /** A TLS, HTTP or network error, as in polling. */
  z.object({ kind: z.literal('failed'), error: serverErrorSchema }),
  /** What is asked for is there: the port is open, the protocol is spoken, reading is allowed. */
  z.object({ kind: z.literal('answers') }),
  z.object({ kind: z.literal('resolved'), addresses: z.array(z.string()) }),
  /** Nothing answers at the default port of a listener whose configuration is unknown. */
  z.object({ kind: z.literal('maybeOff') }),
  z.object({ kind: z.literal('switchedOff') }),
  /** Its configuration binds it to loopback, and it is unreachable from here. */
  z.object({ kind: z.literal('loopbackOnly'), bound: z.string() }),
  z.object({
    kind: z.literal('certificate'),
    names: z.string(),
    issuer: z.string(),
    /** ISO 8601. */
    validTo: z.string(),
    /** Whole days until expiry if less than two weeks; null: longer. */
    daysLeft: z.number().nullable(),
  }),
  /** `version` null: MediaMTX older than 1.15.2. */
  z.object({ kind: z.literal('apiAnswers'), version: z.string().nullable() }),
  /** The API failed at the configured address (`error`) but answers at `api`. */
  z.object({ kind: z.literal('apiElsewhere'), error: serverErrorSchema, api: z.string() }),
  /** Something other than the expected program answers. */
  z.object({ kind: z.literal('otherProgram') }),
  /** Reported by the server's machine. */
  z.object({ kind: z.literal('processRuns'), pid: z.number() }),
  z.object({ kind: z.literal('processMissing') }),
  /** Configured ports at which the machine listens for others, and at which it does not: for nobody, or for itself only. */
  z.object({ kind: z.literal('hostPorts'), listening: endpointPorts, closed: endpointPorts }),
  /** Relevant lines of its log, without secrets. `inUse`: the port that was in use at its last start; `closed`: why the last publisher left, or the source failed. */
  z.object({
    kind: z.literal('logSays'),
    lines: z.array(z.string()),
    last: z.string().nullable(),
    inUse: z.number().nullable(),
    closed: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('streamIs'),
    /** null: the server has no stream of this name. */
    state: streamStateSchema.nullable(),
    /** The path pulls its stream, from a source with this URL scheme; null: it does not, or that is unknown. */
    source: z.string().nullable(),
    /** The server's own error message about the pulled source. */
    said: z.string().nullable(),
  }),
  /** No configured path matches this name. */
  z.object({ kind: z.literal('pathNotConfigured') }),
  /** It is not on air, and no configured user may publish to this path. */
  z.object({ kind: z.literal('nobodyMayPublish') }),
  /** The last publisher, and when it left (ISO 8601). */
  z.object({ kind: z.literal('publisherWas'), address: z.string().nullable(), endedAt: z.string() }),
  z.object({ kind: z.literal('described'), media: z.array(z.string()) }),
  /** Reading was refused (401 or 403); `credentials`: whether credentials were sent. */
  z.object({ kind: z.literal('refused'), status: z.number(), credentials: z.boolean() }),
  z.object({ kind: z.literal('playlist'), longestSegmentSeconds: z.number().nullable() }),
  /** HLS had no segment in time, though its page answered at once. `seconds`: how far apart key frames are at least, by a probe; null: not measured. */
  z.object({ kind: z.literal('noSegment'), seconds: z.number().nullable() }),
  /** Not tried: the protocol carries none of its tracks. */
  z.object({ kind: z.literal('notCarried'), codecs: z.array(z.string()) }),
])
export type DiagnosisFound = z.infer<typeof diagnosisFoundSchema>

const diagnosisOutcomeSchema = z.enum(['ok', 'warning', 'failed', 'skipped'])
export type DiagnosisOutcome = z.infer<typeof diagnosisOutcomeSchema>

export const diagnosisFindingSchema = z.object({
  step: diagnosisStepSchema,
  endpoint: diagnosisEndpointSchema.nullable(),
  /** Host and port, or the name that was resolved. */
  address: z.string().nullable(),
  outcome: diagnosisOutcomeSchema,
  found: diagnosisFoundSchema,
  /** Duration, ms; null: not tried. */
  ms: z.number().nullable(),
  words: said('finding', z.string().optional()),
})
export type DiagnosisFinding = z.infer<typeof diagnosisFindingSchema>

const diagnosisSchema = z.object({
  id: z.string(),
  serverId: serverIdSchema,
  server: z.string(),
  /** null: the diagnosis covers only the server. */
  path: z.string().nullable(),
  by: z.string(),
  startedAt: epochMs,
  endedAt: epochMs.nullable(),
  findings: z.array(diagnosisFindingSchema),
  verdict: diagnosisVerdictSchema.nullable(),
  words: said('verdict', z.string().optional()),
})
export type Diagnosis = z.infer<typeof diagnosisSchema>

/** Number of diagnoses kept per server and per stream, the newest ones. */
export const diagnosesKept = 5

const server = z.object({ serverId: serverIdSchema })
const tags = ['diagnosis']
const errors = { NOT_FOUND: refused(404, 'noSuch') }
const longestPath = 1_000

const diagnose = operate.errors(errors)
export const diagnosisContract = {
  /** Runs all steps for a server, for at most half a minute. Concurrent calls share the same diagnosis. */
  ofServer: diagnose
    .route({ method: 'POST', path: '/servers/{serverId}/diagnosis', tags, summary: 'Find out what is wrong with a server' })
    .input(server)
    .output(diagnosisSchema),
  /** Also runs the steps for one of its streams. An on-demand source is started only if `wakesOnDemand`. */
  ofStream: diagnose
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
