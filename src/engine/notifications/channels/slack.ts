import { cut } from '../../../shared/visibleText.ts'
import { suchAs } from '../../../shared/written.ts'
import { type ChannelKind, type ChannelOf, httpUrl, type SendContext, startOf, urlProblem } from '../channelKind.ts'
import { answered, answerIn, explained, type NotSent, type Posted, type Sent, saidOf, under } from '../httpClient.ts'
import type { Notification } from '../notification.ts'

const isHook = (slack: string) => /^https?:/.test(slack)
const keys = () => ({
  /** A channel (`C0123456789` or `#noc`), with the token of a bot as its secret; or the URL of an incoming webhook, which may be the secret. */
  slack: suchAs('C0123456789', (text) => /^([CGD][A-Z0-9]{5,20}|#[^\s#,]{1,80})$/u.test(text) || (URL.canParse(text) && isHook(text))),
  /** Instead of Slack itself. */
  url: httpUrl.optional(),
})
type SlackChannel = ChannelOf<typeof keys>

const hookUrl = ({ slack, secret }: SlackChannel) => (secret === undefined ? slack : new URL(secret, slack).href)
const baseOf = ({ url }: SlackChannel) => url ?? 'https://slack.com'

// https://docs.slack.dev/reference/block-kit/blocks/header-block and section-block; a message of more than about 13,000 is refused.
const longestHeader = 150
const longestSection = 3_000
// https://docs.slack.dev/reference/methods/chat.postMessage recommends it.
const longestFallback = 4_000

/** https://docs.slack.dev/messaging/formatting-message-text: these three are all that has a meaning in a link or a notification. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Names stand in plain texts, in which Slack reads no markup and no mention. */
function messageOf({ headline, lines, links }: SendContext['text']) {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
  return {
    // For notifications.
    text: cut(escaped(headline), longestFallback),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(cut(headline, longestHeader)) },
      { type: 'section', text: plain(cut(lines.join('\n'), longestSection)) },
      ...(links.length === 0
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: links.map(({ name, url }) => `<${escaped(url)}|${escaped(name)}>`).join(' · ') } }]),
    ],
  }
}

/** Errors that pass by themselves, and those that only an operator can mend: neither is the fault of a message. */
const passing = new Set(['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'])
const ofChannel = new Set(['channel_not_found', 'not_in_channel', 'is_archived', 'channel_is_archived', 'no_service'])
const ofToken = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'missing_scope', 'access_denied', 'no_permission'])
/** The message can't be edited or followed any more, or stands in a channel that is no longer notified. */
const notEditable = new Set(['message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed', ...ofChannel])

/** Slack answers 200 to what it refuses, too. */
function outcome(posted: Posted): Sent {
  if (!posted.ok) return explained(posted, posted.text)
  const { ok, error } = answerIn(posted)
  if (ok === true) return { ok: true }
  const said = saidOf(String(error ?? posted.text))
  if (ofToken.has(said)) return answered({ kind: 'signIn', said }, false)
  const isPassing = passing.has(said) || ofChannel.has(said)
  return answered({ kind: 'answer', said, isPassing }, !isPassing)
}

async function sendToHook(channel: SlackChannel, context: SendContext): Promise<Sent> {
  const { text, blocks } = messageOf(context.text)
  const posted = await context.http.post(hookUrl(channel), { body: JSON.stringify({ text, blocks }) }, context.signal)
  const sent = explained(posted, posted.text)
  // A hook that is gone is no fault of the message.
  return !sent.ok && (posted.status === 404 || posted.status === 410) ? { ...sent, isFinal: false } : sent
}

/** Where Slack has the message with the start of an incident: a receipt. */
interface Place {
  readonly channel: string
  readonly ts: string
}
const isGone = (sent: NotSent) => sent.failure.kind === 'answer' && notEditable.has(sent.failure.said)

async function sendAsBot(channel: SlackChannel, notification: Notification, { http, signal, receiptOf, text }: SendContext): Promise<Sent> {
  const message = messageOf(text)
  const call = (method: string, body: object) =>
    http.post(
      under(baseOf(channel), `api/${method}`),
      { body: JSON.stringify(body), headers: { authorization: `Bearer ${channel.secret}`, 'content-type': 'application/json; charset=utf-8' } },
      signal,
    )
  const receipt = startOf(notification, receiptOf)
  if (receipt !== null) {
    const { channel: id, ts }: Place = JSON.parse(receipt)
    // The message itself says what is so now, and its thread what happened when.
    const edited = outcome(await call('chat.update', { channel: id, ts, ...message }))
    if (edited.ok) return outcome(await call('chat.postMessage', { ...message, channel: id, thread_ts: ts }))
    if (!isGone(edited)) return edited
  }
  const posted = await call('chat.postMessage', { ...message, channel: channel.slack })
  const sent = outcome(posted)
  const { channel: id, ts } = answerIn(posted)
  const isStart = notification.event === 'start' && typeof id === 'string' && typeof ts === 'string'
  return sent.ok && isStart ? { ok: true, receipt: JSON.stringify({ channel: id, ts } satisfies Place) } : sent
}

/** Slack: one message per incident, edited in place, with what follows in its thread. By an incoming webhook, which can't edit, one message each. */
export const slack: ChannelKind<SlackChannel> = {
  keys,
  secret: 'optional',
  secretProblem: ({ slack }, secret) => (isHook(String(slack)) ? urlProblem(slack, secret) : secret === undefined ? 'missing' : null),
  origin: (channel) => (isHook(channel.slack) ? new URL(hookUrl(channel)).origin : `${new URL(baseOf(channel)).origin} ${channel.slack}`),
  send: (channel, notification, context) => (isHook(channel.slack) ? sendToHook(channel, context) : sendAsBot(channel, notification, context)),
}
