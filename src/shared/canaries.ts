import { z } from 'zod'
import { originSchema } from './entered.ts'
import { mediaErrorSchema, publishProtocols } from './media.ts'
import { administer, view } from './permissions.ts'
import { probeIdSchema } from './probeIds.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { epochMs } from './time.ts'
import { invalid } from './validationErrors.ts'

// A canary: a test signal that this console publishes to a server, and reads back by each protocol, to know how late viewers see a stream and whether
// sound and pictures are together.

export const canaryReadProtocols = ['rtsp', 'rtmp', 'srt', 'hls', 'whep'] as const
export type CanaryReadProtocol = (typeof canaryReadProtocols)[number]

/** What one sends to its server, and each reader gets back, bit/s: 250 kbit/s of pictures and 48 of sound. */
export const canaryBitsPerSecond = 298_000
/** What publishing one takes of a core of this machine, and each reader besides, %, as measured (docs/performance.md). */
export const canaryCorePercent = { publishing: 7.4, reader: 1.5 } as const
export const mostCanaries = 20

/** Its path: so named that nobody takes it for a programme. */
const canaryPath = /^(?:[\w.~-]+\/)*mtxdeck-canary(?:-[\w]{1,32})?$/
/** Whether a path carries a test signal, of whichever console: it is no stream that anybody watches. */
export function isCanaryPath(path: string): boolean {
  return canaryPath.test(path)
}

/** Name of the probe that reads it back; data, the same in each language. */
export function canaryReaderName(server: string, protocol: CanaryReadProtocol): string {
  return `mtxdeck-canary ${protocol.toUpperCase()} ${server}`.slice(0, 100)
}
/** The server that such a name has in it. */
export function canaryServerOf(name: string, protocol: CanaryReadProtocol): string {
  return name.slice(canaryReaderName('', protocol).length)
}
/** The probes that read canaries back by these protocols, as a pattern for each. */
export function canaryReaderPatterns(protocols: readonly CanaryReadProtocol[]): string[] {
  return protocols.map((protocol) => `mtxdeck-canary ${protocol.toUpperCase()} *`)
}

const canaryFields = {
  publishBy: z.enum(publishProtocols),
  readBy: z
    .array(z.enum(canaryReadProtocols))
    .min(1)
    .max(canaryReadProtocols.length)
    .refine((all) => new Set(all).size === all.length),
  /** Ends in `mtxdeck-canary`, or in that with a hyphen and letters; null: with the mark of this console. */
  path: z
    .string()
    .max(200)
    .regex(canaryPath, invalid({ kind: 'notACanaryPath' }))
    .nullable(),
}
export const canarySettingsSchema = z.object({
  publishBy: canaryFields.publishBy.default('rtsp'),
  readBy: canaryFields.readBy.default([...canaryReadProtocols]),
  path: canaryFields.path.default(null),
})
export type CanarySettings = z.infer<typeof canarySettingsSchema>
/** In the configuration file, with the name of its server. */
export type YamlCanary = CanarySettings & { readonly server: string }

/** Why it is not published, or not read by a protocol. */
export const canaryErrorSchema = z.discriminatedUnion('kind', [
  /** The protocol is switched off on the server, or its address is unknown, invalid or may be another server's (`sameDoor` of the server's cautions). */
  z.object({ kind: z.literal('noAddress') }),
  /** Its credentials are too long for the protocol, or can't be sent by it. */
  z.object({ kind: z.literal('credentialsUnfit') }),
  /** The server does not let our user publish. */
  z.object({ kind: z.literal('refused') }),
  /** It wants credentials, which may not be sent to this address. */
  z.object({ kind: z.literal('withheld') }),
  z.object({ kind: z.literal('notPublished'), error: mediaErrorSchema }),
])
export type CanaryError = z.infer<typeof canaryErrorSchema>

const saidError = z.object({ what: z.string(), todo: z.string() }).nullable().optional()
const canarySchema = z.object({
  serverId: z.string(),
  server: z.string(),
  origin: originSchema,
  publishBy: canaryFields.publishBy,
  readBy: canaryFields.readBy,
  path: z.string(),
  /** paused: its server is not watched for now. */
  state: z.enum(['connecting', 'publishing', 'failed', 'paused']),
  stateSince: epochMs,
  /** Why it could not be published at last; null: it could, or it was not tried yet. */
  error: canaryErrorSchema.nullable(),
  words: said('canaryError', saidError),
  /** Pictures sent since it was published, and those left out because this machine or the network was too slow. */
  pictures: z.number().int(),
  skipped: z.number().int(),
  /** What reads it back: a probe, or why there is none. */
  readers: z.array(
    z.object({
      protocol: z.enum(canaryReadProtocols),
      probeId: probeIdSchema.nullable(),
      error: canaryErrorSchema.nullable(),
      words: said('canaryReaderError', saidError),
    }),
  ),
})
export type Canary = z.infer<typeof canarySchema>

const errors = {
  NOT_FOUND: refused(404, 'noSuch'),
  NO_CANARY: refused(404, 'noSuch'),
  READ_ONLY: refused(409, 'fromFile'),
  TOO_MANY: refused(409, 'tooMany'),
} as const
const administerCanaries = administer.errors(errors)
const byServer = z.object({ serverId: z.string() })

const tags = ['probes']
export const canariesContract = {
  list: view
    .route({ method: 'GET', path: '/canaries', tags, summary: 'Test signals that this console publishes and reads back' })
    .output(z.array(canarySchema)),
  /** Publishes a test signal to a server from now on, or changes how. */
  put: administerCanaries
    .route({ method: 'PUT', path: '/canaries/{serverId}', tags, summary: 'Publish a test signal to a server and read it back' })
    .input(byServer.extend(canarySettingsSchema.shape))
    .output(canarySchema),
  remove: administerCanaries.route({ method: 'DELETE', path: '/canaries/{serverId}', successStatus: 204, tags }).input(byServer),
}
