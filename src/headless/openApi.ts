import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { languages } from '../i18n/languages.ts'
import { metricHelp, metricLabel } from '../i18n/metricText.ts'
import { contractVersion } from '../shared/access.ts'
import { contract } from '../shared/contract.ts'
import { metricIds } from '../shared/metrics.ts'
import { tiers } from '../shared/tiers.ts'
import { exportFormats, reductions } from './exportSeries.ts'
import { monitoringContract } from './monitoringContract.ts'

/** The description of the REST API, generated from the contract that serves it. */
export async function createOpenApiDocument(version: string): Promise<OpenAPI.Document> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] })
  const document = await generator.generate(
    { ...contract, monitoring: monitoringContract },
    {
      info: {
        title: 'mtxdeck',
        version,
        description: `Contract ${contractVersion}. Times are epoch milliseconds unless they are ISO 8601 texts; bit rates are bit/s; what is not known is null, never 0. A WebSocket at /api/feed?everyMs=1000 sends the answers of /api/fleet/changes as JSON whenever something changed.`,
        license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
      },
      servers: [{ url: '/api' }],
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
        { name: 'probes', description: 'Streams that are measured by their addresses.' },
        { name: 'daily checks', description: 'Once a day a look at every camera, and its reports.' },
        { name: 'hosts', description: 'The machines under the servers, and the one that the console runs on.' },
        { name: 'alarms', description: 'Alarms, their rules, and the channels that are notified of them.' },
        { name: 'monitoring', description: 'Routes for scripts that were written for other consoles.' },
      ],
    },
  )
  document.paths = {
    ...document.paths,
    // The types of a path are those of OpenAPI 3.0, whose schemas differ.
    '/history': { get: exportOperation } as OpenAPI.PathItemObject as PathItem,
    '/sign-in': {
      post: {
        operationId: 'signIn',
        summary: 'Exchanges the token for a session cookie',
        tags: ['access'],
        security: [],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { type: 'object', properties: { token: { type: 'string' } }, required: ['token'] } } },
        },
        responses: {
          204: { description: 'Signed in; the cookie is set' },
          401: { description: 'The token is wrong' },
          429: { description: 'Too many tries at once' },
        },
      },
    },
    '/webrtc/whep': { post: offerOperation('whep'), options: iceOperation('whep') } as OpenAPI.PathItemObject as PathItem,
    '/webrtc/whip': { post: offerOperation('whip'), options: iceOperation('whip') } as OpenAPI.PathItemObject as PathItem,
    '/webrtc/sessions/{session}': { patch: sessionOperation('trickle'), delete: sessionOperation('end') } as OpenAPI.PathItemObject as PathItem,
    '/incidents/{id}/dossier': { ...document.paths?.['/incidents/{id}/dossier'], ...({ get: dossierOperation('incident') } as PathItem) },
    '/dossier': { ...document.paths?.['/dossier'], ...({ get: dossierOperation('period') } as PathItem) },
    '/rules/prometheus': { get: { ...document.paths?.['/rules/prometheus']?.get, responses: { 200: yamlAnswer } } } as PathItem,
    '/relay/recordings': { get: recordingOperation } as OpenAPI.PathItemObject as PathItem,
    '/ack/{link}': { get: linkOperation('look'), post: linkOperation('acknowledge') } as OpenAPI.PathItemObject as PathItem,
    '/sign-out': {
      post: { operationId: 'signOut', summary: 'Ends the session', tags: ['access'], responses: { 204: { description: 'Signed out' } } },
    },
  }
  return document
}

/** The page of a link in a message: HTML, without a sign-in, since the link is signed. */
const linkOperation = (act: 'look' | 'acknowledge'): OpenAPI.OperationObject => ({
  operationId: act === 'look' ? 'links.look' : 'links.acknowledge',
  summary:
    act === 'look'
      ? 'The page of the link to acknowledge (ackUrl) in a message: shows the incident and asks. Changes nothing'
      : 'What the form of that page sends: acknowledges all of the incident that nobody has',
  tags: ['alarms'],
  servers: [{ url: '/' }],
  security: [],
  parameters: [
    { name: 'link', in: 'path', required: true, description: 'As signed by this console; good for one incident and a day', schema: { type: 'string' } },
  ],
  ...(act === 'acknowledge' && {
    requestBody: {
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: {
            type: 'object',
            properties: {
              ask: { type: 'string', description: 'As it stands in the page; good for an hour' },
              name: { type: 'string', description: 'Of whoever acknowledges; 60 characters of it are kept' },
            },
            required: ['ask'],
          },
        },
      },
    },
  }),
  responses: {
    ...(act === 'look'
      ? { 200: { description: 'The page, as HTML in the language of the channel' } }
      : { 303: { description: 'Acknowledged, or somebody had it already: leads back to the page' }, 403: { description: 'It does not come from the page' } }),
    404: { description: 'No link of this console, its channel is gone, or there is no publicUrl' },
    410: { description: 'The link has ended' },
    429: { description: 'Too many requests of one sender' },
  },
})

type PathItem = NonNullable<OpenAPI.Document['paths']>[string]
type Schema = NonNullable<OpenAPI.ParameterObject['schema']>
const parameter = (name: string, description: string, schema: Schema, required = false): OpenAPI.ParameterObject => ({
  name,
  in: 'query',
  description,
  required,
  schema,
})
const texts: Schema = { type: 'array', items: { type: 'string' } }

const epochMs: Schema = { type: 'integer', minimum: 0 }

/** What `POST` makes, and the file itself. */
const dossierOperation = (of: 'incident' | 'period'): OpenAPI.OperationObject => ({
  operationId: `dossiers.${of}File`,
  summary: `A dossier of ${of === 'incident' ? 'an incident' : 'a period'}: one HTML file, made as it is asked for`,
  tags: ['alarms'],
  parameters: [
    ...(of === 'incident'
      ? [{ name: 'id', in: 'path' as const, required: true, description: 'The incident', schema: { type: 'string' } as Schema }]
      : [
          parameter('since', 'Epoch ms', epochMs, true),
          parameter('until', 'Epoch ms', epochMs, true),
          parameter('servers', 'Ids; may be given more than once. Left out: all', texts),
        ]),
    parameter('lang', 'By default as Accept-Language asks', { enum: [...languages] }),
    parameter('hideAddresses', 'true: addresses and users of clients have stand-ins', { enum: ['true', 'false'], default: 'false' }),
  ],
  responses: {
    200: { description: 'The file', content: { 'text/html': { schema: { type: 'string' } } } },
    400: { description: 'What is asked for can’t be read' },
    ...(of === 'incident' && { 404: { description: 'There is no such incident' } }),
  },
})

/** Served by previews/playbackRelay.ts. */
const yamlAnswer: OpenAPI.ResponseObject = { description: 'Rules for Prometheus', content: { 'application/yaml': { schema: { type: 'string' } } } }

const recordingOperation: OpenAPI.OperationObject = {
  operationId: 'recordings.play',
  summary: 'What a server recorded of a stream, as MP4',
  description: 'It comes from the playback server of the media server, with its credentials. `why` of a refusal says its kind.',
  tags: ['recordings'],
  servers: [{ url: '/' }],
  parameters: [
    parameter('server', 'Name or id', { type: 'string' }, true),
    parameter('path', 'The stream', { type: 'string' }, true),
    parameter('since', 'Epoch ms', epochMs, true),
    parameter('until', 'Epoch ms; six hours after since at most', epochMs, true),
    parameter('download', 'true: with a file name, and not in fragments; it is kept as an event', { enum: ['true'] }),
  ],
  responses: {
    200: { description: 'The recording', content: { 'video/mp4': { schema: { type: 'string', contentMediaType: 'video/mp4' } } } },
    400: { description: 'The time is wrong, or longer than six hours' },
    404: { description: 'There is no such server, or nothing was recorded then' },
    502: { description: 'The media server refuses, plays nothing back, or can’t play this format' },
    503: { description: 'Too much is played at once' },
  },
}

const webrtcParameters = (use: 'whep' | 'whip') => [
  parameter('path', 'The stream; with no server either, that of MEDIAMTX_WHIP_URL or MEDIAMTX_WHEP_URL is meant', { type: 'string' }),
  parameter('server', 'Name or id; not needed where one server is watched', { type: 'string' }),
  ...(use === 'whep' ? [parameter('wake', 'true: a source on demand may be started', { enum: ['true'] })] : []),
]
const webrtcFailures = {
  400: { description: 'It does not say which stream, or is no offer' },
  404: { description: 'There is no such server or session, or nobody publishes there' },
  409: { description: 'On demand: wake=true starts its source' },
  413: { description: 'The body is longer than 64 KiB' },
  415: { description: 'The body is of another type' },
  502: { description: 'The media server refuses, or its answer can’t be used; `why` says it' },
  503: { description: 'Too many requests are under way' },
}

/** Served by previews/webrtcRelay.ts: WHEP (draft-ietf-wish-whep) and WHIP (RFC 9725). */
const offerOperation = (use: 'whep' | 'whip'): OpenAPI.OperationObject => ({
  operationId: `webrtc.${use}`,
  summary: use === 'whep' ? 'Reads a stream by WHEP' : 'Publishes a stream by WHIP; needs the permission "operate"',
  description: 'The offer goes to the media server, with its credentials. Media goes between the client and the media server, and not through the console.',
  tags: ['previews'],
  parameters: webrtcParameters(use),
  requestBody: { required: true, content: { 'application/sdp': { schema: { type: 'string' } } } },
  responses: {
    201: {
      description: 'The answer; Location is the address of the session',
      content: { 'application/sdp': { schema: { type: 'string' } } },
    },
    ...webrtcFailures,
  },
})
const iceOperation = (use: 'whep' | 'whip'): OpenAPI.OperationObject => ({
  operationId: `webrtc.${use}IceServers`,
  summary: 'ICE servers that the media server names, as Link headers',
  tags: ['previews'],
  parameters: webrtcParameters(use),
  responses: { 204: { description: 'They are in the headers' }, ...webrtcFailures },
})
const sessionOperation = (act: 'trickle' | 'end'): OpenAPI.OperationObject => ({
  operationId: `webrtc.${act}`,
  summary: act === 'trickle' ? 'More candidates of the client' : 'Ends the session',
  tags: ['previews'],
  parameters: [{ name: 'session', in: 'path', required: true, description: 'As the Location of the answer names it', schema: { type: 'string' } }],
  ...(act === 'trickle' && { requestBody: { required: true, content: { 'application/trickle-ice-sdpfrag': { schema: { type: 'string' } } } } }),
  responses: {
    ...(act === 'trickle'
      ? { 200: { description: 'The server answers with candidates of its own' }, 204: { description: 'Passed on' } }
      : { 200: { description: 'Ended' } }),
    ...webrtcFailures,
  },
})

/** Every metric with its description, for readers of the document. */
const allMetrics = [
  'May be given more than once:',
  ...metricIds.map((id) => `- \`${id}\`: ${[metricLabel(id, 'en'), metricHelp(id, 'en')].filter(Boolean).join('. ')}`),
].join('\n')

/** Served by exportSeries.ts, piece by piece. */
const exportOperation: OpenAPI.OperationObject = {
  operationId: 'history.export',
  summary: 'Any series over any time, one row a step',
  description:
    'Rows begin on multiples of the step (UTC) and are there also where nothing is known: then a value is null, in CSV an empty cell. Where only coarser figures than the step are kept, they stand in the row in which each of their buckets begins.',
  tags: ['history'],
  parameters: [
    parameter('server', 'Name or id', { type: 'string' }, true),
    parameter('metric', allMetrics, { type: 'array', items: { enum: [...metricIds] } }, true),
    parameter('path', 'Streams; may be given more than once. Not needed for figures of the server', texts),
    parameter('from', 'ISO 8601, epoch milliseconds, or a time before now such as -24h', { type: 'string', default: '-24h' }),
    parameter('to', 'As from; not included', { type: 'string', default: 'now' }),
    parameter('step', 'Seconds, or with a unit: 15m, 2h, 1d', { type: 'string', default: '60' }),
    parameter('reduce', 'What becomes of the samples of a step', { enum: [...reductions], default: 'mean' }),
    parameter('format', 'CSV comes as a file', { enum: [...exportFormats], default: 'json' }),
  ],
  responses: {
    200: {
      description: 'The series',
      content: {
        'text/csv': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            type: 'object',
            required: ['server', 'serverId', 'from', 'to', 'stepSeconds', 'reduce', 'series', 'rows', 'tiers'],
            properties: {
              server: { type: 'string' },
              serverId: { type: 'string' },
              from: { type: 'string' },
              to: { type: 'string' },
              stepSeconds: { type: 'number' },
              reduce: { enum: [...reductions] },
              series: {
                type: 'array',
                items: {
                  type: 'object',
                  required: ['path', 'metric', 'unit'],
                  properties: { path: { type: ['string', 'null'] }, metric: { type: 'string' }, unit: { type: 'string' } },
                },
              },
              rows: {
                description: 'The time, then a value of each series',
                type: 'array',
                items: { type: 'array', items: { type: ['string', 'number', 'null'] } },
              },
              tiers: { description: 'The coarsest figures that were read for each series', type: 'array', items: { enum: [...tiers] } },
            },
          },
        },
      },
    },
    400: { description: 'What was asked is wrong; the message says how' },
    404: { description: 'There is no such server' },
  },
}
