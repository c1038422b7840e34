import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { patternSchema } from './patterns.ts'
import { operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { sessionSchema } from './streams.ts'
import { epochMs } from './time.ts'

// Everybody who publishes to or reads from the servers, on all of them.

/** Most sessions in one answer, and most that one call disconnects. */
export const mostSessions = 1_000
/** Most groups in one answer. */
export const mostSessionGroups = 500
const longestSearch = 200

const isNetwork = (text: string): boolean => [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()].some((form) => form.safeParse(text).success)

/** An IP address, or a network such as `10.0.0.0/8`. */
export const networkSchema = z
  .string()
  .trim()
  .refine(isNetwork, { error: ({ input }) => mistaken({ kind: 'notANetwork', text: String(input) }) })

export const sessionRoles = ['publisher', 'reader', 'other'] as const
const searchText = z
  .string()
  .trim()
  .max(longestSearch, mistaken({ kind: 'tooLong', what: 'pattern', most: longestSearch }))

/** Which sessions are meant: those to which all that is given applies. */
export const sessionFilterSchema = z.object({
  /** A part of the address, user, agent, path, server, or beginning of the id; upper and lower case are the same. */
  q: searchText.optional(),
  address: networkSchema.optional(),
  user: searchText.optional(),
  /** A part of the User-Agent. */
  agent: searchText.optional(),
  path: patternSchema.optional(),
  /** Name or id. */
  server: searchText.optional(),
  protocol: searchText.optional(),
  role: z.enum(sessionRoles).optional(),
})
export type SessionFilter = z.infer<typeof sessionFilterSchema>

/** A session, with the server that it is on. */
export const serverSessionSchema = sessionSchema.extend({ serverId: serverIdSchema, server: z.string() })
export type ServerSession = z.infer<typeof serverSessionSchema>

/** By what a list is ordered: the newest, or the largest of a figure, first; unknown last. */
export const sessionSorts = ['since', 'rate', 'lost', 'rtt'] as const
export type SessionSort = (typeof sessionSorts)[number]

/** What the sessions of a group have in common. network: /24 of IPv4, /64 of IPv6. */
export const sessionGroupings = ['address', 'network', 'agent', 'user', 'path', 'server', 'protocol'] as const
export type SessionGrouping = (typeof sessionGroupings)[number]

/** What no list can tell now. */
const unseen = {
  /** Servers whose sessions are not known, because they do not answer or were not asked yet. */
  unknown: z.array(z.object({ serverId: serverIdSchema, server: z.string() })),
  /** Streams whose HLS viewers are not among the sessions, because their servers (before 1.18) do not list them. */
  hlsUncounted: z.number().int(),
}
export const sessionListSchema = z.object({
  at: epochMs,
  /** How many sessions are meant; `sessions` are the first of them. */
  total: z.number().int(),
  publishers: z.number().int(),
  readers: z.number().int(),
  sessions: z.array(serverSessionSchema),
  /** Sessions of this console itself, and of others like it, which are not among them. */
  ours: z.number().int(),
  ...unseen,
})
export type SessionList = z.infer<typeof sessionListSchema>

export const sessionGroupSchema = z.object({
  /** null: of those sessions this is not known. */
  key: z.string().nullable(),
  sessions: z.number().int(),
  publishers: z.number().int(),
  readers: z.number().int(),
  /** Sums of what is known, bit/s: what publishers send, and what readers are sent. null: nothing is known. */
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
  /** How many paths and servers they are on. */
  paths: z.number().int(),
  servers: z.number().int(),
  /** When the oldest of them began. */
  since: epochMs.nullable(),
})
export type SessionGroup = z.infer<typeof sessionGroupSchema>

const reasonSchema = enteredText('reason', 200, z.string().trim())

/** What became of a session that was to be disconnected. */
export const kickResultSchema = z.object({
  serverId: serverIdSchema,
  id: z.string(),
  path: z.string(),
  /** gone: it had left already. own: it is of a mtxdeck, which is never disconnected. notAsked: its server failed at another one before. */
  outcome: z.enum(['kicked', 'gone', 'own', 'failed', 'notAsked']),
  /** Why it failed. */
  error: serverErrorSchema.nullable(),
  /** `error` in words, in the requested language. Sent over REST only. */
  words: z.string().nullable().optional(),
})
export type KickResult = z.infer<typeof kickResultSchema>
export type KickOutcome = KickResult['outcome']

const tags = ['sessions']
const ordered = { sort: z.enum(sessionSorts).default('since'), offset: z.coerce.number().int().min(0).max(1_000_000).default(0) }

export const sessionsContract = {
  list: view
    .route({ method: 'GET', path: '/sessions', tags, summary: 'Publishers and readers of all servers: who, of what, since when, how well' })
    .input(sessionFilterSchema.extend({ ...ordered, limit: z.coerce.number().int().min(0).max(mostSessions).default(100) }).optional())
    .output(sessionListSchema),
  groups: view
    .route({ method: 'GET', path: '/sessions/groups', tags, summary: 'The same, grouped: the largest groups first' })
    .input(sessionFilterSchema.extend({ by: z.enum(sessionGroupings), limit: z.coerce.number().int().min(1).max(mostSessionGroups).default(100) }))
    .output(z.object({ at: epochMs, total: z.number().int(), groups: z.array(sessionGroupSchema), ...unseen })),
  /** Disconnects one session. Its client may connect again. `serverId` is needed only where two servers have sessions of the same id. */
  kick: operate
    .errors({ NOT_FOUND: refused(404, 'noSuchSession') })
    .route({ method: 'POST', path: '/sessions/{id}/kick', tags, summary: 'Disconnect a session' })
    .input(z.object({ id: z.string().min(1).max(200), serverId: serverIdSchema.optional(), reason: reasonSchema }))
    .output(kickResultSchema),
  /** Disconnects the named ones, one after the other on each server. */
  kickMany: operate
    .route({ method: 'POST', path: '/sessions/kick', tags, summary: 'Disconnect many sessions' })
    .input(
      z.object({
        sessions: z
          .array(z.object({ serverId: serverIdSchema, id: z.string().min(1).max(200) }))
          .min(1)
          .max(mostSessions),
        reason: reasonSchema,
      }),
    )
    .output(z.array(kickResultSchema)),
}
