import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { ChannelBase, ChannelKind } from '../channelKind.ts'

export interface WebhookChannel extends ChannelBase {
  /** The URL that is posted to; it may hold a secret. */
  readonly webhook: string
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** Any receiver of JSON. With a secret, each message is signed with HMAC-SHA-256. */
export const webhook: ChannelKind<WebhookChannel> = {
  form: ({ channel, httpUrl, headerName, line }) =>
    channel({ webhook: httpUrl('webhook'), headers: z.record(headerName, line('secret')).optional() }, 'maySecret'),
  origin: ({ webhook }) => new URL(webhook).origin,
  send: ({ webhook, secret, headers }, told, { http, signal }) => {
    const body = JSON.stringify(told)
    const signature = secret === undefined ? {} : { 'x-mtxdeck-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` }
    return http.post(webhook, { body, headers: { ...headers, 'content-type': 'application/json', ...signature } }, signal)
  },
}
