import { z } from 'zod'
import { enteredName, originSchema } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mediaErrorSchema } from './media.ts'
import { administer, view } from './permissions.ts'
import { grades } from './probeGrades.ts'
import { mostProbes } from './probeIds.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { fingerprintSchema, serverUrlSchema, tokenSchema } from './servers.ts'
import { epochMs } from './time.ts'

// Remote probes: other mtxdeck consoles that probe the same streams from their locations, to tell local faults ("down here, up there") from those of the
// stream. The configuration file, REST and what is stored call them `vantages`.

export const mostRemoteProbes = 8

export const remoteProbeInputSchema = z.object({
  name: enteredName(60),
  /** Address of the other console, with the path below which a proxy serves it. */
  url: serverUrlSchema,
  /** The other console's sign-in token, or that of its `probesTokenFile`, which grants access to nothing else. */
  token: tokenSchema,
  /** SHA-256 of its certificate, if no authority trusted by this system signed it; null: only the system's trust decides. */
  fingerprint: fingerprintSchema.nullable().default(null),
})
export type RemoteProbeInput = z.infer<typeof remoteProbeInputSchema>

/** Why a remote probe's readings are unknown. */
const remoteProbeErrorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tokenRefused') }),
  /** The response is not a current list of probes: of another program, another version, or the same as before, as from a cache in between. */
  z.object({ kind: z.literal('unreadable'), status: z.number().int() }),
  /** The address is that of this console. */
  z.object({ kind: z.literal('itself') }),
  /** Connection errors, as for media servers. */
  z.object({ kind: z.literal('connection'), error: serverErrorSchema }),
])
export type RemoteProbeError = z.infer<typeof remoteProbeErrorSchema>

const remoteProbeSchema = z.object({
  name: z.string(),
  origin: originSchema,
  url: z.string(),
  fingerprint: z.string().nullable(),
  /** connecting: not read yet. */
  state: z.enum(['connecting', 'up', 'down']),
  /** null: the last attempt succeeded. */
  error: remoteProbeErrorSchema.nullable(),
  words: said('remoteProbeError', z.object({ what: z.string(), todo: z.string() }).nullable().optional()),
  /** When it was last read; null: never since the start. */
  readAt: epochMs.nullable(),
  /** Number of probes with the same name on both consoles, and of all probes on the other one. */
  shared: z.number().int(),
  probes: z.number().int(),
})
export type RemoteProbe = z.infer<typeof remoteProbeSchema>

/** unknown: not read there yet, paused, being tried again, or too long ago to count. */
const remoteStates = ['up', 'down', 'unknown'] as const
export type RemoteState = (typeof remoteStates)[number]

/** Longest failure that is taken over, letters. */
const longestWhy = 1_000
/** What a console knows of one of its probes. Times by its own clock, epoch ms. */
export const remoteReadingSchema = z.object({
  name: z.string().max(100),
  /** Without its secrets. */
  url: z.string().max(4_096),
  state: z.enum(remoteStates),
  since: epochMs,
  readAt: epochMs.nullable(),
  /** null also where it is of a kind that only a newer version knows. */
  why: mediaErrorSchema
    .refine((why) => JSON.stringify(why).length <= longestWhy)
    .nullable()
    .catch(null),
  bitrateBps: z.number().min(0).max(1e13).nullable(),
  answerMs: z.number().min(0).max(1e9).nullable(),
  grade: z.enum(grades).nullable().catch(null),
})
export type RemoteReading = z.infer<typeof remoteReadingSchema>

/** What a console knows of its probes; `at` is by its own clock. */
export const remoteReadingsSchema = z.object({
  product: z.literal('mtxdeck'),
  installation: z.string().max(64),
  at: epochMs,
  probes: z.array(remoteReadingSchema).max(mostProbes),
})
export type RemoteReadings = z.infer<typeof remoteReadingsSchema>

/** What a remote probe knows of a probe of ours. Times by our clock. `vantage`: name of the remote probe. */
export const elsewhereSchema = remoteReadingSchema.extend({ vantage: z.string() })
export type Elsewhere = z.infer<typeof elsewhereSchema>

/**
 * What follows where it can't be read somewhere, and the names of the remote probes that this is about.
 * - `way`: down here, read elsewhere: the fault is between here and the stream
 * - `stream`: down here and everywhere else
 * - `there`: read here, down elsewhere: who is near the remote probe may not get it
 */
export function elsewhereVerdict(here: RemoteState, elsewhere: readonly Pick<Elsewhere, 'vantage' | 'state'>[]) {
  const namesOf = (state: RemoteState) => elsewhere.filter((one) => one.state === state).map(({ vantage }) => vantage)
  const [up, down] = [namesOf('up'), namesOf('down')]
  if (here === 'down' && up.length > 0) return { verdict: 'way', at: up } as const
  if (here === 'unknown' || down.length === 0) return null
  return { verdict: here === 'down' ? 'stream' : 'there', at: down } as const
}

const errors = {
  NOT_FOUND: refused(404, 'noSuch'),
  READ_ONLY: refused(409, 'fromFile'),
  TOO_MANY: refused(409, 'tooMany'),
  TOKEN_MISSING: refused(422, 'remoteProbeTokenMissing'),
  UNAVAILABLE: refused(503, 'secretsUnavailable'),
} as const
const administerRemoteProbes = administer.errors(errors)
const tags = ['probes']

export const remoteProbesContract = {
  list: view
    .route({ method: 'GET', path: '/vantages', tags, summary: 'Remote probes: other consoles that probe the same streams' })
    .output(z.array(remoteProbeSchema)),
  /** Adds or changes a remote probe. An omitted token stays if the address does. */
  put: administerRemoteProbes
    .route({ method: 'PUT', path: '/vantages/{name}', tags, summary: 'Add or change a remote probe' })
    .input(remoteProbeInputSchema.partial({ token: true }))
    .output(remoteProbeSchema),
  remove: administerRemoteProbes
    .route({ method: 'DELETE', path: '/vantages/{name}', successStatus: 204, tags })
    .input(remoteProbeInputSchema.pick({ name: true })),
  /** Called by other consoles. */
  readings: view
    .route({ method: 'GET', path: '/probes/sights', tags, summary: 'What this console knows of its probes, for another console' })
    .output(remoteReadingsSchema),
}
