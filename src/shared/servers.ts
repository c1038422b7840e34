import { z } from 'zod'
import { serverCautionSchema } from './cautions.ts'
import { connectionTestSchema } from './connectionTest.ts'
import { enteredSecret, enteredText, intervalSecondsSchema } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { sumKnown } from './sumKnown.ts'
import { epochMs } from './time.ts'

/** A server's stored id: stays the same when the server is renamed or moves. */
export const serverIdSchema = z.string().min(1).max(64)

/**
 * The address of an API without one of its own paths, as it comes with an address copied from a browser or a script:
 * `http://host:9997/v3/paths/list?page=0` is `http://host:9997`. `leftOut` is what was cut off, or null.
 */
export function withoutApiPath(text: string): { readonly url: string; readonly leftOut: string | null } {
  const match = /^((?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#]+(?:\/[^?#]*?)?)(\/v3(?:\/[^?#]*)?(?:[?#].*)?)$/i.exec(text)
  return match?.[1] === undefined ? { url: text, leftOut: null } : { url: match[1], leftOut: match[2] ?? null }
}

/**
 * An API address as an operator may type it: `http://` or `https://`, no user, no query; a path prefix is allowed (reverse
 * proxy), and a path of the API itself is cut off.
 */
export const serverUrlSchema = z
  .string()
  .trim()
  .min(1, mistaken({ kind: 'empty', what: 'apiAddress' }))
  .transform((text) => withoutApiPath(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`).url)
  .pipe(
    z.string().superRefine((text, ctx) => {
      let url: URL
      try {
        url = new URL(text)
      } catch {
        ctx.addIssue(mistaken({ kind: 'notAnAddress', text }))
        return
      }
      if (url.protocol !== 'http:' && url.protocol !== 'https:') ctx.addIssue(mistaken({ kind: 'notHttp', scheme: url.protocol }))
      if (url.username || url.password) ctx.addIssue(mistaken({ kind: 'userInAddress' }))
      if (url.search || url.hash) ctx.addIssue(mistaken({ kind: 'queryInAddress' }))
    }),
  )

/** SHA-256 of a certificate in its usual form, 32 bytes in hex with colons; also accepted without colons and in lower case. */
export const fingerprintSchema = z
  .string()
  .transform((text) =>
    text
      .replace(/^sha-?256[:= ]/i, '')
      .replaceAll(/[:\s-]/g, '')
      .toUpperCase(),
  )
  .pipe(z.string().regex(/^[0-9A-F]{64}$/, mistaken({ kind: 'notAFingerprint' })))
  .transform((hex) => hex.match(/../g)?.join(':') ?? hex)

/** What a header can carry, without the line end that comes with a copied token. */
export const tokenSchema = enteredText('token', 16384, z.string().trim()).regex(/^[\x20-\x7e\x80-\xff]+$/, mistaken({ kind: 'notOneLine', what: 'token' }))

/** How to sign in, as an operator enters it. Secrets go one way: in. Left out on an edit, a secret stays as it is, for the same host. */
export const serverAuthInputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('basic'),
    user: enteredText('user', 256),
    password: enteredSecret('password').optional(),
  }),
  /** "Bearer user:pass", another header form of the same internal users. */
  z.object({ kind: z.literal('bearer'), token: tokenSchema.optional() }),
  /** A JSON Web Token, where MediaMTX has authMethod: jwt. */
  z.object({ kind: z.literal('jwt'), token: tokenSchema.optional() }),
])
export type ServerAuthInput = z.infer<typeof serverAuthInputSchema>

/** How to sign in, as it is shown: never a secret. */
export const serverAuthShownSchema = z.object({ kind: z.enum(['none', 'basic', 'bearer', 'jwt']), user: z.string().nullable(), hasSecret: z.boolean() })

/** Where a server's other doors are; what is not set is read from its configuration, or is the default port on the API's host. */
export const serverAddressesSchema = z.object({
  hls: z.string().max(300).nullable(),
  webrtc: z.string().max(300).nullable(),
  rtsp: z.string().max(300).nullable(),
  srt: z.string().max(300).nullable(),
  playback: z.string().max(300).nullable(),
  metrics: z.string().max(300).nullable(),
  /** Where goroutines are counted; entered by hand it is asked from here, with the server's credentials. */
  pprof: z.string().max(300).nullable(),
})
export type ServerAddresses = z.infer<typeof serverAddressesSchema>

export const defaultIntervalSeconds = 2

/** What is told of a server, without the defaults: they belong to a new one only, and must not undo settings on a change. */
const serverFields = {
  name: enteredText('serverName', 100, z.string().trim()),
  url: serverUrlSchema,
  auth: serverAuthInputSchema,
  fingerprint: fingerprintSchema.nullable(),
  intervalSeconds: intervalSecondsSchema,
  addresses: serverAddressesSchema.partial().superRefine((addresses, ctx) => {
    for (const [door, address] of Object.entries(addresses))
      if (address?.includes('@')) ctx.addIssue({ code: 'custom', path: [door], message: mistaken({ kind: 'userInAddresses' }) })
  }),
  tags: z.array(enteredText('tag', 50, z.string().trim())).max(20, mistaken({ kind: 'tooManyTags', most: 20 })),
  paused: z.boolean(),
}

export const serverInputSchema = z.object({
  ...serverFields,
  auth: serverFields.auth.default({ kind: 'none' }),
  fingerprint: serverFields.fingerprint.default(null),
  intervalSeconds: serverFields.intervalSeconds.default(defaultIntervalSeconds),
  addresses: serverFields.addresses.default({}),
  tags: serverFields.tags.default([]),
  paused: serverFields.paused.default(false),
})
export type ServerInput = z.infer<typeof serverInputSchema>

/** Only what is to be changed; all else stays as it is. */
export const serverChangeSchema = z.object(serverFields).partial()

/** One problem of one server, for lists of protocols. */
export const protocolSchema = z.enum(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'webrtc', 'hls', 'moq'])
export type Protocol = z.infer<typeof protocolSchema>

/** connecting: first answer not in yet. halted: 401, waits for other credentials. unknown: our own network or sleep, not the server. */
export const serverStateSchema = z.enum(['connecting', 'up', 'down', 'halted', 'paused', 'unknown'])
export type ServerState = z.infer<typeof serverStateSchema>

/** What a poll costs the server: an estimate from answered bytes at 28 ms of its CPU a megabyte (measured on 1.20.1). */
export const pollCostSchema = z.object({
  /** Bytes answered in the last round of polls. */
  bytesPerRound: z.number(),
  bytesPerSecond: z.number(),
  /** Percent of one of the server's cores, estimated. */
  cpuPercent: z.number(),
  /** What the operator asked for, seconds. */
  intervalSeconds: z.number(),
  /** What is used: longer where the cost would pass 1 % of a core. */
  effectiveIntervalSeconds: z.number(),
})

const total = z.number().nullable()
/** Streams by state as `countStreams` counts them. null: not known; of a server that never answered nothing is. */
export const serverTotalsSchema = z.object({
  streams: total,
  live: total,
  slate: total,
  waiting: total,
  stalled: total,
  gone: total,
  unknown: total,
  ended: total,
  /** Without our own. */
  readers: total,
  ownReaders: total,
  bitrateInBps: total,
  bitrateOutBps: total,
})
export type ServerTotals = z.infer<typeof serverTotalsSchema>

const totalNames = serverTotalsSchema.keyof().options
const totalsOf = (value: (name: keyof ServerTotals) => number | null) => Object.fromEntries(totalNames.map((name) => [name, value(name)])) as ServerTotals
/** Of a server that never answered. */
export const unknownTotals: ServerTotals = totalsOf(() => null)
/** What is measured; all else is counted, and of no server at all it is 0. */
const measured: ReadonlySet<keyof ServerTotals> = new Set(['readers', 'bitrateInBps', 'bitrateOutBps'])

/** Sums of several servers; null where none of them knows. */
export const sumTotals = (all: readonly ServerTotals[]): ServerTotals =>
  totalsOf((name) => (all.length === 0 && !measured.has(name) ? 0 : sumKnown(all.map((one) => one[name]))))

/** What sums over servers lack: nothing is known now of those that don't answer, refuse us or were not read yet. Paused ones are not missed. */
export const sumsLackSchema = z.object({
  /** Every server is in the sums. */
  complete: z.boolean(),
  /** Servers of which nothing is known now; their streams count as unknown, their figures are in no sum. */
  unknownServers: z.number(),
  /** Their names, a hundred at most. */
  unknownServerNames: z.array(z.string()),
})
export type SumsLack = z.infer<typeof sumsLackSchema>
const mostNames = 100

export function sumsLack(servers: readonly { readonly name: string; readonly state: ServerState }[]): SumsLack {
  const unknown = servers.filter(({ state }) => state !== 'up' && state !== 'paused')
  return { complete: unknown.length === 0, unknownServers: unknown.length, unknownServerNames: unknown.slice(0, mostNames).map(({ name }) => name) }
}

/** Whether there are servers and none of them ever answered: then also counts of streams are not known. */
export const isNothingKnown = (servers: readonly { readonly totals: ServerTotals }[]): boolean =>
  servers.length > 0 && servers.every(({ totals }) => totals.streams === null)

/** What was more than is kept of one server, since a moment: beyond it is counted, not kept. */
export const leftOutSchema = z.object({
  since: epochMs,
  /** Events that are not kept one by one. */
  events: z.number(),
  /** Changes of paths that were overtaken by a later one before they were kept. */
  changes: z.number(),
  /** How often a path was left out of an answer because the server has too many new names. */
  paths: z.number(),
})
export type LeftOut = z.infer<typeof leftOutSchema>

/** A server as the console shows it. */
export const serverSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  url: z.string(),
  /** yaml: comes from the configuration file and is not editable here. */
  origin: z.enum(['stored', 'yaml']),
  auth: serverAuthShownSchema,
  fingerprint: z.string().nullable(),
  intervalSeconds: z.number(),
  tags: z.array(z.string()),
  paused: z.boolean(),
  /** As entered. */
  addressesGiven: serverAddressesSchema.partial(),
  /** As used: entered, else read from the server's configuration, else the defaults. null: switched off on the server. */
  addresses: serverAddressesSchema,
  addressesFrom: z.enum(['entered', 'configuration', 'defaults']),
  /** Its configuration was never read: addresses that were not entered are a guess, the default ports on the API's host. */
  addressesAssumed: z.boolean(),

  state: serverStateSchema,
  stateSince: epochMs,
  error: serverErrorSchema.nullable(),
  /** Arrival of the last whole answer. */
  lastAnswerAt: epochMs.nullable(),
  answerMs: z.number().nullable(),
  /** How long a round of polls (paths, sessions and what else is due) takes lately, ms; null: not known. */
  roundMs: z.number().nullable(),
  /**
   * The last whole answer before the outage that is going on now (the first failed poll where there never was one):
   * the same through down, halted and unknown, until it answers again. null: no outage, or paused.
   */
  outageSince: epochMs.nullable(),
  /** It missed three polls while this console could ask it, and is not called down yet: what it does is unknown, and that is a trouble. */
  isSilent: z.boolean(),
  /**
   * After it was away: streams that were live before, and were not seen since. Their publishers may be on their way.
   * null: none is waited for.
   */
  notBackYet: z.object({ streams: z.number(), since: epochMs }).nullable(),
  /** When the next try comes, while down. */
  nextTryAt: epochMs.nullable(),
  version: z.string().nullable(),
  /** By our clock: the server tells it by its own, and that may be off. */
  startedAt: epochMs.nullable(),
  /** Server's clock minus ours, ms; resolution 1 s. */
  clockSkewMs: z.number().nullable(),
  /** The server answers everybody: true up to 1.5, where the API has no users, or when it takes requests without ours. */
  openToAll: z.boolean().nullable(),
  notEnabled: z.array(protocolSchema),
  /** Age of the oldest session list in use, ms; beyond 300 sessions lists are read in turns. */
  sessionsAgeMs: z.number().nullable(),
  cost: pollCostSchema.nullable(),
  totals: serverTotalsSchema,
  /** It sends more than is kept of one server: what was left out within the last hour. null: nothing. */
  leftOut: leftOutSchema.nullable(),
  cautions: z.array(serverCautionSchema),
  /** `cautions` as sentences: over REST alone. Else `cautionText` makes them. */
  warnings: z.array(z.string()).optional(),
})
export type Server = z.infer<typeof serverSchema>

/** A server's own configuration as it was read, secrets removed where it was parsed. */
export const serverConfigurationSchema = z.object({
  readAt: epochMs.nullable(),
  error: serverErrorSchema.nullable(),
  global: z.record(z.string(), z.unknown()),
  pathDefaults: z.record(z.string(), z.unknown()),
  paths: z.array(z.record(z.string(), z.unknown())),
})
export type ServerConfiguration = z.infer<typeof serverConfigurationSchema>

/** It answers, and does not let us in: a wrong or missing password, or a user without the permission. */
export const isRefused = ({ state, error }: { readonly state: ServerState; readonly error: { readonly kind: unknown } | null }): boolean =>
  state === 'halted' || (state === 'down' && (error?.kind === 'unauthorized' || error?.kind === 'forbidden'))

const byId = z.object({ id: serverIdSchema })

/** Errors of this noun that a caller can act on. */
export const serverNounErrors = {
  NOT_FOUND: refused(404, 'noSuchServer'),
  READ_ONLY: refused(409, 'serverFromFile'),
  NAME_TAKEN: refused(409, 'serverNameTaken'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
} as const

const viewServers = view.errors(serverNounErrors)
const operateServers = operate.errors(serverNounErrors)
const administerServers = administer.errors(serverNounErrors)

export const serversContract = {
  list: viewServers.route({ method: 'GET', path: '/servers', tags: ['servers'] }).output(z.array(serverSchema)),
  get: viewServers
    .route({ method: 'GET', path: '/servers/{id}', tags: ['servers'] })
    .input(byId)
    .output(serverSchema),
  add: administerServers
    .route({ method: 'POST', path: '/servers', successStatus: 201, tags: ['servers'] })
    .input(serverInputSchema)
    .output(serverSchema),
  /** Replaces the settings; a secret that is left out stays, but is not taken along to another host. */
  update: administerServers
    .route({ method: 'PATCH', path: '/servers/{id}', tags: ['servers'] })
    .input(byId.extend({ change: serverChangeSchema }))
    .output(serverSchema),
  /** Polls it at once, also one that is down, or halted by refused credentials. A paused one stays paused. */
  tryNow: operateServers
    .route({ method: 'POST', path: '/servers/{id}/try', tags: ['servers'] })
    .input(byId)
    .output(serverSchema),
  remove: administerServers.route({ method: 'DELETE', path: '/servers/{id}', successStatus: 204, tags: ['servers'] }).input(byId),
  /** Tries the API and the other doors without storing anything; `id` lends a stored server's secret to the test. */
  test: administerServers
    .route({ method: 'POST', path: '/servers/test', tags: ['servers'] })
    .input(serverInputSchema.omit({ name: true, tags: true, paused: true }).extend({ id: serverIdSchema.optional() }))
    .output(connectionTestSchema),
  configuration: viewServers
    .route({ method: 'GET', path: '/servers/{id}/configuration', tags: ['servers'] })
    .input(byId)
    .output(serverConfigurationSchema),
}

/** Time between two polls of a server, milliseconds: as asked for, or longer where they would cost it too much. */
export const pollIntervalMs = (server: Pick<Server, 'cost' | 'intervalSeconds'> | undefined): number =>
  (server?.cost?.effectiveIntervalSeconds ?? server?.intervalSeconds ?? defaultIntervalSeconds) * 1000

/** However slowly a server answers: what is older is not shown as how things are. */
const longestStaleMs = 30_000

/**
 * An answer older than this, milliseconds, says nothing about now: three polls were missed. Where a round of polls takes longer
 * than the interval, its answers can't come more often than rounds end, and three rounds count instead.
 */
export const staleAfterMs = (intervalMs: number, roundMs: number | null): number =>
  Math.max(6_000, 3 * intervalMs, Math.min(longestStaleMs, 3 * (roundMs ?? 0)))

/** The same of a server as it is shown. */
export const serverStaleAfterMs = (server: Pick<Server, 'cost' | 'intervalSeconds' | 'roundMs'>): number => staleAfterMs(pollIntervalMs(server), server.roundMs)

/** Its rounds take so long that what is shown of it may be older than usual. */
export const answersSlowly = (server: Pick<Server, 'cost' | 'intervalSeconds' | 'roundMs'>): boolean =>
  serverStaleAfterMs(server) > staleAfterMs(pollIntervalMs(server), null)
