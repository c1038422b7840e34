import { z } from 'zod'
import { diagnosisDoorSchema, diagnosisVerdictSchema } from './diagnosisVerdict.ts'
import { serverErrorSchema } from './errors.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { streamStateSchema } from './streams.ts'
import { epochMs } from './time.ts'

/** What is tried, in the order in which it is shown. */
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

/** Why a step was left out: what it needs failed, or it would do harm. */
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

/** What a step found. `diagnosisText` puts it into words. */
export const diagnosisFoundSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('notTried'), because: z.enum(leftOutReasons) }),
  /** A TLS, HTTP or network failure, as with polling. */
  z.object({ kind: z.literal('failed'), error: serverErrorSchema }),
  z.object({ kind: z.literal('resolved'), addresses: z.array(z.string()) }),
  /** The address has no name in it. */
  z.object({ kind: z.literal('isAddress') }),
  z.object({ kind: z.literal('connected') }),
  /** Nothing there, at the usual port of a listener whose configuration is not known. */
  z.object({ kind: z.literal('maybeOff'), setting: z.string() }),
  z.object({ kind: z.literal('switchedOff'), setting: z.string() }),
  /** Its configuration binds it to the server's own machine, and nothing is there from here. */
  z.object({ kind: z.literal('loopbackOnly'), setting: z.string(), bound: z.string() }),
  z.object({
    kind: z.literal('certificate'),
    names: z.string(),
    issuer: z.string(),
    /** ISO 8601. */
    validTo: z.string(),
    /** Certificates that were shown, its own included. */
    chain: z.number(),
    /** Accepted by its fingerprint alone. */
    pinned: z.boolean(),
    /** Less than two weeks, whole days; null: longer. */
    daysLeft: z.number().nullable(),
  }),
  /** null: older than 1.15.2. */
  z.object({ kind: z.literal('apiAnswers'), version: z.string().nullable() }),
  /** Not where it was expected (`error`), but there. */
  z.object({ kind: z.literal('apiElsewhere'), error: serverErrorSchema, api: z.string() }),
  z.object({ kind: z.literal('rtspAnswers'), methods: z.array(z.string()) }),
  z.object({ kind: z.literal('webAnswers') }),
  /** The version of SRT's handshake: 5, or 4 of old ones. */
  z.object({ kind: z.literal('srtAnswers'), version: z.number() }),
  /** Something else answers than should. */
  z.object({ kind: z.literal('otherProgram') }),
  /** UDP: nothing came back, which a firewall causes as well as a listener that is not there. */
  z.object({ kind: z.literal('noDatagram') }),
  /** By the machine under the server. ISO 8601; null: not known. */
  z.object({ kind: z.literal('processRuns'), pid: z.number(), startedAt: z.string().nullable() }),
  /** Media servers run there, and which of them is this one can't be told. */
  z.object({ kind: z.literal('processUnclear'), count: z.number() }),
  /** With the state of its unit, the result of its last run and its exit status; null: it has no unit. */
  z.object({ kind: z.literal('processMissing'), active: z.string().nullable(), result: z.string().nullable(), exitStatus: z.number().nullable() }),
  /** At which ports of its configuration the machine listens: `user` is whose program it is; loopback: only for itself. */
  z.object({
    kind: z.literal('hostPorts'),
    listening: z.array(z.object({ door: diagnosisDoorSchema, port: z.number(), user: z.string() })),
    loopback: z.array(z.object({ door: diagnosisDoorSchema, port: z.number() })),
    missing: z.array(z.object({ door: diagnosisDoorSchema, port: z.number() })),
  }),
  /** The lines of its log that matter, without secrets. `inUse`: the port that was taken when it started last; `closed`: why the last publisher left. */
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
    /** What the server says of the source that it pulls, in its own words. */
    said: z.string().nullable(),
  }),
  /** No stream of this name is known; `configured`: whether a path of the configuration would take it, null: not known. */
  z.object({ kind: z.literal('noSuchStream'), configured: z.boolean().nullable() }),
  /** No path of the configuration is for this name. */
  z.object({ kind: z.literal('pathNotConfigured') }),
  /** The path pulls its stream from a source of this scheme: publishing to it is refused. */
  z.object({ kind: z.literal('pullsItself'), source: z.string() }),
  z.object({ kind: z.literal('mayPublish') }),
  /**
   * Refused for the user of this console, or without any: others may. `who` may, by the configuration; elsewhere: an authority outside decides, null:
   * not known. `proxied`: what refused does not call itself MediaMTX.
   */
  z.object({ kind: z.literal('mayNotPublish'), status: z.number(), who: z.enum(['anybody', 'users', 'elsewhere']).nullable(), proxied: z.boolean() }),
  /** No user of the configuration may publish to this path. `status`: of WHIP; null: it was not tried. */
  z.object({ kind: z.literal('nobodyMayPublish'), status: z.number().nullable() }),
  /** The last one who published it, and when that ended (ISO 8601). `bytes`: what was sent; null: not known. */
  z.object({ kind: z.literal('publisherWas'), address: z.string().nullable(), endedAt: z.string(), bytes: z.number().nullable() }),
  z.object({ kind: z.literal('described'), media: z.array(z.string()) }),
  /** RTSP said no; `credentials`: whether some were sent. */
  z.object({ kind: z.literal('rtspRefused'), status: z.number(), message: z.string(), credentials: z.boolean() }),
  /** HTTP said no. */
  z.object({ kind: z.literal('webRefused'), status: z.number(), message: z.string(), credentials: z.boolean() }),
  z.object({ kind: z.literal('pageAnswers') }),
  z.object({
    kind: z.literal('playlist'),
    longestSegmentSeconds: z.number().nullable(),
    /** It has parts of segments, which players may ask for ahead. */
    lowLatency: z.boolean(),
  }),
  z.object({ kind: z.literal('whepAnswers') }),
])
export type DiagnosisFound = z.infer<typeof diagnosisFoundSchema>

export const diagnosisOutcomeSchema = z.enum(['ok', 'warning', 'failed', 'skipped'])
export type DiagnosisOutcome = z.infer<typeof diagnosisOutcomeSchema>

export const diagnosisFindingSchema = z.object({
  step: diagnosisStepSchema,
  door: diagnosisDoorSchema.nullable(),
  /** Host and port, or the name that was asked for. */
  address: z.string().nullable(),
  outcome: diagnosisOutcomeSchema,
  found: diagnosisFoundSchema,
  /** How long it took; null: it was not tried. */
  ms: z.number().nullable(),
  /** `found` in words, in the requested language. Sent over REST only. */
  words: z.string().optional(),
})
export type DiagnosisFinding = z.infer<typeof diagnosisFindingSchema>

export const diagnosisSchema = z.object({
  id: z.string(),
  serverId: serverIdSchema,
  server: z.string(),
  /** null: of the server alone. */
  path: z.string().nullable(),
  /** The operator. */
  by: z.string(),
  startedAt: epochMs,
  /** null: it is under way. */
  endedAt: epochMs.nullable(),
  findings: z.array(diagnosisFindingSchema),
  /** null: it is under way. */
  verdict: diagnosisVerdictSchema.nullable(),
  /** The verdict in words, with what to do. Sent over REST only. */
  words: z.string().optional(),
})
export type Diagnosis = z.infer<typeof diagnosisSchema>

/** Kept of each server and stream, the newest ones. */
export const diagnosesKept = 5

const server = z.object({ serverId: serverIdSchema })
const tags = ['diagnosis']
const errors = { NOT_FOUND: refused(404, 'noSuchServer') }
const longestPath = 1_000

export const diagnosisContract = {
  /** Tries everything of a server once, for at most half a minute. Who asks meanwhile gets the same one. */
  ofServer: operate
    .errors(errors)
    .route({ method: 'POST', path: '/servers/{serverId}/diagnosis', tags, summary: 'Find out what is wrong with a server' })
    .input(server)
    .output(diagnosisSchema),
  /** The same with what concerns one of its streams. A source on demand is not started unless `wakesOnDemand`. */
  ofStream: operate
    .errors(errors)
    .route({ method: 'POST', path: '/servers/{serverId}/diagnosis/{+path}', tags, summary: 'Find out what is wrong with a stream' })
    .input(server.extend({ path: z.string().min(1).max(longestPath), wakesOnDemand: z.boolean().default(false) }))
    .output(diagnosisSchema),
  /** The newest first, with one that is under way; since the start of this console. */
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
