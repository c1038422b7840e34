import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { languages } from '../i18n/languages.ts'
import { metricHelp, metricLabel } from '../i18n/metricText.ts'
import { contractVersion } from '../shared/access.ts'
import { alarmChangeSchema, alarmSchema } from '../shared/alarms.ts'
import { cameraSchema } from '../shared/cameras.ts'
import { causeSchema } from '../shared/causes.ts'
import { channelSchema, messageSchema } from '../shared/channels.ts'
import { consoleTroubleSchema } from '../shared/consoleTroubles.ts'
import { contract } from '../shared/contract.ts'
import { dailyCameraSchema, dailyReportSchema } from '../shared/dailyChecks.ts'
import { serverErrorSchema } from '../shared/errors.ts'
import { eventSchema } from '../shared/events.ts'
import { hostReadingSchema, hostSchema } from '../shared/hosts.ts'
import { incidentSchema } from '../shared/incidents.ts'
import { mediaErrorSchema, pictureProblemSchema } from '../shared/media.ts'
import { metricIds } from '../shared/metrics.ts'
import { probeSchema } from '../shared/probes.ts'
import { reasonSchema } from '../shared/reasons.ts'
import { watchedSchema } from '../shared/ruleKinds.ts'
import { ruleSchema } from '../shared/rules.ts'
import { serverSchema } from '../shared/servers.ts'
import { sessionSchema, streamReportSchema } from '../shared/streams.ts'
import { tiers } from '../shared/tiers.ts'
import { validationErrorSchema } from '../shared/validationErrors.ts'
import { exportFormats, reductions } from './exportSeries.ts'
import { monitoringContract } from './monitoring.ts'

/** What many answers hold: described once, by these names. Schemas of what is asked are none of them. */
const answered = {
  Alarm: alarmSchema,
  AlarmChange: alarmChangeSchema,
  Camera: cameraSchema,
  Cause: causeSchema,
  Channel: channelSchema,
  ConsoleTrouble: consoleTroubleSchema,
  DailyCamera: dailyCameraSchema,
  DailyReport: dailyReportSchema,
  Event: eventSchema,
  Host: hostSchema,
  HostReading: hostReadingSchema,
  Incident: incidentSchema,
  MediaError: mediaErrorSchema,
  Message: messageSchema,
  PictureProblem: pictureProblemSchema,
  Probe: probeSchema,
  Reason: reasonSchema,
  Rule: ruleSchema,
  Server: serverSchema,
  ServerError: serverErrorSchema,
  Session: sessionSchema,
  Stream: streamReportSchema,
  ValidationError: validationErrorSchema,
  Watches: watchedSchema,
}

/** The description of the REST API, generated from the contract that serves it. `basePath`: below which browsers see the console; '' for none. */
export async function createOpenApiDocument(version: string, basePath: string): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(
    { ...contract, monitoring: monitoringContract },
    {
      commonSchemas: {
        ...Object.fromEntries(Object.entries(answered).map(([name, schema]) => [name, { schema, strategy: 'output' as const }])),
        UndefinedError: { error: 'UndefinedError' },
      },
      info: {
        title: 'mtxdeck',
        version,
        description: `Contract ${contractVersion}. Times are epoch milliseconds unless they are ISO 8601 texts; bit rates are bit/s; what is not known is null, never 0. A WebSocket at /api/feed?everyMs=1000 sends the answers of /api/fleet/changes as JSON whenever something changed.`,
        license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
      },
      servers: [{ url: `${basePath}/api` }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: "The console's sign-in token." },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'mtxdeck-8787',
            description: 'What POST /sign-in exchanges the token for; its name ends with the port.',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
      tags: [
        { name: 'access', description: 'Who is asked, and whether caller and engine fit.' },
        { name: 'fleet', description: 'All servers and streams at once.' },
        { name: 'servers', description: 'The media servers that are watched.' },
        { name: 'streams', description: 'Streams and their sessions.' },
        { name: 'history', description: 'Figures and events of the past.' },
        { name: 'previews', description: 'Live pictures.' },
        { name: 'snapshots', description: 'Still pictures that are taken in turns and kept.' },
        { name: 'walls', description: 'Mosaics of streams that every desk sees alike.' },
        { name: 'guests', description: 'Links by which people without an account see chosen pictures until a time.' },
        { name: 'cameras', description: 'Cameras by name, with their streams, owners and places.' },
        { name: 'probes', description: 'Streams that are measured by their addresses.' },
        { name: 'daily checks', description: 'Once a day a look at every camera, and its reports.' },
        { name: 'hosts', description: 'The machines under the servers, and the one that the console runs on.' },
        { name: 'alarms', description: 'Alarms, their rules, and the channels that are notified of them.' },
        { name: 'monitoring', description: 'Routes for scripts that were written for other consoles.' },
      ],
    },
  )
  document.paths ??= {}
  for (const [path, operations] of Object.entries(otherPaths(basePath))) document.paths[path] = { ...document.paths[path], ...operations }
  return document
}

type Operation = OpenAPI.OperationObject
type Parameter = OpenAPI.ParameterObject
type Schema = NonNullable<Parameter['schema']>

const text: Schema = { type: 'string' }
const texts: Schema = { type: 'array', items: text }
const epochMs: Schema = { type: 'integer', minimum: 0 }
/** One in the query; with `!` at its end it is required. One in the path is in braces. */
function parameter(name: string, description: string, schema: Schema = text): Parameter {
  const isInPath = name.startsWith('{')
  return { name: name.replace(/[{}!]/g, ''), in: isInPath ? 'path' : 'query', description, required: isInPath || name.endsWith('!'), schema }
}

type Content = Readonly<Record<string, Schema>>
const contentOf = (content: Content) => ({ content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])) })

interface Parts extends Pick<Operation, 'security' | 'servers'> {
  readonly status?: number
  readonly answer?: Content
  readonly body?: Content
  readonly parameters?: Parameter[]
}
/** An operation that is no procedure of the contract. */
function operation(tag: string, operationId: string, summary: string, { status = 200, answer, body, parameters = [], ...more }: Parts = {}): Operation {
  return {
    ...{ operationId, summary, tags: [tag], parameters, ...more },
    ...(body && { requestBody: { required: true, ...contentOf(body) } }),
    responses: { [status]: { description: 'Done', ...(answer && contentOf(answer)) }, default: { description: 'Refused; the message says why' } },
  }
}

/** The routes that are no procedures: files, and what goes to media servers. */
function otherPaths(basePath: string): Readonly<Record<string, Readonly<Record<string, Operation>>>> {
  const signIn: Schema = { type: 'object', properties: { token: text }, required: ['token'] }
  const webrtc = [
    parameter('path', 'The stream; with no server either, that of MEDIAMTX_WHIP_URL or MEDIAMTX_WHEP_URL is meant'),
    parameter('server', 'Name or id; not needed where one server is watched'),
  ]
  const whep = [...webrtc, parameter('wake', 'true: a source on demand may be started', { enum: ['true'] })]
  const session = [parameter('{session}', 'As the Location of the answer names it')]
  const dossier = [
    parameter('lang', 'By default as Accept-Language asks', { enum: [...languages] }),
    parameter('hideAddresses', 'true: addresses and users of clients have stand-ins', { enum: ['true', 'false'] }),
  ]
  const period = [
    parameter('since!', 'Epoch ms', epochMs),
    parameter('until!', 'Epoch ms', epochMs),
    parameter('servers', 'Ids; may be given more than once. Left out: all', texts),
  ]
  const recording = [
    parameter('server!', 'Name or id'),
    parameter('path!', 'The stream'),
    parameter('since!', 'Epoch ms', epochMs),
    parameter('until!', 'Epoch ms; six hours after since at most', epochMs),
    parameter('download', 'true: with a file name, and not in fragments; it is kept as an event'),
  ]
  const sdp: Content = { 'application/sdp': text }
  const html: Content = { 'text/html': text }
  const candidates: Content = { 'application/trickle-ice-sdpfrag': text }
  // WHEP (draft-ietf-wish-whep) and WHIP (RFC 9725), served by previews/webrtcRelay.ts.
  const relayed = (use: 'whep' | 'whip', what: string, parameters: Parameter[]) => ({
    post: operation('previews', `webrtc.${use}`, `${what}; the answer's Location is its session`, { status: 201, answer: sdp, body: sdp, parameters }),
    options: operation('previews', `webrtc.${use}IceServers`, 'ICE servers that the media server names, as Link headers', { status: 204, parameters }),
  })
  return {
    '/history': {
      get: operation('history', 'history.export', 'Any series over any time, one row a step', { parameters: exportParameters(), answer: exportAnswer }),
    },
    '/sign-in': {
      post: operation('access', 'signIn', 'Exchanges the token for a cookie', { status: 204, body: { 'application/json': signIn }, security: [] }),
    },
    '/sign-out': { post: operation('access', 'signOut', 'Ends the session', { status: 204 }) },
    '/webrtc/whep': relayed('whep', 'Reads a stream', whep),
    '/webrtc/whip': relayed('whip', 'Publishes a stream', webrtc),
    '/webrtc/sessions/{session}': {
      patch: operation('previews', 'webrtc.trickle', 'More candidates of the client', { status: 204, body: candidates, parameters: session }),
      delete: operation('previews', 'webrtc.end', 'Ends the session', { parameters: session }),
    },
    '/incidents/{id}/dossier': {
      get: operation('alarms', 'dossiers.incidentFile', 'A dossier of an incident', {
        answer: html,
        parameters: [parameter('{id}', 'The incident'), ...dossier],
      }),
    },
    '/dossier': { get: operation('alarms', 'dossiers.periodFile', 'A dossier of a period', { answer: html, parameters: [...period, ...dossier] }) },
    // Served by previews/playbackRelay.ts.
    '/relay/recordings': {
      get: operation('recordings', 'recordings.play', 'What a server recorded of a stream', {
        ...{ answer: { 'video/mp4': text }, parameters: recording },
        servers: [{ url: basePath || '/' }],
      }),
    },
  }
}

/** Of `/history`, which exportSeries.ts serves piece by piece. */
function exportParameters(): Parameter[] {
  const metricsHelp = metricIds.map((id) => `- \`${id}\`: ${[metricLabel(id, 'en'), metricHelp(id, 'en')].filter(Boolean).join('. ')}`)
  return [
    parameter('server!', 'Name or id'),
    parameter('metric!', ['May be given more than once:', ...metricsHelp].join('\n'), { type: 'array', items: { enum: [...metricIds] } }),
    parameter('path', 'Streams; may be given more than once. Not needed for figures of the server', texts),
    parameter('from', 'ISO 8601, epoch milliseconds, or a time before now; -24h by default'),
    parameter('to', 'As from; not included; now by default'),
    parameter('step', 'Seconds, or with a unit: 15m, 2h, 1d; 60 by default. Rows begin on its multiples, UTC'),
    parameter('reduce', 'What becomes of the samples of a step', { enum: [...reductions], default: 'mean' }),
    parameter('format', 'CSV comes as a file', { enum: [...exportFormats], default: 'json' }),
  ]
}

const exportAnswer: Content = {
  'text/csv': text,
  'application/json': {
    type: 'object',
    required: ['server', 'serverId', 'from', 'to', 'stepSeconds', 'reduce', 'series', 'rows', 'tiers'],
    properties: {
      ...{ server: text, serverId: text, from: text, to: text, stepSeconds: { type: 'number' } },
      reduce: { enum: [...reductions] },
      series: { type: 'array', items: { type: 'object', required: ['path', 'metric', 'unit'] } },
      rows: { description: 'The time, then a value of each series', type: 'array', items: { type: 'array', items: {} } },
      tiers: { description: 'The coarsest figures that were read for each series', type: 'array', items: { enum: [...tiers] } },
    },
  },
}
