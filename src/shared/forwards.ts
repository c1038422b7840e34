import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { epochMs } from './time.ts'

/**
 * - forwarding: reported by the server, with no sign to the contrary.
 * - failing: its last attempt failed. Up to 1.20.1 a destination reports that it forwards while it is only trying to connect, so it
 *   stays failing until more has been sent to it.
 * - waiting: nobody publishes the stream it would forward.
 * - unknown: there is no current data, or it has a state that this version does not know.
 */
const forwardStateSchema = z.enum(['forwarding', 'failing', 'waiting', 'unknown'])
export type ForwardState = z.infer<typeof forwardStateSchema>

const forwardSchema = z.object({
  /** The server's own id, which changes with each of its starts. */
  id: z.string(),
  /** Position in the configuration, starting at 1. */
  position: z.number().nullable(),
  protocol: z.string().nullable(),
  /** Address without anything that may be a secret. */
  address: z.string().nullable(),
  state: forwardStateSchema,
  /** When it was first seen failing; null: it is not failing. */
  failingSince: epochMs.nullable(),
  /** The server's own error message, without secrets. */
  lastError: z.string().nullable(),
  bytesSent: z.number().nullable(),
  bitrateBps: z.number().nullable(),
  /** Arrival of the answer with this data. */
  readAt: epochMs,
})
export type Forward = z.infer<typeof forwardSchema>

/** Forward destinations of a stream or a server. */
export const forwardsOfStreamSchema = z.array(forwardSchema)

/** All forward destinations of a server, failing ones first. */
export const serverForwardsSchema = z.object({
  /** Whether its configuration has any; null: the configuration has not been read yet. */
  configured: z.boolean().nullable(),
  /** Why they can't be read now; null: they can, or no attempt was made. */
  error: serverErrorSchema.nullable(),
  destinations: z.array(forwardSchema.extend({ path: z.string() })),
})
export type ServerForwards = z.infer<typeof serverForwardsSchema>

/** Name of a destination: its address, as far as known. */
export function forwardName({ address, protocol, id }: Pick<Forward, 'address' | 'protocol' | 'id'>): string {
  return address ?? `${protocol ?? ''} ${id.slice(0, 8)}`.trim()
}
