import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { mistaken } from '../../../shared/mistakes.ts'
import { ok } from '../../../shared/result.ts'
import type { ChannelBase, ChannelKind } from '../channelKind.ts'
import { answered } from '../sent.ts'
import { inTemplate, templateProblem } from '../template.ts'

export interface WebhookChannel extends ChannelBase {
  /** The URL that is posted to; it may hold a secret. */
  readonly webhook: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** In Liquid: makes the body of the message. Without, it is the message as JSON. */
  readonly templateFile?: string | undefined
}

/** Any receiver of JSON, or of what a template makes. With a secret, each message is signed with HMAC-SHA-256. */
export const webhook: ChannelKind<WebhookChannel> = {
  form: ({ channel, httpUrl, headerName, headerValue, fileText }) => {
    const template = fileText.superRefine((text, ctx) => {
      const said = templateProblem(text)
      if (said !== null) ctx.addIssue(mistaken({ kind: 'notATemplate', said }))
    })
    return channel({ webhook: httpUrl, headers: z.record(headerName, headerValue).optional(), templateFile: template.optional() }, 'maySecret')
  },
  origin: ({ webhook }) => new URL(webhook).origin,
  send: async ({ webhook, secret, headers, templateFile }, notification, { http, signal }) => {
    const made = templateFile === undefined ? ok(JSON.stringify(notification)) : inTemplate(templateFile, notification)
    if (!made.ok) return answered({ kind: 'template', said: made.error }, true)
    const body = made.value
    const signature = secret === undefined ? {} : { 'x-mtxdeck-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
    // What a template makes may be something else than JSON, and its headers say so.
    const type = templateFile === undefined ? { 'content-type': 'application/json' } : {}
    return http.post(webhook, { body, headers: { ...headers, ...type, ...signature } }, signal)
  },
}
