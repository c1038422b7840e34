import { TimeLimitError } from '../../clock/clock.ts'
import type { Slices } from '../../clock/slices.ts'
import type { ServerError } from '../../shared/errors.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import type { BodyBuffers } from '../http/bodyBuffers.ts'
import { statusToServerError } from '../http/serverFailure.ts'
import type { ServerPool } from '../http/serverPool.ts'
import type { WholeReply } from '../http/takeReplies.ts'
import { JsonError, type JsonLimits, readJsonInSlices } from './jsonInSlices.ts'
import { ShapeError } from './shapeError.ts'

/** Fields of a JSON object, not yet validated. */
export type Fields = Readonly<Record<string, unknown>>

/** Why this can't be an answer of the API; null: it may be one. */
export function formError(reply: WholeReply): ServerError | null {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(reply.contentType)
    ? null
    : { kind: 'notMediaMtx', contentType: reply.contentType.slice(0, 100), server: reply.server.slice(0, 100) }
}

/** Runs `read`, which throws when the form is not the API's or its time limit has passed, and turns that into an error. */
export async function inForm<T>(body: Buffer, read: () => Promise<T>): Promise<Result<T, ServerError>> {
  try {
    return ok(await read())
  } catch (error) {
    if (error instanceof ShapeError) return err({ kind: 'badReply', detail: error.fault })
    if (error instanceof TimeLimitError) return err({ kind: 'timedOut', limitMs: error.limitMs })
    if (!(error instanceof JsonError)) throw error
    return err(error.at >= body.length ? { kind: 'cutReply', receivedBytes: body.length } : { kind: 'badReply', detail: { kind: 'jsonBroken', at: error.at } })
  }
}

export interface ApiAnswers {
  /** Requests the endpoint; any status but 200 is an error. The caller returns the body's buffer. */
  readonly readReply: (endpoint: string, signal: AbortSignal, headers?: Readonly<Record<string, string>>) => Promise<Result<WholeReply, ServerError>>
  /** Sends a DELETE to the endpoint. `gone`: it answers that there is no such file. */
  readonly remove: (endpoint: string, signal: AbortSignal) => Promise<Result<'done' | 'gone', ServerError>>
  /** Sends what changes something, with or without a body. `gone`: it answers that what the endpoint names does not exist. */
  readonly change: (
    method: 'POST' | 'PATCH' | 'DELETE',
    endpoint: string,
    body: Fields | null,
    signal: AbortSignal,
  ) => Promise<Result<'done' | 'gone', ServerError>>
  /** Requests an endpoint that answers with one object. null: it answers that what the endpoint names does not exist. */
  readonly readNamed: (endpoint: string, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields | null, ServerError>>
  /** Parses the body, and returns its buffer. */
  readonly parseFields: (reply: WholeReply, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields, ServerError>>
  /** Requests an endpoint that answers with one object. */
  readonly readFields: (endpoint: string, limits: JsonLimits, signal: AbortSignal) => Promise<Result<Fields, ServerError>>
}

interface ApiAnswersOptions {
  readonly pool: ServerPool
  readonly buffers: BodyBuffers
  readonly slices: Slices
  /** The part of the URL before `/v3`. */
  readonly prefix: string
  /** Headers of requests that pass none. */
  readonly headers: Readonly<Record<string, string>>
}

/** An unknown route is answered with 404, too, but not by the API in JSON. MediaMTX 1.3 answers 500 for what does not exist. */
const isNotFound = (status: number, beginning: string): boolean => (status === 404 || status === 500) && / not found/.test(beginning)
/** What the server's system says of a file that does not exist, on Unix and on Windows. */
const isNoFile = (status: number, beginning: string): boolean => status === 400 && /no such file or directory|cannot find the (?:file|path)/i.test(beginning)

/** Requests one server's API and parses its answers into fields. */
export function createApiAnswers({ pool, buffers, slices, prefix, headers: usual }: ApiAnswersOptions): ApiAnswers {
  const readReply: ApiAnswers['readReply'] = async (endpoint, signal, headers = usual) => {
    const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, headers)
    if (!reply.ok || reply.value.status === 200) return reply
    const beginning = reply.value.body.toString('utf8', 0, 2000)
    buffers.give(reply.value.body)
    return err(statusToServerError(reply.value, beginning, headers.authorization !== undefined))
  }

  /** Of any status but 200. Returns the body's buffer. */
  const refusalOf = (reply: WholeReply, isGone = isNotFound): Result<'gone', ServerError> => {
    const beginning = reply.body.toString('utf8', 0, 2000)
    buffers.give(reply.body)
    return formError(reply) === null && isGone(reply.status, beginning)
      ? ok('gone')
      : err(statusToServerError(reply, beginning, usual.authorization !== undefined))
  }
  const done = (reply: Result<WholeReply, ServerError>, isGone = isNotFound): Result<'done' | 'gone', ServerError> => {
    if (!reply.ok) return reply
    if (reply.value.status !== 200) return refusalOf(reply.value, isGone)
    buffers.give(reply.value.body)
    return ok('done')
  }

  const parseFields: ApiAnswers['parseFields'] = async (reply, jsonLimits, signal) => {
    const wrong = formError(reply)
    if (wrong) {
      buffers.give(reply.body)
      return err(wrong)
    }
    const parsed = await inForm(reply.body, async () => {
      const value = await readJsonInSlices(reply.body, jsonLimits, slices.begin(), signal)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError({ kind: 'otherForm', field: 'JSON' })
      return value as Fields
    })
    buffers.give(reply.body)
    return parsed
  }

  return {
    readReply,
    remove: async (endpoint, signal) => done(await pool.send('DELETE', `${prefix}/v3/${endpoint}`, signal, { headers: usual }), isNoFile),
    change: async (method, endpoint, body, signal) => {
      const sending = body === null ? { headers: usual } : { headers: { ...usual, 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return done(await pool.send(method, `${prefix}/v3/${endpoint}`, signal, sending))
    },
    readNamed: async (endpoint, limits, signal) => {
      const reply = await pool.read(`${prefix}/v3/${endpoint}`, signal, usual)
      if (!reply.ok) return reply
      if (reply.value.status === 200) return parseFields(reply.value, limits, signal)
      const refused = refusalOf(reply.value)
      return refused.ok ? ok(null) : refused
    },
    parseFields,
    readFields: async (endpoint, limits, signal) => {
      const reply = await readReply(endpoint, signal)
      return reply.ok ? parseFields(reply.value, limits, signal) : reply
    },
  }
}
