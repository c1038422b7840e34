import { z } from 'zod'
import { enteredName } from './entered.ts'
import { serverErrorSchema } from './errors.ts'
import { mistaken } from './mistakes.ts'
import { administer, view } from './permissions.ts'
import { mostProbes } from './probes.ts'
import { refused } from './refusals.ts'
import { said } from './said.ts'
import { fingerprintSchema, serverUrlSchema, tokenSchema } from './servers.ts'
import { sightSchema } from './sights.ts'
import { epochMs } from './time.ts'

// Other mtxdeck consoles that probe the same streams from their locations, to tell local faults ("down here, up there") from those of the stream.

/** Maximum number of other consoles that one console reads. */
export const mostVantages = 8

/** Address of another console: scheme, host and port. */
const originSchema = serverUrlSchema.superRefine((text, ctx) => {
  const path = /^https?:\/\/[^/]*(\/.+)$/i.exec(text)?.[1]
  if (path !== undefined) ctx.addIssue(mistaken({ kind: 'pathInOrigin', path }))
})
const vantageFields = {
  name: enteredName(60),
  url: originSchema,
  /** The other console's sign-in token, or that of its `probesTokenFile`, which grants access to nothing else. */
  token: tokenSchema,
  /** SHA-256 of its certificate, if no authority trusted by this system signed it; null: only the system's trust decides. */
  fingerprint: fingerprintSchema.nullable(),
}
/** Another console as entered. */
export const vantageInputSchema = z.object({ ...vantageFields, fingerprint: vantageFields.fingerprint.default(null) })
export type VantageInput = z.infer<typeof vantageInputSchema>

/** Why another console's probes are unknown. */
export const vantageErrorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('tokenRefused') }),
  /** A web server answers, but it is no mtxdeck that can report what it sees. */
  z.object({ kind: z.literal('notMtxdeck'), status: z.number().int() }),
  /** The response is not a list of probes. */
  z.object({ kind: z.literal('unreadable') }),
  /** The response has the same timestamp as the previous one: something in between caches responses, so what the console sees now is unknown. */
  z.object({ kind: z.literal('sameAnswer') }),
  /** Its token can't be decrypted. */
  z.object({ kind: z.literal('secretUnreadable') }),
  /** The address is that of this console. */
  z.object({ kind: z.literal('itself') }),
  /** Connection errors, as for media servers. */
  z.object({ kind: z.literal('connection'), error: serverErrorSchema }),
])
export type VantageError = z.infer<typeof vantageErrorSchema>

/** Another console as displayed. */
export const vantageSchema = z.object({
  name: z.string(),
  /** yaml: comes from the configuration file and can't be edited here. */
  origin: z.enum(['stored', 'yaml']),
  url: z.string(),
  fingerprint: z.string().nullable(),
  /** connecting: not read yet. */
  state: z.enum(['connecting', 'up', 'down']),
  /** null: the last attempt succeeded. */
  error: vantageErrorSchema.nullable(),
  /** `error` in words, in the requested language. Sent over REST only. */
  words: said('vantageError', z.object({ what: z.string(), todo: z.string() }).nullable().optional()),
  /** When it was last read; null: never since the start. */
  readAt: epochMs.nullable(),
  /** Number of probes with the same name on both consoles, and of all probes on the other one. */
  shared: z.number().int(),
  probes: z.number().int(),
})
export type Vantage = z.infer<typeof vantageSchema>

/** What a console sees; `at` is by its own clock. */
export const sightsSchema = z.object({
  product: z.literal('mtxdeck'),
  installation: z.string().max(64),
  at: epochMs,
  probes: z.array(sightSchema).max(mostProbes),
})
export type Sights = z.infer<typeof sightsSchema>

const errors = {
  NOT_FOUND: refused(404, 'noSuchVantage'),
  READ_ONLY: refused(409, 'vantageFromFile'),
  TOO_MANY: refused(409, 'tooManyVantages'),
  TOKEN_MISSING: refused(422, 'vantageTokenMissing'),
  UNAVAILABLE: refused(503, 'secretsUnavailable'),
} as const
const administerVantages = administer.errors(errors)
const byName = z.object({ name: vantageFields.name })

export const vantagesContract = {
  list: view
    .route({ method: 'GET', path: '/vantages', tags: ['probes'], summary: 'Other consoles that probe the same streams' })
    .output(z.array(vantageSchema)),
  /** Adds or changes a console. An omitted token stays unchanged if the address does. */
  put: administerVantages
    .route({ method: 'PUT', path: '/vantages/{name}', tags: ['probes'], summary: 'Add or change another console' })
    .input(byName.extend({ url: vantageFields.url, token: vantageFields.token.optional(), fingerprint: vantageFields.fingerprint.default(null) }))
    .output(vantageSchema),
  remove: administerVantages.route({ method: 'DELETE', path: '/vantages/{name}', successStatus: 204, tags: ['probes'] }).input(byName),
  /** Called by other consoles. */
  sights: view
    .route({ method: 'GET', path: '/probes/sights', tags: ['probes'], summary: 'What this console sees of its probes, for another console' })
    .output(sightsSchema),
}
