import { z } from 'zod'
import { enteredText } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { patternSchema } from './patterns.ts'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { serverIdSchema } from './servers.ts'
import { audiences, type Session, sessionSchema } from './streams.ts'
import { askedMs, epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// Publishers and readers on all servers.

/** Maximum number of sessions in one response, and of sessions disconnected in one call. */
export const mostSessions = 1_000
const mostSessionGroups = 500
/** Maximum length of a search text, in UTF-16 units: that of the longest user agent kept of a session. */
export const longestSessionSearch = 512

const isNetwork = (text: string): boolean => [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()].some((form) => form.safeParse(text).success)

export const networkSchema = z
  .string()
  .trim()
  .refine(isNetwork, invalid({ kind: 'notSuchAs', example: '10.0.0.1, 10.0.0.0/8' }))

export const sessionRoles = ['publisher', 'reader', 'other'] as const
const searchText = z
  .string()
  .trim()
  .max(longestSessionSearch, invalid({ kind: 'tooLong', most: longestSessionSearch }))

export const sessionFilterSchema = z.object({
  /** Substring of address, user, agent, path or server, or prefix of the id; case-insensitive. */
  q: searchText.optional(),
  address: networkSchema.optional(),
  user: searchText.optional(),
  /** Substring of the User-Agent. */
  agent: searchText.optional(),
  path: patternSchema.optional(),
  server: searchText.optional(),
  protocol: searchText.optional(),
  role: z.enum(sessionRoles).optional(),
})
export type SessionFilter = z.infer<typeof sessionFilterSchema>

const serverSessionSchema = sessionSchema.extend({ serverId: serverIdSchema, server: z.string() })
export type ServerSession = z.infer<typeof serverSessionSchema>

/** Sort order of a list: newest, or largest value, first; unknown last. */
export const sessionSorts = ['since', 'rate', 'lost', 'rtt'] as const
export type SessionSort = (typeof sessionSorts)[number]

/** What the sessions of a group have in common. network: IPv4 /24, IPv6 /64. */
export const sessionGroupings = ['address', 'network', 'agent', 'user', 'path'] as const
export type SessionGrouping = (typeof sessionGroupings)[number]

/** What is missing from the lists. */
const unseen = {
  /** Servers whose sessions are unknown, because they do not answer or were not queried yet. */
  unknown: z.array(z.object({ serverId: serverIdSchema, server: z.string() })),
  /** Number of streams whose HLS viewers are not included, because their servers (before 1.18) do not list them. */
  hlsUncounted: z.number().int(),
}
const sessionListSchema = z.object({
  at: epochMs,
  /** Number of matching sessions; `sessions` contains the first of them. */
  total: z.number().int(),
  publishers: z.number().int(),
  readers: z.number().int(),
  /** The readers by who they are. */
  audiences: z.record(z.enum(audiences), z.number().int()),
  sessions: z.array(serverSessionSchema),
  /** Number of sessions of this and other mtxdeck consoles, which are not included. */
  ours: z.number().int(),
  ...unseen,
})
export type SessionList = z.infer<typeof sessionListSchema>

const sessionGroupSchema = z.object({
  /** null: group of the sessions for which the key is unknown. */
  key: z.string().nullable(),
  sessions: z.number().int(),
  publishers: z.number().int(),
  readers: z.number().int(),
  /** Sums of known bit rates, bit/s: received from publishers, and sent to readers. null: none is known. */
  bitrateInBps: z.number().nullable(),
  bitrateOutBps: z.number().nullable(),
})
export type SessionGroup = z.infer<typeof sessionGroupSchema>

/** A stored past session: times to the second, values as last seen. */
const pastSessionSchema = z.object({
  serverId: serverIdSchema,
  server: z.string(),
  /** The first 8 characters of its id, as in the server's log. */
  id: z.string(),
  protocol: z.string(),
  role: z.enum(sessionRoles),
  path: z.string(),
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  began: epochMs,
  /** null: still open, as far as is known; uncertain while the server can't be queried. */
  ended: epochMs.nullable(),
  /** It ended between this moment and `ended`, while the server could not be queried. null: `ended` is exact to the poll interval. */
  endedAfter: epochMs.nullable(),
  /** Bytes sent by a publisher, or sent to a reader. null: unknown. */
  bytes: z.number().nullable(),
  /** Packets lost for good; null: unknown. */
  lost: z.number().nullable(),
})
export type PastSession = z.infer<typeof pastSessionSchema>

const pastSessionsSchema = z.object({
  /** Most recently ended first, followed by those still open. */
  sessions: z.array(pastSessionSchema),
  /** There are more sessions, which ended earlier. */
  more: z.boolean(),
  /** Time from which on all ended sessions are stored; null: none is. */
  since: epochMs.nullable(),
  /** 0: sessions are not stored, or these are from a bundle. */
  keepDays: z.number().int(),
  /** Number of sessions that could not be stored since this console started. */
  notStored: z.number().int(),
})
export type PastSessions = z.infer<typeof pastSessionsSchema>
/** Longest period of one request, ms. */
const mostPastMs = 3_650 * 86_400_000
export const keepSessionsDays = z.number().int().min(0).max(3_650)

const reasonSchema = enteredText(200, z.string().trim())
/** Default for programs that close a path without giving a reason. */
export const closeReasonSchema = reasonSchema.default('DELETE /v3/paths/delete')

/** Result of disconnecting one session. */
export const kickResultSchema = z.object({
  serverId: serverIdSchema,
  id: z.string(),
  path: z.string(),
  /** gone: it had already left. own: it belongs to an mtxdeck, never disconnected. notAsked: not attempted, its server failed at an earlier one. */
  outcome: z.enum(['kicked', 'gone', 'own', 'failed', 'notAsked']),
  error: serverErrorSchema.nullable(),
  words: said('serverError', z.string().nullable().optional()),
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
  /** Sessions that were open at any time within a period. */
  past: view
    .route({ method: 'GET', path: '/sessions/past', tags, summary: 'Who was connected in a period: those that ended last, first' })
    .input(
      sessionFilterSchema
        .extend({
          /** Default: `lastMs` before `to`; without `lastMs`: an hour. */
          from: askedMs.optional(),
          lastMs: z.coerce.number().int().min(0).max(mostPastMs).optional(),
          /** Default: now. */
          to: askedMs.optional(),
          limit: z.coerce.number().int().min(1).max(mostSessions).default(100),
        })
        .refine(({ from, to }) => from === undefined || to === undefined || from <= to, invalid({ kind: 'rangeReversed' })),
    )
    .output(pastSessionsSchema),
  /** Sets for how many days ended sessions are stored; 0: not at all, and stored ones are deleted. */
  keep: administer
    .route({ method: 'PUT', path: '/sessions/keep', tags, summary: 'How long sessions are kept' })
    .input(z.object({ days: keepSessionsDays }))
    .output(z.object({ days: keepSessionsDays })),
  /** Disconnects one session. Its client may reconnect. `serverId` is needed only if two servers have sessions of the same id. */
  kick: operate
    .errors({ NOT_FOUND: refused(404, 'noSuch') })
    .route({ method: 'POST', path: '/sessions/{id}/kick', tags, summary: 'Disconnect a session' })
    .input(z.object({ id: z.string().min(1).max(200), serverId: serverIdSchema.optional(), reason: reasonSchema }))
    .output(kickResultSchema),
  /** Disconnects the given sessions, one after the other on each server. */
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

/**
 * Packets lost for good since a session began. SRT: for a publisher an estimate (the server does not count them), for a reader
 * packets dropped before sending. RTP: for a publisher packets that did not arrive, for a reader those it reported as lost.
 * null: not known, as over TCP.
 */
export function sessionLoss({ role, srt, rtp }: Pick<Session, 'role' | 'srt' | 'rtp'>): number | null {
  if (srt && role === 'publisher') return srt.packetsUnrecovered === null ? null : srt.packetsUnrecovered + (srt.packetsUndecryptable ?? 0)
  if (srt) return srt.packetsDropped
  if (rtp) return role === 'publisher' ? rtp.lost : rtp.reportedLost
  return null
}

/** What a publisher has sent, or a reader been sent. */
export function sessionBytes({ role, inboundBytes, outboundBytes }: Pick<Session, 'role' | 'inboundBytes' | 'outboundBytes'>): number | null {
  return role === 'publisher' ? inboundBytes : outboundBytes
}

/** Bit rate in the direction of the media, bit/s. */
export function sessionRate({ role, bitrateInBps, bitrateOutBps }: Pick<Session, 'role' | 'bitrateInBps' | 'bitrateOutBps'>): number | null {
  return role === 'publisher' ? bitrateInBps : bitrateOutBps
}
