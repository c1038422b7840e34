import { createHmac } from 'node:crypto'
import type { Liquid } from 'liquidjs'
import { z } from 'zod'
import { err, ok, type Result } from '../../../shared/result.ts'
import { invalid } from '../../../shared/validationErrors.ts'
import { loadWhenUsed } from '../../loadWhenUsed.ts'
import { type ChannelKeys, type ChannelKind, type ChannelOf, httpUrl, line } from '../channelKind.ts'
import { answered, saidOf } from '../httpClient.ts'
import type { Notification } from '../notification.ts'

/** Headers for routing and framing, which must not be custom: with another `Host`, a secret URL would be sent elsewhere. */
const ownHeaders = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'expect', 'te', 'trailer', 'keep-alive'])
const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, invalid({ kind: 'notOneLine' }))
  .refine((name) => !ownHeaders.has(name.toLowerCase()), invalid({ kind: 'notSuchAs', example: 'X-Team' }))
const headerValue = line().regex(/^[\t\x20-\x7e\x80-\xff]*$/, invalid({ kind: 'notOneLine' }))

const liquidjs = loadWhenUsed<typeof import('liquidjs')>('liquidjs')
let liquid: Liquid | null = null
/** Templates read no files, see nothing but the message, and end soon. */
const templates = (): Liquid =>
  (liquid ??= new (liquidjs().Liquid)({
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: 100_000,
    renderLimit: 200,
    memoryLimit: 1_000_000,
  }))
function attempt<T>(make: () => T): Result<T, string> {
  try {
    return ok(make())
  } catch (error) {
    return err(saidOf(error instanceof Error ? error.message : String(error)))
  }
}

const keys = ((fileText) => ({
  /** The URL that is posted to; it may hold a secret. */
  webhook: httpUrl,
  headers: z.record(headerName, headerValue).optional(),
  /** A Liquid template for the body of the message. Without, it is the message as JSON. */
  templateFile: fileText
    .superRefine((text, ctx) => {
      const parsed = attempt(() => templates().parse(text))
      if (!parsed.ok) ctx.addIssue(invalid({ kind: 'notATemplate', said: parsed.error }))
    })
    .optional(),
})) satisfies ChannelKeys
export type WebhookChannel = ChannelOf<typeof keys>

function bodyOf(template: string | undefined, notification: Notification): Result<string, string> {
  return template === undefined ? ok(JSON.stringify(notification)) : attempt(() => String(templates().parseAndRenderSync(template, { ...notification })))
}

/** Any receiver of JSON, or of what a template makes. With a secret, each message is signed with HMAC-SHA-256. */
export const webhook: ChannelKind<WebhookChannel> = {
  keys,
  secret: 'optional',
  send: async ({ webhook, secret, headers, templateFile }, notification, { http, signal }) => {
    const made = bodyOf(templateFile, notification)
    if (!made.ok) return answered({ kind: 'template', said: made.error }, true)
    const body = made.value
    const signature = secret === undefined ? {} : { 'x-mtxdeck-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
    // What a template makes may be something else than JSON, and its headers say so.
    const type = templateFile === undefined ? { 'content-type': 'application/json' } : {}
    return http.post(webhook, { body, headers: { ...headers, ...type, ...signature } }, signal)
  },
}
