import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { said } from './said.ts'

/** Ports that the connection test tries: the API and the others that the console uses. */
const testedPortSchema = z.enum(['api', 'playback', 'hls', 'webrtc', 'metrics'])

/** What a step of the connection test found. `stepText` puts it into words. */
const stepFoundSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('apiAnswers'),
    /** null: a server older than 1.15.2, which does not report its version. */
    version: z.string().nullable(),
    paths: z.number(),
    /** It asked for no password, or also answers without the one that was given. */
    open: z.boolean(),
    passwordInClear: z.boolean(),
  }),
  z.object({ kind: z.literal('apiElsewhere'), error: serverErrorSchema, api: z.string() }),
  /** MediaMTX runs there, but its API answers neither here nor at its usual port. */
  z.object({ kind: z.literal('apiOff') }),
  z.object({ kind: z.literal('error'), error: serverErrorSchema }),
  z.object({ kind: z.literal('notAnAddress') }),
  // As in a diagnosis.
  z.object({ kind: z.enum(['answers', 'switchedOff', 'otherProgram', 'maybeOff']) }),
  z.object({ kind: z.literal('loopbackOnly'), bound: z.string() }),
])
export type StepFound = z.infer<typeof stepFoundSchema>

export const connectionStepSchema = z.object({
  what: testedPortSchema,
  address: z.string(),
  outcome: z.enum(['ok', 'failed', 'off']),
  found: stepFoundSchema,
  words: said('connectionStep', z.string().optional()),
  error: serverErrorSchema.nullable(),
})
export type ConnectionStep = z.infer<typeof connectionStepSchema>

export const ymlRemarks = ['tokenClaim', 'sinceVersion', 'keepUsers', 'password', 'thisConsole', 'livePictures', 'usualPort', 'orHttp'] as const
/** A line of mediamtx.yml: literal text, or text around a translated remark. */
const ymlLineSchema = z.union([z.string(), z.object({ before: z.string(), remark: z.enum(ymlRemarks), after: z.string() })])
export type YmlLine = z.infer<typeof ymlLineSchema>

export const connectionTestSchema = z.object({
  ok: z.boolean(),
  version: z.string().nullable(),
  streams: z.number().nullable(),
  steps: z.array(connectionStepSchema),
  /** The lines to change in mediamtx.yml; empty if nothing needs changing. */
  lines: z.array(ymlLineSchema),
  /** `lines` as text, with comments in the requested language. Sent over REST only. */
  mediamtxYml: said('ymlLines', z.string().optional()),
  /** Fingerprint of a self-signed certificate that the server presented, for the operator to compare and pin. */
  fingerprint: z.string().nullable(),
})
export type ConnectionTest = z.infer<typeof connectionTestSchema>
