import type { Language } from '../../../shared/words/languages.ts'
import { type ChannelBase, type ChannelKind, followed, languageOf, type SendContext } from '../channelKind.ts'
import { answerIn, explained, type Posted, under } from '../httpDoor.ts'
import { type Notification, summaryOf } from '../notification.ts'
import { notificationText } from '../notificationText.ts'
import { cut } from '../plainText.ts'
import { answered, type NotSent, type Sent, saidOf } from '../sent.ts'

export interface SlackChannel extends ChannelBase {
  /** A channel (`C0123456789` or `#noc`), with the token of a bot as its secret; or the URL of an incoming webhook, which may be the secret. */
  readonly slack: string
  /** Instead of Slack itself. */
  readonly url?: string | undefined
}

const isHook = (slack: string) => /^https?:/.test(slack)
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
function messageOf(notification: Notification, language: Language) {
  const { headline, lines, links } = notificationText(notification, language)
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

async function sendToHook(channel: SlackChannel, notification: Notification, { http, signal }: SendContext): Promise<Sent> {
  const { text, blocks } = messageOf(notification, languageOf(channel))
  const posted = await http.post(hookUrl(channel), { body: JSON.stringify({ text, blocks }) }, signal)
  const sent = explained(posted, posted.text)
  // A hook that is gone is no fault of the message.
  return !sent.ok && (posted.status === 404 || posted.status === 410) ? { ...sent, isFinal: false } : sent
}

/** Where Slack has the message with a start: a receipt. `isShared`: it has other notifications, too, so it is followed in its thread and never edited. */
interface Place {
  readonly channel: string
  readonly ts: string
  readonly isShared?: true
}
const isGone = (sent: NotSent) => sent.failure.kind === 'answer' && notEditable.has(sent.failure.said)
const placeOf = (receipt: string | null): Place | null => (receipt === null ? null : JSON.parse(receipt))

async function sendAsBot(channel: SlackChannel, notification: Notification, { http, signal, receiptOf }: SendContext): Promise<Sent> {
  const call = (method: string, body: object) =>
    http.post(
      under(baseOf(channel), `api/${method}`),
      { body: JSON.stringify(body), headers: { authorization: `Bearer ${channel.secret}`, 'content-type': 'application/json; charset=utf-8' } },
      signal,
    )
  const language = languageOf(channel)
  /** In the thread of another message. What can't be seen there otherwise is shown in the channel, too. */
  const reply = async ({ channel: id, ts }: Place, of: Notification, isLoud: boolean): Promise<Sent> =>
    outcome(await call('chat.postMessage', { ...messageOf(of, language), channel: id, thread_ts: ts, ...(isLoud && { reply_broadcast: true }) }))
  const edit = async ({ channel: id, ts }: Place, of: Notification): Promise<Sent> =>
    outcome(await call('chat.update', { channel: id, ts, ...messageOf(of, language) }))

  const first = placeOf(followed(notification, receiptOf))
  if (first !== null) {
    // A message of its own says what is so now, and its thread what happened when; one with other notifications, too, has only the thread.
    const edited = first.isShared ? null : await edit(first, notification.items?.at(-1) ?? notification)
    if (edited?.ok) return reply(first, notification, false)
    const replied = edited ?? (await reply(first, notification, true))
    if (replied.ok || !isGone(replied)) return replied
  }
  const posted = await call('chat.postMessage', { ...messageOf(notification, language), channel: channel.slack })
  const sent = outcome(posted)
  if (!sent.ok) return sent
  for (const [receipt, items] of itemsFollowing(notification, receiptOf)) {
    const place: Place = JSON.parse(receipt)
    const followedUp = place.isShared ? await reply(place, asOne(items, notification, language), false) : await edit(place, items.at(-1) ?? notification)
    // The channel knows by now: that an older message does not say so is no reason to send it again.
    if (!followedUp.ok && !isGone(followedUp)) break
  }
  const { channel: id, ts } = answerIn(posted)
  const isKnown = typeof id === 'string' && typeof ts === 'string' && notification.event !== 'test'
  return { ok: true, receipt: isKnown ? JSON.stringify({ channel: id, ts, ...(notification.items !== undefined && { isShared: true }) }) : undefined }
}

/** Those that follow older messages, by the receipts of these. */
function itemsFollowing({ items = [] }: Notification, receiptOf: SendContext['receiptOf']): ReadonlyMap<string, readonly Notification[]> {
  const byReceipt = new Map<string, Notification[]>()
  for (const item of items) {
    const receipt = followed(item, receiptOf)
    if (receipt !== null) byReceipt.set(receipt, [...(byReceipt.get(receipt) ?? []), item])
  }
  return byReceipt
}

/** Some of the items of a message. */
const asOne = (items: readonly Notification[], { at, url }: Notification, language: Language): Notification =>
  items.length === 1 && items[0] !== undefined ? items[0] : { ...summaryOf(items, { publicUrl: null, at: Date.parse(at), language }), url }

/** Slack: one message per incident, edited in place, with what follows in its thread. By an incoming webhook, which can't edit, one message each. */
export const slack: ChannelKind<SlackChannel> = {
  form: ({ channel, httpUrl, suchAs, needsSecret, secretIsUrl }) =>
    channel(
      {
        slack: suchAs('C0123456789', (text) => /^([CGD][A-Z0-9]{5,20}|#[^\s#,]{1,80})$/u.test(text) || (URL.canParse(text) && isHook(text))),
        url: httpUrl.optional(),
      },
      'maySecret',
      (entered, ctx) => (isHook(String(entered.slack)) ? secretIsUrl : needsSecret)('slack')(entered, ctx),
    ),
  origin: (channel) => (isHook(channel.slack) ? new URL(hookUrl(channel)).origin : `${new URL(baseOf(channel)).origin} ${channel.slack}`),
  send: (channel, notification, context) => (isHook(channel.slack) ? sendToHook : sendAsBot)(channel, notification, context),
}
