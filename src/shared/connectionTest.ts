import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'

/** What of a server the connection test asks: its API, and the ports that the console uses beside it. */
export const testedPortSchema = z.enum(['api', 'playback', 'hls', 'webrtc', 'metrics'])
export type TestedPort = z.infer<typeof testedPortSchema>

/** What a step of the connection test found. `stepText` puts it into words. */
export const stepFoundSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('apiAnswers'),
    /** null: older than 1.15.2, which name none. */
    version: z.string().nullable(),
    paths: z.number(),
    /** It asked for no password, or answers without the one that was given, too. */
    open: z.enum(['noPassword', 'alsoWithout']).nullable(),
    passwordInClear: z.boolean(),
  }),
  /** The port is that of another protocol of MediaMTX; the API answers at `api`. null: it should at `apiPort`, and does not. */
  z.object({ kind: z.literal('otherProtocol'), port: z.string(), protocol: z.string(), api: z.string().nullable(), apiPort: z.string() }),
  /** A port of MediaMTX, but not the API's. */
  z.object({ kind: z.literal('notTheApi'), apiPort: z.string() }),
  z.object({ kind: z.literal('apiElsewhere'), error: serverErrorSchema, api: z.string() }),
  /** Another port of this MediaMTX answers. */
  z.object({ kind: z.literal('apiOff') }),
  /** `apiPort`: the usual one, which does not answer either. */
  z.object({ kind: z.literal('error'), error: serverErrorSchema, apiPort: z.string().nullable() }),
  z.object({ kind: z.enum(['answers', 'switchedOff', 'notAnAddress', 'otherWebServer', 'noAnswer']) }),
  z.object({ kind: z.literal('loopbackOnly'), address: z.string() }),
])
export type StepFound = z.infer<typeof stepFoundSchema>

export const connectionStepSchema = z.object({
  what: testedPortSchema,
  address: z.string(),
  outcome: z.enum(['ok', 'failed', 'off']),
  found: stepFoundSchema,
  /** `found` in words: over REST alone, in the language that was asked for. */
  words: z.string().optional(),
  error: serverErrorSchema.nullable(),
})
export type ConnectionStep = z.infer<typeof connectionStepSchema>

export const ymlRemarks = ['tokenClaim', 'sinceVersion', 'keepUsers', 'password', 'thisConsole', 'livePictures', 'usualPort', 'orHttp'] as const
export type YmlRemark = (typeof ymlRemarks)[number]
/** A line of mediamtx.yml: as it stands, or with words of a language in it. */
export const ymlLineSchema = z.union([z.string(), z.object({ before: z.string(), remark: z.enum(ymlRemarks), after: z.string() })])
export type YmlLine = z.infer<typeof ymlLineSchema>

export const connectionTestSchema = z.object({
  ok: z.boolean(),
  version: z.string().nullable(),
  streams: z.number().nullable(),
  steps: z.array(connectionStepSchema),
  /** The very lines of mediamtx.yml to change; none where nothing is to be changed. */
  lines: z.array(ymlLineSchema),
  /** `lines` as text: over REST alone, with comments in the language that was asked for. */
  mediamtxYml: z.string().optional(),
  /** Fingerprint of a self-signed certificate met on the way, to be compared and pinned. */
  fingerprint: z.string().nullable(),
})
export type ConnectionTest = z.infer<typeof connectionTestSchema>
