import { z } from 'zod'
import { serverCautionSchema } from './cautions.ts'
import { configurationFindingSchema } from './configurationFindings.ts'
import { connectionTestSchema } from './connectionTest.ts'
import { enteredName, enteredOrEmpty, enteredSecret, enteredText, intervalSecondsSchema, originSchema } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { administer, operate, view } from './permissions.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { sumKnown } from './statistics.ts'
import { epochMs } from './time.ts'
import { invalid, type ValidationError } from './validationErrors.ts'

/** A server's stored id. It stays the same when the server is renamed or its address changes. */
export const serverIdSchema = z.string().min(1).max(64)

/**
 * Cuts an API path off an address copied from a browser or a script: `http://host:9997/v3/paths/list?page=0` becomes
 * `http://host:9997`. `leftOut` is the part cut off, or null.
 */
export function withoutApiPath(text: string): { readonly url: string; readonly leftOut: string | null } {
  const match = /^((?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#]+(?:\/[^?#]*?)?)(\/v3(?:\/[^?#]*)?(?:[?#].*)?)$/i.exec(text)
  return match?.[1] === undefined ? { url: text, leftOut: null } : { url: match[1], leftOut: match[2] ?? null }
}

/**
 * An API address as typed by an operator: `http://` or `https://`, no user, no query. A path prefix is allowed (reverse
 * proxy); a path of the API itself is cut off.
 */
export const serverUrlSchema = z
  .string()
  .trim()
  .min(1)
  .transform((text) => withoutApiPath(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`).url)
  .pipe(
    z.string().superRefine((text, ctx) => {
      let url: URL
      try {
        url = new URL(text)
      } catch {
        ctx.addIssue(invalid({ kind: 'notAnAddress', text }))
        return
      }
      if (url.protocol !== 'http:' && url.protocol !== 'https:') ctx.addIssue(invalid({ kind: 'notHttp', scheme: url.protocol }))
      if (url.username || url.password) ctx.addIssue(invalid({ kind: 'userInAddress' }))
      if (url.search || url.hash) ctx.addIssue(invalid({ kind: 'queryInAddress' }))
    }),
  )

/** SHA-256 fingerprint of a certificate: 32 bytes in hex with colons. Also accepted without colons and in lower case. */
export const fingerprintSchema = z
  .string()
  .transform((text) =>
    text
      .replace(/^sha-?256[:= ]/i, '')
      .replaceAll(/[:\s-]/g, '')
      .toUpperCase(),
  )
  .pipe(z.string().regex(/^[0-9A-F]{64}$/, invalid({ kind: 'notSuchAs', example: 'AB:CD:… (SHA-256, 32 bytes)' })))
  .transform((hex) => hex.match(/../g)?.join(':') ?? hex)

/** Characters allowed in a header, trimmed of the line end that a copied token may have. */
export const tokenSchema = enteredText(16384, z.string().trim()).regex(/^[\x20-\x7e\x80-\xff]+$/, invalid({ kind: 'notOneLine' }))

/** How to sign in, as entered by an operator. Secrets are write-only. A secret left out of an edit is kept, as long as the host stays the same. */
const serverAuthInputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({
    kind: z.literal('basic'),
    user: enteredText(256),
    password: enteredSecret().optional(),
  }),
  /** "Bearer user:pass", another header form of the same internal users. */
  z.object({ kind: z.literal('bearer'), token: tokenSchema.optional() }),
  /** A JSON Web Token, where MediaMTX has authMethod: jwt. */
  z.object({ kind: z.literal('jwt'), token: tokenSchema.optional() }),
])
export type ServerAuthInput = z.infer<typeof serverAuthInputSchema>

/** How the console signs in, without the secret. */
const serverAuthShownSchema = z.object({ kind: z.enum(['none', 'basic', 'bearer', 'jwt']), user: z.string().nullable(), hasSecret: z.boolean() })

const address = enteredOrEmpty(300).nullable()
/** Addresses of a server's other ports. Missing ones are read from its configuration, or are the default ports on the API's host. */
export const serverAddressesSchema = z.object({
  hls: address,
  webrtc: address,
  rtsp: address,
  /** Those of the encrypted endpoints beside it, and of RTMP. */
  rtsps: address.optional(),
  rtmp: address.optional(),
  rtmps: address.optional(),
  srt: address,
  playback: address,
  metrics: address,
})
export type ServerAddresses = z.infer<typeof serverAddressesSchema>

/**
 * What new streams of a server are. continuous: those that stay live for 10 minutes are expected from then on. events: none is expected by itself.
 * Omitted: nobody has decided, and they are continuous.
 */
export const newStreamsSchema = z.enum(['continuous', 'events'])
export type NewStreams = z.infer<typeof newStreamsSchema>

export const defaultIntervalSeconds = 2

/** Of the connection itself, or set for each request. */
const reservedHeaders = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['host', 'content-length', 'content-type', 'expect', 'if-match'],
])
const mostHeaders = 16
/** Headers of every request, for a gate before the server (Cloudflare Access, a sign-in proxy). Values are write-only; null keeps the stored one. */
export const serverHeadersSchema = z
  .record(
    z.string().max(100),
    enteredText(4096, z.string().trim())
      .regex(/^[\t\x20-\x7e\x80-\xff]+$/, invalid({ kind: 'notOneLine' }))
      .nullable(),
  )
  .superRefine((headers, ctx) => {
    const refuse = (name: string, validationError: ValidationError) => ctx.addIssue({ code: 'custom', path: [name], message: invalid(validationError) })
    if (Object.keys(headers).length > mostHeaders) ctx.addIssue(invalid({ kind: 'tooManyAtOnce', most: mostHeaders }))
    for (const name of Object.keys(headers)) {
      if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) refuse(name, { kind: 'notSuchAs', example: 'X-Team' })
      else if (reservedHeaders.has(name.toLowerCase())) refuse(name, { kind: 'headerReserved', name })
    }
  })

const longestPem = 65_536
/** A client certificate with those that signed it, PEM. */
export const clientCertificateSchema = enteredText(longestPem).regex(/-----BEGIN CERTIFICATE-----/, invalid({ kind: 'notPem', what: 'certificate' }))
/** Its key, PEM. Write-only. */
export const clientKeySchema = enteredText(longestPem)
  .regex(/-----BEGIN [A-Z ]*PRIVATE KEY-----/, invalid({ kind: 'notPem', what: 'key' }))
  .refine((pem) => !/ENCRYPTED/.test(pem), invalid({ kind: 'keyEncrypted' }))

/** Who signs in at MediaMTX does so with that header. */
export function refuseTwoSignIns(
  server: { readonly auth?: ServerAuthInput | undefined; readonly headers?: object | undefined },
  ctx: z.core.$RefinementCtx,
): void {
  const name = Object.keys(server.headers ?? {}).find((header) => header.toLowerCase() === 'authorization')
  if (name !== undefined && server.auth !== undefined && server.auth.kind !== 'none')
    ctx.addIssue({ code: 'custom', path: ['headers', name], message: invalid({ kind: 'headerReserved', name }) })
}

/** Fields of a server without defaults: those are for new servers only, and must not reset settings on a change. */
const serverFields = {
  name: enteredName(100),
  url: serverUrlSchema,
  auth: serverAuthInputSchema,
  fingerprint: fingerprintSchema.nullable(),
  intervalSeconds: intervalSecondsSchema,
  addresses: serverAddressesSchema.partial().superRefine((addresses, ctx) => {
    for (const [endpoint, address] of Object.entries(addresses))
      if (address?.includes('@')) ctx.addIssue({ code: 'custom', path: [endpoint], message: invalid({ kind: 'userInAddress' }) })
  }),
  tags: z.array(enteredName(50)).max(20),
  paused: z.boolean(),
  newStreams: newStreamsSchema.optional(),
  headers: serverHeadersSchema.optional(),
  /** For servers that want one (mutual TLS). An edit enters it together with its key, or leaves both out; null: none. */
  clientCertificate: clientCertificateSchema.nullable().optional(),
  clientKey: clientKeySchema.optional(),
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
const newServerSchema = serverInputSchema.superRefine(refuseTwoSignIns)
/** `expected`: patterns of streams that the configuration file expects. */
export type ServerInput = z.infer<typeof serverInputSchema> & { readonly expected?: readonly string[] | undefined }

export const serverChangeSchema = z.object(serverFields).partial().superRefine(refuseTwoSignIns)

const protocolSchema = z.enum(['rtsp', 'rtsps', 'rtmp', 'rtmps', 'srt', 'webrtc', 'hls', 'moq'])
export type Protocol = z.infer<typeof protocolSchema>

/** connecting: no answer yet. halted: 401, waiting for other credentials. unknown: because of our own network or sleep, not the server. */
const serverStateSchema = z.enum(['connecting', 'up', 'down', 'halted', 'paused', 'unknown'])
export type ServerState = z.infer<typeof serverStateSchema>

/** What polling costs the server, estimated from the bytes in its answers at 28 ms of its CPU per megabyte (measured on 1.20.1). */
const pollCostSchema = z.object({
  /** Bytes received in the last round of polls. */
  bytesPerRound: z.number(),
  /** Percent of one core of the server, estimated. */
  cpuPercent: z.number(),
  /** Configured interval, seconds. */
  intervalSeconds: z.number(),
  /** Interval in use, seconds: longer if the cost would exceed 1 % of a core. */
  effectiveIntervalSeconds: z.number(),
  /** The server that its own asks about the credentials of each of our requests (`authMethod: http`); null: none. */
  authServer: z.object({ address: z.string(), requestsPerMinute: z.number() }).nullable(),
})

const total = z.number().nullable()
/** Streams by state as `countStreams` counts them. null: unknown; everything is, for a server that never answered. */
export const serverTotalsSchema = z.object({
  streams: total,
  live: total,
  slate: total,
  waiting: total,
  stalled: total,
  gone: total,
  unknown: total,
  /** Of the unknown ones those that were on air when the server answered last. */
  unknownOnAir: total,
  ended: total,
  /** Streams that should be on air, and what they are now: the following add up to it. `live` also counts those that nobody expects. */
  expected: total,
  expectedLive: total,
  expectedSlate: total,
  expectedStalled: total,
  expectedGone: total,
  expectedWaiting: total,
  expectedUnknown: total,
  expectedMaintenance: total,
  /** Without this console's own readers. */
  readers: total,
  ownReaders: total,
  bitrateInBps: total,
  bitrateOutBps: total,
})
export type ServerTotals = z.infer<typeof serverTotalsSchema>

const totalNames = serverTotalsSchema.keyof().options
const totalsOf = (value: (name: keyof ServerTotals) => number | null) => Object.fromEntries(totalNames.map((name) => [name, value(name)])) as ServerTotals
/** Totals of a server that never answered. */
export const unknownTotals: ServerTotals = totalsOf(() => null)
/** Totals that are measured. All others are counts, which are 0 when there are no servers. */
const measured: ReadonlySet<keyof ServerTotals> = new Set(['readers', 'bitrateInBps', 'bitrateOutBps'])

/** Sums over servers; null where all of them are unknown. */
export function sumTotals(all: readonly ServerTotals[]): ServerTotals {
  return totalsOf((name) => (all.length === 0 && !measured.has(name) ? 0 : sumKnown(all.map((one) => one[name]))))
}

/** How many servers answer, refuse access, do not answer, and of how many that is not known. Paused ones are in `servers` only. */
export const serverCountsSchema = z.object({
  servers: z.number(),
  serversUp: z.number(),
  serversRefused: z.number(),
  serversDown: z.number(),
  serversUnknown: z.number(),
})
export type ServerCounts = z.infer<typeof serverCountsSchema>
export function countServers(servers: readonly Parameters<typeof shownState>[0][]): ServerCounts {
  const states = servers.map(shownState)
  const count = (...counted: readonly ServerState[]) => states.filter((state) => counted.includes(state)).length
  return {
    servers: servers.length,
    serversUp: count('up'),
    serversRefused: count('halted'),
    serversDown: count('down'),
    serversUnknown: count('connecting', 'unknown'),
  }
}

/** Servers missing from sums: those that don't answer, refuse access or were not read yet. Paused ones don't count as missing. */
export const sumsLackSchema = z.object({
  /** Every server is in the sums. */
  complete: z.boolean(),
  /** Number of servers without current data. Their streams count as unknown and their figures are in no sum. */
  unknownServers: z.number(),
  /** Their names, a hundred at most. */
  unknownServerNames: z.array(z.string()),
})
type SumsLack = z.infer<typeof sumsLackSchema>
const mostNames = 100

export function sumsLack(servers: readonly { readonly name: string; readonly state: ServerState }[]): SumsLack {
  const unknown = servers.filter(({ state }) => state !== 'up' && state !== 'paused')
  return { complete: unknown.length === 0, unknownServers: unknown.length, unknownServerNames: unknown.slice(0, mostNames).map(({ name }) => name) }
}

export const serverSchema = z.object({
  id: serverIdSchema,
  name: z.string(),
  url: z.string(),
  origin: originSchema,
  auth: serverAuthShownSchema,
  fingerprint: z.string().nullable(),
  /** What a gate before it wants: names of headers. Omitted: nothing. */
  gate: z.object({ headers: z.array(z.string()), hasClientCertificate: z.boolean() }).optional(),
  intervalSeconds: z.number(),
  tags: z.array(z.string()),
  paused: z.boolean(),
  newStreams: newStreamsSchema.optional(),
  /** As entered. */
  addressesGiven: serverAddressesSchema.partial(),
  /** In use: as entered, else from the server's configuration, else the defaults. null: switched off on the server. */
  addresses: serverAddressesSchema,
  addressesFrom: z.enum(['entered', 'configuration', 'defaults']),
  /** Its configuration was never read, so addresses that were not entered are a guess: the default ports on the API's host. */
  addressesAssumed: z.boolean(),

  state: serverStateSchema,
  stateSince: epochMs,
  error: serverErrorSchema.nullable(),
  /** Arrival of the last complete answer. */
  lastAnswerAt: epochMs.nullable(),
  answerMs: z.number().nullable(),
  /** How long a round of polls (paths, sessions and anything else due) has been taking, ms; null: unknown. */
  roundMs: z.number().nullable(),
  /**
   * Start of the current outage: the last complete answer before it, or the first failed poll if there never was an answer.
   * Unchanged while the state goes through down, halted and unknown, until the server answers again. null: no outage, or paused.
   */
  outageSince: epochMs.nullable(),
  /** It missed three polls although this console had network access, and is not considered down yet. Its state is unknown, which is a trouble. */
  isSilent: z.boolean(),
  /** Time of the next attempt, while down. */
  nextTryAt: epochMs.nullable(),
  version: z.string().nullable(),
  /** By our clock: corrected for the server's clock, which may be off. */
  startedAt: epochMs.nullable(),
  /** Server's clock minus ours, ms; resolution 1 s. */
  clockSkewMs: z.number().nullable(),
  /** The server answers everyone: up to 1.5, where the API has no users, or if it accepts requests without credentials from any address. */
  openToAll: z.boolean().nullable(),
  /** The certificate of its API; other ports may use others. `validTo` null: unreadable. null or omitted: it has none, or none is known. */
  certificate: z.object({ fingerprint: z.string(), validTo: epochMs.nullable() }).nullable().optional(),
  notEnabled: z.array(protocolSchema),
  cost: pollCostSchema.nullable(),
  totals: serverTotalsSchema,
  cautions: z.array(serverCautionSchema),
  warnings: said('cautions', z.array(z.string()).optional()),
})
export type Server = z.infer<typeof serverSchema>

/** A configuration finding with what is derived from its kind. */
const shownFindingSchema = z.object({
  finding: configurationFindingSchema,
  /** Lines for mediamtx.yml that fix it; empty: an upgrade fixes it. */
  lines: z.array(z.string()),
  what: said('configurationFinding', z.string().optional()),
  todo: said('configurationFindingTodo', z.string().optional()),
})
export type ShownFinding = z.infer<typeof shownFindingSchema>

/** A server's own configuration as last read. Secrets are removed when it is parsed. */
export const serverConfigurationSchema = z.object({
  readAt: epochMs.nullable(),
  error: serverErrorSchema.nullable(),
  global: z.record(z.string(), z.unknown()),
  pathDefaults: z.record(z.string(), z.unknown()),
  paths: z.array(z.record(z.string(), z.unknown())),
})
export type ServerConfiguration = z.infer<typeof serverConfigurationSchema>

/** The state that a server is counted and called by: one that answers, but refuses access, is not down. */
export function shownState({ state, error }: { readonly state: ServerState; readonly error: { readonly kind: unknown } | null }): ServerState {
  return state === 'down' && (error?.kind === 'unauthorized' || error?.kind === 'forbidden') ? 'halted' : state
}

const byId = z.object({ id: serverIdSchema })

/** Errors of the servers API that a caller can act on. */
const serverNounErrors = {
  NOT_FOUND: refused(404, 'noSuch'),
  READ_ONLY: refused(409, 'fromFile'),
  NAME_TAKEN: refused(409, 'taken'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
} as const

const viewServers = view.errors(serverNounErrors)
const operateServers = operate.errors(serverNounErrors)
const administerServers = administer.errors(serverNounErrors)

const tags = ['servers']
export const serversContract = {
  list: viewServers.route({ method: 'GET', path: '/servers', tags }).output(z.array(serverSchema)),
  get: viewServers.route({ method: 'GET', path: '/servers/{id}', tags }).input(byId).output(serverSchema),
  add: administerServers.route({ method: 'POST', path: '/servers', successStatus: 201, tags }).input(newServerSchema).output(serverSchema),
  /** Changes the settings. A secret that is left out is kept, unless the host changes. */
  update: administerServers
    .route({ method: 'PATCH', path: '/servers/{id}', tags })
    .input(byId.extend({ change: serverChangeSchema }))
    .output(serverSchema),
  /** Polls the server at once, even if it is down or halted by refused credentials. A paused server stays paused. */
  tryNow: operateServers.route({ method: 'POST', path: '/servers/{id}/try', tags }).input(byId).output(serverSchema),
  remove: administerServers.route({ method: 'DELETE', path: '/servers/{id}', successStatus: 204, tags }).input(byId),
  /** Tests the API and the other ports without storing anything. `id`: a stored server whose secret is used for the test. */
  test: administerServers
    .route({ method: 'POST', path: '/servers/test', tags })
    .input(serverInputSchema.omit({ name: true, tags: true, paused: true }).extend({ id: serverIdSchema.optional() }).superRefine(refuseTwoSignIns))
    .output(connectionTestSchema),
  /** Known mistakes in its configuration and defects of its version, worst first. Empty until the configuration is read. */
  configurationFindings: viewServers
    .route({ method: 'GET', path: '/servers/{id}/configuration/findings', tags, summary: 'Known mistakes in the configuration of a server' })
    .input(byId)
    .output(z.array(shownFindingSchema)),
  configuration: viewServers.route({ method: 'GET', path: '/servers/{id}/configuration', tags }).input(byId).output(serverConfigurationSchema),
}

/** Time between two polls of a server, ms: as configured, or longer if polling would cost the server too much. */
export function pollIntervalMs(server: Pick<Server, 'cost' | 'intervalSeconds'> | undefined): number {
  return (server?.cost?.effectiveIntervalSeconds ?? server?.intervalSeconds ?? defaultIntervalSeconds) * 1000
}

/** However slowly a server answers, older data is not shown as current. */
const longestStaleMs = 30_000

/**
 * Age in ms from which an answer no longer counts as current: three polls were missed. If a round of polls takes longer than
 * the interval, answers can't come more often than rounds end, and three rounds count instead.
 */
export function staleAfterMs(intervalMs: number, roundMs: number | null): number {
  return Math.max(6_000, 3 * intervalMs, Math.min(longestStaleMs, 3 * (roundMs ?? 0)))
}

/** `staleAfterMs` of a server. */
export function serverStaleAfterMs(server: Pick<Server, 'cost' | 'intervalSeconds' | 'roundMs'>): number {
  return staleAfterMs(pollIntervalMs(server), server.roundMs)
}

/** Whether its rounds take so long that data shown for it may be older than usual. */
export function answersSlowly(server: Pick<Server, 'cost' | 'intervalSeconds' | 'roundMs'>): boolean {
  return serverStaleAfterMs(server) > staleAfterMs(pollIntervalMs(server), null)
}
