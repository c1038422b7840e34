import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { patternSchema } from './patterns.ts'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { serverIdSchema } from './servers.ts'
import { sessionSchema } from './streams.ts'
import { askedMs, epochMs } from './time.ts'

// Everybody who publishes to or reads from the servers, on all of them.

/** Most sessions in one answer, and most that one call disconnects. */
export const mostSessions = 1_000
/** Most groups in one answer. */
export const mostSessionGroups = 500
/** Longest text that is searched for, in UTF-16 units: as long as the longest client that is read of a session. */
export const longestSessionSearch = 512

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
  .max(longestSessionSearch, mistaken({ kind: 'tooLong', what: 'pattern', most: longestSessionSearch }))

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
  /** How many names of paths, and servers, they are on. */
  paths: z.number().int(),
  servers: z.number().int(),
  /** When the oldest of them began. */
  since: epochMs.nullable(),
})
export type SessionGroup = z.infer<typeof sessionGroupSchema>

/** A session of the past, as it is kept: to the second, and with what it was when it was last seen. */
export const pastSessionSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** The first 8 characters of its id, as the server's log has them. */
  id: z.string(),
  protocol: z.string(),
  role: z.enum(sessionRoles),
  path: z.string(),
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  began: epochMs,
  /** null: it goes on, as far as is known: while its server can't be asked, nobody knows. */
  ended: epochMs.nullable(),
  /** It ended between this moment and `ended`, while nobody could ask its server. null: `ended` is as exact as polls are. */
  endedAfter: epochMs.nullable(),
  /** What a publisher had sent, or a reader been sent. null: not known. */
  bytes: z.number().nullable(),
  /** Packets lost for good; null: not known. */
  lost: z.number().nullable(),
})
export type PastSession = z.infer<typeof pastSessionSchema>

export const pastSessionsSchema = z.object({
  /** Those that ended last, first; those that go on after them. */
  sessions: z.array(pastSessionSchema),
  /** There are more, which ended earlier. */
  more: z.boolean(),
  /** From when on all sessions that ended are kept; null: none is. */
  since: epochMs.nullable(),
  /** 0: they are not kept, or are those of a bundle. */
  keepDays: z.number().int(),
  /** How many could not be stored since this console started. */
  notStored: z.number().int(),
})
export type PastSessions = z.infer<typeof pastSessionsSchema>
/** Longest time that one question may be about, ms. */
const mostPastMs = 3_650 * 86_400_000
export const keepSessionsDays = z.number().int().min(0).max(3_650)

const reasonSchema = enteredText('reason', 200, z.string().trim())
/** Of programs that close a path and say nothing. */
export const closeReasonSchema = reasonSchema.default('DELETE /v3/paths/delete')

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
  /** Those that were open at some time of a period. */
  past: view
    .route({ method: 'GET', path: '/sessions/past', tags, summary: 'Who was connected in a period: those that ended last, first' })
    .input(
      sessionFilterSchema
        .extend({
          /** Default: `lastMs` before `to`, and if that is not given, an hour. */
          from: askedMs.optional(),
          lastMs: z.coerce.number().int().min(0).max(mostPastMs).optional(),
          /** Default: now. */
          to: askedMs.optional(),
          limit: z.coerce.number().int().min(1).max(mostSessions).default(100),
        })
        .refine(({ from, to }) => from === undefined || to === undefined || from <= to, mistaken({ kind: 'rangeReversed' })),
    )
    .output(pastSessionsSchema),
  /** For how many days sessions that ended are kept; 0: not at all, and what is kept is deleted. */
  keep: administer
    .route({ method: 'PUT', path: '/sessions/keep', tags, summary: 'How long sessions are kept' })
    .input(z.object({ days: keepSessionsDays }))
    .output(z.object({ days: keepSessionsDays })),
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
