import { z } from 'zod'
import { enteredSecret, enteredText, intervalSecondsSchema } from './entered.ts'
import { hostFailureSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { administer, operate, view } from './permissions.ts'
import { hostNotAskedSchema, refused } from './refusals.ts'
import { sizingSchema } from './sizing.ts'
import { epochMs } from './time.ts'

const hostMark = 'host-'
/** Of an id that comes without its kind, as in the store's files and in older forms of the API: no server's begins so. */
export const isHostId = (id: string): boolean => id.startsWith(hostMark)
/** A host's stored id, `host-` and eight letters. */
export const hostIdSchema = z.string().regex(/^host-[0-9a-z]{4,40}$/)

const sshPortOf = (target: string) => /[^:]:(\d+)$/.exec(target)?.[1] ?? '22'

/** `user@host:port`, as ssh has it; the port may be left out (22), IPv6 stands in brackets. */
export const sshTargetSchema = z
  .string()
  .trim()
  .regex(/^[^\s@:/]+@(?:\[[0-9a-fA-F:.%]+\]|[^\s@:/[\]]+)(?::\d{1,5})?$/, mistaken({ kind: 'notAnSshTarget' }))
  .refine((target) => Number(sshPortOf(target)) >= 1 && Number(sshPortOf(target)) <= 65_535, {
    error: ({ input }) => mistaken({ kind: 'notAPort', port: sshPortOf(String(input)) }),
  })

/** How to sign in. Secrets go one way: in. Left out on an edit, one stays as it is, for the same address. */
export const hostAuthInputSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('password'), password: enteredSecret('password').optional() }),
  /** The text of a private key (OpenSSH or PEM), or the file it is in on the engine's machine. */
  z.object({
    kind: z.literal('key'),
    key: z.string().max(65536).optional(),
    keyFile: z.string().max(1000).optional(),
    passphrase: enteredSecret('passphrase').optional(),
  }),
  /** The agent that runs beside the engine (SSH_AUTH_SOCK, or the pipe of Windows). */
  z.object({ kind: z.literal('agent') }),
])
export type HostAuthInput = z.infer<typeof hostAuthInputSchema>

const hostFields = {
  name: enteredText('hostName', 100, z.string().trim()),
  /** null: the machine that the engine runs on. */
  ssh: sshTargetSchema.nullable(),
  auth: hostAuthInputSchema.nullable(),
  /** Hosts to go through, the first one first; each is verified, and signed in to in the same way. */
  jump: z.array(sshTargetSchema).max(4, mistaken({ kind: 'tooManyJumps', most: 4 })),
  /** known_hosts files on the engine's machine that are read beside the keys accepted here. */
  knownHostsFile: z.string().max(1000).nullable(),
  /** The media server that runs there. */
  serverId: z.string().min(1).max(64).nullable(),
  /** Which process is the media server's, where its port does not tell: the name of its file, or a part of its command line. */
  mediaProcess: z.string().trim().min(1).max(200).nullable(),
  /** Seconds between readings of what moves; the rest is read every 30 s. */
  intervalSeconds: intervalSecondsSchema,
  paused: z.boolean(),
}
/** A host as an operator enters it. */
export const hostInputSchema = z.object({
  ...hostFields,
  auth: hostFields.auth.default(null),
  jump: hostFields.jump.default([]),
  knownHostsFile: hostFields.knownHostsFile.default(null),
  serverId: hostFields.serverId.default(null),
  mediaProcess: hostFields.mediaProcess.default(null),
  intervalSeconds: hostFields.intervalSeconds.default(1),
  paused: hostFields.paused.default(false),
})
export type HostInput = z.infer<typeof hostInputSchema>
/** Only what is to be changed; all else stays as it is. */
export const hostChangeSchema = z.object(hostFields).partial()
export type HostChange = z.infer<typeof hostChangeSchema>

/** Why a host cannot be read. */
export const hostErrorSchema = hostFailureSchema.extend({
  /** What is wrong and what to do: over REST alone, in the language that was asked for. Else `hostErrorText` makes it. */
  words: z.string().optional(),
})

/** connecting: not read yet. waiting: a key must be accepted or a credential given before it is tried again. */
export const hostStateSchema = z.enum(['connecting', 'up', 'down', 'waiting', 'paused'])
export type HostState = z.infer<typeof hostStateSchema>

const percent = z.number().nullable()
const rate = z.number().nullable()

const mediaFigures = {
  pid: z.number(),
  /** Of one core: 200 is two cores. */
  cpuPercent: percent,
  memoryBytes: z.number().nullable(),
  threads: z.number().nullable(),
  openFiles: z.number().nullable(),
  openFilesLimit: z.number().nullable(),
  startedAt: epochMs.nullable(),
}

/**
 * Why it can't be said which process is the media server's. several: more than one may be. notOfServer: none of them listens at its
 * ports. notChosen: none of them is the one that was named. pending: a process is new, and not looked at yet.
 */
export const mediaUnknownSchema = z.enum(['several', 'notOfServer', 'notChosen', 'pending'])
export type MediaUnknown = z.infer<typeof mediaUnknownSchema>

/** What a machine tells of itself. null: it cannot tell; never 0 for that. Percentages 0 to 100, rates a second. */
export const hostReadingSchema = z.object({
  at: epochMs,
  hostname: z.string().nullable(),
  /** `Debian GNU/Linux 12 (bookworm)`, `FreeBSD 14.1` … */
  system: z.string().nullable(),
  kernel: z.string().nullable(),
  cores: z.number().nullable(),
  /** Worked; waiting for disks and what was stolen are apart. In a container with a quota: of that. */
  cpuPercent: percent,
  /** By number of core; null for one that is not there. */
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
      /** At the pace of its history; null: it does not fill, or nothing can be said yet. */
      fullAt: epochMs.nullable(),
    }),
  ),
  networks: z.array(
    z.object({
      name: z.string(),
      receivedBps: rate,
      sentBps: rate,
      /** A second. */
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
      /** Of Intel's cards: the share of time in which it was not asleep, the most that its use can be. */
      percent,
      encoderPercent: percent,
      decoderPercent: percent,
      memoryUsedBytes: z.number().nullable(),
      memoryTotalBytes: z.number().nullable(),
      celsius: z.number().nullable(),
    }),
  ),
  uptimeSeconds: z.number().nullable(),
  /** Its clock minus ours, off by half of the way's time at most; to the second, where the host tells seconds only. */
  clockSkewMs: z.number().nullable(),
  /** Segments sent again, a second. */
  tcpRetransmits: rate,
  /** Datagrams dropped because a receive buffer was full, a second: they explain lost RTP. */
  udpBufferErrors: rate,
  /** All processes that are media servers by their name, unit or container. */
  mediaProcesses: z.array(
    z.object({
      ...mediaFigures,
      by: z.enum(['name', 'unit', 'container']),
      /** Of its file, up to 15 letters; null: not known. */
      name: z.string().nullable(),
      /** Its command line, cut at 300 letters; null: not known. */
      arguments: z.string().nullable(),
      /** TCP ports at which it listens; null: can't be told by this user. */
      ports: z.array(z.number()).nullable(),
    }),
  ),
  /** The one of them that belongs to the media server of this host; null: none does, or it can't be told (`mediaServerUnknown`). */
  mediaServer: z
    .object({
      ...mediaFigures,
      /** How it was found; port: it listens where the server's API is; chosen: it is the one that somebody named. */
      by: z.enum(['name', 'unit', 'container', 'port', 'chosen']),
      /** How often it was started again since this console watches. */
      restarts: z.number(),
      goroutines: z.number().nullable(),
    })
    .nullable(),
  /** Why no process is shown although some run; null: one is, or none runs. */
  mediaServerUnknown: mediaUnknownSchema.nullable(),
})
export type HostReading = z.infer<typeof hostReadingSchema>
export type MediaProcess = HostReading['mediaProcesses'][number]

export const hostSchema = z.object({
  id: hostIdSchema,
  name: z.string(),
  /** yaml: comes from the configuration file and is not editable here. */
  origin: z.enum(['stored', 'yaml']),
  ssh: z.string().nullable(),
  /** `keyFile`: where the key is on the engine's machine, null where it was given as text. A path is no secret. */
  auth: z.object({ kind: z.enum(['password', 'key', 'agent', 'none']), hasSecret: z.boolean(), keyFile: z.string().nullable() }),
  jump: z.array(z.string()),
  knownHostsFile: z.string().nullable(),
  serverId: z.string().nullable(),
  /** Not tied by hand, but its address is that of this server, which runs on no other host. */
  proposedServerId: z.string().nullable(),
  /** Chosen by hand; null: the process is found by the server's port. */
  mediaProcess: z.string().nullable(),
  intervalSeconds: z.number(),
  paused: z.boolean(),
  state: hostStateSchema,
  stateSince: epochMs,
  error: hostErrorSchema.nullable(),
  /** Each reading in one channel that stays open, or a command of its own where the host does not allow that. */
  way: z.enum(['channel', 'command', 'local']).nullable(),
  /** Time from asking to the answer, ms. */
  answerMs: z.number().nullable(),
  reading: hostReadingSchema.nullable(),
})
export type Host = z.infer<typeof hostSchema>

export const hostProcessSchema = z.object({
  pid: z.number(),
  name: z.string(),
  user: z.string().nullable(),
  /** Of one core: 200 is two cores. */
  cpuPercent: percent,
  memoryBytes: z.number().nullable(),
})
export type HostProcess = z.infer<typeof hostProcessSchema>

/** A host for scripts: `mtxdeck once --json`. null: it cannot tell, or cannot be read. Rates and counts of errors are a second's. */
export const onceHostSchema = z.object({
  name: z.string(),
  reachable: z.boolean(),
  /** In words. */
  error: z.string().nullable(),
  /** Worked; waiting for disks and what was stolen are apart. In a container with a quota: of that. */
  cpuPercent: percent,
  /** By number of core; null for one that is not there. */
  perCorePercent: z.array(percent).nullable(),
  load1: z.number().nullable(),
  memoryPercent: percent,
  memoryTotalBytes: z.number().nullable(),
  disks: z.array(z.object({ mount: z.string(), usedPercent: z.number(), freeBytes: z.number() })).nullable(),
  networks: z.array(z.object({ name: z.string(), receivedBps: rate, sentBps: rate, errors: rate, drops: rate })).nullable(),
  temperaturesC: z.array(z.number()).nullable(),
  uptimeSeconds: z.number().nullable(),
  mediaServer: z
    .object({ cpuPercent: percent, memoryBytes: z.number().nullable(), openFiles: z.number().nullable(), goroutines: z.number().nullable() })
    .nullable(),
})
export type OnceHost = z.infer<typeof onceHostSchema>

const byId = z.object({ id: hostIdSchema })
export const hostNounErrors = {
  NOT_FOUND: refused(404, 'noSuchHost'),
  READ_ONLY: refused(409, 'hostFromFile'),
  NAME_TAKEN: refused(409, 'hostNameTaken'),
  KEY_UNAVAILABLE: refused(503, 'secretsUnavailable'),
  OTHER_KEY: refused(409, 'otherKey'),
  UNREADABLE: { status: 502, data: hostNotAskedSchema },
} as const

const viewHosts = view.errors(hostNounErrors)
const operateHosts = operate.errors(hostNounErrors)
const administerHosts = administer.errors(hostNounErrors)

export const hostsContract = {
  /** The machine that the engine runs on, read now. */
  local: view.route({ method: 'GET', path: '/hosts/local', tags: ['hosts'] }).output(hostReadingSchema),
  list: viewHosts.route({ method: 'GET', path: '/hosts', tags: ['hosts'] }).output(z.array(hostSchema)),
  add: administerHosts
    .route({ method: 'POST', path: '/hosts', successStatus: 201, tags: ['hosts'] })
    .input(hostInputSchema)
    .output(hostSchema),
  update: administerHosts
    .route({ method: 'PATCH', path: '/hosts/{id}', tags: ['hosts'] })
    .input(byId.extend({ change: hostChangeSchema }))
    .output(hostSchema),
  remove: administerHosts.route({ method: 'DELETE', path: '/hosts/{id}', successStatus: 204, tags: ['hosts'] }).input(byId),
  /** Accepts the key that was met, after somebody compared its fingerprint. */
  acceptKey: administerHosts
    .route({ method: 'POST', path: '/hosts/{id}/key', tags: ['hosts'] })
    .input(byId.extend({ target: z.string(), fingerprint: z.string() }))
    .output(hostSchema),
  /** Tries a connection and one reading without storing anything; `id` lends a stored host's secret to the same address. */
  test: administerHosts
    .route({ method: 'POST', path: '/hosts/test', tags: ['hosts'] })
    .input(hostInputSchema.omit({ name: true, paused: true, mediaProcess: true }).extend({ id: hostIdSchema.optional() }))
    .output(z.object({ error: hostErrorSchema.nullable(), reading: hostReadingSchema.nullable(), way: z.enum(['channel', 'command', 'local']).nullable() })),
  /** Busiest processes, asked now: at most 20. */
  processes: operateHosts
    .route({ method: 'GET', path: '/hosts/{id}/processes', tags: ['hosts'] })
    .input(byId)
    .output(z.array(hostProcessSchema)),
  sizing: viewHosts
    .route({ method: 'GET', path: '/hosts/{id}/sizing', tags: ['hosts'] })
    .input(byId)
    .output(sizingSchema),
}
