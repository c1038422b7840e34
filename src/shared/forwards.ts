import { z } from 'zod'
import { serverErrorSchema } from './errors.ts'
import { epochMs } from './time.ts'

/**
 * - forwarding: it says so, and nothing speaks against it.
 * - failing: its last attempt failed. Up to 1.20.1 a destination says that it forwards while it only tries to connect, so that one
 *   stays failing until more was sent to it.
 * - waiting: nobody publishes what it would get.
 * - unknown: nothing is known of it now, or it has a state that this version does not know.
 */
const forwardStateSchema = z.enum(['forwarding', 'failing', 'waiting', 'unknown'])
export type ForwardState = z.infer<typeof forwardStateSchema>

/** Where a server sends a stream on to. */
const forwardSchema = z.object({
  /** The server's own, another one after each of its starts. */
  id: z.string(),
  /** Its place in the configuration, from 1 on. */
  position: z.number().nullable(),
  protocol: z.string().nullable(),
  /** Without what may be a secret. */
  address: z.string().nullable(),
  state: forwardStateSchema,
  /** When it was first seen failing. null: it is not. */
  failingSince: epochMs.nullable(),
  /** What its server says of it in its own words, without secrets. */
  lastError: z.string().nullable(),
  bytesSent: z.number().nullable(),
  bitrateBps: z.number().nullable(),
  /** Arrival of the answer that this comes from. */
  readAt: epochMs,
})
export type Forward = z.infer<typeof forwardSchema>

/** Forward destinations of a stream or a server. */
export const forwardsOfStreamSchema = z.array(forwardSchema)

/** All forward destinations of a server, those that fail first. */
export const serverForwardsSchema = z.object({
  /** null: its configuration, which says whether it has any, was not read yet. */
  configured: z.boolean().nullable(),
  /** Why they can't be read now; null: they can, or were not tried. */
  error: serverErrorSchema.nullable(),
  destinations: z.array(forwardSchema.extend({ path: z.string() })),
})
export type ServerForwards = z.infer<typeof serverForwardsSchema>

/** What it is called: its address, as far as known. */
export const forwardName = ({ address, protocol, id }: Pick<Forward, 'address' | 'protocol' | 'id'>): string =>
  address ?? `${protocol ?? ''} ${id.slice(0, 8)}`.trim()
