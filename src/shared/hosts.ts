import { z } from 'zod'
import { enteredName, enteredOrEmpty, enteredSecret, enteredText, intervalSecondsSchema, originSchema } from './entered.ts'
import { hostFailureSchema } from './errors.ts'
import { administer, operate, view } from './permissions.ts'
import { hostNotAskedSchema, refused } from './refusals.ts'
import { said } from './said.ts'
import { sizingSchema } from './sizing.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

/** A disk forecast to be full sooner than this is a trouble, ms. */
export const fullSoonMs = 48 * 3_600_000

/** A host's stored id: `host-` and eight letters. */
export const hostIdSchema = z.string().regex(/^host-[0-9a-z]{4,40}$/)

const sshPortOf = (target: string) => /[^:]:(\d+)$/.exec(target)?.[1] ?? '22'

/** `user@host:port`, as for ssh. The port defaults to 22; IPv6 addresses need brackets. */
export const sshTargetSchema = z
  .string()
  .trim()
  .regex(/^[^\s@:/]+@(?:\[[0-9a-fA-F:.%]+\]|[^\s@:/[\]]+)(?::\d{1,5})?$/, invalid({ kind: 'notSuchAs', example: 'noc@10.0.0.5, noc@10.0.0.5:22' }))
  .refine((target) => Number(sshPortOf(target)) >= 1 && Number(sshPortOf(target)) <= 65_535, {
    error: invalid({ kind: 'notWithin', least: 1, most: 65_535 }),
  })

/** How to sign in. Secrets are write-only. A secret omitted in an edit is kept if the address stays the same. */
const hostAuthInputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('password'), password: enteredSecret().optional() }),
  /** The text of a private key (OpenSSH or PEM), or its file on the engine's machine. */
  z.object({
    kind: z.literal('key'),
    key: enteredOrEmpty(65_536).optional(),
    keyFile: enteredOrEmpty(1000).optional(),
    passphrase: enteredSecret().optional(),
  }),
  /** The SSH agent on the engine's machine (SSH_AUTH_SOCK, or the named pipe on Windows). */
  z.object({ kind: z.literal('agent') }),
])
export type HostAuthInput = z.infer<typeof hostAuthInputSchema>

const hostFields = {
  name: enteredName(100),
  /** null: the machine that the engine runs on. */
  ssh: sshTargetSchema.nullable(),
  auth: hostAuthInputSchema.nullable(),
  /** Jump hosts in order. Each is verified and signed in to in the same way. */
  jump: z.array(sshTargetSchema).max(4),
  /** A known_hosts file on the engine's machine, used in addition to the keys accepted here. */
  knownHostsFile: enteredOrEmpty(1000).nullable(),
  /** A media server that runs there, if it isn't found by address. */
  serverId: enteredText(64).nullable(),
  /** Seconds between readings of fast-changing figures; the rest is read every 30 s. */
  intervalSeconds: intervalSecondsSchema,
  paused: z.boolean(),
}
export const hostInputSchema = z.object({
  ...hostFields,
  auth: hostFields.auth.default(null),
  jump: hostFields.jump.default([]),
  knownHostsFile: hostFields.knownHostsFile.default(null),
  serverId: hostFields.serverId.default(null),
  intervalSeconds: hostFields.intervalSeconds.default(1),
  paused: hostFields.paused.default(false),
})
export type HostInput = z.infer<typeof hostInputSchema>
const hostChangeSchema = z.object(hostFields).partial()
export type HostChange = z.infer<typeof hostChangeSchema>

const hostErrorSchema = hostFailureSchema.extend({
  words: said('hostError', z.string().optional()),
})

/** connecting: not read yet. waiting: not retried until a key is accepted or a credential is entered. */
const hostStateSchema = z.enum(['connecting', 'up', 'down', 'waiting', 'paused'])
export type HostState = z.infer<typeof hostStateSchema>

const percent = z.number().nullable()
const rate = z.number().nullable()

const mediaFigures = {
  pid: z.number(),
  /** TCP ports it listens on; null: not visible to this user. */
  ports: z.array(z.number()).nullable(),
  /** Percent of one core: 200 is two cores. */
  cpuPercent: percent,
  memoryBytes: z.number().nullable(),
  threads: z.number().nullable(),
  openFiles: z.number().nullable(),
  openFilesLimit: z.number().nullable(),
  startedAt: epochMs.nullable(),
}

/** Figures that a machine reports about itself. null: not available, never 0 instead. Percentages 0 to 100, rates per second. */
export const hostReadingSchema = z.object({
  at: epochMs,
  hostname: z.string().nullable(),
  /** `Debian GNU/Linux 12 (bookworm)` … */
  system: z.string().nullable(),
  kernel: z.string().nullable(),
  cores: z.number().nullable(),
  /** Busy time, excluding I/O wait and steal time. */
  cpuPercent: percent,
  /** By core number; null for a core that is offline. */
  perCorePercent: z.array(percent),
  stealPercent: percent,
  iowaitPercent: percent,
  load1: z.number().nullable(),
  load5: z.number().nullable(),
  load15: z.number().nullable(),
  memoryTotalBytes: z.number().nullable(),
  memoryUsedBytes: z.number().nullable(),
  memoryPercent: percent,
  swapTotalBytes: z.number().nullable(),
  swapUsedBytes: z.number().nullable(),
  disks: z.array(
    z.object({
      mount: z.string(),
      device: z.string().nullable(),
      sizeBytes: z.number(),
      usedPercent: z.number(),
      freeBytes: z.number(),
      readBps: rate,
      writtenBps: rate,
      /** Forecast from its history; null: it is not filling up, or there is too little history. */
      fullAt: epochMs.nullable(),
    }),
  ),
  networks: z.array(
    z.object({
      name: z.string(),
      receivedBps: rate,
      sentBps: rate,
      /** Per second. */
      errors: rate,
      drops: rate,
      linkBps: z.number().nullable(),
      usedPercent: percent,
    }),
  ),
  temperaturesC: z.array(z.object({ name: z.string(), celsius: z.number() })),
  gpus: z.array(
    z.object({
      name: z.string(),
      percent,
      encoderPercent: percent,
      memoryUsedBytes: z.number().nullable(),
      memoryTotalBytes: z.number().nullable(),
      celsius: z.number().nullable(),
    }),
  ),
  uptimeSeconds: z.number().nullable(),
  /** The host's clock minus ours, accurate to half the round trip, or to a second if the host reports whole seconds. */
  clockSkewMs: z.number().nullable(),
  /** Retransmitted segments per second. */
  tcpRetransmits: rate,
  /** Datagrams per second dropped because a receive buffer was full: they explain lost RTP. */
  udpBufferErrors: rate,
  /** All processes of media servers, by their names. */
  mediaProcesses: z.array(z.object(mediaFigures)),
  /** The process of this host's media server; null: there is none, or several and it can't be told which. `restarts`: seen since this console began watching. */
  mediaServer: z.object({ ...mediaFigures, restarts: z.number() }).nullable(),
})
export type HostReading = z.infer<typeof hostReadingSchema>
export type MediaProcess = HostReading['mediaProcesses'][number]

/** Names of a host's parts, as used in subjects. */
export function diskPath({ mount }: { readonly mount: string }): string {
  return `disk:${mount}`
}
export function networkPath({ name }: { readonly name: string }): string {
  return `net:${name}`
}
export function gpuPath(index: number): string {
  return `gpu:${index}`
}

export const hostSchema = z.object({
  id: hostIdSchema,
  name: z.string(),
  origin: originSchema,
  ssh: z.string().nullable(),
  /** `keyFile` is the key's path on the engine's machine, null if the key was given as text. A path is not a secret. */
  auth: z.object({ kind: z.enum(['password', 'key', 'agent', 'none']), hasSecret: z.boolean(), keyFile: z.string().nullable() }),
  jump: z.array(z.string()),
  knownHostsFile: z.string().nullable(),
  /** The server that an operator linked to it. */
  serverId: z.string().nullable(),
  /** All servers that run there: the linked one first, then those found by address. */
  serverIds: z.array(z.string()),
  intervalSeconds: z.number(),
  paused: z.boolean(),
  state: hostStateSchema,
  stateSince: epochMs,
  error: hostErrorSchema.nullable(),
  /** Time from request to answer, ms. */
  answerMs: z.number().nullable(),
  reading: hostReadingSchema.nullable(),
})
export type Host = z.infer<typeof hostSchema>

export const hostProcessSchema = z.object({
  pid: z.number(),
  name: z.string(),
  user: z.string().nullable(),
  /** Percent of one core: 200 is two cores. */
  cpuPercent: percent,
  memoryBytes: z.number().nullable(),
})
export type HostProcess = z.infer<typeof hostProcessSchema>

/** A host in `mtxdeck once --json`. null: not available, or the host cannot be read. Rates and error counts are per second. */
export const onceHostSchema = z.object({
  name: z.string(),
  reachable: z.boolean(),
  error: z.string().nullable(),
  /** Busy time, excluding I/O wait and steal time. */
  cpuPercent: percent,
  /** By core number; null for a core that is offline. */
  perCorePercent: z.array(percent).nullable(),
  load1: z.number().nullable(),
  memoryPercent: percent,
  memoryTotalBytes: z.number().nullable(),
  disks: z.array(z.object({ mount: z.string(), usedPercent: z.number(), freeBytes: z.number() })).nullable(),
  networks: z.array(z.object({ name: z.string(), receivedBps: rate, sentBps: rate, errors: rate, drops: rate })).nullable(),
  temperaturesC: z.array(z.number()).nullable(),
  uptimeSeconds: z.number().nullable(),
  mediaServer: z.object({ cpuPercent: percent, memoryBytes: z.number().nullable(), openFiles: z.number().nullable() }).nullable(),
})
export type OnceHost = z.infer<typeof onceHostSchema>

const byId = z.object({ id: hostIdSchema })
const hostNounErrors = {
  NOT_FOUND: refused(404, 'noSuch'),
  READ_ONLY: refused(409, 'fromFile'),
  NAME_TAKEN: refused(409, 'taken'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
  UNREADABLE: { status: 502, data: hostNotAskedSchema },
} as const

const viewHosts = view.errors(hostNounErrors)
const operateHosts = operate.errors(hostNounErrors)
const administerHosts = administer.errors(hostNounErrors)

const tags = ['hosts']
export const hostsContract = {
  /** Reads the machine that the engine runs on. */
  local: viewHosts.route({ method: 'GET', path: '/hosts/local', tags }).output(hostReadingSchema),
  list: viewHosts.route({ method: 'GET', path: '/hosts', tags }).output(z.array(hostSchema)),
  add: administerHosts.route({ method: 'POST', path: '/hosts', successStatus: 201, tags }).input(hostInputSchema).output(hostSchema),
  update: administerHosts
    .route({ method: 'PATCH', path: '/hosts/{id}', tags })
    .input(byId.extend({ change: hostChangeSchema }))
    .output(hostSchema),
  remove: administerHosts.route({ method: 'DELETE', path: '/hosts/{id}', successStatus: 204, tags }).input(byId),
  /** Accepts the key of a host or of one of its jump hosts, whose fingerprint the operator has compared. `keyType`: left out, that of the key it showed last. */
  acceptKey: administerHosts
    .route({ method: 'POST', path: '/hosts/{id}/key', tags })
    .input(byId.extend({ target: z.string().max(300), keyType: z.string().max(64).optional(), fingerprint: z.string().max(100) }))
    .output(hostSchema),
  /** Tries a connection and one reading without storing anything. `id`: a stored host whose secret is used if the address is the same. */
  test: administerHosts
    .route({ method: 'POST', path: '/hosts/test', tags })
    .input(hostInputSchema.omit({ name: true, paused: true }).extend({ id: hostIdSchema.optional() }))
    .output(z.object({ error: hostErrorSchema.nullable(), reading: hostReadingSchema.nullable() })),
  /** Reads the busiest processes, at most 20. */
  processes: operateHosts.route({ method: 'GET', path: '/hosts/{id}/processes', tags }).input(byId).output(z.array(hostProcessSchema)),
  sizing: viewHosts.route({ method: 'GET', path: '/hosts/{id}/sizing', tags }).input(byId).output(sizingSchema),
}
