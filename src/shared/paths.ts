import { z } from 'zod'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { closeReasonSchema, kickResultSchema } from './sessions.ts'
import { streamStateSchema } from './watchedStates.ts'

// The streams of all servers with the routes and names of MediaMTX's own API, for programs written for a single server.

const mostPaths = 10_000

const pathSchema = z.object({
  name: z.string(),
  server: z.string(),
  serverId: serverIdSchema,
  state: streamStateSchema,
  /** Whether it can be read now, including a slate; null: its server can't be reached. */
  ready: z.boolean().nullable(),
  /** ISO 8601 in UTC. */
  readyTime: z.string().nullable(),
  source: z.object({ type: z.string() }).nullable(),
  tracks: z.array(z.string()),
  bytesReceived: z.number().nullable(),
  bytesSent: z.number().nullable(),
  /** Number of readers without this console's own; null: unknown. */
  readerCount: z.number().nullable(),
  /** Fields of its name according to the matching naming template. Omitted: none matches. */
  fields: z.record(z.string(), z.string()).optional(),
})
export type PathReport = z.infer<typeof pathSchema>

const server = z.string().min(1).max(200).optional()
const name = z.string().min(1).max(1_000)
const ofOne = { NOT_FOUND: refused(404, 'noSuch'), CONFLICT: refused(409, 'streamOnSeveralServers') } as const

const closedPathSchema = z.object({
  name: z.string(),
  server: z.string(),
  serverId: serverIdSchema,
  /** Whether it has no publisher any more. */
  closed: z.boolean(),
  /** Result for each publisher's session. */
  sessions: z.array(kickResultSchema),
})
export type ClosedPath = z.infer<typeof closedPathSchema>

const tags = ['paths']
export const pathsContract = {
  list: view
    .route({ method: 'GET', path: '/v3/paths/list', tags, summary: 'The streams of all servers, in the form of the API of MediaMTX' })
    .input(
      z
        .object({
          server,
          itemsPerPage: z.coerce.number().int().min(1).max(mostPaths).default(1_000),
          page: z.coerce.number().int().min(0).max(1_000_000).default(0),
        })
        .optional(),
    )
    .output(z.object({ itemCount: z.number().int(), pageCount: z.number().int(), items: z.array(pathSchema) })),
  get: view
    .errors(ofOne)
    .route({ method: 'GET', path: '/v3/paths/get/{+name}', tags, summary: 'One stream, in the form of the API of MediaMTX' })
    .input(z.object({ name, server }))
    .output(pathSchema),
  /** Disconnects the publisher of a stream, but not this console. The server's configuration is not changed: publishers with permission may reconnect. */
  close: operate
    .errors({ ...ofOne, UNPROCESSABLE_CONTENT: refused(422, 'nobodyPublishes') })
    .route({ method: 'DELETE', path: '/v3/paths/delete/{+name}', tags, summary: 'Disconnect whoever publishes a stream' })
    .input(z.object({ name, server, reason: closeReasonSchema }))
    .output(closedPathSchema),
}
