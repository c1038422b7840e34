import { type OpenAPI, OpenAPIGenerator } from '@orpc/openapi'
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4'
import { contractVersion } from '../shared/access.ts'
import { contract } from '../shared/contract.ts'
import { monitoringContract } from './monitoringContract.ts'

/** The description of the REST API, made from the very contract that answers it. */
export const createOpenApiDocument = async (version: string): Promise<OpenAPI.Document> => {
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
        { name: 'hosts', description: 'The machine that the console runs on.' },
        { name: 'monitoring', description: 'Routes for scripts that were written for other consoles.' },
      ],
    },
  )
  document.paths = {
    ...document.paths,
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
    '/sign-out': {
      post: { operationId: 'signOut', summary: 'Ends the session', tags: ['access'], responses: { 204: { description: 'Signed out' } } },
    },
  }
  return document
}
